"""Costs: tables on all pairs of wires give the same numbers as the number of wires alone."""

import itertools

import numpy as np
import pytest

from qdml_quantum.synthesis import costs as costs_module
from qdml_quantum.synthesis.costs import TableCosts, WeightCosts
from qdml_quantum.synthesis.topology import Topology

both = pytest.mark.parametrize("rzz", [False, True])
homes = pytest.mark.parametrize("home", [False, True])
sizes = pytest.mark.parametrize("n", range(2, 7))


def prices(n, seed=0):
    """Live and later, rising and falling, so that no gain has the same sign everywhere."""
    return np.random.default_rng(seed).normal(size=(2, n + 9)).astype(np.float32)


def pair(n, home, rzz):
    topology = Topology(n, rzz=rzz)
    made = TableCosts(topology, home=home), WeightCosts(topology, home=home)
    for costs in made:
        costs.price(*prices(n))
    return made


def every(n):
    """Every word, one per row; a term that waits is on one wire at least."""
    return np.delete(np.arange(2 << n), 1 << n)[:, None]


def holders(n):
    """Rows of n masks: every mask but the empty one for every slot."""
    rows = [np.roll(np.arange(1, 1 << n), shift) for shift in range(n)]
    return np.stack(rows, axis=1)


def after(mask, move):
    control, target = move
    return mask ^ (mask >> target & 1) << control


@both
@homes
@sizes
def test_prices_gains_and_distances_agree(n, home, rzz):
    table, weight = pair(n, home, rzz)
    words = every(n)
    np.testing.assert_array_equal(table.distance(words), weight.distance(words))
    np.testing.assert_array_equal(table.near(words), weight.near(words))
    np.testing.assert_array_equal(table.cost(words), weight.cost(words))
    gains = table.gains(words), weight.gains(words)
    assert gains[0].shape == (len(words), n * (n - 1))
    np.testing.assert_allclose(*gains, atol=1e-5)


@both
@homes
@sizes
def test_ways_home_agree(n, home, rzz):
    table, weight = pair(n, home, rzz)
    masks = holders(n)
    np.testing.assert_array_equal(table.away(masks), weight.away(masks))
    charge = np.random.default_rng(1).uniform(size=masks.shape).astype(np.float32)
    gains = table.away_gains(masks, charge), weight.away_gains(masks, charge)
    np.testing.assert_allclose(*gains, atol=1e-5)


@both
@homes
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("n", [4, 5])
@pytest.mark.parametrize("line", [False, True])
def test_tables_by_definition(n, home, rzz, line, counted, monkeypatch):
    if not counted:
        monkeypatch.setattr(costs_module, "COUNTED_WIRES", 0)
    topology = Topology.line(n, rzz=rzz) if line else Topology(n, rzz=rzz)
    costs = TableCosts(topology, home=home)
    price = prices(n, seed=1)
    costs.price(*price)
    distance = topology.distance
    for kind, mask in itertools.product((0, 1), range(1, 1 << n)):
        word = np.array([[mask | kind << n]])
        cost = price[kind][distance[mask]]
        assert costs.cost(word)[0] == cost
        assert costs.distance(word)[0, 0] == distance[mask]
        assert costs.near(word)[0, 0] == (rzz and kind == 0 and distance[mask] == 1)
        for number, move in enumerate(topology.moves.tolist()):
            gain = price[kind][distance[after(mask, move)]] - cost
            if rzz and kind == 0 and distance[mask] == 1 and counted:
                gain = min(gain, 0)  # It is done before it is spoiled.
            assert costs.gains(word)[0, number] == pytest.approx(gain, abs=1e-5)
    assert costs.cost(np.array([[0]]))[0] == 0
    assert (costs.gains(np.array([[0]])) == 0).all()
    for mask in range(1, 1 << n):
        masks = np.full((1, n), mask)
        exact = [topology.distance_to(slot)[mask] if home else distance[mask] for slot in range(n)]
        assert costs.away(masks)[0].tolist() == exact


@pytest.mark.parametrize("line", [False, True])
def test_gains_add_up(line):
    """Of many terms at once, by counts and by sums."""
    n = 5
    topology = Topology.line(n) if line else Topology(n)
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2 << n, size=(7, 40))
    words[words == 1 << n] = 0
    costs = TableCosts(topology, home=False)
    costs.price(*prices(n))
    found = costs.gains(words)
    for number, (control, target) in enumerate(topology.moves.tolist()):
        moved = words ^ (words >> target & 1) << control
        expected = costs.cost(moved) - costs.cost(words)
        np.testing.assert_allclose(found[:, number], expected, atol=1e-4)
    charge = rng.uniform(size=(7, n)).astype(np.float32)
    held = rng.integers(1, 1 << n, size=(7, n))
    found = costs.away_gains(held, charge)
    for number, (control, target) in enumerate(topology.moves.tolist()):
        # A CX puts what the control holds onto the target.
        moved = held ^ (held >> control & 1) << target
        expected = ((costs.away(moved) - costs.away(held)) * charge).sum(axis=1)
        np.testing.assert_allclose(found[:, number], expected, atol=1e-4)


def test_prices_may_change():
    for costs in pair(3, False, False):
        before = costs.cost(every(3)).copy()
        costs.price(np.arange(20, dtype=np.float32), np.arange(20, dtype=np.float32))
        assert costs.cost(every(3)[:8]).tolist() == [0, 0, 0, 1, 0, 1, 1, 2]
        assert not np.array_equal(before, costs.cost(every(3)))
