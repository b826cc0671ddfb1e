"""Walsh series: samples, sums over a few axes and polynomials all give the same parities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qdml_quantum.problem.grid import Axis, Grid
from qdml_quantum.support.messages import TooLargeError
from qdml_quantum.synthesis.phases.walsh import WalshSeries

GRID = Grid([(-1, 2), (0, 3), (-2, 1.5)], [2, 3, 1])
vectors = st.integers(0, 6).flatmap(
    lambda n: arrays(float, 2**n, elements=st.floats(-1e6, 1e6, allow_subnormal=False))
)


def on_grid(grid, function):
    """Samples in state-vector order."""
    values = np.broadcast_to(function(*grid.coordinates()), grid.shape)
    return grid.to_vector(np.array(values, dtype=float))


def at(series, bits):
    """The series at one bit string, by the parity of every mask."""
    return sum(c * (-1) ** (mask & bits).bit_count() for mask, c in series.to_dict().items())


def positions(axes, bits):
    found = []
    for axis in axes:
        found.append(axis.lower + axis.spacing * (bits & (axis.size - 1)))
        bits >>= axis.num_qubits
    return found


@given(vectors)
def test_values_come_back(values):
    series = WalshSeries.of_values(values)
    assert series.num_qubits == values.size.bit_length() - 1
    np.testing.assert_allclose(series.values(), values, atol=1e-7, rtol=0)  # 64 terms of noise


@given(vectors)
def test_terms_are_increasing_and_not_zero(values):
    series = WalshSeries.of_values(values)
    assert (np.diff(series.masks) > 0).all()
    assert (series.coefficients != 0).all()
    assert series.masks.dtype == np.int64
    assert series.coefficients.shape == series.masks.shape


@pytest.mark.parametrize("n", range(6))
def test_coefficients_are_means_over_parities(n):
    values = np.random.default_rng(n).normal(size=2**n)
    series = WalshSeries.of_values(values)
    for s in range(2**n):
        signs = [(-1) ** (s & x).bit_count() for x in range(2**n)]
        assert series.to_dict()[s] == pytest.approx(np.mean(values * signs), abs=1e-14)
        assert at(series, s) == pytest.approx(values[s], abs=1e-13)


def test_rounding_leaves_no_terms():
    x = np.linspace(-1, 1, 256, endpoint=False)
    series = WalshSeries.of_values(1e3 * x**2 + 1e6)
    assert series.weights.max() == 2
    assert series.masks.size == 1 + 8 + 28


@pytest.mark.parametrize(
    "values",
    [
        [0, 1, 2, 3],
        np.arange(4, dtype=np.uint8),
        np.arange(4, dtype=np.float32),
        (0.0, 1.0, 2.0, 3.0),
    ],
)
def test_any_real_numbers(values):
    assert WalshSeries.of_values(values).to_dict() == {0: 1.5, 1: -0.5, 2: -1.0}


def test_samples_are_not_changed():
    values = np.arange(8.0)
    WalshSeries.of_values(values)
    np.testing.assert_array_equal(values, np.arange(8.0))


def test_constant_and_weights():
    series = WalshSeries(4, np.array([0, 0b0001, 0b0110, 0b1111]), np.array([2.5, 1.0, 1.0, 1.0]))
    assert series.constant == 2.5
    assert series.weights.tolist() == [0, 1, 2, 4]
    assert WalshSeries.of_values([1.0, -1.0]).constant == 0.0
    assert WalshSeries.of_values(np.zeros(8)).masks.size == 0
    assert WalshSeries.of_values(np.zeros(8)).constant == 0.0
    np.testing.assert_array_equal(WalshSeries.of_values(np.zeros(8)).values(), np.zeros(8))


def test_take_keeps_the_right_terms():
    series = WalshSeries.of_values(np.arange(8.0) ** 2)
    some = series.take(series.weights == 2)
    assert some.num_qubits == 3
    assert some.to_dict() == {m: c for m, c in series.to_dict().items() if m.bit_count() == 2}


@given(vectors, st.integers(0, 1000))
def test_sums_and_differences_are_those_of_the_values(values, seed):
    first = WalshSeries.of_values(values)
    rng = np.random.default_rng(seed)
    second = WalshSeries.of_values(rng.normal(size=values.size)).take(rng.random(values.size) < 0.5)
    total, rest = first + second, first - second
    scale = 10 + np.abs(values).max()
    np.testing.assert_allclose(total.values(), first.values() + second.values(), atol=1e-13 * scale)
    np.testing.assert_allclose(rest.values(), first.values() - second.values(), atol=1e-13 * scale)
    assert total.masks.tolist() == sorted(set(total.masks.tolist()))
    assert (first - first).masks.size == 0


def test_sums_on_many_qubits():
    """Masks of Python integers, beyond 62 qubits."""
    masks = np.array([1, 1 << 69], dtype=object)
    first = WalshSeries(70, masks, np.array([1.0, 2.0]))
    second = WalshSeries(70, masks[1:], np.array([2.0]))
    assert (first - second).to_dict() == {1: 1.0}
    assert (first + second).to_dict() == {1: 1.0, 1 << 69: 4.0}


@pytest.mark.parametrize(
    ("parts", "function"),
    [
        ([((0,), np.sin)], lambda x, y, z: np.sin(x)),
        ([((2,), np.cos)], lambda x, y, z: np.cos(z)),
        ([((0, 1), lambda x, y: np.exp(x) * y)], lambda x, y, z: np.exp(x) * y),
        ([((2, 0), lambda z, x: z - np.exp(x * z))], lambda x, y, z: z - np.exp(x * z)),
        ([((1, 0, 2), lambda b, a, c: a / (b + c + 9))], lambda x, y, z: x / (y + z + 9)),
        (
            [((0,), np.sin), ((2, 1), lambda z, y: z * y**3), ((1,), lambda y: 7.0)],
            lambda x, y, z: np.sin(x) + z * y**3 + 7,
        ),
    ],
)
def test_sum_is_the_enumerated_grid(parts, function):
    """Axes of different size, in any order: axis 0 is on the lowest bits."""
    series = WalshSeries.of_sum(GRID.axes, parts)
    whole = WalshSeries.of_values(on_grid(GRID, function))
    assert series.num_qubits == GRID.num_qubits
    assert series.masks.tolist() == whole.masks.tolist()
    # Measured: 4e-16.
    np.testing.assert_allclose(series.coefficients, whole.coefficients, atol=1e-13)


def test_parts_that_cancel_leave_nothing():
    parts = [((0, 1), lambda x, y: np.sin(x * y)), ((1, 0), lambda y, x: -np.sin(x * y))]
    assert WalshSeries.of_sum(GRID.axes, parts).masks.size == 0


def test_no_parts_are_zero():
    np.testing.assert_array_equal(WalshSeries.of_sum(GRID.axes, []).values(), np.zeros(64))


@given(
    st.dictionaries(
        st.tuples(*[st.integers(0, 3)] * 3), st.floats(-10, 10, allow_subnormal=False), max_size=5
    )
)
def test_polynomial_is_the_enumerated_grid(coefficients):
    series = WalshSeries.of_polynomial(GRID.axes, coefficients)
    values = on_grid(
        GRID,
        lambda x, y, z: sum(
            (c * x**a * y**b * z**e for (a, b, e), c in coefficients.items()), 0 * x
        ),
    )
    # Measured: 2e-12, largest values 2e4.
    np.testing.assert_allclose(series.values(), values, atol=1e-10)
    assert series.weights.max(initial=0) <= max(map(sum, coefficients), default=0)


def pairwise(count):
    axes = [Axis(-1 - 0.01 * i, 1, 2) for i in range(count)]
    pairs = [(i, (7 * i + 3) % count) for i in range(count)]
    return axes, pairs


@pytest.mark.parametrize(("count", "kind"), [(31, np.int64), (32, object), (40, object)])
def test_eighty_qubits_are_never_enumerated(count, kind):
    """2^80 points; at random ones series and polynomial agree. Masks outgrow int64 at 63 bits."""
    axes, pairs = pairwise(count)
    one, both = [0] * count, {}
    for i, j in pairs:
        exponents = list(one)
        exponents[i] += 2
        exponents[j] += 1
        both[tuple(exponents)] = 0.5 + 0.1 * i
    polynomial = WalshSeries.of_polynomial(axes, both)
    parts = [((i, j), lambda x, y, i=i: (0.5 + 0.1 * i) * x**2 * y) for i, j in pairs if i != j] + [
        ((i,), lambda x, i=i: (0.5 + 0.1 * i) * x**3) for i, j in pairs if i == j
    ]
    summed = WalshSeries.of_sum(axes, parts)
    rng = np.random.default_rng(0)
    for series in (polynomial, summed):
        assert series.num_qubits == 2 * count
        assert series.masks.dtype == kind
        assert series.weights.tolist() == [int(m).bit_count() for m in series.masks]
        for _ in range(50):
            bits = int.from_bytes(rng.bytes(10), "little") & ((1 << 2 * count) - 1)
            x = positions(axes, bits)
            exact = sum((0.5 + 0.1 * i) * x[i] ** 2 * x[j] for i, j in pairs)
            assert at(series, bits) == pytest.approx(exact, abs=1e-11)  # measured: 2e-14
    assert polynomial.masks.tolist() == summed.masks.tolist()


def test_too_many_points_are_refused():
    wide = [Axis(0, 1, 20)] * 2
    with pytest.raises(TooLargeError, match=r"axes \[0, 1\] has 2\^40 points"):
        WalshSeries.of_sum(wide, [((0, 1), lambda x, y: x)])
    with pytest.raises(TooLargeError, match=r"2\^40 values"):
        WalshSeries.of_polynomial(wide, {(1, 1): 1.0}).values()


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([0.0, np.nan], ValueError, "`values` must be finite, but is nan at index 1"),
        ([0.0, 1.0, -np.inf, 0.0], ValueError, "`values` must be finite, but is -inf at index 2"),
        ([1j, 0.0], TypeError, "`values` must hold real numbers, but is complex, 1j at index 0"),
        (["a", "b"], TypeError, "`values` must hold real numbers, but is text, a at index 0"),
        (np.ma.masked_equal([1.0, -9.0], -9.0), ValueError, "`values` must have no missing cells"),
        ([None, 1.0], TypeError, "`values` must hold real numbers, but is None at index 0"),
        (np.ones(3), ValueError, r"`values` must have the shape \(2\^n,\), but is of shape \(3,\)"),
        ([], ValueError, r"of shape \(0,\)"),
        (np.ones((2, 2)), ValueError, r"of shape \(2, 2\). For a grid use grid.to_vector"),
        (1.0, ValueError, r"of shape \(\)"),
    ],
)
def test_bad_values(values, error, message):
    with pytest.raises(error, match=message):
        WalshSeries.of_values(values)


LINE = [Axis(0, 1, 2), Axis(-1, 1, 1)]


@pytest.mark.parametrize(
    ("coefficients", "message"),
    [
        ({(1,): 1.0}, r"`coefficients` must have 2 exponents .* but is \(1,\)"),
        ({(1, 1, 1): 1.0}, r"`coefficients` must have 2 exponents"),
        ({(-1, 0): 1.0}, r"`coefficients` must have 2 exponents 0, 1, 2, \.\.\. per term"),
        ({(0.5, 0): 1.0}, "`coefficients` must have 2 exponents"),
        ({(1, 0): np.nan}, "`coefficients` must be finite"),
        ({(1, 0): np.inf}, "`coefficients` must be finite"),
        ({(0, 0): np.nan}, "`coefficients` must be finite"),
        ({2: 1.0}, "`coefficients` must have 2 exponents"),
        ({(np.nan, 0): 1.0}, "`coefficients` must have 2 exponents"),
        ({(1, 0): 1j}, "`coefficients` must"),
    ],
)
def test_bad_coefficients(coefficients, message):
    with pytest.raises((ValueError, TypeError), match=message):
        WalshSeries.of_polynomial(LINE, coefficients)


def test_polynomial_beyond_floating_point_is_refused():
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="must be finite"):
        WalshSeries.of_polynomial([Axis(0, 1e99, 2)], {(4,): 1.0})


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (((2,), np.sin), r"`parts` must name different axes from 0 to 1, but is \(2,\)"),
        (((-1,), np.sin), r"`parts` must name different axes from 0 to 1, but is \(-1,\)"),
        (((0, 0), lambda x, y: x * y), r"`parts` must name different axes .* is \(0, 0\)"),
        (((0,), lambda x: x * np.nan), "`values` must be finite"),
        (((0,), lambda x: x / 0.0), "`values` must be finite"),
        (((1,), lambda x: x * 1j), "must hold real numbers"),
        (((0,), lambda x: np.ones(3)), "Argument `"),
        ((0, np.sin), "Argument `"),
    ],
)
def test_bad_parts(part, message):
    with np.errstate(all="ignore"), pytest.raises((ValueError, TypeError), match=message):
        WalshSeries.of_sum(LINE, [part])
