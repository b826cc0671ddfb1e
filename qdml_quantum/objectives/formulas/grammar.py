"""The words of the formula language, and what to write instead of what is not in it."""

# ruff: noqa: RUF001  (look-alike letters are the subject of this file)

from __future__ import annotations

import functools
import math
import operator
import unicodedata
from collections.abc import Callable
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

KEYWORDS = dict.fromkeys(
    (
        "lambda import return as assert async await break class continue def del elif except "
        "finally from global nonlocal pass raise try while with yield"
    ).split(),
    "Write only the expression, such as x**2.",
)
KEYWORDS |= {
    "if": "Write where(x > 0, a, b) for a choice.",
    "else": "Write where(x > 0, a, b) for a choice.",
    "and": "Write a chain such as 0 < x < 1, or nest where(...).",
    "or": "Nest where(...) instead.",
    "not": "Turn the comparison around instead.",
    "True": "Write 1.",
    "False": "Write 0.",
    "None": "Leave it out.",
    "for": "Write the sum out, such as x1**2 + x2**2.",
    "in": "Write the sum out, such as x1**2 + x2**2.",
    "is": "Write == inside where(...).",
}

INSTEAD_OF_NAME = {
    "ln": "Write log(...) for the natural logarithm.",
    "lg": "Write log10(...).",
    "pow": "Write a**b.",
    "factorial": "Write the number itself, such as 120 for 5!.",
    "gamma": "Write the number itself.",
    "arcsin": "Write asin(...).",
    "arccos": "Write acos(...).",
    "arctan": "Write atan(...).",
    "arctan2": "Write atan2(a, b).",
    "sec": "Write 1/cos(...).",
    "csc": "Write 1/sin(...).",
    "cot": "Write 1/tan(...).",
    "sech": "Write 1/cosh(...).",
    "fabs": "Write abs(...).",
    "mod": "Write a - b*floor(a/b).",
    "round": "Write floor(x + 0.5).",
    "erf": "Write tanh(...), which is close, or give a Python function.",
    "sum": "Write the sum out, such as x1**2 + x2**2.",
    "prod": "Write the product out, such as x1*x2.",
    "norm": "Write sqrt(x**2 + y**2).",
    "r": "Write sqrt(x**2 + y**2).",
    "t": "Write x for the first coordinate.",
    "np": "Write the function alone, such as sin(x).",
    "numpy": "Write the function alone, such as sin(x).",
    "math": "Write the function alone, such as sin(x).",
    "inf": "Write a large finite number, such as 1e6.",
    "infinity": "Write a large finite number, such as 1e6.",
    "nan": "Leave the term out, or use where(...).",
    "i": "An objective is real: leave it out.",
    "j": "An objective is real: leave it out.",
    "x0": "Coordinates are counted from x1.",
}

INSTEAD_OF_SIGN = {
    "^": "Write ** for a power.",
    "=": "Write only the right-hand side, or == inside where(...).",
    "!": "Write the number itself, such as 120 for 5!.",
    "%": "Write a - b*floor(a/b) for a remainder.",
    "'": "Text is not allowed: leave the quotes out.",
    '"': "Text is not allowed: leave the quotes out.",
    "[": "Write round brackets ( ), and x1, x2 for coordinates.",
    "]": "Write round brackets ( ), and x1, x2 for coordinates.",
    "{": "Write round brackets ( ).",
    "}": "Write round brackets ( ).",
    ".": "Write a name alone, such as sin(x), and 0.5 for a number.",
    ";": "Write one expression only.",
    "\n": "Write the formula on one line.",
    "\r": "Write the formula on one line.",
    ":": "Write one expression only, without assignment.",
    "#": "Leave comments out.",
    "@": "Write * for a product.",
    "&": "Write a chain such as 0 < x < 1 inside where(...).",
    "|": "Write abs(x) for the absolute value.",
    "~": "Write -x for the negative.",
    "\\": "Write the formula without backslashes, such as sin(x).",
    "$": "Write the formula without $ signs.",
    "//": "Write floor(a/b).",
}

_SIGNS = {
    "*": "×·⋅∙∗•",
    "/": "÷∕⁄",
    "-": "−–—‐",
    "pi": "π",
    "tau": "τ",
    "sqrt(...)": "√",
    "cbrt(...)": "∛",
    "<=": "≤",
    ">=": "≥",
    "!=": "≠",
    "a large finite number": "∞",
    "the sum, written out": "∑",
    "nothing": "′",
    "an ordinary space": "\N{NO-BREAK SPACE}",
    "nothing (it is invisible)": "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}",
}
_LETTERS = {
    "x": "хХχ",
    "y": "уУ\N{GREEK SMALL LETTER UPSILON}",
    "e": "е",
    "c": "с",
    "s": "ѕ",
    "o": "оο",
    "a": "аα",
    "p": "р",
    "i": "і",
    "v": "ν",
}
_NON_ASCII = {sign: plain for plain, signs in _SIGNS.items() for sign in signs}
_NON_ASCII |= {sign: f"the Latin letter {a}" for a, signs in _LETTERS.items() for sign in signs}
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def plain_instead(character: str) -> str:
    """What to write instead of a character that is not ASCII.

    >>> plain_instead("²"), plain_instead("π")
    ('Write **2.', 'Write pi.')
    """
    if character in _NON_ASCII:
        return f"Write {_NON_ASCII[character]}."
    if character in _SUPERSCRIPTS:
        return f"Write **{_SUPERSCRIPTS.index(character)}."
    folded = unicodedata.normalize("NFKC", character).strip()
    if folded and folded.isascii() and folded.isprintable():
        return f"Write {folded}."
    return "Write plain ASCII letters, digits and signs only."
