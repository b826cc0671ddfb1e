"""Networks as CX and H gates alone, and rotations put back among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qdml_quantum.synthesis.networks.network import Gate, Network, dual, joined_by_h
from qdml_quantum.synthesis.networks.path_sum import PathSum, union
from qdml_quantum.synthesis.phases.walsh import bits_of


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
