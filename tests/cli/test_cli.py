"""The command line as a whole: help, exit codes, and one clear message per mistake."""

import json
import math
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command import qdml

import qdml_quantum
from qdml_quantum import cli
from qdml_quantum.cli.options import BUG, MISTAKE, RUNS


def test_help_loads_neither_qiskit_nor_numpy():
    script = (
        "import sys; from qdml_quantum import cli\n"
        "cli.main(['--help'])\n"
        "print([m for m in ('qiskit', 'numpy', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_package_is_the_command_too(here):
    """``python -m qdml_quantum`` prints and returns what `qdml` does."""
    command = [sys.executable, "-m", "qdml_quantum"]
    good = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stdout) == (0, f"qdml {qdml_quantum.__version__}\n")
    bad = subprocess.run(
        [*command, "run", "nothing_like_it"], capture_output=True, text=True, check=False
    )
    assert bad.returncode == MISTAKE
    assert "qdml: Unknown objective" in bad.stderr


def test_no_command_prints_help(capsys):
    code, out, _ = qdml(capsys)
    assert code == 0
    assert "qdml run double_well" in out


@pytest.mark.parametrize("name", [command.name for command in cli.COMMANDS])
def test_what_is_no_option_leads_to_the_help_of_its_command(capsys, name):
    code, _, err = qdml(capsys, name, "--oops")
    assert code == MISTAKE
    assert err.endswith(f". See qdml {name} --help.\n")


def test_what_is_no_option_is_named(capsys):
    _, _, err = qdml(capsys, "plan", "double_well", "--oops", "3")
    assert err == "qdml: unrecognized arguments: --oops 3. See qdml plan --help.\n"


MISTAKES = [
    (["run", "double_well", "--bounds", "3", "-3"], "`--bounds`"),
    (["run", "double_well", "--bounds", "3", "3"], "`--bounds`"),
    (["run", "double_well", "--bounds", "nan", "3"], "`--bounds`"),
    (["run", "double_well", "--bounds", "-inf", "3"], "`--bounds`"),
    (["run", "double_well", "--bounds", "1"], "`--bounds`"),
    (["run", "double_well", "--qubits", "0"], "`--qubits`"),
    (["run", "double_well", "--qubits", "40"], "`--qubits`"),
    (["run", "double_well", "--steps", "0"], "`--steps`"),
    (["run", "double_well", "--stages", "0"], "`--stages`"),
    (["run", "double_well", "--d-start", "-1"], "`--d-start`"),
    (["run", "double_well", "--d-stop", "-1"], "`--d-stop`"),
    (["run", "double_well", "--d-start", "1", "--d-stop", "2"], "`--d-stop`"),
    (["run", "double_well", "--time-step", "-0.1"], "`--time-step`"),
    (["run", "double_well", "--shots", "0"], "`--shots`"),
    (["run", "double_well", "--seed", "-1"], "`--seed`"),
    (
        ["run", "double_well", "--qubits", "3", "--shots", "9" * 20],
        "`--shots` must be less than 2^63",
    ),
    (
        ["run", "double_well", "--qubits", "3", "--seed", "9" * 20],
        "`--seed` must be less than 2^63",
    ),
    (["run", "x**2", "--bounds", "0", "1e-160"], "`--bounds` must have a length between 1e-100"),
    (["run", "+".join(["q**2"] * 80), "--bounds", "-1", "1"], "Unknown name 'q'"),
    (["plan", "+".join(["q**2"] * 80), "--backend", "fake_fez"], "Unknown name 'q'"),
    (
        ["optimize", "harmonic", "--qubits", "3", "--diffusion", "1", "--time-limit", "-1"],
        "`--time-limit`",
    ),
    (["run", "double_well", "--radius", "2"], "`--radius`"),
    (["run", "double_wel"], "Did you mean `double_well`"),
    (["run", "double_well", "--backend", "aerr"], "Did you mean `aer`"),
    (["run", "double_well", "--formula", "strung"], "Did you mean `strang`"),
    (["run", "double_well", "--schedule", "geom"], "Did you mean `geometric`"),
    (["run", "double_well", "--schedule", "qhd", "--d-stop", "1"], "`--d-stop` must be left out"),
    (
        ["run", "double_well", "--schedule", "equal_phase", "--step-exponent", "1"],
        "`--step-exponent` must be left out",
    ),
    (["run", "double_well", "--precision", "singel"], "Did you mean `single`"),
    (["run", "x**2"], "`--bounds`"),
    (["run", "1/x", "--bounds", "-1", "1"], "x = 0.0"),
    (["run", "__import__('os')", "--bounds", "-1", "1"], "column 1"),
    (["run", "himmelblau", "--dimensions", "3"], "`--dimensions`"),
    (["run", "missing.toml"], "missing.toml"),
    (["show", "nowhere"], "nowhere"),
    (["list", "rastrigi"], "Did you mean `rastrigin`"),
]


@pytest.mark.parametrize(
    ("arguments", "words"), MISTAKES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_mistake_is_one_clear_message(here, capsys, arguments, words):
    code, out, err = qdml(capsys, *arguments)
    assert code == 2
    message = err[err.index("qdml: ") :]
    assert words in message
    assert "Traceback" not in err
    assert out == ""
    assert not (here / RUNS).exists()  # nothing half-written


FOREIGN = [
    lambda: 1 / 0,
    lambda: {}["x"],
    lambda: len(3),
    lambda: int("x"),
    lambda: None.name,
    lambda: next(iter(())),
    lambda: math.sqrt(-1),
    lambda: np.zeros(2) + np.zeros(3),
    lambda: json.loads("{"),
]
"""What escapes where nobody thought of it: of operations, of Python, of libraries."""


@pytest.mark.parametrize("fails", FOREIGN)
def test_what_nobody_worded_is_one_line_that_asks_for_a_report(capsys, monkeypatch, fails):
    monkeypatch.delenv("QDML_DEBUG", raising=False)
    monkeypatch.setattr("qdml_quantum.objectives.describe", lambda *_: fails())
    code, out, err = qdml(capsys, "list", "harmonic")
    assert (code, out, err.count("\n")) == (BUG, "", 1)
    assert f"mistake of qdml {qdml_quantum.__version__}" in err and "QDML_DEBUG=1" in err
    monkeypatch.setenv("QDML_DEBUG", "1")
    with pytest.raises(Exception):  # noqa: B017
        cli.main(["list", "harmonic"])


def test_what_is_reported_holds_no_token(capsys, monkeypatch):
    def fails(*_):
        raise KeyError("Authorization: Bearer abcdefghijkl")

    monkeypatch.setattr("qdml_quantum.objectives.describe", fails)
    assert "abcdefgh" not in qdml(capsys, "list", "harmonic")[2]


def shell(line, **options):
    command = f"{shlex.quote(sys.executable)} -m qdml_quantum"
    return subprocess.run(
        ["bash", "-c", line.replace("qdml", command)],
        capture_output=True, text=True, check=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("qdml list >&-", 0),
        ("qdml --help >&-", 0),
        ("qdml >&-", 0),
        ("qdml --version >&- 2>&-", 0),
        ("qdml run nothing_like_it 2>&-", 2),
        ("qdml list | head -1 >/dev/null; exit ${PIPESTATUS[0]}", 0),
        ("qdml --help | true; exit ${PIPESTATUS[0]}", 0),
    ],
)
def test_streams_that_nobody_reads_are_no_error(line, code):
    done = shell(line)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_a_full_disk_is_one_line():
    done = shell("qdml list >/dev/full")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "No space left" in done.stderr


def test_a_terminal_without_the_letters_shows_their_numbers(here):
    """Nothing is lost, and the folder has its name."""
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"}
    done = shell("qdml circuit harmonic --qubits 2 --steps 1 --qasm f\u00f6.qasm", env=ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    assert "f\\xf6.qasm" in done.stdout and (here / "f\u00f6.qasm").exists()
