"""Figures of the paper as a whole: every one is drawn, and the files are written."""

import ast
import csv
import importlib
import io
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import qdml_quantum
from qdml_quantum.plot.paper import FIGURES, draw_paper_figure, save_paper_figures

PNG, ROWS = b"\x89PNG\r\n\x1a\n", 40_000
# The denoiser is trained for 5 s.
EVERY = [pytest.param(n, marks=pytest.mark.slow) if n == 7 else n for n in FIGURES]


def test_there_are_the_figures_1_to_7():
    assert list(FIGURES) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.extra("plots")
@pytest.mark.parametrize("figure", EVERY)
def test_every_figure_shows_its_numbers(made, figure):
    """Every finite column of every table is drawn, or names what is drawn."""
    drawn = draw_paper_figure(made(figure))
    assert f"Figure {figure}." in drawn.get_suptitle()
    for ax in drawn.axes:
        assert ax.has_data() or (ax.texts and not ax.axison)
        assert ax.get_xlabel() or ax.images or ax.collections or not ax.axison
    assert made(figure).to_dict()["figure"] == figure


@pytest.mark.parametrize("figure", EVERY)
def test_tables_are_csv_in_full_precision(made, figure):
    for name, table in made(figure).tables.items():
        rows = list(csv.reader(io.StringIO(made(figure).to_csv(name))))
        assert rows[0] == list(table)
        assert 1 < len(rows) < ROWS
        first = next(iter(table.values()))
        assert rows[1][0] == str(np.asarray(first).tolist()[0])


@pytest.mark.slow
@pytest.mark.extra("plots")
def test_files_are_written_and_the_same_every_time(tmp_path):
    written = save_paper_figures(tmp_path / "a", [3])
    again = save_paper_figures(tmp_path / "b", [3])
    assert [path.name for path in written] == [
        "figure-3.png",
        "figure-3.svg",
        "figure-3-turned.csv",
        "figure-3-paths.csv",
        "figure-3-density.csv",
    ]
    for one, other in zip(written, again, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    assert written[0].read_bytes().startswith(PNG)
    assert b"</svg>" in written[1].read_bytes()


@pytest.mark.extra("plots")
def test_an_unknown_figure_is_refused_before_any_is_made(tmp_path):
    with pytest.raises(ValueError, match=r"be one of 1, .*7, but is 8"):
        save_paper_figures(tmp_path / "new", [3, 8])
    assert not (tmp_path / "new").exists()


ROOT = Path(__file__).parents[3]


def equations():
    """Rows of the table in docs/paper.md: equation, claim, code, tests, lesson."""
    text = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
    table = text[text.index("| equation |") : text.index("| figure |")]
    rows = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    assert [cell.strip() for cell in rows[0]] == ["equation", "claim", "code", "tests", "lesson"]
    return [[cell.strip() for cell in row] for row in rows[1:]]


def numbers_in(cell):
    """Numbers of equations, or of figures: `(12)-(16)` are five."""
    for first, last in re.findall(r"\((\d+)\)(?:-\((\d+)\))?", cell):
        yield from range(int(first), int(last or first) + 1)


def test_every_equation_and_every_figure_has_one_row():
    cells = [row[0] for row in equations()]
    assert sorted(number for cell in cells for number in numbers_in(cell)) == list(range(1, 26))
    figures = [cell.partition("Fig. ")[2] for cell in cells if "Fig. " in cell]
    assert sorted(n for cell in figures for n in map(int, cell.split(","))) == list(FIGURES)


def defined(name):
    """Whether something of this name is in the package, at the top or in one of its modules."""
    if hasattr(qdml_quantum, name):
        return True
    rooms = ("qdml_quantum.reference", "qdml_quantum.learning", "qdml_quantum.optimize")
    return any(
        hasattr(importlib.import_module(module.name), name)
        for room in rooms
        for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + ".")
    )


@pytest.mark.extra("learning")
def test_the_code_of_every_equation_is_there():
    names = {
        re.match(r"\w+", code)[0]
        for row in equations()
        for code in re.findall(r"`([^`]+)`", row[2])
        if not code.startswith("qdml_quantum.")
    }
    assert len(names) > 25
    assert [name for name in sorted(names) if not defined(name)] == []


def test_the_tests_and_the_lesson_of_every_equation_are_there():
    for row in equations():
        tests, lessons = re.findall(r"`([^`]+)`", row[3]), re.findall(r"\.\./(\S+?)\)", row[4])
        assert tests and lessons, row[0]
        for test in tests:
            path, _, name = test.partition("::")
            tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
            functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in functions, test
        code = " ".join((ROOT / lesson).read_text(encoding="utf-8") for lesson in lessons)
        used = [re.match(r"\w+", one)[0] for one in re.findall(r"`([^`]+)`", row[2])]
        assert any(name in code for name in used), row[0]
