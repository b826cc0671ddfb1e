"""Names, formulas, arrays and functions of states."""

import numpy as np
import pytest

from qdml_quantum import Gaussian, Grid, Hamiltonian, Problem, moments_of
from qdml_quantum.runs.observables import Moment, hamiltonian_spread, read_observables

PLANE = Problem(Grid([(-4, 4), (-3, 3)], [5, 4]), "x**2 + 2*y**2 + x*y")
PSI = Gaussian([0.5, -0.2], [0.6, 0.5], [1.0, -0.5]).amplitudes(PLANE.grid)


def moment(psi=PSI, problem=PLANE, time=2.0):
    return Moment(time, psi, problem, 0.7)


def read(observable, psi=PSI, problem=PLANE):
    ((_, one),) = read_observables(observable, problem.grid).items()
    return one(moment(psi, problem))


@pytest.mark.parametrize(
    ("name", "axis", "field"),
    [
        ("x", 0, "center"),
        ("y", 1, "center"),
        ("x2", 1, "center"),
        ("p", 0, "momentum"),
        ("p1", 0, "momentum"),
        ("p2", 1, "momentum"),
        ("x_width", 0, "width"),
        ("y_width", 1, "width"),
        ("x2_width", 1, "width"),
    ],
)
def test_means_and_widths_are_those_of_the_moments(name, axis, field):
    assert read(name) == pytest.approx(getattr(moments_of(PSI, PLANE.grid, axis), field), abs=1e-12)


def test_energy_is_that_of_the_hamiltonian():
    assert read("energy") == pytest.approx(Hamiltonian(PLANE, 0.7).energy(PSI), abs=1e-10)
    spread = np.sqrt(Hamiltonian(PLANE, 0.7).variance(PSI))
    assert hamiltonian_spread(moment()) == pytest.approx(spread)


def test_means_are_of_the_normalised_state_and_probabilities_are_not():
    half = PSI / np.sqrt(2)
    assert read("norm", half) == pytest.approx(0.5)
    assert read("x", half) == pytest.approx(read("x"))
    assert read("energy", half) == pytest.approx(read("energy"))
    assert read("x < 0.5", half) == pytest.approx(read("x < 0.5") / 2)


@pytest.mark.parametrize("text", ["x2 > -0.25", "y>-0.25", " y > -2.5e-1 "])
def test_sides_are_sums_of_probabilities(text):
    inside = PLANE.grid.axes[1].points > -0.25
    assert read(text) == pytest.approx((np.abs(PSI) ** 2)[:, inside].sum())


def test_formulas_arrays_and_functions():
    x, y = PLANE.grid.coordinates()
    exact = (np.abs(PSI) ** 2 * x * y**2).sum()
    assert read("x*y**2") == pytest.approx(exact)
    assert read("x1*x2**2") == pytest.approx(exact)
    table = np.broadcast_to(x * y**2, PLANE.grid.shape)
    assert read({"mine": table}) == pytest.approx(exact)
    assert read(lambda t, psi: t * abs(psi[0, 0])) == pytest.approx(2 * abs(PSI[0, 0]))


def corner(t, psi):
    return psi[0, 0]


def test_functions_have_their_names():
    assert list(read_observables(("x", corner), PLANE.grid)) == ["x", "corner"]


@pytest.mark.parametrize(
    ("error", "words", "observables"),
    [
        (ValueError, "be of the coordinates x1, x2", "x3"),
        (ValueError, "be of the coordinates x1, x2", "z < 1"),
        (ValueError, "be of the coordinates x1, x2", "p3"),
        (ValueError, "be names, or formulas", "momentum"),
        (ValueError, "be names, or formulas", "level"),
        (ValueError, "entropy between an axis", "entropy3"),
        (ValueError, "names of their own, but is 'x' twice", ("x", "x")),
        (ValueError, "have the shape of the grid", {"mine": np.ones(3)}),
        (TypeError, "hold names, formulas or functions", (3,)),
        (TypeError, "hold real numbers", {"mine": ["a"]}),
    ],
)
def test_what_cannot_be_read_is_refused(error, words, observables):
    with pytest.raises(error, match=words):
        read_observables(observables, PLANE.grid)


def test_one_axis_has_no_entropy():
    with pytest.raises(ValueError, match="entropy1 on a grid of 1"):
        read_observables("entropy", Grid([(0, 1)], 3))
