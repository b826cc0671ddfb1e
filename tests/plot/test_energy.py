"""Energy, success and schedule are those of the records."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from figures import densities, labelled

from qdml_quantum import (
    Grid,
    Problem,
    Schedule,
    Stage,
    anneal,
)
from qdml_quantum.plot import (
    plot_energy,
    plot_schedule,
    plot_success,
)

pytestmark = pytest.mark.usefixtures("quick")

GENTLE = Schedule.geometric((4, 0.2), num_stages=6, num_steps=8, time_step=0.1)


def reference_line(ax):
    return labelled(ax, "ground state").get_ydata()


def test_energies_are_those_of_the_records():
    result = anneal(Problem(Grid([(-4, 4)], 4), "harmonic"), steady(3))
    ax = plot_energy(result)
    assert ax.get_yscale() == "linear"
    numbers, energies = ax.get_lines()[0].get_data()
    assert list(numbers) == [1, 2, 3]
    assert list(energies) == [stage.energy for stage in result.stages]
    assert list(reference_line(ax)) == [result.reference.energy] * 2
    band = ax.collections[0].get_datalim(ax.transData).intervaly
    assert band[1] == max(stage.energy + stage.deviation for stage in result.stages)
    twin = densities(ax)
    assert list(twin.get_lines()[0].get_ydata()) == [s.diffusion for s in result.stages]


def test_energies_that_dwarf_the_last_are_drawn_logarithmically():
    hot = Schedule.geometric((30, 0.05), num_stages=4, num_steps=5, time_step=1.5, step_exponent=0)
    result = anneal(Problem(Grid([(-2.5, 2.5)], 5), "double_well"), hot)
    energies = np.array([stage.energy for stage in result.stages])
    lowest = result.problem.values.min()
    assert energies[0] > 300 * (result.reference.energy - lowest)
    ax = plot_energy(result)
    assert ax.get_yscale() == "log"
    assert np.allclose(ax.get_lines()[0].get_ydata() + lowest, energies, rtol=1e-14)
    assert reference_line(ax) + lowest == pytest.approx([result.reference.energy] * 2)
    low, high = ax.get_ylim()
    assert low < result.reference.energy - lowest < energies[0] - lowest < high


def test_success(line):
    ax = plot_success(line)
    assert list(ax.get_lines()[0].get_ydata()) == [stage.success for stage in line.stages]
    assert labelled(ax, "uniform").get_ydata()[0] == line.goal.baseline
    assert reference_line(ax)[0] == line.reference.success
    (bar,) = ax.containers
    ends = bar.lines[2][0].get_segments()[0][:, 1]
    assert ends == pytest.approx([line.success.low, line.success.high])


def test_schedule():
    ax = plot_schedule(GENTLE)
    values, edges, _ = ax.patches[0].get_data()
    assert list(values) == [stage.diffusion for stage in GENTLE.stages]
    assert list(edges) == [0, 8, 16, 24, 32, 40, 48]
    steps = densities(ax).patches[0].get_data().values
    assert list(steps) == [stage.time_step for stage in GENTLE.stages]


@pytest.mark.parametrize("draw", [plot_energy, plot_success])
def test_no_stages_is_said(shots_only, draw):
    with pytest.raises(ValueError, match=r"must have stages.*`plot_stages`"):
        draw(shots_only)


def test_schedule_shows_where_qubits_join():
    stages = [Stage(2.0, 0.1, 3, coarse=2), Stage(1.0, 0.1, 2, coarse=1), Stage(0.5, 0.1, 4)]
    ax = plot_schedule(Schedule(tuple(stages)))
    assert [line.get_xdata()[0] for line in ax.lines] == [3, 5]
    assert [text.get_text().strip() for text in ax.texts] == ["2 → 1 idle", "1 → 0 idle"]


def test_schedule_shows_which_axes_qubits_join():
    stages = [Stage(2.0, 0.1, 3, coarse=c) for c in (2, (1, 0), (1, 0), 0)]
    ax = plot_schedule(Schedule(tuple(stages)))
    assert [line.get_xdata()[0] for line in ax.lines] == [3, 9]
    assert [text.get_text().strip() for text in ax.texts] == ["2 → (1, 0) idle", "(1, 0) → 0 idle"]


def steady(num_stages):
    return Schedule.constant(0.5, num_steps=2, time_step=0.1, num_stages=num_stages)


def test_folded_phases_stand_below_the_steps():
    folds = (((0.1, -0.2), (0.3,)), (), ((0.1,), (0.4,)))
    stages = tuple(Stage(1.0, 0.2, 1, fold=fold) for fold in folds)
    ax = plot_schedule(Schedule(stages, goal=0.1))
    (below,) = ax.child_axes
    labels = [text.get_text() for text in below.get_legend().get_texts()]
    assert labels == ["$c_1$ of $x_1$", "$c_2$ of $x_1$", "$c_1$ of $x_2$"]
    values = [patch.get_data().values.tolist() for patch in below.patches]
    assert values == [[0.1, 0.0, 0.1], [-0.2, 0.0, 0.0], [0.3, 0.0, 0.4]]
    plain = Schedule(tuple(Stage(1.0, 0.2, 1) for _ in folds), goal=0.1)
    assert not plot_schedule(plain).child_axes
