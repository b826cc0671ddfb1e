"""The objective `zeta`: a function of positions, checked every time it is evaluated."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from numpy.typing import ArrayLike

from qdml_quantum.objectives.formulas.evaluate import evaluate
from qdml_quantum.objectives.function import Function
from qdml_quantum.objectives.table import Table
from qdml_quantum.objectives.validate import (
    Bounds,
    Points,
    checked_bounds,
    checked_dimensions,
    checked_points,
)
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_type, bad_value, finite
from qdml_quantum.support.typed import typed_fields


@typed_fields
@dataclass(frozen=True, eq=False)
class Objective:
    """An objective ``zeta(x1, ..., xd)``, the potential in ``i dpsi/dt = [-D lap + zeta] psi``.

    Everything is dimensionless (hbar = 1). Calling the objective evaluates it and refuses an
    answer that cannot be a potential: wrong shape, complex, not a number, NaN or infinite.

    Args:
        function: ``f(x1, ..., xd)`` on arrays or on numbers, or ``f(x)`` on a vector or on many;
            which, is found out (see `style`). It gets copies, so it may change them.
        dimensions: Number of coordinates d, 1 or more.
        name: Short label for tables, figures and file names.
        bounds: Suggested box, one (lower, upper) pair per axis; None when nothing is suggested.
        minimizers: All known global minimizers inside the suggested box; empty when unknown.
        minimum: The value at the minimizers; None when unknown.
        reference: Where the objective comes from.
        source: Plain-JSON identity, such as ``{"builtin": "rastrigin", "dimensions": 2}``;
            filled in with the qualified name of `function` when empty.
        continuous: Whether it can be evaluated between any two points; False for a table.
        style: How the function is called: ``"arrays"``, ``"scalars"``, ``"vector"``,
            ``"columns"`` or ``"rows"``, see `read_as`. Default: found out where it is first
            asked for values. One point at a time is the truth; many at once are asked for where
            that was seen to answer the same, and it is slow where it does not.
        periodic: Whether both ends of the box are the same place, as for angles. Default False:
            distances are straight, though the wave goes around the periodic grid.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument has the wrong value or count.

    >>> bowl = Objective(lambda x, y: x**2 + y**2, 2, name="bowl", bounds=[(-1, 1), (-1, 1)])
    >>> bowl([0.0, 3.0], 4.0)
    array([16., 25.])
    """

    function: Callable[..., object]
    dimensions: int
    name: str = "objective"
    bounds: Bounds | None = None
    minimizers: Points = ()
    minimum: float | None = None
    reference: str = ""
    source: Mapping[str, object] = field(default_factory=dict)
    continuous: bool = True
    style: str | None = None
    periodic: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise bad_value("name", "not be empty", self.name, "Give a short label.")
        dimensions = checked_dimensions(self.dimensions)
        object.__setattr__(self, "dimensions", dimensions)
        if self.bounds is not None:
            object.__setattr__(self, "bounds", checked_bounds(self.bounds, dimensions))
        object.__setattr__(self, "minimizers", checked_points(self.minimizers, dimensions))
        if self.minimum is not None:
            minimum = finite("minimum", self.minimum, "Use None if unknown.")
            object.__setattr__(self, "minimum", minimum)
        object.__setattr__(self, "source", _checked_source(self.source, self.function))
        if self.style != "arrays" and not isinstance(self.function, Function):
            read = Function(self.function, dimensions, style=self.style, name=self.name)
            object.__setattr__(self, "function", read)

    @property
    def read_as(self) -> str:
        """How the function is called, or ``"unread"`` as long as nobody knows.

        ``"arrays"`` is ``f(x1, ..., xd)`` on arrays that broadcast together, ``"scalars"`` on
        numbers, one point at a time; ``"vector"`` is ``f(x)`` with x of shape (d,), as in SciPy,
        ``"columns"`` with x of shape (d, count), ``"rows"`` of shape (count, d).

        >>> wave = Objective(lambda x: math.sin(x) if x > 0 else 0.0, 1)
        >>> values = wave([k / 32 - 1 for k in range(64)])
        >>> wave.read_as
        'scalars'
        """
        if not isinstance(self.function, Function):
            return "arrays"
        return self.function.style or "unread"

    def __call__(self, *coordinates: ArrayLike) -> Array:
        """Evaluate at positions.

        Args:
            coordinates: One real array (or number) per axis; they broadcast together.

        Returns:
            The values: finite, float64, contiguous, of the broadcast shape, never shared.

        Raises:
            TypeError: Wrong number of coordinates, or the answer is not real numbers.
            ValueError: The answer has the wrong shape, is not finite, or the function raised.
        """
        return evaluate(self.function, self.dimensions, self.name, coordinates)

    def original_value(self, value: float) -> float:
        """A value of this objective as it was before it was `compressed`, if it ever was.

        >>> Objective(lambda x: x**2, 1).original_value(3.0)
        3.0
        """
        made = self.source.get("compressed")
        if not isinstance(made, Mapping):
            return float(value)
        return float(made["floor"] + made["scale"] * math.sinh(value / made["scale"]))

    def __repr__(self) -> str:
        minimum = "" if self.minimum is None else f", minimum={self.minimum:.6g}"
        read = "" if self.read_as in ("arrays", "unread") else f", style={self.read_as!r}"
        return f"Objective({self.name!r}, dimensions={self.dimensions}{minimum}{read})"

    @classmethod
    def from_table(
        cls, values: ArrayLike, bounds: Sequence[Sequence[float]], name: str = "table"
    ) -> Objective:
        """An objective known only at ``x_j = lower + j (upper - lower)/N``, right end excluded.

        Args:
            values: Real, finite, shape ``(N1, ..., Nd)``; copied.
            bounds: One (lower, upper) pair per axis.
            name: Short label.

        Raises:
            TypeError: The values are not real numbers.
            ValueError: The values are not finite, or the bounds do not fit.

        >>> table = Objective.from_table([4.0, 1.0, 0.0, 1.0], [(-2, 2)])
        >>> table([-2.0, 1.0]), table.minimizers, table.continuous
        (array([4., 1.]), ((0.0,),), False)
        """
        table = Table(values, bounds)  # type: ignore[arg-type]  # both are converted
        minimum, minimizers = table.lowest()
        return cls(
            table,
            table.values.ndim,
            name,
            table.bounds,
            minimizers,
            minimum,
            source={"table": table.identity()},
            continuous=False,
            style="arrays",
        )


def _checked_source(
    source: Mapping[str, object], function: Callable[..., object]
) -> dict[str, object]:
    if not source:
        function = function.function if isinstance(function, Function) else function
        kind = type(function)
        module = getattr(function, "__module__", None) or kind.__module__
        label = getattr(function, "__qualname__", None) or kind.__qualname__
        return {"callable": f"{module}.{label}"}
    try:
        json.dumps(dict(source), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise bad_type("source", "be plain JSON", source, f"{error}.") from error
    return dict(source)
