"""A typed condition, ``x + y <= 1``: two formulas, or three, with comparisons between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qdml_quantum.objectives.formulas.formula import (
    Chain,
    Number,
    ParsedFormula,
    Tree,
    formula_names,
    parse_tree,
)
from qdml_quantum.objectives.formulas.tokens import Token, refusal, tokenize

_SIGNS = ("<=", ">=", "==")
_INSTEAD = {
    "<": "Write <= for a limit: points at the edge are allowed.",
    ">": "Write >= for a limit: points at the edge are allowed.",
    "!=": "Write <=, >= or ==; what is to be avoided is no limit.",
}


@dataclass(frozen=True)
class Condition:
    """``low <= formula <= high``; both are the same where the formula has to be equal to them.

    Args:
        formula: What is limited.
        low: May be minus infinity.
        high: May be infinity.
    """

    formula: ParsedFormula
    low: float
    high: float


def parse_condition(text: str) -> Condition:
    """Parse a typed condition: ``<=``, ``>=`` or ``==`` once, or two limits around a formula.

    Args:
        text: In the language of `parse_formula`.

    Raises:
        TypeError: `text` is not text.
        FormulaError: It is no condition; the message has the column, a caret and a remedy.

    >>> disc = parse_condition("0.5 <= x**2 + y**2 <= 1")
    >>> disc.low, disc.high, disc.formula(0.0, 2.0).item()
    (0.5, 1.0, 4.0)
    >>> line = parse_condition("x1 >= 2*x2")
    >>> line.low, line.high, line.formula(3.0, 1.0).item()
    (0.0, inf, 1.0)
    """
    tokens = tokenize(text)
    signs = _comparisons(text, tokens)
    names = formula_names(text, tokens)
    if not names:
        problem = "A constraint without a coordinate limits nothing."
        raise refusal(text, 1, problem, "Write one such as x + y <= 1.")
    ends = [sign.column - 1 for sign in signs] + [len(text)]
    starts = [0] + [sign.column - 1 + len(sign.text) for sign in signs]
    for start, end in zip(starts, ends, strict=True):
        if not text[start:end].strip():
            raise refusal(text, start + 1, "A side is missing here.", "Write x + y <= 1.")
    # Blanks before a side keep the columns of messages those of the whole text.
    sides = [
        parse_tree(" " * start + text[start:end], names)
        for start, end in zip(starts, ends, strict=True)
    ]
    middle: Tree
    if len(signs) == 1:
        kind, middle = signs[0].text, Chain(sides[0], (("-", sides[1]),))
        low = -math.inf if kind == "<=" else 0.0
        high = math.inf if kind == ">=" else 0.0
    else:
        first, middle, last = sides
        if not (isinstance(first, Number) and isinstance(last, Number)):
            problem = "Two limits around a formula have to be numbers."
            raise refusal(text, signs[0].column, problem, "Write two constraints.")
        low, high = sorted((first.value, last.value))
        if (first.value, last.value) != ((low, high) if signs[0].text == "<=" else (high, low)):
            problem = f"Nothing lies between {first.value:g} and {last.value:g} that way."
            raise refusal(text, signs[0].column, problem, "Exchange the two limits.")
    return Condition(ParsedFormula(text.strip(), names, middle), low, high)


def _comparisons(text: str, tokens: list[Token]) -> list[Token]:
    """The signs that compare the sides, not those in a `where(...)`."""
    signs, depth = [], 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text in (*_SIGNS, *_INSTEAD):
            signs.append(token)
    for sign in signs:
        if sign.text in _INSTEAD:
            raise refusal(text, sign.column, f"`{sign.text}` is no limit.", _INSTEAD[sign.text])
    if not signs:
        problem = "A constraint compares two sides."
        raise refusal(text, len(text) + 1, problem, "Write one such as x + y <= 1.")
    if len(signs) > 2 or (len(signs) == 2 and "==" in (s.text for s in signs)):
        problem = "A constraint has one comparison, or two limits around a formula."
        raise refusal(text, signs[-1].column, problem, "Write two constraints.")
    if len(signs) == 2 and signs[0].text != signs[1].text:
        problem = "Two limits around a formula point the same way."
        raise refusal(text, signs[1].column, problem, "Write 0 <= x + y <= 1.")
    return signs
