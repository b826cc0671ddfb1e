"""The cheapest network of all methods: rules, beam searches, and a walk from the best of them."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from qdml_quantum.synthesis.compiled import is_kept
from qdml_quantum.synthesis.compiler import EFFORT
from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.constructive import chain, gray, gray_synth
from qdml_quantum.synthesis.networks.network import Gate, Move, Network, trace
from qdml_quantum.synthesis.networks.path_sum import DIAGONAL, PathSum
from qdml_quantum.synthesis.networks.rewriting import melts, rewritten
from qdml_quantum.synthesis.networks.topology import TABLE_WIRES, Topology
from qdml_quantum.synthesis.networks.weights import (
    Weights,
    has_table,
    weights_of,
)
from qdml_quantum.synthesis.phases.walsh import bits_of

if TYPE_CHECKING:
    from qdml_quantum.synthesis.networks.beam import BeamSearch

RULES: dict[str, Callable[[PathSum], Sequence[Move] | None]] = {
    "chain": chain,
    "gray": gray,
    "gray_synth": gray_synth,
}
"""Networks by rule; a new one is a function and a line here."""

_GRAY_SYNTH_BITS = 300_000  # Slots times terms, above which it is left out: it is in Python.
_VARIABLES = 62  # They are bits of a signed word.
_SHARES, _DIAGONAL_SHARES, _MELTING_SHARE = (0.15, 0.3, 0.55), (0.2, 0.5, 0.3), 0.05
"""Of the effort: all heuristics; the best of them with more states, as two would have half each;
restarts within the best. A diagonal that melts on its walk gets a little of the first only: 3 %
fewer gates than by searches in three times the time [8 qubits, 12 phases]."""
_DIAGONAL_RESTARTS = (0.6, 0.4, 0.75, 0.2)
_RESTARTS = (*_DIAGONAL_RESTARTS, 0.5, 0.3, 0.65, 0.1, 0.8, 0.45, 0.25, 0.55)
"""How much of the best network so far stays. Twelve restarts gain steps 0.6 % over four that take
as long; diagonals of many strings need the states more."""
_WALK, _WALK_ON_EDGES, _FEW = 0.4, 0.25, 6
"""Of the effort beyond the first second, for the walk of a step (`rewritten`), since searches that
know a limit end before their time. Its H stay in their order, so that it takes half a per cent off
what restarts have found, and on edges among so few wires nothing [65 steps]."""
# States below which heuristics are dropped, and a search is not worth it; of the first networks.
_NARROW, _NARROWEST, _FALLBACK = 40, 4, (8, 40, 200)
_SECONDS, _OF_TABLE = 2e-4, 1e-9
"""Of one level of a search, and for every entry of its table of gains; measured, as the next."""
_OF_STATE, _OF_MOVE, _OF_WORD, _OF_BOTH, _UNCOUNTED = 8e-7, 1.4e-8, 1.2e-9, 3e-11, 3e-8
"""For every state, for each of its moves, for each of its terms, and for each pair of them, with a
table of gains and without."""
_WIDEST = 10000  # States of one level: a compromise with memory, never measured wider.
_MOST_ENTRIES = 1 << 22
"""Terms of all states together, which take about 50 bytes each."""


@lru_cache(maxsize=256)
def synthesize(
    path_sum: PathSum,
    topology: Topology,
    *,
    effort: float = EFFORT,
    seed: int = 0,
    time_limit: float | None = None,
) -> Network | None:
    """The network with the fewest two-qubit gates, and then the least depth, of all methods.

    Slots that no term joins are compiled apart. The result depends on the arguments alone, unless
    the time limit cuts the search: then it is the best so far.

    Args:
        path_sum: What to do.
        topology: Where two-qubit gates may stand.
        effort: Work of the search, about the seconds it takes on a laptop.
        seed: Of the tie breaks.
        time_limit: Seconds after which no more is tried, or None (default).

    Returns:
        None where no method applies: edges on more than 12 wires, steps on more than 20 (31 where
        axes are short), edges that cannot take the chains of a path sum.

    >>> synthesize(PathSum.diagonal(4, range(16)), Topology(4)).num_two_qubit_gates
    14
    """
    deadline = None if time_limit is None else time.monotonic() + time_limit
    parts = path_sum.parts()
    if topology.edges is not None or len(parts) == 1:
        return _whole(path_sum, topology, effort, seed, deadline)
    networks = []
    shared = max(1, len(path_sum.terms))
    for part in parts:
        small = Topology(part.bit_count(), None, topology.rzz)
        alone = _restricted(path_sum, part)
        share = effort * len(alone.terms) / shared
        network = _part(alone, small, share, seed, deadline)
        if network is None:
            return None
        networks.append((bits_of(part), network))
    return _side_by_side(path_sum, networks)


def _whole(
    path_sum: PathSum, topology: Topology, effort: float, seed: int, deadline: float | None
) -> Network | None:
    if not path_sum.terms:
        return trace(path_sum, [])
    best: Network | None = None
    bound = lower_bound(path_sum, topology)
    if path_sum.num_layers == DIAGONAL and topology.edges is None:
        for name, rule in RULES.items():
            if name == "gray_synth" and path_sum.num_slots * len(path_sum.terms) > _GRAY_SYNTH_BITS:
                continue
            moves = rule(path_sum)
            if moves is not None:
                best = _better(best, trace(path_sum, moves, method=name))
    if path_sum.num_variables > _VARIABLES or (
        topology.edges is not None and path_sum.num_slots > TABLE_WIRES
    ):
        return best
    if not _chains_fit(path_sum, topology):
        return None
    if topology.rzz:
        # Without RZZ too, which is at times the better choice; each is given all of the effort, so
        # that a device which has them never takes more gates for it.
        plain = replace(topology, rzz=False)
        best = _better(best, _whole(path_sum, plain, effort, seed, deadline))
    heuristics = list(weights_of(path_sum, topology))
    for width, weights in itertools.product(_FALLBACK, heuristics):
        # The narrowest ones without a deadline, so that there is something to return.
        until = None if width == _FALLBACK[0] else deadline
        if best is None:
            best = _search(path_sum, topology, weights, width, seed, None, until)
    shares, share = _SHARES, _WALK
    restarts: tuple[float, ...] = _RESTARTS
    if path_sum.num_layers == DIAGONAL:
        shares, restarts = _DIAGONAL_SHARES, _DIAGONAL_RESTARTS
    if topology.edges is not None:
        share = _WALK_ON_EDGES if path_sum.num_slots > _FEW else 0.0
    first, second, third = (part * effort for part in shares)
    walk = share * (effort - 1) if effort > 1 and not topology.rzz else 0.0
    melting = (1 - _MELTING_SHARE) * effort
    if melts(path_sum, topology, melting):
        first, second, third, walk = effort - melting, 0.0, 0.0, melting
    while len(heuristics) > 1 and _width(path_sum, topology, first / len(heuristics)) < _NARROW:
        heuristics.pop()
    width = _width(path_sum, topology, first / len(heuristics))
    tried: list[tuple[tuple[int, int], int]] = []
    for number, weights in enumerate(heuristics):
        network = _search(path_sum, topology, weights, width, seed, best, deadline)
        best = _better(best, network)
        if network is not None:
            tried.append((network.cost, number))
    weights = heuristics[min(tried)[1] if tried else 0]
    rounds = [(0.0, second), *((s, third / len(restarts) / (1 - s)) for s in restarts)]
    for number, (start, seconds) in enumerate(rounds, seed + 1):
        if best.num_two_qubit_gates == bound if best is not None else start > 0:
            return best
        width = _width(path_sum, topology, seconds)
        network = _search(path_sum, topology, weights, width, number, best, deadline, start)
        best = _better(best, network)
    if best is None or not walk:
        return best
    return rewritten(best, topology, seconds=walk, seed=seed, least=bound, deadline=deadline)


_part = lru_cache(maxsize=256)(_whole)
"""Equal parts, such as the axes of a separable objective, are searched once."""


def _chains_fit(path_sum: PathSum, topology: Topology) -> bool:
    """Whether there are edges for all chains: without them a search would end with nothing."""
    if topology.edges is None:
        return True
    near: list[set[int]] = [set() for _ in range(topology.num_wires)]
    for a, b in topology.edges:
        near[a].add(b)
        near[b].add(a)
    if path_sum.home:
        return all(near[middle] >= set(ends) for middle, *ends in path_sum.chains)

    def room(count: int, free: frozenset[int]) -> bool:
        return count == 0 or any(
            room(count - 1, free - {middle, *ends})
            for middle in free
            for ends in itertools.combinations(near[middle] & free, 2)
        )

    return room(len(path_sum.chains), frozenset(range(topology.num_wires)))


def _search(
    path_sum: PathSum,
    topology: Topology,
    weights: Weights,
    width: int,
    seed: int,
    best: Network | None,
    deadline: float | None,
    start: float = 0.0,
) -> Network | None:
    """One search; from `start` on, a share of the best network so far, for a better end of it."""
    if width * len(path_sum.terms) > _MOST_ENTRIES:
        return None
    if width < _NARROWEST or (deadline is not None and time.monotonic() > deadline):
        return None
    limit = None if best is None else best.num_two_qubit_gates + 1
    if start and best is not None and best.labels:
        # Labels belong to the moments of H, which RZZ gates may bring forward.
        topology = replace(topology, rzz=best.rzz)
    search = _engine()(path_sum, topology, weights, width=width, seed=seed)
    prefix = [] if best is None else best.moves
    result = search.run(
        max_cost=limit,
        deadline=deadline,
        prefix=prefix[: int(start * len(prefix))],
        labels=None if best is None else best.labels,
    )
    if result is None:
        return None
    moves, labels = result
    return trace(path_sum, moves, topology, labels=labels, method="beam")


@cache
def _engine() -> type[BeamSearch]:
    """The search, which takes a while to load, and the first time of all to compile."""
    from qdml_quantum.synthesis.networks.beam import BeamSearch
    from qdml_quantum.synthesis.networks.kernels.moves import breed

    if not is_kept(breed) and (sys.stderr.isatty() or "ipykernel" in sys.modules):
        print("Compiling the search for networks, this once: about 25 s.", file=sys.stderr)
    return BeamSearch


def _width(path_sum: PathSum, topology: Topology, seconds: float) -> int:
    """States that a search of a path sum may keep to take about this long."""
    size, n = len(path_sum.terms), path_sum.num_slots
    levels = (1.4 if topology.edges is None else 1.9) * size + n
    each, fixed = _level_seconds(path_sum, topology, size)
    most = min(_WIDEST, _MOST_ENTRIES // max(1, size))
    return min(most, int((seconds / levels - fixed) / each))


def _level_seconds(path_sum: PathSum, topology: Topology, size: int) -> tuple[float, float]:
    """Seconds of one level of a search of so many terms: for every state, and for all of them."""
    n, moves = path_sum.num_slots, len(topology.moves)
    counted = has_table(topology)
    each = _OF_STATE + _OF_MOVE * moves + _OF_WORD * size
    each += (_OF_BOTH * moves if counted else _UNCOUNTED) * size
    return each, _SECONDS + (_OF_TABLE * (2 << n) * moves if counted else 0.0)


def _better(a: Network | None, b: Network | None) -> Network | None:
    if a is None or b is None:
        return a or b
    return min(a, b, key=lambda network: network.cost)


def _moved(mask: int, size: int, wanted: int, slots: Sequence[int] | Mapping[int, int]) -> int:
    """A mask of variables on some slots as one among all, or the other way."""
    variables = (divmod(variable, size) for variable in bits_of(mask))
    return sum(1 << layer * wanted + slots[slot] for layer, slot in variables)


def _restricted(path_sum: PathSum, part: int) -> PathSum:
    """The terms on some slots, which become slots 0, 1, ..."""
    index = {slot: number for number, slot in enumerate(bits_of(part))}

    def moved(mask: int) -> int:
        return _moved(mask, path_sum.num_slots, len(index), index)

    terms = sorted(moved(t) for t in path_sum.terms if path_sum.slots(t) & part)
    return replace(
        path_sum,
        num_slots=len(index),
        terms=tuple(terms),
        groups=tuple(moved(group & part) for group in path_sum.groups if group & part),
        lead=tuple((index[c], index[t]) for c, t in path_sum.lead if part >> c & 1),
        chains=tuple(
            (index[a], index[b], index[c]) for a, b, c in path_sum.chains if part >> a & 1
        ),
    )


def _side_by_side(
    path_sum: PathSum, networks: Sequence[tuple[tuple[int, ...], Network]]
) -> Network:
    """Networks of the parts as one network of the whole."""
    n = path_sum.num_slots
    gates: list[Gate] = []
    corrections: dict[int, int] = {}
    wires = [0] * n
    for slots, network in networks:
        for gate in network.gates:
            wide_wires = tuple(slots[wire] for wire in gate.wires)
            gates.append(Gate(gate.name, wide_wires, _moved(gate.term, len(slots), n, slots)))
        for mask, quarters in network.corrections.items():
            wide = _moved(mask, len(slots), n, slots)
            corrections[wide] = corrections.get(wide, 0) + quarters
        for slot, wire in zip(slots, network.wires, strict=True):
            wires[slot] = slots[wire]
    methods = sorted({network.method for _, network in networks if network.num_two_qubit_gates})
    return Network(path_sum, tuple(gates), tuple(wires), corrections, method=", ".join(methods))
