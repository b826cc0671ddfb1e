"""What is said about a circuit: facts, one step, costs, files."""

import json
from dataclasses import replace

import numpy as np
import pytest
from qiskit import qasm3, qpy
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.circuit import build
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.compiler import Compiler
from qdml_quantum.synthesis.library.inspect import inspect_circuit
from qdml_quantum.synthesis.networks.rivals import STEPS, missing

WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
SCHEDULE = Schedule((Stage(2.0, 0.1, 2), Stage(0.5, 0.2, 1)))
ANNEAL = Anneal(WELL, SCHEDULE)
QUICK = Compiler("joint", budget="exact", effort=0.05)


@pytest.mark.parametrize("compiler", ["walsh", "qiskit", QUICK], ids=str)
def test_the_circuit_is_that_of_build(compiler):
    found = inspect_circuit(ANNEAL, compiler, measure=True, compare=False)
    assert found.circuit == build(ANNEAL, compiler=compiler, measure=True)
    assert found.costs == []


def test_facts_are_those_of_the_circuit():
    found = inspect_circuit(ANNEAL, compare=False)
    circuit, facts = found.circuit, found.facts
    assert json.loads(json.dumps(facts)) == facts
    assert (facts["qubits"], facts["steps"]) == (3, 3)
    assert facts["registers"] == {register.name: register.size for register in circuit.qregs}
    assert facts["gates"] == sum(facts["operations"].values()) == circuit.size()
    assert facts["two_qubit_gates"] == two_qubit_gates(circuit) >= facts["two_qubit_depth"]
    assert facts["depth"] == circuit.depth()
    assert "truncation" not in facts and "target_qubits" not in facts


def lie_step(stage):
    k = WELL.grid.axes[0].wave_numbers
    waves = np.exp(1j * np.outer(WELL.grid.axes[0].points, k)) / np.sqrt(8)
    kinetic = np.exp(-1j * stage.diffusion * stage.time_step * k**2)
    kick = np.exp(-1j * stage.time_step * WELL.values)
    return waves @ np.diag(kinetic) @ waves.conj().T @ np.diag(kick)


@pytest.mark.parametrize("compiler", ["walsh", QUICK], ids=str)
def test_one_step_is_that_of_the_last_stage(compiler):
    found = inspect_circuit(ANNEAL, compiler, one_step=True, compare=False)
    assert found.circuit is found.step
    assert found.facts["steps"] == 1
    exact = lie_step(SCHEDULE.stages[-1])
    np.testing.assert_allclose(Operator.from_circuit(found.step).data, exact, atol=1e-10)
    whole = inspect_circuit(ANNEAL, compiler, compare=False)
    assert whole.step == found.step


def test_a_measured_step_has_one_register_of_bits():
    found = inspect_circuit(ANNEAL, one_step=True, measure=True, compare=False)
    assert [(bits.name, bits.size) for bits in found.circuit.cregs] == [("meas", 3)]


def test_what_was_left_out_is_told_where_something_was_or_was_asked_for():
    compiler = Compiler(budget=("max", 5.0))
    facts = inspect_circuit(ANNEAL, compiler, compare=False).facts
    assert facts["truncation"]["budget"] == ["max", 5.0]
    assert facts["truncation"]["strings"] < facts["truncation"]["strings_exact"]
    exact = inspect_circuit(ANNEAL, Compiler(budget="exact"), compare=False).facts
    assert exact["truncation"]["budget"] == ["exact", 0.0]


def test_qubits_of_a_target_are_told():
    compiler = Compiler("joint", target=CouplingMap.from_line(5), budget="exact", effort=0.05)
    found = inspect_circuit(ANNEAL, compiler, compare=False)
    qubits = {int(qubit) for qubit in found.facts["target_qubits"].split()}
    used = {found.circuit.find_bit(q).index for item in found.circuit.data for q in item.qubits}
    assert used == qubits and len(qubits) == 3


def test_the_table_compares_a_step_with_public_methods():
    found = inspect_circuit(ANNEAL, Compiler(effort=0.05, budget="exact"))
    assert found.costs[0].method.startswith("ours")
    _, *lines = found.table().splitlines()
    rows, told = lines[: len(found.costs)], lines[len(found.costs) :]
    public = [cost for cost in found.costs if not cost.method.startswith("ours")]
    best = min(public, key=lambda cost: (cost.two_qubit_gates, cost.two_qubit_depth))
    assert told[0].startswith(f"best public method: {best.method} (") and "qiskit 2." in told[0]
    assert [line.rpartition(": ")[2] for line in told[1:]] == [", ".join(missing(STEPS))] * bool(
        missing(STEPS)
    )
    ours = min(cost.two_qubit_gates for cost in found.costs if cost.method.startswith("ours"))
    for line, cost in zip(rows, found.costs, strict=True):
        assert line.startswith(cost.method)
        *_, gates, depth, share = line.split()
        assert (int(gates), int(depth)) == (cost.two_qubit_gates, cost.two_qubit_depth)
        assert float(share) == pytest.approx(ours / cost.two_qubit_gates, abs=0.005)


def test_public_methods_have_no_room_on_many_qubits():
    wide = Anneal(Problem(Grid([(-1, 1)] * 10, 4), "x1**2 + x10"), SCHEDULE)
    with pytest.raises(ValueError, match="`compare` must be left out above 26 qubits"):
        inspect_circuit(wide)
    assert inspect_circuit(wide, compare=False).facts["qubits"] == 40


def test_files_hold_the_circuit(tmp_path):
    found = inspect_circuit(ANNEAL, compare=False)
    told = found.save("qasm", tmp_path / "a.qasm") | found.save("qpy", tmp_path / "a.qpy")
    assert set(told) == {"qasm", "qasm_sha256", "qpy", "qpy_sha256"}
    assert qasm3.load(tmp_path / "a.qasm").count_ops() == found.circuit.count_ops()
    with open(tmp_path / "a.qpy", "rb") as file:
        assert qpy.load(file) == [found.circuit]


@pytest.mark.parametrize("compiler", ["walsh", QUICK], ids=str)
def test_a_step_of_a_coarse_stage_is_on_its_qubits(compiler):
    """The lowest qubit takes no part before the end."""
    coarse = Schedule((Stage(0.5, 0.2, 1, coarse=1),), goal=0.1)
    found = inspect_circuit(Anneal(WELL, coarse), compiler, one_step=True, compare=False)
    used = {found.step.find_bit(q).index for item in found.step.data for q in item.qubits}
    assert used == {1, 2}


def test_the_table_of_a_coarse_stage_is_of_its_grid():
    coarse = Anneal(WELL, Schedule((Stage(0.5, 0.2, 1, coarse=1),), goal=0.1))
    thin = Anneal(WELL.thinned(1), Schedule.constant(0.5, num_steps=1, time_step=0.2))
    found, expected = (
        [replace(cost, seconds=0.0) for cost in inspect_circuit(a, Compiler(effort=0.05)).costs]
        for a in (coarse, thin)
    )
    assert found == expected


@pytest.mark.parametrize("one_step", [False, True])
def test_a_dynamic_end_stands_beside_the_plain_one(one_step):
    anneal = Anneal(Problem(Grid([(-2.5, 2.5)], 4), "double_well"), SCHEDULE)
    dynamic = inspect_circuit(anneal, QUICK, dynamic=True, one_step=one_step, compare=False)
    plain = inspect_circuit(anneal, QUICK, measure=True, one_step=one_step, compare=False)
    assert dynamic.facts["feed_forward"] == 3
    beside = dynamic.facts["plain_end"]
    assert beside["two_qubit_gates"] == plain.facts["two_qubit_gates"]
    assert beside["two_qubit_depth"] == plain.facts["two_qubit_depth"]
    assert dynamic.facts["two_qubit_gates"] < beside["two_qubit_gates"]
    assert json.loads(json.dumps(dynamic.facts)) == dynamic.facts
