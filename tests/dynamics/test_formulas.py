"""Product formulas as data."""

import math

import pytest

from qdml_quantum.dynamics.formulas import FORMULAS, KINETIC, POTENTIAL, Formula, as_formula

formulas = pytest.mark.parametrize("formula", sorted(FORMULAS))


@formulas
def test_fractions_of_each_term_sum_to_one(formula):
    for term in (POTENTIAL, KINETIC):
        fractions = [f for name, f in as_formula(formula).factors if name == term]
        assert math.fsum(fractions) == pytest.approx(1, abs=1e-14)


def test_fractions_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValueError, match=r"kinetic fractions of formula `half` must sum to 1"):
        Formula("half", 1, ((POTENTIAL, 1.0), (KINETIC, 0.5)))
