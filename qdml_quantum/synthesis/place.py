"""Where on a target, and with which network."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from qdml_quantum.synthesis.network import Network
from qdml_quantum.synthesis.path_sum import PathSum
from qdml_quantum.synthesis.synthesize import EFFORT, synthesize
from qdml_quantum.synthesis.targets import Region, arranged, regions
from qdml_quantum.synthesis.topology import TABLE_WIRES, Topology

_SHAPES = 5
_TRIAL = 0.4


def placed(
    path_sum: PathSum,
    target: Any = None,
    *,
    effort: float = EFFORT,
    seed: int = 0,
    time_limit: float | None = None,
) -> tuple[Region, Network]:
    """The place on a target with the cheapest network.

    Several shapes of connected qubits are tried with a part of the effort; the best gets the rest.
    On more than 12 wires of a target with edges, the network is one for all pairs, and Qiskit
    routes it.
    """
    begun = time.monotonic()
    places = [arranged(r, path_sum) for r in regions(target, path_sum.num_slots, count=_SHAPES)]
    many = path_sum.num_slots > TABLE_WIRES and places[0].topology.edges is not None

    def best(region: Region, share: float) -> Network | None:
        left = None if time_limit is None else time_limit - (time.monotonic() - begun)
        topology = region.topology
        topology = replace(topology, edges=None) if many else topology
        return synthesize(
            path_sum, topology, effort=effort * share, seed=seed, time_limit=left
        )

    if many or len(places) == 1:
        network = best(places[0], 1.0)
        chosen = places[0]
    else:
        tried = [(best(region, _TRIAL / len(places)), region) for region in places]
        found = [(n.cost, number) for number, (n, _) in enumerate(tried) if n is not None]
        number = min(found)[1] if found else 0
        network, chosen = tried[number]
        again = best(chosen, 1 - _TRIAL)
        if again is not None and (network is None or again.cost < network.cost):
            network = again
    if network is None:
        # Nothing found on the edges in time: a network for all pairs, which Qiskit routes.
        network = synthesize(path_sum, Topology(path_sum.num_slots), effort=effort, seed=seed)
    assert network is not None
    return chosen, network
