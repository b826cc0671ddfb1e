"""The words of the formula language, and what to write instead of what is not in it."""

from __future__ import annotations

import functools
import json
import math
import operator
import unicodedata
from collections.abc import Callable
from keyword import kwlist
from pathlib import Path
from typing import Any

import numpy as np

LETTERS = ("x", "y", "z", "w")
"""Names of the first four coordinates."""

NUMBERED = tuple(f"x{k}" for k in range(1, 25))
"""The other family of coordinate names: x1, x2, ..., x24."""

CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}

MOST_ARGUMENTS = 24  # Of min and max: one for every coordinate.


_ELEMENTARY = (
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh "
    "exp log log2 log10 sqrt cbrt abs sign floor ceil"
)
"""Functions of one argument, by the names that NumPy has for them too."""

FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    **{name: (getattr(np, name), 1, 1) for name in _ELEMENTARY.split()},
    "atan2": (np.atan2, 2, 2),
    "hypot": (np.hypot, 2, 2),
    "min": (lambda *values: functools.reduce(np.minimum, values), 2, MOST_ARGUMENTS),
    "max": (lambda *values: functools.reduce(np.maximum, values), 2, MOST_ARGUMENTS),
    "heaviside": (lambda value, at_zero=0.5: np.heaviside(value, at_zero), 1, 2),
    "where": (np.where, 3, 3),
}
"""Name: function on arrays, fewest and most arguments."""

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "negative": operator.neg,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "both": operator.and_,
}

_INSTEAD = json.loads((Path(__file__).parent / "instead.json").read_text(encoding="utf-8"))
KEYWORDS = dict.fromkeys(kwlist, "Write only the expression, such as x**2.") | _INSTEAD["words"]
INSTEAD_OF_NAME: dict[str, str] = _INSTEAD["names"]
INSTEAD_OF_SIGN: dict[str, str] = _INSTEAD["signs"]
"""What to write instead of words of Python, of names, and of signs."""

LOOK_ALIKES = {sign: plain for plain, signs in _INSTEAD["look_alikes"].items() for sign in signs}
"""What to write instead of a character that is not ASCII."""
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def plain_instead(character: str) -> str:
    """What to write instead of a character that is not ASCII.

    >>> plain_instead("²"), plain_instead("π")
    ('Write **2.', 'Write pi.')
    """
    if character in LOOK_ALIKES:
        return f"Write {LOOK_ALIKES[character]}."
    if character in _SUPERSCRIPTS:
        return f"Write **{_SUPERSCRIPTS.index(character)}."
    folded = unicodedata.normalize("NFKC", character).strip()
    if folded and folded.isascii() and folded.isprintable():
        return f"Write {folded}."
    return "Write plain ASCII letters, digits and signs only."
