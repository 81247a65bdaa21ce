"""Music files to training data: find, read, cut into sections, extract, encode, report.

Read in this order: `options`, `pieces`, `sections`, `examples`, `process`, then `inputs`,
`readers`, `report`, `output`, `runner`. `melody.extraction` holds the rules of a melody.
"""
