"""Test functions in many dimensions: published minima, loops over axes, order of the axes."""

import itertools
import math

import numpy as np
import pytest

from qdml_quantum.objectives import builtin
from qdml_quantum.objectives.builtins import benchmark
from qdml_quantum.objectives.builtins.benchmark import BUILTINS

BY_AXIS = {
    "rastrigin": lambda x: 20 * math.sin(math.pi * x) ** 2 + x**2,
    "schwefel": lambda x: 418.9828872724339 - x * math.sin(abs(x) ** 0.5),
    "alpine1": lambda x: abs(x) * abs(math.sin(x) + 0.1),
    "csendes": lambda x: 2 * x**6 + x**6 * math.sin(1 / x),
}
"""What adds up over the axes, in another form."""
SYMMETRIC = {entry.name for entry in BUILTINS} - {"griewank", "levy", "michalewicz"}


@pytest.mark.parametrize("name", BY_AXIS)
@pytest.mark.parametrize("point", [(0.7,), (-1.3, 2.1), (0.4, -0.9, 3.3)])
def test_sums_over_axes_are_those_of_a_loop(name, point):
    expected = sum(map(BY_AXIS[name], point))
    assert builtin(name, len(point))(*point) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", sorted(SYMMETRIC))
def test_the_order_of_the_axes_does_not_matter_where_nothing_tells_them_apart(name):
    point = (0.31, 1.7, 2.6)
    values = {round(float(builtin(name, 3)(*p)), 9) for p in itertools.permutations(point)}
    assert len(values) == 1


@pytest.mark.parametrize(("d", "value"), [(2, -1.801303), (5, -4.687658), (10, -9.660152)])
def test_michalewicz_has_its_published_minima(d, value):
    objective = builtin("michalewicz", d)
    assert objective.minimum == pytest.approx(value, abs=1e-6)
    assert objective(*objective.minimizers[0]) == pytest.approx(value, abs=1e-6)


def test_griewank_takes_the_root_of_the_number_of_the_axis():
    for axis in range(3):
        point = [0.0] * 3
        point[axis] = math.pi * math.sqrt(axis + 1)
        expected = (axis + 1) * math.pi**2 / 4000 + 2
        assert builtin("griewank", 3)(*point) == pytest.approx(expected)


def test_levy_is_the_loop_over_its_axes():
    x = [0.3, -2.0, 4.5]
    w = [1 + (xi - 1) / 4 for xi in x]
    expected = math.sin(math.pi * w[0]) ** 2
    for wi in w[:-1]:
        expected += (wi - 1) ** 2 * (1 + 10 * math.sin(math.pi * wi + 1) ** 2)
    expected += (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    assert builtin("levy", 3)(*x) == pytest.approx(expected)


def test_rings_depend_on_the_radius_only():
    for name, centre in (
        ("salomon", 0.0),
        ("drop_wave", 0.0),
        ("deflected_corrugated_spring", 5.0),
    ):
        objective = builtin(name, 2)
        angles = np.linspace(0, 6, 9)
        ring = objective(centre + 2 * np.cos(angles), centre + 2 * np.sin(angles))
        np.testing.assert_allclose(ring, objective(centre + 2.0, centre), atol=1e-12)
    assert benchmark.salomon(3.0, 4.0) == pytest.approx(0.5)
    assert benchmark.drop_wave(0.3, 0.4) == pytest.approx(-(1 + math.cos(6)) / 2.125)


def test_funnels_and_needles_have_simple_values():
    value = -20 * math.exp(-0.2 * math.sqrt(0.5)) - math.e + 20 + math.e
    assert benchmark.ackley(1.0, 0.0) == pytest.approx(value)
    needle = math.exp(-((1 / 15) ** 6)) - 2 * math.exp(-1) * math.cos(1) ** 2
    assert benchmark.xin_she_yang3(1.0, 0.0) == pytest.approx(needle)
    assert benchmark.alpine2(math.pi / 2, math.pi / 2) == pytest.approx(-math.pi / 2)
