"""Specs: what is chosen when little is said, and what is kept when much is said."""

import json

import numpy as np
import pytest

from qdml_quantum.backends import as_backend
from qdml_quantum.runs.spec import Spec, run_spec
from qdml_quantum.support.messages import DamagedFileError, TooLargeError
from qdml_quantum.synthesis.compiler import EFFORT

EMULATOR = as_backend("emulator")


class Poor:
    """A gate-level backend that affords a given number of steps."""

    gate_level = True

    def __init__(self, steps):
        self.steps = steps

    def step_budget(self, problem):
        return self.steps if problem.grid.num_qubits <= 10 else 10

    def required_bytes(self, problem, schedule=None):
        return 0


def test_the_smallest_grid_that_anneals_well_is_taken():
    chosen = Spec("harmonic").resolve(EMULATOR)
    problem, schedule = chosen.problem, chosen.schedule
    assert problem.grid.qubits_per_axis == (6,)
    assert schedule.num_steps < 1000


def test_a_grid_that_cannot_hold_the_ground_state_is_refined():
    """On 6 qubits the wells of Rastrigin are too narrow for a localised, resolved state."""
    problem = Spec("rastrigin").resolve(EMULATOR).problem
    assert problem.grid.qubits_per_axis == (7,)


def test_a_poor_backend_gets_the_smallest_grid_and_few_steps():
    chosen = Spec("drop_wave", dimensions=2).resolve(Poor(200))
    problem, schedule = chosen.problem, chosen.schedule
    assert problem.grid.qubits_per_axis == (5, 5)
    assert schedule.num_steps <= 200


def test_what_is_given_is_kept():
    spec = Spec(
        "double_well", bounds=[-2, 2.2], qubits=5, stages=3, steps=2, time_step=0.1,
        step_exponent=0.0, d_start=3.0, d_stop=1.0, schedule="linear",
    )  # fmt: skip
    chosen = spec.resolve(EMULATOR)
    problem, schedule = chosen.problem, chosen.schedule
    assert problem.grid.bounds == ((-2.0, 2.2),)
    assert problem.grid.qubits_per_axis == (5,)
    assert [(s.diffusion, s.time_step, s.num_steps) for s in schedule.stages] == [
        (3.0, 0.1, 2),
        (2.0, 0.1, 2),
        (1.0, 0.1, 2),
    ]


def test_memory_is_checked_before_the_objective_is_sampled(monkeypatch):
    monkeypatch.setattr("qdml_quantum.support.memory.available_memory", lambda: 2**20)
    with pytest.raises(TooLargeError, match="available"):
        Spec("double_well", qubits=16).resolve(EMULATOR)


def test_toml_and_json_say_the_same(tmp_path):
    data = {"objective": "x**2", "bounds": [[-1, 1]], "qubits": 3, "shots": 5}
    (tmp_path / "a.json").write_text(json.dumps(data))
    (tmp_path / "a.toml").write_text(
        'objective = "x**2"\nbounds = [[-1, 1]]\nqubits = 3\nshots = 5\n'
    )
    assert Spec.from_file(tmp_path / "a.json") == Spec.from_file(tmp_path / "a.toml")
    assert Spec.from_dict(Spec.from_file(tmp_path / "a.json").to_dict()).shots == 5


def test_a_byte_order_mark_is_no_part_of_a_spec(tmp_path):
    for name, text in (("a.json", '{"objective": "x**2"}'), ("a.toml", 'objective = "x**2"\n')):
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
        assert Spec.from_file(tmp_path / name).objective == "x**2"


@pytest.mark.parametrize(
    "text",
    [
        '{"objective": "x", "seed": 1, "seed": 2}',
        '{"objective": "x", "initial": {"width": 1, "width": 2}}',
        "[" * 100_000,
    ],
)
def test_json_that_says_two_things_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DamagedFileError, match=r"a\.json"):
        Spec.from_file(tmp_path / "a.json")


def test_a_curve_needs_no_bounds_and_may_have_any_grid(tmp_path):
    (tmp_path / "c.dat").write_text("\n".join(f"{x} {(x - 2) ** 2}" for x in (0, 0.5, 1, 2, 3, 5)))
    spec = Spec(str(tmp_path / "c.dat"), qubits=5, backend="emulator", shots=None)
    result = run_spec(spec)
    assert result.grid.bounds == ((0, 5),) and result.grid.shape == (32,)
    assert "PCHIP" in result.goal.problem.objective.source["read"]
    assert spec.make_objective() is spec.make_objective()  # read once


def test_the_dimensions_of_a_table_must_be_those_that_are_asked_for(tmp_path):
    np.save(tmp_path / "t.npy", np.zeros((4, 4)))
    with pytest.raises(ValueError, match=r"`objective` must have 1 dimension"):
        Spec(str(tmp_path / "t.npy"), bounds=[0, 1], dimensions=1).make_objective()


def test_a_table_beside_its_spec_file_is_found(tmp_path):
    np.save(tmp_path / "v.npy", (np.arange(16.0) - 5) ** 2)
    (tmp_path / "p.toml").write_text(
        'objective = "v.npy"\nbounds = [0, 16]\nbackend = "emulator"\n'
    )
    result = run_spec(Spec.from_file(tmp_path / "p.toml"))
    assert result.grid.shape == (16,)
    assert result.goal.minimizers == ((5.0,),)


def test_a_pickled_table_is_never_loaded(tmp_path):
    np.save(tmp_path / "evil.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DamagedFileError, match="evil"):
        Spec(str(tmp_path / "evil.npy"), bounds=[0, 1]).make_objective()


@pytest.mark.parametrize(
    ("key", "value", "must"),
    [
        ("schedule", 1, "be text"),
        ("target", 1, "be text"),
        ("formula", ["lie"], "be text"),
        ("shots", "many", "be an integer"),
        ("shots", 4.5, "be an integer"),
        ("seed", True, "be an integer"),
        ("bounds", 3, "be one (lower, upper) pair per axis"),
        ("bounds", [1, 2, 3], "be one (lower, upper) pair per axis"),
        ("bounds", [[-1, True]], "be a list"),
        ("qubits", 2.5, "be an integer or a list"),
        ("qubits", ["few"], "be an integer or a list"),
        ("compress", "much", "be true or false or a number"),
        ("radius", [0.1], "be a number"),
        ("budget", 3, "be text or a pair"),
        ("budget", ["max"], "be text or a pair"),
        ("initial", {"center": "left", "width": 1}, "be text or a table of numbers"),
        ("validate", 1, "be true or false"),
    ],
)
def test_a_value_of_the_wrong_type_is_said_with_its_key(key, value, must):
    with pytest.raises(TypeError) as refused:
        Spec.from_dict({"objective": "double_well", key: value})
    assert str(refused.value).startswith(f"Argument `{key}` must {must}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": "mars"}, "Unknown target 'mars'"),
        ({"budget": "zzz"}, "`budget` must be"),
        ({"budget": ["max", -1]}, "`budget` must be more than 0 radians"),
        ({"budget": ["worst", 1]}, "`budget` must be of kind"),
    ],
)
def test_what_an_emulator_has_no_use_for_is_looked_at_all_the_same(given, words):
    with pytest.raises(ValueError, match=words):
        Spec("x", backend="emulator", **given)


def test_numbers_may_be_formulas_of_numbers():
    spec = Spec("x", bounds=["-pi", "2*pi"], shots="1e4", d_start="1/2", budget="max=1e-2")
    assert spec.bounds == [(-np.pi, 2 * np.pi)]
    assert (spec.shots, spec.d_start, spec.budget) == (10_000, 0.5, ("max", 0.01))


def test_the_compiler_has_what_is_asked_for():
    compiler = Spec("x", budget=["max", 0.1], target="line", seeds=3).make_compiler("joint")
    assert (compiler.name, compiler.budget, compiler.target) == ("joint", ("max", 0.1), "line")
    assert (compiler.effort, compiler.seeds) == (EFFORT, 3)
    assert Spec("x", compiler="qiskit").make_compiler("joint").name == "qiskit"


def test_the_same_spec_has_the_same_run_folder(tmp_path):
    spec = Spec("harmonic", qubits=4, backend="emulator")
    first = run_spec(spec, folder=tmp_path).folder
    assert run_spec(spec, folder=tmp_path).folder == first
    assert (
        run_spec(Spec("harmonic", qubits=4, backend="emulator", seed=1), folder=tmp_path).folder
        != first
    )


def test_a_start_below_the_usual_stop_is_kept():
    """The stop, which nobody gave, makes room for the start that somebody did give."""
    spec = Spec("double_well", d_start=0.02, steps=50, time_step=0.1)
    schedule = spec.resolve(as_backend("emulator")).schedule
    assert schedule.stages[0].diffusion == pytest.approx(0.02)
    assert schedule.final_diffusion <= 0.02


def test_a_compressed_table_keeps_its_grid(tmp_path):
    """The qubits are those of the table, also where its walls are lowered."""
    file = tmp_path / "walls.npy"
    np.save(file, 1e4 * np.linspace(-1, 1, 16) ** 8 + np.linspace(-1, 1, 16))
    spec = Spec(str(file), bounds=(-1, 1), compress=True, backend="emulator", shots=None)
    assert run_spec(spec).grid.qubits_per_axis == (4,)


@pytest.mark.parametrize("option", [{"engine": "jax"}, {"devices": 2}])
@pytest.mark.parametrize("backend", ["aer", "fake_fez"])
def test_engines_are_of_the_emulator(backend, option):
    with pytest.raises(ValueError, match="Write --backend emulator"):
        Spec("harmonic", backend=backend, **option).make_backend()


def test_an_unknown_engine():
    with pytest.raises(ValueError, match="numpy"):
        Spec("harmonic", backend="emulator", engine="nump").make_backend()
