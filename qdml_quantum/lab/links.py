"""Links of the page: a problem as the hash of an address, and a drawn D(t) as a `Schedule`."""

from __future__ import annotations

import math
import re
from urllib.parse import parse_qs, urlencode

import numpy as np

from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.formulas.formula import parse_formula
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import FormulaError, bad_value

D_MIN, D_MAX, LEVELS = 0.02, 10.0, 240
"""D of the page runs over so many equal ratios, so that a link holds it exactly."""
KNOTS = 9
FEWEST, MOST = 3, 9
"""Qubits of the page: fewer show no wave, more are no longer drawn at 60 pictures a second."""
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


def diffusion_of(level: int) -> float:
    """D of a level of the page, from 0 to 240.

    >>> diffusion_of(0), diffusion_of(240)
    (0.02, 10.0)
    """
    return D_MIN * math.pow(D_MAX / D_MIN, level / LEVELS)


def link_of(problem: Problem) -> str:
    """The hash that opens the page on a problem of one dimension.

    A formula is sent as it stands; anything else as 64 samples of 8 bits, with straight lines in
    between.

    Raises:
        ValueError: The problem has another dimension, or its grid does not fit the page.

    >>> link_of(Problem(Grid([(-4, 4)], 6), "harmonic"))
    '#f=x%2A%2A2&b=-4.0%2C4.0&n=6'
    """
    grid = problem.grid
    if grid.dimensions != 1:
        remedy = "Fix all variables but one, and give that as a formula."
        raise bad_value("problem", "have one dimension", f"{grid.dimensions}-dimensional", remedy)
    (lower, upper), n = grid.bounds[0], grid.num_qubits
    if not FEWEST <= n <= MOST:
        raise bad_value("num_qubits", f"lie between {FEWEST} and {MOST} for the page", n)
    if max(abs(lower), abs(upper)) > 1000 or upper - lower < 0.1:
        must = "lie within 1000 and be at least 0.1 apart for the page"
        raise bad_value("bounds", must, (lower, upper))
    parts = {"b": f"{float(lower)},{float(upper)}", "n": str(n)}
    formula = _formula_of(problem.objective)
    if formula:
        return "#" + urlencode({"f": formula} | parts)
    return "#" + urlencode(parts | {"f": "x**2", "z": _samples(problem)})


def schedule_of(link: str) -> Schedule:
    """The D(t) of a link, as the page steps through it: one stage for every step.

    ``D_j`` is the curve at ``(j + 1/2)/N``, straight in log D between nine knots.

    Args:
        link: What "Copy link" gives, or its part from ``#`` on.

    Raises:
        ValueError: The link holds no D(t).

    >>> link = "#k=e7d2bda89380695440&dt=0.1&T=6"
    >>> schedule_of("#k=" + "e7" * 9 + "&dt=0.5&T=1.5").num_steps
    3
    """
    words = {name: values[0] for name, values in parse_qs(link.partition("#")[2]).items()}
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


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _formula_of(objective: Objective) -> str | None:
    """The formula of an objective in x, where it has one that the page reads."""
    name = str(objective.source.get("builtin", ""))
    if name in FORMULAS and objective.dimensions == 1:
        return FORMULAS[name]
    text = objective.source.get("formula")
    if not isinstance(text, str) or len(text) > 300:
        return None
    try:
        return text if len(parse_formula(text).variables) == 1 else None
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
