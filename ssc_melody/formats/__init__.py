"""File formats of TensorFlow and Magenta, read and written without either."""
