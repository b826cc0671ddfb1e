"""What all figures share: colours, headlines, words that are no formulas."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("matplotlib")


from qdml_quantum import (
    Problem,
    relax,
)
from qdml_quantum.plot import (
    plot_energy,
    plot_map,
    plot_marginals,
    plot_stages,
    plot_success,
    style,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_later_stages_are_darker(line):
    for result in (line, replace(line, stages=(line.stages[0],) * 6)):  # by D, by time
        scale, values, _ = style.stage_scale(result)
        light = [sum(scale.to_rgba(np.array(value))[:3]) for value in values]
        assert light == sorted(light, reverse=True)


def test_headline_says_what_was_run_and_what_failed(line):
    title = plot_stages(line).get_title()
    first, second, *rest = title.split("\n")
    assert first == "Where the packet is, stage by stage"
    near = f"{100 * line.success_probability:.2g} % near the minimum, chance 20 %"
    assert second == f"double_well on 6 qubits, emulator: {near}"
    assert not line.passed
    failed = [check.name.replace("_", " ") for check in line.failed]
    assert all(name in " ".join(rest) for name in failed)
    passing = replace(line, checks=tuple(check for check in line.checks if check.passed))
    assert "not to be trusted" not in plot_stages(passing).get_title()
    assert not {"_", "strang", "->"} & set(first.split())


@pytest.mark.parametrize("draw", [plot_stages, plot_energy, plot_success, plot_map])
def test_legends_cover_no_curve(draw, line, square):
    ax = draw(square if draw is plot_map else line)
    ax.figure.draw_without_rendering()
    legend = ax.get_legend().get_window_extent()
    for other in ax.figure.axes:
        assert not legend.overlaps(other.get_window_extent())
    words = ax.xaxis.label.get_window_extent()
    assert legend.y1 < words.y0


def test_name_with_dollars_is_no_formula():
    result = relax(Problem.from_table([3.0, 1.0, 0.0, 2.0], (0, 4), name=r"a $ \frac{ $"), 1.0)
    style.to_png(plot_stages(result).figure)


def test_a_notebook_shows_a_figure_once_and_no_echo(line):
    """What a cell ends in is shown by `_repr_png_`; pyplot, which also would, has nothing."""
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    for shown in (plot_stages(line), plot_marginals(line), plot_energy(line), plot_success(line)):
        png, about = shown._repr_png_()
        assert png[1:4] == b"PNG"
        assert about["width"] > 300
    assert plt.get_fignums() == before
    figure, own = plt.subplots()
    assert plot_stages(line, own) is own
    assert not hasattr(own, "_repr_png_")
    plt.close(figure)
