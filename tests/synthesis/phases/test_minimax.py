"""Fewer strings within a largest error: never beyond it, never below what must be there."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from qdml_quantum import Grid, Problem, as_objective, compile_phase
from qdml_quantum.synthesis.compiler import Budget
from qdml_quantum.synthesis.phases import budget
from qdml_quantum.synthesis.phases.budget import errors_of, truncate
from qdml_quantum.synthesis.phases.minimax import fewer
from qdml_quantum.synthesis.phases.walsh import WalshSeries


def of_objective(name, n, bounds):
    problem = Problem(Grid([bounds], n), as_objective(name, 1))
    values = problem.values - problem.values.min()
    return WalshSeries.of_values(values / values.max())


def largest_first(series, limit):
    """The fewest strings that do with their own coefficients."""
    costly = np.flatnonzero(series.weights > 1)
    order = costly[np.argsort(-np.abs(series.coefficients[costly]), kind="stable")]
    for number in range(order.size + 1):
        kept = np.ones(series.masks.size, dtype=bool)
        kept[order[number:]] = False
        taken = series.take(kept)
        if errors_of(series, taken).max <= limit:
            return taken
    raise AssertionError


def costly(series):
    return set(series.masks[series.weights > 1].tolist())


@given(
    st.integers(0, 10_000), st.integers(1, 6), st.floats(0.01, 0.9), st.sampled_from([1e-9, 1, 1e9])
)
@settings(max_examples=80)
def test_within_the_limit(seed, n, share, scale):
    """Values of any size; a string above the limit stays, and none comes that was not there."""
    rng = np.random.default_rng(seed)
    values = scale * (np.cumsum(rng.normal(size=2**n)) + rng.normal())
    series = WalshSeries.of_values(values)
    limit = share * np.ptp(values) / 2 + 1e-3 * scale
    kept = largest_first(series, limit)
    found = fewer(series, kept, limit)
    assert np.ptp(found.values() - values) / 2 <= limit
    assert costly(found) <= costly(kept)
    assert found is kept or len(costly(found)) < len(costly(kept))
    for mask, coefficient in series.to_dict().items():
        if abs(coefficient) > limit and mask & (mask - 1):
            assert mask in costly(found)
    assert len(costly(found)) >= len(costly(truncate(series, Budget("rms", limit))))
    assert found.masks.tolist() == sorted(found.masks.tolist())
    assert found.coefficients.all()


def distance(series, masks):
    """Least largest error of any series of some strings, by a linear programme of its own."""
    size = 1 << series.num_qubits
    signs = np.array([[(-1) ** (mask & x).bit_count() for mask in masks] for x in range(size)])
    values, ones = series.values(), np.ones((size, 1))
    bounds = [(None, None)] * (len(masks) + 1)
    above, below = np.hstack([signs, -ones]), np.hstack([-signs, -ones])
    cost = np.append(np.zeros(len(masks)), 1.0)
    rows, right = np.vstack([above, below]), np.concatenate([values, -values])
    return linprog(cost, A_ub=rows, b_ub=right, bounds=bounds).fun


def cusp(seed, n):
    """A cusp and a slope somewhere on n bits."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-1, 1, 2**n)
    peak = np.exp(-np.abs(x - rng.uniform(-0.7, 0.7)) / rng.uniform(0.1, 1))
    return WalshSeries.of_values(peak + rng.normal() * x**2)


def few_strings(series):
    """The largest limit that leaves five strings or more, and those."""
    most = np.ptp(series.values()) / 2
    for limit in most * np.geomspace(0.5, 0.005, 25):
        kept = largest_first(series, limit)
        if len(costly(kept)) >= 5:
            return limit, kept
    raise AssertionError


def test_as_few_as_there_can_be():
    """Against all subsets of the strings to choose from: a relaxation finds the best in most."""
    before, found, least = 0, 0, 0
    for n, seed in itertools.product((4, 5), range(5)):
        series = cusp(seed, n)
        limit, kept = few_strings(series)
        free = [0, *(1 << bit for bit in range(n))]
        best = next(
            number
            for number in range(len(costly(kept)) + 1)
            for some in itertools.combinations(sorted(costly(kept)), number)
            if distance(series, [*free, *some]) <= limit
        )
        number = len(costly(fewer(series, kept, limit)))
        assert best <= number <= best + 1
        before, found, least = before + len(costly(kept)), found + number, least + best
    assert least <= found <= least + 2
    assert found < 0.85 * before


@pytest.mark.parametrize(
    ("name", "bounds", "plain", "most"),
    [
        ("double_well", (-2.5, 2.5), 43, 36),  # measured: 33
        ("soft_coulomb", (-10, 10), 82, 48),  # 42
        ("rastrigin", (-5.12, 5.12), 144, 112),  # 103
    ],
)
def test_objectives(name, bounds, plain, most):
    """A smooth objective on 8 qubits, 0.01 of its range: a fifth to a half of the strings go."""
    series = of_objective(name, 8, bounds)
    kept = largest_first(series, 0.01)
    assert len(costly(kept)) == plain
    found = fewer(series, kept, 0.01)
    assert len(costly(found)) <= most
    assert errors_of(series, found).max == pytest.approx(0.01, rel=1e-4)


@pytest.mark.few(1)
@pytest.mark.parametrize(("n", "most"), [(11, 60), (13, 62), (18, 62)])  # measured: 52, 54, 55
def test_fine_grids(n, most):
    """The number of strings does not grow with the grid: points that strings do not tell apart
    are one, and the limit holds at every one of them."""
    series = of_objective("soft_coulomb", n, (-10, 10))
    kept = largest_first_of_many(series, 0.01)
    assert len(costly(kept)) > 100
    found = fewer(series, kept, 0.01)
    assert len(costly(found)) <= most
    assert np.ptp(found.values() - series.values()) / 2 <= 0.01


def largest_first_of_many(series, limit):
    """The same by bisection."""
    sizes = np.abs(series.coefficients)
    low, high = 0.0, limit
    for _ in range(40):
        middle = (low + high) / 2
        kept = series.take((sizes >= middle) | (series.weights <= 1))
        low, high = (middle, high) if errors_of(series, kept).max <= limit else (low, middle)
    return series.take((sizes >= low) | (series.weights <= 1))


def test_a_slope_on_a_fine_grid():
    """Bits that only strings of one bit have keep their coefficients."""
    x = np.linspace(-1, 1, 2**15, endpoint=False)
    series = WalshSeries.of_values(0.5 * x + 0.5 / np.sqrt(100 * x**2 + 1))
    kept = largest_first_of_many(series, 0.01)
    found = fewer(series, kept, 0.01)
    assert len(costly(found)) < 0.7 * len(costly(kept))
    assert found.to_dict()[1] == series.to_dict()[1] != 0


def test_budgets_of_the_largest_error_use_it():
    """The same every time."""
    series = of_objective("double_well", 8, (-2.5, 2.5))
    first, second = (truncate(series, Budget("max", 0.01)) for _ in range(2))
    assert first.to_dict() == second.to_dict()
    assert len(costly(first)) <= 36  # measured: 33; 43 largest first


def test_a_time_limit_leaves_half_for_the_search(monkeypatch):
    limits = []

    def spied(series, kept, limit, *, time_limit=None):
        limits.append(time_limit)
        return kept

    monkeypatch.setattr(budget, "fewer", spied)
    values = np.linspace(-1, 1, 32) ** 4
    for given_ in (None, 3.0):
        compile_phase(values, budget=("max", 0.01), effort=0.1, time_limit=given_)
    assert limits == [None, 1.5]


def test_nothing_to_win():
    """Noise, whose strings nearly all have to stay, and series too large for a programme."""
    values = np.random.default_rng(8).uniform(size=256)
    noise = WalshSeries.of_values(values)
    kept = largest_first(noise, 0.01)
    assert fewer(noise, kept, 0.01) is kept
    large = WalshSeries.of_values(np.linspace(-1, 1, 2**16) ** 4)
    assert fewer(large, large, 0.01) is large
    wide = WalshSeries(70, np.array([1, 3 << 60], dtype=object), np.array([1.0, 1e-3]))
    assert fewer(wide, wide, 0.01) is wide


@pytest.mark.parametrize("values", [[2.0, 2.0], [0.0] * 8, [1.0, -1.0]])
def test_nothing_to_do(values):
    """Constants, and one qubit: no string costs anything."""
    series = WalshSeries.of_values(np.array(values))
    assert fewer(series, series, 0.1) is series


def test_out_of_time():
    """At once: what there was; later: the best so far, within the limit."""
    series = of_objective("rastrigin", 9, (-5.12, 5.12))
    kept = largest_first(series, 0.01)
    assert fewer(series, kept, 0.01, time_limit=0.0) is kept
    found = fewer(series, kept, 0.01, time_limit=0.2)  # of 1 to 2 s
    assert errors_of(series, found).max <= 0.01
