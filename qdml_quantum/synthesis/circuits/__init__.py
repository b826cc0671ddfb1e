"""Circuits from recipes: builders, targets, preparation, export."""
