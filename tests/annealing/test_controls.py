"""Controls: what loads an answer fails them, what follows the objective passes."""

import numpy as np
import pytest

from qdml_quantum import Anneal, Gaussian, Grid, Problem, Schedule, Stage, anneal, eigenstates
from qdml_quantum.annealing.controls import KEPT, LOADED, Controls, measure_controls
from qdml_quantum.diagnostics.metrics import fidelity

WELL = Problem(Grid([(-2.5, 2.5)], 6), "(x**2 - 1)**2 + 0.2*x")
STEPS = Schedule((Stage(2.0, 0.15, 1, fold=(0.1, -0.05)), Stage(0.5, 0.4, 1)), goal=0.2)
BOWL = Problem(Grid([(-4, 4)], 6), "x**2")


def reached(values, box=(-2.5, 2.5)):
    problem = Problem.from_table(values, box)
    ground = eigenstates(problem, 0.2, 1)[1][0]
    return fidelity(anneal(problem, STEPS, validate=False).state, ground)


def test_each_control_by_its_definition():
    """Every one as a problem of its own, solved and annealed from the beginning."""
    controls, values = measure_controls(WELL, STEPS, robust=0.2), WELL.values
    x = WELL.grid.axes[0].points
    assert controls.fidelity == pytest.approx(reached(values), abs=1e-9)
    assert controls.moved == pytest.approx(reached(np.roll(values, 8)), abs=1e-9)
    assert controls.mirrored == pytest.approx(reached(values[::-1]), abs=1e-9)
    scaled = min(reached(f * values) for f in np.linspace(0.8, 1.2, 9))
    assert controls.scaled == pytest.approx(scaled, abs=1e-9)
    # The two wells are at grid points near -1 and 1: almost the tilt itself is turned around.
    assert controls.reversed == pytest.approx(reached((x**2 - 1) ** 2 - 0.2 * x), abs=0.02)
    uniform = np.full(64, 0.125)
    ground = eigenstates(WELL, 0.2, 1)[1][0]
    assert controls.no_objective == pytest.approx(fidelity(uniform, ground), abs=1e-9)
    assert controls.no_objective == pytest.approx(controls.chance, abs=1e-9)


def test_a_bowl_has_no_rival_and_a_plane_is_moved_along_both_axes():
    controls = measure_controls(BOWL, STEPS)
    assert controls.reversed is None
    assert "no rival" in str(controls)
    plane = Problem(Grid([(-2, 2), (-1, 3)], [4, 3]), "(x**2 - 1)**2 + 0.3*x + (y - 1)**2")
    controls = measure_controls(plane, STEPS)
    assert controls.moved == pytest.approx(controls.fidelity, abs=1e-9)
    assert controls.reversed is not None


def test_a_loaded_answer_is_prepared_not_annealed():
    """A packet that starts at the answer is there without zeta, and where zeta is not any more."""
    still = Schedule((Stage(0.25, 0.01, 1),), goal=0.25)
    ground = Gaussian(0.0, 0.25**0.25)
    controls = measure_controls(Anneal(BOWL, still, initial=ground))
    assert controls.fidelity > 0.9
    assert controls.no_objective > controls.chance + LOADED
    assert controls.moved < KEPT * controls.fidelity
    assert controls.word == "prepared"


def test_words_and_json():
    good = Controls(0.9, 0.8, 0.9, 0.85, None, 0.1, 0.1)
    assert good.hold and good.word == "anneal"
    assert Controls.from_dict(good.to_dict()) == good
    for name in ("scaled", "moved", "mirrored", "reversed"):
        assert not Controls(**{**vars(good), name: 0.7}).hold
    assert not Controls(**{**vars(good), "no_objective": 0.25}).hold
    assert not Controls(**{**vars(good), "scaled": float("nan")}).hold


@pytest.mark.parametrize("robust", [1.0, -0.1, 2])
def test_bad_input(robust):
    with pytest.raises(ValueError, match="robust"):
        measure_controls(WELL, STEPS, robust=robust)
