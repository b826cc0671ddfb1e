"""The verb: a short circuit that loads a state."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit

from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.messages import bad_value, count
from qdml_quantum.support.store import finite_json
from qdml_quantum.support.text import fact_rows
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.circuits.gates import two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.circuits.initial import vector_circuit
from qdml_quantum.synthesis.loading import FIDELITY, require_fidelity
from qdml_quantum.synthesis.loading.family import (
    EXACT,
    LARGEST,
    Family,
    Member,
    family_of,
    measured,
)
from qdml_quantum.synthesis.loading.wanted import Wanted, as_wanted


@dataclass(frozen=True, eq=False)
class Preparation:
    """A circuit that loads a state; fitted classically, so that it shows no dynamics.

    Attributes:
        circuit: From all qubits in 0, of ry, rz and cx; axis 0 on the lowest qubits. OpenQASM of it
            begins with a comment that says what it is.
        fidelity: ``|<wanted|made>|^2`` of that circuit; computed by Qiskit's `Statevector` up to 16
            qubits, above by factors.
        wanted: Fidelity that was asked for; None where a number of gates was.
        curve: Two-qubit gates and the fidelity that they reach, both rising: the best circuits that
            the search went through.
        method: ``"fitted"``, ``"product"`` where no two-qubit gate is left, or ``"exact"``.
        words: What else is to be known: that the state was scaled, or why the circuit is exact.
    """

    circuit: QuantumCircuit
    fidelity: float
    wanted: float | None
    curve: tuple[tuple[int, float], ...]
    method: str
    words: tuple[str, ...] = ()

    @property
    def two_qubit_gates(self) -> int:
        """CX of the circuit."""
        return two_qubit_gates(self.circuit)

    @property
    def depth(self) -> int:
        """CX one after the other."""
        return two_qubit_depth(self.circuit)

    @property
    def success(self) -> bool:
        """Whether the fidelity is what was asked for, up to rounding."""
        return self.wanted is None or self.fidelity >= self.wanted - _ROUNDING

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form: everything but the circuit."""
        plain = {
            "method": self.method,
            "fidelity": self.fidelity,
            "wanted": self.wanted,
            "success": self.success,
            "dynamics": False,
            "num_qubits": self.circuit.num_qubits,
            "two_qubit_gates": self.two_qubit_gates,
            "two_qubit_depth": self.depth,
            "curve": [list(point) for point in self.curve],
            "words": list(self.words),
        }
        return dict(finite_json(plain))

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        asked = ""
        if self.wanted is not None:
            asked = f"   ({self.wanted:g} wanted: {'' if self.success else 'NOT '}reached)"
        rows = [
            ("fidelity", f"{self.fidelity:.6f}{asked}"),
            ("two-qubit gates", f"{self.two_qubit_gates}, {self.depth} one after the other"),
        ]
        if len(self.curve) > 1:
            points = ", ".join(f"{gates}: {fidelity:.4f}" for gates, fidelity in self.curve)
            rows.append(("gates: fidelity", points))
        rows += [("", word) for word in self.words]
        head = f"State preparation on {self.circuit.num_qubits} qubits, {_HEADS[self.method]}"
        return "\n".join([head, *fact_rows(rows)])

    def __repr__(self) -> str:
        return (
            f"Preparation({self.method!r}, {self.circuit.num_qubits} qubits, "
            f"{self.two_qubit_gates} two-qubit gates, fidelity={self.fidelity:.6f})"
        )


_HEADS = {
    "fitted": "fitted classically",
    "product": "a product of single qubits",
    "exact": "by rule, exact",
}
_ROUNDING = 1e-9


@typed
def prepare(
    state: Any,
    fidelity: float = FIDELITY,
    *,
    two_qubit_gates: int | None = None,
    grid: Grid | None = None,
    seed: int = 0,
) -> Preparation:
    """A short circuit that makes a state of all qubits in 0: fitted to it, gate by gate.

    A linear phase along each axis takes one Rz per qubit, low bits of a smooth state are a product;
    both are taken off first. What is left is fitted: staircases of CZ from the top bit down with
    rotations between them, whose angles maximise ``F = |<state|circuit>|^2`` (L-BFGS). Then CZ are
    taken away one at a time, each time the one that is missed least, and the shortest circuit
    with the fidelity is built in Qiskit and measured there. The number of gates hardly depends on
    that of qubits. Where no fit gets there, the circuit is the exact one, with up to 2^n - 2 CX for
    real amplitudes, and says so.

    Args:
        state: Amplitudes, an array of shape ``(2^n_1, 2^n_2, ...)``, one axis per variable, such as
            an eigenstate; a function of one array of positions per axis; a `Gaussian`; an `Anneal`
            or a result, whose final state is fitted; or a `QuantumCircuit`, of which every
            register is an axis. A norm other than 1 is scaled, with a word.
        fidelity: That the circuit shall have, in (0, 1]; 1 is the exact circuit. Default 0.999.
        two_qubit_gates: Instead, the most CX that it may have.
        grid: Where a function or a `Gaussian` is sampled. Above 14 qubits that is done at
            the middle of 2^14 cells, below which bits are uniform; the loss of that is estimated,
            and part of the fidelity.
        seed: Of the search.

    Returns:
        A `Preparation`. Its `success` is False where the fidelity was not reached.

    Raises:
        TypeError: `state` is none of these.
        ValueError: A bad shape, a state that is zero or not finite, a fidelity or a number out of
            range, no grid for a function, or more than 12 qubits that do not split off.

    >>> import numpy as np
    >>> x = np.linspace(-4, 4, 256, endpoint=False)
    >>> made = prepare(np.exp(-(x**2)), 0.99)
    >>> made.success, made.two_qubit_gates <= 6
    (True, True)
    """
    require_fidelity(fidelity)
    most = None
    if two_qubit_gates is not None:
        most = count("two_qubit_gates", two_qubit_gates, least=0)
    return prepared(as_wanted(state, grid), fidelity, most, seed)


def prepared(
    wanted: Wanted, fidelity: float, most: int | None = None, seed: int = 0
) -> Preparation:
    """`prepare` for amplitudes."""
    aim = fidelity if most is None else None
    if aim == 1 and wanted.is_whole and wanted.num_qubits <= EXACT:
        return _exact(wanted, aim, ())
    family = family_of(wanted, 1 - fidelity, least=most or 0, seed=seed)
    if family is None:
        if wanted.num_qubits > EXACT or not wanted.is_whole:
            must = f"split into parts of {LARGEST} qubits or fewer"
            remedy = "Use fewer qubits per axis, or prepare the axes one by one."
            raise bad_value("state", must, f"one of {wanted.num_qubits} that do not", remedy)
        return _exact(wanted, aim, (f"it does not split into parts of {LARGEST} qubits or fewer",))
    member = family.shortest(fidelity) if most is None else family.best(most)
    able = wanted.is_whole and wanted.num_qubits <= EXACT
    if most is None and member.fidelity < fidelity and able:
        said = f"no fit reached {fidelity:g}: the best has {member.fidelity:.6f}"
        return _exact(wanted, aim, (f"{said} with {member.gates} CX",))
    return _fitted(family, member, aim)


def _fitted(family: Family, member: Member, aim: float | None) -> Preparation:
    circuit, fidelity = family.circuit(member)
    words = [family.wanted.words] if family.wanted.words else []
    if family.wanted.loss:
        words.append(f"sampled: the bits below cost {family.wanted.loss:.1e}, an estimate")
    curve = tuple((one.gates, one.fidelity) for one in family.members)
    method = "fitted" if member.gates else "product"
    circuit.metadata = _comment(method, fidelity)
    return Preparation(circuit, fidelity, aim, curve, method, tuple(words))


def _exact(wanted: Wanted, aim: float | None, words: tuple[str, ...]) -> Preparation:
    circuit = vector_circuit(wanted.vector)
    fidelity = measured(circuit, wanted.vector)
    words = ((wanted.words,) if wanted.words else ()) + words
    circuit.metadata = _comment("exact", fidelity)
    gates = two_qubit_gates(circuit)
    return Preparation(circuit, fidelity, aim, ((gates, fidelity),), "exact", words)


def _comment(method: str, fidelity: float) -> dict[str, str]:
    """What OpenQASM says of the circuit."""
    words = f"state preparation, {_HEADS[method]}, without dynamics; fidelity {fidelity:.6f}"
    return {"comment": words}
