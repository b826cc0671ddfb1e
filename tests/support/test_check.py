"""Checks as plain values: limits, words, text, JSON."""

import json
import math
from dataclasses import replace

import pytest

from qdml_quantum.support.check import Check, at_least, at_most


@pytest.mark.parametrize(
    ("make", "value", "passed"),
    [
        (at_most, 0.9, True),
        (at_most, 1.0, True),
        (at_most, 1.1, False),
        (at_most, math.nan, False),
        (at_most, math.inf, False),
        (at_least, 1.1, True),
        (at_least, 1.0, True),
        (at_least, 0.9, False),
        (at_least, math.nan, False),
        (at_least, -math.inf, False),
    ],
)
def test_limit_itself_passes_and_nan_never_does(make, value, passed):
    assert make("name", value, 1.0, "meaning", "remedy").passed is passed


def test_text_shows_verdict_value_and_direction():
    assert str(at_most("a", 2, 1.0, "", "")) == "FAIL a: 2 (<= 1)"
    assert str(at_least("b", 2, 1.0, "", "")) == "pass b: 2 (>= 1)"
    assert str(replace(at_most("c", 2, 1.0, "", ""), decides=False)) == "note c: 2 (<= 1)"


@pytest.mark.parametrize(
    ("passed", "decides", "word"),
    [
        (True, True, "pass"),
        (True, False, "pass"),
        (False, True, "FAIL"),
        (False, False, "note"),
    ],
)
def test_only_what_decides_is_called_a_failure(passed, decides, word):
    assert Check("a", 1.0, 1.0, passed, "", "", decides=decides).word == word


def test_checks_decide_unless_told_otherwise():
    assert at_most("a", 1, 1.0, "", "").decides
    assert at_least("a", 1, 1.0, "", "").decides


@pytest.mark.parametrize("make", [at_most, at_least])
@pytest.mark.parametrize("decides", [True, False])
def test_json_form_gives_the_same_check(make, decides):
    check = replace(make("wrap", 1e-3, 1e-4, "what it says", "what to do"), decides=decides)
    data = json.loads(json.dumps(check.to_dict()))
    assert set(data) == set("name value limit passed meaning remedy at_least decides".split())
    assert Check.from_dict(data) == check


def test_nan_comes_back_from_null():
    check = at_most("wrap", math.nan, 1.0, "meaning", "remedy")
    again = Check.from_dict(check.to_dict() | {"value": None})
    assert math.isnan(again.value)
    assert replace(again, value=0.0) == replace(check, value=0.0)


def test_numpy_numbers_become_plain_ones():
    np = pytest.importorskip("numpy")
    check = at_most("a", np.float32(0.5), 1.0, "", "")
    assert type(check.value) is float and type(check.passed) is bool
