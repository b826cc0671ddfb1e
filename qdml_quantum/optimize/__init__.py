"""Minimising a function, and methods and cases to compare with."""
