"""Taylor polynomials of an objective, from samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from qdml_quantum.objectives.base import Objective
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value, number
from qdml_quantum.support.typed import typed

ORDERS = (0, 1, 2)  # Constant, slope, curvature.
_STEP = 1e-4
"""Of the box, or of 1: central differences are then good to about 1e-8 of the values."""


@typed
def taylor(
    objective: Objective, point: Sequence[float], order: int = 1, *, step: float | None = None
) -> Objective:
    """The Taylor polynomial ``zeta(a) + zeta'(a) (x - a) + (x - a) zeta''(a) (x - a) / 2``.

    What a packet feels whose width is small against the scale on which zeta bends. Order 0 is
    a constant, which is a global phase: the packet is free. Derivatives are central
    differences; the slope takes two samples per axis.

    Args:
        objective: zeta, known everywhere.
        point: a, one number per axis.
        order: 0, 1 (default) or 2.
        step: Distance of the samples from a; default 1e-4 of the box, or of 1 without one.

    Raises:
        ValueError: The point does not fit, the order is not 0, 1 or 2, or the objective is a
            table.

    >>> tangent = taylor(Objective(lambda x: x**3, 1), [2.0])
    >>> round(tangent(3.0).item(), 6)  # 8 + 12 (x - 2)
    20.0
    """
    center = real_array("point", point).reshape(-1)
    if center.size != objective.dimensions:
        must = f"be {objective.dimensions} number(s)"
        raise bad_value("point", must, list(point), "Give one number per axis.")
    if order not in ORDERS:
        raise bad_value("order", "be 0, 1 or 2", order)
    if not objective.continuous:
        raise ValueError(
            f"Objective `{objective.name}` is known on its grid only and has no derivatives "
            "between its points. Give a formula or a function."
        )
    steps = _steps(objective, step)
    steps = np.maximum(steps, 4 * np.spacing(np.abs(center)))
    steps = (center + steps) - center  # What floating point holds: exact differences far from 0.
    value = float(objective(*center))
    slope = gradient(objective, center, steps) if order > 0 else np.zeros(center.size)
    bend = hessian(objective, center, steps) if order > 1 else np.zeros((center.size,) * 2)
    return Objective(
        _polynomial(center, value, slope, bend),
        objective.dimensions,
        f"{objective.name} to order {order}",
        objective.bounds,
        style="arrays",
        source={
            "taylor": {
                "objective": dict(objective.source),
                "point": center.tolist(),
                "order": order,
                "value": value,
                "gradient": slope.tolist(),
                "hessian": bend.tolist(),
            }
        },
    )


def gradient(objective: Objective, point: Array, steps: Array) -> Array:
    """``(zeta(x + h) - zeta(x - h)) / (2 h)`` along every axis: two samples each."""
    pairs = [(objective(*(point + h)), objective(*(point - h))) for h in np.diag(steps)]
    return np.array([float(after) - float(before) for after, before in pairs]) / (2 * steps)


def hessian(objective: Objective, point: Array, steps: Array) -> Array:
    """Second differences along axes and diagonals; symmetric."""
    size = point.size
    matrix = np.empty((size, size))
    middle = float(objective(*point))

    def bend(shift: Array) -> float:
        return float(objective(*(point + shift))) + float(objective(*(point - shift))) - 2 * middle

    shifts = np.diag(steps)
    for i in range(size):
        matrix[i, i] = bend(shifts[i]) / steps[i] ** 2
    for i in range(size):
        for j in range(i):
            mixed = bend(shifts[i] + shifts[j]) - bend(shifts[i]) - bend(shifts[j])
            matrix[i, j] = matrix[j, i] = mixed / (2 * steps[i] * steps[j])
    return matrix


def _steps(objective: Objective, step: float | None) -> Array:
    if step is not None:
        return np.full(objective.dimensions, number("step", step))
    if objective.bounds is None:
        return np.full(objective.dimensions, _STEP)
    return np.array([_STEP * (upper - lower) for lower, upper in objective.bounds])


def _polynomial(center: Array, value: float, slope: Array, bend: Array) -> Callable[..., Array]:
    def polynomial(*coordinates: Array) -> Array:
        apart = [x - a for x, a in zip(coordinates, center, strict=True)]
        total = np.asarray(value + sum(g * u for g, u in zip(slope, apart, strict=True)))
        for i, u in enumerate(apart):
            for j, v in enumerate(apart):
                if bend[i, j]:
                    total = total + bend[i, j] / 2 * u * v
        return np.asarray(total + 0.0 * sum(apart))

    return polynomial
