"""Figure 3: walkers are where the kernel says, and drawn in the colour of their kernel."""

import numpy as np
import pytest

from qdml_quantum.paper import random_walk


def test_walkers_are_where_the_kernel_says(made):
    for fact, value in made(3).facts.items():
        assert value > 0.01, fact
    density = made(3).tables["density"]
    for name, values in density.items():
        if name != "x":
            assert values.sum() * 0.25 == pytest.approx(1, abs=2e-2), name


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
    left, right = drawn(random_walk, made(3))
    assert len(left.get_lines()) == 16
    lines = right.get_lines()
    for kernel, dots, tau in zip(lines[::2], lines[1::2], ("0.5", "2", "6"), strict=True):
        assert kernel.get_color() == dots.get_color()
        assert tau in dots.get_label()
        np.testing.assert_array_equal(
            kernel.get_ydata(), made(3).tables["density"][f"kernel, tau = {tau}"]
        )
