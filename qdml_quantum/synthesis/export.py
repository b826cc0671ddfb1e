"""Circuits to files and back: OpenQASM 3 and QPY."""

from __future__ import annotations

import io
from pathlib import Path

from qiskit import QuantumCircuit, qasm3, qpy

from qdml_quantum.store import write_bytes


def to_qasm3(circuit: QuantumCircuit) -> str:
    """OpenQASM 3 text with `stdgates.inc`; it drops the global phase (Qiskit#12114).

    >>> to_qasm3(QuantumCircuit(1)).splitlines()[0]
    'OPENQASM 3.0;'
    """
    return qasm3.dumps(circuit)


def save_qasm3(circuit: QuantumCircuit, path: str | Path) -> str:
    """Write OpenQASM 3 atomically and return the SHA-256 of the file."""
    return write_bytes(Path(path), to_qasm3(circuit).encode())


def save_qpy(circuit: QuantumCircuit, path: str | Path) -> str:
    """Write QPY atomically and return the SHA-256 of the file."""
    buffer = io.BytesIO()
    qpy.dump(circuit, buffer)
    return write_bytes(Path(path), buffer.getvalue())
