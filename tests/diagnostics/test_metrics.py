"""Numbers that compare states, histograms and outcomes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom

from qdml_quantum.diagnostics.metrics import (
    counts_to_probabilities,
    fidelity,
    hellinger_fidelity,
    sample_blocks,
    sample_counts,
    signal_over_uniform,
    state_distance,
    total_variation,
    uniform_fidelity,
    wilson_interval,
)
from qdml_quantum.problem.grid import Grid

RNG = np.random.default_rng(3)
PSI, PHI = RNG.standard_normal((2, 16)) + 1j * RNG.standard_normal((2, 16))
PSI, PHI = PSI / np.linalg.norm(PSI), PHI / np.linalg.norm(PHI)

histograms = arrays(float, 8, elements=st.floats(0.01, 1)).map(lambda p: p / p.sum())


def test_fidelity_and_distance_ignore_the_global_phase():
    turned = np.exp(0.7j) * PSI
    assert fidelity(PSI, turned) == pytest.approx(1, abs=1e-14)
    assert state_distance(PSI, turned) == pytest.approx(0, abs=1e-14)


def test_fidelity_is_symmetric_and_normalises():
    assert fidelity(PSI, PHI) == pytest.approx(fidelity(2j * PHI, 5 * PSI), rel=1e-13)
    assert 0 < fidelity(PSI, PHI) < 1


def test_distance_is_the_smallest_over_all_phases():
    phases = np.exp(1j * np.linspace(0, 2 * np.pi, 20_001))
    scan = min(np.linalg.norm(PSI - phase * PHI) for phase in phases)
    assert state_distance(PSI, PHI) == pytest.approx(scan, abs=1e-6)
    assert state_distance(PSI, PHI) ** 2 == pytest.approx(2 - 2 * fidelity(PSI, PHI) ** 0.5)


def test_distance_of_orthogonal_states():
    assert state_distance([1, 0], [0, 1]) == pytest.approx(2**0.5)


@given(p=histograms, q=histograms)
def test_total_variation_and_hellinger_fidelity_bound_each_other(p, q):
    """Fuchs and van de Graaf: ``1 - sqrt(F) <= TV <= sqrt(1 - F)``."""
    tv, f = total_variation(p, q), hellinger_fidelity(p, q)
    assert 0 <= tv <= 1
    assert 1 - f**0.5 <= tv + 1e-12
    assert tv <= max(0.0, 1 - f) ** 0.5 + 1e-7
    assert total_variation(p, q) == pytest.approx(total_variation(q, p), abs=1e-15)


@given(ideal=histograms)
def test_signal_is_one_for_the_ideal_and_zero_for_a_uniform_histogram(ideal):
    flat = np.full(8, 1 / 8)
    if np.ptp(ideal) > 0.05:
        assert signal_over_uniform(ideal, ideal) == pytest.approx(1, abs=1e-9)
    assert signal_over_uniform(flat, ideal) == pytest.approx(0, abs=1e-9)


def test_signal_sees_what_fidelity_hides():
    """A fidelity of 0.83 where uniform scores 0.81 is almost no signal."""
    ideal = np.array([0.3, 0.25, 0.2, 0.15, 0.04, 0.03, 0.02, 0.01])
    noisy = 0.9 / 8 + 0.1 * ideal
    assert hellinger_fidelity(noisy, ideal) > 0.8
    assert signal_over_uniform(noisy, ideal) < 0.25


def test_signal_of_a_uniform_ideal_is_zero():
    assert signal_over_uniform([0.25] * 4, [0.25] * 4) == 0.0


@given(hits=st.integers(0, 500))
def test_wilson_interval_holds_the_proportion_inside_zero_and_one(hits):
    low, high = wilson_interval(hits, 500)
    assert 0 <= low <= hits / 500 <= high <= 1
    assert high - low < 0.1


def test_wilson_interval_covers_as_often_as_it_says():
    """95 %, on average over the proportion; measured: mean 0.951, least 0.930."""
    ends = np.array([wilson_interval(hits, 100) for hits in range(101)])
    proportions = np.linspace(0.05, 0.95, 91)
    inside = (ends[:, :1] <= proportions) & (proportions <= ends[:, 1:])
    weights = binom.pmf(np.arange(101)[:, None], 100, proportions)
    coverage = (inside * weights).sum(axis=0)
    assert coverage.mean() == pytest.approx(0.95, abs=0.005)
    assert coverage.min() > 0.92


def test_fidelity_with_uniform_is_the_hellinger_fidelity():
    flat = np.full((4, 2), 1 / 8)
    ideal = np.array([[0.3, 0.25], [0.2, 0.15], [0.04, 0.03], [0.02, 0.01]])
    assert uniform_fidelity(ideal) == pytest.approx(hellinger_fidelity(flat, ideal), rel=1e-14)
    assert uniform_fidelity(flat) == pytest.approx(1, rel=1e-14)
    assert uniform_fidelity(np.eye(8)[3]) == pytest.approx(1 / 8)


def test_counts_become_a_histogram_in_grid_order():
    grid = Grid([(0, 1), (0, 1)], [2, 1])
    p = counts_to_probabilities({"110": 3, "001": 1}, grid)
    assert p[2, 1] == 0.75
    assert p[1, 0] == 0.25
    assert p.sum() == 1


def test_sampling_repeats_with_the_seed_and_converges_to_the_distribution():
    grid = Grid([(0, 1), (0, 1)], [2, 2])
    p = RNG.random(grid.shape)
    p /= p.sum()
    counts = sample_counts(p, grid, 100_000, seed=4)
    assert counts == sample_counts(p, grid, 100_000, seed=4)
    assert counts != sample_counts(p, grid, 100_000, seed=5)
    assert sum(counts.values()) == 100_000
    assert total_variation(counts_to_probabilities(counts, grid), p) < 0.02  # measured: 0.007


COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=16).filter(sum)


@given(COUNTS, st.integers(0, 1000))
def test_scores_of_counts_are_those_of_probabilities_and_lie_in_their_range(hits, seed):
    p = np.array(hits, dtype=float)
    q = np.random.default_rng(seed).dirichlet(np.ones(p.size))
    for score in (hellinger_fidelity, total_variation):
        assert 0 <= score(p, q) <= 1
        assert score(p, q) == pytest.approx(score(p / p.sum(), 7 * q), abs=1e-12)
    assert signal_over_uniform(p, q) <= 1
    assert signal_over_uniform([90, 10], [0.9, 0.1]) == pytest.approx(1)


@pytest.mark.parametrize(
    "score", [fidelity, state_distance, hellinger_fidelity, total_variation, signal_over_uniform]
)
def test_states_of_another_shape_are_refused(score):
    """Equal sizes, another order: 0.099 for two equal states."""
    plane = np.arange(1.0, 9).reshape(4, 2)
    with pytest.raises(ValueError, match=r"must have the shape of `\w+`, \(4, 2\), but"):
        score(plane, plane.ravel())


@pytest.mark.parametrize("score", [hellinger_fidelity, total_variation, signal_over_uniform])
@pytest.mark.parametrize("wrong", [[0, 0], [1, -1], [0.5, -0.5], [2, -1]])
def test_what_is_no_distribution_is_refused(score, wrong):
    with pytest.raises(ValueError, match="must hold probabilities or counts"):
        score(wrong, [0.5, 0.5])


def test_no_state_is_zero():
    with pytest.raises(ValueError, match="`psi` must not be zero everywhere"):
        fidelity([0, 0], [1, 0])


@pytest.mark.parametrize("parts", [1, 2, 16, 64])
@pytest.mark.parametrize("power", [1, 8, 60])
def test_draws_from_blocks_are_those_of_the_whole(parts, power):
    """Also where nearly all of it is in the first block, or in the last one."""
    for seed in range(10):
        weights = np.random.default_rng(seed).random(64) ** power
        for ordered in (weights, np.sort(weights), np.sort(weights)[::-1].copy()):
            hits = np.random.default_rng(seed).multinomial(700, ordered / ordered.sum())
            expected = {f"{i:06b}": int(hits[i]) for i in np.flatnonzero(hits)}
            blocks = np.split(ordered, parts)
            assert sample_blocks(blocks, float(ordered.sum()), 6, 700, seed) == expected
