"""Formulas read sign by sign: carets, and refusals that are quick."""

import pytest
from work import calls

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


@pytest.mark.parametrize(
    "text", ["9**9**9", "9**9**9**9**9*x", "x**" * 600 + "x", "-" * 1999 + "x", "(" * 2000]
)
def test_refusals_are_quick(text):
    def refused():
        with pytest.raises(FormulaError):
            parse_formula(text)

    # Measured: 0.8 to 38 calls a sign; a power of powers that is worked out never ends.
    assert calls(refused) < 1000 + 50 * len(text)
