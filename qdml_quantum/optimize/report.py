"""What `minimize` did, as a page: how its windows closed in, and where every start ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from qdml_quantum.problem.grid import as_bounds
from qdml_quantum.support.store import write_bytes
from qdml_quantum.teach.lab.report import Sheet, report_page

MOST_WINDOWS = 600
"""Windows that are drawn: of more every second one, third one and so on; each takes 200 bytes."""


def search_to_html(
    result: scipy.optimize.OptimizeResult, bounds: Any, path: str | Path, title: str = ""
) -> Path:
    """Write what `minimize` returned as a page, and return the path.

    One file below 300 kB without network: the windows of all starts in the first two coordinates
    as a film, the best value of each start by evaluations, and a table of the starts.

    Args:
        result: What `minimize` returned.
        bounds: The box that it searched.
        path: Where to.
        title: Of the page; default says what it is.

    Raises:
        OSError: The file cannot be written.

    >>> import tempfile
    >>> from qdml_quantum import minimize
    >>> result = minimize("x**2 + y**2", [(-2, 2), (-1, 3)], seed=1, maxfev=2000)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = search_to_html(result, [(-2, 2), (-1, 3)], folder + "/a.html").read_text()
    >>> len(page) < 300_000
    True
    """
    page = report_page(
        title or "A search by quantum dynamics",
        [str(result.message), _cost(result)],
        [_starts(result)],
        search_data(result, as_bounds(bounds)),
    )
    path = Path(path)
    write_bytes(path, page.encode())
    return path


def search_data(
    result: scipy.optimize.OptimizeResult, bounds: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """Windows in the first two coordinates, with evaluations and best values, in plain JSON."""
    stride = -(-len(result.windows) // MOST_WINDOWS)
    windows, spent = [], 0
    best: dict[int, float] = {}
    for number, window in enumerate(result.windows):
        spent += window.nfev
        best[window.start] = float(np.fmin(best.get(window.start, np.inf), window.fun))
        if number % stride and number + 1 < len(result.windows):
            continue
        windows.append(
            {
                "start": window.start,
                "kind": window.kind,
                "origin": _short(window.origin),
                "edges": [_short(edge) for edge in window.edges],
                "x": _short(window.x),
                "fun": best[window.start] if stride > 1 else float(window.fun),
                "nfev": spent,
            }
        )
        spent = 0
    values = [window.fun for window in result.windows] + [start.fun for start in result.starts]
    return {
        "bounds": [list(map(float, box)) for box in bounds[:2]],
        "windows": windows,
        "x": _short(result.x),
        "lowest": float(np.min([float(result.fun), *values])),
    }


def _short(point: Sequence[float]) -> list[float]:
    """The first two coordinates, to six digits."""
    return [float(f"{value:.6g}") for value in list(point)[:2]]


def _cost(result: scipy.optimize.OptimizeResult) -> str:
    point = ", ".join(f"{value:.6g}" for value in result.x)
    return (
        f"zeta = {float(result.fun):.6g} at ({point}). {result.nfev} evaluations, {result.shots} "
        f"shots of {result.num_circuits} circuits. The lowest value among all points that were "
        f"evaluated for the windows is {float(result.lowest_evaluated):.6g}: what a classical "
        "computer has from the same evaluations."
    )


def _starts(result: scipy.optimize.OptimizeResult) -> Sheet:
    columns = [
        ("start", "number"),
        ("value at its end", "number"),
        ("measured value", "number"),
        ("windows", "number"),
        ("evaluations", "number"),
        ("where", "text"),
    ]
    rows = [
        [
            number + 1,
            start.fun,
            start.measured_fun,
            start.num_windows,
            start.nfev,
            ", ".join(f"{value:.6g}" for value in start.x),
        ]
        for number, start in enumerate(result.starts)
    ]
    return Sheet("Where every start ended", columns, rows)
