"""The figure of a sweep shows the rows of its table."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot import plot_sweep, style
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


def test_words_say_what_is_drawn_and_red_ones_that_something_failed():
    ax = plot_sweep(TABLE)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("qubits", "success probability")
    assert ax.get_title() == "10 of 12 anneals passed all their checks"
    assert ax.title.get_color() == style.VERMILION
    sound = AnnealTable(("steps",), (row(steps=1), row(steps=2)))
    assert plot_sweep(sound).title.get_color() == style.INK


def test_whole_numbers_have_whole_ticks_and_others_their_own():
    for values, whole in (((4, 5), True), ((0.0, 2.0), False)):
        ax = plot_sweep(AnnealTable(("x",), tuple(row(x=x) for x in values)))
        ax.figure.draw_without_rendering()
        assert all(float(tick).is_integer() for tick in ax.get_xticks()) is whole


def test_what_a_row_has_not_is_no_zero():
    rows = (row(steps=1) | {"fidelity": 0.9}, row(steps=2))
    heights = [y for _, y, _ in points(plot_sweep(AnnealTable(("steps",), rows), value="fidelity"))]
    assert heights[0] == 0.9 and np.isnan(heights[1])


def test_curves_are_told_apart_and_points_that_coincide_are_seen():
    """More curves than signs: each has its colour and sign, and the first ones larger signs."""
    names = [f"{number}$" for number in range(9)]
    rows = tuple(row(steps=s, kind=name) for s in (1, 2) for name in names)
    ax = plot_sweep(AnnealTable(("steps", "kind"), rows))
    handles = ax.get_legend().legend_handles
    looks = [(handle.get_color(), handle.get_marker()) for handle in handles]
    assert len(set(looks)) == len(names)
    assert len({colour for colour, _ in looks[:6]}) == 6
    sizes = [line.get_markersize() for line in ax.lines if line.get_linestyle() == "None"][::2]
    assert sizes[:3] == sorted(sizes[:3], reverse=True) and sizes[0] > sizes[1] > sizes[2]
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == [rf"kind {number}\$" for number in range(9)]


def test_words_of_ticks_are_no_formulas_and_numbers_among_them_short():
    rows = (row(start="$"), row(start=0.123456))
    ax = plot_sweep(AnnealTable(("start",), rows))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [r"\$", "0.1235"]
