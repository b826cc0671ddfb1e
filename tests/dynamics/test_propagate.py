"""The recipe on exactly solvable motions, for every formula; and imaginary time beside dense H."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems import EVERY_FORMULA, MOTIONS

from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.dynamics import propagate as module
from qdml_quantum.dynamics.formulas import FORMULAS, KINETIC, POTENTIAL, Formula, as_formula
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.dynamics.propagate import (
    Propagator,
    available_cores,
    decay,
    look_after,
    refuse_imaginary,
    unit_phase,
    useful_threads,
)
from qdml_quantum.dynamics.recipe import Phase, make_recipe
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem

EXACT = 1e-12
"""State distance that counts as no step error at all; measured: at most 1e-13."""

formulas = pytest.mark.parametrize("formula", sorted(FORMULAS))
motions = pytest.mark.parametrize("motion", MOTIONS, ids=str)
STEPPED = [
    (formula, motion)
    for motion in MOTIONS
    for formula in sorted(FORMULAS)
    if formula not in motion.exact_for
]
FREE_OF_ERROR = [
    (formula, motion)
    for motion in MOTIONS
    for formula in sorted(FORMULAS)
    if formula in motion.exact_for
]


def case_id(value):
    return str(value)


@motions
def test_exact_propagator_moves_as_the_closed_form_says(motion):
    """The oracle of the orders below; measured: 1e-13 (4 qubits per axis: 8e-7)."""
    psi = motion.run("strang", 1) if motion.problem.grid.size == 4096 else motion.exact
    for observable, value in motion.expected.values():
        assert observable(psi, motion.problem.grid) == pytest.approx(value, abs=3e-6)


@pytest.mark.parametrize(("formula", "motion"), FREE_OF_ERROR, ids=case_id)
def test_formula_is_exact_for_any_step_where_it_should_be(formula, motion):
    once = motion.run(formula, 1)
    for observable, value in motion.expected.values():
        assert observable(once, motion.problem.grid) == pytest.approx(value, abs=3e-6)
    assert state_distance(motion.run(formula, 7), once) < EXACT
    if motion.problem.grid.size < 4096:
        assert state_distance(motion.exact, once) < EXACT


@pytest.mark.parametrize(("formula", "motion"), STEPPED, ids=case_id)
def test_measured_order_is_the_declared_one(formula, motion):
    """Halving the step; measured: Lie 0.97 to 1.05, Strang 2.00, Suzuki4 4.00."""
    coarse, fine = (
        state_distance(motion.run(formula, steps), motion.exact)
        for steps in (motion.steps, 2 * motion.steps)
    )
    assert fine > 100 * EXACT  # above the rounding, so that the order means something
    assert math.log2(coarse / fine) == pytest.approx(as_formula(formula).order, abs=0.15)


@pytest.mark.parametrize(("formula", "motion"), STEPPED, ids=case_id)
def test_small_steps_reach_the_closed_form(formula, motion):
    """Measured: Lie 2e-2, Strang 1.3e-4, Suzuki4 7e-7 (the grid error)."""
    psi = motion.run(formula, 8 * motion.steps)
    limit = {"lie": 0.1, "strang": 1e-3, "suzuki4": 3e-6}[formula]
    for observable, value in motion.expected.values():
        assert observable(psi, motion.problem.grid) == pytest.approx(value, abs=limit)


@formulas
@motions
def test_total_probability_stays_one(formula, motion):
    """Measured: 2.5e-13."""
    psi = motion.run(formula, 2 * motion.steps)
    assert abs(np.sum(np.abs(psi) ** 2) - 1) < 2e-12


@pytest.mark.each_value
@formulas
@motions
def test_opposite_angles_in_reverse_undo_the_run(formula, motion):
    phases = make_recipe(motion.schedule(motion.steps), formula).phases
    back = tuple(Phase(p.term, -p.angle) for p in reversed(phases))
    psi = Propagator(motion.problem, workers=1).run(motion.start, phases + back)
    assert np.linalg.norm(psi - motion.start) < 1e-12  # measured: 9e-14


def conjugate_round_trip(formula, motion):
    """Run, conjugate, run again: the time reversal of a real Hamiltonian."""
    phases = make_recipe(motion.schedule(motion.steps), formula).phases
    propagator = Propagator(motion.problem, workers=1)
    there = propagator.run(motion.start, phases)
    return state_distance(np.conj(propagator.run(np.conj(there), phases)), motion.start)


@pytest.mark.parametrize("formula", ["strang", "suzuki4"])
@motions
def test_palindromic_formulas_are_reversible_by_conjugation(formula, motion):
    assert conjugate_round_trip(formula, motion) < 1e-12  # measured: 9e-14


def test_lie_is_not_reversible_by_conjugation():
    """Shows that the test above can fail."""
    stepped = [motion for motion in MOTIONS if motion.exact_for != EVERY_FORMULA]
    assert all(conjugate_round_trip("lie", motion) > 1e-3 for motion in stepped)


def test_energy_moves_with_the_step_and_not_without():
    """<H> is conserved by the exact flow; Strang keeps it to O(dt^2) without drift."""
    motion = next(m for m in MOTIONS if m.name == "coherent state")
    hamiltonian = Hamiltonian(motion.problem, motion.diffusion)
    before = hamiltonian.energy(motion.start)
    drift = [abs(hamiltonian.energy(motion.run("strang", n)) - before) for n in (16, 32)]
    assert drift[0] > 1e-5
    assert math.log2(drift[0] / drift[1]) == pytest.approx(2, abs=0.3)


KVK = Formula("kvk", 2, ((KINETIC, 0.5), (POTENTIAL, 1.0), (KINETIC, 0.5)))
stages = st.builds(
    Stage,
    diffusion=st.floats(0, 4),
    time_step=st.floats(0.01, 0.5),
    num_steps=st.integers(1, 4),
)
schedules = st.lists(stages, min_size=1, max_size=4).map(
    lambda found: Schedule(sorted(found, key=lambda stage: -stage.diffusion))
)


def factor_by_factor(schedule, formula):
    """The product as it is written down, nothing merged."""
    return [
        Phase(term, fraction * stage.time_step * (stage.diffusion if term == KINETIC else 1.0))
        for stage in schedule.stages
        for _ in range(stage.num_steps)
        for term, fraction in as_formula(formula).factors
    ]


WELL = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
PACKET = np.asarray(np.random.default_rng(5).standard_normal((2, 32)) / 8)


@settings(max_examples=40)
@given(schedule=schedules, formula=st.sampled_from([*sorted(FORMULAS), KVK]))
def test_merged_recipe_is_the_product_of_the_factors(schedule, formula):
    """Measured: 6e-14."""
    start = PACKET[0] + 1j * PACKET[1]
    propagator = Propagator(WELL, workers=1)
    merged = propagator.run(start.copy(), make_recipe(schedule, formula).phases)
    plain = propagator.run(start.copy(), factor_by_factor(schedule, formula))
    assert np.linalg.norm(merged - plain) < 1e-11


@settings(max_examples=20)
@given(schedule=schedules, formula=st.sampled_from([*sorted(FORMULAS), KVK]))
def test_pending_phase_completes_each_stage(schedule, formula):
    """What an observer sees at a seam is the anneal up to there, no more and no less."""
    start = PACKET[0] + 1j * PACKET[1]
    propagator = Propagator(WELL, workers=1)
    recipe = make_recipe(schedule, formula)
    running = start.copy()
    for number, phases in enumerate(recipe.stages):
        running = propagator.run(running, phases)
        pending = recipe.pending[number]
        seen = propagator.run(running.copy(), [pending] if pending else [])
        upto = Schedule(schedule.stages[: number + 1])
        assert (
            np.linalg.norm(seen - propagator.run(start.copy(), factor_by_factor(upto, formula)))
            < 1e-11
        )


def test_factors_are_the_phases_of_the_equation():
    """One potential and one kinetic phase, against the definitions with dense arrays."""
    grid = Grid([(-2, 2), (0, 3)], [3, 2])
    problem = Problem(grid, "x**2 + x*y")
    rng = np.random.default_rng(1)
    psi = rng.standard_normal(grid.shape) + 1j * rng.standard_normal(grid.shape)
    x, y = grid.coordinates()
    k, q = grid.wave_numbers()
    got = Propagator(problem).run(psi.copy(), [Phase(POTENTIAL, 0.3)])
    assert np.allclose(got, np.exp(-0.3j * (x**2 + x * y)) * psi, atol=1e-14)
    got = Propagator(problem).run(psi.copy(), [Phase(KINETIC, 0.3)])
    expected = np.fft.ifft2(np.exp(-0.3j * (k**2 + q**2)) * np.fft.fft2(psi))
    assert np.allclose(got, expected, atol=1e-14)


def test_many_different_angles_do_not_mix_up_the_kept_factors():
    phases = [Phase(POTENTIAL, a) for a in (0.1, 0.2, 0.3, 0.4, 0.1, 0.3, 0.5, 0.2)]
    propagator = Propagator(WELL)
    psi = propagator.run(np.ones(32, dtype=complex), phases)
    assert len(propagator._factors) <= 3  # what the memory check counts on
    assert np.allclose(psi, np.exp(-2.1j * WELL.values), atol=1e-13)


def test_single_precision_follows_double():
    """Measured: 2.3e-6 after 96 steps."""
    phases = make_recipe(Schedule.geometric((4, 0.1), num_stages=6), "strang").phases
    start = np.full(32, 32**-0.5, dtype=complex)
    double = Propagator(WELL).run(start.copy(), phases)
    single = Propagator(WELL, dtype=np.complex64).run(start.astype(np.complex64), phases)
    assert single.dtype == np.complex64
    assert state_distance(single, double) < 1e-5


@pytest.mark.parametrize(
    ("shape", "threads"),
    [((1 << 10,), 1), ((1 << 22,), 1), ((64, 64), 1), ((128, 128), 8), ((16, 16, 64), 8)],
)
def test_threads_are_taken_only_where_they_gain(monkeypatch, shape, threads):
    monkeypatch.setattr(module, "available_cores", lambda: 8)
    assert useful_threads(shape) == threads
    grid = Grid([(-1, 1)] * len(shape), [n.bit_length() - 1 for n in shape])
    problem = Problem(grid, " + ".join(f"x{axis}**2" for axis in range(1, len(shape) + 1)))
    assert Propagator(problem).workers == threads
    assert Propagator(problem, workers=3).workers == 3


def test_many_turns_are_taken_off_within_the_rounding_of_the_angle():
    """Measured: 1.1e-8 at 1e8, whose own step is 1.5e-8; below nothing is changed."""
    angle = np.random.default_rng(0).uniform(-2e9, 2e9, 1000)
    exact = np.exp(-1j * angle)
    assert np.abs(unit_phase(angle) - exact).max() < 4 * np.spacing(2e9)
    below = angle / 20
    assert np.abs(unit_phase(below) - np.exp(-1j * below)).max() < 1e-15


def test_unit_phase_is_the_complex_exponential():
    angle = np.linspace(-40, 40, 101)
    assert np.allclose(unit_phase(angle), np.exp(-1j * angle), atol=1e-14)
    assert unit_phase(angle, np.complex64).dtype == np.complex64


def test_there_is_a_core():
    assert available_cores() >= 1


# Imaginary time.

BOX = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
FLAT = Problem(Grid([(-2, 2), (0, 3)], [2, 3]), "x**2 + x*y - y")
small = pytest.mark.parametrize("problem", [BOX, FLAT], ids=["1-D", "2-D"])


def random_state(problem, seed=0):
    rng = np.random.default_rng(seed)
    psi = rng.standard_normal(problem.grid.shape) + 1j * rng.standard_normal(problem.grid.shape)
    return psi / np.linalg.norm(psi)


def dense_hamiltonian(problem, diffusion):
    """``-D lap + zeta`` as a matrix: plane waves by their definition, no FFT."""
    waves = np.ones((1, 1))
    squares = np.zeros(1)
    for axis in problem.grid.axes:
        k = axis.wave_numbers
        one = np.exp(1j * np.outer(axis.points, k)) / np.sqrt(axis.size)
        waves = np.kron(waves, one)
        squares = np.add.outer(squares, k**2).ravel()
    kinetic = waves @ np.diag(diffusion * squares) @ waves.conj().T
    return kinetic + np.diag(problem.values.ravel())


def relaxed_exactly(problem, diffusion, tau, psi):
    """``exp(-tau H) psi``, normalised, by diagonalisation."""
    energies, states = np.linalg.eigh(dense_hamiltonian(problem, diffusion))
    decayed = np.exp(-tau * (energies - energies[0])) * (states.conj().T @ psi.ravel())
    found = (states @ decayed).reshape(psi.shape)
    return found / np.linalg.norm(found)


def relaxed(problem, diffusion, tau, psi, num_steps, formula="strang", **options):
    schedule = Schedule.constant(diffusion, num_steps=num_steps, time_step=tau / num_steps)
    propagator = Propagator(problem, imaginary=True, workers=1, **options)
    return propagator.run(psi.copy(), make_recipe(schedule, formula).moves)


@small
@pytest.mark.parametrize("formula", ["lie", "strang"])
def test_imaginary_time_is_exp_of_minus_tau_h(problem, formula):
    """From a random state, with the order that the formula states."""
    psi = random_state(problem)
    exact = relaxed_exactly(problem, 0.4, 0.5, psi)
    assert state_distance(psi, exact) > 0.3
    errors = [
        state_distance(relaxed(problem, 0.4, 0.5, psi, steps, formula), exact)
        for steps in (32, 64, 128)
    ]
    order = as_formula(formula).order
    for coarse, fine in pairwise(errors):
        assert math.log2(coarse / fine) == pytest.approx(order, abs=0.15)
    assert errors[-1] < {"lie": 2e-2, "strang": 1e-4}[formula]


@small
def test_one_imaginary_step_is_the_product_of_its_factors(problem):
    """Lie, with the shift that keeps it finite undone by the norm."""
    psi = random_state(problem, 1)
    grid = problem.grid
    square = sum(k**2 for k in grid.wave_numbers())
    step = np.fft.ifftn(
        np.exp(-0.2 * 0.7 * square) * np.fft.fftn(np.exp(-0.2 * problem.values) * psi)
    )
    found = relaxed(problem, 0.7, 0.2, psi, 1, "lie")
    np.testing.assert_allclose(found, step / np.linalg.norm(step), atol=1e-14)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-14)


@small
def test_long_imaginary_time_ends_in_the_ground_state(problem):
    energies, states = np.linalg.eigh(dense_hamiltonian(problem, 0.4))
    tau = 25 / (energies[1] - energies[0])
    found = relaxed(problem, 0.4, tau, random_state(problem, 2), int(200 * tau))
    assert abs(np.vdot(states[:, 0], found.ravel())) ** 2 == pytest.approx(1, abs=1e-6)


@small
@pytest.mark.parametrize("constant", [1e3, -1e3, 1e6])
def test_a_constant_in_zeta_changes_nothing(problem, constant):
    """Without the shift exp(-tau 10^6) is 0, and exp(tau 10^3) infinite."""
    psi = random_state(problem)
    moved = Problem.from_table(problem.values + constant, problem.grid.bounds)
    found, same = (relaxed(p, 0.4, 2.0, psi, 40) for p in (moved, problem))
    np.testing.assert_allclose(found, same, atol=1e-14 * abs(constant))
    assert np.isfinite(found).all()


def test_imaginary_stages_of_a_coarse_schedule_are_refined_as_real_ones_are():
    """On every other point first, then the interpolated state goes on; by hand."""
    stages = (Stage(0.8, 0.05, 3, coarse=1), Stage(0.3, 0.05, 3))
    recipe = make_recipe(Schedule(stages), "strang")
    psi = np.zeros(16, dtype=complex)
    psi[::2] = 8**-0.5
    found = Propagator(BOX, imaginary=True).run(psi, recipe.moves)
    thin = BOX.thinned(1)
    first = relaxed(thin, 0.8, 0.15, np.full(8, 8**-0.5, dtype=complex), 3)
    spectrum = np.fft.fftshift(np.fft.fft(first))
    wide = np.fft.ifft(np.fft.ifftshift(np.pad(spectrum, 4)))
    expected = relaxed(BOX, 0.3, 0.15, wide / np.linalg.norm(wide), 3)
    np.testing.assert_allclose(found, expected, atol=1e-13)


def test_imaginary_time_in_single_precision_follows_double():
    psi = random_state(BOX)
    double = relaxed(BOX, 0.4, 1.0, psi, 50)
    single = relaxed(BOX, 0.4, 1.0, psi.astype(np.complex64), 50, dtype=np.complex64)
    assert single.dtype == np.complex64
    assert state_distance(single, double) < 1e-5


def test_real_time_is_not_normalised():
    """Only imaginary time is: a norm that drifts must show in `checks.norm`."""
    psi = 3 * random_state(BOX)
    schedule = Schedule.constant(0.4, num_steps=3, time_step=0.1)
    found = Propagator(BOX).run(psi, make_recipe(schedule, "strang").moves)
    assert np.linalg.norm(found) == pytest.approx(3, rel=1e-12)


def test_imaginary_time_refuses_to_run_backwards():
    with pytest.raises(ValueError, match=r"cannot follow negative fractions.*Use formula lie or"):
        relaxed(BOX, 0.4, 0.1, random_state(BOX), 1, "suzuki4")
    with pytest.raises(ValueError, match="negative fractions"):
        Propagator(BOX, imaginary=True).run(random_state(BOX), [Phase(KINETIC, -0.1)])


def test_a_state_that_vanishes_is_refused():
    """All of it on a wall, and a step that leaves exp(-5000) of that."""
    wall = np.full(16, 500.0)
    wall[3] = 0.0
    problem = Problem.from_table(wall, (0, 1))
    start = np.zeros(16, dtype=complex)
    start[9] = 1
    with pytest.raises(ValueError, match=r"vanished in imaginary time.*smaller time step"):
        Propagator(problem, imaginary=True).run(start.copy(), [Phase(POTENTIAL, 10.0)])


@pytest.mark.parametrize(("dtype", "angle"), [(np.complex128, 1.4), (np.complex64, 0.17)])
def test_a_state_that_hardly_survives_is_normalised(dtype, angle):
    """exp(-700) and exp(-85) are numbers, their squares are 0."""
    wall = np.full(16, 500.0)
    wall[3] = 0.0
    problem = Problem.from_table(wall, (0, 1))
    start = np.zeros(16, dtype=dtype)
    start[9], start[10] = 0.6, 0.8
    propagator = Propagator(problem, imaginary=True, dtype=dtype)
    kept = propagator.run(start.copy(), [Phase(POTENTIAL, angle)])
    np.testing.assert_allclose(kept, start, atol=1e-6)


def test_decay_is_the_exponential():
    exponent = np.linspace(0, 40, 101)
    assert np.allclose(decay(exponent), np.exp(-exponent), rtol=1e-14)
    assert decay(exponent, np.complex64).dtype == np.complex64
    with pytest.raises(ValueError, match="negative fractions"):
        decay(np.array([0.1, -1e-300]))


@pytest.mark.parametrize("phase", [Phase(KINETIC, 0.1, fold=(0.1,)), Phase(POTENTIAL, -0.1)])
def test_what_imaginary_time_cannot_follow_is_refused(phase):
    with pytest.raises(ValueError, match="Imaginary time cannot follow"):
        refuse_imaginary(phase)


def test_a_stage_is_looked_at_after_its_kinetic_phases():
    """At most eight times, once in four."""
    phases = [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.1)]
    assert look_after(phases * 3) == set()
    for steps in (4, 17, 100):
        moments = look_after(phases * steps)
        assert len(moments) == min(8, steps // 4)
        assert all(moment % 2 == 1 for moment in moments)


@pytest.mark.parametrize("imaginary", [False, True])
@pytest.mark.parametrize("num_qubits", [4, 7])
@pytest.mark.parametrize(("dtype", "digits"), [(np.complex128, 13), (np.complex64, 4)])
def test_a_long_axis_in_four_steps_is_the_same(monkeypatch, num_qubits, imaginary, dtype, digits):
    """Even and odd numbers of qubits: a square plane, and one of twice as many columns."""
    problem = Problem(Grid((-3, 2), num_qubits), "x**4 - x")
    recipe = make_recipe(Schedule.geometric((2, 0.1), num_stages=3, num_steps=2, time_step=0.02))
    rng = np.random.default_rng(0)
    start = rng.standard_normal(problem.grid.shape) + 1j * rng.standard_normal(problem.grid.shape)
    start = (start / np.linalg.norm(start)).astype(dtype)

    def end():
        runner = Propagator(problem, imaginary=imaginary, dtype=dtype)
        return runner.run(start.copy(), recipe.phases)

    short = end()
    monkeypatch.setattr(module, "_LONG", 2)
    long = end()
    assert long.dtype == dtype and long.shape == start.shape
    assert np.abs(long - short).max() < 10.0**-digits
    assert (long != short).any()  # It is another way.
