"""One anneal from start to verdict: records of the stages, what is cut, and what it cost."""

import json
from dataclasses import replace

import numpy as np
import pytest
from qiskit import qpy
from qiskit_aer.noise import NoiseModel
from work import calls

from qdml_quantum.backends import as_backend, make_task
from qdml_quantum.backends.aer import Aer
from qdml_quantum.backends.engines.base import coarse_after
from qdml_quantum.diagnostics import checks
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs import folder as folder_module
from qdml_quantum.runs.execution import Execution, resources
from qdml_quantum.runs.run import anneal
from qdml_quantum.synthesis.circuits.circuit import build
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.compiler import Compiler

WELL = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
SCHEDULE = Schedule((Stage(4.0, 0.1, 3), Stage(1.0, 0.1, 2), Stage(0.3, 0.2, 2)))
ANNEAL = Anneal(WELL, SCHEDULE)
QUICK = Compiler("joint", budget="exact", effort=0.3, seeds=1)


def execution(backend="emulator", anneal=ANNEAL, **options):
    backend = as_backend(backend)
    validate = options.pop("validate", False)
    task = make_task(backend, anneal, **{"shots": 100, "seed": 1} | options)
    return Execution(task, backend, Goal(anneal.problem), validate)


def run(one, progress=False):
    return one.execute(None, fresh=False, progress=progress)


def test_the_last_record_is_that_of_the_final_state():
    """Strang leaves half a step pending after every stage: it is made up for before looking."""
    result = run(execution())
    energy, variance = Hamiltonian(WELL, 0.3).moments(result.state)
    last = result.stages[-1]
    assert last.energy == pytest.approx(energy, abs=1e-12)
    assert last.deviation == pytest.approx(np.sqrt(variance), abs=1e-12)
    assert last.success == pytest.approx(result.goal.share(np.abs(result.state) ** 2))
    assert last.aliasing == pytest.approx(checks.aliasing_weight(result.state, WELL.grid))
    assert [(r.diffusion, r.time_step, r.num_steps) for r in result.stages] == [
        (stage.diffusion, stage.time_step, stage.num_steps) for stage in SCHEDULE.stages
    ]
    np.testing.assert_allclose(result.stage_probabilities[-1], np.abs(result.state) ** 2)


def test_every_record_is_that_of_an_anneal_that_ends_there():
    records = run(execution()).stages
    for number, record in enumerate(records, 1):
        ends = replace(ANNEAL, schedule=Schedule(SCHEDULE.stages[:number]))
        assert run(execution(anneal=ends)).stages[-1].energy == pytest.approx(record.energy)


def test_a_callback_that_stops_makes_the_finished_stages_the_whole():
    def stop(record):
        if record.diffusion == 1.0:
            raise StopIteration

    result = run(execution(), stop)
    assert result.schedule == Schedule(SCHEDULE.stages[:2])
    assert len(result.stages) == 2
    whole = run(execution(anneal=replace(ANNEAL, schedule=Schedule(SCHEDULE.stages[:2]))))
    np.testing.assert_allclose(result.state, whole.state, atol=1e-12)
    assert result.counts == whole.counts


def test_what_decides_the_outcome_is_in_the_spec_and_plain():
    base = execution().spec()
    assert json.loads(json.dumps(base)) == base
    others = [
        execution(shots=101),
        execution(seed=2),
        execution(validate=True),
        execution("aer"),
        execution(anneal=replace(ANNEAL, formula="lie")),
    ]
    specs = [json.dumps(other.spec()) for other in others]
    assert len({json.dumps(base), *specs}) == 6


def test_only_imaginary_time_is_imaginary():
    assert execution("imaginary-time").imaginary
    assert not execution("emulator").imaginary


def test_gates_are_counted_where_there_is_a_circuit():
    task = execution("aer").task
    plain, circuit = (resources(task, None, as_backend(name)) for name in ("emulator", "aer"))
    assert plain == ANNEAL.resources
    assert set(plain) < set(circuit)
    assert circuit["two_qubit_gates"] == two_qubit_gates(task.circuit())


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("compiler", ["walsh", QUICK])
def test_the_gates_of_a_measured_run_are_those_of_its_own_end(dynamic, compiler, tmp_path):
    """Noise makes Aer run the whole circuit, whose last phases no outcome depends on."""
    backend = Aer(dynamic=dynamic, noise_model=NoiseModel())
    well = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    steps = Schedule.constant(0.5, num_steps=2, time_step=0.3)
    asked = {"backend": backend, "compiler": compiler, "shots": 50, "seed": 1}
    found = anneal(well, steps, **asked, folder=tmp_path).resources
    made = build(well, steps, compiler=compiler, measure=True, dynamic=dynamic)
    assert found["gates"] == sum(made.count_ops().values())
    assert found["depth"] == made.depth()
    each = {"cx": 1, "cp": 2}
    ends = made, build(well, steps, compiler=compiler)
    gates, whole = (sum(each.get(i.operation.name, 0) for i in c.data) for c in ends)
    assert found["two_qubit_gates"] == gates < whole
    assert found.get("feed_forward", 0) == (3 if dynamic else 0)
    (kept,) = tmp_path.rglob("circuit.qpy")
    with kept.open("rb") as file:
        assert qpy.load(file)[0].count_ops() == made.count_ops()


def test_the_last_stage_ends_on_the_full_grid():
    stages = tuple(
        replace(stage, coarse=c) for stage, c in zip(SCHEDULE.stages, (2, 1, 1), strict=True)
    )
    coarse = Schedule(stages)
    assert [coarse_after(coarse, number) for number in range(3)] == [2, 1, 0]


@pytest.mark.parametrize("saved", [False, True], ids=["in memory", "in a folder"])
def test_work_grows_as_the_stages_do(tmp_path, monkeypatch, saved):
    """Calls of functions, counted: twice the stages, twice the calls; saved at each, four times."""
    monkeypatch.setattr(folder_module, "_WORK_PER_SAVING", 1e6)  # Only the first is saved.

    def work(stages):
        schedule = Schedule.geometric((4.0, 0.5), num_stages=stages, num_steps=1, time_step=0.01)
        options = {"folder": tmp_path / str(stages)} if saved else {}
        return calls(lambda: anneal(WELL, schedule, validate=False, **options))

    work(4)
    few, many = work(100), work(200)
    assert many < 2.1 * few


def test_minimizers_and_wells_are_looked_for_once_for_each_problem():
    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.01)
    asked = []

    def bowl(x):
        asked.append(np.size(x))
        return x**2 + 0.1 * np.cos(9 * x)

    problem = Problem(Grid([(-2, 2)], 8), bowl)
    anneal(problem, schedule, validate=False)
    first = len(asked)
    assert first > 10
    anneal(problem, schedule, validate=False)
    assert len(asked) == first
