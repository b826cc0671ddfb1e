"""`qdml evolve`: a table over time, as the library has it."""

import csv
import json

import numpy as np
import pytest
from command import qdml

from qdml_quantum.cli.options import FAILED, MISTAKE

BOWL = ("evolve", "x**2", "--bounds", -8, 8, "--qubits", 6, "--diffusion", 0.5, "--stop", 3)


def test_a_packet_swings(here, capsys):
    code, out, _ = qdml(
        capsys, *BOWL, "--packet", 1, 0.6, "--points", 7, "--observables", "x", "x < 0", "--json"
    )
    assert code == 0
    columns = json.loads(out)["columns"]
    assert list(columns) == ["t", "x", "x < 0"]
    assert np.allclose(columns["t"], np.linspace(0, 3, 7))
    assert np.allclose(columns["x"], np.cos(np.sqrt(2) * np.array(columns["t"])), atol=1e-5)


def test_an_eigenstate_stands_still_and_a_table_is_written(here, capsys):
    code, out, _ = qdml(
        capsys, *BOWL, "--level", 1, "--points", 3, "--observables", "level1", "x", "--csv", "a.csv"
    )
    assert code == 0
    assert "x**2 on" in out and "a.csv" in out
    head, *rows = csv.reader((here / "a.csv").read_text().splitlines())
    assert head == ["t", "level1", "x"]
    assert [float(row[1]) for row in rows] == pytest.approx([1, 1, 1], abs=1e-5)


def test_a_push_to_the_left_and_a_drive(here, capsys):
    """A minus sign is no option; a drive may move a packet that was at rest."""
    common = (*BOWL[:-1], 1, "--points", 2, "--observables", "p", "--json")
    _, out, _ = qdml(capsys, *common, "--packet", 0, 0.6, -2)
    assert json.loads(out)["columns"]["p"][0] == pytest.approx(-2, abs=1e-6)
    _, out, _ = qdml(capsys, *common, "--packet", 0, 0.6, "--drive", "-x*sin(3*t)")
    assert json.loads(out)["columns"]["p"][1] > 0.1


@pytest.mark.extra("plots")
def test_a_picture(here, capsys):
    code, out, _ = qdml(capsys, *BOWL, "--packet", 1, 0.6, "--points", 9, "--draw", "a.png")
    assert (code, "a.png" in out) == (0, True)
    assert (here / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_check_that_fails_is_an_exit_code(here, capsys):
    """A fast packet on a coarse grid leaves it."""
    code, out, _ = qdml(
        capsys, "evolve", "0*x", "--bounds", -5, 5, "--qubits", 5, "--diffusion", 1, "--stop", 2,
        "--packet", 0, 0.5, 6, "--points", 3,
    )  # fmt: skip
    assert code == FAILED
    assert "not to be trusted" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--packet", 1], "be a center, a width"),
        (["--packet", 1, 0.6, "--level", 0], "left out with --packet"),
        (["--level", -1], "at least 0"),
        (["--points", 1], "at least 2"),
        (["--observables", "speed"], "speed"),
    ],
)
def test_mistakes(here, capsys, arguments, message):
    code, _, err = qdml(capsys, *BOWL, *arguments)
    assert code == MISTAKE and message in err
    assert qdml(capsys, "evolve", "x**2", "--stop", 1)[0] == MISTAKE
