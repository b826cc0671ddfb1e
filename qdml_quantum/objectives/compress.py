"""High walls made low: a monotone compression of zeta that keeps its minimizers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.table import Table
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, finite, number
from qdml_quantum.support.typed import typed

_SAMPLES = 1 << 14  # Points that quantiles are taken of; a compromise, never measured finer.


class Compressed:
    """``s asinh((zeta - z0)/s)``: zeta - z0 below s, logarithmic above.

    It grows with zeta, so that minimizers and their order stay.

    >>> Compressed(lambda x: x**4, scale=1.0, floor=0.0)(np.array([0.1, 10.0])).round(4)
    array([1.0000e-04, 9.9035e+00])
    """

    def __init__(self, function: Callable[..., Any], scale: float, floor: float) -> None:
        self.function, self.scale, self.floor = function, scale, floor

    def __call__(self, *coordinates: ArrayLike) -> Array:
        """Compressed values at positions."""
        values = self.function(*coordinates)
        return np.asarray(self.scale * np.arcsinh((values - self.floor) / self.scale))


@typed
def compressed(objective: Objective, scale: float, floor: float | None = None) -> Objective:
    """The same minimizers under lower walls: ``s asinh((zeta - z0)/s)``.

    Where zeta rises many orders above the valley that matters (Rosenbrock, Goldstein-Price),
    the walls decide the time step and the valley the duration of an anneal. Below `scale` zeta
    stays as it is, above it grows like a logarithm. Results are reported in the original zeta.

    Args:
        objective: zeta.
        scale: s, in units of zeta.
        floor: z0; default the known minimum.

    Raises:
        ValueError: `scale` is not positive, there is no floor, or it is compressed already.

    >>> from qdml_quantum.objectives import builtin
    >>> low = compressed(builtin("rosenbrock", 2), 1.0)
    >>> wall = low(-2.0, -1.0).item()
    >>> round(wall, 2), round(low.original_value(wall))
    (8.52, 2509)
    """
    scale = number("scale", scale)
    if isinstance(objective.function, Compressed):
        raise bad_value(
            "objective", "not be compressed already", objective.name, "Compress it once."
        )
    if floor is None:
        floor = objective.minimum
    if floor is None:
        raise bad_value("floor", "be given where the minimum is unknown", None, "Write floor=0.0.")
    floor = finite("floor", floor)
    function = Compressed(objective, scale, floor)
    minimum = objective.minimum
    return Objective(
        function,
        objective.dimensions,
        f"{objective.name} compressed",
        objective.bounds,
        objective.minimizers,
        None if minimum is None else float(scale * np.arcsinh((minimum - floor) / scale)),
        objective.reference,
        {"compressed": {"scale": scale, "floor": floor, "of": dict(objective.source)}},
        objective.continuous,
        "arrays",
        objective.periodic,
    )


def natural_scale(
    objective: Objective, bounds: Sequence[tuple[float, float]], radius: float
) -> tuple[float, float]:
    """Scale and floor for `compressed`, from about 2^14 samples in the box, or from a table.

    The floor is the known minimum, or the lowest sample; the scale is how far zeta rises in the
    lowest part of the box that is as large as a ball of the success radius, so that the
    neighbourhood of a minimum keeps its shape.

    >>> from qdml_quantum.objectives import builtin
    >>> scale, floor = natural_scale(builtin("rosenbrock", 2), [(-2, 2), (-1, 3)], 0.1)
    >>> round(scale, 1), floor
    (2.0, 0.0)
    """
    d = objective.dimensions
    if isinstance(objective.function, Table):
        values = objective.function.values
    else:
        points = max(2, round(_SAMPLES ** (1 / d)))
        axes = [lower + (upper - lower) / points * np.arange(points) for lower, upper in bounds]
        values = objective(*np.meshgrid(*axes, indexing="ij", sparse=True))
    floor = float(values.min())
    if objective.minimum is not None:
        floor = min(floor, objective.minimum)
    ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1) * radius**d
    scale = float(np.quantile(values, min(ball, 1.0))) - floor
    return (scale if scale > 0 else float(np.ptp(values)) or 1.0), floor
