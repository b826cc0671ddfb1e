"""The plan as a noun: what belongs together, and what tells it from another."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import measured, some_plan
from qiskit import QuantumCircuit

from qdml_quantum import Anneal, Compiler, Goal
from qdml_quantum.hardware.planning.setting import Setting, settings_of
from qdml_quantum.support.check import at_least
from qdml_quantum.synthesis.circuits.circuit import build


def test_the_specification_is_what_is_run_not_how_it_was_found():
    plan = some_plan()
    circuits = {
        b: build(plan.anneal, measure=b, compiler="separate") for b in ("position", "momentum")
    }
    otherwise = dataclasses.replace(
        plan, settings=settings_of(circuits, readout=False), noisy=None, calibration={}, checks=()
    )
    assert otherwise.spec_id == plan.spec_id
    for change in (
        {"shots": 101},
        {"seed": 1},
        {"backend": "fake_torino"},
        {"fractional": True},
        {"anneal": Anneal(plan.problem, plan.anneal.schedule, "lie")},
        {"anneal": plan.anneal.halved()},
        {"goal": Goal(plan.problem, 0.2, ((1.05,),))},
        {"compiler": Compiler(seeds=2).to_dict()},
        {"compiler": Compiler(budget=("max", 0.1), seeds=3).to_dict()},
        {"options": {"twirling": {"enable_gates": True}}},
    ):
        assert dataclasses.replace(plan, **change).spec_id != plan.spec_id, change
    fewer = some_plan(bases=("position",))
    assert fewer.spec_id != plan.spec_id


def test_wrong_plans_are_refused():
    plan = some_plan()
    one = plan.settings[0]
    flat = np.full(4, 0.25)
    three = Setting("position", measured(QuantumCircuit(3), [0, 1, 2]))
    zeros = Setting("calibration-0", measured(QuantumCircuit(3), [0, 2]))
    for change, error, text in (
        ({"settings": ()}, ValueError, "begin with positions"),
        ({"settings": plan.settings[::-1]}, ValueError, "begin with positions"),
        ({"settings": (one, one)}, ValueError, "be different"),
        ({"settings": (one, "x")}, TypeError, "Setting objects"),
        ({"settings": (three,)}, ValueError, "measure 2 bits"),
        ({"settings": (*plan.settings, zeros)}, ValueError, "calibrate the qubits that are read"),
        ({"ideal": {"position": flat}}, ValueError, "keys"),
        ({"ideal": {"position": flat, "momentum": np.ones(4)}}, ValueError, "probabilities"),
        ({"noisy": {"position": flat, "momentum": np.ones(2) / 2}}, ValueError, "shape"),
        ({"shots": 0}, ValueError, "shots"),
        ({"seed": -1}, ValueError, "seed"),
        ({"anneal": "double_well"}, TypeError, "anneal"),
        ({"goal": None}, TypeError, "goal"),
        ({"costs": {}}, TypeError, "costs"),
    ):
        with pytest.raises(error, match=text):
            dataclasses.replace(plan, **change)


def test_histograms_cannot_be_changed():
    plan = some_plan()
    with pytest.raises(ValueError):
        plan.ideal["position"][0] = 1


def test_only_checks_that_decide_make_a_plan_worthless():
    good = at_least("expected_signal", 0.9, 0.5, "meaning", "Shrink it.")
    bad = at_least("expected_signal", 0.1, 0.5, "meaning", "Shrink it.")
    note = dataclasses.replace(bad, name="time_step", decides=False)
    for found, worth, words in (
        ((good,), True, "worth running"),
        ((good, note), True, "what it stands for is limited by: time_step"),
        ((bad, note), False, "not worth running as it is (expected_signal): Use fewer steps."),
    ):
        plan = some_plan(checks=found)
        assert plan.worth is worth and words in plan.verdict
    assert "Shrink it." in some_plan(checks=(bad,), advice=()).verdict
