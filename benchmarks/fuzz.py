"""Wrong, odd and hostile input: command lines, spec files, tables and the public verbs.

    python benchmarks/fuzz.py [--cases 5000] [--seed 0] [--seconds 3600] [--quick]

Every case is one call in this process, with at most ten seconds of processor time. What came of it:

* done: it ran (whether or not its checks passed), and nothing in it was wrong for certain;
* refused: one sentence of the package; of a verb, with the name of the argument;
* vague: a sentence of the package that names no argument of the call;
* escaped: an error that nobody worded, or exit code 3;
* silent: it ran although a value in it was wrong for certain, or a table was read as other numbers;
* hung: it took longer.

The exit code is 1 if anything escaped, hung or was silent. The same seed makes the same cases.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import io
import json
import math
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, finish

import qdml_quantum as qdml
from qdml_quantum import cli
from qdml_quantum.objectives.files import objective_from_file

SECONDS = 10
KINDS = ("done", "refused", "vague", "escaped", "silent", "hung")
QUICK = "--stages 2 --steps 2 --time-step 0.05 --d-start 4 --d-stop 0.5 --no-validate".split()

WRONG = ["nan", "-inf", "1e999", "1/0", "__import__('os')", "\x07", "1j", "--", "\N{SNOWMAN}"]
"""Text that is no number, no name and no objective, whatever takes it."""
ODD = [
    "",
    " ",
    "0",
    "-1",
    "1e-300",
    "1e300",
    "99999999999999999999",
    "2**70",
    "x",
    "1,5",
    "3" * 300,
]
"""Text that something may take."""
FLAGS = {
    "--bounds": ["-2 2", "-pi pi", "0 1 0 1"],
    "--qubits": ["3", "2 3"],
    "--dimensions": ["1", "2"],
    "--radius": ["0.1"],
    "--shots": ["10"],
    "--seed": ["1"],
    "--schedule": ["linear", "qhd", "missing.json"],
    "--stages": ["2"],
    "--steps": ["2"],
    "--time-step": ["0.1"],
    "--step-exponent": ["0.5"],
    "--d-start": ["3"],
    "--d-stop": ["0.5"],
    "--formula": ["lie", "strang"],
    "--compiler": ["walsh", "joint"],
    "--budget": ["exact", "max=0.1", "max=nan"],
    "--target": ["line", "ring", "mars"],
    "--precision": ["single"],
    "--effort": ["0.1"],
}
NUMERIC = set(FLAGS) - {"--schedule", "--formula", "--compiler", "--target", "--precision"}
OBJECTIVES = ["harmonic", "double_well", "x**2", "x**4 - 3*x**2 + x", "x**2 + y**2", "ackley"]


class Hung(BaseException):
    """A case takes too long; no error handler of the package takes it."""


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """At most `SECONDS` of processor time; nothing is printed, no warning shown."""

    def stop(*_: Any) -> None:
        raise Hung

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def commanded(line: list[str], wrong: bool) -> tuple[str, str]:
    """What came of a command line, and its words."""
    words = io.StringIO()
    try:
        with limited(), contextlib.redirect_stderr(words):
            code = cli.main(line)
    except Hung:
        return "hung", ""
    except BaseException as error:
        return "escaped", repr(error)
    said = words.getvalue().strip()
    last = said.splitlines()[-1] if said else ""
    if code in (0, 1):
        return ("silent" if wrong else "done"), ""
    if code != cli.MISTAKE or "Traceback" in said:
        return "escaped", last
    return "refused", last


def command_lines(rng: random.Random) -> tuple[str, Callable[[], tuple[str, str]]]:
    """A command line with values that are right, odd or wrong."""
    command = rng.choice(["run"] * 4 + ["circuit", "list", "show", "optimize", "minimize", "jobs"])
    wrong = False

    def value(right: str, numeric: bool) -> str:
        nonlocal wrong
        draw = rng.random()
        if draw < 0.75:
            return right
        if draw < 0.9:
            return rng.choice(ODD)
        wrong = wrong or numeric
        return rng.choice(WRONG[:4] if numeric else WRONG)

    if command in ("list", "show", "jobs"):
        line = [command, *([rng.choice([*OBJECTIVES, *WRONG, *ODD])] if command != "jobs" else [])]
        if command == "jobs":
            line += ["--ledger", "ledger"]
        return " ".join(line), lambda: commanded(line, False)
    line = [command, rng.choice([*OBJECTIVES, *OBJECTIVES, *WRONG, *ODD])]
    if command in ("run", "circuit"):
        line += ["--qubits", "3", *QUICK] if command == "run" else ["--qubits", "2", *QUICK[:-1]]
        line += ["--backend", "emulator", "--no-figures"] if command == "run" else []
        names = rng.sample(sorted(FLAGS), rng.randint(1, 4))
    else:
        names = rng.sample(["--bounds", "--qubits", "--dimensions"], rng.randint(0, 2))
        more = {"optimize": ["--starts", "--time-limit", "--diffusion"], "minimize": ["--shots"]}
        line += ["--qubits", "3"] if command == "optimize" else ["--maxfev", "500", "--steps", "4"]
        line += ["--diffusion", "1", "--steps", "2"] if command == "optimize" else []
        for name in more[command]:
            line += [name, value("1", True)]
    for name in names:
        parts = [value(part, name in NUMERIC) for part in rng.choice(FLAGS[name]).split()]
        line += [name, *parts]
    return " ".join(line), lambda: commanded(line, wrong)


def spec_files(rng: random.Random) -> tuple[str, Callable[[], tuple[str, str]]]:
    """A spec file with a value of any type under any key, or damaged text."""
    right: dict[str, Any] = {
        "objective": "double_well", "qubits": 3, "backend": "emulator", "stages": 2, "steps": 2,
        "time_step": 0.05, "d_start": 4.0, "d_stop": 0.5, "validate": False, "shots": 10,
    }  # fmt: skip
    values: list[Any] = [1, -1, 2.5, True, "", "zzz", [], [1], ["a"], {}, {"a": 1}, 10**30, "\x00"]
    keys = [*qdml.Spec.__dataclass_fields__, "qubit", ""]
    key, value = rng.choice(keys), rng.choice(values)
    wrong = isinstance(value, dict) and key not in ("initial",)
    wrong |= value in ("zzz", "\x00") or (isinstance(value, list) and value == ["a"])
    data, damaged = right | {key: value}, rng.random() < 0.3
    ending = rng.choice([".json", ".toml"])
    if ending == ".json":
        text = json.dumps(data)
    else:
        text = "".join(f"{json.dumps(k)} = {_toml(v)}\n" for k, v in data.items())
    if damaged:
        at, wrong = rng.randrange(len(text)), False
        text = rng.choice([text[:at], text[:at] + rng.choice('"{}[]=,\x00\n9') + text[at + 1 :]])

    def run() -> tuple[str, str]:
        Path(f"spec{ending}").write_text(text, encoding=rng.choice(["utf-8", "utf-8-sig"]))
        return commanded(["run", f"spec{ending}", "--no-figures"], wrong)

    return f"spec{ending} {text!r}", run


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def tables(rng: random.Random) -> tuple[str, Callable[[], tuple[str, str]]]:
    """Numbers written in some way, perhaps with a wrong cell; read as those numbers, or refused."""
    columns, count = rng.choice([1, 1, 2]), rng.choice([4, 8, 8, 5])
    rows = [[rng.uniform(-5, 5) for _ in range(columns)] for _ in range(count)]
    if columns == 2:
        rows = [[float(k) + rng.choice([0, 0.25]), row[1]] for k, row in enumerate(rows)]
    between, comma = rng.choice(
        [(",", False), (";", True), (";", False), ("\t", True), ("  ", False)]
    )
    exponent = rng.choice("eED")
    cells = [
        [f"{v:.17e}".replace("e", exponent).replace(".", "," if comma else ".") for v in row]
        for row in rows
    ]
    broken = rng.random() < 0.4
    if broken:
        bad = ["", "nan", "n/a", "1.2.3", "1,2,3", "0x1", "1e999", "--", "1_0", "x", "\x00", "1e"]
        row = rng.choice(cells[1:])  # before all numbers a line of letters is a header
        row[rng.randrange(columns)] = rng.choice(bad[columns == 1 :])  # an empty line is no cell
    header = rng.choice(["", "# x\n", "x;y\n", "R E\n", "\n\n"])
    text = header + "\n".join(between.join(row) for row in cells)
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "latin-1"])
    name = rng.choice(["t.csv", "t.dat", "t.txt"])

    def run() -> tuple[str, str]:
        Path(name).write_text(text, encoding=encoding)
        try:
            with limited():
                made = objective_from_file(name, None if columns == 2 else [(0, count)])
        except Hung:
            return "hung", ""
        except Exception as error:
            one_line = "\n" not in str(error) and cli._is_worded(error)
            return ("refused" if one_line else "escaped"), f"{type(error).__name__}: {error}"
        read: Any = made.function
        expected = np.array(rows)
        same = np.array_equal(read.values.ravel(), expected[:, -1])
        if columns == 2 and hasattr(read, "positions"):
            same = same and np.array_equal(read.positions, expected[:, 0])
        return ("done" if same and not broken else "silent"), f"{made.source['read']}"

    return f"{name} {encoding} {text!r}", run


def _verbs() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Public verbs with arguments that are right and quick."""
    grid = qdml.Grid((-2.5, 2.5), 3)
    where = qdml.Problem(grid, "double_well")
    short = qdml.Schedule.geometric((4, 0.3), num_stages=2, num_steps=2, time_step=0.05)
    circuit = qdml.build(where, short)
    both = {"problem": where, "schedule": short}
    packet = qdml.Moments(0.0, 0.0, 1.0)
    return {
        "Grid": (qdml.Grid, {"bounds": (-2, 2), "num_qubits": 3}),
        "Problem": (qdml.Problem, {"grid": grid, "objective": "double_well"}),
        "Objective": (qdml.Objective, {"function": abs, "dimensions": 1}),
        "as_objective": (qdml.as_objective, {"objective": "x**2", "dimensions": 1, "name": "n"}),
        "compressed": (
            qdml.compressed,
            {"objective": qdml.as_objective("x**2"), "scale": 1.0, "floor": 0.0},
        ),
        "Gaussian": (qdml.Gaussian, {"center": 0.0, "width": 0.5, "momentum": 0.0}),
        "Stage": (qdml.Stage, {"diffusion": 1.0, "time_step": 0.1, "num_steps": 2, "coarse": 0}),
        "Schedule": (qdml.Schedule, {"stages": short.stages, "goal": None}),
        "Anneal": (qdml.Anneal, both | {"formula": "lie", "initial": "uniform"}),
        "Compiler": (qdml.Compiler, {"name": "walsh"}),
        "Goal": (qdml.Goal, {"problem": where, "radius": 0.1}),
        "Hamiltonian": (qdml.Hamiltonian, {"problem": where, "diffusion": 1.0}),
        "anneal": (qdml.anneal, both | {"validate": False, "shots": 10, "seed": 1}),
        "evolve": (qdml.evolve, both),
        "relax": (qdml.relax, {"problem": where, "diffusion": 1.0}),
        "measure_energy": (qdml.measure_energy, both | {"shots": 10, "seed": 1}),
        "build": (qdml.build, both),
        "compile_phase": (qdml.compile_phase, {"values": np.arange(8.0), "angle": 0.1}),
        "to_qasm3": (qdml.to_qasm3, {"circuit": circuit}),
        "suggest_schedule": (qdml.suggest_schedule, {"problem": where, "max_steps": 50}),
        "trained_schedule": (qdml.trained_schedule, {"num_steps": 10, "dimensions": 2}),
        "optimize_schedule": (
            qdml.optimize_schedule,
            {"problem": where, "num_steps": 2, "diffusion": 1.0, "num_starts": 1},
        ),
        "ground_state": (qdml.ground_state, {"problem": where, "diffusion": 1.0}),
        "eigenstates": (qdml.eigenstates, {"problem": where, "diffusion": 1.0, "num_states": 2}),
        "packet_moments": (qdml.packet_moments, {"start": packet, "diffusion": 1.0, "time": 1.0}),
        "minimize": (
            qdml.minimize,
            {"fun": "x**2", "bounds": [(-1, 1)], "x0": [0.5], "maxfev": 300, "workers": 1},
        ),
    }


def verbs(rng: random.Random) -> tuple[str, Callable[[], tuple[str, str]]]:
    """A public verb with one argument of another type or out of range."""
    global _KNOWN
    _KNOWN = _KNOWN or _verbs()
    name = rng.choice(sorted(_KNOWN))
    function, right = _KNOWN[name]
    parameters = inspect.signature(function).parameters
    argument = rng.choice([n for n, p in parameters.items() if p.kind is not p.VAR_KEYWORD])
    surely = [object(), {1}, {"a": object()}, 1j, b"x"]  # wrong wherever it stands
    maybe = [math.nan, -1, 0, 2.5, True, "", "zzz", None, [1], np.arange(2.0), 10**400, math.inf]
    wrong = rng.random() < 0.4
    value = rng.choice(surely if wrong else maybe)
    # Those take anything, in part or until they are used.
    wrong &= argument not in ("target", "budget", "progress", "backend")

    def run() -> tuple[str, str]:
        try:
            with limited(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                function(**right | {argument: value})
        except Hung:
            return "hung", ""
        except Exception as error:
            text = f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
            if not cli._is_worded(error):
                return "escaped", text
            named = any(f"`{other}`" in text for other in parameters) or "bounds" in text
            return ("refused" if named or isinstance(value, str) else "vague"), text
        return ("silent" if wrong else "done"), ""

    return f"{name}({argument}={value!r:.60})", run


_KNOWN: dict[str, Any] = {}
SOURCES = {
    "command lines": command_lines,
    "spec files": spec_files,
    "tables": tables,
    "verbs": verbs,
}


def main() -> int:
    """Run the cases in turn and print the table, and what was not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3600, help="no further case begins then")
    parser.add_argument("--quick", action="store_true", help="80 cases")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON file")
    options = parser.parse_args()
    cases, begun, folder = 80 if options.quick else options.cases, time.monotonic(), Path.cwd()
    counts = {name: Counter[str]() for name in SOURCES}
    slowest = dict.fromkeys(SOURCES, 0.0)
    bad: list[str] = []
    os.environ.pop("QDML_DEBUG", None)
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        for number in range(cases):
            if time.monotonic() - begun > options.seconds:
                break
            source = list(SOURCES)[number % len(SOURCES)]
            shown, case = SOURCES[source](random.Random(f"{options.seed}/{number}"))
            started = time.process_time()
            kind, words = case()
            slowest[source] = max(slowest[source], time.process_time() - started)
            counts[source][kind] += 1
            if kind in ("escaped", "silent", "hung", "vague"):
                bad.append(f"{kind}  {source} {number}: {shown[:300]}  ->  {words[:300]}")
        os.chdir(folder)
    rows: list[dict[str, Any]] = [
        {"source": name, "cases": counts[name].total()}
        | {kind: counts[name][kind] for kind in KINDS}
        | {"slowest": slowest[name]}
        for name in SOURCES
    ]
    print(*bad, sep="\n")
    finish("fuzz", rows, folder / options.output)
    return int(any(row[kind] for row in rows for kind in ("escaped", "silent", "hung")))


if __name__ == "__main__":
    sys.exit(main())
