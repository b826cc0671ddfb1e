"""The page as a widget of notebooks: draw in the browser, run on Aer."""

from __future__ import annotations

from functools import cache
from typing import Any

from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.extras import require
from qdml_quantum.teach.lab.links import EVEN, link_of, problem_of, schedule_of
from qdml_quantum.teach.lab.page import join


class Lab:
    """The page in a cell of Jupyter, VS Code, Colab or marimo (extra `lab`).

    What is drawn there comes back: `schedule` is the D(t), `problem` the landscape on its grid.

    Args:
        problem: What it begins with, of one or two dimensions; default the tilted double well.
        schedule: D(t) that it begins with, drawn as nine points; default equal ratios.

    Raises:
        ImportError: `anywidget` is not installed.
        ValueError: The problem does not fit the page (`link_of`).

    Attributes:
        widget: The `anywidget.AnyWidget` itself, for `marimo.ui.anywidget` and layouts.
    """

    def __init__(self, problem: Problem | None = None, schedule: Schedule | None = None) -> None:
        self.widget = _widget_class()(state=link_of(problem, schedule))

    @property
    def link(self) -> str:
        """The state of the page as the hash of a link."""
        return str(self.widget.state)

    @link.setter
    def link(self, link: str) -> None:
        self.widget.state = link

    @property
    def schedule(self) -> Schedule:
        """The D(t) of the page, one stage for every step; equal ratios until one is drawn."""
        return schedule_of(self.link if "k=" in self.link else EVEN)

    @property
    def problem(self) -> Problem:
        """The landscape of the page on its grid, typed, shifted or drawn."""
        return problem_of(self.link)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)


@cache
def _widget_class() -> Any:
    """The class of the widget, which needs an optional library, made once."""
    anywidget = require("anywidget", "Widgets of notebooks")
    traitlets = require("traitlets", "Widgets of notebooks")
    traits = {
        "_esm": join("notebook.js"),
        "state": traitlets.Unicode("").tag(sync=True),
        "data": traitlets.Any(None, allow_none=True).tag(sync=True),
    }
    return type("LabWidget", (anywidget.AnyWidget,), traits)
