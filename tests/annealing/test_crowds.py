"""The search for angles: chains that know nothing of each other, and crowds that get narrower."""

import numpy as np
import pytest

from qdml_quantum import Grid, Problem
from qdml_quantum.annealing import crowds
from qdml_quantum.annealing.ansatz import Ansatz
from qdml_quantum.annealing.crowds import ROUNDS, Crowds
from qdml_quantum.annealing.targets import Target

WELL = Problem(Grid([(-2.5, 2.5)], 6), "(x**2 - 1)**2 + 0.2*x")
ONE, TWO = ((3, 2),), ((3, 1), (2, 1))


@pytest.fixture(autouse=True)
def small_crowds(monkeypatch):
    monkeypatch.setattr(crowds, "_CROWD", 32)


def search_of(*divisions, problem=WELL, seed=0):
    targets = [Target([problem], 0.1, "ground_state") for _ in ROUNDS]
    ansatze = [
        [Ansatz([problem], levels, dtype=one.dtype) for one in ROUNDS] for levels in divisions
    ]
    return Crowds(ansatze, targets, np.random.default_rng(seed))


def test_small_grids_have_more_chains():
    """Eight thousand points of all crowds are enough for a processor."""
    assert len(search_of(ONE).chains) == 4
    plane = Problem(Grid([(-1, 1)] * 2, 5), "x**2 + y**2")
    assert len(search_of(((0, 2),), problem=plane).chains) == 1


def test_divisions_in_turn_and_then_one_crowd_in_four(monkeypatch):
    fresh = []
    real = crowds._ChainOfCrowds.fresh

    def watched(chain, plan, ansatz, diffusion):
        fresh.append((search.starts, plan))
        assert plan == 0 if ansatz.levels == ONE else plan == 1
        return real(chain, plan, ansatz, diffusion)

    monkeypatch.setattr(crowds._ChainOfCrowds, "fresh", watched)
    search = search_of(ONE, TWO)
    for _ in range(9):
        search.start()
    assert fresh == [made for made in [(0, 0), (1, 1), (4, 0), (8, 1)] for _ in search.chains]


def test_chains_know_nothing_of_each_other(monkeypatch):
    """Every jolt is of a point that its own chain found; chains end at values of their own."""
    search, seen = search_of(ONE, TWO), []
    real = crowds._jolted

    def watched(rng, ansatz, point):
        (chain,) = (one for one in search.chains if one.rng is rng)
        known = [*chain.best, *chain.recent]
        assert any(point is mine and search.ansatze[plan][0] is ansatz for _, plan, mine in known)
        seen.append(chain)
        return real(rng, ansatz, point)

    monkeypatch.setattr(crowds, "_jolted", watched)
    for _ in range(6):
        search.start()
    assert len(seen) == 3 * len(search.chains)
    for chain in search.chains:
        values = [value for value, _, _ in chain.best]
        assert values == sorted(values) and len(values) <= 4
        for value, plan, point in chain.best:
            assert search._worst(plan, point[None])[0] == pytest.approx(value, abs=1e-12)
    assert len({chain.best[0][0] for chain in search.chains}) > 1


def test_the_best_of_each_crowd_go_on():
    """A sixteenth of every crowd comes to the end, in order, better than where it began."""
    search = search_of(ONE)
    ansatz = search.ansatze[0][0]
    points = np.concatenate(
        [crowds._fresh(np.random.default_rng(seed), ansatz, 0.1) for seed in (1, 2)]
    )
    before = search._worst(0, points)
    values, ends, owner = search._narrowed(0, points.copy(), np.repeat([0, 2], 32))
    assert owner.tolist() == [0, 0, 2, 2]
    assert np.allclose(search._worst(0, ends), values, atol=1e-12)
    for number, crowd in ((0, before[:32]), (2, before[32:])):
        mine = values[owner == number]
        assert mine[0] <= mine[1] and mine[0] < crowd.min()


def test_the_result_is_the_best_of_all_chains_polished():
    search = search_of(ONE, TWO)
    for _ in range(2):
        search.start()
    best = min(chain.best[0][0] for chain in search.chains)
    missing, ansatz, angles = search.result()
    assert missing < best < search.initial
    again = search.targets[-1].worst(ansatz.states(angles[None]))[0][0]
    assert again == pytest.approx(missing, abs=1e-12)
