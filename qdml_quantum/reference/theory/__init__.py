"""Closed forms and stochastic dynamics to compare with."""
