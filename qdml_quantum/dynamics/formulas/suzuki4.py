"""Fourth-order Suzuki formula: five Strang steps, the middle one backwards in time."""

from qdml_quantum.dynamics.formulas.base import KINETIC, POTENTIAL, Formula

_P = 1 / (4 - 4 ** (1 / 3))
_OUTER = (_P, _P, 1 - 4 * _P, _P, _P)

FORMULA = Formula(
    name="suzuki4",
    order=4,
    factors=tuple(
        factor for p in _OUTER for factor in ((POTENTIAL, p / 2), (KINETIC, p), (POTENTIAL, p / 2))
    ),
    reference="M. Suzuki, Phys. Lett. A 146, 319 (1990), doi 10.1016/0375-9601(90)90962-N",
)
