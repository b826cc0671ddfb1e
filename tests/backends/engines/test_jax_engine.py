"""The engine of JAX against that of NumPy: on one device here, on several in other processes."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum import FORMULAS, Anneal, Gaussian, Grid, Objective, Problem, Schedule, Stage
from qdml_quantum import anneal as run_anneal
from qdml_quantum.backends.emulator import Emulator, ImaginaryTime
from qdml_quantum.backends.engines import jax_engine, jax_programs
from qdml_quantum.backends.engines.jax_engine import JaxEngine
from qdml_quantum.backends.engines.numpy_engine import NumPyEngine
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.goal import Goal

WELL = Problem(Grid([(-2.5, 2.5)], 7), "double_well")
PROBLEMS = {
    "one": WELL,
    "two": Problem(Grid([(-5, 5), (-4, 4)], [4, 5]), "himmelblau"),
    "three": Problem(Grid([(-3, 3)] * 3, [3, 4, 2]), "rastrigin"),
    "four": Problem(Grid([(-3, 3)] * 4, 2), "rastrigin"),
}
SCHEDULE = Schedule.geometric((2.0, 0.2), num_stages=3, num_steps=9, time_step=0.05)
ON_FOUR = Path(__file__).with_name("on_four_devices.py")


def both(problem, **options):
    return NumPyEngine(problem, **options), JaxEngine(problem, **options)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
@pytest.mark.parametrize("initial", ["uniform", Gaussian(0.5, 0.8, 0.4)], ids=["uniform", "packet"])
def test_the_same_state_as_with_numpy(problem, formula, initial):
    """Measured: 2e-15."""
    anneal = Anneal(problem, SCHEDULE, formula, initial)
    numpy, ours = both(problem)
    expected = numpy.run(numpy.begin(anneal), anneal.recipe.stages)
    state = ours.run(ours.begin(anneal), anneal.recipe.stages)
    assert abs(ours.whole(state) - expected).max() <= 1e-13


def test_a_free_packet_moves_as_the_closed_form_says():
    """``zeta = 0``: the mean moves by 2 D k t, the variance grows as (D t / w)^2."""
    flat = Problem(Grid([(-16, 16)], 8), Objective(lambda x: 0 * x, 1, bounds=[(-16, 16)]))
    schedule = Schedule.constant(0.5, num_steps=40, time_step=0.05)
    engine = JaxEngine(flat)
    anneal = Anneal(flat, schedule, "strang", Gaussian(-2.0, 1.0, 1.5))
    weights = abs(engine.whole(engine.run(engine.begin(anneal), anneal.recipe.stages))) ** 2
    x = flat.grid.axes[0].points
    mean = float(weights @ x)
    assert mean == pytest.approx(-2.0 + 2 * 0.5 * 1.5 * 2.0, abs=1e-10)
    assert float(weights @ (x - mean) ** 2) == pytest.approx(1 + (0.5 * 2.0) ** 2, abs=1e-10)


def test_all_at_once_or_stage_by_stage():
    anneal = Anneal(WELL, SCHEDULE)
    engine = JaxEngine(WELL)
    state = engine.begin(anneal)
    for moves in anneal.recipe.stages:
        state = engine.run(state, [moves])
    whole = engine.run(engine.begin(anneal), anneal.recipe.stages)
    np.testing.assert_array_equal(engine.whole(whole), engine.whole(state))


def test_a_long_axis_in_four_steps():
    """State, draws, blocks and coarse stages, all stages in one call; measured: 2e-14."""
    problem = Problem(Grid([(-2.5, 2.5)], 18), "double_well")
    schedule = Schedule((Stage(2.0, 0.05, 3, coarse=1), Stage(1.0, 0.05, 3), Stage(0.5, 0.05, 2)))
    anneal = Anneal(problem, schedule, "strang", Gaussian(0.5, 0.3, 0.0))
    numpy, ours = NumPyEngine(problem), JaxEngine(problem, devices=1)
    one, two = (e.run(e.begin(anneal), anneal.recipe.stages) for e in (numpy, ours))
    assert two.shape == (512, 512)
    assert abs(ours.whole(two) - one).max() <= 1e-13
    goal = Goal(problem)
    assert ours.observe(two, 0.5, goal).energy == pytest.approx(
        numpy.observe(one, 0.5, goal).energy, rel=1e-10
    )
    for basis in ("position", "momentum"):
        assert ours.sample(two, basis, 400, 5) == numpy.sample(one, basis, 400, 5)
    np.testing.assert_array_equal(ours.from_blocks(ours.blocks(two)), two)
    shown = ours.shown(ours.run(ours.begin(anneal), anneal.recipe.stages[:1]), 1)
    expected = numpy.shown(numpy.run(numpy.begin(anneal), anneal.recipe.stages[:1]), 1)
    assert abs(ours.whole(shown) - expected).max() <= 1e-13


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_it_sees_and_draws_the_same(problem):
    anneal = Anneal(problem, SCHEDULE)
    numpy, ours = both(problem)
    looks, our_looks = [], []
    one = numpy.run(
        numpy.begin(anneal), anneal.recipe.stages, lambda psi: looks.append(numpy.edge(psi))
    )
    two = ours.run(
        ours.begin(anneal), anneal.recipe.stages, lambda psi: our_looks.append(ours.edge(psi))
    )
    assert len(looks) == 6
    np.testing.assert_allclose(our_looks, looks, atol=1e-14)
    sights = [
        engine.observe(psi, 0.2, Goal(problem)) for engine, psi in ((numpy, one), (ours, two))
    ]
    for name, value in dataclasses.asdict(sights[0]).items():
        scale = max(1.0, problem.span[1]) ** 2
        assert getattr(sights[1], name) == pytest.approx(value, rel=1e-12, abs=1e-14 * scale), name
    for basis in ("position", "momentum"):
        assert ours.sample(two, basis, 3000, 5) == numpy.sample(one, basis, 3000, 5)


def test_what_is_drawn_comes_in_chunks(monkeypatch):
    """Whatever their size."""
    anneal = Anneal(PROBLEMS["two"], SCHEDULE)
    numpy, ours = both(anneal.problem)
    state = ours.run(ours.begin(anneal), anneal.recipe.stages)
    counts = numpy.sample(ours.whole(state), "position", 500, 2)
    for chunk in (1, 64):
        monkeypatch.setattr(jax_programs, "_CHUNK", chunk)
        assert ours.sample(state, "position", 500, 2) == counts


def test_single_precision_has_angles_of_64_bits():
    """With angles of 32 bits the error is 2e-3 [measured in the issue]; with these 3e-7."""
    high = Problem(WELL.grid, "5000 + x**2")
    anneal = Anneal(high, Schedule.constant(1.0, num_steps=100, time_step=0.05))
    engine = JaxEngine(high, precision="single")
    state = engine.whole(engine.run(engine.begin(anneal), anneal.recipe.stages))
    assert state.dtype == np.complex64
    assert np.linalg.norm(state - anneal.final_state()) <= 2e-5


@pytest.mark.parametrize("formula", ["lie", "strang"])
def test_imaginary_time(formula):
    anneal = Anneal(PROBLEMS["two"], SCHEDULE, formula)
    numpy, ours = both(anneal.problem, imaginary=True)
    expected = numpy.run(numpy.begin(anneal), anneal.recipe.stages)
    state = ours.whole(ours.run(ours.begin(anneal), anneal.recipe.stages))
    assert abs(state - expected).max() <= 1e-13


def test_imaginary_time_refuses_what_it_refuses_in_numpy():
    backwards = Anneal(WELL, SCHEDULE, "suzuki4")
    for engine in both(WELL, imaginary=True):
        with pytest.raises(ValueError, match="negative fractions"):
            engine.run(engine.begin(backwards), backwards.recipe.stages)
    psi = np.cos(np.pi * np.arange(128)).astype(complex) / np.sqrt(128)
    for engine in both(WELL, imaginary=True):
        with pytest.raises(ValueError, match="vanished"):
            engine.run(engine.place(psi), [[Phase(KINETIC, 1e9)]])
        with pytest.raises(ValueError, match="folded"):
            engine.run(engine.place(psi), [[Phase(KINETIC, 1.0, fold=(0.1,))]])


@pytest.mark.parametrize("coarse", [(2, 1), ((1, 1), (0, 1))])
def test_coarse_stages(coarse):
    stages = [Stage(2.0, 0.05, 5, coarse=one) for one in (*coarse, 0)]
    anneal = Anneal(PROBLEMS["two"], Schedule(tuple(stages)))
    numpy, ours = both(anneal.problem)
    one, two = numpy.begin(anneal), ours.begin(anneal)
    for number, moves in enumerate(anneal.recipe.stages):
        one, two = numpy.run(one, [moves]), ours.run(two, [moves])
        assert abs(ours.whole(two) - one).max() <= 1e-14
        if number < 2:
            seen = ours.whole(ours.shown(two, stages[number].coarse))
            assert abs(seen - numpy.shown(one, stages[number].coarse)).max() <= 1e-14
    assert abs(ours.whole(two) - anneal.final_state()).max() <= 1e-14


@pytest.mark.parametrize("fold", [(0.1, 0.02), ((0.1,), ()), ((0.1, 0.3), (0.2,))])
def test_folded_phases(fold):
    problem = PROBLEMS["two"]
    phases = [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.05, fold=fold), Phase(KINETIC, 0.02)] * 3
    numpy, ours = both(problem)
    psi = Anneal(problem, SCHEDULE, "strang", Gaussian(0.5, 0.8, 0.4)).start
    expected = numpy.run(numpy.place(psi), [phases, phases])
    assert abs(ours.whole(ours.run(ours.place(psi), [phases, phases])) - expected).max() <= 1e-14


def test_zeta_is_asked_for_by_the_blocks_where_it_lies():
    """Only once, and not of `Problem.values`."""
    asked = []

    def zeta(x, y):
        asked.append(np.broadcast(x, y).size)
        return x**2 + y

    problem = Problem(Grid([(-1, 1)] * 2, 4), Objective(zeta, 2, bounds=[(-1, 1)] * 2))
    engine = JaxEngine(problem)
    engine.edge(engine.place(np.ones((16, 16), complex)))
    assert "values" not in vars(problem)
    assert asked.count(256) == 1
    assert sum(asked) < 300


def test_blocks_there_and_back():
    for problem in (WELL, PROBLEMS["three"]):
        engine = JaxEngine(problem)
        state = engine.begin(Anneal(problem, SCHEDULE, "strang", Gaussian(0.5, 0.8, 0.4)))
        blocks = engine.blocks(state)
        assert len(blocks) > 1
        assert sum(block.size for block in blocks.values()) == problem.grid.size
        np.testing.assert_array_equal(engine.whole(engine.from_blocks(blocks)), engine.whole(state))
        name = next(iter(blocks))
        assert engine.from_blocks({key: blocks[key] for key in blocks if key != name}) is None
        assert engine.from_blocks(blocks | {name: blocks[name].astype("c8")}) is None
        assert engine.from_blocks(blocks | {name: blocks[name][..., :0]}) is None


def test_a_norm_that_goes_wrong_is_not_passed_on():
    """As of a transform that scales wrongly, which some did."""
    engine = JaxEngine(WELL)
    state = engine.place(3 * Anneal(WELL, SCHEDULE).start)
    with pytest.raises(FloatingPointError, match="must stay 1"):
        engine.run(state, [[Phase(KINETIC, 0.1)]])
    with pytest.raises(FloatingPointError, match="must stay 1"):
        engine.run(engine.place(np.full(128, np.nan + 0j)), [[Phase(KINETIC, 0.1)]])


def test_numbers_of_jax_are_as_wide_as_before():
    """What else uses JAX in this process keeps its 32 bits."""
    engine = JaxEngine(WELL)
    engine.run(engine.begin(Anneal(WELL, SCHEDULE)), Anneal(WELL, SCHEDULE).recipe.stages)
    assert jax_programs.jnp.asarray(1.5).dtype == "float32"


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_what_moves_between_two_states(problem):
    """As total variation says of the arrays, whatever their norms."""
    anneals = [Anneal(problem, SCHEDULE, "strang", Gaussian(x, 0.8, 0.4)) for x in (0.5, -0.5)]
    one, two = (anneal.start for anneal in anneals)
    for engine in both(problem):
        moved = engine.distance(engine.place(one), engine.place(2 * two))
        assert moved == pytest.approx(abs(abs(one) ** 2 - abs(two) ** 2).sum() / 2, rel=1e-12)
        assert engine.distance(engine.place(one), engine.place(one)) <= 1e-15


def schedules(number):
    """Of different D and time steps, and of one form."""
    return [
        Schedule.geometric((2.0 + n, 0.2), num_stages=3, num_steps=6, time_step=0.03 + 0.01 * n)
        for n in range(number)
    ]


def trail_is(ours, theirs):
    """To 1e-12: states, and what was seen after every stage."""
    np.testing.assert_allclose(ours.state, theirs.state, rtol=0, atol=1e-12)
    assert len(ours.sights) == len(theirs.sights)
    for one, other in zip(ours.sights, theirs.sights, strict=True):
        expected = list(vars(other).values())
        np.testing.assert_allclose(list(vars(one).values()), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("imaginary", [False, True])
@pytest.mark.parametrize("name", list(PROBLEMS))
def test_many_schedules_at_once(name, imaginary):
    """Other D, time steps and starts: the same as with NumPy, one by one."""
    problem = PROBLEMS[name]
    numpy, ours = both(problem, imaginary=imaginary)
    starts = ["uniform", Gaussian(0.5, 0.8, 0.0), "uniform", Gaussian(-1.0, 0.8, 0.0)]
    anneals = [
        Anneal(problem, schedule, "strang", start)
        for schedule, start in zip(schedules(4), starts, strict=True)
    ]
    goals = [Goal(problem)] * 4
    trails = ours.run_many(anneals, goals)
    assert len({trail.sights[-1].energy for trail in trails}) == 4
    for one, other in zip(trails, numpy.run_many(anneals, goals), strict=True):
        trail_is(one, other)
    assert [trail.sights for trail in ours.run_many(anneals)] == [()] * 4


def test_many_objectives_and_radii_at_once():
    """On one grid; each is looked at with its own zeta and its own goal."""
    grid = PROBLEMS["two"].grid
    problems = [PROBLEMS["two"], Problem(grid, "x**2 + 2*y**2"), Problem(grid, "(x - 1)**4 + y**2")]
    problems.append(problems[0])
    anneals = [Anneal(one, two) for one, two in zip(problems, schedules(4), strict=True)]
    goals = [Goal(one, radius) for one, radius in zip(problems, (0.1, 0.1, 0.2, 0.3), strict=True)]
    numpy, ours = both(problems[0])
    for one, other in zip(*(e.run_many(anneals, goals) for e in (ours, numpy)), strict=True):
        trail_is(one, other)


def test_many_folded_schedules_at_once():
    """Each with its own folds."""
    schedules_ = [
        Schedule(tuple(Stage(1.0, 0.3, 1, 0, (fold * n, 0.1)) for fold in (0.2, -0.1)), goal=0.5)
        for n in (1, 2, 3)
    ]
    anneals, goals = [Anneal(WELL, one) for one in schedules_], [Goal(WELL)] * 3
    numpy, ours = both(WELL)
    trails = ours.run_many(anneals, goals)
    assert abs(trails[0].state - trails[2].state).max() > 0.01
    for one, other in zip(trails, numpy.run_many(anneals, goals), strict=True):
        trail_is(one, other)


def test_all_of_them_are_one_program(monkeypatch):
    """Sixty-four anneals are as many calls of as many programs as two are."""
    calls = []

    def counting(real):
        def counted(*form):
            program = real(*form)

            def run(states, *given):
                calls.append((form, states.shape[0]))
                return program(states, *given)

            return run

        return counted

    for name in ("program_of_many", "seen_stages_of_many"):
        monkeypatch.setattr(jax_engine, name, counting(getattr(jax_engine, name)))
    engine, made = JaxEngine(WELL), []
    for number in (2, 64):
        calls.clear()
        engine.run_many([Anneal(WELL, one) for one in schedules(number)], [Goal(WELL)] * number)
        assert {members for _, members in calls} == {number}
        assert (
            len(calls) == len({form for form, _ in calls}) <= 2
        )  # Stages are not called one by one.
        made.append([form for form, _ in calls])
    assert made[0] == made[1]
    calls.clear()
    engine.run_many([Anneal(WELL, one) for one in schedules(64)])
    assert len(calls) == len({form for form, _ in calls}) <= 2  # The first stage begins alone.


def test_anneals_of_another_shape_are_not_run_at_once():
    other = Schedule.geometric((2.0, 0.2), num_stages=3, num_steps=7, time_step=0.05)
    finer = Problem(Grid([(-2.5, 2.5)], 8), "double_well")
    coarse = Schedule((Stage(2.0, 0.05, 5, coarse=1), Stage(1.0, 0.05, 5)))
    first = Anneal(WELL, *schedules(1))
    for others in ([first, Anneal(WELL, other)], [Anneal(finer, *schedules(1))]):
        with pytest.raises(ValueError, match="one grid, with as many stages"):
            JaxEngine(WELL).run_many(others)
    with pytest.raises(ValueError, match="none of them coarse"):
        JaxEngine(WELL).run_many([Anneal(WELL, coarse)])


# The emulator


def test_an_anneal_says_the_same():
    anneal = Anneal(WELL, SCHEDULE)
    one = run_anneal(anneal, shots=300, seed=4)
    two = run_anneal(anneal, backend=Emulator(engine="jax"), shots=300, seed=4)
    assert two.counts == one.counts
    assert two.energy == pytest.approx(one.energy, rel=1e-12)
    assert two.success_probability == one.success_probability
    for mine, theirs in zip(two.stages, one.stages, strict=True):
        assert dataclasses.astuple(mine) == pytest.approx(dataclasses.astuple(theirs), abs=1e-12)
    assert [check.passed for check in two.checks] == [check.passed for check in one.checks]
    np.testing.assert_allclose(two.stage_probabilities, one.stage_probabilities, atol=1e-14)


def test_halved_steps_are_run_by_the_same_engine(monkeypatch):
    anneal, backend = Anneal(WELL, SCHEDULE), Emulator(engine="jax")
    expected = run_anneal(anneal).checks
    halves = []
    monkeypatch.setattr(Anneal, "final_state", lambda self, **_: halves.append(self))
    checks = run_anneal(anneal, backend=backend).checks
    assert halves == []
    one, two = (next(c.value for c in some if c.name == "time_step") for some in (expected, checks))
    assert two == pytest.approx(one, rel=1e-9)


def test_imaginary_time_says_the_same():
    anneal = Anneal(WELL, SCHEDULE)
    one = run_anneal(anneal, backend="imaginary-time", validate=False)
    two = run_anneal(anneal, backend=ImaginaryTime(engine="jax"), validate=False)
    assert two.energy == pytest.approx(one.energy, rel=1e-12)


def test_a_run_that_was_stopped_goes_on_with_the_same_bits(tmp_path):
    anneal = Anneal(WELL, SCHEDULE)
    seen = []

    def stop(record):
        seen.append(record)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_anneal(
            anneal, backend=Emulator(engine="jax"), folder=tmp_path, progress=stop, validate=False
        )
    backend = Emulator(engine="jax")
    rest = run_anneal(
        anneal, backend=backend, folder=tmp_path, progress=seen.append, validate=False
    )
    assert len(seen) == 3
    whole = run_anneal(anneal, backend=Emulator(engine="jax"), validate=False)
    np.testing.assert_array_equal(rest.state, whole.state)
    assert rest.stages == whole.stages


def test_another_engine_is_another_run_and_other_devices_are_not():
    assert Emulator(engine="jax").identity() != Emulator().identity()
    assert Emulator(engine="jax", devices=4).identity() == Emulator(engine="jax").identity()


@pytest.mark.parametrize("options", [{"devices": 2}, {"engine": "jax", "workers": 2}])
def test_options_of_the_other_engine_are_refused(options):
    with pytest.raises(ValueError, match="be left out of the engine"):
        Emulator(**options)


# Several devices


@pytest.mark.parametrize(
    "test",
    [
        "agrees",
        "exchanges",
        "coarse",
        "coarse_in_imaginary_time",
        "refinements",
        "resumes",
        "memory",
    ],
)
def test_on_four_devices(test):
    """The number of devices is fixed when JAX is first used: in a process of its own."""
    fixed = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, str(ON_FOUR), test],
        env=os.environ | fixed,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
