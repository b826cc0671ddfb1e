"""Targets by their definitions, and the worst of an ensemble."""

import numpy as np
import pytest

from qdml_quantum import Grid, Hamiltonian, Problem, eigenstates
from qdml_quantum.annealing.targets import CVAR_SHARE, Target
from qdml_quantum.diagnostics.metrics import fidelity

WELL = Problem(Grid([(-2.5, 2.5)], 6), "(x**2 - 1)**2 + 0.2*x")
TWO = [WELL, Problem.from_table(1.3 * WELL.values, (-2.5, 2.5))]


def random_states(sets):
    rng = np.random.default_rng(3)
    psi = rng.normal(size=(sets, 2, 64)) + 1j * rng.normal(size=(sets, 2, 64))
    return psi / np.linalg.norm(psi, axis=-1, keepdims=True)


def test_targets_by_definition():
    psi = random_states(2)
    exact = [eigenstates(problem, 0.2, 1)[1][0] for problem in TWO]
    missing = Target(TWO, 0.2, "ground_state").missing(psi)[0]
    assert missing[1, 1] == pytest.approx(1 - fidelity(psi[1, 1], exact[1]))
    energy = Target(TWO, 0.2, "energy")
    values = energy.missing(psi)[0]
    assert energy.value(values[1, 0]) == pytest.approx(Hamiltonian(WELL, 0.2).energy(psi[1, 0]))
    low, mean = TWO[1].span[0], TWO[1].values.mean()
    other = Hamiltonian(TWO[1], 0.2).energy(psi[0, 1])
    assert values[0, 1] == pytest.approx((other - low) / (mean - low))
    risk = Target(TWO, 0.2, "cvar")
    left, lowest = CVAR_SHARE, 0.0
    for index in np.argsort(WELL.values):
        share = min(left, abs(psi[0, 0, index]) ** 2)
        lowest += share * WELL.values[index] / CVAR_SHARE
        left -= share
    assert risk.value(risk.missing(psi)[0][0, 0]) == pytest.approx(lowest)


def test_the_worst_is_the_end_of_means_of_rising_powers():
    psi, target = random_states(4), Target(TWO, 0.2, "ground_state")
    missing = target.missing(psi)[0]
    assert np.allclose(target.worst(psi, 1)[0], missing.mean(axis=1))
    means = [target.worst(psi, power)[0] for power in (1, 4, 16, 200)]
    assert np.all(np.diff(means, axis=0) >= 0)
    assert np.allclose(means[-1], target.worst(psi)[0], rtol=5e-3)
    assert np.allclose(target.worst(psi)[0], missing.max(axis=1))


def test_one_member_is_itself_whatever_the_power():
    psi, target = random_states(3)[:, :1], Target([WELL], 0.2, "energy")
    values, slopes = target.missing(psi)
    for power in (1, 8, np.inf):
        worst, slope = target.worst(psi, power)
        assert np.allclose(worst, values[:, 0], rtol=1e-12)
        assert np.allclose(slope, slopes, rtol=1e-12)


def test_flat_and_perfect():
    """Nothing is divided by zero where zeta is flat or nothing is missing."""
    flat = Problem.from_table(np.ones(64), (0, 1))
    state = np.full((1, 1, 64), 0.125)
    for name in ("ground_state", "energy", "cvar"):
        target = Target([flat], 0.2, name)
        value, slope = target.worst(state, 8)
        assert np.isfinite(value).all() and np.isfinite(slope).all()
