"""The comparison: cases that are what they say, methods that keep to their evaluations."""

import itertools
import json
import math

import numpy as np
import pytest

from qdml_quantum import benchmark_optimization, minimize, plot_benchmark, wilson_interval
from qdml_quantum.optimize.bench import METHODS, Benchmark, make_case, methods
from qdml_quantum.optimize.bench.cases import HIGHER, SUITE
from qdml_quantum.optimize.bench.methods import EvaluationBudget
from qdml_quantum.optimize.bench.optimization import run_one

SMALL = EvaluationBudget(num_qubits=4, windows=3, num_steps=4, shots=32)


@pytest.mark.parametrize("name", SUITE)
@pytest.mark.parametrize("shift", [None, 0, 7])
def test_cases_have_their_minimum_inside(name, shift):
    case = make_case(name, shift=shift)
    low, high = np.array(case.bounds).T
    for place in case.minimizers:
        assert (low <= place).all() and (place <= high).all()
        value = float(case.objective(*place))
        assert value == pytest.approx(case.minimum, abs=2e-6 * max(case.gap, 1))
    # Random points, not those of the scan that chose the box.
    points = np.random.default_rng(1).uniform(low, high, (20_000, 2)).T
    assert case.objective(*points).min() >= case.minimum - 1e-9 * abs(case.minimum)


@pytest.mark.parametrize("name", SUITE)
def test_shifts_move_the_box_and_keep_its_size(name):
    still = np.array(make_case(name).bounds)
    moved = [np.array(make_case(name, shift=seed).bounds) for seed in range(4)]
    for bounds in moved:
        assert np.ptp(bounds, axis=1) == pytest.approx(np.ptp(still, axis=1))
        shift = (bounds - still)[:, 0] / np.ptp(still, axis=1)
        assert 0 < np.abs(shift).max() <= 0.25
    assert not any(np.allclose(a, b) for a, b in itertools.combinations(moved, 2))


def test_minimizers_that_a_shift_brings_in_count():
    # alpine1 is 0 wherever x (sin x + 0.1) = 0, also outside the box of the publication.
    case = make_case("alpine1", shift=0)
    outside = [place for place in case.minimizers if min(place) < -10]
    assert len(outside) == 3
    assert np.sin(outside[0][0]) == pytest.approx(-0.1, abs=1e-9)


@pytest.mark.parametrize("name", HIGHER)
@pytest.mark.parametrize("dimensions", [3, 4])
def test_cases_of_more_dimensions(name, dimensions):
    case = make_case(name, dimensions=dimensions, shift=1)
    assert len(case.bounds) == dimensions
    assert float(case.objective(*case.minimizers[0])) == pytest.approx(case.minimum, abs=1e-9)


def test_distance_is_in_units_of_the_diagonal_and_to_the_nearest():
    case = make_case("alpine1")
    assert case.distance((0.0, 0.2)) == pytest.approx(0.2 / math.hypot(20, 20))
    assert case.distance(case.minimizers[-1]) == 0


@pytest.mark.parametrize("method", [name for name in METHODS if name != "qhd"])
def test_methods_keep_to_the_box_and_to_their_evaluations(method):
    case = make_case("griewank", shift=3)
    found = METHODS[method](case, 5, SMALL)
    low, high = np.array(case.bounds).T
    assert (low <= found.x).all() and (found.x <= high).all()
    assert found.fun == pytest.approx(float(case.objective(*found.x)), rel=1e-12)
    assert 0 < found.nfev <= max(SMALL.evaluations(2), 256)
    if not method.endswith("windows") and method != "quantum":
        assert found.num_steps == 0
    again = METHODS[method](case, 5, SMALL)
    assert again == found


def test_scipy_may_use_as_many_evaluations_as_minimize_and_stops_there():
    case = make_case("rastrigin")
    plan = EvaluationBudget(num_qubits=4, windows=2, num_steps=2, shots=16)
    assert plan.evaluations(2) == 2 * (64 + 16)
    assert METHODS["dual_annealing"](case, 1, plan).nfev == 160
    assert METHODS["quantum"](case, 1, plan).nfev <= 160


def test_uniform_windows_are_the_same_search_without_dynamics():
    case = make_case("rastrigin", shift=1)
    tried = [METHODS["uniform_windows"](case, seed, SMALL) for seed in range(12)]
    found = [METHODS["quantum"](case, seed, SMALL) for seed in range(12)]
    assert np.mean([f.fun for f in found]) < np.mean([t.fun for t in tried])


def test_greedy_windows_measure_the_lowest_point_of_the_phases():
    case = make_case("griewank", shift=2)
    seen = []

    class Watched(methods.Greedy):
        def run(self, task, **more):
            outcome = super().run(task, **more)
            seen.append((task.anneal.problem, outcome.counts))
            return outcome

    found = minimize(case.objective, case.bounds, seed=1, budget=20, backend=Watched())
    for problem, counts in seen:
        ((bits, number),) = counts.items()
        assert number == 128 and problem.values[problem.grid.index_of(bits)] == 0.0
    assert [window.fun for window in found.windows] == [window.lowest for window in found.windows]
    assert found.nfev == 2 * 256


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return benchmark_optimization(
        ["rastrigin", "easom"],
        seeds=3,
        methods=["quantum", "uniform", "grid"],
        plan=SMALL,
        radius=0.05,
        folder=folder,
        workers=1,
    )


def test_every_run_is_counted_once(made):
    # `grid` knows no seed: once per published box, once per shifted one.
    assert len(made.runs) == 2 * (3 + 3 + 1) + 2 * (3 + 3 + 3)
    for rate in made.rates():
        runs = [
            run
            for run in made.runs
            if (run["method"], run["shifted"]) == (rate.method, rate.shifted)
        ]
        hits = sum(run["distance"] <= 0.05 for run in runs)
        assert (rate.runs, rate.success) == (len(runs), hits / len(runs))
        assert (rate.low, rate.high) == wilson_interval(hits, len(runs))
        assert rate.worst == min(
            np.mean([run["hit"] for run in runs if run["function"] == name])
            for name in ("rastrigin", "easom")
        )


def test_evaluations_to_solution():
    def runs(hits):
        return tuple(
            {
                "function": "f",
                "method": "quantum",
                "shifted": False,
                "seed": seed,
                "hit": seed < hits,
            }
            | {"near_minimum": True, "nfev": 100}
            for seed in range(10)
        )

    found = [Benchmark(SMALL, 2, 0.01, runs(hits)).rates()[0].to_solution for hits in (10, 9, 5, 0)]
    assert found == pytest.approx([100, 200, 100 * math.log(0.01) / math.log(0.5), math.inf])


def test_table_and_json(made, tmp_path):
    text = str(made)
    assert "Boxes as published" in text and "Boxes shifted at random" in text
    assert text.count("rastrigin") == 2
    data = json.loads(made.save(tmp_path / "table.json").read_text())
    assert data["evaluations"] == SMALL.evaluations(2)
    assert len(data["runs"]) == len(made.runs)
    assert {rate["method"] for rate in data["rates"]} == {"quantum", "uniform", "grid"}


@pytest.mark.extra("plots")
def test_figure_shows_the_shares(made):
    places = plot_benchmark(made).figure.axes
    assert [place.get_title() for place in places] == [
        "boxes as published",
        "boxes shifted at random",
    ]
    for place, shifted in zip(places, (False, True), strict=True):
        shown = [float(text.get_text()) for text in place.texts]
        rows = [*made.functions, None]
        expected = [made.success(m, shifted, name) for name in rows for m in made.methods]
        # Rounded down to two digits, so that only what never failed is 1.
        assert shown == [math.floor(100 * value) / 100 for value in expected]
    with pytest.raises(ValueError, match="`shifted` must be one of"):
        plot_benchmark(Benchmark(SMALL, 2, 0.01, made.runs[:1]), shifted=True)


def test_a_run_is_a_function_of_its_task():
    task = {"function": "levy", "method": "quantum", "shifted": True, "seed": 4, "dimensions": 2}
    task["plan"] = {"num_qubits": 4, "coarse": 1, "num_steps": 4, "windows": 3, "shots": 32}
    assert json.loads(json.dumps(run_one(task))) == run_one(task)


def test_qhd_is_one_of_the_methods(monkeypatch):
    monkeypatch.setattr(methods, "_QHD_QUBITS", 5)
    found = METHODS["qhd"](make_case("sumofsquares"), 1, SMALL)
    assert found.num_steps == 10_000
    assert make_case("sumofsquares").distance(found.x) < 0.02
    with pytest.raises(ValueError, match="two dimensions"):
        METHODS["qhd"](make_case("levy", dimensions=3), 1, SMALL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"functions": ["rastrign"]}, "Unknown function 'rastrign'. Did you mean `rastrigin`?"),
        ({"methods": ["quantm"]}, "Unknown method 'quantm'. Did you mean `quantum`?"),
        ({"methods": ["qhd"], "dimensions": 3}, "Unknown method 'qhd'"),
        ({"seeds": 0}, "`seeds` must be at least 1"),
        ({"shifted": []}, "`shifted` must name one variant or two"),
        ({"radius": 0}, "`radius` must be finite and greater than 0"),
        ({"dimensions": 0}, "`dimensions` must be at least 1"),
    ],
)
def test_wrong_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        benchmark_optimization(**{"functions": None, "workers": 1} | options)
