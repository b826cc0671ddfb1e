"""Walsh series: a diagonal as a sum of parities, from samples or from coefficients."""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.problem.grid import Axis
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import TooLargeError, bad_value, finite
from qdml_quantum.support.typed import typed_fields

DENSE_QUBITS = 26
"""Most qubits for which a series is summed up on all 2^n points."""
_WORD = 62  # Bits of a mask in a signed word of 64.


def walsh_coefficients(values: Array) -> Array:
    """Coefficients ``c_s`` of ``values[x] = sum_s c_s (-1)^(popcount(s & x))``.

    >>> walsh_coefficients(np.array([0.0, 1.0, 2.0, 3.0]))
    array([ 1.5, -0.5, -1. ,  0. ])
    """
    return _transform(np.array(values, dtype=float)) / values.size


def _transform(values: Array) -> Array:
    width = 1
    while width < values.size:
        pairs = values.reshape(-1, 2, width)
        values = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).ravel()
        width *= 2
    return values


@typed_fields
@dataclass(frozen=True, eq=False)
class WalshSeries:
    """A diagonal ``sum_s c_s (-1)^(popcount(s & x))`` on the bits of x, zero terms left out.

    Args:
        num_qubits: Number of bits n.
        masks: Strings s in increasing order; int64 up to 62 qubits, Python integers beyond.
        coefficients: ``c_s``, of the same length.

    >>> series = WalshSeries.of_values(np.arange(8.0) ** 2)
    >>> series.masks.tolist()
    [0, 1, 2, 3, 4, 5, 6]
    >>> series.values()
    array([ 0.,  1.,  4.,  9., 16., 25., 36., 49.])
    """

    num_qubits: int
    masks: NDArray[np.int64]
    coefficients: Array

    @classmethod
    def of_values(cls, values: object) -> WalshSeries:
        """The series of samples in state-vector order.

        Coefficients below the rounding error of the transform count as zero.

        Args:
            values: Real and finite, shape ``(2^n,)``.

        Raises:
            TypeError: The values are not real numbers.
            ValueError: They are not finite, not one-dimensional, or not 2^n.
        """
        samples = checked_values(values)
        num_qubits = samples.size.bit_length() - 1
        coefficients = walsh_coefficients(samples)
        noise = 4 * np.finfo(float).eps * max(1, num_qubits) * float(np.abs(samples).max())
        indices = np.flatnonzero(np.abs(coefficients) > noise)
        return cls(num_qubits, indices, coefficients[indices])

    @classmethod
    def of_sum(
        cls,
        axes: Sequence[Axis],
        parts: Iterable[tuple[Sequence[int], Callable[..., object]]],
    ) -> WalshSeries:
        """The series of ``sum_p f_p(x_i, x_j, ...)``, each part on a few axes only.

        Only the points of the axes of a part are enumerated, never the whole grid.

        Args:
            axes: All axes; axis 0 on the lowest bits.
            parts: Pairs of axis numbers and a function of as many position arrays.

        Raises:
            ValueError: An axis that does not exist, or values that are not finite.
            TooLargeError: A part has more than 2^26 points.

        >>> line = [Axis(0, 2, 1)] * 3
        >>> WalshSeries.of_sum(line, [((0, 2), lambda x, z: x * z)]).masks.tolist()
        [0, 1, 4, 5]
        """
        total: dict[int, float] = {}
        scale = 0.0
        firsts = [0, *itertools.accumulate(axis.num_qubits for axis in axes)]
        for which, function in parts:
            if not isinstance(which, Sequence) or len(set(which) & set(range(len(axes)))) < len(
                which
            ):
                must = f"name different axes from 0 to {len(axes) - 1}"
                raise bad_value("parts", must, which, "Write ((0, 2), f).")
            chosen = [axes[i] for i in which]
            bits = sum(axis.num_qubits for axis in chosen)
            if bits > DENSE_QUBITS:
                raise TooLargeError(
                    f"A part on axes {list(which)} has 2^{bits} points; the limit is "
                    f"2^{DENSE_QUBITS}. Split it into parts on fewer axes."
                )
            shape = tuple(axis.size for axis in reversed(chosen))
            points = reversed(np.ix_(*(axis.points for axis in reversed(chosen))))
            answer = real_array("The answer of `parts`", function(*points), finite=False)
            try:
                values = np.broadcast_to(answer, shape).reshape(-1)
            except ValueError:
                raise bad_value(
                    "parts", f"answer with the shape {shape}", f"of shape {answer.shape}"
                ) from None
            part = cls.of_values(values)
            scale = max(scale, float(np.abs(values).max()))
            positions = [firsts[i] + bit for i in which for bit in range(axes[i].num_qubits)]
            for mask, coefficient in zip(
                part.masks.tolist(), part.coefficients.tolist(), strict=True
            ):
                wide = sum(1 << positions[bit] for bit in bits_of(mask))
                total[wide] = total.get(wide, 0.0) + coefficient
        return cls.of_dict(firsts[-1], total, scale)

    @classmethod
    def of_polynomial(
        cls, axes: Sequence[Axis], coefficients: Mapping[Sequence[int], float]
    ) -> WalshSeries:
        """The series of a polynomial in the positions, from its coefficients.

        Args:
            axes: All axes; axis 0 on the lowest bits.
            coefficients: From exponents, one per axis, to numbers: ``{(2, 1): 0.5}`` is
                ``0.5 x^2 y``.

        Raises:
            ValueError: Exponents that do not fit the axes, or numbers that are not finite.

        >>> square = WalshSeries.of_polynomial([Axis(0, 8, 3)], {(2,): 1.0})
        >>> square.values()
        array([ 0.,  1.,  4.,  9., 16., 25., 36., 49.])
        """
        total: dict[int, float] = {}
        scale = 0.0
        powers: dict[tuple[int, int], list[tuple[int, float]]] = {}
        firsts = [0, *itertools.accumulate(axis.num_qubits for axis in axes)]
        for exponents, factor in coefficients.items():
            one_each = isinstance(exponents, Sequence) and len(exponents) == len(axes)
            whole = one_each and all(isinstance(e, numbers.Integral) for e in exponents)
            if not whole or min(exponents, default=0) < 0:
                must = f"have {len(axes)} exponents 0, 1, 2, ... per term"
                raise bad_value("coefficients", must, exponents, "Write one exponent per axis.")
            factor = finite("coefficients", factor)
            terms = [(0, factor)]
            largest = abs(factor)
            for number, exponent in enumerate(exponents):
                if exponent == 0:
                    continue
                if (number, exponent) not in powers:
                    part = cls.of_values(axes[number].points ** exponent)
                    shifted = [int(mask) << firsts[number] for mask in part.masks]
                    powers[number, exponent] = list(
                        zip(shifted, part.coefficients.tolist(), strict=True)
                    )
                terms = [(a | b, c * d) for a, c in terms for b, d in powers[number, exponent]]
                largest *= float(np.abs(axes[number].points).max()) ** exponent
            scale = max(scale, largest)
            for mask, coefficient in terms:
                total[mask] = total.get(mask, 0.0) + coefficient
        return cls.of_dict(firsts[-1], total, scale)

    @classmethod
    def of_dict(
        cls, num_qubits: int, total: Mapping[int, float], scale: float = 0.0
    ) -> WalshSeries:
        """Strings and their coefficients, without those that are rounding errors of `scale`."""
        noise = 4 * np.finfo(float).eps * max(1, num_qubits) * scale
        if not np.isfinite(noise) or not np.isfinite(list(total.values())).all():
            raise bad_value("coefficients", "be finite", "not", "Check their size.")
        strings = sorted(mask for mask, coefficient in total.items() if abs(coefficient) > noise)
        masks = np.array(strings, dtype=np.int64 if num_qubits <= _WORD else object)
        return cls(num_qubits, masks, np.array([total[mask] for mask in strings]))

    @property
    def constant(self) -> float:
        """``c_0``, a global phase."""
        return float(self.coefficients[0]) if self.masks.size and self.masks[0] == 0 else 0.0

    @property
    def costly(self) -> NDArray[np.int64]:
        """Places of the strings of two bits or more, the largest coefficients first."""
        costly = np.flatnonzero(self.weights > 1)
        return costly[np.argsort(-np.abs(self.coefficients[costly]), kind="stable")]

    @property
    def weights(self) -> NDArray[np.int64]:
        """Bits of every string."""
        return np.bitwise_count(self.masks).astype(np.int64)

    def values(self) -> Array:
        """The diagonal on all 2^n points, in state-vector order.

        Raises:
            TooLargeError: There are more than 2^26.
        """
        if self.num_qubits > DENSE_QUBITS:
            raise TooLargeError(
                f"A series on {self.num_qubits} qubits has 2^{self.num_qubits} values; the limit "
                f"is 2^{DENSE_QUBITS}. Work with its coefficients."
            )
        dense = np.zeros(1 << self.num_qubits)
        dense[self.masks] = self.coefficients
        return _transform(dense)

    def take(self, mask: NDArray[np.bool_]) -> WalshSeries:
        """Only some of the terms."""
        return WalshSeries(self.num_qubits, self.masks[mask], self.coefficients[mask])

    def without(self, terms: NDArray[np.int64]) -> WalshSeries:
        """All terms but these, told by their places."""
        masks, coefficients = np.delete(self.masks, terms), np.delete(self.coefficients, terms)
        return WalshSeries(self.num_qubits, masks, coefficients)

    def __add__(self, other: WalshSeries) -> WalshSeries:
        """The sum, string by string; those that cancel are left out."""
        masks = np.union1d(self.masks, other.masks)
        coefficients = np.zeros(masks.size)
        coefficients[np.searchsorted(masks, self.masks)] = self.coefficients
        coefficients[np.searchsorted(masks, other.masks)] += other.coefficients
        return WalshSeries(self.num_qubits, masks, coefficients).take(coefficients != 0)

    def __sub__(self, other: WalshSeries) -> WalshSeries:
        """The difference, in the same way."""
        return self + WalshSeries(other.num_qubits, other.masks, -other.coefficients)

    def to_dict(self) -> dict[int, float]:
        """Coefficients by string."""
        return dict(zip(map(int, self.masks), self.coefficients.tolist(), strict=True))


def parity_signs(masks: NDArray[np.int64], size: int) -> Array:
    """``(-1)^(popcount(s & x))`` of all points ``x < size`` (rows) and strings s (columns).

    >>> parity_signs(np.array([0b00, 0b11]), 4).T
    array([[ 1.,  1.,  1.,  1.],
           [ 1., -1., -1.,  1.]])
    """
    odd = np.bitwise_count(np.arange(size)[:, None] & masks) & 1
    return np.asarray(1.0 - 2.0 * odd)


def bits_of(mask: int) -> tuple[int, ...]:
    """Numbers of the bits that are set, the lowest first.

    >>> bits_of(0b1101)
    (0, 2, 3)
    """
    numbers = []
    while mask:
        low = mask & -mask
        numbers.append(low.bit_length() - 1)
        mask ^= low
    return tuple(numbers)


def gray_rank(mask: int) -> int:
    """Place of a mask in the reflected Gray code."""
    rank = mask
    while mask := mask >> 1:
        rank ^= mask
    return rank


def checked_values(values: object) -> Array:
    """Real, finite samples of shape ``(2^n,)`` as floats, or an error that says what is wrong."""
    array = real_array("values", values, "Mend the samples.")
    if array.ndim != 1 or array.size == 0 or array.size & (array.size - 1):
        remedy = "For a grid use grid.to_vector(array)."
        raise bad_value("values", "have the shape (2^n,)", f"of shape {array.shape}", remedy)
    return array
