"""A model that plays: loaded from a bundle or checkpoint, sampled in batches."""
