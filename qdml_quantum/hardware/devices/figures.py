"""Errors, durations and relaxation times of a device: what it does not tell is not perfect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from qiskit import QuantumCircuit
from qiskit.transpiler import InstructionProperties, QubitProperties, Target

FREE = ("barrier", "delay")
"""Instructions without an error of their own, which alone do not make a qubit a used one."""


def completed(target: Target, name: str) -> dict[tuple[int, ...] | None, InstructionProperties]:
    """Error and duration of an instruction everywhere; unknown ones are the worst of their kind.

    A figure that is told nowhere stays None; see `untold_errors`.

    >>> target = Target(num_qubits=3)
    >>> from qiskit.circuit.library import CZGate
    >>> known = {(0, 1): InstructionProperties(error=0.01), (1, 2): None}
    >>> _ = target.add_instruction(CZGate(), known)
    >>> completed(target, "cz")[1, 2].error
    0.01
    """
    where = target[name]
    if all(None not in _both(known) for known in where.values()):
        return dict(where)  # As on most devices; each candidate of a plan asks for them.
    worst = {
        figure: max(_told(where.values(), figure), default=None) for figure in ("error", "duration")
    }
    made = {}
    for qubits, known in where.items():
        error, duration = _both(known)
        made[qubits] = InstructionProperties(
            error=_or(error, worst["error"]), duration=_or(duration, worst["duration"])
        )
    return made


def completed_qubits(target: Target) -> list[QubitProperties]:
    """T1 and T2 of every qubit; unknown ones are the shortest of the device."""
    known = target.qubit_properties or [None] * (target.num_qubits or 0)
    worst = {time: min(_told(known, time), default=None) for time in ("t1", "t2")}
    return [
        QubitProperties(
            **{time: _or(getattr(one, time, None), value) for time, value in worst.items()},
            frequency=getattr(one, "frequency", None),
        )
        for one in known
    ]


def untold_errors(circuit: QuantumCircuit, target: Target) -> tuple[str, ...]:
    """Instructions of a circuit of which the device tells no error at all, anywhere."""
    names = {item.operation.name for item in circuit.data} - set(FREE)
    return tuple(
        name
        for name in sorted(names & set(target.operation_names))
        if not any(True for _ in _told((target[name] or {}).values(), "error"))
    )


def _both(known: InstructionProperties | None) -> tuple[float | None, float | None]:
    """Error and duration of an instruction on some qubits."""
    return getattr(known, "error", None), getattr(known, "duration", None)


def _told(known: Iterable[Any], figure: str) -> Iterator[float]:
    """The figures that are told; an error of 1 says that the gate does not work."""
    for one in known:
        value = getattr(one, figure, None)
        if value is not None and not (figure == "error" and value >= 1):
            yield float(value)


def _or(value: float | None, worst: float | None) -> float | None:
    return worst if value is None else value
