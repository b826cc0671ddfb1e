"""First-order Lie-Trotter formula."""

from qdml_quantum.dynamics.formulas.base import KINETIC, POTENTIAL, Formula

FORMULA = Formula(
    name="lie",
    order=1,
    factors=((POTENTIAL, 1.0), (KINETIC, 1.0)),
    reference="H. F. Trotter, Proc. Am. Math. Soc. 10, 545 (1959), doi 10.2307/2033649",
)
