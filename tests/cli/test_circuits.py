"""`qdml circuit` and `qdml circuits`: exports, costs, and mistakes."""

import json
import re

import pytest
from command import QUICK, qdml


def test_circuit_exports(here, capsys):
    code, out, _ = qdml(
        capsys, "circuit", "double_well", "--qubits", 3, "--qasm", "a.qasm", "--qpy", "a.qpy",
        "--json", *QUICK,
    )  # fmt: skip
    facts = json.loads(out)
    assert code == 0
    assert facts["registers"] == {"x1": 3}
    assert (here / "a.qasm").read_text().startswith("OPENQASM 3.0;")
    assert (here / "a.qpy").stat().st_size > 0


COMPILED = ("--qubits", 3, "--effort", 0.2, "--one-step", *QUICK)


@pytest.mark.extra("plots")
def test_circuit_for_a_target_compares_draws_and_exports(here, capsys):
    files = ("--draw", "a.png", "--qasm", "a.qasm")
    code, out, _ = qdml(
        capsys, "circuit", "double_well", "--target", "line", "--budget", "trotter", "--json",
        *files, *COMPILED,
    )  # fmt: skip
    facts = json.loads(out)
    costs = {row["method"]: row["two_qubit_gates"] for row in facts["costs"]}
    assert code == 0
    assert facts["two_qubit_gates"] == costs["ours, joint"] < costs["PauliEvolution"]
    assert facts["truncation"]["budget"][0] == "trotter"
    assert (here / "a.png").read_bytes()[1:4] == b"PNG"
    assert (here / "a.qasm").read_text().startswith("OPENQASM 3.0;")


def test_circuit_prints_a_cost_table(here, capsys):
    code, out, _ = qdml(
        capsys, "circuit", "double_well", "--budget", "max=0.5", "--draw", "a.txt", *COMPILED
    )
    assert code == 0
    assert re.search(r"^one step +two-qubit gates +depth", out, re.M)
    assert re.search(r"^DiagonalGate +\d+ +\d+ +0\.\d\d$", out, re.M)
    assert "max_error" in out
    assert (here / "a.txt").read_text()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--budget", "max=x"), "KIND=RADIANS"),
        (("--budget", "max=-1"), "more than 0 radians"),
        (("--budget", "most=1"), "be of kind"),
        (("--target", "ring"), "Unknown target 'ring'"),
        (("--target", "line", "--effort", 0), "`--effort`"),
        (("--compiler", "jont"), "Did you mean `joint`"),
        (("--target", "line", "--draw", "a.jpg"), "--draw: must end in .png or .txt"),
    ],
)
def test_circuit_names_the_mistake(here, capsys, flags, words):
    options = [*COMPILED, *flags]
    if "--effort" in flags:
        options = ["--qubits", 3, "--one-step", *QUICK, *flags]
    code, _, err = qdml(capsys, "circuit", "double_well", *options)
    assert code == 2
    assert words in err


def test_one_qubit_has_a_step_to_compare(here, capsys):
    """A public method of Qiskit wants more parities than one qubit has."""
    code, out, _ = qdml(
        capsys,
        "circuit",
        "double_well",
        "--qubits",
        1,
        "--one-step",
        "--target",
        "heavy-hex",
        *QUICK,
    )
    assert code == 0 and "synth_cnot_phase_aam" in out


WELLS = "+".join(f"(x{i}**2 - 1)**2 + 0.1*x{i}" for i in range(1, 11))
PAIRS = "+".join(f"0.1*x{i}*x{j}" for i in range(1, 11) for j in range(1, i))
WIDE = ("--qubits", 4, "--bounds", -2, 2)


@pytest.mark.parametrize("compiler", ["walsh", "joint"])
def test_ten_variables_take_no_states(here, capsys, compiler):
    """2^40 points: the schedule comes from pieces of zeta, which the output says."""
    few = ("--d-stop", 0.5, "--steps", 1, "--stages", 3, "--compiler", compiler, "--effort", 0.2)
    files = ("--qpy", "a.qpy", "--json")
    code, out, _ = qdml(capsys, "circuit", f"{WELLS} + x1*x2/4", *WIDE, *few, *files)
    facts = json.loads(out)
    assert code == 0
    assert (facts["qubits"], facts["steps"]) == (40, 3)
    assert facts["chosen_on"].startswith("zeta on x1 x2, x3, x4, ") and facts["two_qubit_gates"]
    assert "D 186" in facts["schedule"] and "-> 0.5" in facts["schedule"]
    assert 0 < facts["pieces_fidelity"] < 1
    assert (here / "a.qpy").stat().st_size > 0


def test_what_joins_the_pieces_is_told(here, capsys):
    code, out, _ = qdml(capsys, "circuit", f"{WELLS} + {PAIRS}", *WIDE, "--stages", 2, "--steps", 1)
    assert code == 0
    assert re.search(r"^chosen_on +zeta on x1 x2 x3, .*; 0\.012 of its variance", out, re.M)
    assert re.search(r"^pieces_fidelity +\d", out, re.M)


@pytest.mark.parametrize(
    ("formula", "flags", "words"),
    [
        (f"sqrt(1 + {WELLS})", (), "needs no table where zeta is a typed sum of terms of few axes"),
        (WELLS, ("--schedule", "optimized"), "a schedule that is not optimised (--schedule)"),
        (WELLS, ("--budget", "trotter", "--compiler", "joint"), "and nothing is left out"),
        (WELLS, ("--compare",), "`--compare` must be left out above 26 qubits"),
        (WELLS, ("--d-start", 1, "--d-stop", 2), "`--d-stop` must be at most `--d-start` (1)"),
        ("7 + 0*x1 + 0*x10", (), "is flat on the grid: every value is 7"),
    ],
)
def test_what_ten_variables_cannot_have_is_said(here, capsys, formula, flags, words):
    code, _, err = qdml(capsys, "circuit", formula, *WIDE, *flags)
    assert code == 2
    assert words in err and "Traceback" not in err


def test_a_dynamic_end(here, capsys):
    command = ("circuit", "double_well", "--qubits", 4, "--compiler", "walsh", "--dynamic", *QUICK)
    code, out, _ = qdml(capsys, *command, "--json", "--qasm", "a.qasm", "--draw", "a.txt")
    facts = json.loads(out)
    assert code == 0
    assert facts["plain_end"]["two_qubit_gates"] - facts["two_qubit_gates"] == 2 * 6
    assert (here / "a.qasm").read_text().count("if (") == facts["feed_forward"] == 3
    code, out, _ = qdml(capsys, *command)
    assert code == 0 and re.search(r"^plain_end +two_qubit_gates: \d+", out, re.M)
