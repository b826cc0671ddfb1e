"""The command line as a whole: help, exit codes, and one clear message per mistake."""

import subprocess
import sys

import pytest
from command import qdml

import qdml_quantum
from qdml_quantum import cli
from qdml_quantum.cli.options import MISTAKE, RUNS


def test_help_loads_neither_qiskit_nor_numpy():
    script = (
        "import sys; from qdml_quantum import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
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


MISTAKES = [
    (["run", "double_well", "--bounds", "3", "-3"], "`bounds`"),
    (["run", "double_well", "--bounds", "3", "3"], "`bounds`"),
    (["run", "double_well", "--bounds", "nan", "3"], "`bounds`"),
    (["run", "double_well", "--bounds", "-inf", "3"], "`bounds`"),
    (["run", "double_well", "--bounds", "1"], "`bounds`"),
    (["run", "double_well", "--qubits", "0"], "`num_qubits`"),
    (["run", "double_well", "--qubits", "40"], "`num_qubits`"),
    (["run", "double_well", "--steps", "0"], "`num_steps`"),
    (["run", "double_well", "--stages", "0"], "`num_stages`"),
    (["run", "double_well", "--d-start", "-1"], "`d_start`"),
    (["run", "double_well", "--d-stop", "-1"], "`d_stop`"),
    (["run", "double_well", "--d-start", "1", "--d-stop", "2"], "`d_stop`"),
    (["run", "double_well", "--time-step", "-0.1"], "`time_step`"),
    (["run", "double_well", "--shots", "0"], "`shots`"),
    (["run", "double_well", "--seed", "-1"], "`seed`"),
    (["run", "double_well", "--radius", "2"], "`radius`"),
    (["run", "double_wel"], "Did you mean `double_well`"),
    (["run", "double_well", "--backend", "aerr"], "Did you mean `aer`"),
    (["run", "double_well", "--formula", "strung"], "Did you mean `strang`"),
    (["run", "double_well", "--schedule", "geom"], "Did you mean `geometric`"),
    (["run", "double_well", "--schedule", "qhd", "--d-stop", "1"], "`d_stop` must be left out"),
    (
        ["run", "double_well", "--schedule", "equal_phase", "--step-exponent", "1"],
        "`step_exponent` must be left out",
    ),
    (["run", "double_well", "--precision", "singel"], "Did you mean `single`"),
    (["run", "x**2"], "`bounds`"),
    (["run", "1/x", "--bounds", "-1", "1"], "x = 0.0"),
    (["run", "__import__('os')", "--bounds", "-1", "1"], "column 1"),
    (["run", "himmelblau", "--dimensions", "3"], "`dimensions`"),
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


def test_a_bug_is_not_hidden_as_a_mistake(monkeypatch):
    monkeypatch.setattr("qdml_quantum.objectives.describe", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["list"])
