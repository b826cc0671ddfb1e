"""Polynomials: published values, expanded formulas, and minima in closed form."""

import numpy as np
import pytest

from qdml_quantum.objectives import builtin, parse_formula
from qdml_quantum.objectives.builtins.polynomials import BUILTINS

FORMULAS = {
    "sphere": "hypot(x, y)**2",
    "sum_of_squares": "x**2 + 2*y**2",
    "styblinski_tang": "(x**4 + y**4)/2 - 8*(x**2 + y**2) + 2.5*(x + y)",
    "rosenbrock": "100*y**2 - 200*y*x**2 + 100*x**4 + 1 - 2*x + x**2",
    "zakharov": "x**2 + y**2 + (x/2 + y)**2*(1 + (x/2 + y)**2)",
    "dixon_price": "x**2 - 2*x + 1 + 8*y**4 - 8*x*y**2 + 2*x**2",
    "trid": "x**2 + y**2 - x*y - 2*x - 2*y + 2",
    "booth": "5*x**2 + 8*x*y + 5*y**2 - 34*x - 38*y + 74",
    "matyas": "0.01*(x + y)**2 + 0.25*(x - y)**2",
    "three_hump_camel": "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
    "six_hump_camel": "4*x**2 - 2.1*x**4 + x**6/3 + x*y - 4*y**2 + 4*y**4",
}
VALUES = {
    "himmelblau": {
        (3, 2): 0,
        (-2.805118, 3.131312): 0,
        (-3.779310, -3.283186): 0,
        (3.584428, -1.848126): 0,
        (-0.270845, -0.923039): 181.617,  # The local maximum.
    },
    "beale": {(3, 0.5): 0, (0, 0): 14.203125, (1, 1): 14.203125, (1, 0): 0.25 + 1.5625 + 2.640625},
    "goldstein_price": {(0, -1): 3, (-0.6, -0.4): 30, (1.8, 0.2): 84, (1.2, 0.8): 840, (0, 0): 600},
}


def test_every_polynomial_is_here():
    assert {entry.name for entry in BUILTINS} == {*FORMULAS, *VALUES}


@pytest.mark.parametrize("name", FORMULAS)
def test_polynomials_are_their_expanded_formulas(name):
    x, y = np.random.default_rng(1).uniform(-2, 2, (2, 200))
    expected = parse_formula(FORMULAS[name])(x, y)
    np.testing.assert_allclose(builtin(name, 2)(x, y), expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", VALUES)
def test_published_values(name):
    for point, value in VALUES[name].items():
        assert builtin(name, 2)(*point) == pytest.approx(value, abs=1e-3)


@pytest.mark.parametrize("d", [2, 3, 4, 5])
def test_trid_has_its_minimum_in_closed_form(d):
    trid = builtin("trid", d)
    assert trid.minimum == pytest.approx(-d * (d + 4) * (d - 1) / 6)
    assert trid.minimizers == (tuple(float(i * (d + 1 - i)) for i in range(1, d + 1)),)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_dixon_and_price_have_their_minimizers_in_closed_form(d):
    objective = builtin("dixon_price", d)
    closed = [2 ** (-(2**i - 2) / 2**i) for i in range(1, d + 1)]
    assert sorted(objective.minimizers) == sorted(((*closed[:-1], -closed[-1]), tuple(closed)))
    assert objective(*closed) == pytest.approx(0, abs=1e-14)


def test_axes_count_from_one_where_they_differ():
    point = (0.5, -1.0, 2.0)
    assert builtin("sum_of_squares", 3)(*point) == 0.25 + 2 + 12
    slope = 0.25 - 1 + 3
    assert builtin("zakharov", 3)(*point) == pytest.approx(5.25 + slope**2 + slope**4)
    assert builtin("rosenbrock", 3)(*point) == 100 * 1.25**2 + 0.25 + 100 * 1 + 4
