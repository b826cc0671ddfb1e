"""The circuits of a plan, and what each is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit

from qdml_quantum.diagnostics.metrics import BASES, ECHOES
from qdml_quantum.hardware.devices.isa import CUT
from qdml_quantum.hardware.devices.noise import measured_qubits
from qdml_quantum.support.messages import bad_type, bad_value, unknown
from qdml_quantum.synthesis.circuits.gates import NATIVE, two_qubit_gates

REGISTER = "meas"
"""Name of the classical register that every circuit measures into."""

CALIBRATIONS = ("calibration-0", "calibration-1")
"""Kinds of the circuits that measure readout errors: all qubits in 0, all in 1."""

KINDS = (*BASES, *CALIBRATIONS, *ECHOES)
"""What a circuit measures: positions or wave numbers (in FFT order) at the end of the anneal; or,
for readout errors, all measured qubits in 0, or in 1; or whether the qubits return to 0 after an
echo. Besides these, ``"cut-1"`` and so on: positions after so many steps."""


@dataclass(frozen=True, eq=False)
class Setting:
    """One circuit that a job runs.

    Args:
        kind: What it measures, of `KINDS`.
        circuit: In the gates and on the qubits of the backend, with one classical register `meas`;
            its bit i is bit i of the grid index (`Grid.index_of` reads the bit string).

    Raises:
        TypeError: It is no circuit.
        ValueError: An unknown kind, other classical registers, or a bit that is not measured once.

    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1), bell.measure_all()
    >>> Setting("position", bell).qubits
    (0, 1)
    """

    kind: str
    circuit: QuantumCircuit

    def __post_init__(self) -> None:
        if self.kind not in KINDS and not self.is_cut:
            raise ValueError(unknown("kind of setting", self.kind, KINDS))
        if not isinstance(self.circuit, QuantumCircuit):
            raise bad_type("circuit", "be a QuantumCircuit", self.circuit)
        names = [register.name for register in self.circuit.cregs]
        if names != [REGISTER]:
            raise bad_value(
                "circuit",
                f"have one classical register `{REGISTER}`",
                f"one with {names or 'none'}",
            )
        measured = measured_qubits(self.circuit)
        if None in measured or len(set(measured)) < self.num_bits:
            raise bad_value(
                "circuit",
                f"measure every bit of `{REGISTER}` once, each from a qubit of its own",
                f"measuring the qubits {list(measured)}",
            )

    @property
    def num_bits(self) -> int:
        """Measured bits."""
        return int(self.circuit.num_clbits)

    @property
    def qubits(self) -> tuple[int, ...]:
        """Physical qubit of every measured bit, bit 0 first."""
        return tuple(qubit for qubit in measured_qubits(self.circuit) if qubit is not None)

    @property
    def is_cut(self) -> bool:
        """Whether it measures positions before the end of the anneal."""
        return self.kind.startswith(CUT) and self.kind.removeprefix(CUT).isdecimal()

    @property
    def is_calibration(self) -> bool:
        """Whether it prepares a known bit string instead of annealing."""
        return self.kind in CALIBRATIONS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without the circuit."""
        return {
            "kind": self.kind,
            "qubits": list(self.qubits),
            # The device's own gates: what stands there is native.
            "two_qubit_gates": two_qubit_gates(self.circuit, native=NATIVE),
        }


def settings_of(circuits: Mapping[str, QuantumCircuit], *, readout: bool) -> tuple[Setting, ...]:
    """Everything a job runs: the circuits, then the calibrations of the qubits that they read.

    Args:
        circuits: Kind (``"position"``, ``"momentum"``) and circuit with the gates of the device,
            measured into a register `meas`.
        readout: Whether readout errors are measured in the same job.
    """
    runs = [Setting(kind, circuit) for kind, circuit in circuits.items()]
    if readout:
        size = max(circuit.num_qubits for circuit in circuits.values())
        qubits = list(dict.fromkeys(qubit for run in runs for qubit in run.qubits))
        pair = calibration_circuits(size, qubits)
        runs += [Setting(kind, one) for kind, one in zip(CALIBRATIONS, pair, strict=True)]
    return tuple(runs)


def calibration_circuits(
    num_qubits: int, measured: Sequence[int]
) -> tuple[QuantumCircuit, QuantumCircuit]:
    """Circuits that prepare 0, and 1, on qubits of a device and measure them.

    Args:
        num_qubits: Of the device.
        measured: Physical qubit of every bit of the register `meas`.

    >>> [one.count_ops().get("x", 0) for one in calibration_circuits(156, [3, 7])]
    [0, 2]
    """
    made = []
    for kind in CALIBRATIONS:
        circuit = QuantumCircuit(num_qubits, name=kind)
        circuit.add_register(ClassicalRegister(len(measured), REGISTER))
        if kind == CALIBRATIONS[1]:
            circuit.x(measured)
        circuit.barrier(measured)
        circuit.measure(measured, list(range(len(measured))))
        made.append(circuit)
    return made[0], made[1]
