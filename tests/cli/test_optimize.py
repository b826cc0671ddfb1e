"""`qdml optimize` and `qdml minimize`: outcomes, files, and mistakes."""

import json

import pytest
from command import qdml


def test_minimize_prints_the_outcome(here, capsys):
    code, out, err = qdml(capsys, "minimize", "x**2 + (y - 1)**2", "--bounds", -4, 4, "--seed", 1)
    assert code == 0
    for words in (
        "nfev",
        "two_qubit_gates",
        "agreement",
        "lowest_evaluated",
        "Independent starts agree",
    ):
        assert words in out
    assert "minimize" in err  # the bar
    code, out, err = qdml(
        capsys, "minimize", "rastrigin", "--dimensions", 2, "--json", "--polish", "nelder-mead"
    )
    data = json.loads(out)
    assert (code, err) == (0, "")
    assert max(map(abs, data["x"])) < 1e-3 < max(map(abs, data["starts"][0]["measured"]))
    assert len(data["windows"]) == data["nit"] and len(data["starts"]) == 4


def test_minimize_keeps_what_is_typed_as_a_constraint(here, capsys):
    """(1 - x)^2 + (1 - y)^2 on the line x = 2 y within x + y <= 1: at (2/3, 1/3)."""
    limits = ("--constraint", "x + y <= 1", "--constraint", "x1 == 2*x2")
    bowl = ("(1 - x)**2 + (1 - y)**2", "--bounds", -2, 2, "--maxfev", 3000)
    code, out, _ = qdml(capsys, "minimize", *bowl, *limits, "--json")
    data = json.loads(out)
    assert code == 0 and data["maxcv"] <= 1e-6
    assert data["x"] == pytest.approx([2 / 3, 1 / 3], abs=1e-4)
    code, out, _ = qdml(capsys, "minimize", *bowl, "--constraint", "x >= 5", "--json")
    assert code == 1 and "within the constraints" in json.loads(out)["message"]


def test_minimize_says_what_it_did_not_reach(here, capsys):
    arguments = ("x**2", "--bounds", -4, 4, "--maxfev", 150, "--polish", "none")
    code, out, _ = qdml(capsys, "minimize", *arguments)
    assert code == 1
    assert "one start only" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x**2"], "`--bounds` is needed"),
        (["x**2", "--bounds", -1, 1, "--maxfev", 3], "`--maxfev` must be at least"),
        (["x**2", "--bounds", -1, 1, "--steps", 5], "`--steps` must be one of"),
        (["rastrigin", "--polish", "newton"], "Unknown polish"),
        (["x**2", "--bounds", -1, 1, "--integers", 2], "`--integers` must be from 1 to 1"),
        (["x**2 + y", "--bounds", -1, 1, "--constraint", "x + y"], "compares two sides"),
        (["x**2 + y", "--bounds", -1, 1, "--constraint", "x < 1"], "Write <= for a limit"),
        (["x**2 + y", "--bounds", -1, 1, "--constraint", "x3 <= 1"], "there are 2 variables"),
        (["x**2 + y", "--bounds", -1, 1, "--constraint", "open(1) <= x"], "Unknown name 'open'"),
        (["x + y", "--bounds", -1, 1, "--constraint", "1/x <= 1/0"], "Division by zero"),
        (["rastrign"], "Did you mean `rastrigin`?"),
        (["log(x)", "--bounds", -2, -1], "`fun` must be finite somewhere"),
    ],
)
def test_mistakes_of_minimize_are_one_line(here, capsys, arguments, words):
    code, out, err = qdml(capsys, "minimize", *arguments)
    assert (code, out) == (2, "")
    assert words in err and "Traceback" not in err


@pytest.mark.slow
@pytest.mark.extra("plots")
def test_optimised_steps_are_saved_drawn_and_run(here, capsys):
    code, out, _ = qdml(
        capsys, "optimize", "harmonic", "--qubits", 6, "--diffusion", 0.25, "--steps", 4,
        "--starts", 2, "--output", "few.json", "--draw", "few.png",
    )  # fmt: skip
    assert code == 0 and "4 steps" in out and "written: few.json" in out
    assert (here / "few.png").read_bytes().startswith(b"\x89PNG")
    code, out, err = qdml(
        capsys, "run", "harmonic", "--qubits", 6, "--schedule", "few.json", "--no-figures", "--json"
    )
    data = json.loads(out)
    anneal = data["anneal"]
    assert (anneal["formula"]["name"], anneal["schedule"]["goal"], err) == ("lie", 0.25, "")
    assert data["fidelity"] > 0.95
    _, out, _ = qdml(
        capsys, "optimize", "harmonic", "--qubits", 6, "--diffusion", 0.25, "--steps", 4,
        "--starts", 2, "--goal", "energy", "--json",
    )  # fmt: skip
    assert json.loads(out)["value"] <= json.loads(out)["start"]


def test_mistakes_of_optimize_are_one_line(here, capsys):
    few = ["optimize", "harmonic", "--qubits", 4, "--diffusion"]
    for arguments, words in (([0], "`--diffusion`"), ([1, "--goal", "energi"], "`energy`")):
        code, _, err = qdml(capsys, *few, *arguments)
        assert code == 2 and words in err and not (here / "schedule.json").exists()


def test_minimize_writes_how_its_windows_closed_in(here, capsys):
    arguments = ["x**2 + (y - 1)**2", "--bounds", -4, 4, "--seed", 1, "--maxfev", 1000]
    _, out, _ = qdml(capsys, "minimize", *arguments, "--html", "a.html", "--json")
    assert json.loads(out)["page"] == "a.html"
    assert "onerror" not in (here / "a.html").read_text(encoding="utf-8")
    assert "How the windows closed in" in (here / "a.html").read_text(encoding="utf-8")
