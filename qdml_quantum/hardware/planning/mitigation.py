"""What is done against the errors of a device, and the extra circuits that it takes."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import argument, did_you_mean, unknown
from qdml_quantum.support.typed import typed_fields

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qdml_quantum.hardware.planning.setting import Setting

SEQUENCES = ("XX", "XpXm", "XY4")
"""Pulse sequences of dynamical decoupling that the runtime knows."""

CALIBRATIONS = ("calibration-0", "calibration-1")
"""Kinds of the circuits that measure readout errors: all qubits in 0, all in 1."""

FOLDED = frozenset({"cx", "cy", "cz", "ecr", "swap"})
"""Two-qubit gates that can be folded: each is its own inverse."""

_LARGEST_FACTOR = 15.0


@typed_fields
@dataclass(frozen=True)
class Mitigation:
    """What is done against errors; each part can be switched, nothing is on by default.

    The first two change how every circuit of a job runs, so they are seen only by running a second
    job without them. The last two add circuits to the job; raw counts are kept, and the result
    shows every value with and without them.

    Attributes:
        dynamical_decoupling: Pulses on idle qubits: ``"XX"``, ``"XpXm"``, ``"XY4"``, or None.
        twirling: Run every two-qubit gate between random Pauli gates that cancel, which turns
            coherent errors into random ones.
        readout: Measure the readout error of every qubit in the same job (two more circuits) and
            undo it (M3, doi 10.1103/PRXQuantum.2.040326).
        zne: Noise factors of zero-noise extrapolation (doi 10.1103/PhysRevX.7.021050), such as
            ``(1, 3, 5)``: the circuits run again with every two-qubit gate folded, ``U`` to
            ``U U^-1 U``. 1 is always among them; empty for none.

    Raises:
        TypeError: A switch is no bool, or a factor no number.
        ValueError: An unknown sequence, or factors below 1.

    >>> Mitigation(readout=True, zne=(3, 5)).zne
    (1.0, 3.0, 5.0)
    >>> str(Mitigation(dynamical_decoupling="XY4", twirling=True))
    'dynamical decoupling XY4, gate twirling'
    """

    dynamical_decoupling: str | None = None
    twirling: bool = False
    readout: bool = False
    zne: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        sequence = self.dynamical_decoupling
        if sequence is not None and sequence not in SEQUENCES:
            raise ValueError(unknown("sequence of dynamical decoupling", sequence, SEQUENCES))
        for name in ("twirling", "readout"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(argument(name, "be True or False", getattr(self, name)))
        object.__setattr__(self, "zne", _factors(self.zne))

    @property
    def factors(self) -> tuple[float, ...]:
        """Noise factors at which every setting is measured."""
        return self.zne or (1.0,)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form; `from_dict` reads it."""
        return asdict(self) | {"zne": list(self.zne)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Mitigation:
        """Read what `to_dict` wrote.

        Raises:
            ValueError: There is an unknown key.

        >>> Mitigation.from_dict(Mitigation(zne=(3,)).to_dict()) == Mitigation(zne=(3,))
        True
        """
        for name in data:
            if name not in cls.__dataclass_fields__:
                known = did_you_mean(str(name), cls.__dataclass_fields__)
                raise ValueError(f"Unknown mitigation {name!r}. {known}")
        return cls(**data)

    def sampler_options(self) -> dict[str, Any]:
        """Options for `qiskit_ibm_runtime.executor_sampler.Sampler`.

        The group ``local_pauli`` is the Pauli group at Clifford gates, and at other gates the part
        of it that commutes with them: RZZ gates by any angle can be twirled by no other.

        >>> Mitigation().sampler_options()
        {}
        """
        options: dict[str, Any] = {}
        if self.dynamical_decoupling:
            options["dynamical_decoupling"] = {
                "enable": True,
                "sequence_type": self.dynamical_decoupling,
            }
        if self.twirling:
            options["twirling"] = {"enable_gates": True, "group": "local_pauli"}
        return options

    def settings(
        self, circuits: Mapping[str, QuantumCircuit], seed: int = 0
    ) -> tuple[Setting, ...]:
        """Everything a job runs: every circuit at every noise factor, then the calibrations.

        Args:
            circuits: Kind (``"position"``, ``"momentum"``) and circuit with the gates of the
                device, measured into a register `meas`.
            seed: Which gates are folded once more where a factor is not an odd integer.

        Raises:
            ValueError: A circuit has two-qubit gates that cannot be folded, or is not measured into
                `meas`.
        """
        from qdml_quantum.hardware.planning.setting import Setting

        runs = [
            Setting(kind, factor, folded(circuit, factor, seed))
            for kind, circuit in circuits.items()
            for factor in self.factors
        ]
        if self.readout:
            size = max(circuit.num_qubits for circuit in circuits.values())
            qubits = dict.fromkeys(qubit for run in runs for qubit in run.qubits)
            pair = calibration_circuits(size, list(qubits))
            runs += [Setting(kind, 1.0, one) for kind, one in zip(CALIBRATIONS, pair, strict=True)]
        return tuple(runs)

    def __str__(self) -> str:
        factors = ", ".join(f"{factor:g}" for factor in self.zne)
        parts = (
            (self.dynamical_decoupling, f"dynamical decoupling {self.dynamical_decoupling}"),
            (self.twirling, "gate twirling"),
            (self.readout, "readout mitigation"),
            (self.zne, f"zero-noise extrapolation from {factors}"),
        )
        return ", ".join(words for chosen, words in parts if chosen) or "none"


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
    from qiskit import ClassicalRegister, QuantumCircuit

    made = []
    for kind in CALIBRATIONS:
        circuit = QuantumCircuit(num_qubits, name=kind)
        circuit.add_register(ClassicalRegister(len(measured), "meas"))
        if kind == CALIBRATIONS[1]:
            circuit.x(measured)
        circuit.barrier(measured)
        circuit.measure(measured, list(range(len(measured))))
        made.append(circuit)
    return made[0], made[1]


def folded(circuit: QuantumCircuit, factor: float, seed: int = 0) -> QuantumCircuit:
    """The same unitary with `factor` times as many two-qubit gates: ``U`` becomes ``U U^-1 U``.

    Args:
        circuit: Circuit with the gates of a device.
        factor: At least 1. Odd integers fold every gate equally often; others fold some, drawn at
            random, once more.
        seed: Of that draw.

    Raises:
        ValueError: Two-qubit gates that are not their own inverse: native RZZ folds to an angle
            that devices do not have.
        ImportError: The runtime client is not installed, or has no pass that folds gates.

    References:
        T. Giurgica-Tiron et al., arXiv:2005.10921.

    >>> from qiskit import QuantumCircuit
    >>> circuit = QuantumCircuit(2)
    >>> _ = circuit.cz(0, 1)
    >>> folded(circuit, 5).count_ops()["cz"]
    5
    """
    if math.isclose(factor, 1.0):
        return circuit
    gates = [item for item in circuit.data if len(item.qubits) == 2]
    others = sorted({item.operation.name for item in gates} - FOLDED - {"barrier"})
    if others:
        raise ValueError(
            argument(
                "zne",
                f"be empty for circuits with {', '.join(others)} gates",
                factor,
                "Only gates that are their own inverse can be folded: plan without fractional "
                "gates, or without extrapolation.",
            )
        )
    # The runtime client ships this pass without documenting it.
    folding = require("qiskit_mitigation.zne.gate_folding").GateFoldingPass(factor, seed=seed)
    from qiskit.transpiler import PassManager

    from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

    result = PassManager([folding]).run(circuit)
    result._layout = circuit._layout
    wanted, made = factor * two_qubit_gates(circuit), two_qubit_gates(result)
    if abs(made - wanted) > 2:
        raise RuntimeError(
            f"Folding by {factor:g} made {made} two-qubit gates where {wanted:g} were wanted: "
            "this version of the runtime client folds otherwise. Plan without extrapolation."
        )
    return result


def _factors(given: object) -> tuple[float, ...]:
    """Noise factors, rising, with 1 among them; empty for none."""
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise TypeError(argument("zne", "be a list of noise factors", given, "Write (1, 3, 5)."))
    factors = set()
    for value in given:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError(argument("zne", "hold numbers", value, "Write (1, 3, 5)."))
        factors.add(float(value))
        if not 1 <= float(value) <= _LARGEST_FACTOR:
            raise ValueError(
                argument(
                    "zne",
                    f"hold noise factors from 1 to {_LARGEST_FACTOR:g}",
                    float(value),
                    "Write (1, 3, 5): a circuit with few errors can take more noise, none less.",
                )
            )
    if factors == {1.0}:
        raise ValueError(
            argument("zne", "hold a factor above 1", given, "Write (1, 3, 5), or leave it empty.")
        )
    return tuple(sorted(factors | {1.0})) if factors else ()
