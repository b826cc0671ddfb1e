"""The map of successes shows the shares of the runs."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from qdml_quantum import benchmark_optimization
from qdml_quantum.plot import plot_benchmark


@pytest.fixture(scope="module")
def made():
    return benchmark_optimization(
        ["levy", "ackley"], seeds=3, methods=["uniform", "grid"], workers=1
    )


def table(ax):
    return np.asarray(ax.images[0].get_array())


@pytest.mark.parametrize("shifted", [False, True])
def test_rows_are_functions_and_the_mean(made, shifted):
    ax = plot_benchmark(made, shifted=shifted)
    rows = [[made.success(m, shifted, name) for m in made.methods] for name in made.functions]
    rows.append([made.success(m, shifted) for m in made.methods])
    assert table(ax) == pytest.approx(np.array(rows))
    assert [text.get_text() for text in ax.get_yticklabels()] == [*made.functions, "mean"]
    assert [text.get_text() for text in ax.get_xticklabels()] == list(made.methods)
    assert len(ax.texts) == 6


def test_only_what_never_failed_is_one(made):
    for ax in plot_benchmark(made).figure.axes:
        for text in ax.texts:
            column, row = text.get_position()
            assert (text.get_text() == "1") == (table(ax)[row, column] == 1)


def test_a_panel_per_variant(made):
    assert len(plot_benchmark(made).figure.axes) == 2
    assert len(plot_benchmark(made, shifted=True).figure.axes) == 1
    ax = Figure().add_subplot()
    assert plot_benchmark(made, ax) is ax and ax.get_title() == "boxes shifted at random"


def test_variants_that_were_not_run_are_refused():
    made = benchmark_optimization(["levy"], seeds=1, methods=["grid"], workers=1, shifted=[False])
    with pytest.raises(ValueError, match="`shifted` must be one of"):
        plot_benchmark(made, shifted=True)
