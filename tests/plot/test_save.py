"""Files: the same bytes every time, for odd results too, without a display."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("matplotlib")

from figures import densities, integral, labelled
from matplotlib.figure import Figure

from qdml_quantum import (
    Gaussian,
    Grid,
    Problem,
    Schedule,
    anneal,
    relax,
)
from qdml_quantum.plot import (
    plot_energy,
    plot_map,
    plot_stages,
    save_figures,
    style,
)

pytestmark = pytest.mark.usefixtures("quick")

GENTLE = Schedule.geometric((4, 0.2), num_stages=6, num_steps=8, time_step=0.1)

PNG = b"\x89PNG\r\n\x1a\n"


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
    "flat 2-D": lambda: anneal(FLAT_SQUARE, GENTLE, validate=False),
    "one qubit": lambda: anneal(Problem(Grid([(-4, 4)], 1), "harmonic"), GENTLE, shots=9, seed=1),
    "one stage": lambda: anneal(HARMONIC, steady(1), validate=False),
    "constant D": lambda: anneal(
        HARMONIC, steady(3), initial=Gaussian(center=1.0, width=0.5), validate=False
    ),
    "D to 0": lambda: anneal(HARMONIC, TO_ZERO, validate=False),
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
    assert names(save_figures(loaded, tmp_path, kind="svg")) == ["stages.svg", "energy.svg"]


def test_draws_into_axes_that_are_given(line, square):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot_stages(line, left) is left
    assert plot_map(square, right) is right
    assert plot_energy(line, Figure().add_subplot()).figure is not figure
    style.to_png(figure)


def test_figures_are_svg_where_it_is_asked_for(shots_only, tmp_path):
    options = {"kind": "svg", "dark": True}
    first = [path.read_bytes() for path in save_figures(shots_only, tmp_path, **options)]
    assert {path.suffix for path in tmp_path.iterdir()} == {".svg"}
    assert all(b"<svg" in content for content in first)
    assert first == [p.read_bytes() for p in save_figures(shots_only, tmp_path, **options)]
    with pytest.raises(ValueError, match=r"Unknown kind 'pdf'\. Choose from: png, svg"):
        save_figures(shots_only, tmp_path, kind="pdf")


HEADLESS = """
import sys, tempfile
import qdml_quantum as q
from qdml_quantum.plot import save_figures
result = q.anneal(q.Problem(q.Grid([(-4, 4)], 3), "harmonic"), q.Schedule.constant(
    1.0, num_steps=1, time_step=0.1), validate=False)
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
