"""Quick costs: the trend is that of compiled circuits, and equal circuits are compiled once."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qdml_quantum import Anneal, Grid, Problem
from qdml_quantum.hardware.devices.devices import find_backend, target_of
from qdml_quantum.hardware.devices.placement import expected_fidelity
from qdml_quantum.hardware.planning.few_steps import few_step_schedule, localising_diffusion
from qdml_quantum.hardware.planning.quick_costs import Trend, kept_values, quick_circuit
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

BOX = (-2.5, 2.5)


def test_the_trend_is_that_of_compiled_circuits():
    problem = Problem(Grid([BOX], 3), "double_well")
    target = target_of(find_backend("fake_fez"))
    goal = localising_diffusion(problem)
    trend = Trend.of(problem, target, goal, idle=False)
    for steps in (2, 5):
        schedule = few_step_schedule(problem, steps, diffusion=goal, num_starts=1)
        circuit = quick_circuit(Anneal(problem, schedule), target)
        assert trend.at(steps).gates == pytest.approx(two_qubit_gates(circuit), rel=0.1)
        exact = expected_fidelity(circuit, target, idle=False)
        assert trend.at(steps).fidelity == pytest.approx(exact, abs=0.04)


def test_equal_objectives_are_compiled_once():
    problem = Problem(Grid([BOX], 3), "double_well")
    one = Anneal(problem, few_step_schedule(problem, 1, diffusion=0.1))
    exact = kept_values(one, "exact")
    assert kept_values(one, None) == exact
    assert kept_values(one, ("max", 100.0)) != exact


def test_a_trend_is_a_line():
    trend = Trend(np.array([10.0, 0.1, 2e-6]), np.array([8.0, 0.05, 1e-6]))
    assert [trend.at(steps).gates for steps in (1, 2, 5)] == [10, 18, 42]
    assert trend.at(3).fidelity == pytest.approx(2.718281828459045**-0.2)
    assert trend.at(3).length == pytest.approx(4e-6)
