"""Constraints: the augmented Lagrangian, what is feasible, and `minimize` with them."""

import itertools

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import LinearConstraint, NonlinearConstraint

from qdml_quantum import ObjectiveFailedError, Windows, minimize
from qdml_quantum.optimize.constraints import FEASIBLE, Closest, Constraints, as_constraints
from qdml_quantum.support.messages import FormulaError

DISC = NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, -np.inf, 1)
LINE = LinearConstraint([[1, 1]], 1, 1)
SMALL = {"maxfev": 3000}


def test_all_forms_of_scipy_are_read():
    single = as_constraints(DISC)
    assert single == (DISC,) and as_constraints([DISC, LINE]) == (DISC, LINE)
    assert as_constraints(None) == as_constraints(()) == ()
    (equal,) = as_constraints({"type": "eq", "fun": lambda x, a: x[0] - a, "args": (2,)})
    assert (equal.lb, equal.ub) == (0, 0) and equal.fun(np.array([3.0])) == 1
    for wrong in ([3], {"type": "less", "fun": abs}, {"type": "eq"}, {"x <= 1"}):
        with pytest.raises(TypeError, match="`constraints` must be a LinearConstraint"):
            as_constraints(wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (LinearConstraint([[1, 0]], 2, 1), r"lower limits that are at most.*lb = .*2.*ub = .*1"),
        (NonlinearConstraint(abs, [0, np.nan], 1), "lower limits that are at most.*nan"),
        (LinearConstraint([[1, 0, 0]], 0, 1), "column of `A` per variable, 2, but is 3 columns"),
    ],
)
def test_what_no_point_keeps_is_refused_before_anything_is_evaluated(wrong, message):
    with pytest.raises(ValueError, match="`constraints` must have .*" + message):
        minimize(lambda x: pytest.fail("evaluated"), [(-1, 1)] * 2, constraints=[DISC, wrong])


def test_typed_constraints_are_those_of_scipy():
    """The disc and the line, typed; a coordinate that there is none of is refused."""
    typed = Constraints(as_constraints(["x**2 + y**2 <= 1", "x1 + x2 == 1"], 2))
    plain = Constraints(as_constraints([DISC, LINE], 2))
    points = np.random.default_rng(0).uniform(-2, 2, (20, 2))
    np.testing.assert_allclose(typed.violation(points), plain.violation(points), atol=1e-12)
    single = Constraints(as_constraints("1 <= x <= 2", 3))
    assert single.violation(np.array([[0.0, 9, 9], [1.5, 9, 9], [4, 9, 9]])).tolist() == [1, 0, 2]
    with pytest.raises(FormulaError, match="has the coordinate x3, but there are 2 variables"):
        as_constraints("x1 + x3 <= 1", 2)
    with pytest.raises(FormulaError, match="compares two sides"):
        minimize("x**2 + y**2", [(-1, 1)] * 2, constraints="x + y")


def test_violations_are_those_of_every_side():
    both = Constraints(as_constraints([NonlinearConstraint(lambda x: x, [-1, 0], [1, 0]), LINE]))
    points = np.array([[0.5, 0.0], [1.5, 0.0], [-3.0, 0.0], [1.0, 0.25], [1.0, 0.0]])
    # x[0] within (-1, 1), x[1] = 0, x[0] + x[1] = 1.
    assert both.violation(points).tolist() == [0.5, 0.5, 4.0, 0.25, 0.0]


def test_the_lagrangian_is_zeta_where_nothing_is_passed_and_follows_its_multipliers():
    """x <= 1 of zeta = -x: the multiplier is 1, and with it the minimum is at the limit."""
    limit = Constraints(as_constraints(LinearConstraint([[1.0]], -np.inf, 1.0)))
    points = np.linspace(-2, 3, 51)[:, None]
    values = -points[:, 0]
    lagrangian, over = limit.lagrangian(points, values)
    inside = points[:, 0] <= 1
    np.testing.assert_array_equal(lagrangian[inside], values[inside])
    np.testing.assert_allclose(over, np.maximum(points[:, 0] - 1, 0))
    rho = 100 * values.std() / np.median((over**2)[over > 0])
    np.testing.assert_allclose(lagrangian[~inside], values[~inside] + rho / 2 * over[~inside] ** 2)
    for _ in range(3):
        end = scipy.optimize.minimize_scalar(
            lambda x: limit.lagrangian(np.array([[x]]), np.array([-x]))[0][0], bounds=(-2, 3)
        ).x
        limit.follow(np.array([end]))
    assert end == pytest.approx(1, abs=1e-5)
    assert limit._multipliers == pytest.approx([1], abs=1e-3)


def test_the_closest_point_is_feasible_if_any_is():
    closest = Closest()
    for value, violation in ((1.0, 3.0), (5.0, 0.5), (2.0, 0.5), (-9.0, 0.7)):
        closest.update(np.array([[value]]), np.array([value]), np.array([violation]))
    assert (closest.value, closest.violation) == (2.0, 0.5)
    for value, violation in ((7.0, FEASIBLE / 2), (6.0, 0.0), (6.5, 0.0), (np.inf, 0.0)):
        closest.update(np.array([[value]]), np.array([value]), np.array([violation]))
    assert (closest.value, closest.violation) == (6.0, 0.0)


def test_rosenbrock_in_a_disc():
    for seed in range(2):
        found = minimize(
            scipy.optimize.rosen, [(-1.5, 1.5)] * 2, constraints=DISC, seed=seed, **SMALL
        )
        assert found.x == pytest.approx([0.78642, 0.61770], abs=1e-3)
        assert found.fun == pytest.approx(0.045675, rel=0.01)
        assert found.maxcv <= FEASIBLE and found.fun == scipy.optimize.rosen(found.x)
        assert found.success


@pytest.mark.slow
def test_rastrigin_on_a_plane_outside_of_a_product():
    """x1 + x2 + x3 + x4 = 1, x1 x2 >= 1/4: the lowest of what SLSQP finds from 2000 points."""
    limits = [
        LinearConstraint(np.ones(4), 1, 1),
        NonlinearConstraint(lambda x: x[0] * x[1], 0.25, np.inf),
    ]
    runs = [minimize("rastrigin", [(-4, 5)] * 4, constraints=limits, seed=s) for s in range(10)]
    assert all(run.maxcv <= FEASIBLE for run in runs)
    assert sum(run.fun < 2.98614 * 1.01 for run in runs) >= 8


def test_the_result_is_feasible_also_without_a_polish():
    found = minimize(
        lambda x: float(x.sum()),
        [(-2, 2)] * 2,
        constraints=DISC,
        polish=False,
        seed=1,
        **SMALL,
    )
    assert found.maxcv <= FEASIBLE and found.fun < -1.35  # -sqrt(2) at the limit


def test_the_multipliers_follow_the_ends_of_the_starts(monkeypatch):
    seen, real = [], Constraints.follow

    def follow(self, point):
        seen.append(tuple(point.tolist()))
        real(self, point)

    monkeypatch.setattr(Constraints, "follow", follow)
    found = minimize(
        lambda x: float(x.sum()), [(-2, 2)] * 2, constraints=DISC, polish=False, seed=1, **SMALL
    )
    assert len(seen) > 1 and seen == [one.measured for one in found.starts]


def test_constraints_that_nothing_meets_are_said_with_the_least_violation():
    found = minimize(
        lambda x: (x**2).sum(), [(-3, 3)] * 2, constraints=LinearConstraint([1, 1], 20, 30), **SMALL
    )
    assert (found.success, found.status) == (False, 4)
    assert found.x == pytest.approx([3, 3]) and found.maxcv == pytest.approx(14)
    assert "violates one by 14" in found.message


def test_what_a_constraint_raises_is_said():
    def broken(x):
        raise ZeroDivisionError("no limit")

    for fun, words in ((broken, "raised ZeroDivisionError"), (lambda x: np.nan, "must be finite")):
        with pytest.raises(ObjectiveFailedError, match=words):
            minimize(
                lambda x: (x**2).sum(),
                [(-3, 3)] * 2,
                constraints=NonlinearConstraint(fun, 0, 1),
                **SMALL,
            )


@pytest.mark.parametrize("polish", ["cobyla", "cobyqa"])
def test_other_methods_that_keep_constraints(polish):
    found = minimize(
        lambda x: float(x.sum()), [(-2, 2)] * 2, constraints=DISC, polish=polish, seed=1, **SMALL
    )
    assert found.maxcv <= FEASIBLE and found.fun == pytest.approx(-np.sqrt(2), abs=0.01)


def test_methods_that_keep_none_are_refused():
    message = "`polish` must keep the constraints, as slsqp, cobyla or cobyqa do, but is l-bfgs-b"
    with pytest.raises(ValueError, match=message):
        minimize(lambda x: (x**2).sum(), [(-3, 3)] * 2, constraints=DISC, polish="l-bfgs-b")


# Whole numbers.


def test_ten_bits_against_all_of_them():
    weights = np.array([1, -2, 3, -4, 5, -6, 7, -8, 9, -10])

    def cost(x):
        return float(weights @ x + 3 * (x.sum() - 4) ** 2)

    lowest = min(cost(np.array(bits)) for bits in itertools.product((0, 1), repeat=10))
    windows = Windows(most=120)
    found = minimize(cost, [(0, 1)] * 10, integrality=1, windows=windows, seed=1)
    assert found.fun == lowest and set(found.x) <= {0, 1} and found.success


def test_a_whole_number_beside_a_real_one_is_asked_for_once():
    calls = []

    def bowl(x):
        calls.append(tuple(x))
        return (x[0] - 0.3) ** 2 + (x[1] - 2.61) ** 2

    found = minimize(bowl, [(-3, 3.4), (-2.5, 6)], integrality=[True, False], seed=1, **SMALL)
    assert found.x == pytest.approx([0, 2.61], abs=1e-4) and found.success
    assert {point[0] for point in calls} <= set(range(-3, 4))
    assert len(calls) == found.nfev <= 3000


def test_knapsack_with_a_constraint():
    values, weights = np.array([10, 13, 7, 8, 12, 4]), np.array([3, 4, 2, 3, 5, 1])
    best = max(values @ bits for bits in itertools.product((0, 1), repeat=6) if weights @ bits <= 9)
    found = minimize(
        lambda x: -float(values @ x),
        [(0, 1)] * 6,
        constraints=LinearConstraint(weights, -np.inf, 9),
        integrality=np.ones(6),
        seed=2,
        maxfev=6000,
    )
    assert found.fun == -best and found.maxcv == 0
