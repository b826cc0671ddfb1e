"""The filter against matrix functions of H, its circuit, its price and its refusals."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy

from qdml_quantum import (
    Anneal,
    Grid,
    Hamiltonian,
    Problem,
    Schedule,
    cosine_filter,
    eigenstates,
    fidelity,
)

WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
SHORT = Schedule.geometric((4.0, 0.1), num_stages=4, num_steps=4, time_step=0.2)


def test_it_is_the_cosine_of_h():
    """Trotter errors fall as dt^2: 1.1e-4 and 2.8e-5 [measured]."""
    h = Hamiltonian(WELL, 0.1).matrix()
    anneal = Anneal(WELL, SHORT)
    psi = anneal.final_state()
    exact, kept = psi, []
    for t in (1.7, 0.6):
        exact = scipy.linalg.cosm(t * (h - 0.5 * np.eye(16))) @ exact
        kept.append(np.linalg.norm(exact) ** 2)
        exact = exact / np.linalg.norm(exact)
    errors = []
    for step in (0.05, 0.025):
        filtered = cosine_filter(anneal, energy=0.5, times=[1.7, 0.6], time_step=step)
        assert filtered.kept == pytest.approx(kept, abs=1e-3)
        errors.append(1 - fidelity(filtered.state, exact))
    assert errors[1] < errors[0] / 10 < 1e-6  # Infidelities: the square of the error.
    assert filtered.num_steps == (68, 24)


def test_the_first_round_leaves_nothing_of_the_first_excited_level():
    energies, states = eigenstates(WELL, 0.1, 2)
    time = math.pi / (2 * (energies[1] - energies[0]))
    filtered = cosine_filter(WELL, SHORT, times=[time], time_step=0.02)
    before = Anneal(WELL, SHORT).final_state()
    assert fidelity(before, states[1]) > 0.2
    assert fidelity(filtered.state, states[1]) < 1e-6


def test_what_is_kept_is_what_the_ground_state_had():
    filtered = cosine_filter(WELL, SHORT)
    assert filtered.fidelity[0] < 0.5 < 0.99 < filtered.fidelity[-1]
    assert filtered.probability == pytest.approx(filtered.fidelity[0], rel=0.02)
    assert np.linalg.norm(filtered.state) == pytest.approx(1)
    assert all(a == pytest.approx(2 * b) for a, b in pairwise(filtered.times))
    assert filtered.times[-1] <= math.pi / 2 / np.ptp(eigenstates(WELL, 0.1, 5)[0])
    assert filtered.gates_per_state > sum(filtered.gates)
    assert filtered.circuit.num_qubits == 5
    assert filtered.circuit.count_ops()["measure"] == 4 + len(filtered.times)
    assert "kept with probability" in str(filtered)


def test_an_eigenstate_is_kept_and_turned_by_nothing():
    ground = eigenstates(WELL, 0.1)[1][0]
    still = Schedule.constant(0.1, num_steps=1, time_step=1e-6)
    filtered = cosine_filter(Anneal(WELL, still, initial=ground))
    assert filtered.probability == pytest.approx(1, abs=1e-3)
    assert abs(np.vdot(ground, filtered.state)) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"times": [1.0, -2.0]}, "`times` must be positive, one for each round"),
        ({"times": []}, "`times`"),
        ({"times": [math.nan]}, "`times`"),
        ({"time_step": 0.0}, "`time_step`"),
        ({"energy": math.inf}, "`energy`"),
        ({"formula": "lie"}, "`formula` must be the same read backwards"),
        ({"formula": "euler"}, "formula"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        cosine_filter(WELL, SHORT, **options)


def test_degenerate_ground_states_need_times():
    flat = Problem(Grid([(0, 4)], 3), lambda x: 0 * x)
    still = Schedule.constant(0.0, num_steps=1, time_step=0.1)
    with pytest.raises(ValueError, match="one ground state"):
        cosine_filter(flat, still)
    with pytest.raises(TypeError, match="schedule"):
        cosine_filter(WELL)
