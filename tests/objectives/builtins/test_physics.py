"""Potentials of physics: typed out in another form, and their levels in closed form."""

import numpy as np
import pytest

from qdml_quantum import Grid, Problem, eigenstates
from qdml_quantum.objectives import builtin, parse_formula
from qdml_quantum.objectives.builtins.physics import BUILTINS, muller_brown

FORMULAS = {
    "harmonic": "hypot(x, y)**2",
    "quartic": "x**4 + y**4",
    "double_well": "x**4 - 2*x**2 + 0.2*x + y**4 - 2*y**2 + 0.2*y + 2",
    "symmetric_double_well": "x**4 - 2*x**2 + y**4 - 2*y**2 + 2",
    "morse": "20 - 20*exp(-x) + 10*exp(-2*x) - 20*exp(-y) + 10*exp(-2*y)",
    "soft_coulomb": "-(1 + x**2 + y**2)**(-1/2)",
    "poschl_teller": "6*tanh(x)**2 + 6*tanh(y)**2 - 12",
    "pendulum": "2*sin(x/2)**2 + 2*sin(y/2)**2",
    "trapped_lattice": "0.1*(x**2 + y**2) + 2*sin(pi*x)**2 + 2*sin(pi*y)**2",
    "mexican_hat": "hypot(x, y)**4 - 2*hypot(x, y)**2 + 1 + x/5",
    "henon_heiles": "hypot(x, y)**2/2 + hypot(x, y)**3*sin(3*atan2(y, x))/3",
}


def test_every_potential_is_here():
    assert {entry.name for entry in BUILTINS} == {*FORMULAS, "muller_brown"}


@pytest.mark.parametrize("name", FORMULAS)
def test_potentials_are_their_formulas_in_another_form(name):
    x, y = np.random.default_rng(0).uniform(-2, 2, (2, 200))
    expected = parse_formula(FORMULAS[name])(x, y)
    np.testing.assert_allclose(builtin(name, 2)(x, y), expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    ("point", "value"),
    [
        ((-0.558, 1.442), -146.700),
        ((0.623, 0.028), -108.167),
        ((-0.050, 0.467), -80.768),
        ((-0.822, 0.624), -40.665),
        ((0.212, 0.293), -72.249),
    ],
)
def test_the_surface_of_mueller_and_brown_has_its_published_valleys_and_passes(point, value):
    assert muller_brown(*point) == pytest.approx(value, abs=5e-3)
    shifts = 0.05 * np.eye(2)
    slopes = [muller_brown(*(point + s)) - muller_brown(*(point - s)) for s in shifts]
    assert np.abs(slopes).max() < 5  # Of 100 and more halfway between two of them.


@pytest.mark.parametrize(
    ("name", "bounds", "diffusion", "levels"),
    [
        ("harmonic", (-6, 6), 0.25, [0.5, 1.5, 2.5]),
        ("poschl_teller", (-9, 9), 1.0, [-4.0, -1.0]),
        ("morse", (-2, 12), 1.0, [10**0.5 - 0.25, 3 * 10**0.5 - 2.25]),
    ],
)
def test_levels_are_those_of_the_textbook(name, bounds, diffusion, levels):
    problem = Problem(Grid([bounds], 7), name)
    energies = eigenstates(problem, diffusion, len(levels))[0]
    np.testing.assert_allclose(energies, levels, atol=2e-3)


def test_only_the_first_axis_of_the_hat_is_tilted():
    hat = builtin("mexican_hat", 3)
    assert hat(-1.0, 0.0, 0.0) == pytest.approx(-0.2)
    assert hat(0.0, 1.0, 0.0) == hat(0.0, 0.0, -1.0) == 0
    assert hat.minimizers[0][1:] == (0.0, 0.0)
