"""Optimised schedules: exact gradients, and what they promise is what an anneal gives."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qdml_quantum import Grid, Hamiltonian, Problem, Schedule, anneal, eigenstates
from qdml_quantum import optimize_schedule as optimize
from qdml_quantum.annealing.optimized import CVAR_SHARE, TARGETS, Ansatz, _descend, _loss, _plans
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.propagate import interpolated

WELL = Problem(Grid([(-2.5, 2.5)], 6), "(x**2 - 1)**2 + 0.2*x")
PLANE = Problem(Grid([(-1, 1), (-2, 1)], [4, 3]), "x**2 + y**2 - x*y + 0.3*x")
ANSATZE = [
    Ansatz(WELL, ((0, 2),)),
    Ansatz(WELL, ((3, 2), (2, 1), (1, 2))),
    Ansatz(PLANE, ((2, 1), (1, 2))),
    Ansatz(PLANE, ((1, 1), (0, 1))),
]


def ground(problem, diffusion):
    return eigenstates(problem, diffusion, 1)[1][0].astype(complex)


def loss_of(ansatz, target, diffusion=0.2):
    return _loss(ansatz.problem, diffusion, target, ground(ansatz.problem, diffusion))


@given(st.sampled_from(ANSATZE), st.sampled_from(TARGETS), st.integers(0, 999))
@settings(max_examples=40)
def test_gradient_against_differences(ansatz, target, seed):
    """Of sixth order along a random direction: 1e-7 relative; of several sets at once."""
    rng = np.random.default_rng(seed)
    several = rng.uniform(0.02, 0.6, (3, 2 * ansatz.num_steps))
    loss = loss_of(ansatz, target)
    values, gradients = ansatz.values_and_gradients(several, loss)
    assert np.array_equal(values, loss(ansatz.states(several))[0])
    alone = ansatz.values_and_gradients(several[1:2], loss)
    assert np.allclose(alone[0], values[1], atol=1e-13)
    assert np.allclose(alone[1], gradients[1], atol=1e-12 * np.abs(gradients).max())
    angles, gradient, direction = several[1], gradients[1], rng.normal(size=several.shape[1])
    h = 1e-5 / np.linalg.norm(direction)

    def slope(*weights):
        terms = enumerate(weights, 1)
        change = loss(ansatz.states(angles + h * np.arange(-3, 4)[:, None] * direction))[0]
        return sum(w * (change[3 + k] - change[3 - k]) for k, w in terms) / h

    scale = max(np.linalg.norm(gradient) * np.linalg.norm(direction), 1e-3)
    best = slope(3 / 4, -3 / 20, 1 / 60)
    # The conditional value at risk has kinks, where differences disagree with each other.
    assume(target != "cvar" or abs(best - slope(1 / 2)) < 1e-6 * scale)
    assert abs(best - gradient @ direction) <= 1e-7 * scale


@given(st.integers(0, 99))
def test_cutting_is_the_adjoint_of_interpolation(seed):
    rng = np.random.default_rng(seed)
    coarse, fine = (rng.normal(size=(2, *shape)) for shape in ((4, 2), (16, 8)))
    coarse, fine = (part[0] + 1j * part[1] for part in (coarse, fine))
    up = interpolated(np.array([fine[:4, :2], coarse]), fine.shape)[1]
    assert np.allclose(up, interpolated(coarse, fine.shape), atol=1e-14)
    down = interpolated(np.array([fine, 1j * fine]), coarse.shape)
    assert np.vdot(down[0], coarse) == pytest.approx(np.vdot(fine, up), rel=1e-12)
    assert np.allclose(down[1], 1j * down[0])


def test_descent_of_rows_that_know_nothing_of_each_other():
    """Rosenbrock from three points, a bowl at its minimum, and a slope without end."""
    steepness = np.array([100.0, 100.0, 100.0, 1.0, 0.0])

    def function(x):
        valley = x[:, 1] - x[:, 0] ** 2
        value = (1 - x[:, 0]) ** 2 + steepness * valley**2
        first = -2 * (1 - x[:, 0]) - 4 * steepness * valley * x[:, 0]
        gradient = np.stack([first, 2 * steepness * valley], axis=1)
        endless = steepness == 0
        value[endless], gradient[endless] = x[endless, 0], [1.0, 0.0]
        return value, gradient

    starts = np.array([[-1.2, 1.0], [2.0, 2.0], [0.0, -1.0], [1.0, 1.0], [0.0, 3.0]])
    values, points = _descend(function, starts, 100)
    assert np.allclose(points[:4], 1, atol=1e-5)
    assert np.all(values[:4] < 1e-10)
    assert values[4] < -20
    assert points[4, 1] == 3.0
    assert np.array_equal(values, function(points)[0])


@pytest.mark.parametrize("ansatz", ANSATZE)
def test_schedule_and_ansatz_are_one(ansatz):
    """On the emulator, with the default formula of such schedules; and by gates."""
    angles = np.random.default_rng(1).uniform(0.05, 0.5, 2 * ansatz.num_steps)
    schedule = ansatz.schedule(angles, 0.2)
    state = interpolated(ansatz.states(angles[None]), ansatz.problem.grid.shape)[0]
    run = anneal(ansatz.problem, schedule, validate=False)
    assert fidelity(run.state, state) == pytest.approx(1, abs=1e-12)
    circuit = anneal(ansatz.problem, schedule, backend="aer", validate=False)
    assert fidelity(circuit.state, state) == pytest.approx(1, abs=1e-10)
    assert run.anneal.formula.name == "lie"


def test_losses_by_definition():
    rng = np.random.default_rng(3)
    psi = rng.normal(size=64) + 1j * rng.normal(size=64)
    psi /= np.linalg.norm(psi)
    exact = ground(WELL, 0.2)

    def value(target):
        return _loss(WELL, 0.2, target, exact)(np.array([exact, psi]))[0][1]

    assert value("ground_state") == pytest.approx(-fidelity(psi, exact))
    energy = Hamiltonian(WELL, 0.2).energy(psi)
    assert value("energy") == pytest.approx(energy)
    order = np.argsort(WELL.values)
    left, mean = CVAR_SHARE, 0.0
    for place in order:
        share = min(left, abs(psi[place]) ** 2)
        mean += share * WELL.values[place] / CVAR_SHARE
        left -= share
    assert value("cvar") == pytest.approx(mean)


def test_an_oscillator_needs_few_steps():
    """At 8 qubits, six steps on few of them; through the circuit, and past every check."""
    problem = Problem(Grid([(-4, 4)], 8), "x**2")
    found = optimize(problem, 6, diffusion=0.25, num_starts=2)
    assert found.fidelity > 0.9995
    assert found.value == pytest.approx(found.fidelity)
    assert found.start < found.value
    run = anneal(problem, found.schedule, backend="aer", shots=4000, seed=1)
    assert run.fidelity == pytest.approx(found.fidelity, abs=1e-6)
    assert run.passed, [check.name for check in run.checks if not check.passed]


def test_energy_alone_finds_the_ground_state():
    """The target does not know the answer."""
    problem = Problem(Grid([(-4, 4)], 7), "x**2")
    found = optimize(problem, 4, diffusion=0.25, target="energy", num_starts=2)
    assert found.fidelity > 0.995
    assert 0.5 - 1e-9 <= found.value < 0.52  # sqrt(D) = 0.5


def test_two_dimensions():
    found = optimize(PLANE, 6, diffusion=0.1, num_starts=1)
    assert found.fidelity > 0.95
    run = anneal(PLANE, found.schedule, validate=False)
    assert fidelity(run.state, ground(PLANE, 0.1)) == pytest.approx(found.fidelity, abs=1e-4)


@pytest.mark.slow
def test_energy_finds_the_lower_of_two_wells():
    """The mean energy has local minima in the upper well; 0.99 and more was seen."""
    problem = Problem(Grid([(-2.5, 2.5)], 8), WELL.objective)
    found = optimize(problem, 12, diffusion=0.05, target="energy", num_starts=16)
    assert found.fidelity > 0.97
    assert all(stage.time_step > 0 and stage.diffusion > 0 for stage in found.schedule.stages)


def test_equal_seeds_give_equal_schedules():
    a, b, c = (optimize(WELL, 2, diffusion=0.2, num_starts=2, seed=s) for s in (0, 0, 1))
    assert a.schedule == b.schedule
    assert a.schedule != c.schedule
    data = json.loads(json.dumps(a.to_dict()))
    assert Schedule.from_dict(data["schedule"]) == a.schedule


def test_more_starts_are_never_worse():
    few, many = (optimize(WELL, 2, diffusion=0.1, num_starts=n) for n in (1, 4))
    assert many.value >= few.value
    assert (few.starts, many.starts) == (1, 4)
    assert many.evaluations > few.evaluations


def test_a_time_limit_leaves_one_start():
    found = optimize(WELL, 4, diffusion=0.1, num_starts=10_000, time_limit=1e-9)
    assert found.starts == 1


def test_divisions_of_steps():
    assert _plans(Problem(Grid([(0, 1)], 3), "x"), 5, None) == [((0, 5),)]
    for size in (1, 2, 3, 8, 24):
        for steps in (1, 2, 7, 12):
            problem = Problem(Grid([(0, 1)], size if size < 20 else 12), "x")
            for plan in _plans(problem, steps, None):
                assert sum(count for _, count in plan) == steps
                assert [c for c, _ in plan] == sorted({c for c, _ in plan}, reverse=True)


def test_bad_input():
    for options, message in (
        ({"target": "fastest"}, "target"),
        ({"levels": [(1, 2)]}, "levels"),
        ({"levels": [(0, 2), (1, 1)]}, "levels"),
        ({"levels": [(6, 3)]}, "leave a qubit"),
        ({"num_starts": 0}, "num_starts"),
    ):
        with pytest.raises(ValueError, match=message):
            optimize(WELL, 3, diffusion=0.1, **options)
    with pytest.raises(ValueError, match="diffusion"):
        optimize(WELL, 3, diffusion=0)
    with pytest.raises(ValueError, match="num_steps"):
        optimize(WELL, 0, diffusion=0.1)
    with pytest.raises(TypeError, match="problem"):
        optimize("x**2", 3, diffusion=0.1)


def test_levels_per_axis():
    levels = [((2, 1), 2), ((1, 0), 1), (0, 1)]
    found = optimize(PLANE, 4, diffusion=0.2, levels=levels, num_starts=1)
    assert [stage.coarse for stage in found.schedule.stages] == [(2, 1), (2, 1), (1, 0), 0]
    run = anneal(PLANE, found.schedule, validate=False)
    assert fidelity(run.state, ground(PLANE, 0.2)) == pytest.approx(found.fidelity, abs=1e-7)


@pytest.mark.parametrize("levels", [[((1, 0), 2), ((0, 1), 2)], [((1, 0), 2), ((1, 0), 2)]])
def test_levels_that_get_no_finer_are_refused(levels):
    with pytest.raises(ValueError, match="`levels` must be pairs"):
        optimize(PLANE, 4, diffusion=0.2, levels=levels)
