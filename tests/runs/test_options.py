"""Options: how they are called, what help says, and how their values are read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from qdml_quantum.runs.options import (
    documented,
    once,
    option,
    options_of,
    read_bounds,
    read_budget,
)


@documented
@dataclass
class Few:
    """A few options.

    Raises:
        ValueError: Never.
    """

    num_steps: int | None = option(None, "a", "steps in all", chosen="chosen")
    length: float = option(2.0, "a", "how long")
    check: bool = option(True, "b", "check it", expert=True)
    plot: bool = option(False, "b", "plot it")
    name: str | None = option(None, "a", "its name")
    sizes: int | Sequence[int] | None = option(None, "a", "per axis", reader=once)
    packet: Mapping[str, float] | None = option(None, "", "files only")
    pair: tuple[str, float] | str | None = option(None, "a", "a budget", reader=read_budget)


OPTIONS = options_of(Few)


def test_flags_are_named_after_their_fields_and_turn_what_is_not_the_default():
    flags = {name: one.flag for name, one in OPTIONS.items()}
    assert flags["num_steps"] == "--num-steps"
    assert (flags["check"], flags["plot"]) == ("--no-check", "--plot")
    assert OPTIONS["check"].keywords == {"dest": "check", "action": "store_const", "const": False}
    assert OPTIONS["plot"].keywords["const"] is True
    assert OPTIONS["sizes"].keywords == {"metavar": "N", "nargs": "+"}
    assert OPTIONS["length"].keywords == {"metavar": "X", "nargs": None}


def test_help_has_the_default_in_words():
    assert OPTIONS["num_steps"].help == "steps in all (default chosen)"
    assert OPTIONS["length"].help == "how long (default 2)"
    assert OPTIONS["name"].help == "its name (default from the objective)"
    assert (OPTIONS["check"].help, OPTIONS["plot"].help) == ("do not check it", "plot it")


def test_options_stand_in_the_docstring_before_what_it_raises():
    head, _, tail = Few.__doc__.partition("    Raises:")
    assert "        length: how long (default 2).\n" in head
    assert "        check: check it (default True).\n" in head
    assert "ValueError: Never." in tail


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("num_steps", "12", 12),
        ("num_steps", None, None),
        ("length", "pi/2", math.pi / 2),
        ("length", 3, 3),
        ("sizes", ["4"], 4),
        ("sizes", ["4", 5], [4, 5]),
        ("packet", {"width": "1/2"}, {"width": 0.5}),
        ("pair", "max=0.5", ("max", 0.5)),
        ("pair", "exact", "exact"),
        ("name", " me ", "me"),
    ],
)
def test_values_are_read_as_their_annotation_wants_them(name, given, value):
    read = OPTIONS[name].read(given)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("num_steps", "2.5", "`num_steps` must be an integer, but is 2.5"),
        ("num_steps", True, "`num_steps` must be an integer, but is True"),
        ("length", "long", "`length` must be a number, but is long"),
        ("check", 1, "`check` must be true or false, but is 1"),
        ("name", 3, "`name` must be text, but is 3"),
        ("sizes", ["a"], "`sizes` must be an integer or a list"),
        ("packet", [1], "`packet` must be a table of numbers"),
        ("pair", "max=x", "`pair` must be a pair KIND=RADIANS or text"),
    ],
)
def test_other_values_are_refused_in_words(name, given, words):
    with pytest.raises(TypeError) as caught:
        OPTIONS[name].read(given)
    assert words in str(caught.value)


def test_bounds_are_pairs_however_they_are_typed():
    assert read_bounds("-3, 3") == read_bounds(["-3", "3"]) == read_bounds([[-3, 3]]) == [(-3, 3)]
    assert read_bounds("-1 2*3 0 1") == [(-1, 6), (0, 1)]
    with pytest.raises(ValueError, match="`bounds` must hold numbers such as"):
        read_bounds(["a", "3"])
    with pytest.raises((TypeError, ValueError), match="`bounds`"):
        read_bounds(["1", "2", "3"])
