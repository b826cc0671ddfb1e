"""The figure of a sweep shows the rows of its table."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot import plot_sweep
from qdml_quantum.runs.anneal_sweep import AnnealTable


def row(success=0.5, passed=True, **fields):
    interval = {"success_low": success - 0.1, "success_high": success + 0.1}
    measured = {"success": success, "energy": 2 * success, "fidelity": None} | interval
    return fields | measured | {"passed": passed, "failed": [] if passed else ["norm"]}


TABLE = AnnealTable(
    ("qubits", "formula", "seed"),
    tuple(
        row(0.1 * qubits + 0.01 * seed, not (qubits == 5 and seed), **fields)
        for qubits in (4, 5, 6)
        for formula in ("lie", "strang")
        for seed in (0, 1)
        for fields in [{"qubits": qubits, "formula": formula, "seed": seed}]
    ),
)


def points(ax):
    """What is drawn as signs: places, heights, and whether they are hollow."""
    signs = [line for line in ax.lines if line.get_linestyle() == "None"]
    return [
        (float(x), float(y), line.get_markerfacecolor() == "white")
        for line in signs
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def test_every_row_is_a_point_and_hollow_where_a_check_failed():
    wanted = [(r["qubits"], r["success"], not r["passed"]) for r in TABLE.rows]
    drawn = np.array(sorted(points(plot_sweep(TABLE))))
    assert drawn == pytest.approx(np.array(sorted(wanted)))


def test_seeds_are_points_of_one_curve_which_is_their_mean():
    ax = plot_sweep(TABLE, value="energy")
    curves = [line for line in ax.lines if line.get_linestyle() == "-"]
    assert len(curves) == 2  # lie and strang
    for curve in curves:
        assert list(curve.get_xdata()) == [4, 5, 6]
        assert curve.get_ydata() == pytest.approx(2 * (0.1 * np.array([4, 5, 6]) + 0.005))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["formula lie", "formula strang", "a check failed"]
    assert ax.get_ylabel() == "energy" and not ax.collections


def test_success_has_its_intervals():
    ax = plot_sweep(TABLE)
    drawn = sorted(tuple(part[:, 1]) for lines in ax.collections for part in lines.get_segments())
    wanted = sorted((r["success_low"], r["success_high"]) for r in TABLE.rows)
    assert np.array(drawn) == pytest.approx(np.array(wanted))


def test_words_stand_below_the_axis_and_one_curve_needs_no_legend():
    table = AnnealTable(("objective",), (row(0.3, objective="a"), row(0.9, objective="b")))
    ax = plot_sweep(table)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]
    assert ax.get_legend() is None and points(ax) == [(0, 0.3, False), (1, 0.9, False)]


@pytest.mark.parametrize("value", ["failed", "formula", "nothing"])
def test_only_columns_of_numbers_are_drawn(value):
    with pytest.raises(ValueError, match=r"`value` must be one of .*'success'"):
        plot_sweep(TABLE, value=value)
