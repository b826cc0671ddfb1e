"""Short circuits that load a state: fitted to it, on the edges that there are."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from scipy.optimize import minimize

from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value

LARGEST = 7
"""Most qubits: 4 take 1 s, 7 take 6 s, and no device of today carries a step of more."""
GATE_LOSS = 0.005
"""Infidelity that a two-qubit gate costs, waiting included: a CZ of today's devices has 0.003."""
_STARTS = 2
"""Random starts for each number of gates; a third found nothing better on 4 and 5 qubits."""
_ITERATIONS = 300
_SPREAD = 0.3
"""Standard deviation of first angles: near the product state, where gradients do not vanish."""
_EXACT = 1e-7
"""Infidelity below which more gates are of no use."""

Vector = NDArray[np.complex128]
Edge = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Loader:
    """A circuit from all qubits in 0, and the state that it makes in place of the wanted one.

    Attributes:
        circuit: Of ry, rz, h and cx, on the edges that were given.
        state: What it makes, exactly; qubit i is bit i of the index.
        fidelity: With the wanted state.
    """

    circuit: QuantumCircuit
    state: Vector
    fidelity: float


def fit_loader(wanted: Vector, edges: Iterable[Edge] | None = None, *, seed: int = 0) -> Loader:
    """Fit a circuit to a state: as many two-qubit gates as pay for themselves.

    Layers of CZ on the edges, with rotations in between, whose angles are those of the largest
    fidelity (L-BFGS, several starts). The number of gates is where ``1 - fidelity`` plus 0.005 per
    gate is least. On a line 3 and 4 qubits take 3 and 7 gates for 0.999 or more, a third of what a
    circuit without a fit takes before it is routed, 5 and 6 qubits 12 for 0.99.

    Args:
        wanted: ``2^n`` amplitudes of norm 1.
        edges: Pairs of qubits that a gate can join; default neighbours on a line.
        seed: Of the starts.

    Raises:
        ValueError: More than 7 qubits, or edges that do not join all qubits.

    >>> w = np.array([0, 1, 1, 0, 1, 0, 0, 0]) / np.sqrt(3)
    >>> loader = fit_loader(w)
    >>> loader.circuit.count_ops()["cx"], round(loader.fidelity, 6)
    (3, 1.0)
    """
    n = wanted.size.bit_length() - 1
    if n > LARGEST:
        raise bad_value("preload", f"be 0 on more than {LARGEST} qubits", f"with {n}")
    pairs = [(q, q + 1) for q in range(n - 1)] if edges is None else sorted(edges)
    rng = np.random.default_rng(seed)
    best: tuple[float, _Layers, Array] | None = None
    for gates in range(n - 1, 1 << n, max(1, n // 2)):
        if best is not None and GATE_LOSS * gates >= best[0]:
            break
        ansatz = _Layers(wanted, tuple(itertools.islice(_layered(pairs), gates)))
        for _ in range(_STARTS):
            loss, angles = ansatz.fitted(rng)
            price = loss + GATE_LOSS * gates
            if best is None or price < best[0]:
                best = price, ansatz, angles
            if loss < _EXACT:
                break
    assert best is not None, "the first number of gates is tried whatever it costs"
    _, ansatz, angles = best
    made = ansatz.state(angles)
    fidelity = float(abs(np.vdot(wanted, made)) ** 2)
    return Loader(ansatz.circuit(angles), made, fidelity)


def _layered(edges: Sequence[Edge]) -> Iterator[Edge]:
    """Edges again and again, in layers of which no two share a qubit."""
    layers: list[list[Edge]] = []
    for edge in edges:
        for layer in layers:
            if all(set(edge).isdisjoint(other) for other in layer):
                layer.append(edge)
                break
        else:
            layers.append([edge])
    return itertools.cycle(itertools.chain(*layers))


@dataclass(frozen=True, eq=False)
class _Layers:
    """Ry on all qubits, then CZ after CZ, each with Rz and Ry on both its qubits, last Rz on all.

    That is every circuit with these CZ: an Rz before a CZ can be moved past it.
    """

    wanted: Vector
    pairs: tuple[Edge, ...]

    @property
    def num_qubits(self) -> int:
        return self.wanted.size.bit_length() - 1

    @cached_property
    def gates(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Name and qubits of every gate; the i-th rotation turns by the i-th angle."""
        everything = range(self.num_qubits)
        gates: list[tuple[str, tuple[int, ...]]] = [("ry", (q,)) for q in everything]
        for pair in self.pairs:
            gates.append(("cz", pair))
            gates += [(name, (q,)) for q in pair for name in ("rz", "ry")]
        return (*gates, *(("rz", (q,)) for q in everything))

    @cached_property
    def _bits(self) -> NDArray[np.int64]:
        return np.arange(self.wanted.size) >> np.arange(self.num_qubits)[:, None] & 1

    @cached_property
    def _signs(self) -> dict[Edge, NDArray[np.int64]]:
        return {(a, b): 1 - 2 * (self._bits[a] & self._bits[b]) for a, b in set(self.pairs)}

    @cached_property
    def _halves(self) -> NDArray[np.complex128]:
        return np.asarray(-0.5j * (1 - 2 * self._bits), dtype=complex)

    def _applied(self, name: str, qubits: tuple[int, ...], angle: float, state: Vector) -> Vector:
        if name == "cz":
            return state * self._signs[qubits]  # type: ignore[index]
        (qubit,) = qubits
        if name == "rz":
            return np.asarray(np.exp(angle * self._halves[qubit]) * state, dtype=complex)
        cosine, sine = np.cos(angle / 2), np.sin(angle / 2)
        pairs = state.reshape(-1, 2, 1 << qubit)
        turned = np.empty_like(pairs)
        turned[:, 0] = cosine * pairs[:, 0] - sine * pairs[:, 1]
        turned[:, 1] = sine * pairs[:, 0] + cosine * pairs[:, 1]
        return turned.ravel()

    def _turns(self, angles: Array) -> list[float]:
        """Angle of every gate; 0 of those that have none."""
        left = iter(angles.tolist())
        return [0.0 if name == "cz" else next(left) for name, _ in self.gates]

    def state(self, angles: Array) -> Vector:
        """What the circuit makes."""
        state = np.zeros(self.wanted.size, dtype=complex)
        state[0] = 1
        for (name, qubits), angle in zip(self.gates, self._turns(angles), strict=True):
            state = self._applied(name, qubits, angle, state)
        return state

    def loss(self, angles: Array) -> tuple[float, Array]:
        """``1 - |<wanted|state>|^2`` and its gradient, by going back through the circuit."""
        state, back = self.state(angles), self.wanted
        overlap = np.vdot(back, state)
        slopes: list[float] = []
        turns = self._turns(angles)
        for (name, qubits), angle in zip(reversed(self.gates), reversed(turns), strict=True):
            if name != "cz":
                (qubit,) = qubits
                if name == "rz":
                    change = np.vdot(back, self._halves[qubit] * state)
                else:
                    low, high = (v.reshape(-1, 2, 1 << qubit) for v in (back, state))
                    change = np.vdot(low[:, 1], high[:, 0]) - np.vdot(low[:, 0], high[:, 1])
                    change /= 2
                slopes.append(-2 * float((np.conj(overlap) * change).real))
            state = self._applied(name, qubits, -angle, state)
            back = self._applied(name, qubits, -angle, back)
        return float(1 - abs(overlap) ** 2), np.array(slopes[::-1])

    def fitted(self, rng: np.random.Generator) -> tuple[float, Array]:
        """Loss and angles after a search from random ones."""
        first = rng.normal(0, _SPREAD, sum(name != "cz" for name, _ in self.gates))
        search = minimize(
            self.loss, first, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}
        )
        return float(search.fun), np.asarray(search.x)

    def circuit(self, angles: Array) -> QuantumCircuit:
        """In gates of `BASIS`: a CZ is a CX between two H."""
        circuit = QuantumCircuit(self.num_qubits)
        for (name, qubits), angle in zip(self.gates, self._turns(angles), strict=True):
            if name == "cz":
                circuit.h(qubits[1])
                circuit.cx(*qubits)
                circuit.h(qubits[1])
            else:
                getattr(circuit, name)(angle, *qubits)
        return circuit
