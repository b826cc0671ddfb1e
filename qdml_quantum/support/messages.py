"""What the package says when something is wrong: one place for wording and for named errors.

A message names the subject in backticks, says what must hold, what was given, and what to do:
``Argument `num_qubits` must be at least 1, but is 0. Use 1 or more qubits per axis.``
"""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable
from typing import Any


class FormulaError(ValueError):
    """A typed formula was refused; the message shows the column and what to write instead."""


class TooLargeError(ValueError):
    """A run would need more memory than there is; nothing was allocated."""


class DamagedFileError(ValueError):
    """A file of a run folder does not match its recorded hash or cannot be read."""


class ObjectiveFailedError(ValueError):
    """The objective of `minimize` raised, or answered with something that is no value."""


class OffTableError(ValueError):
    """A table was asked for a position that is not one of its grid points."""


_LONGEST = 400
"""Letters of a value that a message shows: a few lines, where an array or a page was given."""


def argument(name: str, must: str, actual: object, remedy: str = "") -> str:
    """Word a message about an argument.

    Args:
        name: Name of the argument as the caller wrote it.
        must: What must hold, starting with a verb: ``"be positive"``.
        actual: What it is instead; shown as ``repr`` unless it is a string.
        remedy: A sentence that says what to do.

    >>> argument("shots", "be at least 1", 0, "Use 1024.")
    'Argument `shots` must be at least 1, but is 0. Use 1024.'
    """
    shown = actual if isinstance(actual, str) else repr(actual)
    if len(shown) > _LONGEST:
        shown = f"{shown[: _LONGEST // 2]} ... {shown[-_LONGEST // 4 :]}"
    return f"Argument `{name}` must {must}, but is {shown}.{' ' + remedy if remedy else ''}"


def bad_value(name: str, must: str, actual: object, remedy: str = "") -> ValueError:
    """The error for an argument of the right type that is refused; worded by `argument`.

    >>> bad_value("shots", "be at least 1", 0)
    ValueError('Argument `shots` must be at least 1, but is 0.')
    """
    return ValueError(argument(name, must, actual, remedy))


def bad_type(name: str, must: str, actual: object, remedy: str = "") -> TypeError:
    """The error for an argument of the wrong type; worded by `argument`."""
    return TypeError(argument(name, must, actual, remedy))


def any_of(names: Iterable[str]) -> str:
    """Names as words.

    >>> any_of(["lie"]), any_of(["lie", "strang", "suzuki4"])
    ('lie', 'lie, strang or suzuki4')
    """
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def did_you_mean(actual: str, choices: Iterable[str]) -> str:
    """A hint that names the nearest choice, or all of them when none is near.

    >>> did_you_mean("rastrign", ["ackley", "rastrigin"])
    'Did you mean `rastrigin`?'
    >>> did_you_mean("zzz", ["ackley", "rastrigin"])
    'Choose from: ackley, rastrigin.'
    """
    names = sorted(choices)
    near = difflib.get_close_matches(actual.lower(), names, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else f"Choose from: {', '.join(names)}."


def unknown(kind: str, actual: object, choices: Iterable[str]) -> str:
    """Word a message about a name that is not in a list of choices.

    >>> unknown("formula", "strung", ["lie", "strang"])
    "Unknown formula 'strung'. Did you mean `strang`?"
    """
    return f"Unknown {kind} {actual!r}. {did_you_mean(str(actual), choices)}"


def as_float(value: Any) -> float:
    """The float of a real number; infinite for integers that are too large for one.

    >>> as_float(-(10**400))
    -inf
    """
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number(name: str, value: object, *, zero: bool = False) -> float:
    """Check that an argument is a finite positive number (or zero, where allowed).

    >>> number("time_step", 1)
    1.0
    """
    bound = "at least 0" if zero else "greater than 0"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise bad_type(name, f"be a number {bound}", value)
    result = as_float(value)
    if not math.isfinite(result) or result < 0 or (result == 0 and not zero):
        raise bad_value(name, f"be finite and {bound}", result)
    return result


def finite(name: str, value: object, remedy: str = "") -> float:
    """Check that an argument is a finite number, of any sign.

    >>> finite("center", -1)
    -1.0
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise bad_type(name, "be a number", value)
    result = as_float(value)
    if not math.isfinite(result):
        raise bad_value(name, "be finite", result, remedy)
    return result


MOST = 2**63 - 1
"""Largest count: the largest integer that NumPy and Aer hold."""


def count(name: str, value: object, *, least: int = 1) -> int:
    """Check that an argument is an integer from `least` to `MOST`.

    >>> count("shots", 1024)
    1024
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise bad_type(name, "be an integer", value)
    exact = int(value)
    if exact < least:
        raise bad_value(name, f"be at least {least}", exact)
    if exact > MOST:
        raise bad_value(name, "be less than 2^63", f"{min(exact, 10**300):.3g}")
    return exact
