"""Figures of the paper as a whole: every one is drawn, and the files are written."""

import csv
import io

import numpy as np
import pytest

from qdml_quantum.paper import FIGURES, draw_paper_figure, save_paper_figures

PNG, ROWS = b"\x89PNG\r\n\x1a\n", 40_000


def test_there_are_the_figures_2_to_7():
    assert list(FIGURES) == [2, 3, 4, 5, 6, 7]


@pytest.mark.extra("plots")
@pytest.mark.parametrize("figure", list(FIGURES))
def test_every_figure_shows_its_numbers(made, figure):
    """Every finite column of every table is drawn, or names what is drawn."""
    drawn = draw_paper_figure(made(figure))
    assert f"Figure {figure}." in drawn.get_suptitle()
    for ax in drawn.axes:
        assert ax.has_data()
        assert ax.get_xlabel() or ax.images or ax.collections
    assert made(figure).to_dict()["figure"] == figure


@pytest.mark.parametrize("figure", list(FIGURES))
def test_tables_are_csv_in_full_precision(made, figure):
    for name, table in made(figure).tables.items():
        rows = list(csv.reader(io.StringIO(made(figure).to_csv(name))))
        assert rows[0] == list(table)
        assert 1 < len(rows) < ROWS
        first = next(iter(table.values()))
        assert rows[1][0] == str(np.asarray(first).tolist()[0])


@pytest.mark.extra("plots")
def test_files_are_written_and_the_same_every_time(tmp_path):
    written = save_paper_figures(tmp_path / "a", [3])
    again = save_paper_figures(tmp_path / "b", [3])
    assert [path.name for path in written] == [
        "figure-3.png",
        "figure-3.svg",
        "figure-3-paths.csv",
        "figure-3-density.csv",
    ]
    for one, other in zip(written, again, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    assert written[0].read_bytes().startswith(PNG)
    assert b"</svg>" in written[1].read_bytes()


@pytest.mark.extra("plots")
def test_an_unknown_figure_is_refused_before_any_is_made(tmp_path):
    with pytest.raises(ValueError, match=r"be one of 2, .*7, but is 1"):
        save_paper_figures(tmp_path / "new", [3, 1])
    assert not (tmp_path / "new").exists()
