"""Short circuits that load a state: staircases of CX fitted to it, then thinned out."""

from qdml_quantum.support.messages import bad_value

FIDELITY = 0.999
"""Default: above it every factor of 10 in the loss costs half of the gates again; a device of today
loses more than this by two gates."""


def require_fidelity(fidelity: float) -> float:
    """The fidelity, once it is clear that a circuit can have it."""
    if not 0 < fidelity <= 1:
        raise bad_value("fidelity", "lie in (0, 1]", fidelity, "Use 0.999; 1 is the exact circuit.")
    return fidelity
