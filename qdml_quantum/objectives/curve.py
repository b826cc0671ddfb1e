"""A curve: samples at positions that need not be even, and what stands between them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.objectives.table import MOST_MINIMIZERS
from qdml_quantum.objectives.validate import Points
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import OffTableError, bad_value

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

INTERPOLATION = "monotone cubics (PCHIP)"
"""They pass through every sample and never beyond its neighbours: no well appears that nobody
measured, which a cubic spline through uneven positions makes."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Values of zeta between the samples of a curve, by `INTERPOLATION`.

    Args:
        positions: Rising, finite, shape ``(N,)`` with 2 or more; copied.
        values: One finite number per position; copied.

    Raises:
        TypeError: They are no real numbers.
        ValueError: They are not finite, not as many as each other, or positions do not rise.

    >>> curve = Curve([0.0, 1.0, 3.0], [4.0, 0.0, 2.0])
    >>> curve([0.0, 1.0, 2.0]).tolist()
    [4.0, 0.0, 0.25]
    """

    positions: Array
    values: Array

    def __post_init__(self) -> None:
        for name in ("positions", "values"):
            array = real_array(name, getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        x, shape = self.positions, self.values.shape
        if x.ndim != 1 or len(x) < 2 or shape != x.shape:
            must = "be two or more, each with one value"
            raise bad_value("positions", must, f"of shape {x.shape} beside {shape}")
        if not (np.diff(x) > 0).all():
            falls = int(np.argmin(np.diff(x) > 0))
            given = f"{x[falls]:g} before {x[falls + 1]:g}"
            raise bad_value("positions", "rise, each there once", given)

    @cached_property
    def _between(self) -> PchipInterpolator:
        from scipy.interpolate import PchipInterpolator  # Slow to import, and needed here only.

        return PchipInterpolator(self.positions, self.values)

    def __call__(self, positions: ArrayLike) -> Array:
        """The values at positions between the first and the last one of the samples."""
        x, (first, *_, last) = np.asarray(positions, dtype=float), self.positions
        outside = ~((x >= first) & (x <= last))
        if outside.any():
            raise OffTableError(
                f"A curve is known from {first:g} to {last:g}, but was asked for "
                f"{float(x[outside].flat[0])!r}. Choose bounds within that range."
            )
        return np.asarray(self._between(x), dtype=float)

    def lowest(self, lower: float, upper: float) -> tuple[float, Points]:
        """The smallest value in a box, and where it is (nowhere where that is very often).

        >>> Curve([0.0, 1.0, 3.0], [4.0, 0.0, 2.0]).lowest(0.0, 3.0)
        (0.0, ((1.0,),))
        """
        inside = self.positions[(self.positions > lower) & (self.positions < upper)]
        x = np.concatenate([[lower], inside, [upper]])  # monotone between samples
        values = self(x)
        minimizers = x[values == values.min()]
        few = minimizers if len(minimizers) <= MOST_MINIMIZERS else ()
        return float(values.min()), tuple((float(position),) for position in few)

    def identity(self) -> dict[str, object]:
        """Plain JSON that tells two curves apart: SHA-256 of the samples, their number."""
        both = np.array([self.positions, self.values], dtype="<f8")
        digest = hashlib.sha256(both.tobytes()).hexdigest()
        return {"sha256": digest, "samples": len(self.positions), "interpolation": INTERPOLATION}
