"""Second-order Strang formula; the half steps of neighbouring steps merge into one."""

from qdml_quantum.dynamics.formulas.base import KINETIC, POTENTIAL, Formula

FORMULA = Formula(
    name="strang",
    order=2,
    factors=((POTENTIAL, 0.5), (KINETIC, 1.0), (POTENTIAL, 0.5)),
    reference="G. Strang, SIAM J. Numer. Anal. 5, 506 (1968), doi 10.1137/0705041",
)
