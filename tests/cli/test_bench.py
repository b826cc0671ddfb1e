"""`qdml bench`: table, JSON and figure, and going on."""

import json

import pytest
from command import qdml


@pytest.mark.extra("plots")
def test_bench_writes_table_json_and_figure_and_goes_on(here, capsys):
    arguments = ["bench", "optimization", "--functions", "levy", "--seeds", 2, "--workers", 1]
    arguments += ["--evaluations", 400]
    arguments += ["--methods", "quantum", "uniform", "direct"]
    code, out, _ = qdml(capsys, *arguments)
    assert code == 0
    assert "Boxes shifted at random" in out and "optimization.png" in out
    folder = here / "qdml-runs" / "bench"
    assert (folder / "optimization.png").read_bytes().startswith(b"\x89PNG")
    times = {path: path.stat().st_mtime_ns for path in (folder / "runs").iterdir()}
    assert len(times) == 2 * 4 + 1 + 2
    _, out, err = qdml(capsys, *arguments, "--json", "--html", "a.html")
    assert "a.html" in json.loads(out)["written"]
    assert "Global optimisation, compared" in (here / "a.html").read_text(encoding="utf-8")
    assert err == ""
    assert json.loads(out)["runs"] == json.loads((folder / "optimization.json").read_text())["runs"]
    assert times == {path: path.stat().st_mtime_ns for path in (folder / "runs").iterdir()}


def test_mistakes_of_bench_are_one_line(here, capsys):
    code, _, err = qdml(capsys, "bench", "optimization", "--methods", "quantm")
    assert code == 2 and "Did you mean `quantum`?" in err
