"""Numbers behind a figure, as tables that a spreadsheet can read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.messages import bad_value

Table = Mapping[str, NDArray[Any]]
"""Columns of equal length by name."""

Contents = tuple[Mapping[str, Table], Mapping[str, float]]
"""What the module of a figure computes: tables and facts, see `Numbers`."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """What a figure shows.

    Attributes:
        figure: Its number in the paper.
        title: What it shows, in one line.
        tables: Tables by name; each becomes a CSV file.
        facts: Single numbers that the text refers to.

    Raises:
        ValueError: Columns of a table differ in length.

    >>> made = Numbers(2, "width", {"width": {"time": np.arange(2.0), "sigma": np.ones(2)}}, {})
    >>> print(made.to_csv("width"), end="")
    time,sigma
    0.0,1.0
    1.0,1.0
    """

    figure: int
    title: str
    tables: Mapping[str, Table]
    facts: Mapping[str, float]

    def __post_init__(self) -> None:
        for name, table in self.tables.items():
            lengths = {column: len(values) for column, values in table.items()}
            if len(set(lengths.values())) > 1:
                raise bad_value(name, "have columns of equal length", lengths)

    def to_csv(self, table: str) -> str:
        """One table as CSV, the numbers in full precision."""
        columns = self.tables[table]
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(columns)
        plain = [np.asarray(values).tolist() for values in columns.values()]
        writer.writerows(zip(*plain, strict=True))
        return buffer.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, with the columns."""
        tables = {
            name: {column: np.asarray(values).tolist() for column, values in table.items()}
            for name, table in self.tables.items()
        }
        return {
            "figure": self.figure,
            "title": self.title,
            "facts": dict(self.facts),
            "tables": tables,
        }


def columns(points: NDArray[Any]) -> Table:
    """Points of the plane as a table."""
    return {"x": points[:, 0], "y": points[:, 1]}


def draw_clouds(ax: Any, data: Numbers, labels: Mapping[str, str], title: str) -> None:
    """Draw tables of points, by name, over each other."""
    for name, label in labels.items():
        points = data.tables[name]
        ax.plot(points["x"], points["y"], ".", markersize=2, alpha=0.6, label=label)
    ax.set(title=title, xlabel="$x$", ylabel="$y$", aspect="equal")
