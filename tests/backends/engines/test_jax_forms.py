"""Stages as loops: what they unroll to, and how few forms there are."""

import pytest

pytest.importorskip("jax")

from qdml_quantum import FORMULAS, Anneal, Grid, Problem, Schedule, Stage
from qdml_quantum.backends.engines.jax_forms import form_of, segments, work_of
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase, Refine

WELL = Problem(Grid([(-2.5, 2.5)], 7), "double_well")


@pytest.mark.parametrize("formula", FORMULAS)
def test_stages_of_a_formula_are_of_two_forms_at_most(formula):
    """The last one has what the others have left to the next."""
    schedule = Schedule.geometric((2.0, 0.2), num_stages=6, num_steps=9, time_step=0.05)
    stages = Anneal(WELL, schedule, formula).recipe.stages
    assert len({form_of(moves)[0] for moves in stages}) <= 2


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_a_form_unrolls_to_its_phases(formula, steps):
    schedule = Schedule.geometric((2.0, 0.2), num_stages=2, num_steps=steps, time_step=0.05)
    for phases in Anneal(WELL, schedule, formula).recipe.stages:
        form, different, times = form_of(phases)
        often = iter(times)
        slots = []
        for repeated, block in form.blocks:
            slots += block * (next(often) if repeated else 1)
        assert list(often) == []
        assert [different[number] for _, number, _ in slots] == list(phases)
        assert len(form.slots) <= 24


def test_a_head_that_is_like_the_loop_makes_no_other_form():
    v, k, other = Phase(POTENTIAL, 0.2), Phase(KINETIC, 0.1), Phase(POTENTIAL, 0.7)
    assert form_of([v, k] * 5)[0] == form_of([other, k, *[v, k] * 6])[0]


def test_no_phases_have_no_blocks():
    assert form_of([]) == (form_of([])[0], (), ())
    assert form_of([])[0].blocks == ()


def test_stages_of_one_form_are_one_piece_of_work():
    schedule = Schedule.geometric((2.0, 0.2), num_stages=6, num_steps=9, time_step=0.05)
    works = work_of(Anneal(WELL, schedule).recipe.stages)
    assert len(works) <= 2
    assert sum(len(work.phases) for work in works) == 6
    assert all(len(work.times) == len(work.phases) for work in works)


def test_refinements_stand_alone():
    schedule = Schedule((Stage(2.0, 0.05, 3, coarse=1), Stage(1.0, 0.05, 3)))
    parts = list(segments(Anneal(WELL, schedule).recipe.stages))
    refined = [part for part in parts if isinstance(part[0], Refine)]
    assert [len(part) for part in refined] == [1]
    assert all(isinstance(move, Phase) for part in parts if part not in refined for move in part)
