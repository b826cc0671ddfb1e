"""`qdml prepare`: what is loaded, what is written, and mistakes."""

import json
import re

import numpy as np
import pytest
from command import qdml
from qiskit import qasm3
from qiskit.quantum_info import Statevector

from qdml_quantum import Grid, Problem, Schedule, anneal, eigenstates

WELL = ("double_well", "--qubits", 5)


def state_in(path):
    """What a file of OpenQASM makes, read by Qiskit alone."""
    return Statevector(qasm3.loads(path.read_text())).data


def test_the_ground_state_of_an_objective_by_few_gates(here, capsys):
    code, out, err = qdml(
        capsys, "prepare", *WELL, "--diffusion", 0.1, "--fidelity", 0.99,
        "--qasm", "well.qasm", "--qpy", "well.qpy", "--draw", "well.txt",
    )  # fmt: skip
    assert code == 0 and "fitting" in err
    assert out.startswith("ground state of double_well at D = 0.1 on Grid")
    assert "fitted classically" in out and "(0.99 wanted: reached)" in out
    second = (here / "well.qasm").read_text().splitlines()[1]
    assert second.startswith("// state preparation, fitted classically, without dynamics; fidelity")
    _, states = eigenstates(Problem(Grid([(-2.5, 2.5)], 5), "double_well"), 0.1, 1)
    fidelity = abs(np.vdot(states[0], state_in(here / "well.qasm"))) ** 2
    assert 0.99 <= fidelity == pytest.approx(float(re.search(r"fidelity +(\S+)", out)[1]), abs=1e-6)
    assert "Ry" in (here / "well.txt").read_text() and (here / "well.qpy").stat().st_size


def test_another_level_with_so_many_cx_as_json(here, capsys):
    _, out, err = qdml(capsys, "prepare", *WELL, "--level", 1, "--cx", 3, "--json")
    data = json.loads(out)
    assert err == "" and data["state"].startswith("level 1 of double_well")
    assert data["two_qubit_gates"] <= 3 and data["wanted"] is None and data["dynamics"] is False


def test_amplitudes_of_a_file_and_of_a_formula(here, capsys):
    x = np.linspace(-4, 4, 32, endpoint=False)
    np.save(here / "psi.npy", np.exp(-(x**2) + 2j * x))
    code, out, _ = qdml(capsys, "prepare", "psi.npy", "--qasm", "psi.qasm")
    assert code == 0 and out.startswith("amplitudes in psi.npy, shape (32,)")
    assert "scaled by" in out
    psi = np.exp(-(x**2) + 2j * x)
    made = abs(np.vdot(psi, state_in(here / "psi.qasm"))) ** 2 / np.vdot(psi, psi).real
    assert made >= 0.999
    formula = ("exp(-x**2)", "--amplitudes", "--bounds", -8, 8, "--qubits", 20)
    code, out, _ = qdml(capsys, "prepare", *formula, "--fidelity", 0.9, "--json")
    data = json.loads(out)
    assert code == 0 and data["num_qubits"] == 20 and data["two_qubit_gates"] < 8


def test_the_state_at_the_end_of_a_run(here, capsys):
    problem = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    result = anneal(
        problem, Schedule.constant(0.3, num_steps=3, time_step=0.2), folder=here / "runs"
    )
    code, out, _ = qdml(capsys, "prepare", result.folder, "--qasm", "end.qasm")
    assert code == 0 and out.startswith("final state of the run in")
    assert abs(np.vdot(result.statevector(), state_in(here / "end.qasm"))) ** 2 >= 0.999


@pytest.mark.slow
def test_a_fidelity_that_is_not_reached_is_a_failure(here, capsys):
    """Too many qubits for the exact circuit: the best is written, and said to be short of it."""
    formula = ("exp(-abs(x))", "--amplitudes", "--bounds", -8, 8, "--qubits", 20)
    code, out, _ = qdml(capsys, "prepare", *formula, "--fidelity", 0.9999999999)
    assert code == 1 and "NOT reached" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*WELL, "--cx", 3, "--fidelity", 0.9], "`--cx` must be left out with --fidelity"),
        ([*WELL, "--cx", -1], "`--cx` must be at least 0"),
        ([*WELL, "--level", -1], "`--level` must be at least 0"),
        ([*WELL, "--fidelity", 1.5], "`--fidelity` must lie in (0, 1]"),
        ([*WELL, "--diffusion", -1], "`--diffusion`"),
        ([*WELL, "--diffusion", 1, "--amplitudes"], "`--diffusion` must be left out with ampl"),
        (["exp(-x**2)", "--amplitudes", "--bounds", -3, 3], "`--qubits` must be given"),
        ([*WELL, "--draw", "well.pdf"], "must end in .png or .txt"),
        (["none.npy"], "none.npy"),
        (["text.npy"], "Amplitudes `text.npy`: it is no array of numbers"),
        (["three.npy"], "`state` must have 2, 4, 8, ... points"),
        (["zero.npy"], "`state` must be finite and not zero"),
        (["nan.npy"], "`state` must be finite"),
        (["objects.npy"], "it is no array of numbers"),
        (["several.npy"], "must hold one array"),
        (["three.npy", "--bounds", 0, 1], "`--bounds` must be left out with amplitudes"),
        (["double_wel"], "Did you mean `double_well`"),
    ],
)
def test_mistakes_are_one_line(here, capsys, arguments, words):
    (here / "text.npy").write_text("1 2 3")
    np.save(here / "three.npy", np.ones(3))
    np.save(here / "zero.npy", np.zeros(4))
    np.save(here / "nan.npy", np.full(4, np.nan))
    np.save(here / "objects.npy", np.array([None, 1, 2, 3]), allow_pickle=True)
    with open(here / "several.npy", "wb") as file:
        np.savez(file, a=np.ones(4), b=np.ones(4))
    code, out, err = qdml(capsys, "prepare", *arguments)
    assert (code, out) == (2, ""), err
    assert words in err and "Traceback" not in err
