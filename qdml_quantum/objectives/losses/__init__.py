"""Losses of models over their weights, and the data they learn from."""
