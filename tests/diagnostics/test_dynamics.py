"""T: large where steps move the state, small for whatever stands still."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from qdml_quantum import Anneal, Grid, Problem, Schedule
from qdml_quantum.diagnostics.dynamics import (
    NATS,
    Dynamics,
    _likelihood,
    expected_dynamics,
    judge_dynamics,
)

WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
MOVING = Anneal(WELL, Schedule.geometric((2, 0.3), num_stages=4, num_steps=1, time_step=0.4))
CUTS = [np.abs(MOVING.cut(k).final_state()) ** 2 for k in range(1, 5)]


def noisy(p, strength):
    return strength * p + (1 - strength) / p.size


def drawn(cuts, strengths, shots, seed):
    rng = np.random.default_rng(seed)
    return [rng.multinomial(shots, noisy(q, f)) for q, f in zip(cuts, strengths, strict=True)]


def relaxed(p, shares):
    """Amplitude damping of every bit towards 0."""
    tensor = np.asarray(p, dtype=float).reshape((2,) * int(np.log2(len(p))))
    for axis, share in enumerate(shares):
        lost = np.array([[1, share], [0, 1 - share]])
        tensor = np.moveaxis(np.tensordot(lost, tensor, (1, axis)), 0, axis)
    return tensor.reshape(-1)


@pytest.mark.parametrize("seed", range(3))
def test_steps_that_move_the_state_are_seen_through_noise(seed):
    found = judge_dynamics(drawn(CUTS, (0.9, 0.8, 0.7, 0.6), 2000, seed), CUTS)
    assert found.shown and found.value > 100
    assert found.strengths == pytest.approx((0.9, 0.8, 0.7, 0.6), abs=0.08)


@pytest.mark.parametrize("state", ["uniform", "loaded", "first", "random"])
@pytest.mark.parametrize("seed", range(3))
def test_states_that_stand_still_and_relax_are_not(state, seed):
    rng = np.random.default_rng(seed)
    p = {"uniform": np.full(8, 1 / 8), "loaded": CUTS[-1], "first": CUTS[0]}.get(state)
    p = rng.dirichlet(np.ones(8)) if p is None else p
    still = [relaxed(p, 0.05 * k * rng.uniform(size=3)) for k in range(1, 5)]
    found = judge_dynamics(drawn(still, (0.9, 0.8, 0.7, 0.6), 4000, seed), CUTS)
    assert not found.shown and found.ratios["static"] < 5


def test_the_control_of_a_relaxing_uniform_state():
    """It beats uniform and the last state by far: only the static explanation stops it."""
    still = [relaxed(np.full(8, 1 / 8), [0.1 * k] * 3) for k in range(1, 5)]
    toward_zero = [relaxed(q, [0.3] * 3) for q in still]
    found = judge_dynamics([4000 * q for q in still], toward_zero)
    assert found.ratios["uniform"] > NATS and found.ratios["static"] < NATS


@pytest.mark.slow
@given(st.integers(0, 2**32 - 1), st.sampled_from([4, 8, 16]), st.integers(2, 4))
def test_the_static_state_is_the_best_there_is(seed, size, cuts):
    """Against L-BFGS over all states and strengths, which climbs another way."""
    rng = np.random.default_rng(seed)
    state = rng.dirichlet(np.ones(size))
    hits = np.array(drawn([state] * cuts, rng.uniform(0.3, 1, cuts), 1000, seed), dtype=float)
    ideal = [rng.dirichlet(np.ones(size)) for _ in range(cuts)]
    found = judge_dynamics(hits, ideal)

    def loss(z):
        r = np.exp(z[:size] - z[:size].max())
        f = 1 / (1 + np.exp(-z[size:, None]))
        mixture = f * r / r.sum() + (1 - f) / size
        return -(hits * np.log(mixture)).sum()

    start = np.concatenate([np.log(hits.sum(axis=0) + 0.1), np.ones(cuts)])
    other = -minimize(loss, start, method="L-BFGS-B").fun
    cut_likelihood = _likelihood(list(hits), ideal, found.strengths)
    assert cut_likelihood - found.ratios["static"] > other - 0.05


@pytest.mark.parametrize("shots", [1, 7, 10**6])
def test_any_number_of_shots_gives_finite_numbers(shots):
    found = judge_dynamics(drawn(CUTS, (1.0,) * 4, shots, 0), CUTS)
    assert np.isfinite([*found.ratios.values(), *found.strengths]).all()
    assert found.shown == (shots == 10**6)


def test_impossible_outcomes_are_noise_and_no_error():
    """A point of ideal probability 0 that was hit."""
    found = judge_dynamics([[10, 0], [5, 5]], [[0.0, 1.0], [1.0, 0.0]])
    assert found.strengths[0] == 0.0 and np.isfinite(found.value)


def test_expected_counts_are_judged_like_drawn_ones():
    kinds = ["cut-1", "cut-2", "cut-3", "position"]
    ideal = dict(zip(kinds, CUTS, strict=True))
    mean = expected_dynamics(ideal, {k: noisy(q, 0.8) for k, q in ideal.items()}, 4000, kinds)
    one = judge_dynamics(drawn(CUTS, (0.8,) * 4, 4000, 0), CUTS)
    assert one.value == pytest.approx(mean.value, rel=0.2)


def test_words_and_json():
    found = judge_dynamics(drawn(CUTS, (0.9,) * 4, 2000, 0), CUTS)
    again = Dynamics.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found and str(found).startswith("shown: T = ")


@pytest.mark.parametrize(
    ("hits", "ideal"),
    [
        ([[1, 1]], [[0.5, 0.5]]),
        ([[1, 1]], [[0.5, 0.5], [1.0, 0.0]]),
        ([[1, 1], [0, 0]], [[0.5, 0.5], [1.0, 0.0]]),
    ],
)
def test_too_little_is_refused(hits, ideal):
    with pytest.raises(ValueError, match="`hits` must hold the counts of two cuts or more"):
        judge_dynamics(hits, ideal)
