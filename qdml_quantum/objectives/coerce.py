"""Make an objective of what people write: a name, a formula or a function."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.builtins.catalogue import builtin, builtin_names, find_builtin
from qdml_quantum.objectives.formulas.formula import ParsedFormula, parse_formula
from qdml_quantum.objectives.formulas.grammar import CONSTANTS, FUNCTIONS, LETTERS, NUMBERED
from qdml_quantum.objectives.function import Function
from qdml_quantum.objectives.validate import checked_dimensions
from qdml_quantum.support.messages import bad_type, bad_value, unknown
from qdml_quantum.support.typed import typed

_SYMPY = {"Abs": "abs", "Max": "max", "Min": "min", "E": "e", "ceiling": "ceil"}
_CAPITAL = re.compile(rf"\b({'|'.join(_SYMPY)})\b")
_WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[- ]+[A-Za-z0-9_]+)*")


@typed
def as_objective(
    objective: object,
    dimensions: int | None = None,
    name: str | None = None,
    *,
    args: Any = (),
    style: str | None = None,
) -> Objective:
    """Make an objective of what people write: an objective, a name, a formula, a function.

    Args:
        objective: An `Objective`; the name of a built-in; a formula, also as a SymPy expression,
            whose symbols are sorted (x, y or x1, x2, ..., x10); or a function.
        dimensions: Number of coordinates; may be left out where `objective` says it. A function of
            one vector does not.
        name: Label to use instead of the one that it suggests.
        args: Further arguments of a function; what is no tuple is one argument, as in SciPy.
        style: How a function is called, see `Objective`; default found out.

    Raises:
        TypeError: It is none of these.
        ValueError: Unknown name, bad formula, or the dimensions do not fit.

    >>> as_objective("x**2 + y**2").dimensions, as_objective("Ackley", 2).name
    (2, 'ackley')
    >>> as_objective(lambda x, y: x * y).dimensions
    2
    >>> as_objective(lambda x, a: a * x[0] + x[1], 2, args=3.0)(1.0, 2.0)
    array(5.)
    >>> as_objective("rastrign")
    Traceback (most recent call last):
    ValueError: Unknown objective 'rastrign'. Did you mean `rastrigin`?
    """
    count = None if dimensions is None else checked_dimensions(dimensions)
    if isinstance(objective, Objective):
        made = objective
    elif isinstance(objective, str):
        made = _from_text(objective, count)
    elif is_sympy(objective):
        made = _from_sympy(objective, count)
    elif isinstance(objective, ParsedFormula):
        made = _from_parsed(objective)
    elif callable(objective):
        made = _from_callable(objective, count, args, style)
    else:
        remedy = "Give a name, a formula, a function, or an Objective."
        if isinstance(objective, (np.ndarray, list, tuple)):
            remedy = "Write Objective.from_table(values, bounds) for a table of values."
        raise bad_type("objective", "be an objective", type(objective).__name__, remedy)
    for given, value in (("args", args), ("style", style)):
        idle = value is None or (isinstance(value, tuple) and not value)
        if not idle and (
            isinstance(objective, Objective) or not isinstance(made.function, Function)
        ):
            must = "be left out where the objective is no function"
            raise bad_value(given, must, value, "Put it into the objective itself.")
    if count is not None and made.dimensions != count:
        actual = f"`{made.name}` with {made.dimensions}"
        remedy = f"Use dimensions={made.dimensions} or another objective."
        raise bad_value("objective", f"have {count} dimension(s)", actual, remedy)
    return made if name is None else dataclasses.replace(made, name=name)


def is_sympy(thing: object) -> bool:
    """Whether it is a SymPy expression, without importing SymPy."""
    return type(thing).__module__.split(".")[0] == "sympy" and hasattr(thing, "free_symbols")


def objective_from_formula(text: str, variables: Sequence[str] | None = None) -> Objective:
    """An objective typed as text, parsed by a whitelist.

    Args:
        text: Such as ``"x**2 + 10*cos(2*pi*y)"``; see `parse_formula` for the language.
        variables: Names of the coordinates in order; by default those of the formula.

    Raises:
        FormulaError: The text is not a formula; the message shows where and what to write.

    >>> objective_from_formula("x**4 - 3*x**2 + x")(2.0).item()
    6.0
    >>> objective_from_formula("q**2 + p", ["q", "p"]).source
    {'formula': 'q**2 + p', 'variables': ['q', 'p']}
    """
    return _from_parsed(parse_formula(text, variables))


def _from_parsed(formula: ParsedFormula) -> Objective:
    source = {"formula": formula.text, "variables": list(formula.variables)}
    return Objective(formula, formula.dimensions, formula.text, source=source, style="arrays")


def _from_sympy(expression: Any, dimensions: int | None) -> Objective:
    """A SymPy expression by way of its text: its own compiler would run generated code."""
    text = _CAPITAL.sub(lambda word: _SYMPY[word[0]], str(expression))
    parts = {str(s): re.split(r"(\d+)", str(s)) for s in expression.free_symbols}
    # So that x2 comes before x10.
    names = sorted(parts, key=lambda name: [int(p) if p.isdigit() else p for p in parts[name]])
    if set(names) <= set(LETTERS) or set(names) <= set(NUMBERED):
        family = LETTERS if names and names[0] in LETTERS else NUMBERED
        least = max((family.index(name) + 1 for name in names), default=1)
        names = list(family[: max(least, dimensions or 1)])
    return objective_from_formula(text, names)


def _from_text(text: str, dimensions: int | None) -> Objective:
    if find_builtin(text) is not None:
        return builtin(text, dimensions)
    if _is_name(text.strip()):
        raise ValueError(unknown("objective", text.strip(), builtin_names()))
    formula = parse_formula(text)
    if dimensions is None or dimensions == formula.dimensions:
        return _from_parsed(formula)
    family = LETTERS if formula.variables[0] in LETTERS else NUMBERED
    if dimensions > len(family):
        remedy = "Write x1, x2, ... for up to 24 coordinates."
        raise bad_value("dimensions", f"be at most {len(family)}", dimensions, remedy)
    if dimensions < formula.dimensions:
        must = f"be at least {formula.dimensions} for the formula '{formula.text}'"
        remedy = f"Its coordinates are {', '.join(formula.variables)}."
        raise bad_value("dimensions", must, dimensions, remedy)
    return _from_parsed(parse_formula(text, family[:dimensions]))


def _is_name(text: str) -> bool:
    """Whether the text looks like a (misspelt) name rather than like a formula."""
    if not _WORDS.fullmatch(text):
        return False
    words = re.split(r"[- ]+", text)
    return not any(w in LETTERS + NUMBERED or w in CONSTANTS or w in FUNCTIONS for w in words)


def _from_callable(
    function: Callable[..., Any], dimensions: int | None, args: Any, style: str | None
) -> Objective:
    label = getattr(function, "__name__", type(function).__name__)
    label = "objective" if label == "<lambda>" else label
    said = dimensions
    if dimensions is None:
        more = len(args) if isinstance(args, tuple) else 1
        dimensions = coordinates_of(function, more)
        if dimensions is None or (style or "arrays") not in ("arrays", "scalars"):
            remedy = "Its signature does not say how many coordinates it takes."
            raise bad_value("dimensions", f"be given for the function `{label}`", "missing", remedy)
    read = Function(function, dimensions, args, style, name=label)
    return Objective(read if said else read.on_numbers(), dimensions, label)


def coordinates_of(function: Callable[..., Any], more: int = 0) -> int | None:
    """The number of coordinates, when all parameters are positional and required.

    Args:
        function: What is called with them.
        more: Parameters that follow the coordinates.

    >>> coordinates_of(lambda x, y: x + y), coordinates_of(lambda x, a=1: a * x) is None
    (2, True)
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [p for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    if any(p.kind not in positional or p.default is not inspect.Parameter.empty for p in named):
        return None
    return max(0, len(named) - more) or None
