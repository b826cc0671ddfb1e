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

from qdml_quantum.support.messages import any_of, bad_value
from qdml_quantum.support.store import write_bytes
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.circuits.initial import BASIS

TOLERANCE = 1e-9
"""Angles that differ by less are the same: another libm moves the last digits."""

_INCLUDE = 'include "stdgates.inc";\n'
_GATES = {
    "h": "gate h a { U(pi/2, 0, pi) a; }",
    "p": "gate p(t) a { U(0, 0, t) a; }",
    "cp": "gate cp(t) a, b { ctrl @ U(0, 0, t) a, b; }",
    "rz": "gate rz(t) a { U(0, 0, t) a; }",
    "ry": "gate ry(t) a { U(t, 0, 0) a; }",
    "cx": "gate cx a, b { U(pi/2, 0, pi) b; ctrl @ U(0, 0, pi) a, b; U(pi/2, 0, pi) b; }",
}
"""Up to phases of the whole, and with controls only where both readings of U agree: at theta 0."""

_GATE = re.compile(r"(?P<gate>\w+)\((?P<angles>[^()]*)\) (?P<qubits>.+;)")
_PI = re.compile(r"(?P<sign>-?)(?:(?P<factor>\d+)\*)?pi(?:/(?P<divisor>\d+))?")


@typed
def to_qasm3(circuit: QuantumCircuit, *, include: bool = True) -> str:
    """OpenQASM 3 text; it drops the global phase (Qiskit#12114).

    The angles of circuits of this package (gates of `BASIS`) load back exactly; Qiskit's exporter
    alone rounds to a simple fraction of pi, or to 0, what lies within 1e-9 of it.

    Args:
        circuit: The circuit.
        include: Take the gates from `stdgates.inc` (default); else define them in the text, for
            tools that refuse the line, and only for gates of `BASIS`. The definitions mean the same
            in both readings of ``U`` (that of OpenQASM 3 has a phase ``exp(i theta/2)``, that of
            OpenQASM 2 has none). Those that Qiskit writes do not: its ``cx`` is ``ctrl @
            U(pi, 0, pi)``, which by OpenQASM 3 is a CX and an S on the control. PennyLane 0.45
            runs the text. The simulator of Amazon Braket (1.41) reads it, but its ``ctrl @`` does
            nothing on some pairs (qubits 1 and 3 of four), whoever wrote it [measured].

    What `circuit.metadata` has under ``"comment"`` stands in a comment below the version.

    Raises:
        ValueError: `include` is False and there are other gates.

    >>> to_qasm3(QuantumCircuit(1)).splitlines()[:2]
    ['OPENQASM 3.0;', 'include "stdgates.inc";']
    """
    text: str = qasm3.dumps(circuit)
    comment = (circuit.metadata or {}).get("comment")
    if comment:
        version, rest = text.split("\n", 1)
        text = f"{version}\n// {' '.join(str(comment).split())}\n{rest}"
    plain = all(_is_plain(item.operation) for item in circuit.data)
    if not (include or plain):
        must, given = f"be True for gates other than {any_of(BASIS)}", "False"
        raise bad_value("include", must, given, "Transpile the circuit to those first.")
    if not include:
        used = [_GATES[name] for name in BASIS if name in circuit.count_ops()]
        text = text.replace(_INCLUDE, "".join(f"{line}\n" for line in used), 1)
    if not plain:
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


def first_difference(stored: str, fresh: str) -> str | None:
    """Say where two OpenQASM 3 texts are different circuits, or None where they are the same.

    Statements must be equal, and angles equal modulo 2 pi (the global phase is not kept) within
    `TOLERANCE`.

    >>> first_difference("rz(pi/2) q[0];", "rz(1.5707963267948966) q[0];")
    >>> first_difference("rz(pi/2) q[0];", "rz(pi/4) q[0];")
    'line 1 is `rz(pi/2) q[0];` instead of `rz(pi/4) q[0];`'
    """
    pairs = zip_longest(stored.splitlines(), fresh.splitlines(), fillvalue="")
    for number, (old, new) in enumerate(pairs, 1):
        if old != new and not _same_gate(old, new):
            return f"line {number} is `{old}` instead of `{new}`"
    return None


@typed
def save_qasm3(circuit: QuantumCircuit, path: str | Path, *, include: bool = True) -> str:
    """Write `to_qasm3` atomically and return the SHA-256 of the file."""
    return write_bytes(Path(path), to_qasm3(circuit, include=include).encode())


@typed
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


def _same_gate(old: str, new: str) -> bool:
    a, b = _GATE.fullmatch(old), _GATE.fullmatch(new)
    if a is None or b is None or (a["gate"], a["qubits"]) != (b["gate"], b["qubits"]):
        return False
    angles = ([angle_of(text) for text in match["angles"].split(",")] for match in (a, b))
    return all(
        x is not None
        and y is not None
        and math.isfinite(x - y)
        and abs(math.remainder(x - y, 2 * math.pi)) <= TOLERANCE
        for x, y in zip_longest(*angles)
    )
