"""Links of the page: a problem as the hash of an address, and a drawn D(t) as a `Schedule`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

import numpy as np

from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.objectives import as_objective
from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.formulas.formula import parse_formula
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import FormulaError, bad_value
from qdml_quantum.teach.drawing import D_MAX, D_MIN, LEVELS, diffusion_of

KNOTS = 9
FEWEST, MOST = 3, 9
"""Qubits of the page: fewer show no wave, more are no longer drawn at 60 pictures a second."""
PLANE = (4, 6)
"""Qubits of each axis of a plane, of which 64 x 64 points move at 30 pictures a second."""
DRAWN = 64
"""Heights of a landscape that is sent as samples."""

FORMULAS = {
    "harmonic": "x**2",
    "quartic": "x**4",
    "double_well": "(x**2 - 1)**2 + 0.2*x",
    "symmetric_double_well": "(x**2 - 1)**2",
    "morse": "10*(1 - exp(-x))**2",
    "soft_coulomb": "-1/sqrt(x**2 + 1)",
    "poschl_teller": "-6/cosh(x)**2",
    "pendulum": "1 - cos(x)",
    "trapped_lattice": "0.1*x**2 + 1 - cos(2*pi*x)",
    "rastrigin": "10 + x**2 - 10*cos(2*pi*x)",
    "ackley": "20 + e - 20*exp(-0.2*abs(x)) - exp(cos(2*pi*x))",
    "griewank": "1 + x**2/4000 - cos(x)",
    "sphere": "x**2",
    "styblinski_tang": "(x**4 - 16*x**2 + 5*x)/2",
    "forrester": "(6*x - 2)**2*sin(12*x - 4)",
}
"""Built-ins of one variable as formulas: what a link can say in full."""

PLANES = {
    "sphere": "x**2 + y**2",
    "himmelblau": "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    "rosenbrock": "100*(y - x**2)**2 + (1 - x)**2",
    "rastrigin": "20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)",
    "styblinski_tang": "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2",
    "ackley": "20 + e - 20*exp(-0.2*sqrt((x**2 + y**2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2)",
    "griewank": "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))",
}
"""The same of two variables."""


TIME_STEPS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
TIMES = (1.5, 3, 6, 12, 24, 48)
"""Steps and durations that the page offers."""


EVEN = "#m=curve&k=" + bytes(231 - (169 * j + 4) // 8 for j in range(KNOTS)).hex() + "&dt=0.03&T=12"
"""The D(t) that the page begins with: equal ratios from 8.2 to 0.1."""


def link_of(problem: Problem | None, schedule: Schedule | None = None) -> str:
    """The hash that opens the page on a problem of one or two dimensions, and on a D(t).

    A formula is sent as it stands; anything else of one dimension as 64 samples of 8 bits, with
    straight lines in between. A schedule is drawn as nine points, equally spaced in time, within
    D = 0.02 to 10; its mean step and its duration become the nearest ones of the page.

    Args:
        problem: None for the one that the page begins with.
        schedule: None for equal ratios.

    Raises:
        ValueError: The problem has more dimensions, two but no formula, or a grid that does not fit
            the page.

    >>> link_of(Problem(Grid([(-4, 4)], 6), "harmonic"))
    '#f=x%2A%2A2&b=-4.0%2C4.0&n=6'
    """
    parts = {} if problem is None else _problem_parts(problem)
    if schedule is not None:
        parts |= _schedule_parts(schedule)
    return "#" + urlencode(parts) if parts else ""


def _problem_parts(problem: Problem) -> dict[str, str]:
    grid = problem.grid
    if grid.dimensions > 2:
        remedy = "Fix all variables but two, and give that as a formula."
        raise bad_value("problem", "have at most two dimensions", f"{grid.dimensions}", remedy)
    for lower, upper in grid.bounds:
        if max(abs(lower), abs(upper)) > 1000 or upper - lower < 0.1:
            must = "lie within 1000 and be at least 0.1 apart for the page"
            raise bad_value("bounds", must, (lower, upper))
    qubits = [axis.num_qubits for axis in grid.axes]
    fewest, most = (FEWEST, MOST) if grid.dimensions == 1 else PLANE
    if not all(fewest <= n <= most and n == qubits[0] for n in qubits):
        many = "" if grid.dimensions == 1 else " and be the same on both axes"
        must = f"lie between {fewest} and {most}{many} for the page"
        raise bad_value("num_qubits", must, qubits if many else qubits[0])
    formula = _formula_of(problem.objective)
    ends = [f"{float(lower)},{float(upper)}" for lower, upper in grid.bounds]
    parts = {"b": ends[0], "n": str(qubits[0])}
    if grid.dimensions == 2:
        if not formula:
            remedy = "Give it as text, such as 'x**2 + y**2'; or fix one variable."
            raise bad_value("problem", "be a formula of x and y", problem.objective.name, remedy)
        lower, upper = map(float, grid.bounds[1])
        return {"f": formula} | parts | {"y": f"{ends[1]},{lower + 0.3 * (upper - lower):.4g},0"}
    if formula:
        return {"f": formula} | parts
    return parts | {"f": "x**2", "z": _samples(problem)}


def _schedule_parts(schedule: Schedule) -> dict[str, str]:
    ends = np.cumsum([stage.time for stage in schedule.stages])
    at = np.linspace(0, schedule.time, KNOTS)
    stages = [schedule.stages[min(int(j), len(ends) - 1)] for j in np.searchsorted(ends, at)]
    shares = [math.log(max(stage.diffusion, D_MIN) / D_MIN) for stage in stages]
    levels = [min(LEVELS, round(LEVELS * s / math.log(D_MAX / D_MIN))) for s in shares]
    step = _nearest(schedule.time / schedule.num_steps, TIME_STEPS)
    time = _nearest(schedule.time, TIMES)
    return {"m": "curve", "k": bytes(levels).hex(), "dt": f"{step:g}", "T": f"{time:g}"}


def _nearest(value: float, choices: Sequence[float]) -> float:
    return min(choices, key=lambda choice: abs(math.log(choice / value)))


def problem_of(link: str) -> Problem:
    """The landscape of a link on its grid, a line or a plane: typed, shifted around, or drawn.

    Raises:
        ValueError: The link holds no problem, or a formula that is refused.

    >>> problem_of("#f=x%2A%2A2&b=-4.0%2C4.0&n=6").grid
    Grid([(-4, 4)], [6])
    """
    words = _words(link)
    ends = [_number(end) for end in words.get("b", "-2.5,2.5").split(",")]
    n, shift = _number(words.get("n", "6")), _number(words.get("o", "0"))
    if len(ends) != 2 or not ends[1] - ends[0] > 0 or not FEWEST <= n <= MOST or n % 1:
        raise bad_value("link", "hold a box and a number of qubits of the page", link)
    lower, length = ends[0], ends[1] - ends[0]
    inner = _landscape(words, lower, length)
    if inner.dimensions == 2:
        ends_y = [_number(end) for end in words.get("y", "-2.5,2.5").split(",")][:2]
        if len(ends_y) != 2 or not ends_y[1] - ends_y[0] > 0 or not PLANE[0] <= n <= PLANE[1]:
            raise bad_value("link", "hold a box and a number of qubits of the page", link)
        return Problem(Grid([(ends[0], ends[1]), (ends_y[0], ends_y[1])], int(n)), inner)
    if not shift:
        return Problem(Grid([(ends[0], ends[1])], int(n)), inner)

    def shifted(x: Any) -> Any:
        return inner(lower + (x - shift - lower) % length)

    return Problem(Grid([(ends[0], ends[1])], int(n)), as_objective(shifted, dimensions=1))


def _landscape(words: dict[str, str], lower: float, length: float) -> Objective:
    """The objective before it was shifted: heights, straight in between, or a formula."""
    if "z" not in words:
        formula = words.get("f", FORMULAS["double_well"])
        dimensions = len(parse_formula(formula).variables)
        if dimensions > 2:
            raise bad_value("link", "hold a formula of at most two coordinates", formula)
        return as_objective(formula, dimensions=dimensions)
    bits, *span = words["z"].split(",")
    low, high = (*map(_number, span), math.nan, math.nan)[:2]
    if not re.fullmatch(f"[0-9a-f]{{{2 * DRAWN}}}", bits) or not high > low:
        raise bad_value("link", "hold a landscape of 64 heights", words["z"])
    heights = low + (high - low) * np.frombuffer(bytes.fromhex(bits), np.uint8) / 255
    around = np.append(heights, heights[0])
    at = lower + length * np.arange(DRAWN + 1) / DRAWN

    def drawn(x: Any) -> Any:
        return np.interp(x, at, around)

    return as_objective(drawn, dimensions=1)


def schedule_of(link: str) -> Schedule:
    """The D(t) of a link, as the page steps through it: one stage for every step.

    ``D_j`` is the curve at ``(j + 1/2)/N``, straight in log D between nine knots.

    Args:
        link: What "Copy link" gives, or its part from ``#`` on.

    Raises:
        ValueError: The link holds no D(t).

    >>> schedule_of("#k=" + "e7" * 9 + "&dt=0.5&T=1.5").num_steps
    3
    """
    words = _words(link)
    knots = words.get("k", "")
    remedy = 'Draw D(t) in the page and press "Copy link".'
    if not re.fullmatch(f"[0-9a-f]{{{2 * KNOTS}}}", knots):
        raise bad_value("link", "hold a D(t)", link, remedy)
    levels = [int(knots[j : j + 2], 16) for j in range(0, 2 * KNOTS, 2)]
    step, time = _number(words.get("dt")), _number(words.get("T"))
    if max(levels) > LEVELS or not 0.001 <= step <= 1 or not step <= time <= 100:
        raise bad_value("link", "hold a D(t), a dt and a T of the page", link, remedy)
    count = max(1, round(time / step))
    at = (np.arange(count) + 0.5) / count
    values = np.exp(
        np.interp(at, np.linspace(0, 1, KNOTS), [math.log(diffusion_of(k)) for k in levels])
    )
    return Schedule(tuple(Stage(float(d), step, 1) for d in values))


def _words(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(link.partition("#")[2]).items()}


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _formula_of(objective: Objective) -> str | None:
    """The formula of an objective in x, or in x and y, where it has one that the page reads."""
    name = str(objective.source.get("builtin", ""))
    known = {1: FORMULAS, 2: PLANES}.get(objective.dimensions, {})
    if name in known:
        return known[name]
    text = objective.source.get("formula")
    if not isinstance(text, str) or len(text) > 300:
        return None
    try:
        return text if len(parse_formula(text).variables) == objective.dimensions else None
    except FormulaError:  # other names of its own
        return None


def _samples(problem: Problem) -> str:
    (lower, upper) = problem.grid.bounds[0]
    fine = Problem(Grid([(lower, upper)], int(math.log2(DRAWN))), problem.objective)
    values = fine.values
    low, high = float(values.min()), float(values.max())
    high = max(high, low + 0.01)
    heights = np.rint(255 * (values - low) / (high - low)).astype(int)
    return f"{bytes(heights.tolist()).hex()},{low:.6g},{high:.6g}"
