"""Options: fields of a dataclass that say what they are, and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields
from numbers import Integral, Real
from textwrap import fill, indent
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from qdml_quantum.objectives.formulas.formula import parse_number
from qdml_quantum.problem.grid import as_bounds
from qdml_quantum.support.messages import bad_type, bad_value
from qdml_quantum.support.typed import members_of

_METAVARS = {int: "N", float: "X", str: "NAME", Sequence: "X"}
_WORDS = {bool: "true or false", int: "an integer", float: "a number", str: "text"}
_WORDS |= {tuple: "a pair KIND=RADIANS", Sequence: "a list", Mapping: "a table of numbers"}
_BETWEEN = re.compile(r"\s*,\s*|(?<=[\w.)])\s+(?=[-+]?[\w.(])")
_Class = TypeVar("_Class", bound=type)


@dataclass(frozen=True)
class SpecOption:
    """A field of a dataclass that was made by `option`.

    Attributes:
        name: Of the field, and its key in a file.
        hint: Its annotation.
        default: What it is where nothing is said.
        group: Heading under which help shows it; empty where only files have it.
        text: What it is.
        chosen: What stands for the default, where that is None.
        expert: Whether only ``--help-all`` shows it.
        reader: What brings a value into the form of the annotation.
    """

    name: str
    hint: Any
    default: Any
    group: str
    text: str
    chosen: str = ""
    expert: bool = False
    reader: Callable[[Any], Any] | None = None

    @property
    def is_flag(self) -> bool:
        """Whether it is turned on or off, without a value."""
        return isinstance(self.default, bool)

    @property
    def flag(self) -> str:
        """How the command line calls it; what is on can only be turned off."""
        return ("--no-" if self.default is True else "--") + self.name.replace("_", "-")

    @property
    def help(self) -> str:
        """What its flag means, and its default in words."""
        if self.default is MISSING or self.is_flag:
            return "do not " * (self.default is True) + self.text
        nothing = self.chosen or "from the objective"
        shown = nothing if self.default is None else str(self.default).removesuffix(".0")
        return f"{self.text} (default {shown})"

    @property
    def kinds(self) -> list[Any]:
        """The types that its annotation joins, without what they hold."""
        return [kind for kind, _ in members_of(self.hint)]

    @property
    def keywords(self) -> dict[str, Any]:
        """Keywords of `argparse`, which reads text, and None where there is nothing."""
        if self.is_flag:
            return {"dest": self.name, "action": "store_const", "const": not self.default}
        metavar = next(_METAVARS[kind] for kind in self.kinds if kind in _METAVARS)
        return {"metavar": metavar, "nargs": "+" if Sequence in self.kinds else None}

    def read(self, given: Any) -> Any:
        """The value that is meant; numbers may be text, such as ``"2*pi"``.

        Raises:
            TypeError: It does not fit the annotation.
            ValueError: The reader refuses it.
        """
        value = given if given is None or self.reader is None else self.reader(given)
        with suppress(ValueError, TypeError):
            return _fitted(self.hint, value)
        words = " or ".join(_WORDS[kind] for kind in self.kinds if kind in _WORDS)
        raise bad_type(self.name, f"be {words}", given)


def option(default: Any, group: str, text: str, **about: Any) -> Any:
    """A field of a dataclass that is a `SpecOption`, whose further attributes are `about`."""
    return field(default=default, metadata={"group": group, "text": text, **about})


def options_of(cls: type) -> dict[str, SpecOption]:
    """The options of a dataclass by name, in order."""
    hints = get_type_hints(cls)
    return {
        item.name: SpecOption(item.name, hints[item.name], item.default, **item.metadata)
        for item in fields(cls)
    }


def documented(cls: _Class) -> _Class:
    """Write the options of a dataclass into its docstring, before what it raises."""
    rows = []
    for one in options_of(cls).values():
        text = f"{one.text} (default {one.default})" if one.is_flag else one.help
        row = f"{one.name}: {text}."
        rows.append(fill(row, 92, subsequent_indent="    ", break_on_hyphens=False))
    head, raises, tail = (cls.__doc__ or "").partition("    Raises:")
    cls.__doc__ = f"{head}    Attributes:\n{indent(chr(10).join(rows), ' ' * 8)}\n\n{raises}{tail}"
    return cls


def read_bounds(given: Any) -> list[tuple[float, float]]:
    """Bounds as pairs, from numbers and text: ``["-pi", "pi"]``, ``"-3, 3"``, ``[[-3, 3]]``.

    Raises:
        TypeError: They do not come in pairs.
        ValueError: A text is no number.

    >>> read_bounds(["-2*pi,2*pi", "-1/2", "1"])
    [(-6.283185307179586, 6.283185307179586), (-0.5, 1.0)]
    """
    rows: list[Any] = []
    for row in given if hasattr(given, "__len__") and not isinstance(given, str) else [given]:
        if isinstance(row, str):
            rows += [_end(part) for part in _BETWEEN.split(row.strip()) if part]
        else:
            rows.append([_end(end) for end in row] if hasattr(row, "__iter__") else row)
    return as_bounds(rows)


def read_budget(given: Any) -> Any:
    """A budget from text such as ``"max=0.01"``; names and pairs pass.

    >>> read_budget("max=0.01"), read_budget("exact")
    (['max', '0.01'], 'exact')
    """
    return given.split("=", 1) if isinstance(given, str) and "=" in given else given


def once(given: Any) -> Any:
    """A value that stands for all axes, out of its list.

    >>> once(["5"]), once([4, 5])
    ('5', [4, 5])
    """
    return given[0] if isinstance(given, list) and len(given) == 1 else given


def _end(value: Any) -> Any:
    try:
        return parse_number(value) if isinstance(value, str) else value
    except ValueError:
        raise bad_value("bounds", "hold numbers such as -3, 2*pi or -1/2", repr(value)) from None


def _fitted(hint: Any, value: Any) -> Any:
    """A value as its annotation wants it, or a TypeError or ValueError."""
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        for member in inner:
            with suppress(ValueError, TypeError):
                return _fitted(member, value)
    elif kind is tuple:
        return tuple(_fitted(part, item) for part, item in zip(inner, value, strict=True))
    elif kind is Sequence and not isinstance(value, str | Mapping):
        return [_fitted(inner[0], item) for item in value]
    elif kind is Mapping and isinstance(value, Mapping):
        return {key: _fitted(inner[1], item) for key, item in value.items()}
    elif kind in (int, float) and isinstance(value, str):
        number = parse_number(value)
        return _fitted(kind, int(number) if kind is int and number.is_integer() else number)
    elif kind in (int, float) and not isinstance(value, bool):
        if isinstance(value, Integral if kind is int else Real):
            return value
    elif kind in (bool, str, NoneType) and isinstance(value, kind):
        return value.strip() if kind is str else value
    raise TypeError
