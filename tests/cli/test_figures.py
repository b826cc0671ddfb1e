"""`qdml figures`: which are written, where, and what is refused."""

import json

import pytest
from command import qdml


@pytest.mark.extra("plots")
def test_one_figure_is_written_and_its_files_are_named(here, capsys):
    code, out, err = qdml(capsys, "figures", "--only", 3, "--output", "made", "--json")
    assert (code, err) == (0, "")
    written = json.loads(out)["written"]
    assert written == [str(path) for path in written if path.startswith("made/figure-3")]
    assert {path.name for path in (here / "made").iterdir()} == {
        path.rsplit("/", 1)[1] for path in written
    }


@pytest.mark.extra("plots")
def test_what_is_asked_for_is_handed_on(here, capsys, monkeypatch):
    seen = []

    def save(folder, figures, *, progress):
        seen.append((folder, figures, progress))
        return []

    monkeypatch.setattr("qdml_quantum.plot.paper.save_paper_figures", save)
    qdml(capsys, "figures")
    qdml(capsys, "figures", "--only", 2, 7, "--output", "x", "--json")
    assert seen == [("qdml-runs/figures", None, True), ("x", [2, 7], False)]


@pytest.mark.extra("plots")
def test_a_figure_that_is_not_there_is_one_clear_message(here, capsys):
    code, out, err = qdml(capsys, "figures", "--only", 8)
    assert (code, out) == (2, "")
    assert err.startswith("qdml: Argument `--only` must be one of 1, 2")
    assert not (here / "qdml-runs").exists()
