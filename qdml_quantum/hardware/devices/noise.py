"""What the noise of a device makes of a circuit, from its calibration: no shots, no waiting.

What is in the model, as in `NoiseModel.from_backend` of Qiskit Aer: after every gate a depolarising
channel and the relaxation (T1, T2) of its duration, together the reported error; relaxation during
delays; and the readout errors, where the device tells them the two of every qubit apart. What is
not: crosstalk, leakage, coherent errors, drift since the calibration.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction
from qiskit.providers import BackendV2, Options
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import Target
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from qdml_quantum.hardware.devices.figures import FREE, completed, completed_qubits
from qdml_quantum.hardware.devices.waits import with_delays
from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.memory import available_memory
from qdml_quantum.support.messages import bad_value

QUBIT_LIMIT = 10
"""Most qubits of `noisy_probabilities`: a density matrix of 4^n numbers, and minutes above.

Measured on one core: 0.1 s for 3 qubits, 2 s for 8 with 4,700 gates, 12 s for 10 with 8,000.
"""
_BYTES = 16
_COPIES = 3
_QUARTER = [(0.0, math.pi / 2)]
"""Angles of rzz on devices with fractional gates."""
_STATE_QUBITS = 20
_FAKES = "qiskit_ibm_runtime.fake_provider"
"""Where the fake devices of the runtime client are from; it need not be imported to know one."""


def relaxes(backend: Any) -> bool:
    """Whether qubits relax while they wait: on devices, and on fakes that stand for them.

    What an `AerSimulator` does is said by its own noise model, and by nothing else.
    """
    return not isinstance(backend, AerSimulator)


def used_qubits(circuits: Iterable[QuantumCircuit]) -> tuple[int, ...]:
    """Qubits on which something happens in one of the circuits, in order."""
    used = {
        circuit.find_bit(qubit).index
        for circuit in circuits
        for item in circuit.data
        if item.operation.name not in FREE
        for qubit in item.qubits
    }
    return tuple(sorted(used))


def measured_qubits(circuit: QuantumCircuit) -> tuple[int | None, ...]:
    """Qubit that every bit is measured from, bit 0 first; None where it is never, or twice."""
    sources: list[list[int]] = [[] for _ in circuit.clbits]
    for item in circuit.get_instructions("measure"):
        bit, qubit = circuit.find_bit(item.clbits[0]), circuit.find_bit(item.qubits[0])
        sources[bit.index].append(qubit.index)
    return tuple(qubits[0] if len(qubits) == 1 else None for qubits in sources)


def confined(circuit: QuantumCircuit, qubits: Sequence[int]) -> QuantumCircuit:
    """The same circuit on as few qubits: qubit i of the new one was ``qubits[i]``.

    >>> wide = QuantumCircuit(5)
    >>> _ = wide.cx(3, 1)
    >>> confined(wide, [1, 3]).data[0].qubits[0]._index
    1
    """
    small = QuantumCircuit(len(qubits), name=circuit.name, global_phase=circuit.global_phase)
    for register in circuit.cregs:
        small.add_register(register)
    loose = [bit for bit in circuit.clbits if not circuit.find_bit(bit).registers]
    small.add_bits(loose)
    new_qubit = {circuit.qubits[q]: small.qubits[i] for i, q in enumerate(qubits)}
    for item in circuit.data:
        kept = tuple(new_qubit[qubit] for qubit in item.qubits if qubit in new_qubit)
        if len(kept) == len(item.qubits):
            small.append(CircuitInstruction(item.operation, kept, item.clbits), copy=False)
        elif kept and item.operation.name == "barrier":
            small.barrier(list(kept))
    small.metadata = circuit.metadata
    return small


def is_simulated(backend: BackendV2) -> bool:
    """Whether a backend is a simulator of a known kind, so that `reduced` may stand for it."""
    if isinstance(backend, AerSimulator | GenericBackendV2 | Snapshot):
        return True
    return any(kind.__module__.startswith(_FAKES) for kind in type(backend).__mro__)


def reduced(
    backend: BackendV2,
    circuits: Sequence[QuantumCircuit],
    *,
    idle: bool = True,
    feed_forward: float | None = None,
) -> tuple[AerSimulator, list[QuantumCircuit]]:
    """A simulator of the qubits in use and their noise, and the circuits on those qubits.

    The noise model of a whole device takes seconds to make, that of a few qubits hundredths. The
    two readout errors of a qubit are told apart where the backend reports them, as a fake backend
    does when it runs by itself; else they are their mean, as in ``AerSimulator.from_backend``.

    Args:
        backend: With a target; an `AerSimulator` is handed back with its circuits as they are.
        circuits: On the qubits of the backend and in its gates.
        idle: Let qubits relax while they wait for others, in a schedule as late as possible
            (default): that is what a device does, and what a fake one leaves out.
        feed_forward: Seconds that a measured bit takes to the gates that hang on it; see
            `with_delays`.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> bell = QuantumCircuit(156, 2)
    >>> _ = bell.sx(7), bell.cz(7, 8), bell.measure([7, 8], [0, 1])
    >>> simulator, (small,) = reduced(FakeFez(), [bell])
    >>> small.num_qubits
    2
    """
    if isinstance(backend, AerSimulator):
        return backend, list(circuits)
    qubits = used_qubits(circuits)
    names = {item.operation.name for circuit in circuits for item in circuit.data} | {"delay"}
    target = part_of(backend.target, qubits, names)
    readout = readout_errors(backend, qubits)
    model = _model(_Known(_figures(target), tuple(map(readout.get, qubits)), target))
    options = {} if model.is_ideal() else {"noise_model": model}
    small = [confined(circuit, qubits) for circuit in circuits]
    if idle:
        small = with_delays(target, small, feed_forward=feed_forward)
    return AerSimulator(**options), small


@dataclass(frozen=True)
class _Known:
    """All that the noise of a few qubits is made of, equal where all figures are."""

    figures: Hashable
    readout: tuple[tuple[float, float] | None, ...]
    target: Target = field(compare=False)


@lru_cache(maxsize=32)
def _model(known: _Known) -> NoiseModel:
    """The noise of a few qubits; a plan and a run of it ask for the same one again and again."""
    with warnings.catch_warnings():
        # A target without relaxation times is said so by the calibration, not by every run.
        warnings.filterwarnings("ignore", category=UserWarning)
        model = NoiseModel.from_backend(Snapshot(known.target), readout_error=False)
    for qubit, errors in enumerate(known.readout):
        if errors is not None:
            one, zero = errors
            model.add_readout_error([[1 - one, one], [zero, 1 - zero]], [qubit])
    return model


def _figures(target: Target) -> Hashable:
    """What a target says of its qubits and instructions."""
    qubits = [(one.t1, one.t2, one.frequency) for one in target.qubit_properties]
    instructions = [
        (name, type(target.operation_from_name(name)), where, *figures)
        for name in target.operation_names
        for where, known in (target[name] or {None: None}).items()
        for figures in [(getattr(known, "error", None), getattr(known, "duration", None))]
    ]
    return target.dt, tuple(qubits), tuple(instructions)


def part_of(target: Target, qubits: Sequence[int], names: Iterable[str] | None = None) -> Target:
    """The piece of a target on some of its qubits: qubit i of the new one is ``qubits[i]``.

    Figures that the device does not tell are the worst of their kind.

    Args:
        target: Of a device.
        qubits: To keep.
        names: Instructions to keep; default all but control flow.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> sorted(part_of(FakeFez().target, [7, 8], ["cz"])["cz"])
    [(0, 1), (1, 0)]
    """
    index_of = {qubit: i for i, qubit in enumerate(qubits)}
    known = completed_qubits(target)
    properties = [known[qubit] for qubit in qubits]
    piece = Target(num_qubits=len(index_of), dt=target.dt, qubit_properties=properties)
    kept = set(target.operation_names if names is None else names)
    for name in target.operation_names:
        operation = target.operation_from_name(name)
        if name not in kept or isinstance(operation, type):
            continue
        where: Any = {
            tuple(index_of[qubit] for qubit in pair): figures
            for pair, figures in completed(target, name).items()
            if pair is not None and set(pair) <= index_of.keys()
        }
        if None in target[name]:
            where = None
        if where or where is None:
            bounds = _QUARTER if target.gate_has_angle_bounds(name) and name == "rzz" else None
            piece.add_instruction(operation, where, name=name, angle_bounds=bounds)
    return piece


def readout_errors(backend: BackendV2, qubits: Iterable[int]) -> dict[int, tuple[float, float]]:
    """Probabilities of reading 1 for 0 and 0 for 1, of the qubits where they are known.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> [round(error, 4) for error in readout_errors(FakeFez(), [0])[0]]
    [0.0054, 0.0176]
    """
    report, target = _report(backend), backend.target
    measured = completed(target, "measure") if "measure" in target.operation_names else {}
    errors = {}
    for qubit in qubits:
        values = {} if report is None else report.qubit_property(qubit)
        mean = getattr(measured.get((qubit,)), "error", None)
        if {"prob_meas1_prep0", "prob_meas0_prep1"} <= values.keys():
            one, zero = values["prob_meas1_prep0"][0], values["prob_meas0_prep1"][0]
            errors[qubit] = (float(one), float(zero))
        elif mean is not None:
            errors[qubit] = (float(mean), float(mean))
    return errors


_REPORTS: WeakKeyDictionary[BackendV2, Any] = WeakKeyDictionary()
"""Calibrations of simulators, which do not change: a fake device reads a megabyte each time."""


def _report(backend: BackendV2) -> Any:
    """The calibration in the older form of Qiskit, or None."""
    if backend in _REPORTS:
        return _REPORTS[backend]
    properties = getattr(backend, "properties", None)
    report = properties() if callable(properties) else None
    if is_simulated(backend):
        _REPORTS[backend] = report
    return report


class Snapshot(BackendV2):  # type: ignore[misc]  # Qiskit is not typed
    """A target as a backend, in the form of which Aer and the runtime make simulators."""

    def __init__(self, target: Target, name: str = "snapshot", **words: Any) -> None:
        super().__init__(name=name, **words)
        self._known = target

    @property
    def target(self) -> Target:
        """Instructions, errors and durations."""
        return self._known

    @property
    def max_circuits(self) -> None:
        """No limit."""
        return None

    @classmethod
    def _default_options(cls) -> Options:
        return AerSimulator._default_options()

    def run(self, run_input: Any, **options: Any) -> Any:
        """Run on Aer with the noise of the qubits in use; options as for `AerSimulator`."""
        circuits = list(run_input) if isinstance(run_input, list | tuple) else [run_input]
        simulator, small = reduced(self, circuits)
        return simulator.run(small, **options)


def noisy_probabilities(
    backend: BackendV2, circuit: QuantumCircuit, grid: Grid, *, idle: bool = True
) -> Array | None:
    r"""Distribution that the measured circuit has on the device, from its calibration.

        p(j) = sum_i prod_b C_b[j_b, i_b] <i| rho |i>

    rho is the exact density matrix with noise, and C_b the confusion matrix of the qubit that
    bit b is read from.

    Args:
        backend: With a target, or an `AerSimulator` with its own noise model.
        circuit: On the qubits of the backend and in its gates; measured at its end into as many
            bits as the grid has qubits.
        grid: Whose index the bits are.
        idle: See `reduced`.

    Returns:
        Probabilities of the shape of the grid; None where more than 10 qubits are in use, or where
        the density matrix does not fit into memory.

    Raises:
        ValueError: The circuit is not measured at its end into the bits of the grid.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> nothing = QuantumCircuit(156, 1)
    >>> _ = nothing.measure(0, 0)
    >>> noisy_probabilities(FakeFez(), nothing, Grid([(0, 1)], 1)).round(4)
    array([0.9946, 0.0054])
    """
    _require_measured(circuit, grid)
    size = len(used_qubits([circuit]))
    if size > QUBIT_LIMIT or _COPIES * _BYTES * 4**size > available_memory():
        return None
    if isinstance(backend, AerSimulator) and backend.options.noise_model is None:
        return perfect_probabilities(circuit, grid)
    simulator, (small,) = reduced(backend, [circuit], idle=idle)
    confusions = _confusions(simulator.options.noise_model, measured_qubits(small))
    vector = on_bits(confusions, _run(simulator, small, "density_matrix"))
    return np.asarray(grid.from_vector(vector / vector.sum()))


def on_bits(matrices: Sequence[NDArray[Any]], vectors: ArrayLike) -> Array:
    """One matrix per bit, the lowest first, on arrays of the shape ``(..., 2^bits)``."""
    given = np.asarray(vectors, dtype=float)
    tensor = given.reshape(*given.shape[:-1], *(2,) * len(matrices))
    for bit, matrix in enumerate(matrices):
        # The last axis of the tensor is bit 0.
        axis = tensor.ndim - 1 - bit
        tensor = np.moveaxis(np.tensordot(matrix, tensor, (1, axis)), 0, axis)
    return np.asarray(tensor.reshape(given.shape))


def perfect_probabilities(circuit: QuantumCircuit, grid: Grid) -> Array | None:
    """Distribution that the measured circuit has without any noise; None above 20 used qubits.

    Args:
        circuit: Measured at its end into as many bits as the grid has qubits.
        grid: Whose index the bits are.

    >>> flip = QuantumCircuit(3, 1)
    >>> _ = flip.x(2), flip.measure(2, 0)
    >>> perfect_probabilities(flip, Grid([(0, 1)], 1))
    array([0., 1.])
    """
    _require_measured(circuit, grid)
    qubits = used_qubits([circuit])
    if len(qubits) > _STATE_QUBITS:
        return None
    vector = _run(AerSimulator(), confined(circuit, qubits), "statevector")
    return np.asarray(grid.from_vector(vector))


def _run(simulator: AerSimulator, circuit: QuantumCircuit, method: str) -> Array:
    """Probabilities of the measured bits before readout."""
    plain = circuit.copy_empty_like()
    plain.data = [item for item in circuit.data if item.operation.name != "measure"]
    plain.save_probabilities([qubit for qubit in measured_qubits(circuit) if qubit is not None])
    result = simulator.run(plain, method=method, shots=1).result()
    if not result.success:
        raise RuntimeError(f"Aer could not simulate the circuit. {result.status}")
    return np.asarray(result.data(0)["probabilities"], dtype=float)


def _confusions(model: NoiseModel | None, qubits: Iterable[int | None]) -> list[Array]:
    """Matrices ``C[read, true]`` of the qubits; identities where nothing is known."""
    known: dict[int | None, Array] = {None: np.eye(2)}  # None: all other qubits.
    for error in [] if model is None else model.to_dict()["errors"]:
        if error["type"] == "roerror":
            matrix = np.asarray(error["probabilities"], dtype=float).T
            known |= {where[0]: matrix for where in error.get("gate_qubits", [(None,)])}
    return [known.get(qubit, known[None]) for qubit in qubits if qubit is not None]


def _require_measured(circuit: QuantumCircuit, grid: Grid) -> None:
    """Refuse circuits without one final measurement of every bit."""
    read, bits, late = set(), 0, False
    for item in circuit.data:
        if item.operation.name == "measure":
            read.add(item.qubits[0])
            bits += 1
        elif item.operation.name not in FREE:
            late |= bool(read.intersection(item.qubits))
    if late or bits != grid.num_qubits or None in measured_qubits(circuit)[:bits]:
        raise bad_value(
            "circuit",
            f"end in a measurement into {grid.num_qubits} bits",
            f"one with {bits} measured bits" + (" and gates after them" * late),
            "Build it with measure=True.",
        )
