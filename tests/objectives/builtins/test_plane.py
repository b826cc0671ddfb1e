"""Functions of one fixed dimension: published minima and values, symmetries."""

import math

import numpy as np
import pytest

from qdml_quantum.objectives import builtin
from qdml_quantum.objectives.builtins.plane import BUILTINS, ackley2, levy13, schaffer2

VALUES = {
    "forrester": {(0.757249,): -6.020740, (0.0,): 4 * math.sin(-4), (1 / 3,): 0},
    "branin": {
        (-math.pi, 12.275): 0.397887,
        (math.pi, 2.275): 0.397887,
        (9.42478, 2.475): 0.397887,
    },
    "easom": {(math.pi, math.pi): -1, (0, 0): -math.exp(-2 * math.pi**2), (math.pi, 0): 0},
    "bohachevsky1": {(0, 0): 0, (1, 0): 1 + 0.3 - 0.4 + 0.7, (0, 0.25): 0.125 - 0.3 + 0.4 + 0.7},
    "bohachevsky2": {(0, 0): 0, (1, 0): 1.6, (0, 0.25): 0.125 + 0.6, (1, 0.25): 1.125},
    "cross_in_tray": {(1.349406, -1.349406): -2.062612, (0, 1): -0.0001},
    "eggholder": {(512, 404.2319): -959.6407, (0, 0): -47 * math.sin(47**0.5)},
    "holder_table": {(8.05502, 9.66459): -19.2085, (-8.05502, 9.66459): -19.2085, (0, 1): 0},
    "mccormick": {(-0.547197, -1.547197): -1.913223, (0, 0): 1, (1, 0): 0.5 + math.sin(1)},
    "hosaki": {(4, 2): -2.345812, (1, 2): -1.127794, (0, 1): math.exp(-1)},
    "levy13": {(1, 1): 0, (0, 1): 1, (1, 0): 1, (0.5, 0.5): 1 + 0.5 + 0.25},
    "shubert": {(-7.0835, 4.8580): -186.7309, (4.8580, 5.4828): -186.7309},
    "ackley2": {(0, 0): -200, (30, 40): -200 / math.e},
    "schaffer2": {(0, 0): 0, (10, 10): 0.5 - 0.5 / 1.2**2, (math.sqrt(math.pi / 2), 0): 0.998433},
}


def test_every_function_is_here():
    assert {entry.name for entry in BUILTINS} == set(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_published_and_simple_values(name):
    for point, value in VALUES[name].items():
        assert builtin(name)(*point) == pytest.approx(value, abs=2e-4), point


def test_functions_that_are_even_in_both_axes():
    x, y = np.random.default_rng(2).uniform(0, 10, (2, 50))
    for name in ("bohachevsky1", "bohachevsky2", "cross_in_tray", "holder_table", "schaffer2"):
        values = builtin(name)(x, y)
        np.testing.assert_allclose(builtin(name)(-x, y), values)
        np.testing.assert_allclose(builtin(name)(x, -y), values)


def test_axes_are_not_swapped():
    assert levy13(1.1, 1.0) != pytest.approx(levy13(1.0, 1.1), rel=1e-3)
    assert builtin("bohachevsky1")(0.0, 1.0) == pytest.approx(2.0)
    assert builtin("mccormick")(0.0, 1.0) == pytest.approx(math.sin(1) + 1 + 2.5 + 1)


def test_cones_have_the_slope_that_is_stated():
    assert ackley2(3.0, 4.0) == pytest.approx(-200 * math.exp(-0.1))
    assert schaffer2(1.0, 1.0) == pytest.approx(0.5 - 0.5 / 1.002**2)
