"""What needs Magenta and TensorFlow; importing this package alone imports neither."""
