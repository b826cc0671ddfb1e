"""Read a formula sign by sign and refuse, with its column, what is not in the language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from qdml_quantum.objectives.formulas.grammar import (
    CONSTANTS,
    FUNCTIONS,
    INSTEAD_OF_NAME,
    INSTEAD_OF_SIGN,
    KEYWORDS,
    LETTERS,
    NUMBERED,
    plain_instead,
)
from qdml_quantum.support.messages import FormulaError, did_you_mean

LONGEST = 2000
"""Most characters of a formula."""

MOST_BRACKETS = 50
"""Most round brackets inside each other."""

_SHOWN = 72  # Characters of the formula that a message shows.

_TOKEN = re.compile(
    r"(?P<space>[ \t]+)"
    r"|(?P<number>(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|[-+*/(),<>])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A number, name or sign and its column, counted from 1."""

    kind: str
    text: str
    column: int


def refusal(text: str, column: int, problem: str, remedy: str = "") -> FormulaError:
    """The error for a formula: what is wrong, in which column, what to write, and a caret.

    >>> print(refusal("x^2", 2, "`^` is no power.", "Write ** for a power."))
    Formula, column 2: `^` is no power. Write ** for a power.
        x^2
         ^
    """
    start = max(0, column - 1 - _SHOWN // 2) if len(text) > _SHOWN else 0
    shown = "".join(c if c.isprintable() else " " for c in text[start : start + _SHOWN])
    caret = " " * (column - 1 - start) + "^"
    message = f"Formula, column {column}: {problem} {remedy}".rstrip()
    return FormulaError(f"{message}\n    {shown}\n    {caret}")


def tokenize(text: str, coordinates: Collection[str] = LETTERS + NUMBERED) -> list[Token]:
    """Split a formula into tokens; all names are known and all brackets closed afterwards.

    Args:
        text: The formula.
        coordinates: Names that stand for coordinates.

    Raises:
        TypeError: `text` is not text.
        FormulaError: At the first sign, name or number that is not allowed.

    >>> [token.text for token in tokenize("3*cos(x)")]
    ['3', '*', 'cos', '(', 'x', ')']
    """
    if not isinstance(text, str):
        raise TypeError(f"A formula must be text, but is {type(text).__name__}. Write 'x**2'.")
    if len(text) > LONGEST:
        problem = f"A formula may have {LONGEST} characters, but this one has {len(text)}."
        raise refusal(text, LONGEST + 1, problem, "Give a Python function instead.")
    if not text.strip():
        raise refusal(text, 1, "The formula is empty.", "Write one such as x**2.")
    return _Tokenizer(text, coordinates).tokens()


class _Tokenizer:
    """The tokens so far and the brackets that are still open."""

    def __init__(self, text: str, coordinates: Collection[str]) -> None:
        self.text = text
        self.coordinates = coordinates
        self.so_far: list[Token] = []
        self.brackets: list[tuple[Token, bool]] = []  # and whether it belongs to a function

    def tokens(self) -> list[Token]:
        position = 0
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if match is None:
                raise self._strange(position)
            kind = match.lastgroup or ""
            if kind != "space":
                self._accept(Token(kind, match.group(), position + 1))
            position = match.end()
        self._after_function(Token("end", "", len(self.text) + 1))
        if self.brackets:
            column = self.brackets[-1][0].column
            raise refusal(self.text, column, "This bracket is never closed.", "Add a ).")
        return self.so_far

    def _accept(self, token: Token) -> None:
        if token.kind == "number" and float(token.text.replace("_", "")) == float("inf"):
            problem = "This number is too large to be finite."
            raise refusal(self.text, token.column, problem, "Write one below 1e308.")
        if token.kind == "name":
            self._check_name(token)
        if token.text == "//":
            raise refusal(self.text, token.column, "`//` is no operator.", INSTEAD_OF_SIGN["//"])
        self._after_function(token)
        self._check_product(token)
        self._check_brackets(token)
        self.so_far.append(token)

    def _strange(self, position: int) -> FormulaError:
        sign, column = self.text[position], position + 1
        if not sign.isascii():
            called = unicodedata.name(sign, f"U+{ord(sign):04X}")
            return refusal(self.text, column, f"{called} is not ASCII.", plain_instead(sign))
        remedy = INSTEAD_OF_SIGN.get(sign, "Leave it out.")
        if sign == ".":
            return refusal(self.text, column, "Attributes such as a.b are not allowed.", remedy)
        shown = f"`{sign}`" if sign.isprintable() and sign != "`" else repr(sign)
        return refusal(self.text, column, f"{shown} is no operator.", remedy)

    def _check_name(self, token: Token) -> None:
        name = token.text
        if name in self.coordinates or name in CONSTANTS or name in FUNCTIONS:
            return
        if name in KEYWORDS:
            problem = f"`{name}` is a word of Python, not of formulas."
            raise refusal(self.text, token.column, problem, KEYWORDS[name])
        end = token.column - 1 + len(name)
        if not self.text[end : end + 1].isascii():  # a look-alike letter inside the name
            raise self._strange(end)
        problem = f"Unknown name {name!r}."
        after = self.text[end:].lstrip()
        remedy = self._instead_of(name, called=after.startswith("("))
        raise refusal(self.text, token.column, problem, remedy)

    def _instead_of(self, name: str, called: bool) -> str:
        if name.lower() in INSTEAD_OF_NAME:
            return INSTEAD_OF_NAME[name.lower()]
        if 1 < len(name) < 5 and all(letter in self.coordinates for letter in name):
            return f"Write {'*'.join(name)} for a product."
        if name.startswith("_"):
            return "Write only coordinates, pi, e, tau and functions such as sin(x)."
        if re.fullmatch(r"[xyzw][0-9]+", name):
            return f"Coordinates are {_listed(self.coordinates)}."
        if called:
            return did_you_mean(name, FUNCTIONS)
        hint = did_you_mean(name, [*self.coordinates, *CONSTANTS])
        if hint.startswith("Did"):
            return hint
        return f"Coordinates are {_listed(self.coordinates)}; constants are pi, e, tau."

    def _after_function(self, token: Token) -> None:
        if self.so_far and self.so_far[-1].text in FUNCTIONS and token.text != "(":
            last = self.so_far[-1]
            problem = f"`{last.text}` is a function and needs brackets."
            raise refusal(self.text, last.column, problem, f"Write {last.text}(...).")

    def _check_product(self, token: Token) -> None:
        """Refuse 2x, 2(x), x y, (x)(y): two operands with no operator between them."""
        if not self.so_far or not (token.kind in ("number", "name") or token.text == "("):
            return
        last = self.so_far[-1]
        if last.text in FUNCTIONS or not (last.kind in ("number", "name") or last.text == ")"):
            return
        there = "(...)" if token.text == "(" else token.text
        there = f"{there}(...)" if there in FUNCTIONS else there
        here = "(...)" if last.text == ")" else last.text
        problem = "An operator is missing here."
        raise refusal(self.text, token.column, problem, f"Write {here}*{there} for a product.")

    def _check_brackets(self, token: Token) -> None:
        if token.text == "(":
            called = bool(self.so_far) and self.so_far[-1].text in FUNCTIONS
            self.brackets.append((token, called))
            if len(self.brackets) > MOST_BRACKETS:
                problem = f"More than {MOST_BRACKETS} brackets are nested."
                raise refusal(self.text, token.column, problem, "Write it with fewer brackets.")
        elif token.text == ")":
            if not self.brackets:
                raise refusal(self.text, token.column, "This bracket was never opened.", "Drop it.")
            self.brackets.pop()
        elif token.text == "," and not (self.brackets and self.brackets[-1][1]):
            problem = "A comma only separates the arguments of a function."
            raise refusal(self.text, token.column, problem, "Write 0.5 with a point for a number.")


def _listed(names: Collection[str]) -> str:
    return "x, y, z, w or x1 ... x24" if names == LETTERS + NUMBERED else ", ".join(names)
