"""Formulas read sign by sign: carets, and refusals that are quick."""

import time

import pytest

from qdml_quantum.objectives import parse_formula
from qdml_quantum.support.messages import FormulaError


def test_caret_of_a_long_formula_points_at_the_sign():
    text = "x + " * 100 + "x^2"
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    _, shown, caret = str(caught.value).split("\n")
    assert shown[caret.index("^")] == "^" and len(shown) < 80


@pytest.mark.parametrize("text", [None, 3, b"x", ["x"]])
def test_text_must_be_text(text):
    with pytest.raises(TypeError, match="must be text"):
        parse_formula(text)


def test_refusals_are_quick():
    start = time.perf_counter()
    for text in ("9**9**9", "9**9**9**9**9*x", "x**" * 600 + "x", "-" * 1999 + "x", "(" * 2000):
        with pytest.raises(FormulaError):
            parse_formula(text)
    assert time.perf_counter() - start < 1.0
