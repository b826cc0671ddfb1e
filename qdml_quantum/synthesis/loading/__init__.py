"""Short circuits that load a state: staircases of CX fitted to it, then thinned out."""

FIDELITY = 0.999
"""Default: above it every factor of 10 in the loss costs half of the gates again; a device of today
loses more than this by two gates."""
