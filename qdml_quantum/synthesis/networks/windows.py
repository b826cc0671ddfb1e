"""A part of a network as a search of its own: from what the wires hold before to what after.

Everything before and after stays as it is. So the part has to visit the terms that nothing else
visits, to make the H gates that it made, and to end with what every wire held; which CX gates it
takes, and when an H comes, is free. Not for path sums whose H all come together (`turned`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qdml_quantum.synthesis.networks.network import (
    Gate,
    Move,
    Network,
    Trace,
    dual,
    joined_by_h,
)
from qdml_quantum.synthesis.networks.path_sum import PathSum, union
from qdml_quantum.synthesis.phases.walsh import bits_of


@dataclass(frozen=True)
class Part:
    """What some gates in a row of a network have to do.

    Args:
        path_sum: Of the whole network.
        held: Variables that every wire holds before, as masks.
        goal: The same after; None where the network ends there and slots may end on any wire.
        terms: Masks of variables to be rotated, in increasing order.
        owed: Mask of the variables that start in the part and are alone on a wire only there.
        last: Layer of every slot after the part.
    """

    path_sum: PathSum
    held: tuple[int, ...]
    goal: tuple[int, ...] | None
    terms: tuple[int, ...]
    owed: int
    last: tuple[int, ...]

    def gates(self, moves: Sequence[Move], labels: Mapping[int, int]) -> list[Gate] | None:
        """CX and H gates for what a search has found; None where they do not do it."""
        run = Trace(self.path_sum, None, labels)
        run.contents, run.left = list(self.held), set(self.terms)
        run.ends, run.owed = list(self.last), self.owed
        for move in moves:
            run.move(*move)
            run.hadamards()
        done = layers_of(run.contents, self.path_sum.num_slots) == self.last
        if run.broken or run.left or not done or self.goal not in (None, tuple(run.contents)):
            return None
        return bare(self.held, run.gates, labels)


def part_of(path_sum: PathSum, gates: Sequence[Gate], first: int, last: int) -> Part:
    """What the gates from number `first` up to `last` have to do: terms that come nowhere else.

    Args:
        path_sum: What the network does.
        gates: Its CX and H gates, see `bare`.
        first: Number of the first gate of the part.
        last: Number of the first gate after it.

    >>> whole = PathSum.diagonal(3, [0b011, 0b110, 0b111])
    >>> moves = [(0, 1), (1, 2), (0, 2), (0, 1), (1, 2)]
    >>> part_of(whole, [Gate("cx", move) for move in moves], 1, 3).terms
    (7,)
    """
    n = path_sum.num_slots
    held, outside = list(path_sum.start), set(path_sum.start)
    inside: set[int] = set()
    before = after = tuple(held)
    for number, gate in enumerate(gates):
        if number == first:
            before = tuple(held)
        if gate.name == "cx":
            held[gate.wires[1]] ^= held[gate.wires[0]]
        else:
            held[gate.wires[0]] = gate.term
        (inside if first <= number < last - 1 else outside).add(held[gate.wires[-1]])
        if number == last - 1:
            after = tuple(held)
    outside.update(before, after)
    asked = {*path_sum.terms, *(1 << v for v in range(n, n * (path_sum.num_layers - 1)))}
    missing = (asked & inside) - outside
    started = union(after) & ~union(before) | union(inside) & ~union(before)
    ends = last == len(gates) and not path_sum.home
    owed = {term for term in missing if term & (term - 1) == 0 and term & started}
    return Part(
        path_sum,
        before,
        None if ends else after,
        tuple(sorted(missing - owed)),
        union(owed),
        layers_of(after, n),
    )


def part_of_diagonal(path_sum: PathSum, moves: Sequence[Move], first: int, last: int) -> PathSum:
    """The same of a diagonal, as a path sum of its own.

    What the wires hold after the part is taken for new variables, so that the search brings each
    of them home. The part begins in parities of them.

    Args:
        path_sum: A diagonal.
        moves: Of a network of it without RZZ gates.
        first: Number of the first gate of the part.
        last: Number of the first gate after it.

    >>> whole = PathSum.diagonal(3, [0b011, 0b101, 0b110])
    >>> part_of_diagonal(whole, [(0, 1), (1, 2), (0, 2), (0, 1), (1, 2)], 1, 3).terms
    (6,)
    """
    done: set[int] = set()
    words, at_last = list(path_sum.terms), list(path_sum.terms)
    for number, words in enumerate(_words(path_sum.terms, moves)):
        if not first < number < last:
            done |= {i for i, word in enumerate(words) if word & (word - 1) == 0}
        if number == last:
            at_last = words
    left = sorted(word for i, word in enumerate(at_last) if i not in done)
    home = path_sum.home or last < len(moves)
    lead = tuple(reversed(moves[first:last]))
    return PathSum(path_sum.num_slots, path_sum.num_layers, tuple(left), home, lead=lead)


def _words(terms: Sequence[int], moves: Sequence[Move]) -> Iterator[list[int]]:
    """The wires that XOR to every term, before every gate and after the last."""
    words = list(terms)
    yield words
    for control, target in moves:
        words = [word ^ (word >> target & 1) << control for word in words]
        yield words


def rounded(gates: Sequence[Gate], first: int, last: int) -> tuple[int, int]:
    """A part that begins with a CX and ends with all H gates that follow its last one.

    A search makes an H where a CX has made it possible, and those of a group together.
    """
    while last < len(gates) and gates[last].name == "h":
        last += 1
    while first < last and gates[first].name == "h":
        first += 1
    return first, last


def bare(held: Sequence[int], gates: Iterable[Gate], labels: Mapping[int, int]) -> list[Gate]:
    """CX and H gates, of which the H say all that their wire holds after them.

    Args:
        held: What every wire holds before, as masks of variables.
        gates: In order.
        labels: See `Network`.
    """
    contents, made = list(held), []
    for gate in gates:
        if gate.name == "cx":
            contents[gate.wires[1]] ^= contents[gate.wires[0]]
            made.append(gate)
        elif gate.name == "h":
            after = gate.term
            for wire in bits_of(labels.get(gate.term.bit_length() - 1, 0)):
                after ^= contents[wire]
            contents[gate.wires[0]] = after
            made.append(gate._replace(term=after))
    return made


def layers_of(held: Sequence[int], num_slots: int) -> tuple[int, ...]:
    """The layer of the variable that stands in every slot."""
    variables = (divmod(variable, num_slots) for variable in bits_of(union(held)))
    return tuple(layer for _, layer in sorted((slot, layer) for layer, slot in variables))


def assembled(path_sum: PathSum, gates: Sequence[Gate], *, method: str) -> Network | None:
    """The network of some CX and H gates, see `bare`; rotations are placed as by `trace`.

    None where a term is not visited, or where an H would need a rotation that no term has.
    """
    n, last = path_sum.num_slots, path_sum.num_slots * (path_sum.num_layers - 1)
    held = list(path_sum.start)
    left = {*path_sum.terms, *(1 << v for v in range(n, path_sum.num_variables))} - set(held)
    known, grouped = set(path_sum.terms), union(path_sum.groups)
    made: list[Gate] = []
    turning: list[int] = []  # Wires of a group whose H have come, until all have.
    corrections: dict[int, int] = {}
    labels: dict[int, int] = {}
    for gate in gates:
        wire = gate.wires[-1]
        if gate.name == "cx":
            held[wire] ^= held[gate.wires[0]]
        else:
            old, held[wire] = held[wire], gate.term
            if not path_sum.slots(old) & grouped:
                (new,) = (v for v in bits_of(gate.term) if v >= n and old >> v - n & 1)
                labels[new] = _wires_of(gate.term ^ 1 << new, held)
                gate = gate._replace(term=1 << new)
                for pair, one, other in joined_by_h(old, held[wire], n):
                    if pair and pair not in known:
                        return None
                    for mask, sign in ((pair, 1), (one, -1), (other, -1), (0, 1)):
                        corrections[mask] = corrections.get(mask, 0) + sign
        made.append(gate)
        turning.append(wire)
        group = next(
            (g for g in path_sum.groups if gate.name == "h" and path_sum.slots(gate.term) & g), 1
        )
        if len(turning) < group.bit_count():
            continue
        for visited in turning:
            if held[visited] in left:
                left.remove(held[visited])
                made.append(Gate("rz", (visited,), held[visited]))
        turning = []
    goal = [1 << last + slot for slot in range(n)]
    if left or sorted(held) != goal or (path_sum.home and held != goal):
        return None
    wires = tuple(held.index(variable) for variable in goal)
    labels = {variable: mask for variable, mask in labels.items() if mask}
    return Network(path_sum, tuple(made), wires, corrections, labels, method=method)


def _wires_of(parity: int, held: Sequence[int]) -> int:
    """The wires that XOR to a parity of what they hold."""
    pairs = enumerate(dual(held))
    return sum(1 << wire for wire, row in pairs if (row & parity).bit_count() & 1)
