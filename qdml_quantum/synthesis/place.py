"""Where on a target, and with which network."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from qdml_quantum.synthesis.network import Network
from qdml_quantum.synthesis.options import EFFORT
from qdml_quantum.synthesis.path_sum import PathSum
from qdml_quantum.synthesis.synthesize import synthesize
from qdml_quantum.synthesis.targets import Region, arranged, regions
from qdml_quantum.synthesis.topology import TABLE_WIRES

_SHAPES = 3
_TRIAL = 0.2
_NEAR = 1.05
"""Distances of shapes that are worth a trial, to the least: narrow searches tell no better."""


def placed(
    path_sum: PathSum,
    target: Any = None,
    *,
    effort: float = EFFORT,
    seed: int = 0,
    time_limit: float | None = None,
) -> tuple[Region, Network | None]:
    """The place on a target with the cheapest network.

    Of several shapes of connected qubits, those on which the terms are nearest to one wire are
    tried with a part of the effort; the best gets the rest.
    """
    begun = time.monotonic()

    def left() -> float | None:
        return None if time_limit is None else time_limit - (time.monotonic() - begun)

    found = [arranged(r, path_sum) for r in regions(target, path_sum.num_slots, count=_SHAPES)]
    nearest = min(distance for _, distance in found)
    places = [place for place, distance in found if distance <= _NEAR * nearest]
    if len(places) > 1 and path_sum.num_slots <= TABLE_WIRES:
        share = effort * _TRIAL / len(places)
        tried = [
            synthesize(path_sum, r.topology, effort=share, seed=seed, time_limit=left())
            for r in places
        ]
        costs = [(network.cost, i) for i, network in enumerate(tried) if network is not None]
        number = min(costs)[1] if costs else 0
        rest = network_on(
            places[number], path_sum, effort=effort * (1 - _TRIAL), seed=seed, time_limit=left()
        )
        both = [network for network in (tried[number], rest) if network is not None]
        return places[number], min(both, key=lambda network: network.cost, default=None)
    return places[0], network_on(places[0], path_sum, effort=effort, seed=seed, time_limit=left())


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
    all pairs of wires, which Qiskit then routes. None where no method applies, which happens to
    steps on more than 20 wires only.
    """
    topology = region.topology
    free = replace(topology, edges=None)
    if path_sum.num_slots > TABLE_WIRES:
        topology = free
    network = synthesize(path_sum, topology, effort=effort, seed=seed, time_limit=time_limit)
    if network is None and topology != free:
        network = synthesize(path_sum, free, effort=effort, seed=seed)
    return network
