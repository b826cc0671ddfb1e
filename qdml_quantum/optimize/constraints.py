"""Constraints of `minimize`: an augmented Lagrangian for the windows, and what is feasible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import scipy

from qdml_quantum.objectives.formulas.condition import parse_condition
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import (
    FormulaError,
    ObjectiveFailedError,
    argument,
    bad_type,
    bad_value,
)

FEASIBLE = 1e-6
"""Violation, in the unit of the constraint, up to which a point is feasible: what the polish
reaches, and far below what anybody means by a limit."""
_STIFF = 100.0
"""Weight of a violation of the usual size in the first window, in standard deviations of zeta.
Of 10 runs on a Rastrigin function with two constraints 2, 6 and 5 ended in the right basin with 1,
10 and 1000, with 100 nine."""

Constraint: TypeAlias = Any
"""A `LinearConstraint` or a `NonlinearConstraint`: SciPy is not typed."""


def as_constraints(given: Any, dimensions: int | None = None) -> tuple[Constraint, ...]:
    """Constraints of SciPy, one or several, in the older form of a dictionary, or typed.

    Args:
        given: One or several of them.
        dimensions: Number of variables, which typed ones must not exceed; None to leave it open.

    Raises:
        TypeError: Something is none.
        ValueError: A lower limit lies above its upper one, a limit is NaN, or a matrix has not one
            column per variable.
        FormulaError: A typed one is none, or has more variables.

    >>> limits = as_constraints({"type": "ineq", "fun": lambda x: x[0] - 1})
    >>> float(limits[0].lb), float(limits[0].ub)
    (0.0, inf)
    >>> disc = as_constraints("x**2 + y**2 <= 1")[0]
    >>> disc.fun(np.array([2.0, 0.0])), disc.lb, disc.ub
    (array(3.), -inf, 0.0)
    """
    if given is None:
        return ()
    single = isinstance(
        given, scipy.optimize.LinearConstraint | scipy.optimize.NonlinearConstraint | Mapping | str
    )
    each = [given] if single or not isinstance(given, Sequence) else given
    return tuple(_constraint(one, dimensions) for one in each)


def _constraint(given: Any, dimensions: int | None) -> Constraint:
    if isinstance(given, scipy.optimize.LinearConstraint | scipy.optimize.NonlinearConstraint):
        return _possible(given, dimensions)
    if isinstance(given, str):
        condition = parse_condition(given)
        formula, size = condition.formula, condition.formula.dimensions
        if dimensions is not None and size > dimensions:
            last = formula.variables[-1]
            remedy = f"but there are {dimensions} variables. Leave it out, or give more `bounds`."
            raise FormulaError(f"Constraint `{given}` has the coordinate {last}, {remedy}")
        return scipy.optimize.NonlinearConstraint(
            lambda x: formula(*x[:size]), condition.low, condition.high
        )
    kinds = {"eq": (0.0, 0.0), "ineq": (0.0, np.inf)}
    if not isinstance(given, Mapping) or given.get("type") not in kinds or "fun" not in given:
        must = "be a LinearConstraint, a NonlinearConstraint, or a dictionary with type and fun"
        remedy = 'Write NonlinearConstraint(lambda x: x[0]**2, 0, 1), or "x**2 <= 1".'
        raise bad_type("constraints", must, repr(given), remedy)
    fun, args = given["fun"], given.get("args", ())
    return scipy.optimize.NonlinearConstraint(lambda x: fun(x, *args), *kinds[given["type"]])


def _possible(given: Constraint, dimensions: int | None) -> Constraint:
    """The constraint of SciPy, if a point may keep it."""
    low, high = np.asarray(given.lb, dtype=float), np.asarray(given.ub, dtype=float)
    if not (low <= high).all():
        must = "have lower limits that are at most the upper ones"
        raise bad_value("constraints", must, f"lb = {low.tolist()}, ub = {high.tolist()}")
    if isinstance(given, scipy.optimize.LinearConstraint) and dimensions is not None:
        columns = given.A.shape[-1]
        if columns != dimensions:
            must = f"have one column of `A` per variable, {dimensions}"
            raise bad_value("constraints", must, f"{columns} columns")
    return given


@dataclass(eq=False)
class Closest:
    """The lowest feasible point of a search, or the one that violates the constraints least.

    Attributes:
        point: In coordinates.
        value: Of zeta there.
        violation: Infinite while there was no point.
        last: Zeta at the last point of all.
    """

    point: Array = field(default_factory=lambda: np.zeros(0))
    value: float = np.inf
    violation: float = np.inf
    last: float = np.inf

    @property
    def rank(self) -> tuple[float, float]:
        """Lower is better; all feasible points violate nothing."""
        return (self.violation if self.violation > FEASIBLE else 0.0), self.value

    def update(self, points: Array, values: Array, violations: Array) -> None:
        """Look at more points, shape (count, d)."""
        self.last = float(values[-1])
        over = np.where(np.isfinite(values), np.where(violations > FEASIBLE, violations, 0), np.inf)
        index = int(np.lexsort((values, over))[0])
        if (over[index], values[index]) < self.rank:
            self.point, self.value = points[index].copy(), float(values[index])
            self.violation = float(violations[index])


class Constraints:
    r"""All constraints of a search, and the augmented Lagrangian that they make of zeta.

    With the parts ``h(x) = 0`` and ``g(x) <= 0`` of all limits,

        L = zeta + sum_i lambda_i h_i + rho/2 h_i^2
                 + sum_j (max(0, mu_j + rho g_j)^2 - mu_j^2) / (2 rho).

    rho is set once, from the first values; the multipliers follow the ends of the starts.

    Args:
        given: What `as_constraints` returns, one at least.

    References:
        M. R. Hestenes, J. Optim. Theory Appl. 4, 303 (1969), doi 10.1007/BF00927673.
        M. J. D. Powell, in Optimization (1969), 283. For quantum Hamiltonian descent:
        arXiv:2605.12066.

    >>> from scipy.optimize import NonlinearConstraint
    >>> disc = Constraints(as_constraints(NonlinearConstraint(lambda x: x[0]**2 + x[1]**2, 0, 1)))
    >>> disc.violation(np.array([[0.5, 0.5], [1.0, 2.0]]))
    array([0., 4.])
    """

    def __init__(self, given: Sequence[Constraint]) -> None:
        self._given = given
        self._stiffness: float | None = None
        self._equal = np.zeros(0, dtype=bool)
        self._multipliers = np.zeros(0)

    def violation(self, points: Array) -> Array:
        """The largest by which a limit is passed, shape (count,), at points of shape (count, d)."""
        return np.asarray(self._over(self._parts(points)).max(axis=1))

    def lagrangian(self, points: Array, values: Array) -> tuple[Array, Array]:
        """L at points with these values of zeta, and by how much they pass a limit."""
        parts = self._parts(points)
        over = self._over(parts)
        if self._stiffness is None:
            self._set_stiffness(values, over)
        rho, lagrange = self._stiffness or 1.0, self._multipliers
        equal = lagrange * parts + rho / 2 * parts**2
        limit = (np.maximum(0, lagrange + rho * parts) ** 2 - lagrange**2) / (2 * rho)
        lagrangian = values + np.where(self._equal, equal, limit).sum(axis=1)
        return np.asarray(lagrangian), np.asarray(over.max(axis=1))

    def follow(self, point: Array) -> None:
        """Multipliers of the next start, from where one ended."""
        parts = self._parts(point[None])[0]
        moved = self._multipliers + (self._stiffness or 1.0) * parts
        self._multipliers = np.where(self._equal, moved, np.maximum(0, moved))

    def on(self, points: Callable[[Array], Array]) -> list[scipy.optimize.NonlinearConstraint]:
        """The same limits for a search in other coordinates, from which `points` leads to ours."""

        def value(index: int) -> Callable[[Array], Array]:
            return lambda u: self._value(self._given[index], points(u[None])[0])

        return [
            scipy.optimize.NonlinearConstraint(value(i), c.lb, c.ub)
            for i, c in enumerate(self._given)
        ]

    def _over(self, parts: Array) -> Array:
        return np.where(self._equal, np.abs(parts), np.maximum(parts, 0))

    def _set_stiffness(self, values: Array, over: Array) -> None:
        finite = values[np.isfinite(values)]
        passed = (over**2).sum(axis=1)
        passed = passed[passed > 0]
        spread = float(finite.std()) if len(finite) else 0.0
        if len(passed):
            self._stiffness = _STIFF * (spread or 1.0) / float(np.median(passed))

    def _parts(self, points: Array) -> Array:
        """``h`` and ``g`` of every point, shape (count, parts)."""
        rows = []
        for x in points:
            parts, equal = [], []
            for constraint in self._given:
                value = self._value(constraint, x)
                low = np.broadcast_to(constraint.lb, value.shape)
                high = np.broadcast_to(constraint.ub, value.shape)
                same = low == high
                below, above = ~same & np.isfinite(low), ~same & np.isfinite(high)
                parts += [(value - low)[same], (low - value)[below], (value - high)[above]]
                equal += [same[same], same[below], same[above]]
            rows.append(np.concatenate(parts))
            self._equal = np.concatenate(equal)
        if not len(self._multipliers):
            self._multipliers = np.zeros(len(self._equal))
        return np.array(rows)

    @staticmethod
    def _value(constraint: Constraint, x: Array) -> Array:
        try:
            if isinstance(constraint, scipy.optimize.LinearConstraint):
                answer = np.atleast_1d(constraint.A @ x)
            else:
                answer = np.atleast_1d(np.asarray(constraint.fun(x)).astype(float))
            np.broadcast_shapes(answer.shape, np.shape(constraint.lb), np.shape(constraint.ub))
        except Exception as error:
            where = f"at x = {np.asarray(x).tolist()}"
            raise ObjectiveFailedError(
                f"A constraint raised {type(error).__name__} {where}. {error}"
            ) from error
        if not np.isfinite(answer).all():
            where = f"{answer.tolist()} at x = {x.tolist()}"
            raise ObjectiveFailedError(
                argument("constraints", "be finite in the box", where, "Shrink the box.")
            )
        return answer
