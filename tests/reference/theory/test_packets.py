"""Packets under Taylor polynomials: closed form against emulator, circuit and the true zeta."""

import math

import numpy as np
import pytest

from qdml_quantum import Gaussian, Grid, Problem, Schedule, anneal, as_objective, evolve
from qdml_quantum.objectives.taylor import taylor
from qdml_quantum.reference.theory.packets import Moments, moments_of, packet_moments

D = 0.5


def moved(zeta, start, time, *, num_steps, grid=None, formula="strang", diffusion=D):
    """Moments after real time on the grid."""
    grid = grid or Grid([(-16, 16)], 8)
    packet = Gaussian(start.center, start.width, start.momentum)
    schedule = Schedule.constant(diffusion, num_steps=num_steps, time_step=time / num_steps)
    return evolve(Problem(grid, zeta), schedule, initial=packet, formula=formula).state, grid


def assert_close(found, expected, tolerance):
    for name in ("center", "momentum", "width"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=tolerance), name


@pytest.mark.parametrize("time", [0.0, 1.0, 3.0])
def test_a_free_packet_disperses(time):
    """Measured difference: 3e-12."""
    start = Moments(-3.0, 1.5, 1.2)
    state, grid = moved("0*x", start, max(time, 1e-9), num_steps=1)
    expected = packet_moments(start, D, time)
    assert expected.width**2 == pytest.approx(1.2**2 + (D * time / 1.2) ** 2)
    assert_close(moments_of(state, grid), expected, 1e-8)


def test_a_free_packet_disperses_in_the_circuit_on_aer():
    """The whole circuit: preparation, transforms, phases. Measured difference: 1e-13."""
    start, time, grid = Moments(-2.0, 1.0, 1.0), 2.0, Grid([(-12, 12)], 6)
    result = anneal(
        Problem(grid, "0*x"),
        Schedule.constant(D, num_steps=4, time_step=time / 4),
        initial=Gaussian(start.center, start.width, start.momentum),
        backend="aer",
        validate=False,
    )
    assert_close(moments_of(result.state, grid), packet_moments(start, D, time), 1e-6)


def test_a_slope_moves_the_packet_and_keeps_its_shape():
    """Ehrenfest ``d^2<x>/dt^2 = -2 D zeta'``; the step error of Strang is a phase.

    Measured difference: 2e-9.
    """
    start, slope, time = Moments(1.0, 0.0, 1.0), 0.7, 2.0
    state, grid = moved(f"{slope}*x", start, time, num_steps=8)
    expected = packet_moments(start, D, time, slope=slope)
    assert expected.center == pytest.approx(1.0 - D * slope * time**2)
    assert expected.width == packet_moments(start, D, time).width
    assert_close(moments_of(state, grid), expected, 1e-6)


def test_the_printed_first_order_is_a_global_phase():
    """zeta'(x0) alone is a constant: the packet goes on as if it were free."""
    start, time = Moments(1.0, 0.5, 1.0), 2.0
    printed, _ = moved("0.7 + 0*x", start, time, num_steps=8)
    free, _ = moved("0*x", start, time, num_steps=8)
    assert abs(np.vdot(printed, free)) == pytest.approx(1, abs=1e-12)
    felt, _ = moved("0.7*x", start, time, num_steps=8)
    assert abs(np.vdot(felt, free)) < 0.9


@pytest.mark.parametrize("curvature", [0.8, -0.1])
def test_second_order_oscillates_or_runs_away(curvature):
    """Measured with 4th order and 400 steps: 3e-8."""
    start, time, origin, slope = Moments(1.0, 0.3, 0.9), 3.0, 0.5, 0.2
    zeta = f"{slope}*(x - {origin}) + {curvature / 2}*(x - {origin})**2"
    state, grid = moved(zeta, start, time, num_steps=400, formula="suzuki4")
    expected = packet_moments(start, D, time, slope=slope, curvature=curvature, origin=origin)
    assert_close(moments_of(state, grid), expected, 1e-6)


def test_an_oscillation_comes_back_after_its_period():
    start, curvature = Moments(1.0, 0.3, 0.9), 2.0
    period = 2 * math.pi / math.sqrt(2 * D * curvature)
    assert_close(packet_moments(start, D, period, curvature=curvature), start, 1e-12)


@pytest.mark.parametrize("curvature", [1e-14, -1e-14])
def test_weak_curvature_joins_the_slope(curvature):
    """The formula with ``w -> 0`` loses no digits."""
    start = Moments(1.0, 0.3, 0.9)
    near = packet_moments(start, D, 3.0, slope=0.4, curvature=curvature)
    assert_close(near, packet_moments(start, D, 3.0, slope=0.4), 1e-12)


def test_each_order_of_taylor_is_better_than_the_one_before():
    """A narrow heavy packet on a slope that bends: measured errors 0.12, 0.0042, 0.0012."""
    zeta = as_objective("20*cos(x)")
    start, grid = Moments(0.4, 0.0, 0.12), Grid([(-math.pi, math.pi)], 9)
    run = {"time": 1.0, "num_steps": 64, "grid": grid, "diffusion": 0.015}
    true = moments_of(moved(zeta, start, **run)[0], grid)
    errors = []
    for order in (0, 1, 2):
        state, _ = moved(taylor(zeta, [start.center], order), start, **run)
        errors.append(abs(moments_of(state, grid).center - true.center))
    assert errors[0] > 5 * errors[1]
    assert errors[1] > 2 * errors[2]


def test_moments_along_each_axis():
    grid = Grid([(-8, 8), (-6, 6)], [6, 5])
    psi = Gaussian((1.0, -0.5), (0.8, 0.9), (0.5, -1.0)).amplitudes(grid)
    for axis, expected in enumerate((Moments(1.0, 0.5, 0.8), Moments(-0.5, -1.0, 0.9))):
        assert_close(moments_of(psi, grid, axis), expected, 1e-6)


def test_a_width_of_nothing_is_refused():
    with pytest.raises(ValueError, match="width"):
        packet_moments(Moments(0.0, 0.0, 0.0), D, 1.0)
