"""Budgets: what is left out stays within them, and not one string too many is kept."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdml_quantum.synthesis.compiler import Budget
from qdml_quantum.synthesis.phases.budget import errors_of, truncate
from qdml_quantum.synthesis.phases.walsh import WalshSeries

KINDS = ("max", "rms", "state")
SHARES = (0.001, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.9, 0.99, 2.0)


def dense_error(kind, difference, density):
    """By definition, on all points; a constant is a global phase."""
    if kind == "max":
        return (difference.max() - difference.min()) / 2
    weights = np.full(difference.size, 1 / difference.size) if kind == "rms" else density
    mean = weights @ difference
    return math.sqrt(weights @ (difference - mean) ** 2)


def case(seed, n, smooth=False):
    """Values with a few ties among the coefficients, and a lumpy density."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=2**n) if not smooth else np.linspace(-1, 1, 2**n) ** 4
    values = values + np.array([bin(x).count("1") % 2 for x in range(2**n)])
    density = rng.random(2**n) ** 4
    return WalshSeries.of_values(values), density / density.sum()


def by_size(series):
    """Places of the strings of two bits or more, largest coefficients first."""
    costly = np.flatnonzero(series.weights > 1)
    return costly[np.argsort(-np.abs(series.coefficients[costly]), kind="stable")]


def first(series, number):
    kept = np.ones(series.masks.size, dtype=bool)
    kept[by_size(series)[number:]] = False
    return series.take(kept)


@pytest.mark.parametrize(
    ("given_", "budget"),
    [
        ("exact", Budget("exact", 0.0)),
        (None, Budget("exact", 0.0)),
        (("max", 0.01), Budget("max", 0.01)),
        (["rms", 1], Budget("rms", 1.0)),
        (("state", np.float64(0.5)), Budget("state", 0.5)),
        (Budget("max", 2.0), Budget("max", 2.0)),
    ],
)
def test_budgets(given_, budget):
    assert Budget.of(given_) == budget


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (("max", 0), "`budget` must be more than 0 radians, but is 0"),
        (("max", -0.1), "`budget` must be more than 0 radians, but is -0.1"),
        (("max", math.nan), "`budget` must be more than 0 radians, but is nan"),
        (("max", math.inf), "`budget` must be more than 0 radians, but is inf"),
        (("mx", 0.1), "`budget` must be of kind exact, max, rms, state, but is mx"),
        (("exact", 0.1), "`budget` must be of kind"),
        ("max", r"a pair \(kind, radians\), but is max. Write budget="),
        (("max",), r"a pair \(kind, radians\)"),
        (("max", 0.1, 0.2), r"a pair \(kind, radians\)"),
        (0.1, r"a pair \(kind, radians\), but is 0.1"),
        (("max", "a"), "`budget` must"),
        (("max", None), "`budget` must"),
        ("trotter", '`budget` must be "exact" or'),
    ],
)
def test_bad_budgets(given_, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Budget.of(given_)


@pytest.mark.parametrize("made", [("mx", 0.1), ("max", -1.0), ("rms", math.nan)])
def test_bad_budget_objects(made):
    with pytest.raises(ValueError, match="`budget` must"):
        Budget.of(Budget(*made))


def test_exact_leaves_nothing_out():
    series, _ = case(0, 4)
    assert truncate(series, Budget()) is series
    assert errors_of(series, series).max == errors_of(series, series).rms == 0.0
    assert errors_of(series, series).state is None
    assert errors_of(series, series, np.full(16, 1 / 16)).state == 0.0


@pytest.mark.parametrize("kind", KINDS)
@given(st.integers(0, 1000), st.integers(2, 6), st.sampled_from(SHARES), st.booleans())
@settings(max_examples=60)
def test_meets_the_budget_with_the_fewest(kind, seed, n, share, smooth):
    """No smaller number of the largest coefficients would do, although errors need not fall.

    For the largest error there may be fewer, with other coefficients.
    """
    series, density = case(seed, n, smooth)
    whole = series.values()
    limit = share * dense_error(kind, whole, density)
    kept = truncate(series, Budget(kind, limit), density)
    number = int((kept.weights > 1).sum())
    assert dense_error(kind, whole - kept.values(), density) <= limit * (1 + 1e-9)
    is_changed = kept.to_dict() != first(series, number).to_dict()
    assert kind == "max" or not is_changed
    for fewer in range(number + is_changed):
        difference = whole - first(series, fewer).values()
        assert dense_error(kind, difference, density) > limit * (1 - 1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_many_strings_are_bisected(kind):
    """Above 2^22 points to scan only the last step is looked at: one string fewer is too few."""
    series, density = case(5, 12)
    whole = series.values()
    limit = 0.3 * dense_error(kind, whole, density)
    kept = truncate(series, Budget(kind, limit), density)
    number = int((kept.weights > 1).sum())
    assert number * 2**12 > 2**22
    assert dense_error(kind, whole - kept.values(), density) <= limit * (1 + 1e-9)
    fewer = first(series, number - 1)
    assert dense_error(kind, whole - fewer.values(), density) > limit


@pytest.mark.parametrize("kind", ["max", "rms"])
@pytest.mark.parametrize("n", [27, 70])
def test_wide_series(kind, n):
    """No points to look at: the sum of the dropped coefficients, and of their squares."""
    rng = np.random.default_rng(n)
    masks = sorted({int.from_bytes(rng.bytes(9), "little") % 2**n for _ in range(60)} | {0, 1, 2})
    dtype = np.int64 if n < 63 else object
    series = WalshSeries(n, np.array(masks, dtype=dtype), rng.normal(size=len(masks)))

    def error(kept):
        gone = set(series.to_dict()) - set(kept.to_dict())
        sizes = [abs(series.to_dict()[mask]) for mask in gone]
        return sum(sizes) if kind == "max" else math.hypot(*sizes)

    kept = truncate(series, Budget(kind, 2.0))
    number = int((kept.weights > 1).sum())
    assert 0 < number < 60
    assert error(kept) <= 2.0 < error(first(series, number - 1))
    assert {0, 1, 2} <= set(kept.to_dict())
    errors = errors_of(series, kept)
    assert getattr(errors, kind) == pytest.approx(error(kept), rel=1e-12)
    assert errors.state is None
    for _ in range(20):  # Certified: no pair of points is further apart.
        a, b = (int.from_bytes(rng.bytes(9), "little") % 2**n for _ in range(2))
        difference = [
            sum(
                c * (-1) ** (m & x).bit_count()
                for m, c in series.to_dict().items()
                if m not in kept.to_dict()
            )
            for x in (a, b)
        ]
        assert abs(difference[0] - difference[1]) / 2 <= errors_of(series, kept).max + 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_one_bit_is_free_and_always_kept(kind):
    """However large the budget and small the coefficient."""
    values = 1e-9 * np.arange(8.0) + 5 * np.array([1, -1, -1, 1, 1, -1, -1, 1]) + 3
    series = WalshSeries.of_values(values)
    kept = truncate(series, Budget(kind, 1e6), np.full(8, 1 / 8))
    assert kept.masks.tolist() == [0, 1, 2, 4]
    assert kept.to_dict() == {m: series.to_dict()[m] for m in (0, 1, 2, 4)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_tiny_budget_keeps_all(kind):
    series, density = case(3, 4)
    kept = truncate(series, Budget(kind, 1e-200), density)
    assert kept.to_dict() == series.to_dict()


@given(st.integers(0, 1000), st.integers(1, 6), st.floats(0, 1))
@settings(max_examples=40)
def test_errors_by_definition(seed, n, share):
    series, density = case(seed, n)
    keep = np.random.default_rng(seed).random(series.masks.size) < share
    kept = series.take(keep)
    errors = errors_of(series, kept, density)
    difference = series.values() - kept.values()
    for kind in KINDS:
        exact = dense_error(kind, difference, density)
        assert getattr(errors, kind) == pytest.approx(exact, abs=1e-12)  # measured: 1e-15


def test_a_dropped_constant_is_no_error():
    series = WalshSeries.of_values(np.arange(4.0) + 100)
    errors = errors_of(series, series.take(series.masks > 0), np.full(4, 0.25))
    assert (errors.max, errors.rms, errors.state) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("scale", [0.01, 0.3, 1.0])
def test_half_range_is_the_distance_of_the_unitaries(seed, scale):
    """``2 sin(h/2)`` is the operator norm at the best global phase, and below h."""
    series, _ = case(seed, 4)
    kept = first(series, 4)
    h = errors_of(series, kept).max
    series, kept = (
        WalshSeries(4, s.masks, s.coefficients * scale * 1.5 / h) for s in (series, kept)
    )
    h = errors_of(series, kept).max
    assert h == pytest.approx(1.5 * scale)
    u, v = (np.diag(np.exp(-1j * s.values())) for s in (series, kept))
    turns = np.linspace(-np.pi, np.pi, 2001)
    distances = [np.linalg.norm(u - np.exp(1j * turn) * v, 2) for turn in turns[::40]]
    difference = np.diag(u) / np.diag(v)
    best = np.abs(difference[:, None] - np.exp(1j * turns)).max(axis=0).min()
    assert best == pytest.approx(2 * math.sin(h / 2), abs=np.pi / 2000)  # half a step of turns
    assert best >= 2 * math.sin(h / 2) - 1e-12
    assert min(distances) >= 2 * math.sin(h / 2) - 1e-12
    assert 2 * math.sin(h / 2) <= h
