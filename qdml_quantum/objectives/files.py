"""Tables and curves from files, as NumPy, spreadsheets, gnuplot and Fortran write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.curve import INTERPOLATION, Curve
from qdml_quantum.support.arrays import Array, stored_arrays
from qdml_quantum.support.messages import DamagedFileError, any_of, bad_value

TABLE_FILES = (".npy", ".npz", ".csv", ".dat", ".txt")
"""How the names of files end that are read as tables."""

_EVEN = 1e-3
"""Of the spacing: positions printed with four digits are even as far as anybody can tell."""

_COMMENT = re.compile(r"^\s*[%!].*|#.*")
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))(?:[eEdDqQ]([-+]?\d+)|([-+]\d{3}))?")
_DATA = re.compile(r"[-+]?[.,]?\d.*|[-+]?(nan|inf|infinity)|n/?a|null|none|[-*.?]*", re.IGNORECASE)
"""How a line of data begins, be it that its number is missing; what begins otherwise is a header,
which stands before all data."""
_TWO_WHOLE = re.compile(r"[-+]?\d+,(0|[1-9]\d*)")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eEdDqQ][-+]?\d+)?")


def is_table(name: str) -> bool:
    """Whether a text names a file of a table, by its ending.

    >>> is_table("curve.CSV"), is_table("x**2")
    (True, False)
    """
    return name.lower().endswith(TABLE_FILES)


def objective_from_file(
    path: str | Path, bounds: Sequence[tuple[float, float]] | None = None
) -> Objective:
    """An objective from a table or a curve in a file; ``source["read"]`` says what was read.

    Numbers alone are a table: values at ``x_j = lower + j (upper - lower)/N`` of every axis, a
    power of two of them, right end excluded. Two columns (or two arrays of an ``.npz``) are a
    curve, positions and values, unless there are bounds for two axes. A curve of 2^n even positions
    is a table with bounds of its own; any other one is known between its samples as well, by
    monotone cubics (see `Curve`).

    Text may have a header, comments (``#``, ``%``, ``!``), columns between commas, semicolons, tabs
    or blanks, decimal commas beside the latter three, a comma at the end, exponents of Fortran
    (``1.0D+00``), and any of the encodings UTF-8, UTF-16 and Latin-1.

    Args:
        path: A file that ends as one of `TABLE_FILES`.
        bounds: One (lower, upper) pair per axis, or one for all; a curve needs none.

    Raises:
        DamagedFileError: It holds no table or something that is no number; says in which line.
        ValueError: The bounds do not fit, or the size is no power of two.
        OSError: There is no such file.
    """
    path = Path(path)
    data = path.read_bytes()
    binary = path.suffix.lower() in (".npy", ".npz")
    try:
        array, how = (_arrays if binary else _text)(data, path)
        make: Callable[..., tuple[Objective, str]] = _table
        if array.ndim == 2 and array.shape[1] == 2 and (bounds is None or len(bounds) == 1):
            make = _curve
        objective, what = make(array, bounds, path.stem)
    except (TypeError, ValueError) as error:
        raise type(error)(f"Table `{path}`: {error}") from None
    read = f"{what}{f' ({how})' if how else ''}"
    return replace(objective, source={**objective.source, "read": read})


def _arrays(data: bytes, path: Path) -> tuple[Array, str]:
    """What NumPy stored: one array, or positions and values."""
    arrays = stored_arrays(data)
    names, values = list(arrays), list(arrays.values())
    if len(values) == 2 and values[0].ndim == 1 and values[0].shape == values[1].shape:
        return np.stack(values, axis=1), "positions `{}`, values `{}`".format(*names)
    if len(values) != 1:
        held = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "none"
        raise DamagedFileError(
            f"it must hold one array, or positions and values of one length, but holds: {held}. "
            "Save those alone."
        )
    return _squeezed(values[0]), ""


def _text(data: bytes, path: Path) -> tuple[Array, str]:
    """Rows of numbers, and how they were written."""
    text = _decoded(data)
    lines = [(n, _COMMENT.sub("", line).strip()) for n, line in enumerate(text.splitlines(), 1)]
    lines = [(n, line.replace("\N{MINUS SIGN}", "-")) for n, line in lines if line]
    if not lines:
        raise DamagedFileError("it is empty. Write one number per line, or positions and values.")
    between, comma = _manner([line for _, line in lines], path.suffix.lower() == ".csv")
    rows: list[list[float]] = []
    header = 0
    for number, line in lines:
        cells = _cells(line, between)
        values = [_value(cell, comma) for cell in cells]
        labelled = len(values) > 1 and None not in values[1:]
        if not rows and not labelled and not _DATA.fullmatch(cells[0]):
            header += 1
            continue
        for column, (cell, value) in enumerate(zip(cells, values, strict=True), 1):
            if value is None:
                raise DamagedFileError(
                    f"line {number}, column {column} must be a finite number, but is `{cell}`"
                    f"{' (numbers here have a decimal comma)' * comma}. Correct or remove it."
                )
        rows.append([value for value in values if value is not None])
        if len(rows[-1]) != len(rows[0]):
            raise DamagedFileError(
                f"line {number} holds {len(rows[-1])} number(s), those before it {len(rows[0])}. "
                "Complete it, or leave it out."
            )
    if not rows:
        raise DamagedFileError("it holds no line of numbers. Write positions and values.")
    named = {",": "commas between columns", ";": "semicolons between columns", "\t": "tabs"}
    how = [named[between]] if between and len(rows[0]) > 1 else []
    how += ["decimal commas"] * comma + [f"{header} line(s) of header left out"] * (header > 0)
    return _squeezed(np.array(rows)), ", ".join(how)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    if "\0" in text:
        raise DamagedFileError("it is no text. Give a file of NumPy the ending .npy or .npz.")
    return text


def _manner(lines: Sequence[str], is_csv: bool) -> tuple[str | None, bool]:
    """What stands between columns (None: blanks), and whether commas are decimal."""
    last = lines[-1]
    for between in (";", "\t"):
        if between in last:
            cells = [cell for line in lines for cell in _cells(line, between)]
            return between, any(map(_DECIMAL_COMMA.fullmatch, cells))
    if "," not in last:
        return None, False
    cells = _cells(last, None)
    if len(cells) > 1 and all(_value(cell, True) is not None for cell in cells):
        return None, True
    data = [line for line in lines if _DATA.fullmatch(_cells(line, None)[0])]
    one = all(_DECIMAL_COMMA.fullmatch(line) for line in data)
    if one and not (is_csv and all(_TWO_WHOLE.fullmatch(line) for line in data)):
        raise DamagedFileError(
            f"`{last}` may be two numbers or one with a decimal comma. Write a point, or a blank "
            "beside a comma between columns."
        )
    return ",", False


def _cells(line: str, between: str | None) -> list[str]:
    """Cells without quotation marks, and without an empty one at the end."""
    cells = [cell.strip().strip("\"'").strip() for cell in line.split(between)]
    return cells if cells[-1] or len(cells) == 1 else cells[:-1]


def _value(cell: str, comma: bool) -> float | None:
    """The finite number in a cell, or None."""
    if comma and "," in cell:
        if not _DECIMAL_COMMA.fullmatch(cell):
            return None
        cell = cell.replace(",", ".")
    elif comma and "." in cell:
        return None
    match = _NUMBER.fullmatch(cell)
    if match is None:
        return None
    value = float(f"{match[1]}e{match[2] or match[3] or 0}")
    return value if np.isfinite(value) else None


def _squeezed(array: Array) -> Array:
    """Without axes of one point: a row and a column are both a line of numbers."""
    return array.reshape([n for n in array.shape if n != 1] or [1])


def _table(
    values: Array, bounds: Sequence[tuple[float, float]] | None, name: str
) -> tuple[Objective, str]:
    shape = " x ".join(map(str, values.shape))
    if any(n < 2 or n & (n - 1) for n in values.shape):
        raise ValueError(
            f"it must have a power of two (2 or more) points along every axis, but has {shape}. "
            "Resample it, or write two columns, positions and values: curves may have any size."
        )
    if bounds is None:
        raise ValueError(
            f"Argument `bounds` is needed for {shape} values without positions. Write --bounds "
            f"{' '.join(['-3 3'] * values.ndim)}, or two columns: positions and values."
        )
    pairs = list(bounds) * values.ndim if len(bounds) == 1 else list(bounds)
    if len(pairs) != values.ndim:
        must = f"be one (lower, upper) pair per axis of {shape} values"
        raise bad_value("bounds", must, f"{len(pairs)} pairs")
    return Objective.from_table(values, pairs, name), f"{shape} values"


def _curve(
    rows: Array, bounds: Sequence[tuple[float, float]] | None, name: str
) -> tuple[Objective, str]:
    order = np.argsort(rows[:, 0], kind="stable")
    curve = Curve(*rows[order].T)
    x, count = curve.positions, len(rows)
    what = f"{count} positions and values from {x[0]:g} to {x[-1]:g}"
    spacing = float(x[-1] - x[0]) / (count - 1)
    box = (float(x[0]), float(x[0]) + count * spacing)
    near = _EVEN * spacing
    even = np.allclose(x, x[0] + spacing * np.arange(count), rtol=0, atol=near)
    fits = bounds is None or np.allclose(bounds[0], box, rtol=0, atol=near)
    if even and fits and not count & (count - 1):
        return Objective.from_table(curve.values, bounds or [box], name), f"{what}, evenly spaced"
    lower, upper = map(float, bounds[0]) if bounds is not None else (float(x[0]), float(x[-1]))
    if lower < x[0] or upper > x[-1]:
        must = f"lie within the positions, {x[0]:g} to {x[-1]:g}"
        raise bad_value("bounds", must, (lower, upper), "Leave them out to use all.")
    minimum, minimizers = curve.lowest(lower, upper)
    objective = Objective(
        curve,
        1,
        name,
        ((lower, upper),),
        minimizers,
        minimum,
        source={"curve": curve.identity()},
        style="arrays",
    )
    return objective, f"{what}, {'' if even else 'un'}evenly spaced; between them {INTERPOLATION}"


def refuse_other_files(text: str) -> None:
    """Refuse a text that names a file which is neither a table nor a formula.

    Raises:
        ValueError: It names one, such as ``results.xlsx``.
    """
    if re.search(r"\w\.[A-Za-z]\w{1,5}$", text) and Path(text).is_file():
        must = f"be a file that ends in {any_of(TABLE_FILES)}"
        raise bad_value("objective", must, text, "Export it as one of those.")
