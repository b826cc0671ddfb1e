"""The circuits that are shipped as files."""
