"""The figures show the numbers of the result, need no display and leave nothing behind."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from qdml_quantum import (
    Axis,
    Gaussian,
    Grid,
    Problem,
    Schedule,
    Stage,
    anneal,
    as_objective,
    evolve,
    relax,
)
from qdml_quantum.plot import (
    data,
    plot_energy,
    plot_map,
    plot_marginals,
    plot_schedule,
    plot_stage_maps,
    plot_stages,
    plot_success,
    save_figures,
    style,
)

PNG = b"\x89PNG\r\n\x1a\n"
GENTLE = Schedule.geometric((4, 0.2), num_stages=6, num_steps=8, time_step=0.1)


def problem(name, dimensions, qubits):
    objective = as_objective(name, dimensions)
    return Problem(Grid(objective.bounds, qubits), objective)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(style, "DPI", 50)


@pytest.fixture(scope="module")
def line():
    return anneal(Problem(Grid([(-2.5, 2.5)], 6), "double_well"), GENTLE, shots=4096, seed=1)


@pytest.fixture(scope="module")
def square():
    return anneal(problem("himmelblau", 2, [4, 3]), GENTLE, shots=500, seed=1)


@pytest.fixture(scope="module")
def cube():
    return anneal(problem("sphere", 3, [3, 2, 2]), GENTLE)


@pytest.fixture(scope="module")
def shots_only(line):
    """What a backend without state and stages returns."""
    return replace(
        line,
        state=None,
        stages=(),
        stage_probabilities=None,
        energy=None,
        energy_deviation=None,
        fidelity=None,
    )


def integral(line):
    x, values = line.get_data()
    return values.sum() * (x[1] - x[0])


def labelled(ax, words):
    (found,) = [one for one in ax.get_lines() if words in str(one.get_label())]
    return found


def densities(ax):
    """The twin of an Axes that `plot_stages` made."""
    return ax.figure.axes[1]


# ---------------------------------------------------------------- one axis


def test_every_density_integrates_to_one(line):
    twin = densities(plot_stages(line, max_curves=4))
    curves = twin.get_lines()
    assert len(curves) == 4 + 1  # stages, ground state
    assert [integral(curve) for curve in curves] == pytest.approx([1.0] * 5, abs=1e-9)
    (bars,) = twin.patches
    values, edges, _ = bars.get_data()
    assert (values * np.diff(edges)).sum() == pytest.approx(1)


def test_curves_are_the_stages(line):
    curves = densities(plot_stages(line, max_curves=3)).get_lines()
    dx = line.grid.axes[0].spacing
    for curve, number in zip(curves, [0, 2, 5], strict=False):
        assert np.allclose(curve.get_ydata() * dx, line.stage_probabilities[number], atol=1e-15)
    assert np.array_equal(curves[0].get_xdata(), line.grid.axes[0].points)
    ground = labelled(densities(plot_stages(line)), "ground state")
    assert np.allclose(ground.get_ydata() * dx, line.reference.state**2, atol=1e-15)
    assert ground.get_linestyle() == "--"


def test_histogram_is_the_counts(line):
    values, edges, _ = densities(plot_stages(line)).patches[0].get_data()
    assert np.allclose(values * np.diff(edges) * 4096, np.round(line.probabilities * 4096))
    assert np.allclose((edges[:-1] + edges[1:]) / 2, line.grid.axes[0].points)


def test_objective_and_minimizer_are_drawn_in_their_units(line):
    ax = plot_stages(line)
    curve, dots, stars = ax.get_lines()
    assert np.array_equal(dots.get_ydata(), line.problem.values)
    assert np.allclose(np.interp(dots.get_xdata(), *curve.get_data()), dots.get_ydata())
    assert stars.get_xdata() == pytest.approx(line.goal.minimizers[0])
    assert stars.get_ydata() == pytest.approx([line.problem.objective.minimum], abs=1e-4)
    low, high = ax.get_ylim()
    assert low < line.problem.values.min()
    assert high < line.problem.values.max()  # the walls do not hide the wells


def test_later_stages_are_darker(line):
    for result in (line, replace(line, stages=(line.stages[0],) * 6)):  # by D, by time
        scale, values, _ = style.stage_scale(result)
        light = [sum(scale.to_rgba(np.array(value))[:3]) for value in values]
        assert light == sorted(light, reverse=True)


@pytest.mark.parametrize("words", ["periodic box [-2.5, 2.5)", "dimensionless"])
def test_position_label(line, words):
    assert words in plot_stages(line).get_xlabel()


def test_headline_says_what_was_run_and_what_failed(line):
    title = plot_stages(line).get_title()
    assert title.startswith("double_well on 6 qubits: emulator, 48 strang steps in 6 stages")
    assert not line.passed
    failed = [check.name for check in line.checks if not check.passed]
    assert all(name in title for name in failed)
    passing = replace(line, checks=tuple(check for check in line.checks if check.passed))
    assert "failed" not in plot_stages(passing).get_title()


def test_name_with_dollars_is_no_formula():
    result = relax(Problem.from_table([3.0, 1.0, 0.0, 2.0], (0, 4), name=r"a $ \frac{ $"), 1.0)
    style.to_png(plot_stages(result).figure)


def test_large_grids_are_thinned():
    result = evolve(Problem(Grid([(-5.12, 5.12)], 16), "rastrigin"), GENTLE)
    ax = plot_stages(result, max_curves=1)
    assert max(one.get_xdata().size for one in ax.get_lines()) <= 2048
    (curve,) = densities(ax).get_lines()
    assert curve.get_xdata().size == 1024
    assert integral(curve) == pytest.approx(1)


def test_thinned_objective_keeps_its_extremes():
    spikes = np.zeros(1 << 14)
    spikes[[5000, 9001]] = [-1.0, 2.0]
    _, zeta = data.curve(Problem.from_table(spikes, (0, 1)), 0, 512)
    assert (zeta.min(), zeta.max(), zeta.size) == (-1.0, 2.0, 512)


def test_objective_that_fails_between_the_grid_points():
    def zeta(x):
        return np.where(np.isin(x, [0.0, 0.25, 0.5, 0.75]), x, np.nan)

    x, values = data.curve(Problem(Grid([(0, 1)], 2), zeta), 0, 64)
    assert np.array_equal(x, values)
    assert x.size == 4


# ---------------------------------------------------------------- several axes


def test_map_is_the_outcome(square):
    ax = plot_map(square)
    (image,) = ax.images
    cell = np.prod([axis.spacing for axis in square.grid.axes])
    assert np.allclose(image.get_array() * cell, square.probabilities.T)
    left, right, bottom, top = image.get_extent()
    x, y = square.grid.axes
    assert (left, bottom) == (x.lower - x.spacing / 2, y.lower - y.spacing / 2)
    assert (right - left, top - bottom) == (x.length, y.length)


def test_map_marks_minimizers_and_mode(square):
    ax = plot_map(square)
    stars = labelled(ax, "known minimizers").get_xydata()
    assert np.allclose(stars, sorted(square.goal.minimizers))
    assert np.allclose(labelled(ax, "most probable").get_xydata(), [square.minimizer])
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "90% of the ground state (imaginary time)" in words


def test_axes_of_the_map_can_be_chosen(square, cube):
    turned = plot_map(square, axes=(1, 0)).images[0].get_array()
    assert np.allclose(turned, plot_map(square).images[0].get_array().T)
    (image,) = plot_map(cube, axes=(2, 0)).images
    cell = cube.grid.axes[2].spacing * cube.grid.axes[0].spacing
    assert np.allclose(image.get_array() * cell, cube.probabilities.sum(axis=1))


def test_small_maps(square):
    figure = plot_stage_maps(square, max_panels=3)
    titles = [ax.get_title() for ax in figure.axes]
    assert [title.split(":")[0] for title in titles[:3]] == ["stage 1", "stage 3", "stage 6"]
    assert titles[3:] == ["measured (500 shots)", "ground state (imaginary time)"]
    cell = np.prod([axis.spacing for axis in square.grid.axes])
    assert [ax.images[0].get_array().sum() * cell for ax in figure.axes] == pytest.approx([1] * 5)


def test_marginals(cube):
    figure = plot_marginals(cube)
    panels = [ax for ax in figure.axes if "marginal" in ax.get_ylabel()]
    assert len(panels) == 3
    for axis, ax in enumerate(panels):
        last = labelled(ax, "last stage")
        assert integral(last) == pytest.approx(1)
        others = tuple(i for i in range(3) if i != axis)
        marginal = (np.abs(cube.state) ** 2).sum(axis=others)
        assert np.allclose(last.get_ydata() * cube.grid.axes[axis].spacing, marginal)
    dots = figure.axes[0].get_lines()[1]
    assert np.array_equal(dots.get_ydata(), cube.problem.values.min(axis=(1, 2)))


def test_wrong_dimension_is_said(line, square, cube):
    with pytest.raises(ValueError, match=r"`axis`.*2 axes.*`plot_map`"):
        plot_stages(square)
    with pytest.raises(ValueError, match="`axis` must be an axis, 0 to 1, but is 2"):
        plot_stages(square, axis=2)
    for draw in (plot_map, plot_stage_maps):
        with pytest.raises(ValueError, match=r"two or more axes.*`plot_stages`"):
            draw(line)
        with pytest.raises(ValueError, match=r"`axes`.*missing.*`plot_marginals`"):
            draw(cube)
    with pytest.raises(ValueError, match="name two of the 3 axes"):
        plot_map(cube, axes=(1, 1))
    with pytest.raises(ValueError, match="`axes` must be an axis, 0 to 2, but is 3"):
        plot_map(cube, axes=(0, 3))
    with pytest.raises(ValueError, match="`max_curves` must be at least 1"):
        plot_stages(line, max_curves=0)


# ---------------------------------------------------------------- energy, success, schedule


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


# ---------------------------------------------------------------- files


def names(paths):
    return [path.name for path in paths]


def test_files(line, square, cube, tmp_path):
    expected = {"stages.png", "energy.png"}
    for result, more in ((line, set()), (square, {"map.png"}), (cube, set())):
        folder = tmp_path / "deep" / result.problem.objective.name
        paths = save_figures(result, folder)
        assert set(names(paths)) == expected | more
        assert sorted(names(folder.iterdir())) == sorted(names(paths))  # no temporary files
        for path in paths:
            content = path.read_bytes()
            assert content.startswith(PNG)
            assert content.endswith(b"IEND\xaeB`\x82")
            assert len(content) > 5_000


def test_same_result_same_bytes(line):
    first, second = (style.to_png(plot_stages(line).figure) for _ in range(2))
    assert first == second


def test_counts_only(shots_only, tmp_path):
    assert names(save_figures(shots_only, tmp_path)) == ["stages.png"]
    twin = densities(plot_stages(shots_only))
    assert labelled(twin, "uniform").get_ydata()[0] == pytest.approx(1 / 5)
    assert integral(labelled(twin, "ground state")) == pytest.approx(1)
    assert len(twin.patches) == 1


FLAT = Problem(Grid([(-1, 1)], 3), "0*x")
FLAT_SQUARE = Problem(Grid([(-1, 1), (0, 2)], 2), lambda x, y: 0 * x * y)
HARMONIC = Problem(Grid([(-4, 4)], 4), "harmonic")
NARROW = Problem(Grid([(-40, 40), (0, 1)], 3), "sphere")
TO_ZERO = Schedule.linear((1, 0), num_stages=3, num_steps=2, step_exponent=0)


def steady(num_stages):
    return Schedule.constant(0.5, num_steps=2, time_step=0.1, num_stages=num_stages)


ODD = {
    "flat": lambda: anneal(FLAT, GENTLE),
    "flat 2-D": lambda: evolve(FLAT_SQUARE, GENTLE),
    "one qubit": lambda: anneal(Problem(Grid([(-4, 4)], 1), "harmonic"), GENTLE, shots=9, seed=1),
    "one stage": lambda: evolve(HARMONIC, steady(1)),
    "constant D": lambda: evolve(HARMONIC, steady(3), initial=Gaussian(center=1.0, width=0.5)),
    "D to 0": lambda: evolve(HARMONIC, TO_ZERO),
    "relax": lambda: relax(HARMONIC, 0.5),
    "narrow box": lambda: relax(NARROW, 0.5),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_results_are_drawn(name, tmp_path, recwarn):
    result = ODD[name]()
    recwarn.clear()
    assert save_figures(result, tmp_path)
    assert not [str(warning.message) for warning in recwarn]


def test_loaded_result_is_drawn(line, tmp_path):
    loaded = type(line).load(line.save(tmp_path))
    assert len(save_figures(loaded, tmp_path)) == 2


def test_draws_into_axes_that_are_given(line, square):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot_stages(line, left) is left
    assert plot_map(square, right) is right
    assert plot_energy(line, Figure().add_subplot()).figure is not figure
    style.to_png(figure)


HEADLESS = """
import sys, tempfile
import qdml_quantum as q
from qdml_quantum.plot import save_figures
result = q.evolve(q.Problem(q.Grid([(-4, 4)], 3), "harmonic"), q.Schedule.constant(
    1.0, num_steps=1, time_step=0.1))
with tempfile.TemporaryDirectory() as folder:
    assert len(save_figures(result, folder)) == 2
assert "matplotlib.pyplot" not in sys.modules
assert "qiskit" not in sys.modules
"""

MISSING = """
import sys
sys.modules["matplotlib"] = None
import qdml_quantum
try:
    from qdml_quantum.plot import plot_stages
except ModuleNotFoundError as error:
    assert 'pip install "qdml-quantum[plots]"' in str(error), error
else:
    raise SystemExit("no error")
"""


@pytest.mark.parametrize("code", [HEADLESS, MISSING], ids=["headless", "missing"])
def test_in_a_fresh_interpreter(code):
    hidden = ("DISPLAY", "MPLBACKEND")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_levels_split_the_area():
    values = np.random.default_rng(1).exponential(size=4000)
    cuts = data.levels(values, 3)
    assert [(values < cut).mean() for cut in cuts] == pytest.approx([0.25, 0.5, 0.75], abs=1e-3)


def test_density_of_joined_cells():
    p = np.random.default_rng(1).random((8, 4))
    values, (x, y) = data.density(p / p.sum(), [Axis(0, 4, 3), Axis(-1, 1, 2)], 4)
    assert values.shape == (4, 4)
    assert values.sum() * (x[1] - x[0]) * (y[1] - y[0]) == pytest.approx(1)


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
