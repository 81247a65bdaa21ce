"""Measured ratios against stock Magenta; `make bench` runs them all."""
