"""Few steps with free angles: exact gradients, and schedules that are the same thing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdml_quantum import Grid, Problem, anneal, eigenstates
from qdml_quantum.annealing.ansatz import Ansatz, idle_qubits, plans
from qdml_quantum.annealing.targets import TARGETS, Target
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.propagate import interpolated

WELL = Problem(Grid([(-2.5, 2.5)], 6), "(x**2 - 1)**2 + 0.2*x")
TWO = [WELL, Problem.from_table(1.2 * WELL.values[::-1], (-2.5, 2.5))]
PLANE = Problem(Grid([(-1, 1), (-2, 1)], [4, 3]), "x**2 + y**2 - x*y + 0.3*x")
ANSATZE = [
    (TWO, Ansatz(TWO, ((0, 2),))),
    ([WELL], Ansatz([WELL], ((3, 2), (2, 1), (1, 2)))),
    (TWO, Ansatz(TWO, ((3, 1), (2, 2)), folded=False)),
    ([PLANE, PLANE], Ansatz([PLANE, PLANE], ((2, 1), (1, 2)))),
    ([PLANE], Ansatz([PLANE], (((1, 0), 1), (0, 1)))),
]


def angles_of(ansatz, rng, sets):
    angles = rng.uniform(0.02, 0.6, (sets, ansatz.units.size))
    angles[:, 2 * ansatz.num_steps :] -= 0.3
    return angles


@given(st.sampled_from(ANSATZE), st.sampled_from(TARGETS), st.sampled_from([1, 6]), st.integers(0))
@settings(max_examples=40)
def test_gradient_against_differences(case, name, power, seed):
    """Of fourth order along a random direction: 1e-6 relative; of several sets at once."""
    problems, ansatz = case
    rng = np.random.default_rng(seed)
    several = angles_of(ansatz, rng, 3)
    target = Target(problems, 0.2, name)

    def loss(psi):
        return target.worst(psi, power)

    values, gradients = ansatz.values_and_gradients(several, loss)
    assert np.array_equal(values, loss(ansatz.states(several))[0])
    alone = ansatz.values_and_gradients(several[1:2], loss)
    assert np.allclose(alone[0], values[1], atol=1e-13)
    assert np.allclose(alone[1], gradients[1], atol=1e-12 * np.abs(gradients).max())
    angles, gradient = several[1], gradients[1]
    direction = rng.normal(size=angles.size) * ansatz.units
    h = 1e-4 / np.linalg.norm(direction / ansatz.units)
    change = loss(ansatz.states(angles + h * np.arange(-2, 3)[:, None] * direction))[0]
    rough, fine = (change[3] - change[1]) / (2 * h), (change[4] - change[0]) / (4 * h)
    slope = (4 * rough - fine) / 3
    scale = max(np.linalg.norm(gradient * direction), 1e-3)
    # The conditional value at risk has kinks, where differences disagree with each other.
    assert abs(slope - gradient @ direction) <= max(1e-6 * scale, 0.1 * abs(rough - fine))


@given(st.sampled_from(ANSATZE), st.sampled_from([1.0, 300.0]), st.integers(0))
@settings(max_examples=20)
def test_single_precision(case, scale, seed):
    """Also of phases of many turns: the whole ones are taken off in double precision."""
    problems, double = case
    single = Ansatz(problems, double.levels, folded=double.folded, dtype=np.complex64)
    angles = scale * angles_of(double, np.random.default_rng(seed), 3)
    target = Target(problems, 0.2, "ground_state")
    rough, fine = (
        one.values_and_gradients(angles, lambda psi: target.worst(psi, 4))
        for one in (single, double)
    )
    assert single.states(angles).dtype == np.complex64
    assert np.allclose(rough[0], fine[0], atol=3e-6)
    assert np.allclose(rough[1], fine[1], atol=3e-6 * np.abs(fine[1]).max())


@given(st.integers(0, 99))
@settings(max_examples=20)
def test_cutting_is_the_adjoint_of_interpolation(seed):
    rng = np.random.default_rng(seed)
    coarse, fine = (rng.normal(size=(2, *shape)) for shape in ((4, 2), (16, 8)))
    coarse, fine = (part[0] + 1j * part[1] for part in (coarse, fine))
    up = interpolated(np.array([fine[:4, :2], coarse]), fine.shape)[1]
    assert np.allclose(up, interpolated(coarse, fine.shape), atol=1e-14)
    down = interpolated(np.array([fine, 1j * fine]), coarse.shape)
    assert np.vdot(down[0], coarse) == pytest.approx(np.vdot(fine, up), rel=1e-12)
    assert np.allclose(down[1], 1j * down[0])


@pytest.mark.parametrize(("problems", "ansatz"), ANSATZE)
def test_schedule_and_ansatz_are_one(problems, ansatz):
    """On the emulator, with the default formula of such schedules; and by gates."""
    angles = angles_of(ansatz, np.random.default_rng(1), 1)
    schedule = ansatz.schedule(angles[0], 0.2)
    states = interpolated(ansatz.states(angles)[0], problems[0].grid.shape)
    for problem, state in zip(problems, states, strict=True):
        run = anneal(problem, schedule, validate=False)
        assert fidelity(run.state, state) == pytest.approx(1, abs=1e-12)
        assert run.anneal.formula.name == "lie"
    circuit = anneal(problems[-1], schedule, backend="aer", validate=False)
    assert fidelity(circuit.state, states[-1]) == pytest.approx(1, abs=1e-10)
    folds = sum(size - 1 for size in problems[0].grid.qubits_per_axis)
    assert bool(schedule.stages[-1].fold) == (ansatz.units.size > 2 * ansatz.num_steps) or not folds


@pytest.mark.parametrize(("problems", "ansatz"), ANSATZE)
def test_angles_know_their_step(problems, ansatz):
    """Whoever changes those of one step changes one stage of the schedule."""
    angles = angles_of(ansatz, np.random.default_rng(1), 1)[0]
    stages = ansatz.schedule(angles, 0.2).stages
    for step in range(ansatz.num_steps):
        other = ansatz.schedule(np.where(ansatz.step_of == step, 1.5 * angles, angles), 0.2).stages
        same = [one == before for one, before in zip(other, stages, strict=True)]
        assert same == [number != step for number in range(ansatz.num_steps)]


def test_the_coarse_register_holds_the_ground_state():
    """Rastrigin's wells are narrow in their box: a register of four qubits holds 0.91 of them."""
    wells = Problem(Grid([(-5.12, 5.12)], 8), "rastrigin")
    ground = eigenstates(wells, 0.5)[1][0]
    assert idle_qubits(wells, ground) == 3
    held = [np.linalg.norm(interpolated(ground, (2**n,))) ** 2 for n in (4, 5)]
    assert held[0] < 0.92 < 0.999 < held[1]
    assert plans(wells, 5, None, 3)[:2] == [((3, 5),), ((4, 1), (3, 4))]
    few = Problem(Grid([(-4, 4), (0, 1)], [2, 5]), "x**2")
    assert idle_qubits(few, np.ones((4, 32))) == 0


def test_divisions_of_steps():
    assert plans(Problem(Grid([(0, 1)], 3), "x"), 5, None) == [((0, 5),)]
    for size in (1, 2, 3, 8, 24):
        for steps in (1, 2, 7, 12):
            problem = Problem(Grid([(0, 1)], size if size < 20 else 12), "x")
            for plan in plans(problem, steps, None):
                assert sum(count for _, count in plan) == steps
                assert [c for c, _ in plan] == sorted({c for c, _ in plan}, reverse=True)
