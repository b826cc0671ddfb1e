"""Options stand once: the command line, its help, spec files and docs say what `Spec` says."""

import argparse
import json
import math
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from qdml_quantum import Windows, cli
from qdml_quantum.annealing.optimized import optimize_schedule
from qdml_quantum.annealing.suggest import KINDS
from qdml_quantum.backends import BACKENDS
from qdml_quantum.cli.options import as_typed, defaults_of, real
from qdml_quantum.dynamics.formulas import FORMULAS
from qdml_quantum.hardware.jobs.records import MODES
from qdml_quantum.hardware.planning.costs import GOALS
from qdml_quantum.optimize.minimize import minimize
from qdml_quantum.runs import spec
from qdml_quantum.runs.options import option, options_of
from qdml_quantum.runs.spec import Spec
from qdml_quantum.support.messages import argument
from qdml_quantum.synthesis.compiler import BUDGET_KINDS, BUDGETS, COMPILERS, LATTICES

ROOT = Path(__file__).parents[2]
OF_AN_ANNEAL = ("run", "circuit", "plan", "submit")
SPEC = (
    "--dimensions --bounds --compress --qubits --shots --seed --formula --compiler --budget "
    "--effort --schedule --stages --steps --time-step --step-exponent --d-start --d-stop --radius "
    "--backend "
)
DEVICE = "--fractional --seeds --besides --preload --max-error --option "
BEFORE = {
    "run": f"{SPEC} --max-seconds --overdraw --precision --target --output --fresh --html "
    "--no-figures --no-validate",
    "evolve": "--dimensions --bounds --qubits --diffusion --stop --points --observables --packet "
    "--level --drive --csv --draw",
    "show": "--no-figures --html",
    "circuit": f"{SPEC} --precision --target --one-step --compare --draw --measure --qasm --qpy",
    "circuits": "--check --output",
    "prepare": "--dimensions --bounds --qubits --diffusion --level --amplitudes --fidelity --cx "
    "--seed --draw --qasm --qpy",
    "optimize": "--dimensions --bounds --qubits --diffusion --steps --goal --starts --time-limit "
    "--seed --output --draw",
    "minimize": "--dimensions --bounds --qubits --coarse --steps --starts --maxfev --shots "
    "--backend --compiler --seed --polish --integers --max-seconds --overdraw",
    "plan": f"{SPEC} {DEVICE} --save --fit --goal --qpu-seconds",
    "submit": f"{SPEC} {DEVICE} --again --max-seconds --overdraw --mode --ledger",
    "fetch": "--timeout --confidence --min-signal --no-figures --ledger",
    "jobs": "--refresh --ledger",
    "cancel": "--ledger",
    "selftest": "--qubits --shots --seed --fractional --dry-run --again --max-seconds --overdraw "
    "--timeout --ledger --no-figures",
    "figures": "--only --output",
    "bench": "--functions --methods --dimensions --seeds --radius --evaluations --output --workers "
    "--scheduler --no-figures",
    "lab": "--dimensions --bounds --qubits --output",
    "teach": "--name --answer --hint --attempt --language",
    "lessons": "--output --script --slides --fresh --open",
    "list": "--dimensions",
    "sweep": "--workers --scheduler --output",
}
"""What scripts of users may rely on, beside ``--json``."""
WRITTEN = {"--output", "--csv", "--draw", "--qasm", "--qpy", "--html", "--save", "--ledger"}


def help_of(capsys, *arguments):
    assert cli.main(list(arguments)) == 0
    return capsys.readouterr().out


def words(text):
    """A text without its line breaks, which may stand behind hyphens."""
    return " ".join(re.sub(r"(?<=\w)-\n\s+", "-", text).split())


def flags(text):
    return set(re.findall(r"^  (--[a-z-]+)", text, re.M))


@pytest.mark.parametrize("name", [command.name for command in cli.COMMANDS])
def test_no_option_is_lost(capsys, name):
    asked = "--help-all" if name in OF_AN_ANNEAL else "--help"
    known = flags(help_of(capsys, name, asked))
    assert {*BEFORE[name].split(), "--json"} <= known


@pytest.mark.parametrize("name", OF_AN_ANNEAL)
def test_help_is_that_of_the_fields(capsys, name):
    left_out = {
        "run": set(),
        "circuit": {"validate", "max_seconds", "overdraw"},
        "plan": {"precision", "engine", "devices", "target", "validate", "max_seconds", "overdraw"},
        "submit": {"precision", "engine", "devices", "target", "validate", "dynamic"},
    }[name]
    text = words(help_of(capsys, name, "--help-all"))
    for key, one in options_of(Spec).items():
        there = one.group and key not in left_out
        if key == "objective":
            assert one.text in text
        elif key == "backend" and name in ("plan", "submit"):
            assert f"{one.text} (needed)" in text
        else:
            assert (f"{one.flag} " in text) == bool(there)
            assert one.help in text or not there


def test_help_has_headings_and_hides_the_expert_options(capsys):
    short, full = help_of(capsys, "run", "--help"), help_of(capsys, "run", "--help-all")
    titles = re.findall(r"^(\w+):$", full, re.M)
    assert titles == ["options", "what", "where", "schedule", "compiler", "output"]
    expert = {one.flag for one in options_of(Spec).values() if one.expert}
    assert flags(full) - flags(short) == expert != set()
    assert "--help-all" in short


def test_qdml_help(capsys):
    assert help_of(capsys, "help") == help_of(capsys, "--help")
    assert help_of(capsys, "help", "run") == help_of(capsys, "run", "--help")


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("run", [*BACKENDS, *KINDS, *FORMULAS, *COMPILERS, *LATTICES, *BUDGETS, *BUDGET_KINDS]),
        ("plan", GOALS),
        ("submit", MODES),
        ("minimize", [*BACKENDS, *COMPILERS]),
    ],
)
def test_help_names_every_choice(capsys, name, choices):
    text = help_of(capsys, name, "--help")
    for choice in choices:
        assert re.search(rf"\b{re.escape(choice)}\b", words(text)), choice


@pytest.mark.parametrize(
    ("name", "flag", "function", "parameter"),
    [
        ("minimize", "--shots", Windows, "shots"),
        ("minimize", "--starts", Windows, "starts"),
        ("minimize", "--backend", minimize, "backend"),
        ("optimize", "--robust", optimize_schedule, "robust"),
        ("optimize", "--goal", optimize_schedule, "target"),
    ],
)
def test_defaults_are_those_of_the_function(capsys, name, flag, function, parameter):
    text = words(help_of(capsys, name, "--help").split("options:")[1])
    default = defaults_of(function)[parameter]
    assert re.search(rf"{flag} \w+ [^(]*\(default {default}\)", text)


@dataclass(frozen=True)
class Longer(Spec):
    """A spec with one option more."""

    wobble: float = option(0.5, "schedule", "how much it wobbles")


def test_an_option_more_is_one_field(capsys, monkeypatch, tmp_path):
    """It is on the parser, in the help, in spec files, and its values are checked."""
    seen = []

    def run_spec(given, **_):
        seen.append(given)
        raise OSError(0, "enough")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec, "Spec", Longer)
    monkeypatch.setattr(spec, "run_spec", run_spec)
    for name in OF_AN_ANNEAL:
        text = words(help_of(capsys, name, "--help"))
        assert "--wobble X how much it wobbles (default 0.5)" in text
    Path("p.toml").write_text('objective = "harmonic"\nwobble = 0.25\n')
    for arguments, value in (
        (["harmonic"], 0.5),
        (["harmonic", "--wobble", "pi/2"], math.pi / 2),
        (["p.toml"], 0.25),
        (["p.toml", "--wobble", "-3"], -3.0),
    ):
        assert cli.main(["run", *arguments]) == 2
        assert seen.pop().wobble == value
    Path("p.toml").write_text('objective = "harmonic"\nwobble = "much"\n')
    capsys.readouterr()
    assert cli.main(["run", "p.toml"]) == 2
    assert capsys.readouterr().err == "qdml: Argument `wobble` must be a number, but is much.\n"


def test_the_docstring_lists_the_fields():
    text = words(Spec.__doc__)
    for name, one in options_of(Spec).items():
        assert words(f"{name}: {one.text}") in text


def test_the_table_of_the_docs_is_the_command_line(capsys):
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "options.py")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    table = done.stdout.strip()
    assert table in (ROOT / "docs/commands.md").read_text()
    assert set(re.findall(r"^\| `(--[a-z-]+)`", table, re.M)) == flags(
        help_of(capsys, "run", "--help-all")
    )


@pytest.fixture
def bounds_of_run(monkeypatch):
    """The bounds that `qdml run` is asked for."""

    def ask(*arguments):
        seen = []

        def run_spec(given, **_):
            seen.append(given.bounds)
            raise OSError(0, "enough")

        monkeypatch.setattr(spec, "run_spec", run_spec)
        assert cli.main(["run", "x**2", *arguments]) == 2
        return seen[0]

    return ask


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--bounds", "-pi", "pi"], [(-math.pi, math.pi)]),
        (["--bounds=-3,3"], [(-3, 3)]),
        (["--bounds=-3, 3"], [(-3, 3)]),
        (["--bounds=-3", "3"], [(-3, 3)]),
        (["--bounds=-3,", "3"], [(-3, 3)]),
        (["--bounds", "-3 3"], [(-3, 3)]),
        (["--bounds", "-2*pi", "2 * pi"], [(-2 * math.pi, 2 * math.pi)]),
        (["--bounds", "-1/2", "1/2", "0", "1"], [(-0.5, 0.5), (0, 1)]),
        (["--bounds", "-1,1", "0,sqrt(2)"], [(-1, 1), (0, math.sqrt(2))]),
        (["--bounds=-4e0", "4"], [(-4, 4)]),
    ],
)
def test_bounds_are_numbers_and_formulas_of_numbers(bounds_of_run, arguments, expected):
    assert np.array(bounds_of_run(*arguments)) == pytest.approx(np.array(expected))


@pytest.mark.parametrize(
    "bad", ["wide", "-x", "nan", "inf", "1e999", "__import__('os')", "1/0", "3 -", "(1"]
)
def test_bounds_that_are_no_numbers(capsys, bad):
    assert cli.main(["run", "x**2", "--bounds", bad, "3"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("qdml: Argument `--bounds` must hold numbers") and err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["rn"], "invalid choice: 'rn'"),
        (["run"], "PROBLEM"),
        (["run", "x**2", "--bounds"], "--bounds"),
        (["run", "x**2", "--band", "3"], "--band"),
        (["submit", "x**2", "--mode", "both"], "--mode"),
        (["run", "harmonic", "--shots", "many"], "Argument `--shots` must be an integer"),
        (["run", "harmonic", "--qubits", "four"], "Argument `--qubits`"),
        (["optimize", "harmonic", "--steps", "few"], "--steps"),
        (["optimize", "harmonic", "--diffusion", "1"], "required: --qubits"),
        (["optimize", "harmonic", "--qubits", "4", "--diffusion", "nan"], "--diffusion: invalid"),
        (["plan", "harmonic", "--max-error", "inf"], "--max-error: invalid real value: 'inf'"),
        (["fetch", "--timeout", "1e999"], "--timeout: invalid"),
        (["bench", "optimization", "--radius", "nan"], "--radius: invalid"),
        (["help", "rn"], "invalid choice: 'rn'"),
    ],
)
def test_mistakes_are_one_line(capsys, arguments, part):
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("qdml: ") and err.count("\n") == 1 and part in err


def test_help_of_a_command_loads_neither_qiskit_nor_figures():
    script = (
        "import sys; from qdml_quantum import cli\n"
        "for command in cli.COMMANDS:\n"
        "    cli.main([command.name, '--help'])\n"
        "print([m for m in ('qiskit', 'qiskit_aer', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_has_json(capsys):
    for command in cli.COMMANDS:
        assert "--json" in help_of(capsys, command.name, "--help")
    code = cli.main(["list", "harmonic", "--json"])
    assert code == 0 and json.loads(capsys.readouterr().out)[0]["name"] == "harmonic"


def options_of_commands():
    commands = cli.make_parser()._subparsers._group_actions[0].choices
    for name, parser in commands.items():
        parser.add_options(parser)
        yield name, parser


def options_that_write():
    for name, parser in options_of_commands():
        for action in parser._actions:
            for flag in WRITTEN & set(action.option_strings):
                yield pytest.param(action, id=f"{name} {flag}")


@pytest.mark.parametrize("action", list(options_that_write()))
def test_what_cannot_be_written_is_refused_before_any_work(tmp_path, action):
    """What lies in a file, and a folder for a file or the other way round."""
    (tmp_path / "file.png").write_text("")
    (tmp_path / "folder.png").mkdir()
    is_folder = action.metavar == "DIR"
    right, wrong = ("folder.png", "file.png") if is_folder else ("file.png", "folder.png")
    for name in (right, "new.png", "folder.png/new/er.png"):
        assert action.type(str(tmp_path / name)) == str(tmp_path / name)
    with pytest.raises(argparse.ArgumentTypeError, match="must be a"):
        action.type(str(tmp_path / wrong))
    with pytest.raises(argparse.ArgumentTypeError, match="nothing can be in"):
        action.type(str(tmp_path / "file.png/new.png"))


def test_the_options_that_write_are_seen():
    assert len(list(options_that_write())) >= 20


NEEDED = {
    "run": "double_well --qubits 3 --stages 1 --steps 2 --d-start 1 --d-stop .2 --time-step .02",
    "evolve": "harmonic --diffusion .5 --stop 1 --qubits 4",
    "prepare": "harmonic --diffusion .5 --qubits 4",
    "optimize": "harmonic --diffusion .5 --qubits 4 --time-limit 1",
    "minimize": "harmonic --qubits 4",
    "teach": "width --name Ada",
}
"""The least command lines of those that refuse at once what they cannot use."""


def options_with_a_number():
    for name, parser in options_of_commands():
        for action in parser._actions if name in NEEDED else ():
            kinds = (None, str.strip) if action.metavar in ("N", "X") else (int, real)
            flag = (action.option_strings or [""])[-1]
            if (
                flag not in ("", "--host-id") and action.type in kinds
            ):  # That one wants others, too.
                yield pytest.param(name, flag)


@pytest.mark.parametrize("name", [command.name for command in cli.COMMANDS])
def test_a_message_names_what_was_typed(name):
    """Not the argument of Python: `--d-stop` for `d_stop`, `--qubits` for `num_qubits`, too."""
    parser = dict(options_of_commands())[name]
    options = argparse.Namespace(**parser._defaults)
    for action in parser._actions:
        typed = (action.option_strings or [action.metavar or action.dest])[-1]
        said = as_typed(argument(action.dest, "be right", 0, "Write `x` or `y=1`."), options)
        assert said == f"Argument `{typed}` must be right, but is 0. Write `x` or `y=1`."
        said = as_typed(argument("x", "go with", f"`{action.dest}=1`"), options)
        assert said == f"Argument `x` must go with, but is `{typed} 1`."
        assert as_typed(f"Unknown `{action.dest}`.", options) == f"Unknown `{action.dest}`."
    other = argument("other", "be right", "`other`")
    assert as_typed(other, options) == other


@pytest.mark.parametrize(("name", "flag"), list(options_with_a_number()))
def test_a_number_that_cannot_be_is_refused_by_its_option(capsys, here, name, flag):
    code = cli.main([name, *NEEDED[name].split(), flag, "-1"])
    err = capsys.readouterr().err.splitlines()[-1]
    assert code == 2 and err.startswith(f"qdml: Argument `{flag}` must ")


def test_a_key_of_a_file_stays_one(capsys, here):
    Path("p.toml").write_text('objective = "harmonic"\nqubits = 3\nshots = 0\n')
    assert cli.main(["run", "p.toml"]) == 2
    assert capsys.readouterr().err.startswith("qdml: Argument `shots` must be at least 1")
    assert cli.main(["run", "p.toml", "--shots", "-2"]) == 2
    assert capsys.readouterr().err.startswith("qdml: Argument `--shots` must be at least 1")
