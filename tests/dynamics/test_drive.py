"""Potentials that change, and the anneal that they drive."""

import numpy as np
import pytest

from qdml_quantum import Drive, DrivenAnneal, Grid, Problem, Stage
from qdml_quantum.dynamics.drive import driven

PLANE = Problem(Grid([(0, 4), (0, 2)], [2, 1]), "x + y")
STAGES = (Stage(1.0, 0.1, 2), Stage(2.0, 0.2, 1))


def test_formulas_and_functions_are_the_same_potential():
    x, y = PLANE.grid.coordinates()
    exact = x * y + 3 * x
    for function in ("x*y + t*x", "x1*x2 + t*x1", lambda x, y, t: x * y + t * x):
        assert np.array_equal(Drive(function).values(PLANE.grid, 3.0), exact)
    assert np.array_equal(Drive(lambda x, y, t: t).values(PLANE.grid, 3.0), np.full((4, 2), 3.0))
    assert np.array_equal(driven(PLANE, Drive("x*t"), 2.0).values, x + y + 2 * x)


def test_times_are_those_that_kinetic_factors_reached():
    plan = DrivenAnneal(PLANE, STAGES, "strang", drive=Drive("x*t"))
    told = [(p.term[0], p.angle, p.time) for p in plan.recipe.phases]
    phases = [(term, round(angle, 9), time and round(time, 9)) for term, angle, time in told]
    assert phases == [
        ("p", 0.05, 0.0),
        ("k", 0.1, None),
        ("p", 0.1, 0.1),
        ("k", 0.1, None),
        ("p", 0.15, 0.2),
        ("k", 0.4, None),
        ("p", 0.1, 0.4),
    ]
    still = DrivenAnneal(PLANE, STAGES)
    assert {phase.time for phase in still.recipe.phases} == {None}


def test_kinetic_angles_are_integrals_of_d():
    plan = DrivenAnneal(PLANE, (Stage(9.0, 0.5, 2),), "lie", curve=lambda t: 3 * t**2)
    kinetic = [phase.angle for phase in plan.recipe.phases if phase.term == "kinetic"]
    assert np.allclose(kinetic, [0.5**3, 1 - 0.5**3])


def test_halved_steps_have_the_same_times():
    plan = DrivenAnneal(PLANE, STAGES, drive=Drive("x*t")).halved()
    assert [(stage.time_step, stage.num_steps) for stage in plan.stages] == [(0.05, 4), (0.1, 2)]
    assert plan.recipe.phases[-1].time == pytest.approx(0.4)


def test_it_says_what_it_is():
    assert repr(DrivenAnneal(PLANE, STAGES, drive=Drive("x*t"))).endswith(
        "2 stages, 3 steps, drive='x*t')"
    )


@pytest.mark.parametrize(
    ("error", "words", "make"),
    [
        (TypeError, "`stages` must be one or more Stage", lambda: DrivenAnneal(PLANE, ())),
        (
            ValueError,
            "neither coarse nor folded",
            lambda: DrivenAnneal(PLANE, (Stage(1, 0.1, 1, coarse=(1, 0)),)),
        ),
        (ValueError, "Unknown formula", lambda: DrivenAnneal(PLANE, STAGES, "strung")),
        (ValueError, "the shape", lambda: DrivenAnneal(PLANE, STAGES, initial=np.ones(3))),
        (ValueError, "be finite", lambda: Drive("x/t").values(PLANE.grid, 0.0)),
    ],
)
def test_what_makes_no_sense_is_refused(error, words, make):
    with pytest.raises(error, match=words):
        make()
