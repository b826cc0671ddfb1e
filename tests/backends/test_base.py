"""Tasks: what a backend needs to know, compiled once, with what the backend prefers."""

import pytest

from qdml_quantum import Anneal, Compiler, Grid, Problem, Schedule
from qdml_quantum.backends import as_backend, make_task
from qdml_quantum.backends.base import Task
from qdml_quantum.backends.emulator import Emulator

PROBLEM = Problem(Grid([(-4, 4)], 3), "harmonic")
ONE = Anneal(PROBLEM, Schedule.constant(0.5, num_steps=1, time_step=0.1))


def test_what_was_compiled_is_shared_by_other_measurements():
    task = Task(ONE, Compiler("joint", effort=0.1))
    compiled = task.compiled
    other = task.measured("momentum", 50, 3)
    assert other.compiled is compiled is task.compiled
    assert (other.basis, other.shots, other.seed) == ("momentum", 50, 3)
    assert (task.basis, task.shots, task.seed) == ("position", None, None)
    assert Task(ONE).measured("momentum", 50, 3).compiled is not compiled


def test_the_circuit_measures_what_is_asked_for():
    plain = Task(ONE).circuit()
    assert plain.num_clbits == 0 and plain.num_qubits == 3
    position, momentum = (
        Task(ONE, basis=basis).circuit(measure=True) for basis in ("position", "momentum")
    )
    assert position.cregs[0].name == momentum.cregs[0].name == "meas"
    assert position != momentum


def test_an_unknown_basis_is_refused():
    with pytest.raises(ValueError, match="basis"):
        Task(ONE, basis="energy")


def test_a_backend_that_says_little_is_taken_as_plain():
    """Neither a compiler nor a target: one of other people's own."""

    class Own:
        name, staged, gate_level = "own", True, False
        run = required_bytes = step_budget = identity = None

    own = Own()
    assert as_backend(own) is own
    task = make_task(own, ONE, shots=5, seed=1)
    assert (task.compiler.name, task.compiler.target, task.shots) == ("walsh", None, 5)


def test_a_given_compiler_is_kept():
    chosen = Compiler("separate", effort=0.2)
    assert make_task(Emulator(), ONE, compiler=chosen).compiler is chosen
