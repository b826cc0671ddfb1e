"""Results: what they hold, how they print, and that they come back as they were saved."""

import dataclasses
import json
import math

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qdml_quantum.annealing.controls import measure_controls
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs.result import Result
from qdml_quantum.runs.run import anneal, relax
from qdml_quantum.support.check import Check
from qdml_quantum.support.estimate import Estimate
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import finite_json, write_sealed
from qdml_quantum.synthesis.circuits.circuit import build

WELL = Problem(Grid((-2.5, 2.5), 5), "double_well")
SCHEDULE = Schedule.geometric((20, 0.3), num_stages=4, num_steps=6, time_step=0.08)
TABLE = Problem.from_table(np.arange(16.0).reshape(4, 4) % 7, [(0, 1), (0, 1)])
KEYS = "minimizer minimum energy fidelity success_probability reference checks resources".split()
RUNS = {
    "anneal": lambda: anneal(WELL, SCHEDULE),
    "anneal with shots": lambda: anneal(WELL, SCHEDULE, shots=64, seed=1),
    "anneal without validation": lambda: anneal(WELL, SCHEDULE, validate=False),
    "without comparison": lambda: anneal(WELL, SCHEDULE, validate=False),
    "relax": lambda: relax(WELL, 0.3),
    "table": lambda: anneal(TABLE, SCHEDULE, validate=False),
    "callable": lambda: anneal(Problem(WELL.grid, lambda x: x**2), SCHEDULE, validate=False),
    "two axes": lambda: anneal(
        Problem(Grid([(-5, 5), (-4, 4)], [3, 2]), "ackley"), SCHEDULE, validate=False
    ),
}
runs = pytest.mark.parametrize("kind", sorted(RUNS))


@pytest.fixture(scope="module")
def results():
    return {kind: make() for kind, make in RUNS.items()}


def same(one, other):
    """Equal, arrays and NaN included."""
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other) and one.dtype == other.dtype
    if dataclasses.is_dataclass(one) and not isinstance(one, Problem):
        pairs = ((getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one))
        return type(one) is type(other) and all(same(a, b) for a, b in pairs)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (one != one and other != other)


@runs
def test_saved_and_loaded_is_the_same(tmp_path, results, kind):
    result = results[kind]
    loaded = Result.load(result.save(tmp_path / "run"))
    for field in dataclasses.fields(Result):
        if field.name not in ("anneal", "goal", "folder"):
            before, after = getattr(result, field.name), getattr(loaded, field.name)
            assert same(before, after), field.name
    assert loaded.goal.to_dict() == result.goal.to_dict()
    assert (loaded.anneal and loaded.anneal.to_dict()) == (
        result.anneal and result.anneal.to_dict()
    )
    assert loaded.to_dict() == result.to_dict() | {"folder": str(loaded.folder)}
    assert loaded.problem.grid == result.problem.grid
    assert np.array_equal(loaded.problem.values, result.problem.values)
    assert np.array_equal(loaded.probabilities, result.probabilities)
    assert loaded.problem.objective.name == result.problem.objective.name
    assert loaded.passed == result.passed
    assert loaded.folder == tmp_path / "run"


@runs
def test_json_has_the_promised_keys_and_no_nan(results, kind):
    text = results[kind].to_json()
    data = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert set(KEYS) <= set(data)
    assert data["minimizer"] == list(results[kind].minimizer)
    assert isinstance(data["success_probability"], float)
    for check in data["checks"]:
        assert {"name", "value", "limit", "passed", "meaning", "remedy"} <= set(check)


@runs
def test_saved_json_is_the_printed_json(tmp_path, results, kind):
    folder = results[kind].save(tmp_path / "run")
    saved = json.loads((folder / "result.json").read_text())
    assert len(saved.pop("arrays_sha256")) == len(saved.pop("sha256")) == 64
    assert saved == json.loads(results[kind].to_json())


@runs
def test_text_names_the_objective_the_grid_and_every_check(results, kind):
    text = str(results[kind])
    assert results[kind].problem.objective.name in text
    assert repr(results[kind].problem.grid) in text
    assert "success probability" in text
    for check in results[kind].checks:
        assert check.name in text
        assert check.passed or check.remedy in text
    assert repr(results[kind]).startswith("Result(")


@runs
def test_probabilities_are_a_histogram_on_the_grid(results, kind):
    p = results[kind].probabilities
    assert p.shape == results[kind].grid.shape
    assert p.sum() == pytest.approx(1, abs=1e-9)
    assert p.min() >= 0


def test_nan_and_infinity_become_null_and_come_back_as_nan(tmp_path, results):
    result = results["anneal"]
    broken = dataclasses.replace(result.checks[0], value=math.nan, passed=False)
    result = dataclasses.replace(result, checks=(broken,), energy_deviation=math.inf)
    data = json.loads(result.to_json())
    assert data["checks"][0]["value"] is None
    assert data["energy_deviation"] is None
    loaded = Result.load(result.save(tmp_path))
    assert math.isnan(loaded.checks[0].value)
    assert not loaded.passed


def test_finite_json_turns_everything_into_plain_data():
    given = {"a": np.float64(1.5), "b": (np.int64(2), [np.nan, -np.inf]), 3: np.bool_(True)}
    plain = finite_json(given)
    assert plain == {"a": 1.5, "b": [2, [None, None]], "3": True}
    assert json.dumps(plain, allow_nan=False)
    assert type(plain["3"]) is bool


def test_controls_of_few_steps_are_kept_and_slow_anneals_have_none(tmp_path, results):
    well = Problem(Grid([(-2.5, 2.5)], 4), "(x**2 - 1)**2 + 0.2*x")
    free = Schedule((Stage(2.0, 0.15, 1), Stage(0.5, 0.4, 1, fold=(0.1,))), goal=0.2)
    result = anneal(well, free)
    assert result.controls == measure_controls(well, free)
    assert result.controls.fidelity == pytest.approx(result.fidelity, abs=1e-5)
    assert Result.load(result.save(tmp_path)).controls == result.controls
    assert anneal(well, free, validate=False).controls is None
    assert anneal(well, Schedule.constant(0.2, num_steps=2, time_step=0.1)).controls is None


def test_passed_means_every_check_passed(results):
    result = results["anneal"]
    good = dataclasses.replace(result.checks[0], passed=True)
    bad = dataclasses.replace(good, passed=False)
    assert dataclasses.replace(result, checks=(good, good)).passed
    assert not dataclasses.replace(result, checks=(good, bad)).passed


def test_what_does_not_decide_is_for_information(results):
    result = results["anneal"]
    note = dataclasses.replace(result.checks[0], passed=False, decides=False)
    informed = dataclasses.replace(result, checks=(note,))
    assert informed.passed and informed.failed == () and informed.verdict == "every check passed"
    assert f"note  {note.name}" in str(informed)
    failed = dataclasses.replace(result, checks=(dataclasses.replace(note, decides=True),))
    assert not failed.passed and note.name in failed.verdict


def test_numbers_of_a_validated_anneal_belong_together(results):
    result = results["anneal"]
    assert result.fidelity == pytest.approx(fidelity(result.state, result.reference.state))
    assert result.energy >= result.reference.exact_energy - 1e-9
    assert result.success_probability == pytest.approx(result.stages[-1].success)
    assert result.energy == result.stages[-1].energy
    assert len(result.stages) == 4
    assert result.stage_probabilities.shape == (4, 32)
    assert np.allclose(result.stage_probabilities[-1], result.probabilities, atol=1e-14)
    assert result.diffusion == SCHEDULE.final_diffusion
    assert result.minimum == WELL.values[np.argmax(result.probabilities)]


@pytest.mark.parametrize("file", ["arrays.npz", "result.json"])
def test_a_truncated_file_is_refused(tmp_path, results, file):
    folder = results["anneal"].save(tmp_path)
    (folder / file).write_bytes((folder / file).read_bytes()[:-20])
    with pytest.raises(DamagedFileError, match=file):
        Result.load(folder)


@pytest.mark.parametrize("place", range(40, 1200, 61))
def test_one_changed_character_is_damage(tmp_path, results, place):
    """Digits too: a number that nobody measured is not read."""
    folder = results["anneal"].save(tmp_path)
    content = bytearray((folder / "result.json").read_bytes())
    content[place] = ord("7") if content[place] != ord("7") else ord("8")
    (folder / "result.json").write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"result\.json"):
        Result.load(folder)


def test_a_result_of_another_format_is_refused_in_words(tmp_path, results):
    folder = results["relax"].save(tmp_path)
    data = json.loads((folder / "result.json").read_text())
    data.pop("sha256")
    write_sealed(folder / "result.json", data | {"format": 1})
    with pytest.raises(DamagedFileError, match="has format 1, and this version reads 3"):
        Result.load(folder)


def test_arrays_of_another_result_are_refused(tmp_path, results):
    folder = results["anneal"].save(tmp_path / "a")
    other = results["relax"].save(tmp_path / "b")
    (folder / "arrays.npz").write_bytes((other / "arrays.npz").read_bytes())
    with pytest.raises(DamagedFileError, match="hash"):
        Result.load(folder)


def test_no_result_is_no_damage(tmp_path):
    with pytest.raises(FileNotFoundError):
        Result.load(tmp_path)


@pytest.mark.parametrize(
    "key", ["arrays_sha256", "problem", "success", "checks", "seed", "goal", "device"]
)
def test_a_json_file_without_a_key_is_damaged(tmp_path, results, key):
    folder = results["anneal"].save(tmp_path)
    data = json.loads((folder / "result.json").read_text())
    del data[key], data["sha256"]
    write_sealed(folder / "result.json", data)
    with pytest.raises(DamagedFileError, match=r"result\.json"):
        Result.load(folder)


def test_loading_runs_no_code_of_the_user(tmp_path):
    calls = []

    def spy(x):
        calls.append(1)
        return x**2

    folder = anneal(Problem(WELL.grid, spy), SCHEDULE, validate=False).save(tmp_path)
    before = len(calls)
    loaded = Result.load(folder)
    assert loaded.problem.values.min() == 0
    assert len(calls) == before
    assert not loaded.problem.objective.continuous


def test_the_state_vector_is_that_of_the_circuit():
    """A state of two axes in C order and one in register order are equal in size, not in order."""
    problem = Problem(Grid([(-2, 2), (-1, 3)], [2, 3]), "(x - 1)**2 + y**4 + x*y")
    schedule = Schedule.geometric((2, 0.3), num_stages=2, num_steps=2, time_step=0.1)
    result = anneal(problem, schedule, validate=False)
    circuit = Statevector(build(problem, schedule)).data
    assert fidelity(result.statevector(), circuit) == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match=r"result\.statevector"):
        fidelity(result.state, circuit)


def test_counts_have_no_state_vector(results):
    counted = dataclasses.replace(results["anneal"], state=None)
    with pytest.raises(ValueError, match="counts only"):
        counted.statevector()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("the minimizer", {"minimizer": (0.5,)}),
        ("the minimum", {"minimum": -123.0}),
        ("the success", {"success": Estimate.exact(0.999)}),
        ("the checks", {"checks": (Check("norm", 1.0, 0.0, True, "", ""),)}),
    ],
)
def test_a_file_that_contradicts_its_arrays_is_refused_though_it_is_sealed(
    tmp_path, results, name, change
):
    folder = dataclasses.replace(results["anneal"], **change).save(tmp_path)
    with pytest.raises(DamagedFileError, match=f"does not agree .* about {name}"):
        Result.load(folder)


def test_tables_and_figures_of_a_result():
    pandas, _ = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    result = anneal(WELL, SCHEDULE, validate=False)
    frame = result.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["diffusion"]) == [stage.diffusion for stage in SCHEDULE.stages]
    assert list(frame.index) == list(range(1, len(SCHEDULE.stages) + 1))
    data = result.to_xarray()
    assert np.array_equal(data["probability"], result.probabilities)
    assert data["stage_probability"].dims == ("stage", "x1")
    assert relax(WELL, 0.5).to_pandas().empty


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_a_result_draws_itself(dimensions):
    pytest.importorskip("matplotlib")
    bowl = Problem(Grid([(-3, 3)] * dimensions, 2), "sphere")
    assert relax(bowl, 1.0).plot()._repr_png_()[0][1:4] == b"PNG"
