"""`evolve`: closed forms along the whole time axis, and what it refuses."""

import inspect
import math

import numpy as np
import pytest
import scipy
from qiskit.quantum_info import Statevector
from scipy.integrate import solve_ivp

from qdml_quantum import (
    FORMULAS,
    Anneal,
    DrivenAnneal,
    Gaussian,
    Grid,
    Problem,
    Schedule,
    Stage,
    build,
    eigenstates,
    evolve,
)
from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.runs.result import Result

LINE = Grid([(-10, 10)], 7)
BOWL = Problem(LINE, "x**2")
D = 0.5
OMEGA = math.sqrt(2)  # d^2<x>/dt^2 = -4 D <x>
TIMES = np.linspace(0, 5, 21)
RESTING = Gaussian(1.0, math.sqrt(D / OMEGA))
"""The width of the ground state: sigma^2 = D / omega."""


def test_a_coherent_state_swings_and_keeps_its_width():
    """Measured: 3e-10 in all of them, at 1e-9 of the state."""
    swing = evolve(
        BOWL,
        D,
        times=TIMES,
        observables=("x", "p", "x_width", "p_width", "energy", "norm"),
        initial=RESTING,
        accuracy=1e-9,
    )
    width = math.sqrt(D / OMEGA)
    exact = {
        "x": np.cos(OMEGA * TIMES),
        "p": -OMEGA * np.sin(OMEGA * TIMES),
        "x_width": width,
        "p_width": 1 / (2 * width),
        "energy": 1 + OMEGA / 2,  # zeta at <x> = 1, and half a quantum of 2 sqrt(D)
        "norm": 1.0,
    }
    for name, value in exact.items():
        assert np.abs(swing.expect[name] - value).max() < 1e-8, name
    assert swing.error < 1e-9 and swing.passed and swing.unitary


def test_a_free_packet_spreads_and_keeps_its_momentum():
    """Exact for every formula: kinetic phases commute."""
    sigma, k, x0 = 1.2, 1.5, -3.0
    spread = evolve(
        Problem(Grid([(-20, 20)], 8), lambda x: 0 * x),
        D,
        times=TIMES[:13],
        observables=("x", "x_width", "p"),
        initial=Gaussian(x0, sigma, k),
        time_step=1.0,
    )
    times = spread.times
    assert np.abs(spread.expect["x"] - (x0 + 2 * D * k * times)).max() < 1e-8
    assert np.abs(spread.expect["x_width"] - np.hypot(sigma, D * times / sigma)).max() < 1e-8
    assert np.abs(spread.expect["p"] - k).max() < 1e-8


def test_two_levels_tunnel_like_a_rabi_oscillation():
    """``P(left) = a + b cos((E_1 - E_0) t)``, from two eigenstates; populations stay."""
    well = Problem(Grid([(-2.5, 2.5)], 6), "(x**2 - 1)**2")
    energies, (ground, excited) = eigenstates(well, 0.2, 2)
    times = np.linspace(0, 2 * np.pi / (energies[1] - energies[0]), 25)
    tunnel = evolve(
        well,
        0.2,
        times=times,
        observables=("x < 0", "level0", "level1", "level2"),
        initial=(ground + excited) / math.sqrt(2),
        accuracy=1e-9,
    )
    left = well.grid.axes[0].points < 0
    kept = ((ground**2)[left].sum() + (excited**2)[left].sum()) / 2
    turned = (ground * excited)[left].sum()
    exact = kept + turned * np.cos((energies[1] - energies[0]) * times)
    assert np.abs(tunnel.expect["x < 0"] - exact).max() < 1e-8
    assert np.ptp(tunnel.expect["x < 0"]) > 0.85  # it does tunnel
    assert np.abs(tunnel.expect["level0"] - 0.5).max() < 1e-8
    assert np.abs(tunnel.expect["level1"] - 0.5).max() < 1e-8
    assert tunnel.expect["level2"].max() < 1e-8


@pytest.mark.parametrize("drive", ["-0.3*x*cos(2.3*t)", lambda x, t: -0.3 * x * np.cos(2.3 * t)])
def test_a_driven_oscillator_follows_its_classical_path(drive):
    """``x'' = -w^2 x + 2 D F cos(v t)``: Ehrenfest is exact for quadratic potentials."""
    force, v = 0.3, 2.3
    driven = evolve(
        BOWL,
        D,
        times=TIMES,
        observables=("x", "p", "x_width"),
        initial=RESTING,
        drive=drive,
        accuracy=1e-9,
    )
    part = 2 * D * force / (OMEGA**2 - v**2)
    x = np.cos(OMEGA * TIMES) + part * (np.cos(v * TIMES) - np.cos(OMEGA * TIMES))
    slope = -OMEGA * (1 - part) * np.sin(OMEGA * TIMES) - part * v * np.sin(v * TIMES)
    assert np.abs(driven.expect["x"] - x).max() < 1e-8
    assert np.abs(driven.expect["p"] - slope / (2 * D)).max() < 1e-8
    assert np.abs(driven.expect["x_width"] - math.sqrt(D / OMEGA)).max() < 1e-8


def test_the_energy_of_a_driven_state_holds_what_drives_it():
    """On a flat floor with zeta = t: <H> = t, whatever the state."""
    flat = Problem(LINE, lambda x: 0 * x)
    lifted = evolve(flat, 0.0, times=TIMES, observables="energy", drive="0*x + t")
    assert np.abs(lifted.expect["energy"] - TIMES).max() < 1e-12


@pytest.mark.parametrize(
    ("formula", "order"), [(name, formula.order) for name, formula in FORMULAS.items()]
)
def test_every_formula_keeps_its_order_under_a_drive(formula, order):
    """Measured: 1.00, 2.00, 4.0; the error against 64 times as many steps of suzuki4."""
    options = {"times": [1.0], "initial": RESTING, "drive": "x*sin(3*t) + 0.1*x**2*t"}
    exact = evolve(BOWL, D, formula="suzuki4", time_step=1 / 640, **options).state
    errors = [
        state_distance(evolve(BOWL, D, formula=formula, time_step=1 / n, **options).state, exact)
        for n in (20, 40)
    ]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1)


def test_a_free_packet_under_a_changing_d_spreads_with_its_integral():
    """``sigma^2 = sigma_0^2 + (int D dt / sigma_0)^2``, D rising and falling."""
    flat = Problem(Grid([(-20, 20)], 8), lambda x: 0 * x)
    shaken = evolve(
        flat,
        lambda t: 0.5 + 0.3 * math.sin(2 * t),
        times=TIMES[:13],
        observables="x_width",
        initial=Gaussian(0.0, 1.2),
        time_step=0.05,
    )
    integral = 0.5 * shaken.times + 0.15 * (1 - np.cos(2 * shaken.times))
    assert np.abs(shaken.expect["x_width"] - np.hypot(1.2, integral / 1.2)).max() < 1e-8
    assert isinstance(shaken.anneal, DrivenAnneal)


def test_an_oscillator_under_a_changing_d_follows_its_classical_path():
    """``x' = 2 D(t) k``, ``k' = -2 x``: solved by SciPy. Measured: 2e-9 at 1e-8 of the state."""

    def diffusion(t):
        return 0.5 + 0.2 * math.sin(1.5 * t)

    path = solve_ivp(
        lambda t, y: (2 * diffusion(t) * y[1], -2 * y[0]),
        (0, 2),
        (1.0, 0.0),
        rtol=1e-11,
        atol=1e-12,
        t_eval=TIMES[:9],
    )
    shaken = evolve(
        BOWL,
        diffusion,
        times=TIMES[:9],
        observables=("x", "p"),
        initial=RESTING,
        accuracy=1e-8,
    )
    assert np.abs(shaken.expect["x"] - path.y[0]).max() < 1e-8
    assert np.abs(shaken.expect["p"] - path.y[1]).max() < 1e-8
    assert np.allclose(shaken.diffusions, [diffusion(t) for t in shaken.times])


SMALL = Problem(Grid([(-4, 4)], 4), "x**2 + 0.3*x**3")


@pytest.mark.parametrize(
    ("schedule", "options"),
    [
        (0.5, {}),
        (0.5, {"drive": "x*cos(2*t)"}),
        (0.5, {"drive": "x*cos(2*t)", "formula": "suzuki4"}),
        (lambda t: 0.5 + 0.4 * math.sin(3 * t), {}),
        (lambda t: 0.5 + 0.4 * math.sin(3 * t), {"drive": lambda x, t: t * x, "formula": "lie"}),
        (Schedule.geometric((2, 0.5), num_stages=3, num_steps=2), {"drive": "x*t"}),
    ],
    ids=["D", "drive", "suzuki4", "D(t)", "both", "schedule"],
)
def test_the_circuit_does_what_numpy_does(schedule, options):
    """One recipe: the circuit of `evolution.anneal` ends in the state of the evolution."""
    if not isinstance(schedule, Schedule):
        options = options | {"times": [0.1, 0.25, 0.7], "time_step": 0.2}
    evolution = evolve(SMALL, schedule, initial=Gaussian(0.5, 0.6), **options)
    circuit = build(evolution.anneal)
    vector = Statevector(circuit).data
    assert state_distance(SMALL.grid.from_vector(vector), evolution.state) < 1e-12
    driven = "drive" in options or callable(schedule)
    assert isinstance(evolution.anneal, DrivenAnneal if driven else Anneal)


def test_searched_networks_are_refused_for_a_potential_that_changes():
    driven = evolve(SMALL, 0.5, times=[0.2], time_step=0.1, drive="x*t").anneal
    with pytest.raises(ValueError, match="`compiler` must make every phase by rule"):
        build(driven, compiler="joint")
    with pytest.raises(ValueError, match="`schedule` must be left out with a `DrivenAnneal`"):
        build(driven, Schedule.constant(1.0, num_steps=1, time_step=0.1))


def test_an_even_absorber_takes_from_the_norm_and_no_circuit_can():
    """W constant: ``sum |psi|^2 = exp(-2 W t)``, and the means are those without it."""
    options = {"times": TIMES, "initial": RESTING, "observables": ("norm", "x", "x < 0")}
    lost = evolve(BOWL, D, absorber=lambda x: 0.1 + 0 * x, **options)
    kept = evolve(BOWL, D, formula="strang", **options)
    assert np.abs(lost.expect["norm"] - np.exp(-0.2 * TIMES)).max() < 1e-8
    assert np.abs(lost.expect["x"] - kept.expect["x"]).max() < 2e-6
    assert np.allclose(lost.expect["x < 0"], np.exp(-0.2 * TIMES) * kept.expect["x < 0"], atol=2e-6)
    assert not lost.unitary and lost.anneal is None and "not unitary" in str(lost)
    with pytest.raises(ValueError, match="`formula` must have no negative fractions"):
        evolve(BOWL, D, absorber=lambda x: 0.1 + 0 * x, formula="suzuki4", times=[1])


def test_an_absorber_at_the_edges_lets_a_packet_leave_the_periodic_box():
    """Without it the packet comes back on the other side. Measured: 0.3 % reflected or let by."""
    free = Problem(Grid([(-16, 16)], 8), lambda x: 0 * x)
    options = {"times": [4.0, 8.0], "initial": Gaussian(-4, 1.2, 3.0), "observables": "norm"}
    wall = lambda x: np.where(np.abs(x) > 8, 0.08 * (np.abs(x) - 8) ** 2, 0)  # noqa: E731
    gone = evolve(free, D, absorber=wall, **options)
    assert gone.expect["norm"][-1] < 0.01
    assert "wrap_around" not in {check.name for check in gone.checks}
    back = evolve(free, D, **options)
    assert not back.passed and "wrap_around" in back.headline


def test_entropy_between_axes_is_that_of_coupled_oscillators():
    """``S = (v + 1/2) ln(v + 1/2) - (v - 1/2) ln(v - 1/2)``, v = (w + w') / (4 sqrt(w w'))."""
    square = Problem(Grid([(-7, 7)] * 2, 5), "(x**2 + y**2)/2 + (x - y)**2")
    ground = eigenstates(square, 0.5)[1][0]
    still = evolve(
        square, 0.5, times=[0.0, 0.3], observables=("entropy", "entropy2"), initial=ground
    )
    first, second = 1.0, math.sqrt(5)
    v = (first + second) / (4 * math.sqrt(first * second))
    exact = (v + 0.5) * math.log(v + 0.5) - (v - 0.5) * math.log(v - 0.5)
    assert np.abs(still.expect["entropy"] - exact).max() < 1e-6  # of the grid: 3e-7
    assert np.allclose(still.expect["entropy"], still.expect["entropy2"])
    product = evolve(square, 0.5, times=[0.0, 0.5], observables="entropy", initial=Gaussian(1, 0.7))
    assert product.expect["entropy"][0] < 1e-12 < 0.01 < product.expect["entropy"][1]


FALLING = Schedule.geometric((4, 0.5), num_stages=4, num_steps=5, time_step=0.1)


def test_looking_changes_nothing():
    """Times at step ends leave the recipe as it is; others cut one step in two."""
    plain = evolve(BOWL, FALLING, initial=RESTING)
    ends = np.cumsum([0.0, *(stage.time for stage in FALLING.stages)])
    assert np.allclose(plain.times, ends)
    stage = FALLING.stages[0]
    watched = evolve(BOWL, FALLING, times=[0.0, 2 * stage.time_step, FALLING.time], initial=RESTING)
    assert state_distance(watched.state, plain.state) < 1e-13
    assert watched.anneal.schedule.num_steps == FALLING.num_steps
    cut = evolve(BOWL, FALLING, times=[1.3 * stage.time_step, FALLING.time], initial=RESTING)
    assert cut.anneal.schedule.num_steps == FALLING.num_steps + 1
    assert state_distance(cut.state, plain.state) < 1e-3
    assert np.array_equal(watched.diffusions, [4, 4, 0.5])


def test_a_time_before_the_end_has_the_state_of_that_time():
    early = evolve(BOWL, FALLING.cut(7), initial=RESTING)
    whole = evolve(
        BOWL, FALLING, times=[early.anneal.schedule.time], initial=RESTING, keep="states"
    )
    assert state_distance(whole.states[0], early.state) < 1e-13


def test_coarse_stages_are_shown_on_the_whole_grid():
    coarse = Schedule((Stage(1.0, 0.05, 4, coarse=1), Stage(0.5, 0.05, 4)))
    evolution = evolve(BOWL, coarse, observables=("x_width", "norm"), initial="uniform")
    assert np.allclose(evolution.expect["norm"], 1)
    alone = evolve(BOWL.thinned(1), Schedule(coarse.stages[:1]).__class__((Stage(1.0, 0.05, 4),)))
    width = np.sqrt(alone.probabilities @ BOWL.thinned(1).grid.axes[0].points ** 2)
    assert evolution.expect["x_width"][1] == pytest.approx(width, rel=0.02)


def test_free_steps_are_not_cut():
    free = Schedule((Stage(1.0, 0.3, 2), Stage(0.4, 0.2, 1)), goal=0.2)
    evolution = evolve(BOWL, free, times=[0.3, 0.8])
    assert np.array_equal(evolution.diffusions, [0.2, 0.2])
    with pytest.raises(ValueError, match="`times` must be between the steps"):
        evolve(BOWL, free, times=[0.4])


def test_an_anneal_is_taken_whole():
    one = Anneal(BOWL, FALLING, "suzuki4", RESTING)
    assert state_distance(evolve(one).state, one.final_state()) < 1e-13
    with pytest.raises(ValueError, match="`schedule` must be left out with an `Anneal`"):
        evolve(one, FALLING)


def test_the_default_steps_are_halved_until_nothing_moves(monkeypatch):
    """The error that is named is about the true one: measured 0.9 of it."""
    options = {"times": [2.0], "initial": RESTING}
    exact = evolve(BOWL, D, accuracy=1e-10, **options).state
    for accuracy in (1e-3, 1e-6):
        evolution = evolve(BOWL, D, accuracy=accuracy, **options)
        true = state_distance(evolution.state, exact)
        assert true < accuracy
        assert 0.5 < true / evolution.error < 2
        assert "time_step" in {check.name for check in evolution.checks}
    monkeypatch.setattr("qdml_quantum.runs.evolve._MOST_STEPS", 1000)
    with pytest.raises(ValueError, match="`accuracy` must be reached with 1000 steps"):
        evolve(BOWL, D, times=[2e3], accuracy=1e-11, initial=RESTING)


def test_aliasing_on_the_way_is_told():
    """A packet that falls down a cliff gets waves that the grid does not hold."""
    cliff = Problem(Grid([(-8, 8)], 5), "4*x")
    fallen = evolve(cliff, 1.0, times=[0, 1, 2, 3], initial=Gaussian(0, 0.8))
    assert not fallen.passed
    assert "aliasing" in fallen.headline


def test_there_is_one_evolve_and_it_judges_nothing():
    assert not {"radius", "shots", "validate"} & set(inspect.signature(evolve).parameters)
    assert not isinstance(evolve(BOWL, FALLING), Result)


@pytest.mark.parametrize(
    ("error", "words", "arguments"),
    [
        (TypeError, "`schedule` must be D, a function D.t., or a Schedule", {"schedule": None}),
        (TypeError, "`schedule` must be a number", {"schedule": "fast"}),
        (ValueError, "`schedule` must be finite and at least 0", {"schedule": -1.0}),
        (TypeError, "`times` must be given", {"times": None}),
        (ValueError, "`times` must rise", {"times": [1, 0.5]}),
        (ValueError, "`times` must rise", {"times": [[0, 1]]}),
        (ValueError, "`times` must rise", {"times": []}),
        (ValueError, "`times` must rise", {"times": [-1, 1]}),
        (ValueError, "`times` must end after 0", {"times": [0]}),
        (ValueError, "`times` must end with the schedule", {"schedule": FALLING, "times": [99]}),
        (ValueError, "`time_step` must be left out", {"schedule": FALLING, "time_step": 0.1}),
        (ValueError, "`time_step` must be larger", {"time_step": 1e-9}),
        (ValueError, "keep 'all'", {"keep": "all"}),
        (ValueError, "`D.0.*` must be finite and at least 0", {"schedule": lambda t: -t}),
        (TypeError, "`drive` must be a Drive, a function", {"drive": 3}),
        (ValueError, "Unknown name .u.", {"drive": "x*u"}),
        (ValueError, "`drive` must answer", {"drive": lambda x, t: np.ones(3)}),
        (TypeError, "The answer of `drive`", {"drive": lambda x, t: 1j * x}),
        (ValueError, "`absorber` must be nowhere negative", {"absorber": lambda x: x}),
        (ValueError, "`absorber` must have the shape", {"absorber": np.ones(3)}),
        (TypeError, "absorber", {"absorber": lambda x: 1j * x**2}),
    ],
)
def test_what_makes_no_sense_is_refused(error, words, arguments):
    options = {"schedule": 0.5, "times": [0.5, 1.0]} | arguments
    if isinstance(options["schedule"], Schedule) and "times" not in arguments:
        options["times"] = None
    with pytest.raises(error, match=words):
        evolve(BOWL, options.pop("schedule"), **options)


def test_a_state_is_transformed_once_where_it_is_looked_at(monkeypatch):
    """Of two steps: one forward transform each, and one at either of the two times."""
    transforms, fftn = [], scipy.fft.fftn

    def counted(*args, **options):
        transforms.append(args)
        return fftn(*args, **options)

    monkeypatch.setattr(scipy.fft, "fftn", counted)
    plane = Problem(Grid([(-4, 4), (-4, 4)], [3, 4]), "sphere")
    swing = evolve(plane, Schedule.constant(0.5, num_steps=2, time_step=0.01))
    assert {check.name for check in swing.checks} == {"aliasing", "norm", "wrap_around"}
    assert len(transforms) == 4


def test_the_state_is_not_that_of_the_caller():
    start = np.ones(16, dtype=complex) / 4
    well = Problem(Grid([(-4, 4)], 4), "harmonic")
    for times in ([0.0, 0.1], [0.1]):
        swing = evolve(well, 0.5, times=times, initial=start, time_step=0.1)
        swing.state[:] = 0
        np.testing.assert_array_equal(start, np.ones(16) / 4)
