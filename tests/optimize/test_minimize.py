"""`minimize`: independent starts, counts, evaluations, honesty, bad input."""

import json
import multiprocessing
from dataclasses import replace

import numpy as np
import pytest
import scipy.optimize
from qiskit.primitives import StatevectorSampler
from scipy.stats import rankdata

from qdml_quantum import (
    Emulator,
    ObjectiveFailedError,
    Schedule,
    Stage,
    TooLargeError,
    Windows,
    as_objective,
    build,
    minimize,
    minimize_method,
    trained_schedule,
)
from qdml_quantum.backends import Outcome
from qdml_quantum.optimize import minimize as module
from qdml_quantum.optimize.bench.methods import Greedy, Uniform
from qdml_quantum.optimize.minimize import POLISHERS
from qdml_quantum.optimize.verdict import plain
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

BOX = [(-4.0, 4.0), (-3.0, 5.0)]
SMALL = {"maxfev": 1500}


def wavy(x):
    """Minimum near (-0.4707, -0.4707), with 8 other minima in the box."""
    return float(np.sum(x**2 + 2 * np.sin(3 * x)))


WAVY = (-0.47109, -0.47109)


def within(found, minimizer, bounds, radius=0.01):
    diagonal = np.linalg.norm(np.ptp(bounds, axis=1))
    return np.linalg.norm(np.subtract(found.x, minimizer)) <= radius * diagonal


class Recorded:
    """An objective that remembers where it was called."""

    def __init__(self, function=wavy):
        self.function, self.points = function, []

    def __call__(self, x, *args):
        self.points.append(np.array(x))
        return self.function(x, *args)


def trained(num_steps=10, coarse=2):
    return trained_schedule(num_steps, dimensions=2, coarse=coarse)


QUICK = Windows(num_qubits=3, schedule=trained(4, coarse=1), starts=2)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 6])
def test_finds_the_global_minimum(dimensions):
    bounds = [(-4, 4)] * dimensions
    found = minimize(wavy, bounds, seed=3)
    assert within(found, WAVY[:1] * dimensions, bounds, 1e-5)
    assert (found.success, found.status) == (True, 0)
    assert found.fun == wavy(found.x)


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("name", "minimizer"), [("rastrigin", 0.0), ("ackley", 0.0), ("levy", 1.0), ("rosenbrock", 1.0)]
)
def test_functions_of_the_literature(name, minimizer):
    bounds = [(-3.7, 5.1), (-4.2, 4.6)]
    found = [minimize(name, bounds, seed=seed) for seed in range(2)]
    assert all(within(one, (minimizer, minimizer), bounds, 1e-4) for one in found)


def shifted_rastrigin(x):
    v = x - 0.7 - 0.31 * np.arange(len(x)).reshape(-1, *[1] * (np.ndim(x) - 1)) % 2
    return 10 * len(x) + (v**2 - 10 * np.cos(2 * np.pi * v)).sum(axis=0)


def shifted(d):
    return as_objective(shifted_rastrigin, d, style="columns"), [(-5.12, 5.12)] * d


@pytest.mark.slow
@pytest.mark.parametrize("dimensions", [4, 5, 10])
def test_a_right_basin_of_ten_to_the_dimensions(dimensions):
    """Windows on all axes at once found it in 0 of 6 in four dimensions; pairs in 60 of 60."""
    for seed in range(3):
        found = minimize(*shifted(dimensions), seed=seed)
        assert found.fun < 1e-6 and found.success


def test_a_lattice_that_lies_askew():
    """Windows along the axes found its minimum in none of 17 runs in five and ten dimensions."""
    turn = np.linalg.qr(np.random.default_rng(8).normal(size=(5, 5)))[0]
    objective = as_objective(lambda x: shifted_rastrigin(turn @ x), 5, style="columns")
    found = minimize(objective, [(-4.1, 5.3)] * 5, seed=1)
    assert found.fun < 1e-6 and found.success
    assert found.nfev <= 3200 * 5


@pytest.mark.slow
def test_the_dynamics_are_worth_something_and_greed_is_worth_as_much():
    """One start of 1400 evaluations, four dimensions; chance is 1e-4 to be in the basin."""
    share = {}
    for backend in (Emulator, Uniform, Greedy):
        options = {"windows": Windows(starts=1), "maxfev": 3000, "backend": backend()}
        runs = [minimize(*shifted(4), seed=seed, **options) for seed in range(12)]
        share[backend] = np.mean([run.fun for run in runs])
    assert share[Emulator] < share[Uniform]
    assert abs(share[Emulator] - share[Greedy]) < share[Uniform] - min(
        share[Emulator], share[Greedy]
    )


def test_the_objective_is_never_called_outside_the_box_and_every_call_is_counted():
    seen = Recorded()
    bounds = [(1000.0, 1000.01), (-1e-3, 7.0)]
    found = minimize(seen, bounds, seed=1, polish="nelder-mead", **SMALL)
    low, high = np.array(bounds).T
    points = np.array(seen.points)
    assert (points >= low).all() and (points <= high).all()
    assert len(points) == found.nfev


def test_x0_is_where_the_first_start_begins():
    """A needle: only who is told finds it."""
    place = np.array([2.3456, -1.2345])

    def needle(x):
        return -5.0 if np.abs(x - place).max() < 1e-3 else float((x**2).sum())

    assert minimize(needle, BOX, seed=1, **SMALL).fun >= 0
    found = minimize(needle, BOX, seed=1, x0=place, **SMALL)
    assert found.fun == -5 and not found.success and found.status == 8
    assert "No two independent starts agree" in found.message


def test_the_account_adds_up():
    found = minimize(wavy, BOX, seed=1, windows=replace(QUICK, shots=50), **SMALL)
    assert found.nit == found.num_circuits == len(found.windows)
    assert (found.num_steps, found.shots) == (4 * found.nit, 50 * found.nit)
    assert found.fun == min(one.fun for one in found.starts)
    assert found.lowest_evaluated == min(window.lowest for window in found.windows)
    assert found.two_qubit_gates == sum(window.two_qubit_gates for window in found.windows)
    assert len(found.starts) == 2 and sum(one.num_windows for one in found.starts) == found.nit
    for number, one in enumerate(found.starts):
        own = [window.fun for window in found.windows if window.start == number]
        assert one.measured_fun == min(own) >= one.fun
    # What the windows took, the polish, the look for noise, and how the function is called.
    assert sum(window.nfev for window in found.windows) < found.nfev
    assert sum(one.nfev for one in found.starts) == found.nfev <= 1500


def test_the_first_windows_cover_the_box_along_every_axis():
    d = 5
    box = [(-3, 4)] * d
    found = minimize(lambda x: float((x**2).sum()), box, seed=2, windows=Windows(2, starts=1))
    first = [window for window in found.windows if window.kind == "first"]
    axes = [int(np.flatnonzero(edge)[0]) for window in first for edge in window.edges]
    assert len(first) == 3 and set(axes) == set(range(d))
    assert all(np.isclose(np.abs(np.array(w.edges)).sum(axis=1), 7).all() for w in first)
    assert {window.kind for window in found.windows} == {"first", "global", "local"}


class Kept(Emulator):
    """An emulator that keeps the counts, and hands over nothing else."""

    def __init__(self):
        super().__init__()
        self.tasks, self.counts = [], []

    def run(self, task, **more):
        outcome = super().run(task, **more)
        self.tasks.append(task)
        self.counts.append(outcome.counts)
        return Outcome(None, outcome.counts)


def by_hand(window, schedule, size):
    """Probabilities of a window from the objective, with plain NumPy."""
    origin, edges = np.array(window.origin), np.array(window.edges)
    values = np.array(
        [
            [wavy(origin + i / size * edges[0] + j / size * edges[1]) for j in range(size)]
            for i in range(size)
        ]
    )
    zeta = np.log(rankdata(values, method="max")).reshape(size, size)
    k = 2 * np.pi * np.fft.fftfreq(size, 1 / size)
    square = k[:, None] ** 2 + k[None, :] ** 2
    psi = np.full((size, size), 1 / size, dtype=complex)
    for stage in schedule.stages:
        psi *= np.exp(-1j * stage.time_step * zeta)
        psi = np.fft.ifft2(
            np.exp(-1j * stage.time_step * stage.diffusion * square) * np.fft.fft2(psi)
        )
    spectrum = np.fft.fftshift(np.fft.fft2(psi))
    fine = size << schedule.coarse
    spectrum = np.pad(spectrum, (fine - size) // 2)
    return np.abs(np.fft.ifft2(np.fft.ifftshift(spectrum))) ** 2 * (fine / size) ** 2


@pytest.mark.parametrize("coarse", [0, 1, 2])
def test_shots_follow_the_dynamics_computed_by_hand(coarse):
    backend, shots = Kept(), 200_000
    windows = Windows(4 - coarse, trained(10, coarse), shots=shots, starts=1)
    found = minimize(wavy, BOX, windows=windows, seed=5, backend=backend, **SMALL)
    assert found.windows[0].kind == "first"
    expected = by_hand(found.windows[0], trained(10, coarse), 1 << (4 - coarse))
    assert expected.sum() == pytest.approx(1)
    hits = np.zeros((16, 16))
    for bits, number in backend.counts[0].items():
        hits[backend.tasks[0].anneal.grid.index_of(bits)] = number
    # Sampling alone moves sqrt(2 * 256 / (pi * shots)) / 2 = 0.014 [measured: 0.009 to 0.012].
    assert np.abs(hits / shots - expected).sum() / 2 < 0.02
    assert expected.max() > 3 / 256


def test_two_qubit_gates_are_those_of_the_circuits():
    backend = Kept()
    found = minimize(wavy, BOX, windows=QUICK, seed=5, backend=backend, maxfev=400)
    assert len({window.kind for window in found.windows}) == 3
    for task, window in zip(backend.tasks, found.windows, strict=True):
        circuit = build(task.anneal, compiler="walsh")
        assert two_qubit_gates(circuit) == window.two_qubit_gates > 0


def test_the_search_does_not_depend_on_the_way_the_objective_is_called():
    one = minimize(wavy, BOX, seed=7, **SMALL)
    columns = as_objective(lambda x: (x**2 + 2 * np.sin(3 * x)).sum(axis=0), 2, style="columns")
    many = minimize(columns, BOX, seed=7, **SMALL)
    text = minimize("x**2 + 2*sin(3*x) + y**2 + 2*sin(3*y)", BOX, seed=7, **SMALL)
    assert one.windows[0].x == many.windows[0].x == text.windows[0].x
    assert many.x == pytest.approx(one.x, abs=1e-6) and text.x == pytest.approx(one.x, abs=1e-6)


def test_equal_seeds_give_equal_searches():
    first, again, other = (minimize(wavy, BOX, seed=seed, **SMALL) for seed in (1, 1, 2))
    assert first.windows == again.windows != other.windows
    fresh = minimize(wavy, BOX, **SMALL)
    assert minimize(wavy, BOX, seed=fresh.seed, **SMALL).windows == fresh.windows


@pytest.mark.parametrize("workers", [2, "a map"])
def test_workers_evaluate_and_change_nothing(workers):
    alone = minimize(wavy, BOX, seed=1, windows=QUICK, **SMALL)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        how = pool.map if workers == "a map" else workers
        found = minimize(wavy, BOX, seed=1, windows=QUICK, workers=how, **SMALL)
    assert found.windows == alone.windows and found.nfev == alone.nfev


@pytest.mark.parametrize("backend", ["aer", StatevectorSampler(seed=1)])
def test_other_backends_need_counts_only(backend):
    windows = Windows(2, trained(4, coarse=1), compiler="walsh", starts=1)
    options = {"backend": backend, "maxfev": 300, "windows": windows}
    found = minimize(wavy, BOX, seed=2, **options)
    assert found.nit >= 3 and found.fun <= found.starts[0].measured_fun
    assert (found.success, found.status) == (False, 1)


def test_arguments_reach_the_objective():
    seen = Recorded(lambda x, shift, scale: scale * float(((x - shift) ** 2).sum()))
    found = minimize(seen, BOX, (np.array([1.0, 2.0]), 3.0), seed=1, **SMALL)
    assert within(found, (1, 2), BOX)


def test_bounds_of_scipy_of_the_objective_and_one_pair():
    bounds = scipy.optimize.Bounds([-4, -3], [4, 5])
    one = minimize(wavy, bounds, seed=1, **SMALL)
    assert one.windows == minimize(wavy, BOX, seed=1, **SMALL).windows
    assert minimize("himmelblau", seed=1, **SMALL).x.shape == (2,)
    assert minimize(wavy, (-4, 4), seed=1, **SMALL).x.shape == (1,)


def test_twelve_variables_and_no_more():
    found = minimize(lambda x: float((x**2).sum()), [(-1, 2)] * 12, seed=1, maxfev=6000)
    assert found.x == pytest.approx(np.zeros(12), abs=1e-3)
    with pytest.raises(ValueError, match="`bounds` must be of at most 12 variables, but is 13"):
        minimize(wavy, [(-1, 2)] * 13)


def test_plain_is_json_also_where_all_of_a_window_is_a_wall():
    found = minimize(lambda x: 1.0 if x[0] > 0 else np.nan, [(-4, 4)], seed=1, **SMALL)
    walls = replace(found.windows[0], lowest=np.inf)
    found.windows = (walls, *found.windows[1:])
    data = json.loads(json.dumps(plain(found), allow_nan=False))
    assert data["windows"][0]["lowest"] is None and data["x"] == found.x.tolist()
    assert data["starts"][0]["x"] == list(found.starts[0].x)


# What the verdict says.


def test_a_single_start_is_confirmed_by_nothing():
    found = minimize(wavy, BOX, seed=1, maxfev=800)
    assert (found.success, found.status, len(found.starts)) == (False, 1, 1)
    assert "one start only" in found.message


def test_a_flat_objective_is_said_after_one_start():
    found = minimize(lambda x: 3.0, BOX, seed=1)
    assert (found.success, found.status, found.fun) == (False, 2, 3.0)
    assert found.nfev < 6400 / 3


@pytest.mark.parametrize("sign", [1, -1])
def test_a_minimum_at_the_edge_is_found_and_said(sign):
    found = minimize(lambda x: sign * x[0] + x[1] ** 2, BOX, seed=1)
    assert found.success and "at the edge of the box" in found.message
    assert found.x == pytest.approx([-4 * sign, 0], abs=1e-6)


def test_walls_are_survived_and_said():
    with np.errstate(all="ignore"):
        found = minimize(lambda x: np.log(x[0]) + 1 / x[0] + x[1] ** 2, BOX, seed=1)
    assert (found.success, found.status) == (False, 5)
    assert within(found, (1, 0), BOX)


@pytest.mark.parametrize("after", [360, 900])
def test_an_objective_that_raises_later_costs_only_what_comes_after(after):
    calls = Recorded()

    def failing(x):
        if len(calls.points) == after:
            raise ZeroDivisionError("no more")
        return calls(x)

    found = minimize(failing, BOX, seed=1)
    assert (found.success, found.status) == (False, 6)
    assert "ZeroDivisionError" in found.message and "no more" in found.message
    assert found.fun == min(window.fun for window in found.windows)
    assert found.nfev == after + 1


def test_a_backend_that_fails_later_costs_only_what_comes_after():
    class Breaking(Kept):
        def run(self, task, **more):
            if len(self.tasks) == 3:
                raise ConnectionError("the queue is closed")
            return super().run(task, **more)

    found = minimize(wavy, BOX, seed=1, backend=Breaking())
    assert (found.success, found.status, found.nit) == (False, 7, 3)
    assert "ConnectionError: the queue is closed" in found.message


def test_a_callback_sees_every_window_and_can_stop():
    seen = []

    def watch(intermediate_result):
        seen.append(intermediate_result)
        if intermediate_result.nit == 4:
            raise StopIteration

    found = minimize(wavy, BOX, seed=1, callback=watch)
    assert (found.status, found.success, found.nit) == (99, False, 4)
    assert [one.nit for one in seen] == [1, 2, 3, 4]
    points = []
    found = minimize(wavy, BOX, seed=1, callback=lambda x: points.append(x), **SMALL)
    assert np.shape(points) == (found.nit, 2)


def test_the_polish_goes_on_from_the_measured_point_of_each_start():
    found = minimize(wavy, BOX, seed=1)
    assert found.x == pytest.approx(WAVY, abs=1e-4)
    for one in found.starts:
        assert one.fun == wavy(np.array(one.x)) < one.measured_fun == wavy(np.array(one.measured))
    plainly = minimize(wavy, BOX, seed=1, polish=False)
    assert all(one.x == one.measured for one in plainly.starts)
    assert plainly.success and within(plainly, WAVY, BOX)


def test_the_polish_never_makes_it_worse(monkeypatch):
    def worse(value, x, **_):
        value(np.ones(2))

    monkeypatch.setattr(scipy.optimize, "minimize", worse)
    found = minimize(wavy, BOX, seed=1, polish="cobyla", **SMALL)
    assert all(one.x == one.measured for one in found.starts)


def test_agreement_is_the_share_of_starts_that_ended_at_the_same_place():
    """Himmelblau has four equal minima; the starts do not all find the same one."""
    found = [minimize("himmelblau", seed=seed) for seed in range(4)]
    low, high = np.array(as_objective("himmelblau", 2).bounds).T
    for one in found:
        away = [np.abs((start.x - one.x) / (high - low)).max() for start in one.starts]
        assert one.agreement == np.mean(np.array(away) <= 1e-4) >= 0.25
        assert one.success == (one.agreement > 0.25)
    assert min(one.agreement for one in found) < 1


def test_scipy_takes_it_as_a_method():
    options = {"seed": 1, **SMALL}
    found = scipy.optimize.minimize(
        wavy, [0, 0], method=minimize_method, bounds=BOX, options=options
    )
    assert found.windows == minimize(wavy, BOX, x0=[0, 0], **options).windows
    with pytest.raises(ValueError, match="`bounds` must hold 2 pairs"):
        scipy.optimize.minimize(wavy, [0, 0], method=minimize_method)
    limit = {"type": "ineq", "fun": lambda x: x[0] - 1}
    limited = scipy.optimize.minimize(
        wavy, [2, 0], method=minimize_method, bounds=BOX, constraints=limit, options=options
    )
    assert limited.x[0] >= 1 - 1e-6 and limited.fun > found.fun


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_basins_narrower_than_the_last_windows_are_not_agreed_on(seed):
    """Griewank on 1200 wide: minima every 0.003 of the box. 5 of 6 runs agreed within 0.01."""
    value = as_objective("griewank", 2)
    found = minimize(value, [(-700, 500), (-480, 720)], seed=seed)
    assert found.fun < 1e-6 or not found.success


# Noise.


@pytest.mark.few(2)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("d", [2, 5])
def test_a_noisy_objective_gives_a_mean_and_its_error_not_the_luckiest_draw(d, seed):
    """The luckiest of 4800 draws lies 3 below the truth."""
    rng = np.random.default_rng(seed)
    found = minimize(lambda x: float((x**2).sum() + rng.normal()), [(-5, 4)] * d, seed=seed)
    truth = float((found.x**2).sum())
    assert abs(found.fun - truth) < 4 * found.fun_error
    assert found.fun_error == pytest.approx(1 / np.sqrt(400 * d), rel=0.2)
    assert "noisy" in found.message and truth < 0.2
    # The best draws of the starts alone agreed in a quarter of the runs in five dimensions.
    assert found.success and found.agreement >= 0.5
    assert any(start.fitted for start in found.starts)
    assert min(window.fun for window in found.windows) < -1.5
    assert found.nfev <= 3200 * d


@pytest.mark.parametrize("seed", range(2))
def test_a_noisy_objective_with_walls_gives_a_mean_too(seed):
    """Behind a wall nothing is measured; what is in front of it is averaged, and so it is said."""
    rng = np.random.default_rng(seed)

    def walled(x):
        return np.inf if x[0] < -2 else float((x**2).sum() + rng.normal())

    found = minimize(walled, [(-5, 4)] * 2, seed=seed)
    assert found.status == 5 and "finite" in found.message and "noisy" in found.message
    assert abs(found.fun - float((found.x**2).sum())) < 4 * found.fun_error < 0.3
    assert min(window.fun for window in found.windows) < -1.5  # What it returned before.


# The evaluations.


NOISE = np.random.default_rng(3)
WAYS = {
    "a vector": lambda x: float(((x - 0.3) ** 2).sum()),
    "numbers": lambda x, y: (x - 0.3) ** 2 + y**2,
    "many in rows": lambda x: ((x - 0.3) ** 2).sum(axis=1),
    "an objective": as_objective(lambda x, y: (x - 0.3) ** 2 + y**2, 2),
    "one of a vector": as_objective(lambda x: ((x - 0.3) ** 2).sum(), 2),
    "in columns": as_objective(lambda x: ((x - 0.3) ** 2).sum(axis=0), 2, style="columns"),
    "a formula": "(x-0.3)**2 + y**2",
    "noise": lambda x: float((x**2).sum() + NOISE.normal()),
}


@pytest.mark.parametrize("polish", POLISHERS)
def test_the_polish_keeps_to_the_evaluations_that_were_given(polish):
    """In the valley of Rosenbrock in four dimensions every method would go on for longer."""
    calls = Recorded(scipy.optimize.rosen)
    found = minimize(calls, [(-2, 2)] * 4, seed=1, maxfev=800, polish=polish)
    assert len(calls.points) == found.nfev <= 800
    assert found.fun == min(map(scipy.optimize.rosen, calls.points))


@pytest.mark.each_value
@pytest.mark.parametrize("maxfev", [457, 809, 2000])
@pytest.mark.parametrize("way", WAYS)
def test_never_one_evaluation_more_than_maxfev(way, maxfev):
    """However a function is written, however noisy it is."""
    found = minimize(WAYS[way], BOX, seed=1, maxfev=maxfev)
    assert 0.4 * maxfev < found.nfev <= maxfev


def test_every_call_is_counted_also_of_an_objective_that_can_be_called_in_two_ways():
    """In one dimension every point was asked for twice and counted once."""
    calls = []
    objective = as_objective(lambda x: calls.append(1) or x**2, 1)
    found = minimize(objective, [(-1, 2)], seed=1, maxfev=200)
    assert len(calls) == found.nfev <= 200


def test_too_few_evaluations_for_a_start_are_refused_before_the_first():
    calls = Recorded()
    with pytest.raises(
        ValueError, match=r"`maxfev` must be at least 457.* but is 456\. .*--qubits 3"
    ):
        minimize(calls, BOX, maxfev=456)
    assert not calls.points


# Bad input.


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"bounds": None}, ValueError, "`bounds` must be one"),
        ({"bounds": [(-np.inf, 1)]}, ValueError, "`bounds` must be finite"),
        ({"bounds": [(1, -1)]}, ValueError, "`bounds` must have lower < upper"),
        ({"maxfev": 0}, ValueError, "`maxfev` must be at least 1"),
        ({"workers": 0}, ValueError, "`workers` must be at least 1"),
        ({"x0": [1.0]}, ValueError, "`x0` must be a point of 2 coordinates"),
        ({"x0": [1.0, 9.0]}, ValueError, "`x0` must lie within the bounds"),
        ({"x0": [1.0, np.nan]}, ValueError, "`x0` must be finite.* Leave x0 out"),
        ({"polish": "newton"}, ValueError, "Unknown polish 'newton'"),
        ({"backend": "eer"}, ValueError, "Unknown backend 'eer'"),
        ({"windows": 4}, TypeError, "`windows` must be a Windows"),
        ({"fun": 3}, TypeError, "`fun` must be a function"),
        ({"seed": -1}, ValueError, "`seed` must be at least 0"),
        ({"fun": lambda x: "low"}, ObjectiveFailedError, r"`fun` must .*is text, low"),
        ({"fun": lambda x: x}, ObjectiveFailedError, "one number for a point, but is of shape"),
        ({"fun": lambda x: None}, ObjectiveFailedError, r"`fun` must .* is None"),
        ({"fun": lambda x: -np.inf}, ObjectiveFailedError, "`fun` must be bounded below"),
        ({"fun": lambda x: 1 / 0}, ObjectiveFailedError, "raised ZeroDivisionError at x = "),
        ({"fun": lambda x: np.nan}, ValueError, "`fun` must be finite somewhere"),
    ],
)
def test_wrong_input_is_named(change, error, message):
    given = {"fun": wavy, "bounds": BOX} | change
    with pytest.raises(error, match=message):
        minimize(given.pop("fun"), given.pop("bounds"), **given)


def test_a_function_that_cannot_be_sent_to_other_processes_is_named():
    with pytest.raises(ValueError, match=r"`workers` must be 1 for a function that no process"):
        minimize(lambda x: float((x**2).sum()), BOX, workers=2, seed=1, **SMALL)


def test_memory_is_checked_before_anything_is_evaluated(monkeypatch):
    def full(need, what):
        raise TooLargeError(what)

    seen = Recorded()
    monkeypatch.setattr(module, "require_memory", full)
    with pytest.raises(TooLargeError, match="A window of 12 qubits"):
        minimize(seen, BOX)
    assert not seen.points


def test_vectorized_is_said_by_the_objective():
    with pytest.raises(TypeError, match=r'`vectorized` .*style="columns"'):
        minimize(wavy, BOX, vectorized=True)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"num_qubits": 1}, ValueError, "`num_qubits` must be at least 2"),
        ({"num_qubits": 11}, ValueError, "`num_qubits` must be at most 10"),
        ({"starts": 0}, ValueError, "`starts` must be at least 1"),
        ({"shots": 0}, ValueError, "`shots` must be at least 1"),
        ({"most": 0}, ValueError, "`most` must be at least 1"),
        ({"schedule": Schedule([Stage(1, 1, 1)])}, TypeError, "`schedule` must be a Schedule with"),
        ({"schedule": "trained"}, TypeError, "`schedule` must be a Schedule with"),
    ],
)
def test_wrong_windows_are_named(given, error, message):
    with pytest.raises(error, match=message):
        Windows(**given)


def test_idle_qubits_are_of_as_many_sides():
    windows = Windows(schedule=trained(4, coarse=(1, 0)))
    assert windows.idle(2) == (1, 0)
    with pytest.raises(ValueError, match="`coarse` must be one number or one per axis"):
        minimize(lambda x: x[0] ** 2, [(-1, 1)], windows=windows)
