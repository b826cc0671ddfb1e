"""Runs to draw: a line, a square, a cube, and one with counts only."""

from dataclasses import replace

import pytest

from qdml_quantum import Grid, Problem, Schedule, anneal, as_objective

GENTLE = Schedule.geometric((4, 0.2), num_stages=6, num_steps=8, time_step=0.1)


def problem(name, dimensions, qubits):
    objective = as_objective(name, dimensions)
    return Problem(Grid(objective.bounds, qubits), objective)


@pytest.fixture
def quick(monkeypatch):
    from qdml_quantum.plot import style

    monkeypatch.setattr(style, "DPI", 50)


@pytest.fixture(scope="package")
def line():
    return anneal(Problem(Grid([(-2.5, 2.5)], 6), "double_well"), GENTLE, shots=4096, seed=1)


@pytest.fixture(scope="package")
def square():
    return anneal(problem("himmelblau", 2, [4, 3]), GENTLE, shots=500, seed=1)


@pytest.fixture(scope="package")
def cube():
    return anneal(problem("sphere", 3, [3, 2, 2]), GENTLE)


@pytest.fixture(scope="package")
def shots_only(line):
    """What a backend without state and stages returns."""
    return replace(
        line,
        state=None,
        stages=(),
        stage_probabilities=None,
        energy_estimate=None,
        energy_deviation=None,
        fidelity=None,
    )
