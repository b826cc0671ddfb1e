"""Costs: tables on all pairs of wires give the same numbers as the number of wires alone."""

import itertools

import numpy as np
import pytest

from qdml_quantum.synthesis.costs import TableCosts, WeightCosts
from qdml_quantum.synthesis.topology import Topology

both = pytest.mark.parametrize("rzz", [False, True])
homes = pytest.mark.parametrize("home", [False, True])
sizes = pytest.mark.parametrize("n", range(1, 7))


def prices(n, seed=0):
    """Rising and then falling, so that no gain has the same sign everywhere."""
    rng = np.random.default_rng(seed)
    return {kind: rng.normal(size=n + 9).astype(np.float32) for kind in ("live", "later")}


def pair(n, home, rzz):
    topology = Topology(n, rzz=rzz)
    made = TableCosts(topology, home=home), WeightCosts(topology, home=home)
    for costs in made:
        costs.price(prices(n))
    return made


def every(n):
    return np.arange(1 << n).reshape(1, -1)


def holders(n):
    """Rows of n masks: every mask but the empty one for every slot."""
    rows = [np.roll(np.arange(1, 1 << n), shift)[: ((1 << n) - 1)] for shift in range(n)]
    return np.stack(rows, axis=1)


@both
@homes
@sizes
def test_prices_gains_bits_and_distances_agree(n, home, rzz):
    table, weight = pair(n, home, rzz)
    masks = every(n)
    np.testing.assert_array_equal(table.bits(masks), weight.bits(masks))
    np.testing.assert_array_equal(table.distance(masks), weight.distance(masks))
    for kind in ("live", "later"):
        np.testing.assert_array_equal(table.cost(masks, kind), weight.cost(masks, kind))
        gains = table.gain(masks, kind), weight.gain(masks, kind)
        assert gains[0].shape == (1, 1 << n, n)
        np.testing.assert_allclose(*gains, atol=1e-6)


@both
@homes
@sizes
def test_ways_home_agree(n, home, rzz):
    table, weight = pair(n, home, rzz)
    masks = holders(n)
    np.testing.assert_array_equal(table.away(masks), weight.away(masks))
    gains = table.away_gain(masks), weight.away_gain(masks)
    # A variable that no wire holds does not exist: its cost is not asked for.
    exists = (masks[..., None] ^ 1 << np.arange(n)) != 0
    np.testing.assert_array_equal(gains[0][exists], gains[1][exists])


@both
@homes
@pytest.mark.parametrize("n", [4, 5])
@pytest.mark.parametrize("line", [False, True])
def test_tables_by_definition(n, home, rzz, line):
    topology = Topology.line(n, rzz=rzz) if line else Topology(n, rzz=rzz)
    costs = TableCosts(topology, home=home)
    price = prices(n, seed=1)
    costs.price(price)
    distance = topology.distance
    free = {0: 0.0}
    for kind, mask in itertools.product(price, range(1, 1 << n)):
        cost = price[kind][distance[mask]]
        assert costs.cost(np.array([mask]), kind)[0] == cost
        for wire in range(n):
            other = mask ^ 1 << wire
            gain = free.get(other, price[kind][distance[other]]) - cost
            if rzz and kind == "live" and distance[mask] == 1:
                gain = min(gain, 0)  # It is done before it is spoiled.
            assert costs.gain(np.array([mask]), kind)[0, wire] == pytest.approx(gain, abs=1e-6)
    for kind in price:
        assert costs.cost(np.array([0]), kind)[0] == 0
        assert (costs.gain(np.array([0]), kind) == 0).all()
    for mask in range(1, 1 << n):
        masks = np.full((1, n), mask)
        exact = [topology.distance_to(slot)[mask] if home else distance[mask] for slot in range(n)]
        assert costs.away(masks)[0].tolist() == exact
        for slot, wire in itertools.product(range(n), repeat=2):
            other = mask ^ 1 << wire
            after = topology.distance_to(slot)[other] if home else distance[other]
            assert costs.away_gain(masks)[0, slot, wire] == after - exact[slot]


def test_prices_may_change():
    for costs in pair(3, False, False):
        before = costs.cost(every(3), "live").copy()
        costs.price({"live": np.arange(20, dtype=np.float32)})
        assert costs.cost(every(3), "live")[0].tolist() == [0, 0, 0, 1, 0, 1, 1, 2]
        assert not np.array_equal(before, costs.cost(every(3), "live"))
