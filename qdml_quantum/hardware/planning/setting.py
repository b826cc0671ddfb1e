"""One circuit of a plan, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit

from qdml_quantum.hardware.devices.noise import measured_qubits
from qdml_quantum.support.messages import argument, number, unknown
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

REGISTER = "meas"
"""Name of the classical register that every circuit measures into."""

KINDS = ("position", "momentum", "calibration-0", "calibration-1")
"""What a circuit measures: positions or wave numbers (in FFT order) at the end of the anneal; or,
for readout mitigation, all measured qubits in 0, or in 1."""


@dataclass(frozen=True, eq=False)
class Setting:
    """One circuit that a job runs.

    Args:
        kind: What it measures, of `KINDS`.
        noise_factor: How many times the noise is that of the plain circuit: 1.0, or more where
            gates are folded for zero-noise extrapolation.
        circuit: In the gates and on the qubits of the backend, with one classical register `meas`;
            its bit i is bit i of the grid index (`Grid.index_of` reads the bit string).

    Raises:
        TypeError: It is no circuit.
        ValueError: An unknown kind, a noise factor below 1, other classical registers, or a bit
            that is not measured once.

    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1), bell.measure_all()
    >>> Setting("position", 1.0, bell).qubits
    (0, 1)
    """

    kind: str
    noise_factor: float
    circuit: QuantumCircuit

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(unknown("kind of setting", self.kind, KINDS))
        factor = number("noise_factor", self.noise_factor)
        if factor < 1:
            raise ValueError(
                argument("noise_factor", "be at least 1", factor, "Noise can only be added.")
            )
        object.__setattr__(self, "noise_factor", factor)
        if not isinstance(self.circuit, QuantumCircuit):
            raise TypeError(argument("circuit", "be a QuantumCircuit", self.circuit))
        names = [register.name for register in self.circuit.cregs]
        if names != [REGISTER]:
            raise ValueError(
                argument(
                    "circuit",
                    f"have one classical register `{REGISTER}`",
                    f"one with {names or 'none'}",
                )
            )
        measured = measured_qubits(self.circuit)
        if None in measured or len(set(measured)) < self.num_bits:
            raise ValueError(
                argument(
                    "circuit",
                    f"measure every bit of `{REGISTER}` once, each from a qubit of its own",
                    f"measuring the qubits {list(measured)}",
                )
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
    def is_calibration(self) -> bool:
        """Whether it prepares a known bit string instead of annealing."""
        return self.kind.startswith("calibration")

    @property
    def key(self) -> tuple[str, float]:
        """Kind and noise factor: no two settings of a plan share it."""
        return self.kind, self.noise_factor

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without the circuit."""
        return {
            "kind": self.kind,
            "noise_factor": self.noise_factor,
            "qubits": list(self.qubits),
            "two_qubit_gates": two_qubit_gates(self.circuit),
        }

    def __str__(self) -> str:
        folded = f" at {self.noise_factor:g} times the noise" if self.noise_factor > 1 else ""
        return f"{self.kind}{folded}"
