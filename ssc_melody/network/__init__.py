"""A recurrent network in NumPy: cells, layers, and how the variables of a checkpoint become it."""
