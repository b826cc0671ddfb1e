"""Options of `fit`: scores, the bound that skips, and why one cannot win."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qdml_quantum import Goal, Grid, Problem, Schedule
from qdml_quantum.hardware.planning.costs import depolarised
from qdml_quantum.hardware.planning.options import Option, at_best, rank, score, why_not

GOOD = Option(
    goal=Goal(Problem(Grid([(-1, 1)] * 2, [2, 1]), "harmonic")),
    kind="optimized",
    qubits_per_axis=(2, 1),
    num_steps=1,
    schedule=Schedule.constant(0.5, num_steps=1, time_step=0.3),
    budget=None,
    two_qubit_gates=10,
    fidelity=0.9,
    uniform_fidelity=0.8,
    ideal_success=0.6,
    success=0.5,
    baseline=0.2,
    signal=0.7,
    shots=1000,
    seconds=3.0,
    score=0.2,
    how="simulated",
)


def test_no_schedule_beats_the_bound_that_skips():
    rng = np.random.default_rng(0)
    for _ in range(300):
        size = int(2 ** rng.integers(2, 6))
        ideal = rng.dirichlet(np.full(size, 10 ** rng.uniform(-2, 2)))
        share = rng.uniform(0.05, 1)
        mask = np.zeros(size, dtype=bool)
        mask[np.argsort(ideal)[-max(1, size // 8) :]] = True
        noisy = depolarised(ideal, share)
        for goal in ("success", "signal"):
            bound = at_best(goal, share, float(mask.mean()))
            assert score(goal, noisy, ideal, mask, 10**7) < bound


@pytest.mark.parametrize(
    ("changes", "goal", "words"),
    [
        ({}, "success", ""),
        ({"uniform_fidelity": 0.99}, "success", "nearly uniform"),
        ({"signal": 0.45}, "success", "the noise hides it"),
        ({"signal": 0.45, "how": "screened"}, "success", ""),
        ({"signal": 0.39, "how": "screened"}, "success", "the noise hides it"),
        ({"score": 0.0}, "success", "not above chance"),
        ({"score": 0.0}, "signal", ""),
        ({"shots": 255}, "signal", "fewer than 256 shots"),
    ],
)
def test_why_an_option_cannot_win(changes, goal, words):
    why = why_not(dataclasses.replace(GOOD, **changes), goal)
    assert words in why and bool(why) == bool(words)


def test_the_rank_is_by_what_is_known_then_by_the_score():
    planned = dataclasses.replace(GOOD, how="planned", score=0.1)
    cheaper = dataclasses.replace(GOOD, two_qubit_gates=5)
    better = dataclasses.replace(GOOD, score=0.3)
    out = dataclasses.replace(planned, score=0.9, excluded="why")
    screened = dataclasses.replace(GOOD, how="screened", score=0.9)
    found = sorted([out, GOOD, screened, better, cheaper, planned], key=rank)
    assert found == [planned, better, cheaper, GOOD, screened, out]


def test_an_option_is_a_line_and_plain_json():
    assert GOOD.num_qubits == 3 and GOOD.to_dict()["schedule"] == GOOD.schedule.to_dict()
    assert "2x1" in GOOD.row() and GOOD.row().endswith("simulated")
    assert dataclasses.replace(GOOD, excluded="why").row().endswith("simulated: why")
