"""Circuits to files and back: OpenQASM 3 and QPY."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.circuit import Operation

from qdml_quantum.support.store import write_bytes
from qdml_quantum.synthesis.circuits.prepare import BASIS

TOLERANCE = 1e-9
"""Angles that differ by less are the same: another libm moves the last digits."""

_GATE = re.compile(r"(?P<gate>\w+)\((?P<angles>[^()]*)\) (?P<qubits>.+;)")
_PI = re.compile(r"(?P<sign>-?)(?:(?P<factor>\d+)\*)?pi(?:/(?P<divisor>\d+))?")


def to_qasm3(circuit: QuantumCircuit) -> str:
    """OpenQASM 3 text with `stdgates.inc`; it drops the global phase (Qiskit#12114).

    The angles of circuits of this package (gates of `BASIS`) load back exactly; Qiskit's exporter
    alone rounds to a simple fraction of pi, or to 0, what lies within 1e-9 of it.

    >>> to_qasm3(QuantumCircuit(1)).splitlines()[0]
    'OPENQASM 3.0;'
    """
    text: str = qasm3.dumps(circuit)
    if not all(_is_plain(item.operation) for item in circuit.data):
        return text
    lines = text.splitlines()
    for number, item in enumerate(circuit.data, len(lines) - len(circuit.data)):
        if item.operation.params:
            lines[number] = _with_exact_angles(lines[number], item.operation.params)
    return "\n".join(lines) + "\n"


def angle_of(text: str) -> float | None:
    """Value of an angle as OpenQASM writes it, or None where it is no plain number.

    >>> angle_of("-3*pi/8") == -3 * math.pi / 8, angle_of("1.e-07"), angle_of("2*theta")
    (True, 1e-07, None)
    """
    fraction = _PI.fullmatch(text.strip())
    if fraction:
        value = int(fraction["factor"] or 1) * math.pi / int(fraction["divisor"] or 1)
        return -value if fraction["sign"] else value
    try:
        return float(text)
    except ValueError:
        return None


def first_difference(stored: str, fresh: str, tolerance: float = TOLERANCE) -> str | None:
    """Say where two OpenQASM 3 texts are different circuits, or None where they are the same.

    Statements must be equal, and angles equal modulo 2 pi (the global phase is not kept) within the
    tolerance.

    >>> first_difference("rz(pi/2) q[0];", "rz(1.5707963267948966) q[0];")
    >>> first_difference("rz(pi/2) q[0];", "rz(pi/4) q[0];")
    'line 1 is `rz(pi/2) q[0];` instead of `rz(pi/4) q[0];`'
    """
    pairs = zip_longest(stored.splitlines(), fresh.splitlines(), fillvalue="")
    for number, (old, new) in enumerate(pairs, 1):
        if old != new and not _same_gate(old, new, tolerance):
            return f"line {number} is `{old}` instead of `{new}`"
    return None


def save_qasm3(circuit: QuantumCircuit, path: str | Path) -> str:
    """Write OpenQASM 3 atomically and return the SHA-256 of the file."""
    return write_bytes(Path(path), to_qasm3(circuit).encode())


def save_qpy(circuit: QuantumCircuit, path: str | Path) -> str:
    """Write QPY atomically and return the SHA-256 of the file."""
    buffer = io.BytesIO()
    qpy.dump(circuit, buffer)
    return write_bytes(Path(path), buffer.getvalue())


def _is_plain(operation: Operation) -> bool:
    """Whether the operation is one line of OpenQASM 3, with numbers as its angles."""
    plain = operation.name in BASIS or operation.name in ("measure", "barrier")
    return plain and all(isinstance(angle, int | float) for angle in operation.params)


def _with_exact_angles(line: str, angles: Sequence[float]) -> str:
    before, _, rest = line.partition("(")
    written, _, after = rest.partition(")")
    exact = [
        text if "pi" in text and angle_of(text) == angle else repr(float(angle))
        for text, angle in zip(written.split(", "), angles, strict=True)
    ]
    return f"{before}({', '.join(exact)}){after}"


def _same_gate(old: str, new: str, tolerance: float) -> bool:
    a, b = _GATE.fullmatch(old), _GATE.fullmatch(new)
    if a is None or b is None or (a["gate"], a["qubits"]) != (b["gate"], b["qubits"]):
        return False
    angles = ([angle_of(text) for text in match["angles"].split(",")] for match in (a, b))
    return all(
        x is not None
        and y is not None
        and math.isfinite(x - y)
        and abs(math.remainder(x - y, 2 * math.pi)) <= tolerance
        for x, y in zip_longest(*angles)
    )
