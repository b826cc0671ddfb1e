"""Readout errors: measured in the same job, undone by M3 (doi 10.1103/PRXQuantum.2.040326)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.hardware.devices.noise import on_bits
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value

LARGEST_FLIP = 0.25
"""Mean error of a qubit above which undoing it costs more than it gives."""


def flip_matrices(zeros: Mapping[str, int], ones: Mapping[str, int]) -> list[Array]:
    """Matrix ``A[read, prepared]`` of every bit, from counts with all bits 0, and all 1.

    >>> flip_matrices({"00": 90, "01": 10}, {"11": 80, "01": 20})[1].round(6).tolist()  # left bit
    [[1.0, 0.2], [0.0, 0.8]]
    """
    read_one = [_shares_of_one(counts) for counts in (zeros, ones)]
    return [
        np.array([[1 - wrong, 1 - right], [wrong, right]])
        for wrong, right in zip(*read_one, strict=True)
    ]


def mean_flip(matrix: ArrayLike) -> float:
    """Mean of the two errors of a bit.

    >>> round(mean_flip([[0.9, 0.2], [0.1, 0.8]]), 12)
    0.15
    """
    a = real_array("matrix", matrix)
    return float((a[1, 0] + a[0, 1]) / 2)


def corrected(counts: Mapping[str, int], matrices: Sequence[Array]) -> tuple[Array, float]:
    """Quasi-probabilities of all bit strings without readout errors, and the overhead of that.

    They sum to 1, and some may be negative. Means of a bounded function have at most
    ``overhead`` times the variance that they would have without correction. M3 solves for the bit
    strings that were seen only; where all were seen that is the inverse of the whole matrix.

    Args:
        counts: Measured bit strings.
        matrices: One per bit, the lowest bit first.

    Returns:
        Vector of 2^bits numbers in the order of the integers, and the overhead.

    Raises:
        ImportError: mthree is not installed.

    >>> flip = np.array([[0.9, 0.2], [0.1, 0.8]])
    >>> values, overhead = corrected({"0": 550, "1": 450}, [flip])
    >>> values.round(6).tolist(), round(overhead, 3)
    ([0.5, 0.5], 2.469)
    """
    solver = require("mthree").M3Mitigation()
    solver.cals_from_matrices(list(matrices))
    seen = {bits: hits for bits, hits in counts.items() if hits}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of faulty qubits; a check says so.
        quasi = solver.apply_correction(
            seen,
            list(range(len(matrices))),
            distance=-1,
            return_mitigation_overhead=True,
        )
    values = np.zeros(1 << len(matrices))
    for bits, value in quasi.items():
        values[int(bits, 2)] = value
    return values, float(quasi.mitigation_overhead)


def undone(vectors: ArrayLike, matrices: Sequence[Array]) -> Array:
    """The inverse of all matrices on distributions over all bit strings, shape ``(..., 2^bits)``.

    >>> flip = np.array([[0.9, 0.2], [0.1, 0.8]])
    >>> undone([0.55, 0.45], [flip]).round(6).tolist()
    [0.5, 0.5]
    """
    return on_bits([np.linalg.inv(matrix) for matrix in matrices], real_array("vectors", vectors))


def nearest_distribution(quasi: ArrayLike) -> Array:
    """The probability distributions nearest to quasi-probabilities, along the last axis.

    Least squares on the simplex (doi 10.1103/PhysRevLett.108.070502).

    >>> nearest_distribution([0.7, 0.5, -0.2]).round(6).tolist()
    [0.6, 0.4, 0.0]
    """
    values = real_array("quasi", quasi)
    falling = -np.sort(-values, axis=-1)
    above = (np.cumsum(falling, axis=-1) - 1) / np.arange(1, values.shape[-1] + 1)
    last = (falling > above).sum(axis=-1, keepdims=True) - 1
    return np.asarray(np.maximum(values - np.take_along_axis(above, last, axis=-1), 0.0))


def _shares_of_one(counts: Mapping[str, int]) -> Array:
    """Share of shots that read 1, of every bit, the lowest first."""
    total = sum(counts.values())
    if total < 1:
        raise bad_value("counts", "hold at least one shot", "empty")
    bits = np.array([[c == "1" for c in reversed(key)] for key in counts], dtype=float)
    weights: Any = np.array(list(counts.values()), dtype=float)
    return np.asarray(weights @ bits / total)
