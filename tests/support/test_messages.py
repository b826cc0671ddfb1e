"""What is said when something is wrong: wording, hints, and checks of single numbers."""

import math

import numpy as np
import pytest

from qdml_quantum import Compiler, Goal, Grid, Objective, Problem
from qdml_quantum.support.messages import (
    MOST,
    any_of,
    argument,
    as_float,
    bad_type,
    bad_value,
    count,
    did_you_mean,
    finite,
    number,
    unknown,
)


def test_texts_are_shown_as_they_are_and_all_else_as_its_repr():
    assert argument("a", "be b", "c") == "Argument `a` must be b, but is c."
    assert argument("a", "be b", ["c"], "Do d.") == "Argument `a` must be b, but is ['c']. Do d."


@pytest.mark.parametrize(("make", "kind"), [(bad_value, ValueError), (bad_type, TypeError)])
def test_errors_have_their_kind_and_the_words_of_arguments(make, kind):
    error = make("a", "be b", "c", "Do d.")
    assert type(error) is kind
    assert str(error) == argument("a", "be b", "c", "Do d.")


def test_names_are_joined_as_words():
    assert any_of("abc") == "a, b or c"
    assert any_of(["only"]) == "only"


def test_hints_ignore_case_and_are_sorted_where_nothing_is_near():
    assert did_you_mean("RASTRIGIN", ["ackley", "rastrigin"]) == "Did you mean `rastrigin`?"
    assert did_you_mean("zzz", ["b", "a"]) == "Choose from: a, b."
    assert unknown("kind", 3, ["a"]) == "Unknown kind 3. Choose from: a."


@pytest.mark.parametrize("value", [1, 0.5, np.float32(2), np.int64(3)])
def test_numbers_become_floats(value):
    assert number("x", value) == value
    assert type(number("x", value)) is float


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, 10**400])
def test_numbers_are_finite_and_positive(value):
    with pytest.raises(ValueError, match="`x` must be finite and greater than 0"):
        number("x", value)


def test_zero_is_a_number_where_it_is_allowed():
    assert number("x", 0, zero=True) == 0.0
    with pytest.raises(ValueError, match=r"at least 0, but is -0\.5"):
        number("x", -0.5, zero=True)


@pytest.mark.parametrize("value", [True, "1", None, 1j])
def test_what_is_no_number_is_a_type_error(value):
    with pytest.raises(TypeError, match="`x` must be a number"):
        number("x", value)
    with pytest.raises(TypeError, match="`x` must be an integer"):
        count("x", value)


def test_counts_begin_with_the_least():
    assert count("n", np.int64(2), least=2) == 2
    assert type(count("n", np.int64(2))) is int
    with pytest.raises(ValueError, match="`n` must be at least 2, but is 1"):
        count("n", 1, least=2)
    with pytest.raises(TypeError, match="integer"):
        count("n", 2.0)
    assert count("n", MOST) == MOST
    for huge in (MOST + 1, 10**400):
        with pytest.raises(ValueError, match=r"`n` must be less than 2\^63, but is \d"):
            count("n", huge)


@pytest.mark.parametrize("sign", [1, -1])
def test_integers_that_no_float_holds_are_infinite_and_refused_by_name(sign):
    huge = sign * 10**400
    assert as_float(huge) == sign * math.inf and as_float(3) == 3.0
    for check in (number, finite):
        with pytest.raises(ValueError, match=f"`x` must be finite.*, but is {sign * math.inf}"):
            check("x", huge)
    for name, make in {
        "effort": lambda: Compiler(effort=huge),
        "budget": lambda: Compiler(budget=("max", huge)),
        "minimizers": lambda: Objective(sum, 1, minimizers=[(huge,)]),
        "bounds": lambda: Objective(sum, 1, bounds=[(0, huge)]),
        "radius": lambda: Goal(Problem(Grid([(0, 1)], 2), "x"), radius=huge),
    }.items():
        with pytest.raises((TypeError, ValueError), match=f"^Argument `{name}` must"):
            make()
