"""Series of large problems: without their tables, and the same as with them."""

import tracemalloc

import numpy as np
import pytest

from qdml_quantum import Grid, Problem, WalshSeries
from qdml_quantum.synthesis.phases import sums
from qdml_quantum.synthesis.phases.sums import series_of

FORMULAS = (
    "x1**4 + x2 - x3**2",
    "x1*x2 - (x2*x3 - cos(x1)) + 5",
    "2*(x1 - x2)**2 + where(x3 > 0, x1, 1)",
    "-x1 - (x2 - (x3 - x1))",
    "7 + 0*x3",
)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("coarse", [0, (1, 0, 2)])
def test_terms_one_by_one_are_the_whole(formula, coarse, monkeypatch):
    problem = Problem(Grid([(-1, 2)] * 3, [3, 2, 3]), formula)
    thin = problem.thinned(coarse)
    whole = WalshSeries.of_values(thin.grid.to_vector(thin.values))
    monkeypatch.setattr(sums, "_TABULATED", 0)
    apart = series_of(Problem(problem.grid, formula), coarse)
    difference = (apart - whole).values()
    assert np.abs(difference).max() < 1e-12
    assert {m for m, c in (apart - whole).to_dict().items() if abs(c) > 1e-12} == set()


def test_ten_axes_take_no_table():
    """A table of 2^30 numbers would take 8 GB; the parts take less than one megabyte."""
    axes = [f"x{i}" for i in range(1, 11)]
    pairs = " + ".join(f"{a}*{b}" for i, a in enumerate(axes) for b in axes[:i])
    problem = Problem(Grid([(-1, 1)] * 10, 3), f"x1**2 + {pairs}")
    tracemalloc.start()
    series = series_of(problem)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert int((series.weights > 1).sum()) == 45 * 9 + 3
    assert peak < 2e6 and "values" not in vars(problem)


def test_what_is_no_sum_of_small_terms_is_tabulated(monkeypatch):
    monkeypatch.setattr(sums, "_TABULATED", 0)
    monkeypatch.setattr(sums, "_PART", 4)
    for objective in ("x1*x2*x3", lambda x, y, z: x * y * z):
        problem = Problem(Grid([(-1, 1)] * 3, 2), objective)
        assert (
            series_of(problem).to_dict()
            == WalshSeries.of_values(problem.grid.to_vector(problem.values)).to_dict()
        )


def test_a_term_that_is_not_finite_is_refused(monkeypatch):
    monkeypatch.setattr(sums, "_TABULATED", 0)
    with pytest.raises(ValueError, match="finite"):
        series_of(Problem(Grid([(-1, 1)] * 2, 2), "x1 + 1/x2"))
