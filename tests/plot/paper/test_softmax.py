"""Figure 4: populations are sigmoid and softmax, and what the printed formula drops shows."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import softmax
from qdml_quantum.plot.paper.numbers import Numbers


def test_populations_are_sigmoid_and_softmax(made):
    facts = made(4).facts
    assert facts["largest difference from the sigmoid"] < 1e-6
    assert facts["largest difference from softmax"] < 1e-6
    assert facts["largest effect of what is dropped"] > 0.1


def test_equation_25_is_a_population_at_half_the_time(made):
    table = made(4).tables["gap"]
    assert made(4).facts["largest difference from equation (25)"] < 1e-12
    for tau in (0.25, 5.0):
        wanted = 1 / (1 + np.exp(-table["x"] * tau))
        np.testing.assert_allclose(table[f"tau = {tau:g}"], wanted)
        np.testing.assert_allclose(table[f"levels, tau = {tau:g}"], wanted)


def test_the_lowest_level_wins_and_populations_add_up_to_one(made):
    table = made(4).tables["softmax"]
    levels = np.stack([table[f"level {n}"] for n in range(4)])
    np.testing.assert_allclose(levels.sum(axis=0), 1, atol=1e-9)
    np.testing.assert_allclose(levels[:, 0], 0.25, atol=1e-9)
    assert (np.diff(levels[:, -1]) < 0).all()
    assert (np.diff(levels[0]) > 0).all()


def test_the_unequal_start_gives_the_lowest_level_the_least(made):
    """Weights 1, 2, 3, 4: a tenth of the population."""
    assert made(4).tables["dropped"]["exact"][0] == pytest.approx(0.1)


@pytest.mark.extra("plots")
def test_points_lie_beside_their_formula(drawn):
    tau = np.linspace(0, 1, 3)
    several = {f"{kind} {n}": tau * n for kind in ("level", "softmax") for n in range(4)}
    tables = {
        "gap": {"x": tau, "tau = 1": tau + 5, "levels, tau = 1": tau + 6},
        "sigmoid": {"tau": tau, "ground state": tau + 1, "sigmoid": tau + 2},
        "softmax": {"tau": tau, **several},
        "dropped": {"tau": tau, "exact": tau + 3, "printed": tau + 4},
    }
    zeroth, first, second, third = drawn(softmax, Numbers(4, "", tables, {}))
    assert [line.get_ydata()[0] for line in zeroth.get_lines()] == [5, 6]
    assert [line.get_ydata()[0] for line in first.get_lines()] == [2, 1]
    assert [line.get_ydata()[0] for line in third.get_lines()] == [3, 4]
    lines = second.get_lines()
    for n, (formula, points) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
        assert formula.get_color() == points.get_color()
        np.testing.assert_array_equal(points.get_ydata(), n * tau)
