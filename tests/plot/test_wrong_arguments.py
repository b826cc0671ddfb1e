"""What is no result, schedule, circuit, comparison or Axes is refused by name, in one sentence."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from qdml_quantum import Schedule, plot

OWN = {
    "darken": ("figure", "a Figure"),
    "plot_benchmark": ("made", "a Benchmark"),
    "plot_circuit": ("circuit", "a QuantumCircuit"),
    "plot_comparison": ("comparison", "a Comparison"),
    "plot_schedule": ("schedule", "a Schedule"),
    "plot_self_test": ("test", "a SelfTest"),
    "plot_evolution": ("evolution", "an Evolution"),
    "plot_gap": ("estimate", "a GapEstimate"),
    "plot_sweep": ("table", "an AnnealTable"),
}
FIRST = {name: OWN.get(name, ("result", "a Result")) for name in plot.__all__}
FIGURE = Figure()
SCHEDULE = Schedule.geometric((4, 0.2), num_stages=3)
WRONG = ["x", None, 3, np.zeros(4), {"result": 1}, SCHEDULE, Schedule, FIGURE]


@pytest.mark.parametrize("name", plot.__all__)
def test_the_thing_to_draw_has_the_right_type(name, tmp_path):
    argument, must = FIRST[name]
    more = (tmp_path / "a.gif",) if name in ("save_figures", "animate") else ()
    for wrong in WRONG:
        if wrong is {"plot_schedule": SCHEDULE, "darken": FIGURE}.get(name, 0):
            continue
        with pytest.raises(TypeError, match=f"^Argument `{argument}` must be {must}, but is "):
            getattr(plot, name)(wrong, *more)


@pytest.mark.parametrize(
    ("name", "option", "values"),
    [
        ("plot_stages", "ax", ["x", Figure(), [None]]),
        ("plot_stages", "max_curves", ["3", 2.5, None, True]),
        ("plot_stages", "axis", ["x", 0.5, True]),
        ("plot_marginals", "max_curves", ["3", 2.5]),
        ("plot_map", "axes", ["xy", 0, (0.5, 1), ("x", "y")]),
        ("plot_map", "ax", ["x", Figure()]),
        ("plot_stage_maps", "max_panels", ["3", 2.5, None]),
        ("plot_energy", "ax", ["x", Figure()]),
        ("plot_success", "ax", ["x", Figure()]),
        ("plot_device", "ax", ["x", Figure()]),
        ("save_figures", "folder", [None, 3, Figure()]),
    ],
)
def test_options_have_the_right_type(name, option, values, square):
    for value in values:
        with pytest.raises(TypeError, match=f"^Argument `{option}`"):
            getattr(plot, name)(square, **{option: value})
