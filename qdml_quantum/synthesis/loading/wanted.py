"""States as people hand them over: what `prepare` is asked for, as amplitudes of a register."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.states import Gaussian, values_of
from qdml_quantum.support.arrays import complex_array
from qdml_quantum.support.messages import bad_type, bad_value
from qdml_quantum.synthesis.loading.splitting import mean_step

SAMPLED = 14
"""Qubits of which a function is sampled at every point: what is below is a product to 2e-8 for
packets of a hundredth of the box."""
LARGEST = 24
"""Most qubits of an array: its amplitudes take 256 MiB."""
_NORMAL = 1e-6
"""Distance of a norm from 1 that is rounding, and takes no word."""
_REAL = 1e-12
"""Imaginary parts that are rounding: with them every rotation would take another angle."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """Amplitudes that a circuit shall make.

    Attributes:
        factors: Of norm 1, in register order, real where they all are: one for all axes together,
            or one for each. Of the upper qubits of each axis where it is sampled.
        sizes: Qubits of every axis that the factors have.
        idle: Qubits of every axis below them, which are all in a uniform superposition.
        loss: ``1 - F`` of that with the state, estimated from twice as many samples.
        words: What was done to it on the way: nothing, or that it was scaled.
    """

    factors: tuple[NDArray[Any], ...]
    sizes: tuple[int, ...]
    idle: tuple[int, ...]
    loss: float = 0.0
    words: str = ""

    @property
    def qubits(self) -> tuple[int, ...]:
        """Qubit of the register of every bit of the vector."""
        qubits: list[int] = []
        first = 0
        for size, idle in zip(self.sizes, self.idle, strict=True):
            qubits += range(first + idle, first + idle + size)
            first += idle + size
        return tuple(qubits)

    @property
    def vector(self) -> NDArray[Any]:
        """All factors as one."""
        return reduce(lambda low, high: np.kron(high, low), self.factors)

    @property
    def parts(self) -> list[tuple[NDArray[Any], tuple[int, ...]]]:
        """Every factor with the sizes of its axes."""
        if len(self.factors) == 1:
            return [(self.factors[0], self.sizes)]
        return [(factor, (size,)) for factor, size in zip(self.factors, self.sizes, strict=True)]

    @property
    def is_whole(self) -> bool:
        """Whether the factors have all qubits."""
        return not any(self.idle)

    @property
    def num_qubits(self) -> int:
        """Of the whole register."""
        return sum(self.sizes) + sum(self.idle)


def as_wanted(state: Any, grid: Grid | None) -> Wanted:
    """Amplitudes of whatever a state was given as; see `prepare`."""
    held, amplitudes = getattr(state, "anneal", None), getattr(state, "state", None)
    if isinstance(amplitudes, np.ndarray):  # Of a result, or of its reference.
        return _of_array(amplitudes, None)
    if isinstance(held, Anneal):
        return _of_array(held.final_state(), held.grid)
    if isinstance(state, Anneal):
        return _of_array(state.final_state(), state.grid)
    if isinstance(state, QuantumCircuit):
        return _of_circuit(state)
    if isinstance(state, Gaussian):
        return _of_packet(state, _required(grid, state))
    if isinstance(state, str):
        raise bad_type("state", "be amplitudes, a function or a Gaussian", state)
    if callable(state):
        grid = _required(grid, state)
        return _sampled(lambda g: values_of("state", state, g), grid)
    if hasattr(state, "stages") or hasattr(state, "objective"):
        must = "be a state, or an anneal that makes one"
        raise bad_type("state", must, repr(state), "Write prepare(Anneal(problem, schedule)).")
    return _of_array(complex_array("state", state), grid)


def _required(grid: Grid | None, state: object) -> Grid:
    if grid is None:
        raise bad_value(
            "grid",
            f"say where {type(state).__name__} is to be sampled",
            None,
            "Write prepare(state, grid=Grid([(-4, 4)], 8)).",
        )
    return grid


def _of_array(array: NDArray[Any], grid: Grid | None) -> Wanted:
    shape = array.shape
    if grid is not None and shape != grid.shape:
        raise bad_value("state", f"have the shape of the grid {grid.shape}", f"of shape {shape}")
    sizes = tuple(size.bit_length() - 1 for size in shape)
    if (
        not sizes
        or min(shape) < 2
        or any(1 << n != size for n, size in zip(sizes, shape, strict=True))
    ):
        must = "have 2, 4, 8, ... points along every axis"
        raise bad_value("state", must, f"of shape {shape}", "Interpolate it, or fill it up with 0.")
    return _scaled(array.reshape(-1, order="F"), sizes)


def _of_packet(packet: Gaussian, grid: Grid) -> Wanted:
    """Axis by axis."""
    columns = (packet.center, packet.width, packet.momentum)
    alone = [
        _sampled(Gaussian(*numbers).amplitudes, Grid([(axis.lower, axis.upper)], axis.num_qubits))
        for axis, *numbers in zip(
            grid.axes, *(np.broadcast_to(c, grid.dimensions).tolist() for c in columns), strict=True
        )
    ]
    return Wanted(
        tuple(one.factors[0] for one in alone),
        tuple(one.sizes[0] for one in alone),
        tuple(one.idle[0] for one in alone),
        1 - math.prod(1 - one.loss for one in alone),
    )


def _of_circuit(circuit: QuantumCircuit) -> Wanted:
    """What a circuit makes, with one axis for every register."""
    if circuit.num_qubits > SAMPLED:
        raise bad_value("state", f"have {SAMPLED} qubits or fewer", f"{circuit.num_qubits}")
    if circuit.parameters:
        names = ", ".join(sorted(parameter.name for parameter in circuit.parameters))
        remedy = "Use its assign_parameters()."
        raise bad_value("state", "have no free parameters", names, remedy)
    plain = circuit.remove_final_measurements(inplace=False)
    if plain.clbits or any(item.operation.name in ("reset", "measure") for item in plain.data):
        must = "be a circuit of gates, with measurements at its end only"
        raise bad_value("state", must, "one that measures or resets on the way")
    sizes = tuple(register.size for register in circuit.qregs) or (circuit.num_qubits,)
    if sum(sizes) != circuit.num_qubits:
        sizes = (circuit.num_qubits,)
    return _scaled(Statevector(plain).data, sizes)


def _sampled(values: Callable[[Grid], NDArray[Any]], grid: Grid) -> Wanted:
    """A function at the middle of cells of points; what is below is uniform.

    Twice as many samples say what that loses: every bit below the next loses a quarter of the one
    above.
    """
    used = [0] * grid.dimensions
    for _ in range(min(SAMPLED, grid.num_qubits)):
        short = [axis for axis, n in enumerate(grid.qubits_per_axis) if used[axis] < n]
        used[min(short, key=lambda axis: used[axis])] += 1
    idle = tuple(n - u for n, u in zip(grid.qubits_per_axis, used, strict=True))
    vector, _ = _normed(_at_cells(values, grid, idle).reshape(-1, order="F"))
    if not any(idle):
        return Wanted((vector,), tuple(used), idle)
    twice = _at_cells(values, grid, [low - 1 if low else 0 for low in idle])
    coarse = vector.reshape([1 << size for size in used], order="F")
    for axis, low in enumerate(idle):
        if low:
            coarse = np.repeat(coarse, 2, axis=axis) / np.sqrt(2)
            coarse = coarse * np.exp(1j * mean_step(twice, axis) * _halves(coarse.shape, axis))
    lost = 1 - float(np.abs(np.vdot(coarse, twice)) ** 2 / np.vdot(twice, twice).real)
    return Wanted((vector,), tuple(used), idle, abs(lost) * 4 / 3)


def _halves(shape: Sequence[int], axis: int) -> NDArray[Any]:
    """-1/2 and 1/2 in turn along an axis."""
    steps = np.arange(shape[axis]) % 2 - 0.5
    return steps.reshape([-1 if one == axis else 1 for one in range(len(shape))])


def _at_cells(
    values: Callable[[Grid], NDArray[Any]], grid: Grid, idle: Sequence[int]
) -> NDArray[Any]:
    """Samples at the mean position of the points of every cell."""
    boxes, sizes = [], []
    for axis, low in zip(grid.axes, idle, strict=True):
        shift = axis.spacing * ((1 << low) - 1) / 2
        boxes.append((axis.lower + shift, axis.upper + shift))
        sizes.append(axis.num_qubits - low)
    return np.asarray(values(Grid(boxes, sizes)))


def _scaled(vector: NDArray[Any], sizes: tuple[int, ...]) -> Wanted:
    """Amplitudes that should have had norm 1."""
    unit, norm = _normed(vector)
    words = f"scaled by {1 / norm:.4g} to norm 1" if abs(norm - 1) > _NORMAL else ""
    return Wanted((unit,), sizes, (0,) * len(sizes), words=words)


def _normed(vector: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """With norm 1, real where a phase makes it so; and the norm that it had."""
    first = vector[np.argmax(np.abs(vector))]
    largest = float(np.abs(first))
    if not math.isfinite(largest) or largest == 0:
        raise bad_value("state", "be finite and not zero everywhere", f"{largest:g} at most")
    scaled = vector / largest
    norm = float(np.linalg.norm(scaled))
    unit = scaled / norm
    if np.iscomplexobj(unit):
        turned = unit * (largest / first) * (1 if first.real >= 0 else -1)
        if float(np.abs(turned.imag).max()) < _REAL:
            unit = turned.real
    return np.ascontiguousarray(unit), norm * largest
