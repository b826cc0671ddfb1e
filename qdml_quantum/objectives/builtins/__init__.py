"""The test functions and potentials that have a name."""
