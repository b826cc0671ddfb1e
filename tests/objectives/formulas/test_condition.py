"""Typed conditions: what they limit, and what they refuse with a column and a remedy."""

import math

import numpy as np
import pytest

from qdml_quantum.objectives.formulas.condition import parse_condition
from qdml_quantum.support.messages import FormulaError


@pytest.mark.parametrize(
    ("text", "low", "high", "at", "value"),
    [
        ("x + y <= 1", -math.inf, 0.0, (2.0, 3.0), 4.0),
        ("x >= 2*y", 0.0, math.inf, (5.0, 1.0), 3.0),
        ("x1 == x3", 0.0, 0.0, (5.0, 9.0, 1.0), 4.0),
        ("-1 <= x*y <= pi/2", -1.0, math.pi / 2, (2.0, 3.0), 6.0),
        ("2 >= x >= -2", -2.0, 2.0, (1.5,), 1.5),
        ("1 <= x", -math.inf, 0.0, (3.0,), -2.0),
        ("where(x > 0, x, -x) <= 1", -math.inf, 0.0, (-3.0,), 2.0),
        ("0 <= where(x <= 1, x, 2 - x) <= 5", 0.0, 5.0, (3.0,), -1.0),
    ],
)
def test_limits_and_what_they_limit(text, low, high, at, value):
    condition = parse_condition(text)
    assert (condition.low, condition.high) == (low, high)
    assert condition.formula(*at).item() == value
    assert condition.formula(*np.ones((len(at), 4))).shape == (4,)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("x + y", 6, "compares two sides"),
        ("", 1, "empty"),
        ("x < 1", 3, "Write <= for a limit"),
        ("x > 1", 3, "Write >= for a limit"),
        ("x != 1", 3, "is no limit"),
        ("x <=", 5, "A side is missing"),
        ("<= x", 1, "A side is missing"),
        ("1 <= 2", 1, "without a coordinate"),
        ("x <= y <= 2", 3, "have to be numbers"),
        ("2 <= x <= 1", 3, "Exchange the two limits"),
        ("0 <= x >= 1", 8, "point the same way"),
        ("0 == x == 1", 8, "one comparison, or two limits"),
        ("0 <= x <= 1 <= 2", 13, "one comparison, or two limits"),
        ("x1 + y <= 1", 6, "two ways of naming"),
        ("x <= sin(2*)", 12, "missing or misplaced"),
        ("x^2 <= 1", 2, "no operator"),
        ("__import__('os') <= x", 1, "Unknown name"),
        ("x.real <= 1", 2, "not allowed"),
    ],
)
def test_mistakes_have_a_column_and_a_remedy(text, column, words):
    with pytest.raises(FormulaError) as caught:
        parse_condition(text)
    message = str(caught.value)
    assert f"column {column}:" in message, message
    assert words in message


def test_text_has_to_be_text():
    with pytest.raises(TypeError):
        parse_condition(3)
