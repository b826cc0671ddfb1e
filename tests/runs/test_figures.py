"""Figures of a finished run are drawn once, and again where anything is not as it was."""

import pytest

from qdml_quantum.runs.figures import drawn_figures, keep_drawn


@pytest.fixture
def folder(tmp_path):
    for name in ("result.json", "stages.png", "energy.png"):
        (tmp_path / name).write_text(name)
    keep_drawn(tmp_path, [tmp_path / "stages.png", tmp_path / "energy.png"])
    return tmp_path


def test_what_was_drawn_is_known(folder):
    assert drawn_figures(folder) == [folder / "stages.png", folder / "energy.png"]


@pytest.mark.parametrize("name", ["result.json", "stages.png", "energy.png", "figures.json"])
def test_what_is_gone_or_changed_is_drawn_again(folder, name):
    (folder / name).write_text("other")
    assert drawn_figures(folder) is None
    (folder / name).unlink()
    assert drawn_figures(folder) is None


def test_a_folder_without_figures_has_none(tmp_path):
    assert drawn_figures(tmp_path) is None
