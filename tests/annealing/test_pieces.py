"""Pieces of zeta: what conditional means of the whole table say, and without that table."""

import numpy as np
import pytest

from qdml_quantum import Grid, Problem
from qdml_quantum.annealing import pieces as module
from qdml_quantum.annealing.diffusion_range import last_diffusion, start_diffusion
from qdml_quantum.annealing.pieces import pieces_of
from qdml_quantum.annealing.suggest import Wishes, score_on, suggest, suggest_schedule
from qdml_quantum.annealing.trial_anneal import TrialAnneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.synthesis.phases import sums

WELLS = [f"(x{i}**2 - 1)**2 + 0.1*x{i}" for i in range(1, 11)]
PAIRS = [f"0.1*x{i}*x{j}" for i in range(1, 11) for j in range(1, i)]
UNEVEN = Grid([(-2, 2), (-1, 2), (-2, 2)], [3, 2, 3])


@pytest.fixture
def everywhere(monkeypatch):
    """As if small grids were large ones, in pieces of at most 5 qubits."""
    monkeypatch.setattr(sums, "_TABULATED", 0)
    monkeypatch.setattr(module, "PIECE_QUBITS", 5)


@pytest.mark.parametrize(
    ("formula", "groups"),
    [
        ("x1**2 + cos(x2) + x3**3", [(0,), (1,), (2,)]),
        ("x1**2*x2 + x3", [(0, 1), (2,)]),
        ("x1*x2 + 3*x2*x3 + exp(x1)", [(0,), (1, 2)]),
        ("x1*x2*x3 + x2 + 7", [(0, 1), (2,)]),
        ("x1 + 0*x2 + x3**2", [(0,), (2,)]),
        ("5 + 0*x1*x2*x3", []),
    ],
)
def test_pieces_are_means_over_the_other_axes(formula, groups, everywhere):
    """The nearest sum of functions of different axes is that of the conditional means."""
    problem = Problem(UNEVEN, formula)
    pieces = pieces_of(problem)
    assert list(pieces.axes) == groups
    table = Problem(UNEVEN, formula).values
    rest = table - table.mean()
    for group, piece in zip(groups, pieces.problems, strict=True):
        others = tuple(axis for axis in range(3) if axis not in group)
        mean = table.mean(axis=others, keepdims=True) - table.mean()
        assert list(piece.grid.bounds) == [UNEVEN.bounds[axis] for axis in group]
        assert np.allclose(piece.values, mean.squeeze(axis=others), atol=1e-12)
        rest = rest - mean
    assert pieces.spread == pytest.approx(table.std(), abs=1e-12)
    assert pieces.unseen * table.var() == pytest.approx((rest**2).mean(), abs=1e-12)
    assert (pieces.unseen > 0) == (np.abs(rest).max() > 1e-9)
    assert "values" not in vars(problem)


def test_equal_terms_are_joined_in_their_order():
    problem = Problem(Grid([(-2, 2)] * 10, 4), " + ".join(WELLS + PAIRS))
    pieces = pieces_of(problem)
    assert pieces.axes == ((0, 1, 2), (3, 4, 5), (6, 7, 8), (9,))
    assert 0.01 < pieces.unseen < 0.02
    assert str(pieces).startswith("zeta on x1 x2 x3, x4 x5 x6, x7 x8 x9, x10, each by itself; 0.01")
    assert "values" not in vars(problem)


def test_small_grids_and_functions_have_none():
    assert pieces_of(Problem(Grid([(-2, 2)] * 5, 4), "x1 + x5")) is None
    assert pieces_of(Problem(Grid([(-2, 2)] * 6, 4), lambda *x: sum(x))) is None
    assert pieces_of(Problem(Grid([(-2, 2)] * 6, 4), "exp(x1*x2*x3*x4*x5*x6)")) is None


def test_axes_of_which_nothing_is_left_alone_are_no_pieces(everywhere, monkeypatch):
    monkeypatch.setattr(module, "PIECE_QUBITS", 3)
    centred = Grid.centred([(-1, 1)] * 3, 2)
    (piece,) = pieces_of(Problem(centred, "x1*x2 + x3")).problems
    assert piece.values == pytest.approx(centred.axes[2].points)
    assert pieces_of(Problem(centred, "x1*x2*x3")) is None
    assert suggest_schedule(Problem(centred, "x1*x2*x3"), max_steps=20).num_steps <= 20


def test_the_score_is_that_of_the_whole(everywhere):
    """Of a sum of functions of different axes the state is a product, whose score is measured."""
    formula = f"{WELLS[0]} + 2*({WELLS[1]}) + 0.5*x3**2"
    problem = Problem(UNEVEN, formula)
    schedule = Schedule.geometric((3.0, 0.2), num_stages=6, num_steps=2, time_step=0.05)
    ours = score_on(pieces_of(problem), schedule, "strang")
    whole = TrialAnneal(Problem(UNEVEN, formula), schedule.final_diffusion, "strang", "uniform")
    theirs = whole(schedule)
    assert 0.1 < theirs.fidelity < 0.99
    assert ours.fidelity == pytest.approx(theirs.fidelity, abs=1e-6)
    assert ours.alias == pytest.approx(theirs.alias, rel=1e-6)
    assert ours.edge == pytest.approx(theirs.edge, rel=1e-6)


def test_what_moves_is_no_more_than_is_said(everywhere):
    problem = Problem(Grid([(-4, 4)] * 2, 7), "x1**2 + 1.5*x2**2")
    schedule = suggest_schedule(Problem(Grid([(-4, 4)], 7), "x1**2"))
    ours = score_on(pieces_of(problem), schedule, "strang")
    fresh = Problem(problem.grid, "x1**2 + 1.5*x2**2")
    theirs = TrialAnneal(fresh, schedule.final_diffusion, "strang", "uniform")(schedule)
    assert 0 < theirs.moved <= ours.moved < 2 * theirs.moved


def test_the_range_of_d(everywhere):
    formula = f"{WELLS[0]} + 2*({WELLS[1]}) + x1*x2"
    problem = Problem(Grid([(-2, 2)] * 2, 4), formula)
    whole = Problem(problem.grid, formula)
    length = 4 / (2 * np.pi)
    assert start_diffusion(problem) == pytest.approx(64 * whole.values.std() * length**2)
    each = [last_diffusion(piece) for piece in pieces_of(problem).problems]
    assert len(each) == 2
    assert last_diffusion(problem) == (min(d for d, _ in each), all(fits for _, fits in each))


@pytest.mark.parametrize("kind", [None, "geometric", "linear", "qhd"])
def test_wide_problems_have_schedules(kind):
    problem = Problem(Grid([(-2, 2)] * 10, 4), " + ".join(WELLS))
    schedule = suggest_schedule(problem, kind, max_steps=96)
    assert 1 <= schedule.num_steps <= 96
    assert "values" not in vars(problem)
    if kind != "qhd":
        assert schedule.stages[0].diffusion == pytest.approx(start_diffusion(problem))
        assert schedule.final_diffusion == pytest.approx(last_diffusion(problem)[0])


def test_with_steps_enough_ten_wells_are_followed():
    """Fidelity of all ten together: one of 0.97 each."""
    problem = Problem(Grid([(-2, 2)] * 10, 4), " + ".join(WELLS))
    options = {"formula": "strang", "initial": "uniform", "radius": 0.1}
    few = suggest(problem, Wishes(), max_steps=48, **options)
    many = suggest(problem, Wishes(), max_steps=6144, **options)
    assert few.score.fidelity < 0.05
    assert many.score.fidelity > 0.7


def test_flat_sums_are_refused():
    with pytest.raises(ValueError, match="is flat on the grid: every value is 3,"):
        suggest_schedule(Problem(Grid([(-2, 2)] * 10, 4), "3 + 0*x1 + 0*x10"))
