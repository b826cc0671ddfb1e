"""Networks of CX gates and rotations: search, bounds, comparison."""
