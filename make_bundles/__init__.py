"""Rebuilds the shipped bundles: `python -m make_bundles`."""
