"""Arguments are checked against annotations: what fits passes, what does not is named."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from qdml_quantum.support.typed import typed, typed_fields

if TYPE_CHECKING:
    from nowhere import Unknown


class Thing:
    """A class of the package."""


@typed
def call(
    thing: Thing | None = None,
    *,
    count: int = 1,
    size: float = 1.0,
    name: str | None = None,
    on: bool = False,
    path: str | Path = ".",
    sizes: float | tuple[float, ...] = 1.0,
    pairs: Sequence[Sequence[float]] = (),
    table: Mapping[str, int] | None = None,
    function: Callable[[int], int] | None = None,
    anything: Any = None,
    array: ArrayLike = 0,
    unknown: Unknown | None = None,
):
    """All kinds."""
    return locals()


GOOD = {
    "thing": [Thing(), None],
    "count": [1, np.int64(2), -1],
    "size": [1, 1.0, np.float32(1), Fraction(1, 2), float("nan"), float("-inf")],
    "name": ["a", None],
    "on": [True, np.bool_(False)],
    "path": ["a", Path("a")],
    "sizes": [1, (1, 2), [1.0], np.ones(3), ()],
    "pairs": [[(0, 1)], np.ones((2, 2)), ([1, 2],)],
    "table": [{}, None],
    "function": [abs, lambda x: x, Thing],
    "anything": [object(), 1j],
    "array": [object(), "x"],
    "unknown": [object()],
}
BAD = {
    "thing": ["x", 1, Thing, True],
    "count": [1.0, True, "1", None, [1], np.float64(2), 1j],
    "size": [True, "1", None, 1j, [1.0], Decimal(1), np.ones(2), 10**400],
    "name": [1, b"x", ["a"]],
    "on": [1, "yes", None, np.ones(2)],
    "path": [1, b"x", None, ["a"]],
    "sizes": ["1", ("1",), [None], {1.0}, {}, np.array(1.0), [[1.0]], [True]],
    "pairs": [[0, 1], ["ab"], 3, "ab", [(0, "1")]],
    "table": [[], 1, "a"],
    "function": [1, "abs", [abs]],
}
"""What stands for `Any`, for arrays, and for names that are not loaded has nothing that is bad."""


def str_of(value):
    """The same in every process: without addresses."""
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in GOOD for v in GOOD[n]], ids=str_of)
def test_what_fits_is_passed_on(name, value):
    assert call(**{name: value})[name] is value


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in BAD for v in BAD[n]], ids=str_of)
def test_what_does_not_fit_is_named(name, value):
    with pytest.raises(TypeError, match=rf"^Argument `{name}` must be .*, but is (?s:.+)\."):
        call(**{name: value})
    if name == "thing":
        with pytest.raises(TypeError, match=r"`thing` must be a Thing or None, but is"):
            call(value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("count", "an integer"),
        ("sizes", "a number or a sequence"),
        ("path", "text or a path"),
        ("function", "a function or None"),
        ("on", "True or False"),
        ("table", "a mapping or None"),
    ],
)
def test_kinds_have_words(name, words):
    with pytest.raises(TypeError, match=f"`{name}` must be {words}, but is 1j"):
        call(**{name: 1j})


def test_an_empty_text_is_shown():
    with pytest.raises(TypeError, match="but is ''"):
        call(count="")


def test_what_is_no_argument_is_said_by_python():
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        call(nothing=1)


def test_names_signature_and_words_stay():
    assert call.__name__ == "call" and call.__doc__ == "All kinds."
    assert list(inspect.signature(call).parameters) == [*GOOD]


@typed_fields
@dataclass(frozen=True)
class Fields:
    """A noun."""

    count: int
    name: str = ""


def test_fields_of_a_dataclass():
    assert Fields(1) == Fields(count=1, name="")
    with pytest.raises(TypeError, match=r"`count` must be an integer, but is 1\.5"):
        Fields(1.5)
    with pytest.raises(TypeError, match=r"`name` must be text, but is None"):
        Fields(1, name=None)


def test_long_sequences_are_data_and_not_looked_into():
    assert len(call(pairs=[None] * 1001)["pairs"]) == 1001


@typed
def entries(
    sizes: float | Sequence[float] = (), pairs: Sequence[Sequence[int]] = (), names: str = ""
) -> None:
    """Takes what is typed."""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sizes": [1.0, None]}, "`sizes` must be a number, but is None at index 1"),
        ({"pairs": [[1, 2], [3, "x"]]}, r"`pairs` must be an integer, but is x at index \(1, 1\)"),
        ({"pairs": [1]}, "`pairs` must be a sequence, but is 1 at index 0"),
        ({"sizes": "12"}, "`sizes` must be a number or a sequence, but is 12"),
    ],
)
def test_the_entry_that_does_not_fit_is_named_with_its_place(given, words):
    with pytest.raises(TypeError, match=words):
        entries(**given)
