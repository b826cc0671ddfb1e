"""When starts agree, and what is said of it."""

import json

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from qdml_quantum.optimize.space import Space
from qdml_quantum.optimize.verdict import Agreement, Ended, plain

SPACE = Space(((-10.0, 10.0), (0.0, 1.0)), None)


def ended(x, fun=1.0, fitted=False, measured=None):
    return Ended(x, fun, measured or x, fun, 0.0, 3, 100, fitted)


def result(x, *starts):
    windows = (OptimizeResult(fun=5.0),)
    return OptimizeResult(x=np.array(x), fun=1.0, starts=starts, windows=windows)


@pytest.mark.parametrize(
    ("away", "exact", "agrees"),
    [(0.0019, True, True), (0.0021, True, False), (0.99, False, True), (1.01, False, False)],
)
def test_the_radius_is_a_part_of_the_box(away, exact, agrees):
    """1e-4 of the box, which is 20 wide, after a polish; 0.05 without."""
    agreement = Agreement(SPACE, 2, exact)
    two = (ended((1.0, 0.5)), ended((1.0 + away, 0.5)))
    assert agreement.count(two, np.array([1.0, 0.5])) == 1 + agrees
    status, words = agreement.verdict(result([1.0, 0.5], *two))
    assert status == (0 if agrees else 8)
    assert ("never seen" in words) == agrees


def test_starts_that_a_bowl_led_are_one():
    """Their bowls are the same one, so that they confirm nothing to each other."""
    x, led = (1.0, 0.5), ended((1.0, 0.5), fitted=True, measured=(2.1, 0.5))
    agreement = Agreement(SPACE, 4, True)
    for starts, agreeing in (((led, led, led), 1), ((led, ended(x)), 2), ((ended(x), ended(x)), 2)):
        assert agreement.count(starts, np.array(x)) == agreeing
    status, words = agreement.verdict(result(x, led, led, led))
    assert status == 8
    assert "3 were led there by a bowl through their values, and count as 1:" in words


def test_with_noise_every_start_has_a_bowl_of_its_own():
    """Made from values of that start alone; what a bowl does not see is said."""
    x, led = (1.0, 0.5), ended((1.0, 0.5), fitted=True, measured=(4.0, 0.9))
    agreement = Agreement(SPACE, 4, False)
    assert agreement.count((led, led, ended((9.0, 0.9))), np.array(x)) == 2
    status, words = agreement.verdict(result(x, led, led, ended((9.0, 0.9))))
    assert status == 0
    assert "2 at the bottom of a bowl through its values, in which ripples" in words
    assert "ripples" not in agreement.verdict(result(x, ended(x), ended(x)))[1]


def test_windows_that_closed_in_on_the_region_confirm_what_a_bowl_finds_there():
    """Within a twentieth of the box, here 1 of 20 and 0.05 of 1, along every axis."""
    x, far = (1.0, 0.5), ended((1.0, 0.5), fitted=True, measured=(1.0, 0.56))
    near = [ended(x, fitted=True, measured=other) for other in ((1.9, 0.5), (0.1, 0.46))]
    agreement = Agreement(SPACE, 4, True)
    assert agreement.count((far, far, near[0]), np.array(x)) == 1  # one by itself, led by one bowl
    assert agreement.count((far, *near), np.array(x)) == 2
    status, words = agreement.verdict(result(x, far, *near))
    assert status == 0
    assert "and count as 2: so many had measured their best point near it" in words


def test_one_start_confirms_nothing_and_edges_and_equals_are_said():
    status, words = Agreement(SPACE, 1, True).verdict(result([1.0, 0.5], ended((1.0, 0.5))))
    assert status == 1
    assert "1 of 1 ended within 0.0001" in words and "edge" not in words
    _, words = Agreement(SPACE, 2, True).verdict(result([1.0, 1.0], ended((1.0, 1.0))))
    assert "It lies at the edge of the box" in words
    three = (ended((1.0, 0.5)), ended((-4.0, 0.5)), ended((2.0, 0.5), 3.0))
    _, words = Agreement(SPACE, 3, True).verdict(result([1.0, 0.5], *three))
    assert "1 more ended at another point of the same value" in words


def test_plain_json():
    found = result([1.0, np.nan], ended((1.0, 0.5)))
    data = json.loads(json.dumps(plain(found), allow_nan=False))
    assert data["x"] == [1.0, None]
    assert data["starts"][0]["num_windows"] == 3
