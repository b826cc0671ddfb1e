"""What of a state takes no fit: phases along the axes, low bits, and axes that stand alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.loading.cz_circuit import Pair

Vector = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Core:
    """A part of a state that is fitted by itself.

    Attributes:
        vector: Amplitudes of norm 1; qubit i of `qubits` is bit i.
        qubits: In the whole.
        axes: Axis of each of them.
    """

    vector: Vector
    qubits: tuple[int, ...]
    axes: tuple[int, ...]

    @property
    def edges(self) -> list[Pair]:
        """See `staircase`."""
        return staircase(self.axes)

    @property
    def is_hard(self) -> bool:
        """Whether it is complex, or of several axes: what a search does not find at once."""
        return np.iscomplexobj(self.vector) or len(set(self.axes)) > 1


def staircase(axes: Sequence[int]) -> list[Pair]:
    """Pairs of neighbouring bits from the top down: the tops of all axes, then along each axis.

    Bits of two axes are never neighbours but at the top, where both are coarse: those of
    Himmelblau's function on 4 + 4 qubits took 19 CX, interleaved more than 28.

    Args:
        axes: Axis of every bit, the lowest of each axis first.

    >>> staircase([0, 0, 0, 1, 1])
    [(4, 2), (2, 1), (4, 3), (1, 0)]
    """
    rows = [
        [bit for bit in reversed(range(len(axes))) if axes[bit] == axis]
        for axis in sorted(set(axes))
    ]
    edges = [(two[0], one[0]) for one, two in itertools.pairwise(rows)]
    for depth in range(1, max(map(len, rows), default=0)):
        edges += [(row[depth - 1], row[depth]) for row in rows if depth < len(row)]
    return edges


@dataclass(frozen=True, eq=False)
class Split:
    """A product of cores and single qubits that is near a state.

    Attributes:
        cores: Parts that are fitted.
        singles: Angles of Ry and Rz of the other qubits.
        twists: Angle of an Rz of every qubit, after all else.
        loss: ``1 - F`` of the product with the state.
    """

    cores: tuple[Core, ...]
    singles: dict[int, tuple[float, float]]
    twists: Array
    loss: float


def split_product(factors: Sequence[tuple[Vector, Sequence[int]]], allowed: float) -> Split:
    """The same for factors on qubits one after the other, given with the sizes of their axes."""
    parts: list[Split] = []
    cores: list[Core] = []
    singles: dict[int, tuple[float, float]] = {}
    first = 0
    for vector, sizes in factors:
        part = split(vector, sizes, allowed / len(factors))
        cores += [
            replace(core, qubits=tuple(first + q for q in core.qubits)) for core in part.cores
        ]
        singles |= {first + qubit: angles for qubit, angles in part.singles.items()}
        parts.append(part)
        first += sum(sizes)
    twists = np.concatenate([part.twists for part in parts])
    kept = math.prod(1 - part.loss for part in parts)
    return Split(tuple(cores), singles, twists, 1 - kept)


def split(vector: Vector, sizes: Sequence[int], allowed: float) -> Split:
    """Take off what splits off: a linear phase of each axis, axes, and bits, lowest loss first.

    The fidelity of what is left with a fit of it is exact: the terms that are left out are
    orthogonal to what stays.

    Args:
        vector: Amplitudes of norm 1, in register order.
        sizes: Qubits of every axis.
        allowed: Loss that may be spent on it.
    """
    twists, vector, loss = _untwisted(vector, sizes, allowed)
    kept = 1 - loss
    axes = tuple(axis for axis, size in enumerate(sizes) for _ in range(size))
    waiting = [Core(vector, tuple(range(len(axes))), axes)]
    cores: list[Core] = []
    singles: dict[int, tuple[float, float]] = {}
    while waiting:
        core = waiting.pop()
        apart = None if len(core.qubits) < 2 else _apart(core, 1 - (1 - allowed) / kept)
        if apart is not None:
            lost, *parts = apart
            kept *= 1 - lost
            waiting += parts
        elif len(core.qubits) == 1:
            low, high = core.vector
            singles[core.qubits[0]] = _angles(low, high)
        else:
            cores.append(core)
    return Split(tuple(cores), singles, twists, 1 - kept)


def _untwisted(vector: Vector, sizes: Sequence[int], allowed: float) -> tuple[Array, Vector, float]:
    """Without the mean momentum of every axis, and real where that suffices."""
    twists = np.zeros(sum(sizes))
    if not np.iscomplexobj(vector):
        return twists, vector, 0.0
    psi = vector.reshape([1 << size for size in reversed(sizes)]).copy()
    first = 0
    for axis, size in enumerate(sizes):
        slope = mean_step(psi, len(sizes) - 1 - axis)
        lines = np.moveaxis(psi, len(sizes) - 1 - axis, -1)
        lines *= np.exp(-1j * slope * np.arange(1 << size))
        twists[first : first + size] = slope * 2.0 ** np.arange(size)
        first += size
    psi = psi * np.exp(-0.5j * np.angle((psi**2).sum()))
    loss = float((psi.imag**2).sum())
    if loss > allowed:
        return twists, psi.ravel(), 0.0
    real = psi.real.ravel()
    return twists, real / np.linalg.norm(real), loss


def mean_step(psi: NDArray[Any], axis: int) -> float:
    """Mean phase from one point to the next along an axis, in radians."""
    lines = np.moveaxis(psi, axis, -1)
    return float(np.angle(np.vdot(lines[..., :-1], lines[..., 1:])))


def _apart(core: Core, allowed: float) -> tuple[float, Core, Core] | None:
    """A core in two, with what is lost: one axis and the others, or one bit and the others."""
    groups = [[bit] for bit in range(len(core.qubits))]
    if len(set(core.axes)) > 1:
        groups += [
            [bit for bit, other in enumerate(core.axes) if other == axis]
            for axis in sorted(set(core.axes))
        ]
    best = None
    for group in groups:
        matrix = _matrix(core.vector, group)
        # Eigenvalues of the smaller Gram matrix: 1e-16 of the norm, at a tenth of the time.
        gram = matrix @ matrix.conj().T if matrix.shape[0] <= matrix.shape[1] else None
        gram = matrix.conj().T @ matrix if gram is None else gram
        lost = 1 - float(np.linalg.eigvalsh(gram)[-1])
        if lost <= allowed and (best is None or lost < best[0]):
            best = lost, group
    if best is None:
        return None
    lost, group = best
    one, two = leading(_matrix(core.vector, group))
    rest = [bit for bit in range(len(core.qubits)) if bit not in group]
    return max(lost, 0), _part(core, one, group), _part(core, two, rest)


def _part(core: Core, vector: Vector, bits: Sequence[int]) -> Core:
    return Core(
        np.ascontiguousarray(vector),
        tuple(core.qubits[bit] for bit in bits),
        tuple(core.axes[bit] for bit in bits),
    )


def _matrix(vector: Vector, bits: Sequence[int]) -> Vector:
    """Amplitudes with some bits as the row, the others as the column; order is kept."""
    size = vector.size.bit_length() - 1
    tensor = vector.reshape((2,) * size)
    rows = [size - 1 - bit for bit in reversed(bits)]
    columns = [axis for axis in range(size) if axis not in rows]
    return tensor.transpose(rows + columns).reshape(1 << len(bits), -1)


def leading(matrix: Vector) -> tuple[Vector, Vector]:
    """Column and row of the leading term of a matrix in its singular values."""
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    return left[:, 0], right[0]


def _angles(low: Any, high: Any) -> tuple[float, float]:
    """Angles of Ry and Rz that make ``low |0> + high |1>`` of a qubit in 0, up to a phase."""
    tilt = 2 * float(np.arctan2(abs(high), abs(low)))
    if np.iscomplexobj(low):
        return tilt, float(np.angle(high * np.conj(low)))
    return float(np.copysign(tilt, low * high)), 0.0


def product_angles(vector: Vector) -> list[tuple[float, float]]:
    """The same for every qubit of a product that is near a state, found from the top down.

    >>> minus = np.array([1, -1, 1, -1]) / 2
    >>> np.round(product_angles(minus), 4).tolist()
    [[-1.5708, 0.0], [1.5708, 0.0]]
    """
    angles = []
    rest = vector
    while rest.size > 1:
        (low, high), rest = leading(rest.reshape(2, -1))
        angles.append(_angles(low, high))
    return angles[::-1]
