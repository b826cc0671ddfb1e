"""The comparison: every run counted once, rates, table, JSON and figure."""

import json
import math
import re

import numpy as np
import pytest

from qdml_quantum import benchmark_optimization, plot_benchmark, wilson_interval
from qdml_quantum.optimize.bench import Benchmark
from qdml_quantum.optimize.bench.methods import EvaluationBudget
from qdml_quantum.optimize.bench.optimization import run_one

SMALL = EvaluationBudget(per_dimension=400, num_qubits=3, shots=32)


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
    task["plan"] = {"per_dimension": 300, "num_qubits": 3, "shots": 32}
    assert json.loads(json.dumps(run_one(task))) == run_one(task)


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


def test_rates_are_a_page_with_intervals(made, tmp_path):
    page = made.to_html(tmp_path / "a.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 300_000
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    methods, functions = data["tables"]
    assert len(methods["rows"]) == len(made.rates())
    assert len(functions["rows"]) == 2 * len(made.rates())
    rate = made.rates()[0]
    assert methods["rows"][0][:3] == [
        rate.method,
        "as published",
        [rate.success, rate.low, rate.high],
    ]
    hits = [row for row in functions["rows"] if row[:3] == ["easom", "uniform", "shifted"]]
    assert hits[0][3][0] == made.success("uniform", True, "easom")
