"""Checks of a run, metrics of states and counts, and the minima they are judged by."""
