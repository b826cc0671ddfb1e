"""The words of formulas: every function and operator is that of NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdml_quantum.objectives import parse_formula
from qdml_quantum.support.messages import FormulaError

X, Y = np.random.default_rng(0).uniform(0.1, 0.9, (2, 50))


VALUES = {
    "x**2 + 10*cos(2*pi*y)": X**2 + 10 * np.cos(2 * np.pi * Y),
    "-x**2": -(X**2),
    "2**-x": 2**-X,
    "x**2**y": X ** (2**Y),
    "x - y - 1 - 2": X - Y - 1 - 2,
    "x/y/2*3": X / Y / 2 * 3,
    "+x - -y": X + Y,
    "1e-3*x + .5 + 2. + 1_000": 1e-3 * X + 1002.5,
    "atan2(x, y) + hypot(x, y)": np.arctan2(X, Y) + np.hypot(X, Y),
    "min(x, y, 0.5) + max(x, y)": np.minimum(np.minimum(X, Y), 0.5) + np.maximum(X, Y),
    "heaviside(x - 0.5) + heaviside(y, 1)": np.heaviside(X - 0.5, 0.5) + 1,
    "where(x > y, x, -y)": np.where(X > Y, X, -Y),
    "where(0.2 < x <= 0.6, 1, y)": np.where((X > 0.2) & (X <= 0.6), 1, Y),
    "where(x != y, 1, 2) + where(1 == 1, x, y)": 1 + X,
    "abs(x - y) + sign(x - y) + floor(3*x) + ceil(3*y)": (
        np.abs(X - Y) + np.sign(X - Y) + np.floor(3 * X) + np.ceil(3 * Y)
    ),
    "log(x) + log2(x) + log10(y) + exp(y) + sqrt(x) + cbrt(y)": (
        np.log(X) + np.log2(X) + np.log10(Y) + np.exp(Y) + np.sqrt(X) + np.cbrt(Y)
    ),
    "asin(x) + acos(y) + atan(x) + sinh(x) + cosh(y) + tanh(x) + tan(y)": (
        np.arcsin(X) + np.arccos(Y) + np.arctan(X) + np.sinh(X) + np.cosh(Y) + np.tanh(X)
    )
    + np.tan(Y),
    "asinh(x) + acosh(1 + y) + atanh(x) + e + tau": (
        np.arcsinh(X) + np.arccosh(1 + Y) + np.arctanh(X) + math.e + math.tau
    ),
    "(-8)**3*x": -512 * X,
}


@pytest.mark.parametrize("text", VALUES)
def test_values_are_those_of_numpy(text):
    formula = parse_formula(text, ["x", "y"])
    np.testing.assert_allclose(formula(X, Y), VALUES[text], rtol=1e-13, atol=1e-14)


def _binary(children):
    signs = st.sampled_from([" + ", " - ", "*", "/"])
    return st.tuples(children, signs, children).map(lambda t: f"({t[0]}){t[1]}({t[2]})")


def _called(children):
    names = st.sampled_from(["sin", "cos", "exp", "tanh", "abs", "sqrt", "log", "floor"])
    return st.tuples(names, children).map(lambda t: f"{t[0]}({t[1]})")


def _pair(children):
    names = st.sampled_from(["hypot", "atan2"])
    return st.tuples(names, children, children).map(lambda t: f"{t[0]}({t[1]}, {t[2]})")


LEAVES = st.one_of(
    st.sampled_from(["x", "y", "pi", "e"]), st.floats(0.1, 9.0).map(lambda v: f"{v:.3f}")
)


EXPRESSIONS = st.recursive(
    LEAVES,
    lambda c: st.one_of(_binary(c), _called(c), _pair(c), c.map("-({})".format)),
    max_leaves=8,
)


NUMPY = {
    name: getattr(np, name) for name in "sin cos exp tanh abs sqrt log floor hypot pi e".split()
}


@settings(max_examples=150)
@given(EXPRESSIONS)
def test_random_expressions_agree_with_numpy(text):
    text = f"x + {text}"
    names = {**NUMPY, "atan2": np.arctan2, "x": X, "y": Y, "__builtins__": {}}
    with np.errstate(all="ignore"):
        try:
            expected = eval(text, names)  # our own text, in a test
        except ZeroDivisionError:
            expected = None
    try:
        values = parse_formula(text, ["x", "y"])(X, Y)
    except FormulaError as error:
        assert "not finite" in str(error) or "Division by zero" in str(error)
        assert expected is None or not np.isfinite(expected).all()
        return
    np.testing.assert_allclose(values, np.broadcast_to(expected, X.shape), rtol=1e-12, atol=1e-12)
