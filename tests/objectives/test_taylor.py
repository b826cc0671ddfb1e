"""Taylor polynomials from samples, against derivatives known in closed form."""

import numpy as np
import pytest

from qdml_quantum import Objective, as_objective, taylor


def test_orders_of_a_polynomial_are_exact():
    zeta = as_objective("x**3 + x*y**2 + 2*y")
    point = (1.5, -0.5)
    x, y = np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-2, 2, 7))
    value, slope = 1.5**3 + 1.5 * 0.25 - 1.0, (3 * 1.5**2 + 0.25, 2 * 1.5 * -0.5 + 2)
    u, v = x - 1.5, y + 0.5
    first = value + slope[0] * u + slope[1] * v
    second = first + (6 * 1.5 * u**2 + 2 * 2 * -0.5 * u * v + 2 * 1.5 * v**2) / 2
    for order, expected in enumerate((np.full(x.shape, value), first, second)):
        found = taylor(zeta, point, order)(x, y)
        np.testing.assert_allclose(found, expected, atol=3e-7)


def test_the_slope_takes_two_samples_per_axis():
    seen = []

    def zeta(x, y):
        seen.append((float(np.ravel(x)[0]), float(np.ravel(y)[0])))
        return x + 2 * y

    taylor(Objective(zeta, 2, bounds=[(-1, 1), (-1, 1)]), [0.0, 0.0])
    assert len(seen) == 1 + 2 * 2


def test_the_step_follows_the_box():
    wide = Objective(lambda x: np.sin(x / 1e6), 1, bounds=[(-1e7, 1e7)])
    assert taylor(wide, [0.0])(1.0).item() == pytest.approx(1e-6, rel=1e-5)


def test_it_tells_where_it_comes_from():
    source = taylor(as_objective("harmonic"), [1.0], 2).source["taylor"]
    assert source["order"] == 2
    assert source["gradient"] == pytest.approx([2.0])
    assert source["objective"]["builtin"] == "harmonic"


@pytest.mark.parametrize(
    ("point", "order", "words"),
    [([0.0, 1.0], 1, "point"), ([np.nan], 1, "point"), ([0.0], 3, "order"), ([0.0], -1, "order")],
)
def test_wrong_arguments(point, order, words):
    with pytest.raises(ValueError, match=words):
        taylor(as_objective("harmonic"), point, order)


def test_a_table_has_no_derivatives():
    with pytest.raises(ValueError, match="known on its grid only"):
        taylor(Objective.from_table(np.arange(8.0), [(0, 8)]), [1.0])


@pytest.mark.parametrize("far", [0.0, 1e6, 1e9, -5e9])
def test_slopes_far_from_zero(far):
    tangent = taylor(as_objective(lambda x: (x - far) ** 3, 1), [far + 2.0])
    assert tangent(far + 3.0) == pytest.approx(20.0, rel=1e-6)
