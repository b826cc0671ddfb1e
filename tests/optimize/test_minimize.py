"""`minimize`: windows, counts, honesty, bad input."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy.optimize
from qiskit.primitives import StatevectorSampler
from scipy.stats import rankdata

from qdml_quantum import (
    Emulator,
    Grid,
    ObjectiveFailedError,
    Problem,
    Schedule,
    Stage,
    TooLargeError,
    as_objective,
    build,
    minimize,
    minimize_method,
    trained_schedule,
)
from qdml_quantum.backends import Outcome
from qdml_quantum.optimize import minimize as zoom
from qdml_quantum.optimize.minimize import POLISHERS, plain

BOX = [(-4.0, 4.0), (-3.0, 5.0)]


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


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_finds_the_global_minimum(dimensions):
    bounds = [(-4, 4)] * dimensions
    found = minimize(wavy, bounds, seed=3)
    assert within(found, WAVY[:1] * dimensions, bounds)
    assert (found.success, found.status) == (True, 0)
    assert found.fun == wavy(found.x)


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("name", "minimizer"), [("rastrigin", 0.0), ("ackley", 0.0), ("levy", 1.0), ("rosenbrock", 1.0)]
)
def test_functions_of_the_literature(name, minimizer):
    bounds = [(-3.7, 5.1), (-4.2, 4.6)]
    found = [minimize(name, bounds, seed=seed) for seed in range(3)]
    assert sum(within(one, (minimizer, minimizer), bounds) for one in found) >= 2


def test_the_objective_is_never_called_outside_the_box_and_every_call_is_counted():
    seen = Recorded()
    bounds = [(1000.0, 1000.01), (-1e-3, 7.0)]
    found = minimize(seen, bounds, seed=1, polish="nelder-mead")
    low, high = np.array(bounds).T
    assert found.nfev == len(seen.points) > found.quantum.nfev
    assert all((low <= x).all() and (x <= high).all() for x in seen.points)
    # The best point is asked for once more, to see whether the objective is noisy.
    assert found.quantum.nfev == sum(window.nfev for window in found.windows) + 1


def test_the_box_is_covered_up_to_a_cell_and_windows_shrink_around_the_best():
    found = minimize(wavy, BOX, seed=1)
    sides = [np.ptp(window.bounds, axis=1) / 8 for window in found.windows]
    assert [side[0] for side in sides[:5]] == pytest.approx([15 / 16] * 5)
    assert all(np.allclose(side, side[0]) for side in sides)
    ratios = [b[0] / a[0] for a, b in pairwise(sides[5:])]
    assert ratios == pytest.approx([0.05**0.1] * 9)
    assert sides[-1][0] == pytest.approx(0.05)
    best = min(found.windows[:14], key=lambda window: window.fun)
    low, high = np.array(found.windows[14].bounds).T
    inner = (np.array(best.x) - low) / (high - low)
    assert (np.abs(inner - 0.5) <= 0.25 + 1e-9).all()
    assert len({window.bounds for window in found.windows}) == 15


def test_the_account_adds_up():
    found = minimize(wavy, BOX, seed=1, budget=47, schedule=trained(6), shots=50)
    assert (found.nit, found.num_circuits, found.num_steps, found.shots) == (7, 7, 42, 350)
    assert found.fun == min(window.fun for window in found.windows)
    assert found.lowest_evaluated == min(window.lowest for window in found.windows)
    assert found.two_qubit_gates == sum(window.two_qubit_gates for window in found.windows)


def trained(num_steps, dimensions=2, coarse=1):
    """The default schedule of `minimize`, of another length or on another grid."""
    return trained_schedule(num_steps, dimensions=dimensions, coarse=coarse)


def by_hand(window, schedule, num_qubits):
    """Probabilities of a window from the objective, with plain NumPy."""
    coarse = schedule.coarse
    size = 1 << (num_qubits - coarse)
    axes = [low + (high - low) * np.arange(size) / size for low, high in window.bounds]
    values = np.array([[wavy(np.array([x, y])) for y in axes[1]] for x in axes[0]])
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
    fine = 1 << num_qubits
    spectrum = np.pad(spectrum, (fine - size) // 2)
    return np.abs(np.fft.ifft2(np.fft.ifftshift(spectrum))) ** 2 * (fine / size) ** 2


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


def levels(*coarse):
    """The trained schedule, on a grid that gets finer on the way."""
    plain = trained_schedule(10)
    stages = [replace(s, coarse=c) for s, c in zip(plain.stages, coarse, strict=True)]
    return Schedule(tuple(stages), plain.goal)


@pytest.mark.parametrize("coarse", [(2,) * 5 + (1,) * 5, (2, *(1,) * 8, 0), ((2, 1),) * 10])
def test_phases_of_many_levels_are_those_of_the_objective(coarse):
    # With all of zeta known, the same schedule on the whole grid is the reference.
    backend, schedule = Kept(), levels(*coarse)
    found = minimize(wavy, BOX, seed=5, num_qubits=4, schedule=schedule, budget=10, backend=backend)
    task = backend.tasks[0]
    window = Grid(found.windows[0].bounds, 4).thinned(schedule.stages[-1].coarse)
    x, y = window.coordinates()
    values = x**2 + 2 * np.sin(3 * x) + y**2 + 2 * np.sin(3 * y)
    ranked = Problem.from_table(values, window.bounds).ranked().values
    assert found.nfev >= values.size
    for stage in schedule.stages:
        used = task.anneal.problem.thinned(stage.coarse).values
        strides = [n // m for n, m in zip(ranked.shape, used.shape, strict=True)]
        assert np.array_equal(used, ranked[:: strides[0], :: strides[1]])


@pytest.mark.parametrize("coarse", [0, 1, 2])
def test_shots_follow_the_dynamics_computed_by_hand(coarse):
    backend, shots = Kept(), 200_000
    options = {"seed": 5, "num_qubits": 4, "shots": shots, "budget": 10, "backend": backend}
    found = minimize(wavy, BOX, schedule=trained(10, coarse=coarse), **options)
    expected = by_hand(found.windows[0], trained_schedule(10, coarse=coarse), 4)
    assert expected.sum() == pytest.approx(1)
    hits = np.zeros((16, 16))
    for bits, number in backend.counts[0].items():
        hits[backend.tasks[0].anneal.grid.index_of(bits)] = number
    # Sampling alone moves sqrt(2 * 256 / (pi * shots)) / 2 = 0.014 [measured: 0.009 to 0.012].
    assert np.abs(hits / shots - expected).sum() / 2 < 0.02
    assert expected.max() > 3 / 256


def test_two_qubit_gates_are_those_of_the_circuits():
    backend = Kept()
    options = {"seed": 5, "num_qubits": 3, "budget": 8, "backend": backend}
    found = minimize(wavy, BOX, schedule=trained(4), **options)
    for task, window in zip(backend.tasks, found.windows, strict=True):
        circuit = build(task.anneal, compiler="walsh")
        assert circuit.num_nonlocal_gates() == window.two_qubit_gates > 0


def test_walls_and_windows_do_not_depend_on_the_way_the_objective_is_called():
    one = minimize(wavy, BOX, seed=7, budget=40)
    columns = as_objective(lambda x: (x**2 + 2 * np.sin(3 * x)).sum(axis=0), 2, style="columns")
    many = minimize(columns, BOX, seed=7, budget=40)
    text = minimize("x**2 + 2*sin(3*x) + y**2 + 2*sin(3*y)", BOX, seed=7, budget=40)
    assert one.x.tolist() == many.x.tolist() == text.x.tolist()
    assert one.nfev == many.nfev == text.nfev


def test_equal_seeds_give_equal_searches():
    first, again, other = (minimize(wavy, BOX, seed=seed, budget=40) for seed in (1, 1, 2))
    assert first.windows == again.windows != other.windows
    fresh = minimize(wavy, BOX, budget=40)
    assert minimize(wavy, BOX, budget=40, seed=fresh.seed).windows == fresh.windows


@pytest.mark.parametrize("backend", ["aer", StatevectorSampler(seed=1)])
def test_other_backends_need_counts_only(backend):
    options = {"seed": 2, "num_qubits": 3, "budget": 24, "backend": backend, "compiler": "walsh"}
    found = minimize(wavy, BOX, schedule=trained(4), **options)
    assert found.nit == 6 and within(found, WAVY, BOX, 0.1)


def test_arguments_reach_the_objective():
    seen = Recorded(lambda x, shift, scale: scale * float(((x - shift) ** 2).sum()))
    found = minimize(seen, BOX, (np.array([1.0, 2.0]), 3.0), seed=1)
    assert within(found, (1, 2), BOX)


def test_bounds_of_scipy_of_the_objective_and_one_pair():
    bounds = scipy.optimize.Bounds([-4, -3], [4, 5])
    assert (
        minimize(wavy, bounds, seed=1, budget=20).windows
        == minimize(wavy, BOX, seed=1, budget=20).windows
    )
    assert minimize("himmelblau", seed=1, budget=20).x.shape == (2,)
    assert minimize(wavy, (-4, 4), seed=1, budget=20).x.shape == (1,)


def test_many_variables_get_two_points_each_for_the_phases():
    schedule, box = trained(2, dimensions=11), [(-1, 2)] * 11
    found = minimize(lambda x: float((x**2).sum()), box, seed=1, budget=2, schedule=schedule)
    assert found.x.shape == (11,) and found.nfev <= 2**11 + 128 + 1


def test_plain_is_json_also_where_all_of_a_window_is_a_wall():
    found = minimize(lambda x: 1.0 if x[0] > 0 else np.nan, [(-4, 4)], seed=1, budget=40)
    walls = replace(found.windows[0], lowest=np.inf)
    found.windows = (walls, *found.windows[1:])
    data = json.loads(json.dumps(plain(found), allow_nan=False))
    assert data["windows"][0]["lowest"] is None and data["x"] == found.x.tolist()


# What the verdict says.


def test_a_small_budget_is_said():
    found = minimize(wavy, BOX, seed=1, budget=20)
    assert (found.success, found.status) == (False, 1)
    assert "budget" in found.message


def test_a_flat_objective_is_said():
    found = minimize(lambda x: 3.0, BOX, seed=1)
    assert (found.success, found.status, found.fun) == (False, 2, 3.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_minimum_at_the_edge_is_said(sign):
    found = minimize(lambda x: sign * x[0] + x[1] ** 2, BOX, seed=1)
    assert (found.success, found.status) == (False, 3)
    assert found.x[0] == pytest.approx(-4 * sign, abs=0.05)


def test_a_best_point_at_the_edge_of_the_last_window_is_said():
    # With one measured point on two qubits the last window cannot be trusted.
    found = [
        minimize(wavy, [(-1, 1.5)], seed=seed, num_qubits=2, shots=1, budget=60)
        for seed in range(10)
    ]
    for one in found:
        (low, high), (x,) = one.windows[-1].bounds[0], one.x
        edge = x < low + (high - low) / 8 or x > high - 3 * (high - low) / 8
        assert (one.status == 4) == edge
    assert {4, 8} <= {one.status for one in found} <= {0, 4, 8}


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
    assert found.nit == len(found.windows) < 5
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
    minimize(wavy, BOX, seed=1, budget=30, callback=lambda x: points.append(x))
    assert np.shape(points) == (3, 2)


def test_polish_goes_on_from_the_measured_point():
    found = minimize(wavy, BOX, seed=1, polish="L-BFGS-B")
    assert found.x == pytest.approx(WAVY, abs=1e-4)
    assert found.fun == found.polish.fun < found.quantum.fun == wavy(found.quantum.x)
    assert found.nfev == found.quantum.nfev + found.polish.nfev


def test_polish_never_makes_it_worse(monkeypatch):
    worse = scipy.optimize.OptimizeResult(x=np.array([3.0, 3.0]), fun=wavy(np.array([3.0, 3.0])))
    monkeypatch.setattr(scipy.optimize, "minimize", lambda *_, **__: worse)
    found = minimize(wavy, BOX, seed=1, budget=20, polish="cobyla")
    assert found.polish is worse
    assert found.fun == found.quantum.fun == wavy(found.x)


def test_agreement_is_the_share_of_full_windows_that_found_the_same_place():
    # Four equal minima: the windows on the whole box do not find the same one.
    found = minimize("himmelblau", seed=3)
    low, high = np.array(as_objective("himmelblau", 2).bounds).T
    near = [
        np.linalg.norm((np.array(window.x) - found.x) / (high - low)) <= 0.1
        for window in found.windows[:5]
    ]
    assert found.agreement == np.mean(near)
    assert 0 < found.agreement < 1


def test_more_qubits_for_the_same_anneals_cost_only_the_measured_points():
    coarse, fine = (
        minimize(wavy, BOX, seed=1, num_qubits=n, schedule=trained(10, coarse=idle), budget=10)
        for n, idle in ((4, 0), (6, 2))
    )
    assert coarse.nfev == 256 + 1
    assert 256 < fine.nfev <= 256 + 128 + 1
    gates = fine.two_qubit_gates - coarse.two_qubit_gates
    assert 0 < gates < 0.05 * coarse.two_qubit_gates


def test_scipy_takes_it_as_a_method():
    options = {"seed": 1, "budget": 40}
    found = scipy.optimize.minimize(
        wavy, [0, 0], method=minimize_method, bounds=BOX, options=options
    )
    assert found.windows == minimize(wavy, BOX, **options).windows
    with pytest.raises(ValueError, match="`bounds` must hold 2 pairs"):
        scipy.optimize.minimize(wavy, [0, 0], method=minimize_method)
    with pytest.raises(ValueError, match="`constraints` must be empty"):
        scipy.optimize.minimize(
            wavy,
            [0, 0],
            method=minimize_method,
            bounds=BOX,
            constraints={"type": "eq", "fun": wavy},
        )


# Bad input.


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"bounds": None}, ValueError, "`bounds` must be one"),
        ({"bounds": [(-np.inf, 1)]}, ValueError, "`bounds` must be finite"),
        ({"bounds": [(1e9, 1e9 + 1e-6)]}, ValueError, "`bounds` must have 32 points in floating"),
        ({"bounds": [(1, -1)]}, ValueError, "`bounds` must have lower < upper"),
        ({"budget": 0}, ValueError, "`budget` must allow for one anneal, of 10 Trotter steps"),
        ({"budget": 9}, ValueError, "`budget` must allow"),
        ({"budget": -1}, ValueError, "`budget` must be at least 0"),
        ({"shots": 0}, ValueError, "`shots` must be at least 1"),
        ({"num_qubits": 1}, ValueError, "`coarse` must leave a qubit"),
        ({"num_qubits": 24}, TooLargeError, "`num_qubits` must be at most 30"),
        ({"num_qubits": [5, 5, 5]}, ValueError, "`num_qubits` must be one number or one per axis"),
        ({"polish": "newton"}, ValueError, "Unknown polish 'newton'"),
        ({"backend": "eer"}, ValueError, "Unknown backend 'eer'"),
        ({"fun": 3}, TypeError, "`fun` must be a function"),
        ({"schedule": Schedule([Stage(1, 1, 1)])}, TypeError, "`schedule` must be a Schedule with"),
        ({"seed": -1}, ValueError, "`seed` must be at least 0"),
        (
            {"fun": lambda x: "low"},
            ObjectiveFailedError,
            r"`fun` must .*is text, low",
        ),
        ({"fun": lambda x: x}, ObjectiveFailedError, "one number for a point, but is of shape"),
        (
            {"fun": lambda x: None},
            ObjectiveFailedError,
            r"`fun` must .* is None",
        ),
        ({"fun": lambda x: -np.inf}, ObjectiveFailedError, "`fun` must be bounded below"),
        ({"fun": lambda x: 1 / 0}, ObjectiveFailedError, "raised ZeroDivisionError at x = "),
        ({"fun": lambda x: np.nan}, ValueError, "`fun` must be finite somewhere"),
    ],
)
def test_wrong_input_is_named(change, error, message):
    given = {"fun": wavy, "bounds": BOX} | change
    with pytest.raises(error, match=message):
        minimize(given.pop("fun"), given.pop("bounds"), **given)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_steps": 7}, "`num_steps` must be one of 2, 4, 6, 8, 10, 15, 20"),
        ({"num_steps": 10, "coarse": -1}, "`coarse` must be at least 0"),
    ],
)
def test_wrong_schedules_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        trained(**options)


def test_memory_is_checked_before_anything_is_evaluated(monkeypatch):
    def full(need, what):
        raise TooLargeError(what)

    seen = Recorded()
    monkeypatch.setattr(zoom, "require_memory", full)
    with pytest.raises(TooLargeError, match="A window of 10 qubits"):
        minimize(seen, BOX)
    assert not seen.points


def shifted_rastrigin(x):
    v = x - 0.7 - 0.31 * np.arange(x.size)
    return 10 * x.size + float((v**2 - 10 * np.cos(2 * np.pi * v)).sum())


@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_basin_that_no_looks_agree_on_is_no_success(seed):
    """All of six seeds in four dimensions ended in a wrong basin, and said success."""
    found = minimize(shifted_rastrigin, [(-5.12, 5.12)] * 4, seed=seed)
    assert found.fun > 1
    assert not found.success and found.status == 8
    assert "0 of 5 looks" in found.message or "1 of 5 looks" in found.message


@pytest.mark.parametrize("seed", range(3))
def test_what_independent_looks_agree_on_is_a_success(seed):
    found = minimize(lambda x: float(((x - 0.4) ** 2).sum()), [(-5, 5)] * 3, seed=seed)
    assert found.success and found.agreement >= 0.4
    assert "never seen" in found.message


def test_a_noisy_objective_gives_a_mean_and_its_error_not_the_luckiest_draw():
    """-3.9 where the truth is 0 or more."""
    rng = np.random.default_rng(1)
    found = minimize(lambda x: float((x**2).sum() + rng.normal()), [(-5, 5)] * 2, seed=0)
    assert found.status == 9 and not found.success
    truth = float((found.x**2).sum())
    assert abs(found.fun - truth) < 5 * found.fun_error
    assert found.fun_error == pytest.approx(0.25, abs=0.12)
    assert min(window.fun for window in found.windows) < -1.5


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize(("budget", "shots"), [(20, 128), (40, 16)])
def test_the_evaluations_keep_the_limit_that_the_page_states(d, budget, shots):
    """A budget of 20 Trotter steps costs hundreds of evaluations, and never more than said."""
    calls = []

    def bowl(x):
        calls.append(1)
        return float(((x - 0.3) ** 2).sum())

    found = minimize(bowl, [(-2, 2)] * d, seed=1, budget=budget, shots=shots)
    points = 2 ** (d * min(4, 10 // d))
    assert len(calls) == found.nfev <= budget // 10 * (points + shots) + 1


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
def test_polish_keeps_to_the_evaluations_that_were_given(polish):
    """In the valley of Rosenbrock in four dimensions every method would go on for longer."""
    calls = Recorded(scipy.optimize.rosen)
    found = minimize(calls, [(-2, 2)] * 4, seed=1, maxfev=430, polish=polish)
    assert len(calls.points) == found.nfev == 430
    assert not found.polish.success and "used up" in found.polish.message
    assert found.fun == min(map(scipy.optimize.rosen, calls.points))


@pytest.mark.parametrize("maxfev", [425, 809, 2000])
@pytest.mark.parametrize("way", WAYS)
def test_never_one_evaluation_more_than_maxfev(way, maxfev):
    """However a function is written, however noisy it is; as many windows as surely fit."""
    found = minimize(WAYS[way], BOX, seed=1, maxfev=maxfev)
    assert found.nfev <= maxfev
    assert found.nit == (maxfev - 41) // (256 + 128)


def test_every_call_is_counted_also_of_an_objective_that_can_be_called_in_two_ways():
    """In one dimension every point was asked for twice and counted once."""
    calls = []
    objective = as_objective(lambda x: calls.append(1) or x**2, 1)
    found = minimize(objective, [(-1, 2)], seed=1, budget=20)
    assert len(calls) == found.nfev < 80


def test_too_few_evaluations_for_a_window_are_refused_before_the_first():
    calls = Recorded()
    with pytest.raises(ValueError, match=r"`maxfev` must be at least 425.* but is 424\."):
        minimize(calls, BOX, maxfev=424)
    assert not calls.points


def test_vectorized_is_said_by_the_objective():
    with pytest.raises(TypeError, match=r'`vectorized` .*style="columns"'):
        minimize(wavy, BOX, vectorized=True)
