"""The recipe: schedule x formula as a flat list of phases."""

from itertools import pairwise

import pytest

from qdml_quantum.dynamics.formulas import FORMULAS, KINETIC, POTENTIAL, Formula, as_formula
from qdml_quantum.dynamics.recipe import Phase, make_recipe
from qdml_quantum.dynamics.schedule import Schedule, Stage

formulas = pytest.mark.parametrize("formula", sorted(FORMULAS))


FALLING = Schedule((Stage(2.0, 0.1, 3), Stage(0.5, 0.2, 2), Stage(0.0, 0.4, 1)))


@formulas
@pytest.mark.parametrize("term", [POTENTIAL, KINETIC])
def test_angles_add_up_to_the_whole_anneal(formula, term):
    """Potential: total time. Kinetic: sum of D dt."""
    total = sum(p.angle for p in make_recipe(FALLING, formula).phases if p.term == term)
    weight = {POTENTIAL: 0.3 + 0.4 + 0.4, KINETIC: 0.6 + 0.2 + 0.0}[term]
    assert total == pytest.approx(weight, abs=1e-14)


@formulas
def test_neighbours_are_always_of_different_terms(formula):
    phases = make_recipe(FALLING, formula).phases
    assert all(a.term != b.term for a, b in pairwise(phases))


@pytest.mark.parametrize(
    ("formula", "kinetic", "potential"), [("lie", 6, 6), ("strang", 6, 7), ("suzuki4", 30, 31)]
)
def test_merging_leaves_the_fewest_phases(formula, kinetic, potential):
    recipe = make_recipe(FALLING, formula)
    assert recipe.count(KINETIC) == kinetic
    assert recipe.count(POTENTIAL) == potential


def test_stages_are_the_recipe_cut_in_pieces():
    recipe = make_recipe(FALLING, "strang")
    assert sum(recipe.stages, ()) == recipe.phases
    assert len(recipe.stages) == len(recipe.pending) == 3
    assert recipe.pending[-1] is None
    assert recipe.pending[0] == Phase(POTENTIAL, 0.05)


def test_lie_has_nothing_pending():
    assert make_recipe(FALLING, "lie").pending == (None, None, None)


def test_fourth_order_runs_backwards_in_the_middle():
    assert as_formula("suzuki4").has_negative_fractions
    assert not as_formula("strang").has_negative_fractions
    assert not as_formula("lie").has_negative_fractions


def test_a_formula_object_passes_through():
    mine = Formula("mine", 1, ((KINETIC, 1.0), (POTENTIAL, 1.0)))
    assert as_formula(mine) is mine
    assert [p.term for p in make_recipe(FALLING, mine).stages[0][:2]] == [KINETIC, POTENTIAL]
