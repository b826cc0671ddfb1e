"""Plans made by hand, and what makes two of them the same."""

import dataclasses

import numpy as np
from qiskit import ClassicalRegister

from qdml_quantum import Anneal, Compiler, Goal, Grid, Problem, Schedule
from qdml_quantum.hardware.planning.costs import Costs, ErrorBar
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.setting import settings_of
from qdml_quantum.support.check import at_least
from qdml_quantum.synthesis.circuits.circuit import build

# For `plan` where its quality is not the point: a small search from one seed.
QUICK = {"compiler": Compiler("joint", effort=0.1, seeds=1)}


def some_costs(**changes):
    known = Costs(2, 1, 3, 3, 3, 3, (0, 1), 1e-6, 0.5, 0.5, "", 0.9, 2, 3.0)
    return dataclasses.replace(known, **changes)


def some_plan(num_qubits=2, seed=0, *, bases=("position", "momentum"), **changes):
    rng = np.random.default_rng(seed)
    problem = Problem(Grid([(-2.5, 2.5)], num_qubits), "double_well")
    schedule = Schedule.geometric((2, 0.3), num_stages=2, num_steps=1, time_step=0.3)
    one = Anneal(problem, schedule)
    circuits = {basis: build(one, measure=basis) for basis in bases}
    readout = changes.pop("readout", False)
    histograms = {basis: rng.dirichlet(np.ones(problem.grid.size)) for basis in bases}
    parts = {
        "anneal": one,
        "goal": Goal(problem, 0.1, ((1.05,),)),
        "compiler": Compiler(budget=("max", 0.1), seeds=2).to_dict(),
        "backend": "fake_fez",
        "local": True,
        "fractional": False,
        "settings": settings_of(circuits, readout=readout),
        "shots": 100,
        "seed": seed,
        "options": {},
        "ideal": histograms,
        "noisy": {basis: rng.dirichlet(np.ones(problem.grid.size)) for basis in bases},
        "costs": some_costs(error_bars=(ErrorBar("signal", 0.5, 0.1, 0.05, 400),)),
        "calibration": {"qubits": {"0": {"T1": 1e-4}}},
        "checks": (at_least("signal", float("nan"), 0.5, "meaning", "remedy"),),
        "advice": ("Use fewer steps.",),
        "versions": {"qiskit": "2.6.2"},
    }
    return Plan(**(parts | changes))


def assert_same(plan, other):
    assert plan.to_json() == other.to_json()
    assert plan.spec_id == other.spec_id
    assert np.array_equal(plan.problem.values, other.problem.values)
    for name in ("ideal", "noisy"):
        mine, theirs = getattr(plan, name), getattr(other, name)
        if mine is None:
            assert theirs is None
            continue
        assert list(mine) == list(theirs)
        assert all(np.array_equal(mine[key], theirs[key]) for key in mine)
    for mine, theirs in zip(plan.settings, other.settings, strict=True):
        assert mine.kind == theirs.kind
        assert mine.circuit == theirs.circuit
        assert mine.qubits == theirs.qubits


def measured(circuit, qubits, name="meas"):
    circuit = circuit.copy()
    register = ClassicalRegister(len(qubits), name)
    circuit.add_register(register)
    for bit, qubit in enumerate(qubits):
        circuit.measure(qubit, register[bit])
    return circuit
