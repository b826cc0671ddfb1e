"""Any function of a point, called with care."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import Bounds, OptimizeResult

from qdml_quantum import Objective, ObjectiveFailedError, as_objective, minimize
from qdml_quantum.objectives.function import Function
from qdml_quantum.optimize.baselines import gradient_descent, mqhoa, simulated_annealing
from qdml_quantum.problem.counted_function import CountedFunction, call_back, read_search, seed_of


def counted(fun, vectorized=False):
    """As `minimize` does it."""
    if isinstance(fun, Objective):
        return CountedFunction(fun)
    style = "columns" if vectorized else None
    return CountedFunction(Function(fun, 2, style=style, as_scipy=True))


POINTS = np.array([[0.0, 1.0], [2.0, -1.0], [3.0, 3.0]])
SUMS = [1.0, 1.0, 6.0]


@pytest.mark.parametrize(
    ("fun", "vectorized"),
    [
        (lambda x: x[0] + x[1], False),
        (lambda x: np.array([x.sum()]), False),
        (lambda x: int(x.sum()), False),
        (lambda x: x.sum(axis=0), True),
        (Objective(lambda x, y: x + y, 2), False),
    ],
)
def test_every_calling_convention(fun, vectorized):
    box = counted(fun, vectorized)
    assert box(POINTS).tolist() == SUMS
    assert box(POINTS[:1]).tolist() == SUMS[:1]
    assert (box.nfev, box.walls) == (4, 0)


def test_constant_objectives_broadcast():
    assert counted(as_objective("0*x + 2"))(POINTS[:, :1]).tolist() == [2] * 3


def test_what_is_no_finite_number_is_a_wall():
    answers = iter([np.nan, np.inf, 5.0])
    box = counted(lambda x: next(answers))
    assert box(POINTS).tolist() == [np.inf, np.inf, 5.0]
    assert box.walls == 2 and box.is_flat


def test_flat_until_two_values_were_seen():
    box = counted(lambda x: float(x[0] > 2))
    assert box(POINTS[:2]).tolist() == [0, 0] and box.is_flat
    assert box(POINTS[2:]).tolist() == [1] and not box.is_flat


def test_the_objective_may_change_what_it_is_given():
    def careless(x):
        x *= 0
        return 0.0

    counted(careless)(POINTS)
    counted(lambda x: careless(x) + x[0], vectorized=True)(POINTS)
    assert POINTS.tolist() == [[0, 1], [2, -1], [3, 3]]


def test_calls_are_counted_up_to_the_one_that_fails():
    box = counted(lambda x: 1 / (x[0] - 2))
    box(POINTS[:1])
    with (
        np.errstate(divide="raise"),
        pytest.raises(ObjectiveFailedError, match=r"x = \[2.0, -1.0\]"),
    ):
        box(POINTS)
    assert box.nfev == 3


@pytest.mark.parametrize(
    ("fun", "vectorized", "message"),
    [
        (lambda x: x, False, "be one number for a point, but is of shape"),
        (lambda x: None, False, "is None. Add a `return`"),
        (lambda x: 1j, False, "hold real numbers, but is complex, 1j"),
        (lambda x: "1", False, "hold real numbers, but is text, 1"),
        (lambda x: x, True, r"one value per point, shape \(3,\), but answered with shape \(2, 3\)"),
        (lambda x: [1, [2]], True, "must be rectangular"),
        (lambda x: x[0] - np.inf, True, r"be bounded below, but is -inf at x = \[0.0, 1.0\]"),
        (lambda x: x[5], True, "raised IndexError at 3 points"),
    ],
)
def test_bad_answers_are_named(fun, vectorized, message):
    with pytest.raises(ObjectiveFailedError, match=message):
        counted(fun, vectorized)(POINTS)


SCIPY = {
    "a number": lambda v: v,
    "a list of one": lambda v: [v],
    "an array of one": lambda v: np.array([v]),
    "Fraction": lambda v: Fraction(v),
    "Decimal": lambda v: Decimal(v),
    "a large integer": lambda v: int(v * 2**80),
}


@pytest.mark.parametrize("kind", SCIPY)
@pytest.mark.parametrize("d", [1, 2])
def test_what_scipy_takes_as_an_answer(kind, d):
    box = CountedFunction(Function(lambda x: SCIPY[kind](float(x[0])), d, as_scipy=True))
    scale = 2**80 if kind == "a large integer" else 1
    assert box(POINTS[:, :d]).tolist() == [0.0, 2.0 * scale, 3.0 * scale]


@pytest.mark.parametrize("answer", [None, "1", 1j, np.ma.masked, np.datetime64("2020"), {}])
def test_what_is_no_answer_is_refused_never_cast(answer):
    for vectorized in (False, True):
        with pytest.raises(ObjectiveFailedError):
            counted(lambda x: answer, vectorized)(POINTS)


def test_further_arguments_are_one_or_a_tuple():
    for args in (5.0, (5.0,)):
        box, _ = read_search(lambda x, a: a * x[0], [(0, 1)] * 2, args)
        assert box(POINTS[:2]).tolist() == [0.0, 10.0]
    box, _ = read_search(lambda x, a: a @ x, [(0, 1)] * 2, np.array([1.0, 2.0]))
    assert box(POINTS[:2]).tolist() == [2.0, 0.0]
    box, _ = read_search(lambda x, y, a: a * x + y, [(0, 1)] * 2, 5.0)
    assert box(POINTS[:2]).tolist() == [1.0, 9.0]


def test_bounds_of_scipy_and_a_variable_that_is_fixed():
    _, box = read_search(np.sum, Bounds([0, -1], [1, 2]), ())
    assert box == ((0.0, 1.0), (-1.0, 2.0))
    _, box = read_search(np.sum, Bounds(0, 1), ())
    assert box == ((0.0, 1.0),)
    for bounds in ([(0, 1), (2, 2)], Bounds([0, 2], [1, 2])):
        with pytest.raises(ValueError, match=r"is fixed.* for x\[1\].*np.insert\(x, 1, 2"):
            read_search(np.sum, bounds, ())


def test_seeds_of_scipy():
    drawn = seed_of(np.random.default_rng(3))
    assert drawn == seed_of(np.random.default_rng(3)) != seed_of(np.random.default_rng(4))
    assert seed_of(np.random.RandomState(3)) == seed_of(np.random.RandomState(3))
    assert seed_of(np.random.PCG64(3)) == drawn and seed_of(np.int64(9)) == 9
    assert 0 <= seed_of(None) < 2**31
    for wrong in (1.5, "1", True):
        with pytest.raises(TypeError, match="`seed` must be an integer"):
            seed_of(wrong)


@pytest.mark.parametrize("search", [minimize, mqhoa, gradient_descent, simulated_annealing])
def test_every_search_takes_seed_and_rng(search):
    options = {"maxfev": 200}
    known = search(np.sum, [(0, 1)], seed=np.random.default_rng(3), **options)
    assert known.seed == seed_of(np.random.default_rng(3))
    for given in ({"rng": np.random.default_rng(3)}, {"seed": known.seed}, {"rng": known.seed}):
        assert search(np.sum, [(0, 1)], **given, **options).x == known.x
    with pytest.raises(ValueError, match="`rng` must be left out where `seed`"):
        search(np.sum, [(0, 1)], seed=1, rng=2, **options)


def test_callbacks_of_scipy():
    state = OptimizeResult(x=np.array([1.0]), agreement=0.25)
    seen = []
    call_back(lambda xk, convergence: seen.append((xk[0], convergence)), state)
    call_back(lambda xk, convergence=None: seen.append((xk[0], convergence)), state)
    call_back(lambda x: seen.append(x[0]), state)
    call_back(lambda *, intermediate_result: seen.append(intermediate_result), state)
    assert seen == [(1.0, 0.25), (1.0, 0.25), 1.0, state]
    for stop in (lambda x: True, lambda x, convergence: np.bool_(True)):
        with pytest.raises(StopIteration):
            call_back(stop, state)
    call_back(lambda x: x, state)
    with pytest.raises(TypeError, match="`callback` must take x, x and convergence"):
        call_back(lambda a, b, c: None, state)
