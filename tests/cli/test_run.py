"""`qdml run` and `qdml show`: checks, tables, spec files, and what is saved."""

import json

import pytest
from command import QUICK, qdml

from qdml_quantum.dynamics.schedule import Schedule


@pytest.mark.extra("plots")
def test_double_well_on_aer_passes_all_checks(here, capsys):
    code, out, _ = qdml(capsys, "run", "double_well", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["passed"]
    assert data["backend"] == "aer"
    assert data["success_probability"] >= 0.85  # measured 0.904
    assert data["success"]["low"] >= 0.85
    assert data["fidelity"] >= 0.95  # measured 0.971
    assert {path.rsplit("/", 1)[-1] for path in data["figures"]} == {"stages.png", "energy.png"}


def test_json_has_the_promised_keys(here, capsys):
    _, out, err = qdml(capsys, "run", "harmonic", "--backend", "emulator", "--json", "--no-figures")
    data = json.loads(out)
    promised = "minimizer minimum energy fidelity success_probability reference checks resources"
    assert set(promised.split()) <= set(data)
    assert err == ""  # no progress bar, nothing a program would trip over


def test_table_shows_what_a_person_needs(here, capsys):
    code, out, _ = qdml(capsys, "run", "double_well", "--backend", "aer", "--qubits", 4, *QUICK)
    for words in (
        "minimizer", "known: (-1.024)", "success probability", "95 %", "uniform:", "energy",
        "exact ground energy", "imaginary time", "fidelity with ground", "qubits", "steps",
        "gates", "two-qubit gates", "depth", "shots", "pass", "FAIL", "->", "saved in",
    ):  # fmt: skip
        assert words in out
    assert code == 1  # a few coarse steps do not anneal, and the exit code says so


def test_formula_with_bounds_and_a_minus_in_front(here, capsys):
    code, out, _ = qdml(
        capsys, "run", "-x**2+x**4/9", "--bounds", "-4e0", "4", "--backend", "emulator", "--json",
        "--qubits", 5, *QUICK,
    )  # fmt: skip
    data = json.loads(out)
    assert code == 1
    assert data["problem"]["grid"]["bounds"] == [[-4.0, 4.0]]
    assert data["problem"]["objective"]["formula"] == "-x**2+x**4/9"


def test_two_dimensions_with_bounds_per_axis(here, capsys):
    _, out, _ = qdml(
        capsys, "run", "x**2 + y**2", "--bounds", -2, 2, -1, 3, "--qubits", 3, 4, "--json",
        "--backend", "emulator", "--no-figures", *QUICK,
    )  # fmt: skip
    grid = json.loads(out)["problem"]["grid"]
    assert grid == {"bounds": [[-2.0, 2.0], [-1.0, 3.0]], "num_qubits": [3, 4]}


def test_running_twice_loads_the_finished_run(here, capsys):
    arguments = ["run", "harmonic", "--backend", "emulator", "--json", "--no-figures", *QUICK]
    first = json.loads(qdml(capsys, *arguments)[1])
    again = json.loads(qdml(capsys, *arguments)[1])
    assert again == first  # also `seconds`: nothing was run again
    fresh = json.loads(qdml(capsys, *arguments, "--fresh")[1])
    assert fresh["counts"] == first["counts"]
    assert fresh["folder"] == first["folder"]


@pytest.mark.slow
def test_show_prints_a_saved_run(here, capsys):
    run = json.loads(qdml(capsys, "run", "harmonic", "--backend", "emulator", "--json")[1])
    code, out, _ = qdml(capsys, "show", run["folder"], "--json")
    shown = json.loads(out)
    assert code == 0
    assert shown == run


def test_run_with_a_budget_passes_the_check_of_it(here, capsys):
    _, out, _ = qdml(
        capsys, "run", "double_well", "--compiler", "joint", "--effort", 0.2, "--json",
        "--no-figures", *QUICK,
    )  # fmt: skip
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert checks["circuit"]["passed"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.toml", 'objective = "double_well\nqubits = 6', "line 1"),
        ("a.json", '{"objective": "double_well", "qub', "a.json"),
        ("b.json", "[1, 2]", "table of keys"),
        ("b.toml", 'objective = "double_well"\nqubitz = 6\n', "Did you mean `qubits`"),
        ("c.toml", "qubits = 6\n", "`objective`"),
        ("d.toml", 'objective = "double_well"\nsteps = 2.5\n', "`steps`"),
        ("e.toml", 'objective = "double_well"\ninitial = {centre = 1}\n', "center"),
        ("f.toml", 'objective = "double_well"\nschedule = 1\n', "`schedule` must be text"),
        ("g.toml", 'objective = "double_well"\ntarget = 1\n', "`target` must be text"),
        ("h.toml", 'objective = "double_well"\nshots = "many"\n', "`shots` must be an integer"),
        ("i.toml", 'objective = "double_well"\nbounds = "wide"\n', "`bounds` must hold numbers"),
        ("j.toml", 'objective = ["double_well"]\n', "`objective` must be text"),
    ],
)
def test_a_broken_spec_file_is_one_clear_message(here, capsys, name, text, words):
    (here / name).write_text(text)
    code, _, err = qdml(capsys, "run", name)
    assert code == 2
    assert words in err and "Traceback" not in err


def test_an_unwritable_folder_is_said(here, capsys):
    (here / "file").write_text("")
    code, _, err = qdml(capsys, "run", "harmonic", "--backend", "emulator", "--output", "file")
    assert code == 2
    assert "file" in err
    assert "--output" in err


def test_a_spec_file_holds_everything_and_flags_override_it(here, capsys):
    (here / "p.toml").write_text(
        'objective = "x**2"\nbounds = [-3, 3]\nqubits = 4\nbackend = "emulator"\nshots = 50\n'
        'seed = 3\nformula = "lie"\nschedule = "linear"\nstages = 3\nsteps = 2\n'
        "time_step = 0.05\nd_start = 4.0\nd_stop = 1.0\nradius = 0.2\n"
        "initial = {center = 0.5, width = 0.6, momentum = 1.0}\n"
    )
    _, out, _ = qdml(capsys, "run", "p.toml", "--json", "--no-figures", "--shots", 60)
    data = json.loads(out)
    assert data["shots"] == 60
    anneal = data["anneal"]
    assert anneal["formula"]["name"] == "lie"
    assert [s["diffusion"] for s in anneal["schedule"]["stages"]] == [4.0, 2.5, 1.0]
    assert anneal["initial"]["center"] == 0.5
    assert data["goal"]["radius"] == 0.2


def test_a_table_file_is_an_objective(here, capsys):
    (here / "t.csv").write_text("\n".join(str((i - 5) ** 2) for i in range(16)))
    _, out, _ = qdml(
        capsys, "run", "t.csv", "--bounds", 0, 16, "--backend", "emulator", "--json",
        "--no-figures", *QUICK,
    )  # fmt: skip
    data = json.loads(out)
    assert data["problem"]["grid"]["num_qubits"] == [4]
    assert data["goal"]["minimizers"] == [[5.0]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--schedule", "few.json"], "`qubits` is needed with the schedule in `few.json`"),
        (["--schedule", "few.json", "--qubits", 4, "--steps", 3], "`--steps` must be left out"),
        (["--schedule", "none.json", "--qubits", 4], "none.json"),
        (["--schedule", "bad.json", "--qubits", 4], "holds no schedule"),
    ],
)
def test_mistakes_with_a_schedule_file_are_one_line(here, capsys, arguments, words):
    Schedule.constant(1.0, num_steps=2, time_step=0.1).save(here / "few.json")
    (here / "bad.json").write_text("{}")
    code, out, err = qdml(capsys, "run", "harmonic", *arguments)
    assert (code, out) == (2, "")
    assert words in err and "Traceback" not in err


FEW = ("--qubits", 5, "--schedule", "optimized", "--time-limit", 1e-9, "--no-figures")


def test_few_optimised_steps_in_one_command(here, capsys):
    """With a bar of the search, and its controls in table and JSON; found again by its id."""
    code, out, err = qdml(capsys, "run", "harmonic", *FEW, "--steps", 3, "--backend", "emulator")
    assert code in (0, 1)
    assert "3 stages, 3 steps" in out
    assert "these steps are" in out and "scaled" in out and "no rival" in out
    assert "optimize" in err
    assert "few steps instead" not in out
    code, out, _ = qdml(
        capsys, "run", "harmonic", *FEW, "--steps", 3, "--backend", "emulator", "--json"
    )
    data = json.loads(out)
    assert data["controls"]["word"] in ("anneal", "prepared")
    stages = data["anneal"]["schedule"]["stages"]
    assert len(stages) == 3 and any("fold" in stage for stage in stages)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stages", 3], "`--stages` must be left out of an optimised schedule"),
        (["--d-start", 3], "`--d-start` must be left out of an optimised schedule"),
        (["--steps", 0], "`--steps` must be at least 1"),
        (["--backend", "imaginary-time"], "`--backend` must follow folded momentum phases"),
    ],
)
def test_mistakes_with_optimised_schedules_are_one_line(here, capsys, arguments, words):
    code, out, err = qdml(capsys, "run", "harmonic", *FEW, *arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_a_time_limit_is_for_optimised_schedules_alone(here, capsys):
    code, _, err = qdml(capsys, "run", "harmonic", *QUICK, "--time-limit", 3)
    assert code == 2
    assert "`--time-limit` must be left out of schedules that are not optimised" in err


def test_a_slow_run_says_what_few_steps_would_cost(here, capsys):
    _, out, _ = qdml(capsys, "run", "harmonic", "--qubits", 5, "--steps", 10, "--stages", 4)
    assert "few steps instead" in out and "--schedule optimized --steps 6" in out
    assert " two-qubit gates: " in out


def test_a_run_is_written_as_a_page(here, capsys):
    code, out, _ = qdml(
        capsys, "run", "double_well", "--qubits", 4, "--backend", "emulator", "--no-figures",
        "--no-validate", "--html", "a.html", "--json", *QUICK,
    )  # fmt: skip
    facts = json.loads(out)
    assert facts["figures"] == ["a.html"]
    page = (here / "a.html").read_text(encoding="utf-8")
    assert '"title": "double_well"' in page
    assert code == (0 if facts["passed"] else 1)
    qdml(capsys, "show", facts["folder"], "--no-figures", "--html", "b.html")
    assert '"title": "double_well"' in (here / "b.html").read_text(encoding="utf-8")
