"""What is chosen for a backend: the qubits it takes, the steps it affords, few on a device."""

import numpy as np
import pytest

from qdml_quantum.annealing import few_steps
from qdml_quantum.annealing.suggest import Wishes
from qdml_quantum.backends.aer import gates_per_step
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs import suggested as module
from qdml_quantum.runs.suggested import suggested
from qdml_quantum.support.messages import TooLargeError

FEW = Schedule.constant(0.5, num_steps=2, time_step=0.1)


class Stub:
    """A backend that says what it can do, and does nothing."""

    def __init__(self, *, device=False, gate_level=False, memory=0):
        self.plannable, self.gate_level, self.memory = device, gate_level, memory

    def step_budget(self, problem):
        return 40

    def required_bytes(self, problem, schedule=None):
        return self.memory


@pytest.fixture
def asked(monkeypatch):
    """What the two that choose were asked for."""
    seen = {}

    def few(problem, steps, **options):
        seen["few"] = (problem.grid.qubits_per_axis, steps, options)
        return FEW

    def many(objective, bounds, **options):
        seen["many"] = (bounds, options)
        return "chosen"

    monkeypatch.setattr(few_steps, "few_step_schedule", few)
    monkeypatch.setattr(module, "suggest_anneal", many)
    return seen


@pytest.mark.parametrize(("dimensions", "qubits"), [(1, (4,)), (2, (2, 2)), (5, (1,) * 5)])
def test_a_device_gets_few_steps_on_four_qubits_in_all(asked, dimensions, qubits):
    objective = as_objective("harmonic", dimensions)
    anneal = suggested(objective, None, Stub(device=True), seed=3, radius=0.2, formula="lie")
    assert asked == {"few": (qubits, 2, {"seed": 3, "radius": 0.2})}
    assert anneal.schedule == FEW
    assert anneal.formula.name == "lie"


def test_a_device_gets_as_many_steps_as_are_wished_for_and_no_more_wishes(asked):
    device = Stub(device=True)
    suggested(as_objective("harmonic"), None, device, qubits=3, wishes=Wishes(num_steps=5))
    assert asked.pop("few")[:2] == ((3,), 5)
    suggested(as_objective("harmonic"), None, device, wishes=Wishes(d_stop=0.1))
    assert list(asked) == ["many"]


def test_the_box_is_moved_by_half_a_cell_where_gates_count_and_it_saves(asked):
    moved = suggested(as_objective("double_well"), None, Stub(device=True))
    assert moved.grid == Grid.centred([(-2.5, 2.5)], 4)
    plain = suggested(as_objective("harmonic"), None, Stub(device=True))  # It saves nothing.
    assert plain.grid.bounds == ((-4.0, 4.0),)


@pytest.mark.parametrize(("gate_level", "most"), [(True, 12), (False, None)])
def test_circuits_are_tried_up_to_twelve_qubits(asked, gate_level, most):
    backend = Stub(gate_level=gate_level)
    assert suggested(as_objective("harmonic"), (-1, 1), backend) == "chosen"
    bounds, options = asked["many"]
    assert bounds == (-1, 1)
    assert options["max_qubits"] == most
    assert options["max_steps"] == backend.step_budget
    assert options["qubits"] is None


def test_a_table_has_its_own_grid(asked):
    table = Objective.from_table(np.arange(8.0), [(0, 1)])
    suggested(table, None, Stub(device=True))
    assert asked["many"][1]["qubits"] == [3]


def test_memory_is_asked_for_before_anything_is_chosen(asked):
    with pytest.raises(TooLargeError, match=r"A run on Grid"):
        suggested(as_objective("harmonic"), None, Stub(memory=1 << 60), qubits=4)
    assert asked == {}


WIDE = "+".join(f"x{i}**2" for i in range(1, 11))


def test_a_circuit_wider_than_states_has_the_steps_that_its_gates_allow(asked):
    backend = Stub(memory=1 << 60)
    suggested(as_objective(WIDE), (-1, 1), backend, qubits=4, runs=False)
    steps = asked["many"][1]["max_steps"]
    wide = Problem(Grid([(-1, 1)] * 10, 4), WIDE)
    assert steps(wide) == 250_000 // gates_per_step(wide) > 400
    assert steps(Problem(Grid([(-1, 1)] * 10, 3), WIDE)) == 40
    suggested(as_objective(WIDE), (-1, 1), Stub(device=True), qubits=4, runs=False)
    assert list(asked) == ["many"]  # Few optimised steps would take states.
    assert asked["many"][1]["max_steps"](wide) == 40
