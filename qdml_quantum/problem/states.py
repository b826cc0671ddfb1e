"""Initial states: uniform, Gaussian wave packet, or any amplitudes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.problem.coarse import Coarse, per_axis
from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.arrays import complex_array, real_array
from qdml_quantum.support.messages import bad_value, number, unknown
from qdml_quantum.support.typed import typed, typed_fields

_WITHIN = 5
"""Widths within which a packet needs a point of the grid: five away it has a thousandth of its
height (``e^(-25/4)``), at 54 all amplitudes underflow to 0. That it is resolved is a check."""


@typed_fields
@dataclass(frozen=True)
class Gaussian:
    """Wave packet ``psi ~ exp(-(x - center)^2 / (4 width^2) + i momentum x)`` along each axis.

    Args:
        center: Mean position, one number or one per axis.
        width: Standard deviation of ``|psi|^2``, positive.
        momentum: Mean wave number (hbar = 1), default 0.

    >>> grid = Grid([(-8, 8)], 6)
    >>> psi = Gaussian(center=1.0, width=0.5, momentum=2.0).amplitudes(grid)
    >>> x = grid.axes[0].points
    >>> p = abs(psi)**2
    >>> round(float((p * x).sum()), 9), round(float((p * (x - 1)**2).sum()), 9)
    (1.0, 0.25)
    """

    center: float | tuple[float, ...]
    width: float | tuple[float, ...]
    momentum: float | tuple[float, ...] = 0.0

    def factors(self, grid: Grid) -> tuple[NDArray[np.complex128], ...]:
        """Normalised amplitudes along each axis; their outer product is the packet.

        Raises:
            ValueError: A list has another length than the grid has axes, the centre lies outside
                the box, the width is so small that the packet lies between two points, or the
                momentum is beyond the Nyquist number.
        """
        columns = [
            _per_axis(name, getattr(self, name), grid.dimensions)
            for name in ("center", "width", "momentum")
        ]
        result = []
        for axis, center, width, momentum in zip(grid.axes, *columns, strict=True):
            number("width", width)
            if not axis.lower <= center < axis.upper:
                raise bad_value("center", f"lie in [{axis.lower:g}, {axis.upper:g})", center)
            if abs(momentum) >= axis.max_wave_number:
                must = f"be below the Nyquist wave number {axis.max_wave_number:.4g}"
                raise bad_value("momentum", must, momentum, "Use more qubits.")
            x = axis.points - center
            x -= axis.length * np.round(x / axis.length)
            nearest = float(np.abs(x).min())
            if nearest > _WITHIN * width:
                must = f"be at least {nearest / _WITHIN:.3g}: no point of the grid is nearer"
                remedy = "Use more qubits, a wider packet, or a centre on a point."
                raise bad_value("width", must, width, remedy)
            psi = np.exp(-((x / (2 * width)) ** 2) + 1j * momentum * x)
            result.append(psi / np.linalg.norm(psi))
        return tuple(result)

    def amplitudes(self, grid: Grid) -> NDArray[np.complex128]:
        """The packet on the grid, normalised to ``sum |psi|^2 = 1``."""
        grid.require_room("A state", 2)
        psi = np.ones((1,) * grid.dimensions, dtype=complex)
        for axis, factor in enumerate(self.factors(grid)):
            psi = psi * factor.reshape([-1 if a == axis else 1 for a in range(grid.dimensions)])
        return psi


Initial = str | Gaussian | Mapping[str, Any] | ArrayLike | Callable[..., ArrayLike]
"""What `initial` accepts: ``"uniform"``, a `Gaussian` (or its dict), amplitudes, a function of one
array of positions per axis, or a `QuantumCircuit` that makes the state."""


def as_initial(initial: Initial, grid: Grid) -> str | Gaussian | NDArray[np.complex128]:
    """Check an initial state and bring it into one of three forms.

    Returns:
        ``"uniform"``, a `Gaussian`, or normalised amplitudes of the shape of the grid.

    Raises:
        ValueError: An unknown name, a wrong shape, zero norm, or values that are not finite.
    """
    if isinstance(initial, str):
        if initial != "uniform":
            raise ValueError(unknown("initial state", initial, ["uniform"]))
        return initial
    if isinstance(initial, Mapping):
        try:
            initial = Gaussian(**initial)
        except TypeError:
            raise bad_value("initial", "have the keys center, width, momentum", initial) from None
    if isinstance(initial, Gaussian):
        initial.factors(grid)
        return initial
    if type(initial).__name__ == "QuantumCircuit":
        initial = _of_circuit(initial, grid)
    elif callable(initial):
        initial = values_of("initial", initial, grid)
    psi = complex_array("initial", initial)
    if psi.shape != grid.shape:
        raise bad_value(
            "initial", f"have the shape of the grid {grid.shape}", f"of shape {psi.shape}"
        )
    norm = np.linalg.norm(psi)
    if not np.isfinite(norm) or norm == 0:
        raise bad_value("initial", "be finite and not zero everywhere", f"norm {norm}")
    return np.asarray(psi / norm)


def values_of(name: str, function: Callable[..., ArrayLike], grid: Grid) -> NDArray[np.complex128]:
    """A function of one array of positions per axis, on all points; shape of the grid.

    Args:
        name: Of the argument, for messages.
        function: Of arrays; a constant is one.
        grid: The points.

    >>> values_of("state", lambda x: x**2, Grid([(0, 4)], 2)).real
    array([0., 1., 4., 9.])
    """
    grid.require_room("A state", 2)
    mesh = np.meshgrid(*(axis.points for axis in grid.axes), indexing="ij")
    values = complex_array(name, function(*mesh))
    if values.shape not in ((), grid.shape):
        must = f"answer with one amplitude for each of {grid.shape} points"
        actual = f"a function whose answer has the shape {values.shape}"
        raise bad_value(name, must, actual, "Use NumPy's functions of arrays.")
    return np.broadcast_to(values, grid.shape)


def _of_circuit(circuit: Any, grid: Grid) -> NDArray[np.complex128]:
    """What a circuit makes of all qubits in 0; axis 0 on its lowest qubits."""
    if circuit.num_qubits != grid.num_qubits:
        must = f"have the {grid.num_qubits} qubits of the grid"
        raise bad_value("initial", must, f"a circuit of {circuit.num_qubits}")
    grid.require_room("A state", 2)
    # Whoever holds a circuit has loaded Qiskit, which the rooms of NumPy do not.
    make = sys.modules["qiskit.quantum_info"].Statevector
    try:
        vector = make(circuit.remove_final_measurements(inplace=False)).data
    except Exception as error:
        must = "be a circuit of gates without free parameters"
        raise bad_value("initial", must, f"one that Qiskit cannot run: {error}") from None
    return np.asarray(grid.from_vector(vector), dtype=complex)


@typed
def amplitudes(initial: Initial, grid: Grid, coarse: Coarse = 0) -> NDArray[np.complex128]:
    """Amplitudes of an initial state on the grid, normalised to ``sum |psi|^2 = 1``.

    Where `coarse` qubits of each axis are idle, only every 2^coarse-th point along it is not zero.

    >>> amplitudes("uniform", Grid([(0, 1)], 2))
    array([0.5+0.j, 0.5+0.j, 0.5+0.j, 0.5+0.j])
    """
    if coarse:
        grid.require_room("A state", 2)
        whole = np.zeros(grid.shape, dtype=complex)
        whole[strides(grid, coarse)] = amplitudes(*thinned(initial, grid, coarse))
        return whole
    state = as_initial(initial, grid)
    if isinstance(state, str):
        grid.require_room("A state", 2)
        return np.full(grid.shape, 1 / np.sqrt(grid.size), dtype=complex)
    if isinstance(state, Gaussian):
        return state.amplitudes(grid)
    return state


def initial_to_dict(initial: Initial, grid: Grid) -> object:
    """Plain JSON form of an initial state; amplitudes become a hash."""
    import hashlib

    state = as_initial(initial, grid)
    if isinstance(state, str):
        return state
    if isinstance(state, Gaussian):
        return asdict(state)
    return {"amplitudes_sha256": hashlib.sha256(state.astype("<c16").tobytes()).hexdigest()}


def _per_axis(name: str, value: float | Sequence[float], dimensions: int) -> list[float]:
    values = real_array(name, value)
    if values.shape not in ((), (dimensions,)):
        raise bad_value(name, f"be one number or {dimensions} of them", value)
    return [float(item) for item in np.broadcast_to(values, dimensions)]


def thinned(initial: Initial, grid: Grid, coarse: Coarse) -> tuple[Initial, Grid]:
    """An initial state for every 2^coarse-th point of each axis, and the grid of those."""
    state = as_initial(initial, grid)
    if isinstance(state, np.ndarray):
        state = state[strides(grid, coarse)]
    return state, grid.thinned(coarse)


def strides(grid: Grid, coarse: Coarse) -> tuple[slice, ...]:
    """Where the state of a coarse stage stands in an array of the grid."""
    return tuple(slice(None, None, 1 << idle) for idle in per_axis(coarse, grid.dimensions))
