"""Fewer gates by exchanging a few of them at a time for others that do the same.

Simulated annealing (Kirkpatrick, Gelatt and Vecchi, doi:10.1126/science.220.4598.671): what costs
more gates is taken too, the more seldom the colder it is. A trial looks at a few gates on a few
wires, so that there are millions of them in a second.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.networks.bare import assembled, bare
from qdml_quantum.synthesis.networks.kernels.rewriting import (
    WIRES,
    Equals,
    Heat,
    Scratch,
    begin,
    walk,
)
from qdml_quantum.synthesis.networks.kernels.tape import GROUPED, SINGLE, Sights, State, Tape
from qdml_quantum.synthesis.networks.network import Gate, Move, Network
from qdml_quantum.synthesis.networks.path_sum import DIAGONAL, PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.walsh import bits_of

_LONGEST = {1: 4, 2: 6, 3: 6, 4: 5, 5: 4, 6: 5}
"""Most gates of a list in the tables, by the pairs of neighbours among its wires: about 100,000
lists each."""
_Walks = tuple[tuple[Heat, float], ...]
_DIAGONAL: _Walks = (Heat(0.19, 0.11, 1.35, 1.8, 5), 0.75), (Heat(0.1, 0.08, 3.0, 3.0, 5), 0.1)
_STEP: _Walks = ((Heat(0.13, 0.07, 2.0, 2.5, 5), 0.85),)
_EDGES: _Walks = ((Heat(0.14, 0.06, 3.25, 4.0, 6), 0.85),)
"""What walks are taken, and the share of the time. A diagonal melts, and freezes into another one;
some strings may be missing then, which are put in again before it cools further [109 strings on 10
qubits: five with 1.35 in the end, and 130 CX; with 1.8 none, and 124]. Steps are left nearly as
they were: what melts of them does not come back in seconds. On edges a lost term is far."""
_PER_STRING = 4e-3
"""Seconds for every string from which on a diagonal melts: in a tenth of that it does not freeze
again [21 wires: 246 CX for 216]."""
_DEPTH = Heat(0.3, 0.1, 9.0, 9.0, 5, True)
"""The last walk, for the rest of the time: as many CX gates, of less depth."""
_TRIAL, _GATE = 1.6e-7, 1.5e-9  # Seconds of a trial, and for every gate where depth is counted.
_CHUNK = 1 << 20  # Trials between two looks at the clock.


def rewritten(
    network: Network,
    topology: Topology,
    *,
    seconds: float,
    seed: int = 0,
    least: int = 0,
    deadline: float | None = None,
) -> Network:
    """The best network that a walk from one passes, which has no more CX gates.

    The H gates of it stay in their order.

    Args:
        network: Without RZZ gates.
        topology: On whose pairs of wires the CX gates stand.
        seconds: About how long; the number of trials follows from it, whatever the machine.
        seed: Of the trials.
        least: Fewest CX gates there can be: with so many only the depth may fall.
        deadline: Value of `time.monotonic` at which to give up.

    >>> from qdml_quantum.synthesis.networks.network import trace
    >>> path_sum = PathSum.diagonal(3, [0b011, 0b101, 0b110])
    >>> moves = [(0, 1), (0, 1), (0, 2), (0, 2), (1, 2), (1, 2)]
    >>> rewritten(trace(path_sum, moves), Topology(3), seconds=0.01).num_two_qubit_gates
    5
    """
    path_sum, n = network.path_sum, network.path_sum.num_slots
    walks = _EDGES if topology.edges is not None else _STEP
    hot = melts(path_sum, topology, seconds)
    if hot:
        walks = _DIAGONAL
    if not network.moves or n < 2:
        return network
    best, gates = network, bare(path_sum.start, network.gates, network.labels)
    equals = equals_of(topology, free=not path_sum.home and not path_sum.chains)
    shallow = _DEPTH, 1 - sum(share for _, share in walks)
    for number, (heat, share) in enumerate((*walks, shallow)):
        if not heat.shallow and best.num_two_qubit_gates <= least:
            continue
        trials = int(share * seconds / (_TRIAL + heat.shallow * _GATE * len(gates)))
        walker = _Walker(path_sum, gates, equals, seed=[seed, number])
        for first in range(0, trials, _CHUNK):
            late = deadline is not None and time.monotonic() > deadline
            if late or walker.go(heat, first, min(first + _CHUNK, trials), trials, least):
                break
        for made in (walker.best, walker.here) if hot else (walker.best,):
            whole = assembled(path_sum, made, method="rewriting")
            if whole is not None and whole.cost < best.cost:
                best = whole
        gates = bare(path_sum.start, best.gates, best.labels)
    return best


def melts(path_sum: PathSum, topology: Topology, seconds: float) -> bool:
    """Whether a walk of so long forgets where it began: of diagonals between all pairs alone.

    >>> path_sum = PathSum.diagonal(4, range(16))
    >>> [melts(path_sum, Topology(4), seconds) for seconds in (0.01, 1.0)]
    [False, True]
    """
    free = path_sum.num_layers == DIAGONAL and topology.edges is None and not topology.rzz
    return free and seconds >= _PER_STRING * len(path_sum.terms)


class _Walker:
    """A network on a walk.

    Args:
        path_sum: What it does.
        gates: Its CX and H gates, see `bare`.
        equals: What may be exchanged.
        seed: Of the trials.
    """

    def __init__(
        self, path_sum: PathSum, gates: Sequence[Gate], equals: Equals, *, seed: Sequence[int]
    ) -> None:
        self.path_sum, self.equals = path_sum, equals
        n, size = path_sum.num_slots, 2 * len(gates) + 100
        self._tape, self._best = Tape.room(size), Tape.room(size)
        self._scratch = Scratch.room(n, size)
        held = self._write(gates)
        alone = {1 << variable for variable in range(n, path_sum.num_variables)}
        self._asked = Sights.of(sorted(({*path_sum.terms} | alone) - {*path_sum.start}))
        random = np.random.default_rng(seed).integers(1 << 62, size=1).astype(np.uint64)
        counts, final = np.array([len(gates), *[0] * 7]), np.array(held)
        self._state = State(counts, random, final, final.copy())
        begin(self._tape, self._best, self._asked, self._scratch.levels, self._state)

    def go(self, heat: Heat, first: int, last: int, trials: int, least: int) -> bool:
        """Trials number `first` up to `last` of so many; whether the least CX gates are there."""
        parts = self._asked, self.equals, heat, self._scratch, self._state
        walk(self._tape, self._best, *parts, first, last, trials, least)
        return bool(self._state.counts[5] <= least and not heat.shallow)

    @property
    def best(self) -> list[Gate]:
        """The gates of the best network so far."""
        return _read(self._best, self._state.counts[4])

    @property
    def gates(self) -> list[Gate]:
        """Those of the network where the walk is, which may lack terms."""
        return _read(self._tape, self._state.counts[0])

    @property
    def here(self) -> list[Gate]:
        """Of a diagonal between all pairs, those where the walk is, and what is missing put in.

        A term that is on some wires is gathered on one of them and scattered again, where it is on
        the fewest.
        """
        gates = self.gates
        number = {int(key): int(i) for key, i in zip(*self._asked[:2], strict=True) if i >= 0}
        for term, i in number.items():
            if self._asked.visits[i] == 0:
                words = [term]
                for gate in gates:
                    control, target = gate.wires
                    words.append(words[-1] ^ (words[-1] >> target & 1) << control)
                at = min(range(len(words)), key=lambda k: words[k].bit_count())
                one, *others = bits_of(words[at])
                there = [Gate("cx", (other, one)) for other in others]
                gates[at:at] = [*there, *reversed(there)]
        return gates

    def _write(self, gates: Sequence[Gate]) -> list[int]:
        """CX and H gates as a tape; what every wire holds in the end."""
        tape, n = self._tape, self.path_sum.num_slots
        held = list(self.path_sum.start)
        for i, gate in enumerate(gates):
            target = gate.wires[-1]
            tape.target[i], tape.before[i] = target, held[target]
            if gate.name == "cx":
                control = gate.wires[0]
                tape.control[i], tape.added[i] = control, held[control]
            else:
                layer, slot = divmod(gate.term.bit_length() - 1, n)
                tape.control[i] = SINGLE
                for number, group in enumerate(self.path_sum.groups):
                    if group >> slot & 1:
                        tape.control[i] = GROUPED - number * self.path_sum.num_layers - layer
                tape.added[i] = held[target] ^ gate.term
            held[target] ^= int(tape.added[i])
        return held


def _read(tape: Tape, length: int) -> list[Gate]:
    gates = []
    rows = zip(*(column[:length].tolist() for column in tape), strict=True)
    for control, target, added, before in rows:
        if control < 0:
            gates.append(Gate("h", (target,), before ^ added))
        else:
            gates.append(Gate("cx", (control, target)))
    return gates


def equals_of(topology: Topology, *, free: bool = False) -> Equals:
    """The lists of gates that may be exchanged on a topology; free to go on with other wires."""
    n = topology.num_wires
    near = np.zeros((n, n), dtype=np.bool_)
    near[tuple(topology.moves.T)] = True
    return Equals(
        near, *_tables(min(n, WIRES), topology.edges is None, free and topology.edges is None)
    )


@lru_cache(maxsize=8)
def _tables(wires: int, complete: bool, free: bool) -> tuple[NDArray[np.int64], ...]:
    """Of all sets of neighbours that join some wires; only of all pairs where these are complete.

    Sets that are alike but for the names of wires share a table.
    """
    pairs = [(a, b) for b in range(wires) for a in range(b)]
    kind = np.zeros(1 << len(pairs), dtype=np.int64)
    order = np.zeros((kind.size, wires), dtype=np.int64)
    numbers: dict[tuple[Move, ...], int] = {}
    for mask in range(1, kind.size):
        edges = [pairs[bit] for bit in bits_of(mask)]
        if complete and len(edges) < len(pairs):
            continue
        named = (
            (tuple(sorted((min(p[a], p[b]), max(p[a], p[b])) for a, b in edges)), p)
            for p in itertools.permutations(range(wires))
        )
        alike, order[mask] = min(named)
        kind[mask] = numbers.setdefault(alike, len(numbers))
    longest = max(_LONGEST[len(edges)] for edges in numbers)
    starts, lists, orders, begun = [], [], [], 0
    for alike in numbers:
        start, gates, ends = _lists(wires, alike, longest, free)
        starts.append(start + begun)
        lists.append(gates)
        orders.append(ends)
        begun += len(gates)
    return kind, order, np.stack(starts), np.vstack(lists), np.vstack(orders)


def _lists(
    wires: int, edges: Sequence[Move], longest: int, free: bool
) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]]:
    """First list for every map and length, and the lists; each of an order that matters once."""
    moves = [move for a, b in edges for move in ((a, b), (b, a))]
    held, last = np.array([[1 << wire for wire in range(wires)]]), np.array([len(moves)])
    codes = np.zeros((1, longest), dtype=np.int8)
    all_codes, all_held, lengths = [codes], [held], [np.zeros(1, dtype=np.int64)]
    # Which gate may follow which: not itself, and of two that commute, and visit the same in either
    # order, the later only.
    follows = np.ones((len(moves) + 1, len(moves)), dtype=bool)
    for (i, (a, b)), (j, (c, d)) in itertools.product(enumerate(moves), repeat=2):
        follows[i, j] = i != j and (a == d or b in (c, d) or i < j)
    for length in range(1, _LONGEST[len(edges)] + 1):
        made = []
        for j, (control, target) in enumerate(moves):
            rows = follows[last, j]
            after, code = held[rows], codes[rows]
            after[:, target] ^= after[:, control]
            code[:, length - 1] = wires * control + target
            made.append((after, code, np.full(len(after), j)))
        held, codes, last = (np.concatenate(part) for part in zip(*made, strict=True))
        all_codes.append(codes)
        all_held.append(held)
        lengths.append(np.full(len(codes), length))
    rows = np.concatenate(all_held)
    ends = np.argsort(rows, axis=1) if free else np.zeros((len(rows), 0), dtype=np.int64)
    maps = _map(np.sort(rows, axis=1) if free else rows)
    keys = maps * (longest + 2) + np.concatenate(lengths)
    counts = np.bincount(keys, minlength=(longest + 2) << wires * wires)
    start = (np.cumsum(counts) - counts).reshape(-1, longest + 2).astype(np.int32)
    alike = np.argsort(keys, kind="stable")
    return start, np.concatenate(all_codes)[alike], ends[alike].astype(np.int8)


def _map(held: NDArray[np.int64]) -> NDArray[np.int64]:
    wires = held.shape[1]
    made: NDArray[np.int64] = (held << wires * np.arange(wires)).sum(axis=1)
    return made
