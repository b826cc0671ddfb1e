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


def _least(*values: Any) -> Any:
    return functools.reduce(np.minimum, values)


def _greatest(*values: Any) -> Any:
    return functools.reduce(np.maximum, values)


def _step(value: Any, at_zero: Any = 0.5) -> Any:
    return np.heaviside(value, at_zero)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "sin": (np.sin, 1, 1),
    "cos": (np.cos, 1, 1),
    "tan": (np.tan, 1, 1),
    "asin": (np.arcsin, 1, 1),
    "acos": (np.arccos, 1, 1),
    "atan": (np.arctan, 1, 1),
    "atan2": (np.arctan2, 2, 2),
    "sinh": (np.sinh, 1, 1),
    "cosh": (np.cosh, 1, 1),
    "tanh": (np.tanh, 1, 1),
    "asinh": (np.arcsinh, 1, 1),
    "acosh": (np.arccosh, 1, 1),
    "atanh": (np.arctanh, 1, 1),
    "exp": (np.exp, 1, 1),
    "log": (np.log, 1, 1),
    "log2": (np.log2, 1, 1),
    "log10": (np.log10, 1, 1),
    "sqrt": (np.sqrt, 1, 1),
    "cbrt": (np.cbrt, 1, 1),
    "abs": (np.abs, 1, 1),
    "sign": (np.sign, 1, 1),
    "floor": (np.floor, 1, 1),
    "ceil": (np.ceil, 1, 1),
    "hypot": (np.hypot, 2, 2),
    "min": (_least, 2, MOST_ARGUMENTS),
    "max": (_greatest, 2, MOST_ARGUMENTS),
    "heaviside": (_step, 1, 2),
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

KEYWORDS = {
    "if": "Write where(x > 0, a, b) for a choice.",
    "else": "Write where(x > 0, a, b) for a choice.",
    "and": "Write a chain such as 0 < x < 1, or nest where(...).",
    "or": "Nest where(...) instead.",
    "not": "Turn the comparison around instead.",
    "lambda": "Write only the expression, such as x**2.",
    "True": "Write 1.",
    "False": "Write 0.",
    "None": "Leave it out.",
    "for": "Write the sum out, such as x1**2 + x2**2.",
    "in": "Write the sum out, such as x1**2 + x2**2.",
    "is": "Write == inside where(...).",
    "import": "Write only the expression, such as x**2.",
    "return": "Write only the expression, such as x**2.",
}
KEYWORDS |= dict.fromkeys(
    (
        "as assert async await break class continue def del elif except finally from "
        "global nonlocal pass raise try while with yield"
    ).split(),
    "Write only the expression, such as x**2.",
)

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

_NON_ASCII = {
    "×": "*",
    "·": "*",
    "⋅": "*",
    "∙": "*",
    "∗": "*",
    "•": "*",
    "÷": "/",
    "∕": "/",
    "⁄": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "‐": "-",
    "π": "pi",
    "τ": "tau",
    "√": "sqrt(...)",
    "∛": "cbrt(...)",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "∞": "a large finite number",
    "∑": "the sum, written out",
    "′": "nothing",
    "х": "the Latin letter x",
    "Х": "the Latin letter x",
    "у": "the Latin letter y",
    "У": "the Latin letter y",
    "е": "the Latin letter e",
    "с": "the Latin letter c",
    "о": "the Latin letter o",
    "а": "the Latin letter a",
    "р": "the Latin letter p",
    "і": "the Latin letter i",
    "ѕ": "the Latin letter s",
    "χ": "the Latin letter x",
    "ο": "the Latin letter o",
    "α": "the Latin letter a",
    "ν": "the Latin letter v",
    "\N{GREEK SMALL LETTER UPSILON}": "the Latin letter y",
    "\N{NO-BREAK SPACE}": "an ordinary space",
    "\N{ZERO WIDTH SPACE}": "nothing (it is invisible)",
    "\N{ZERO WIDTH NO-BREAK SPACE}": "nothing (it is invisible)",
}
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
