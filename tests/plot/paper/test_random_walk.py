"""Figure 3: walkers are where the kernel says, and drawn in the colour of their kernel."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import random_walk


def test_walkers_are_where_the_kernel_says(made):
    values = {name: p for name, p in made(3).facts.items() if name.startswith("Kolmogorov")}
    assert len(values) == 3
    for fact, value in values.items():
        assert value > 0.01, fact
    density = made(3).tables["density"]
    for name, values in density.items():
        if name != "x":
            assert values.sum() * 0.25 == pytest.approx(1, abs=2e-2), name


def test_turned_time_goes_from_dispersion_to_diffusion(made):
    """At 0 the packet has moved by 2 D k t and is ``sqrt(w^2 + (D t / w)^2)`` wide; at 90 it stays.

    There psi is the start folded with the Green's function: |psi|^2 has variance ``w^2 + D t``.
    """
    assert made(3).facts["largest error of the turned packet"] < 1e-6
    turned = made(3).tables["turned"]
    x, step = turned["x"], turned["x"][1] - turned["x"][0]
    moments = []
    for name in ("theta = 0", "theta = 90"):
        weight = turned[name] * step
        mean = weight @ x
        moments.append((mean, np.sqrt(weight @ (x - mean) ** 2)))
    w, d, k, t = 0.8, 0.5, 1.5, 3.0
    assert moments[0] == pytest.approx((2 * d * k * t, np.hypot(w, d * t / w)), rel=1e-4)
    assert moments[1] == pytest.approx((0.0, np.sqrt(w**2 + d * t)), abs=1e-6)


def test_kernels_have_the_variance_of_diffusion(made):
    density = made(3).tables["density"]
    for tau in (0.5, 2.0):
        kernel = density[f"kernel, tau = {tau:g}"] * 0.25
        assert kernel @ density["x"] ** 2 == pytest.approx(2 * 0.5 * tau, rel=1e-2)


def test_paths_start_at_the_origin_and_spread_as_the_root_of_time(made):
    paths = made(3).tables["paths"]
    tau = paths["tau"]
    walkers = np.stack([values for name, values in paths.items() if name != "tau"])
    assert tau[0] == 0 and tau[-1] == pytest.approx(6)
    assert not walkers[:, 0].any()
    moves = np.diff(walkers, axis=1)
    assert moves.var() == pytest.approx(2 * 0.5 * (tau[1] - tau[0]), rel=0.15)


@pytest.mark.extra("plots")
def test_dots_have_the_colour_of_their_kernel(made, drawn):
    first, left, right = drawn(random_walk, made(3))
    assert [line.get_label()[-4:] for line in first.get_lines()][::3] == ["time", "time"]
    assert len(left.get_lines()) == 16
    lines = right.get_lines()
    for kernel, dots, tau in zip(lines[::2], lines[1::2], ("0.5", "2", "6"), strict=True):
        assert kernel.get_color() == dots.get_color()
        assert tau in dots.get_label()
        np.testing.assert_array_equal(
            kernel.get_ydata(), made(3).tables["density"][f"kernel, tau = {tau}"]
        )
