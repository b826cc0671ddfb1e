"""The command line, as a person and as a program use it."""

import json
import re
import subprocess
import sys
import time

import pytest

import qdml_quantum
from qdml_quantum import cli
from qdml_quantum.cli.options import MISTAKE, RUNS
from qdml_quantum.dynamics.schedule import Schedule

QUICK = [
    "--stages",
    "4",
    "--steps",
    "3",
    "--time-step",
    "0.05",
    "--d-start",
    "5",
    "--d-stop",
    "0.2",
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def qdml(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_help_loads_neither_qiskit_nor_numpy():
    script = (
        "import sys; from qdml_quantum import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('qiskit', 'numpy', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_package_is_the_command_too(here):
    """``python -m qdml_quantum`` prints and returns what `qdml` does."""
    command = [sys.executable, "-m", "qdml_quantum"]
    good = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stdout) == (0, f"qdml {qdml_quantum.__version__}\n")
    bad = subprocess.run(
        [*command, "run", "nothing_like_it"], capture_output=True, text=True, check=False
    )
    assert bad.returncode == MISTAKE
    assert "qdml: Unknown objective" in bad.stderr


def test_no_command_prints_help(capsys):
    code, out, _ = qdml(capsys)
    assert code == 0
    assert "qdml run double_well" in out


@pytest.mark.extra("plots")
def test_double_well_on_aer_passes_all_checks(here, capsys):
    begun = time.perf_counter()
    code, out, _ = qdml(capsys, "run", "double_well", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["passed"]
    assert data["backend"] == "aer"
    assert data["success_probability"] >= 0.85  # measured 0.904
    assert data["success"]["low"] >= 0.85
    assert data["fidelity"] >= 0.95  # measured 0.971
    assert {path.rsplit("/", 1)[-1] for path in data["figures"]} == {"stages.png", "energy.png"}
    print(f"took {time.perf_counter() - begun:.1f} s")


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
    arguments = ["run", "harmonic", "--backend", "emulator", "--json", "--no-figures"]
    first = json.loads(qdml(capsys, *arguments)[1])
    again = json.loads(qdml(capsys, *arguments)[1])
    assert again == first  # also `seconds`: nothing was run again
    fresh = json.loads(qdml(capsys, *arguments, "--fresh")[1])
    assert fresh["counts"] == first["counts"]
    assert fresh["folder"] == first["folder"]


def test_show_prints_a_saved_run(here, capsys):
    run = json.loads(qdml(capsys, "run", "harmonic", "--backend", "emulator", "--json")[1])
    code, out, _ = qdml(capsys, "show", run["folder"], "--json")
    shown = json.loads(out)
    assert code == 0
    assert shown == run


def test_circuit_exports(here, capsys):
    code, out, _ = qdml(
        capsys, "circuit", "double_well", "--qubits", 3, "--qasm", "a.qasm", "--qpy", "a.qpy",
        "--json", *QUICK,
    )  # fmt: skip
    facts = json.loads(out)
    assert code == 0
    assert facts["registers"] == {"x1": 3}
    assert (here / "a.qasm").read_text().startswith("OPENQASM 3.0;")
    assert (here / "a.qpy").stat().st_size > 0


COMPILED = ("--qubits", 3, "--effort", 0.2, "--one-step", *QUICK)


@pytest.mark.extra("plots")
def test_circuit_for_a_target_compares_draws_and_exports(here, capsys):
    files = ("--draw", "a.png", "--qasm", "a.qasm")
    code, out, _ = qdml(
        capsys, "circuit", "double_well", "--target", "line", "--budget", "trotter", "--json",
        *files, *COMPILED,
    )  # fmt: skip
    facts = json.loads(out)
    costs = {row["method"]: row["two_qubit_gates"] for row in facts["costs"]}
    assert code == 0
    assert facts["two_qubit_gates"] == costs["ours, joint"] < costs["PauliEvolution"]
    assert facts["truncation"]["budget"][0] == "trotter"
    assert (here / "a.png").read_bytes()[1:4] == b"PNG"
    assert (here / "a.qasm").read_text().startswith("OPENQASM 3.0;")


def test_circuit_prints_a_cost_table(here, capsys):
    code, out, _ = qdml(
        capsys, "circuit", "double_well", "--budget", "max=0.5", "--draw", "a.txt", *COMPILED
    )
    assert code == 0
    assert re.search(r"^one step +two-qubit gates +depth", out, re.M)
    assert re.search(r"^DiagonalGate +\d+ +\d+ +0\.\d\d$", out, re.M)
    assert "max_error" in out
    assert (here / "a.txt").read_text()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--budget", "max=x"), "KIND=RADIANS"),
        (("--budget", "max=-1"), "more than 0 radians"),
        (("--budget", "most=1"), "be of kind"),
        (("--target", "ring"), "Unknown target 'ring'"),
        (("--target", "line", "--effort", 0), "`effort`"),
        (("--compiler", "jont"), "Did you mean `joint`"),
        (("--target", "line", "--draw", "a.jpg"), "`--draw`"),
    ],
)
def test_circuit_names_the_mistake(here, capsys, flags, words):
    options = [*COMPILED, *flags]
    if "--effort" in flags:
        options = ["--qubits", 3, "--one-step", *QUICK, *flags]
    code, _, err = qdml(capsys, "circuit", "double_well", *options)
    assert code == 2
    assert words in err


def test_run_with_a_budget_passes_the_check_of_it(here, capsys):
    _, out, _ = qdml(
        capsys, "run", "double_well", "--compiler", "joint", "--effort", 0.2, "--json",
        "--no-figures", *QUICK,
    )  # fmt: skip
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert checks["circuit"]["passed"]


def test_list_shows_the_built_ins(capsys):
    _, out, _ = qdml(capsys, "list")
    assert re.search(r"^double_well\s+1", out, re.M)
    entry = json.loads(qdml(capsys, "list", "rastrigin", "--dimensions", 3, "--json")[1])[0]
    assert entry["dimensions"] == 3
    assert all(
        e["dimensions"] == 2
        for e in json.loads(qdml(capsys, "list", "--dimensions", 2, "--json")[1])
    )


MISTAKES = [
    (["run", "double_well", "--bounds", "3", "-3"], "`bounds`"),
    (["run", "double_well", "--bounds", "3", "3"], "`bounds`"),
    (["run", "double_well", "--bounds", "nan", "3"], "`bounds`"),
    (["run", "double_well", "--bounds", "-inf", "3"], "`bounds`"),
    (["run", "double_well", "--bounds", "1"], "`bounds`"),
    (["run", "double_well", "--qubits", "0"], "`num_qubits`"),
    (["run", "double_well", "--qubits", "40"], "`num_qubits`"),
    (["run", "double_well", "--steps", "0"], "`num_steps`"),
    (["run", "double_well", "--stages", "0"], "`num_stages`"),
    (["run", "double_well", "--d-start", "-1"], "`d_start`"),
    (["run", "double_well", "--d-stop", "-1"], "`d_stop`"),
    (["run", "double_well", "--d-start", "1", "--d-stop", "2"], "`d_stop`"),
    (["run", "double_well", "--time-step", "-0.1"], "`time_step`"),
    (["run", "double_well", "--shots", "0"], "`shots`"),
    (["run", "double_well", "--seed", "-1"], "`seed`"),
    (["run", "double_well", "--radius", "2"], "`radius`"),
    (["run", "double_wel"], "Did you mean `double_well`"),
    (["run", "double_well", "--backend", "aerr"], "Did you mean `aer`"),
    (["run", "double_well", "--formula", "strung"], "Did you mean `strang`"),
    (["run", "double_well", "--schedule", "geom"], "Did you mean `geometric`"),
    (["run", "double_well", "--schedule", "qhd", "--d-stop", "1"], "`d_stop` must be left out"),
    (
        ["run", "double_well", "--schedule", "equal_phase", "--step-exponent", "1"],
        "`step_exponent` must be left out",
    ),
    (["run", "double_well", "--precision", "singel"], "Did you mean `single`"),
    (["run", "x**2"], "`bounds`"),
    (["run", "1/x", "--bounds", "-1", "1"], "x = 0.0"),
    (["run", "__import__('os')", "--bounds", "-1", "1"], "column 1"),
    (["run", "himmelblau", "--dimensions", "3"], "`dimensions`"),
    (["run", "missing.toml"], "missing.toml"),
    (["show", "nowhere"], "nowhere"),
    (["list", "rastrigi"], "Did you mean `rastrigin`"),
]


@pytest.mark.parametrize(
    ("arguments", "words"), MISTAKES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_mistake_is_one_clear_message(here, capsys, arguments, words):
    code, out, err = qdml(capsys, *arguments)
    assert code == 2
    message = err[err.index("qdml: ") :]
    assert words in message
    assert "Traceback" not in err
    assert out == ""
    assert not (here / RUNS).exists()  # nothing half-written


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


def test_a_bug_is_not_hidden_as_a_mistake(monkeypatch):
    monkeypatch.setattr(cli.listing, "_list", lambda options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["list"])


def test_minimize_prints_the_outcome(here, capsys):
    code, out, err = qdml(capsys, "minimize", "x**2 + (y - 1)**2", "--bounds", -4, 4, "--seed", 1)
    assert code == 0
    for words in ("nfev", "two_qubit_gates", "agreement", "lowest_evaluated", "closed in"):
        assert words in out
    assert "minimize" in err  # the bar
    code, out, err = qdml(
        capsys, "minimize", "rastrigin", "--dimensions", 2, "--json", "--polish", "nelder-mead"
    )
    data = json.loads(out)
    assert (code, err) == (0, "")
    assert max(map(abs, data["x"])) < 1e-3 < max(map(abs, data["quantum"]["x"]))
    assert len(data["windows"]) == data["nit"] == 15


def test_minimize_says_what_it_did_not_reach(here, capsys):
    code, out, _ = qdml(capsys, "minimize", "x**2", "--bounds", -4, 4, "--budget", 20)
    assert code == 1
    assert "The budget ended" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x**2"], "`bounds` is needed"),
        (["x**2", "--bounds", -1, 1, "--budget", 3], "`budget` must allow for one anneal"),
        (["x**2", "--bounds", -1, 1, "--steps", 5], "`num_steps` must be one of"),
        (["rastrigin", "--polish", "newton"], "Unknown polish"),
        (["rastrign"], "Did you mean `rastrigin`?"),
        (["log(x)", "--bounds", -2, -1], "`fun` must be finite somewhere"),
    ],
)
def test_mistakes_of_minimize_are_one_line(here, capsys, arguments, words):
    code, out, err = qdml(capsys, "minimize", *arguments)
    assert (code, out) == (2, "")
    assert words in err and "Traceback" not in err


@pytest.mark.extra("plots")
def test_bench_writes_table_json_and_figure_and_goes_on(here, capsys):
    arguments = ["bench", "optimization", "--functions", "levy", "--seeds", 2, "--workers", 1]
    arguments += ["--methods", "quantum", "uniform", "direct"]
    code, out, _ = qdml(capsys, *arguments)
    assert code == 0
    assert "Boxes shifted at random" in out and "optimization.png" in out
    folder = here / "qdml-runs" / "bench"
    assert (folder / "optimization.png").read_bytes().startswith(b"\x89PNG")
    times = {path: path.stat().st_mtime_ns for path in (folder / "runs").iterdir()}
    assert len(times) == 2 * 4 + 1 + 2
    _, out, err = qdml(capsys, *arguments, "--json")
    assert err == ""
    assert json.loads(out)["runs"] == json.loads((folder / "optimization.json").read_text())["runs"]
    assert times == {path: path.stat().st_mtime_ns for path in (folder / "runs").iterdir()}


def test_mistakes_of_bench_are_one_line(here, capsys):
    code, _, err = qdml(capsys, "bench", "optimization", "--methods", "quantm")
    assert code == 2 and "Did you mean `quantum`?" in err


@pytest.mark.extra("plots")
def test_optimised_steps_are_saved_drawn_and_run(here, capsys):
    code, out, _ = qdml(
        capsys, "optimize", "harmonic", "--qubits", 6, "--diffusion", 0.25, "--steps", 4,
        "--starts", 4, "--output", "few.json", "--draw", "few.png",
    )  # fmt: skip
    assert code == 0 and "4 steps" in out and "written: few.json" in out
    assert (here / "few.png").read_bytes().startswith(b"\x89PNG")
    code, out, err = qdml(
        capsys, "run", "harmonic", "--qubits", 6, "--schedule", "few.json", "--no-figures", "--json"
    )
    data = json.loads(out)
    anneal = data["anneal"]
    assert (anneal["formula"]["name"], anneal["schedule"]["goal"], err) == ("lie", 0.25, "")
    assert data["fidelity"] > 0.95
    _, out, _ = qdml(
        capsys, "optimize", "harmonic", "--qubits", 6, "--diffusion", 0.25, "--steps", 4,
        "--starts", 4, "--goal", "energy", "--json",
    )  # fmt: skip
    assert json.loads(out)["value"] <= json.loads(out)["start"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--schedule", "few.json"], "`qubits` is needed with the schedule in `few.json`"),
        (["--schedule", "few.json", "--qubits", 4, "--steps", 3], "`steps` must be left out"),
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


def test_mistakes_of_optimize_are_one_line(here, capsys):
    few = ["optimize", "harmonic", "--qubits", 4, "--diffusion"]
    for arguments, words in (([0], "`diffusion`"), ([1, "--goal", "energi"], "`energy`")):
        code, _, err = qdml(capsys, *few, *arguments)
        assert code == 2 and words in err and not (here / "schedule.json").exists()
