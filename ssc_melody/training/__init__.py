"""Training on TensorFlow, interchangeable with Magenta's and faster.

Needs TensorFlow (the extra `train`), not Magenta. To be read in this order: `run` (what a run is,
and the one call that trains), `asked` (what contradicts it), `options`, `data` (files to melodies),
`batches` (melodies to arrays), `lstm` and `attention` (layers over whole sequences), `graph` (loss,
gradients, Adam), `checkpoints`, `history` (summaries and curves), `loop`, `evaluation`. Importing
this package, `run` included, imports no TensorFlow (`imports` does so, when it is needed).
"""
