"""Arrays of people: what is no finite, unmasked, real number is refused before it is cast."""

import math
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qdml_quantum.support.arrays import complex_array, real_array, squared_norm

SHAPES = hnp.array_shapes(max_dims=3, max_side=5)
REAL = hnp.arrays(
    st.sampled_from([np.int64, np.uint8, np.bool_, np.float64]),
    SHAPES,
    elements={"allow_nan": False, "allow_infinity": False},
)


class Scalar:
    """What JAX and Torch hand over: something with an array or a float inside."""

    def __init__(self, value):
        self.value = value

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.value, dtype=dtype)

    def __float__(self):
        return float(self.value)


class Attached:
    """A Torch tensor with a gradient, on a device: both must go before it becomes an array."""

    dtype = "torch.float64"

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def detach(self):
        return self

    def cpu(self):
        return np.array(2.5)


@given(REAL)
def test_real_numbers_stay_and_are_copied_in_c_order(values):
    made = real_array("values", np.asfortranarray(values))
    assert made.dtype == float and made.flags.c_contiguous
    assert not np.shares_memory(made, values)
    np.testing.assert_array_equal(made, values.astype(float))
    np.testing.assert_array_equal(real_array("values", values.tolist()), made)


@given(REAL, st.data())
def test_one_bad_cell_is_found_wherever_it_is(values, data):
    index = data.draw(st.tuples(*(st.integers(0, n - 1) for n in values.shape)))
    where = f"at index {index[0] if len(index) == 1 else index}".replace("(", r"\(")
    where = where.replace(")", r"\)")
    for bad, error in ((np.nan, ValueError), (np.inf, ValueError), (1j, TypeError)):
        spoilt = values.astype(complex if bad == 1j else float)
        spoilt[index] = bad
        with pytest.raises(error, match=f"`values` .*{where}"):
            real_array("values", spoilt)
        if bad != 1j:
            assert np.isnan(real_array("values", spoilt, finite=False)[index]) == np.isnan(bad)
    for bad in (None, "1", b"1", datetime(2020, 1, 1), np.datetime64("2020"), 1j, [1.0], object()):
        spoilt = values.astype(object)
        spoilt[index] = bad
        with pytest.raises(TypeError, match=f"`values` must hold real numbers.*{where}"):
            real_array("values", spoilt)
    masked = np.ma.array(values, mask=np.zeros(values.shape, dtype=bool))
    np.testing.assert_array_equal(real_array("values", masked), values)
    masked[index] = np.ma.masked
    for given_ in (masked, list(masked) if masked.ndim > 1 else masked):
        with pytest.raises(ValueError, match=f"`values` must have no missing.*{where}"):
            real_array("values", given_)
        with pytest.raises(ValueError, match="missing"):
            real_array("values", given_, finite=False)
        with pytest.raises(ValueError, match="missing"):
            complex_array("values", given_)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (Fraction(1, 4), 0.25),
        (Decimal("0.25"), 0.25),
        (10**30, 1e30),
        (np.float16(0.5), 0.5),
        (np.longdouble(0.5), 0.5),
        (True, 1.0),
        (Scalar(0.5), 0.5),
        (Scalar(np.float32(0.5)), 0.5),
        (Attached(), 2.5),
    ],
)
def test_numbers_of_every_make(value, number):
    assert real_array("x", value) == number
    if not isinstance(value, Attached):
        assert real_array("x", [value, 1]).tolist() == [number, 1.0]


def test_numbers_of_sympy():
    sympy = pytest.importorskip("sympy")
    assert real_array("x", [sympy.Float(0.5), sympy.Rational(1, 4), sympy.pi])[1] == 0.25
    for bad in (sympy.I, sympy.Symbol("x")):
        with pytest.raises(TypeError, match="hold real numbers"):
            real_array("x", bad)


def test_an_integer_too_large_for_a_float_is_not_finite():
    with pytest.raises(ValueError, match="inf at index 1"):
        real_array("x", [1, 10**400])


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([[1], [1, 2]], ValueError, "`x` must be rectangular"),
        (["1", "2"], TypeError, "hold real numbers, but is text, 1 at index 0"),
        ("1", TypeError, "hold real numbers, but is text, 1. "),
        (np.array(["2020-01-01"], "M8[D]"), TypeError, "is dates, 2020-01-01 at index 0"),
        (np.array([3], "m8[D]"), TypeError, "is times"),
        (np.array([(1.0, 2)], "f8,i4"), TypeError, "is records"),
        (None, TypeError, "hold real numbers, but is None"),
        ({"a": 1}, TypeError, "hold real numbers"),
        (np.ma.masked, ValueError, "no missing cells, but is masked. "),
        ([0, 2j], TypeError, "is complex, 2j at index 1. Take the real part"),
    ],
)
def test_what_is_no_number_is_named(values, error, words):
    with pytest.raises(error) as caught:
        real_array("x", values)
    assert words in str(caught.value)


def test_amplitudes_may_be_complex():
    assert complex_array("psi", [1, 1j, Fraction(1, 2)]).tolist() == [1, 1j, 0.5]
    with pytest.raises(TypeError, match="`psi` must hold numbers, but is text"):
        complex_array("psi", ["1", "2"])
    with pytest.raises(ValueError, match=r"nan.* at index 1"):
        complex_array("psi", [1, np.nan * 1j])


def test_a_subject_of_its_own_and_a_remedy():
    with pytest.raises(ValueError, match=r"^The answer of `f` must be finite.*Drop it\.$"):
        real_array("The answer of `f`", [np.nan], "Drop it.")


@pytest.mark.parametrize("dtype", [complex, np.complex64, float, np.float32])
def test_the_squared_norm_is_the_sum_of_squares_in_double_precision(dtype):
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(64, 32, 3)).astype(dtype)
    if np.iscomplexobj(whole):
        whole += (1j * rng.normal(size=whole.shape)).astype(dtype)
    for part in (whole, whole[3:9, ::2], whole.T, whole[0, 0], whole[:0]):
        exact = math.fsum((np.abs(part.astype(complex)) ** 2).ravel())
        assert squared_norm(part) == pytest.approx(exact, rel=1e-13, abs=0)
    assert math.isnan(squared_norm(np.append(whole.ravel(), np.nan)))
