"""Figure 5, upper row: clouds of equal noise, forward and reverse, are alike, on one panel."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import noise_levels


def clouds(numbers):
    return {
        name: np.stack([table["x"], table["y"]], axis=1)
        for name, table in numbers.tables.items()
        if "y" in table
    }


def test_forward_and_reverse_have_equal_moments(made):
    points = clouds(made(5))
    pairs = [(name, name.replace("forward", "reverse")) for name in points if "forward" in name]
    assert len(pairs) == 3
    for ahead, back in [*pairs, ("data", "samples")]:
        spread = points[ahead].std()
        assert np.abs(points[ahead].mean(axis=0) - points[back].mean(axis=0)).max() < 0.2 * spread
        assert points[back].std() == pytest.approx(spread, rel=0.15)


def test_noise_adds_its_square_to_the_variance(made):
    points = clouds(made(5))
    data = points["data"].var(axis=0)
    for name, cloud in points.items():
        if name.startswith("forward"):
            sigma = float(name.split()[1])
            np.testing.assert_allclose(cloud.var(axis=0), data + sigma**2, rtol=0.15)


@pytest.mark.extra("plots")
def test_panels_go_from_no_noise_to_much(made, drawn):
    axes = drawn(noise_levels, made(5))
    assert axes[0].get_title() == "no noise"
    levels = [float(ax.get_title().strip("$").split("= ")[1]) for ax in axes[1:]]
    assert levels == sorted(levels)
    for ax, names in zip(axes, [("data", "samples"), (f"forward {levels[0]:.2f}",)], strict=False):
        for line, name in zip(ax.get_lines(), names, strict=False):
            np.testing.assert_array_equal(line.get_xydata(), clouds(made(5))[name])
