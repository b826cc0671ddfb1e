"""Where on a target, and with which network."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from qdml_quantum.synthesis.circuits.targets import Region, arrangements, regions
from qdml_quantum.synthesis.compiler import EFFORT
from qdml_quantum.synthesis.networks.network import Network
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.synthesize import synthesize
from qdml_quantum.synthesis.networks.topology import TABLE_WIRES

_SHAPES = 3  # Of connected qubits; more take longer.


class _Trials(NamedTuple):
    """What is tried before one region gets the rest of the effort.

    Attributes:
        starts: Random orders of the slots on each shape, to be made better by exchanges.
        near: Ratio to the least distance up to which a region is worth a trial.
        rounds: Regions that are tried, and the share of the effort for all of them.
        rest: Share for the best one.
    """

    starts: int
    near: float
    rounds: tuple[tuple[int, float], ...]
    rest: float


_TRIALS = {
    5: _Trials(30, 1.5, ((40, 0.9), (10, 0.5)), 1.0),
    6: _Trials(12, 1.06, ((6, 0.2), (2, 0.2)), 1.3),
    7: _Trials(30, 1.06, ((8, 0.25), (3, 0.3)), 1.1),
    TABLE_WIRES: _Trials(30, 1.06, ((8, 0.2), (3, 0.25)), 0.9),
}
"""By most wires. On few the nearest region is not always the best, and more are worth a trial
[cross term on 2 + 3 qubits: 23 CX with 6, 21 with 40]; on 6 none is. Searches that know a limit end
before their time, the more so on few wires: each line takes 6 to 9 s with an effort of 7."""


def choose_layout(
    path_sum: PathSum,
    target: Any = None,
    *,
    effort: float = EFFORT,
    seed: int = 0,
    time_limit: float | None = None,
) -> tuple[Region, Network | None]:
    """The region of a target, and an order of the slots on it, with the cheapest network.

    Shapes of connected qubits, and orders of the slots on them, in which the terms are near to one
    wire are tried, fewer and fewer with more and more effort; the best gets the rest.
    """
    deadline = math.inf if time_limit is None else time.monotonic() + time_limit

    def left() -> float | None:
        return None if time_limit is None else deadline - time.monotonic()

    def out_of_time() -> bool:
        return time.monotonic() > deadline and any(network for network, _ in networks)

    networks: list[tuple[Network | None, Region]] = [
        (None, region) for region in _near_regions(path_sum, target, seed)
    ]
    trials = _trials(path_sum)
    for count, share in trials.rounds:
        if len(networks) > 1:
            networks = networks[:count]
            each = share * effort / len(networks)
            for number, (known, region) in enumerate(networks):
                if out_of_time():
                    break
                candidate = synthesize(
                    path_sum, region.topology, effort=each, seed=seed, time_limit=left()
                )
                networks[number] = min((known, region), (candidate, region), key=_cost)
            networks.sort(key=_cost)
    known, region = networks[0]
    if out_of_time():
        return region, known
    last = network_on(region, path_sum, effort=trials.rest * effort, seed=seed, time_limit=left())
    return region, min((known, region), (last, region), key=_cost)[0]


def _cost(item: tuple[Network | None, Region]) -> tuple[float, float]:
    network = item[0]
    return (math.inf, math.inf) if network is None else network.cost


def _near_regions(path_sum: PathSum, target: Any, seed: int) -> list[Region]:
    """Regions that are worth a trial, the nearest first."""
    trials = _trials(path_sum)
    distances: dict[Region, int] = {}
    for region in regions(target, path_sum.num_slots, count=_SHAPES):
        distances |= arrangements(region, path_sum, starts=trials.starts, seed=seed)
    limit = min(distances.values()) * trials.near
    near = [region for region, distance in distances.items() if distance <= limit]
    first, *others = sorted(near, key=lambda region: distances[region])
    count = min(len(others), trials.rounds[0][0] - 1)
    chosen = np.random.default_rng(seed).choice(len(others), count, replace=False)
    return [first, *(others[i] for i in sorted(chosen))]


def _trials(path_sum: PathSum) -> _Trials:
    sizes = (one for most, one in _TRIALS.items() if path_sum.num_slots <= most)
    return next(sizes, _TRIALS[TABLE_WIRES])


def network_on(
    region: Region,
    path_sum: PathSum,
    *,
    effort: float = EFFORT,
    seed: int = 0,
    time_limit: float | None = None,
) -> Network | None:
    """The cheapest network on the edges of a region.

    Where there are too many wires for a search on edges, or none is found in time, it is one for
    all pairs of wires, which Qiskit then routes. None where no method applies: to steps on more
    than 20 wires, and to those whose chains the edges cannot take.
    """
    topology = region.topology
    free = replace(topology, edges=None)
    if path_sum.num_slots > TABLE_WIRES:
        topology = free
    network = synthesize(path_sum, topology, effort=effort, seed=seed, time_limit=time_limit)
    if network is None and topology != free and not path_sum.chains:
        network = synthesize(path_sum, free, effort=effort, seed=seed)
    return network
