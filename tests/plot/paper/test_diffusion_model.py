"""Figure 5: the directions above, one level against falling levels below, each in its own words."""

import pytest

pytest.importorskip("matplotlib")

from qdml_quantum.plot.paper import diffusion_model


@pytest.mark.slow
@pytest.mark.extra("plots")
def test_two_rows_of_panels(made, drawn):
    axes = drawn(diffusion_model, made(5))
    titles = [ax.get_title() for ax in axes]
    assert titles[0] == "no noise" and titles[4:] == ["lowest level only", "annealed", ""]
    heights = [ax.get_position().y0 for ax in axes]
    assert min(heights[:4]) > max(heights[4:])
