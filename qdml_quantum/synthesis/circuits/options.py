"""Options of the compilers that search; nothing here imports Qiskit."""

from __future__ import annotations

import math
import numbers
from typing import Any

from qdml_quantum.support.messages import argument, count

NETWORKS = ("joint", "separate")
"""Compilers that search networks; the others make every phase by rule."""
EFFORT = 7.0
"""Default work of a search, about seconds on a laptop."""


def search_options(
    compiler: Any, *, effort: float | None = None, seed: int = 0, time_limit: float | None = None
) -> dict[str, Any]:
    """Checked options of a search; none for compilers that do not search.

    Raises:
        ValueError: No effort, or no time.

    >>> search_options("joint", effort=1), search_options("walsh")
    ({'effort': 1.0, 'seed': 0, 'time_limit': None}, {})
    """
    effort = EFFORT if effort is None else effort
    if not isinstance(effort, numbers.Real) or not 0 < effort < math.inf:
        raise ValueError(argument("effort", "be more than 0", effort, f"The default is {EFFORT}."))
    if time_limit is not None and not (isinstance(time_limit, numbers.Real) and time_limit > 0):
        raise ValueError(argument("time_limit", "be more than 0 seconds", time_limit, "Or None."))
    seed = count("seed", seed, least=0)
    if compiler not in NETWORKS:
        return {}
    return {"effort": float(effort), "seed": seed, "time_limit": time_limit}
