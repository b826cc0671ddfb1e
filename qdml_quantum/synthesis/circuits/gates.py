"""How many two-qubit gates a circuit has, and how many one after the other.

Everywhere in this package, its tables and its results these are CX-equivalents: what is left of the
circuit in the neutral basis {cx, rz, sx, x}, gate by gate. CX, CZ and ECR are one; a controlled
phase, of whatever angle, is two, and so is RZZ, but on a device that has RZZ itself (`native_of`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ControlFlowOp
from qiskit.circuit.library import CXGate
from qiskit.exceptions import QiskitError
from qiskit.synthesis import TwoQubitBasisDecomposer
from qiskit.transpiler import Target

EQUIVALENTS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("cx", "cz", "cy", "ch", "ecr"), 1),
        **dict.fromkeys(("cp", "csx", "crx", "cry", "crz", "cu1", "rxx", "ryy", "rzz", "rzx"), 2),
        **dict.fromkeys(("iswap", "dcx", "cu", "cu3", "xx_minus_yy", "xx_plus_yy"), 2),
        "swap": 3,
    }
)
"""CX of the gates on two qubits that have names; one that turns by an angle is not looked at."""
_FREE = ("barrier", "measure", "reset", "delay")
NATIVE = ("rzz",)
"""Gates of more than one CX that count one on a device that has them."""


def native_of(target: Target | None) -> tuple[str, ...]:
    """Which of `NATIVE` a target has: what counts one there; none where there is no target.

    >>> native_of(None), native_of(Target.from_configuration(["cz", "rzz", "rz", "sx"]))
    ((), ('rzz',))
    """
    return () if target is None else tuple(n for n in NATIVE if n in target.operation_names)


def two_qubit_gates(circuit: QuantumCircuit, *, native: Collection[str] = ()) -> int:
    """CX-equivalents of a circuit; see the head of this module.

    A gate without a name costs what its matrix does, a larger one what its definition does, and
    gates that hang on a measured bit the most that any outcome asks for.

    Args:
        circuit: Of any gates.
        native: Names of gates that count one, see `native_of`; default none.

    >>> line = QuantumCircuit(3)
    >>> _ = line.cz(0, 1), line.h(1), line.barrier(0, 1), line.cp(0.1, 1, 2), line.cz(0, 1)
    >>> two_qubit_gates(line), two_qubit_depth(line)
    (4, 4)
    """
    return sum(_equivalents(item, native) for item in circuit.data)


def two_qubit_depth(circuit: QuantumCircuit, *, native: Collection[str] = ()) -> int:
    """CX-equivalents on the longest path; barriers and measurements join no paths."""
    levels = dict.fromkeys(circuit.qubits, 0)
    for item in circuit.data:
        cost = _equivalents(item, native)
        if cost:
            level = cost + max(levels[qubit] for qubit in item.qubits)
            levels |= dict.fromkeys(item.qubits, level)
    return max(levels.values(), default=0)


def _equivalents(item: CircuitInstruction, native: Collection[str]) -> int:
    """CX of one instruction."""
    operation, size = item.operation, len(item.qubits)
    if size < 2 or operation.name in _FREE:
        return 0
    if isinstance(operation, ControlFlowOp):
        return max(two_qubit_gates(block, native=native) for block in operation.blocks)
    if operation.name in native:
        return 1
    if size == 2 and operation.name in EQUIVALENTS:
        return EQUIVALENTS[operation.name]
    if operation.name == "diagonal":
        return int(2**size - 2)  # As Qiskit defines it, without an array of so many gates.
    return _of_any(operation, size, native)


def _of_any(operation: Any, size: int, native: Collection[str]) -> int:
    if size == 2:
        try:
            return int(_decomposer().num_basis_gates(np.asarray(operation.to_matrix())))
        except (AttributeError, TypeError, QiskitError):  # no matrix, such as of an initialisation
            pass
    definition = getattr(operation, "definition", None)
    return 1 if definition is None else two_qubit_gates(definition, native=native)


@cache
def _decomposer() -> TwoQubitBasisDecomposer:
    return TwoQubitBasisDecomposer(CXGate())


def largest_block(circuit: QuantumCircuit) -> int:
    """Most qubits that two-qubit gates join: what does not interact is as many small circuits.

    >>> apart = QuantumCircuit(4)
    >>> _ = apart.cx(0, 1), apart.cx(2, 3)
    >>> largest_block(apart)
    2
    """
    joined: list[set[Any]] = []
    for item in circuit.data:
        if item.operation.name in ("barrier", "measure", "delay"):
            continue
        met = [block for block in joined if not block.isdisjoint(item.qubits)]
        joined = [block for block in joined if block not in met]
        joined.append(set(item.qubits).union(*met))
    return max(map(len, joined), default=0)
