"""A run inside the page: what is in it, how large it is, and that all of it is text."""

import base64
import html
import json
import re
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from qdml_quantum import (
    Compiler,
    Grid,
    Objective,
    Problem,
    Result,
    Schedule,
    anneal,
    fetch,
    plan,
    submit,
)
from qdml_quantum.runs import run_page
from qdml_quantum.runs.run_page import device_data
from qdml_quantum.teach.lab.page import lab_page

HOSTILE = "<img src=x onerror=alert(1)></script>"
SHORT = Schedule.geometric((4, 0.2), num_stages=6, num_steps=4, time_step=0.05)


def run(problem, **options):
    return anneal(problem, SHORT, backend="emulator", **options)


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), np.uint8)


def test_a_run_of_one_dimension_goes_on_in_the_page(tmp_path):
    result = run(Problem(Grid([(-2.5, 2.5)], 6), "double_well"), shots=500, seed=1)
    path = result.to_html(tmp_path / "run.html")
    page = path.read_text(encoding="utf-8")
    assert len(page.encode()) < 300_000
    data = data_of(page)
    assert data["title"] == "double_well"
    assert data["verdict"] == result.summary
    assert data["state"].startswith("#f=")
    assert len(data["stages"]) == 7
    assert data["stages"][-1]["label"] == "measured"
    bins = unpacked(data["stages"][-1]["axes"][0])
    assert bins.argmax() == result.probabilities.argmax() and bins.max() == 255
    re_part = np.frombuffer(base64.b64decode(data["final"]["re"]))
    np.testing.assert_array_equal(re_part, result.state.real)
    assert len(data["checks"]) == len(result.checks)
    assert all(check["remedy"] for check in data["checks"] if check["word"] == "FAIL")
    assert dict(data["facts"])["qubits"] == "6"


def test_a_formula_of_two_dimensions_goes_on_in_the_page():
    result = run(Problem(Grid([(-2, 2), (-1, 1)], 5), "x**2 + 2*y**2"), validate=False)
    data = data_of(result._page())
    assert data["state"].startswith("#f=x%2A%2A2")
    parts = [np.frombuffer(base64.b64decode(data["final"][k]), "<f4") for k in ("re", "im")]
    psi = parts[0].astype(float) + 1j * parts[1]
    psi /= np.linalg.norm(psi)  # as the page does
    assert abs(1 - abs(np.vdot(psi, result.state.ravel())) ** 2) < 1e-12


def test_a_run_of_two_dimensions_shows_both_axes_and_no_way_on():
    result = run(Problem(Grid([(-2, 2), (-1, 1)], [4, 8]), "x**2 + 2*y**2"), validate=False)
    data = data_of(result._page())
    assert (data["state"], data["final"]) == ("", None)
    assert [unpacked(axis).size for axis in data["stages"][0]["axes"]] == [16, 128]
    assert data["bounds"] == [[-2, 2], [-1, 1]]
    cells = unpacked(data["stages"][-1]["map"]["cells"]).reshape(32, 16)  # rows of x2
    where = np.unravel_index(cells.argmax(), cells.shape)
    peak = np.unravel_index(result.probabilities.argmax(), (16, 256))
    assert (where[1], where[0]) == (peak[0], peak[1] // 8)


def test_a_film_of_maps_stays_small():
    schedule = Schedule.geometric((4, 0.2), num_stages=200, num_steps=1, time_step=0.02)
    problem = Problem(Grid([(-5, 5), (-5, 5)], 6), "himmelblau")
    page = anneal(problem, schedule, backend="emulator", validate=False)._page()
    assert 24 < len(data_of(page)["stages"]) <= 61
    assert data_of(page)["final"]
    assert len(page.encode()) < 300_000


def test_many_stages_and_points_stay_small():
    schedule = Schedule.geometric((4, 0.2), num_stages=400, num_steps=1, time_step=0.02)
    problem = Problem(Grid([(-3, 3)], 11), "x**2")
    result = anneal(problem, schedule, backend="emulator", validate=False)
    page = result._page()
    assert len(data_of(page)["stages"]) == 121
    assert len(page.encode()) < 300_000


def test_names_are_text():
    objective = Objective(lambda x: x**2, 1, name=HOSTILE)
    page = run(Problem(Grid([(-1, 1)], 4), objective), validate=False)._page()
    assert page.count("<script") == 2 == page.count("</script>")
    assert "<img" not in page.replace(lab_page({"stages": [0]}), "")
    assert data_of(page)["title"] == HOSTILE


def test_a_notebook_shows_it_behind_a_sandbox():
    result = run(Problem(Grid([(-2, 2)], 4), "x**2"), validate=False)
    frame = result._repr_html_()
    assert 'sandbox="allow-scripts"' in frame
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == result._page()


def test_a_saved_run_is_shown(tmp_path):
    result = run(Problem(Grid([(-2, 2)], 4), "x**2"), validate=False)
    again = Result.load(result.save(tmp_path / "run"))
    left, right = data_of(result._page()), data_of(again._page())
    assert left["stages"] == right["stages"]
    assert left["final"] == right["final"]


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(OSError):
        run(Problem(Grid([(-2, 2)], 4), "x**2"), validate=False).to_html(tmp_path)


@pytest.fixture(scope="module")
def device_result(tmp_path_factory):
    """A fake device, with the anneal cut after every step."""
    pytest.importorskip("qiskit_ibm_runtime")
    well = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    schedule = Schedule.geometric((2, 0.3), num_stages=3, num_steps=1, time_step=0.2)
    compiler = Compiler("joint", effort=0.3)
    made = plan(well, schedule, backend="fake_fez", compiler=compiler, besides=("cuts",), shots=500)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QDML_LEDGER", str(tmp_path_factory.mktemp("ledger")))
        return fetch(submit(made))


@pytest.mark.extra("hardware")
def test_a_device_is_laid_beside_what_it_should_have_given(device_result):
    data = data_of(device_result._page())["device"]
    np.testing.assert_allclose(data["measured"], device_result.probabilities, atol=1e-4)
    ideal = device_result.device.plan.ideal["position"]
    np.testing.assert_allclose(data["ideal"], ideal, atol=1e-4)
    assert np.isclose(sum(data["predicted"]), 1, atol=1e-3)
    assert all(
        a <= b <= c for a, b, c in zip(data["low"], data["measured"], data["high"], strict=True)
    )
    assert [cut["step"] for cut in data["cuts"]] == [1, 2, 3]
    last = data["cuts"][-1]
    assert np.isclose(last["value"], device_result.success_probability)
    assert np.isclose(last["ideal"], device_result.device.ideal_success)
    assert all(cut["low"] <= cut["value"] <= cut["high"] for cut in data["cuts"])


@pytest.mark.extra("hardware")
def test_points_of_two_dimensions_stand_by_falling_ideal_probability(device_result):
    device = device_result.device
    ideal = np.arange(32.0 * 32).reshape(32, 32)
    ideal /= ideal.sum()
    plan = SimpleNamespace(ideal={"position": ideal}, cuts=())
    run = SimpleNamespace(plan=plan, predicted=None, counts=device.counts)
    goal = SimpleNamespace(baseline=0.1)
    data = device_data(run, ideal, 100, goal)
    assert data["ranked"] and len(data["ideal"]) == 256
    assert data["ideal"] == sorted(data["ideal"], reverse=True)
    assert data["predicted"] is None


@pytest.mark.parametrize(
    ("grid", "function", "shape"),
    [
        (Grid([(-2, 2)], 8), lambda x: x**2, "rect"),
        (Grid([(-2, 2), (-1, 1)], [4, 6]), lambda x, y: x**2 + y**2, "circle"),
    ],
)
def test_a_notebook_that_is_not_trusted_has_a_picture(grid, function, shape):
    """No script, no request, and nothing of HTML but an image that stands for itself."""
    name = "<img src=x onerror=alert(1)>"
    result = run(Problem(grid, Objective(function, grid.dimensions, name=name)), validate=False)
    cell = result._repr_html_().partition("<details>")[0]
    (image,) = re.findall(r"<img [^>]*>", cell)
    assert "onerror" not in re.sub(r'alt="[^"]*"', "", image)
    drawn = base64.b64decode(re.search(r"base64,([^\"]*)", image)[1]).decode()
    assert drawn.count(f"<{shape}") > 10
    assert "script" not in drawn and "href" not in drawn
    tree = ElementTree.fromstring(drawn)
    assert tree.attrib["width"]


def test_more_dimensions_have_no_picture():
    result = run(Problem(Grid([(-2, 2)] * 3, 2), "x**2 + y**2 + z**2"), validate=False)
    assert "<img" not in result._repr_html_().partition("<details>")[0]


def test_a_page_that_is_too_large_for_a_cell_is_named(monkeypatch):
    result = run(Problem(Grid([(-2, 2)], 4), "x**2"), validate=False)
    monkeypatch.setattr(run_page, "LARGEST", 1000)
    cell = result._repr_html_()
    assert "<iframe" not in cell and "to_html" in cell
