"""Where people wait: what a row takes, and what it should take at most, in processor time.

Every row is the median of `--rounds` calls in this process, one that is not counted before; the
first contact is that of processes of their own, in turn with `python -c pass` and with one that
imports NumPy, below which no command can be. A fixed cost is that of `evolve` with one step over
what one of the next twenty steps takes; the bare pair is two transforms by `scipy.fft` and two
multiplications by ready arrays, in turn with `evolve`. `--parts` runs some parts only and leaves
the other rows of the file as they are.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from common import arguments, finish, median

from qdml_quantum import (
    Anneal,
    Grid,
    Problem,
    Schedule,
    anneal,
    eigenstates,
    evolve,
    minimize,
    relax,
)
from qdml_quantum.backends.aer import Aer
from qdml_quantum.backends.base import Task
from qdml_quantum.dynamics.propagate import useful_threads
from qdml_quantum.synthesis.compiler import Compiler

STEPS = 20
Row = tuple[str, str, float, float | None]
"""What, on what, how much, at most."""


def in_turn(rounds: int, **candidates: Callable[[], Any]) -> dict[str, float]:
    """Median processor time of each, called in turn; one call of each is not counted."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, run in candidates.items():
            begun = time.process_time()
            run()
            if number:
                times[name].append(time.process_time() - begun)
    return {name: median(found) for name, found in times.items()}


def bowl(qubits: list[int]) -> Problem:
    formula = " + ".join(f"x{axis}**2" for axis in range(1, len(qubits) + 1))
    problem = Problem(Grid([(-6.0, 6.0)] * len(qubits), qubits), formula)
    problem.values  # noqa: B018  sampled outside the timing
    return problem


def equal_steps(number: int) -> Schedule:
    return Schedule.constant(0.5, num_steps=number, time_step=0.01)


def shown(qubits: list[int]) -> str:
    return " + ".join(map(str, qubits))


def fixed_cost(rounds: int, quick: bool) -> Iterator[Row]:
    cases = {"12": 20, "16": 8, "20": 4, "10 + 10": 4}
    for name, aim in ({"4": 20} if quick else cases).items():
        problem = bowl([int(n) for n in name.split(" + ")])
        one, more = equal_steps(1), equal_steps(1 + STEPS)
        calls = {"one": partial(evolve, problem, one), "more": partial(evolve, problem, more)}
        times = in_turn(rounds, **calls)
        step = (times["more"] - times["one"]) / STEPS
        fixed = times["one"] / step - 1
        yield "`evolve`, fixed cost in steps", name, max(fixed, 1e-3), aim


def bare(shape: tuple[int, ...]) -> Callable[[], None]:
    """Two transforms and two multiplications, twenty times."""
    rng = np.random.default_rng(0)
    factors = [np.exp(1j * rng.random(shape)) for _ in range(2)]
    options: dict[str, Any] = {"overwrite_x": True, "workers": useful_threads(shape)}

    def run() -> None:
        psi = np.full(shape, 1.0, dtype=complex)
        for _ in range(STEPS):
            psi *= factors[0]
            psi = scipy.fft.fftn(psi, **options)
            psi *= factors[1]
            psi = scipy.fft.ifftn(psi, **options)

    return run


def bare_pair(rounds: int, quick: bool) -> Iterator[Row]:
    for qubits in [[4]] if quick else [[20], [10, 10]]:
        problem, schedule = bowl(qubits), equal_steps(STEPS)
        calls = {"ours": partial(evolve, problem, schedule), "bare": bare(problem.grid.shape)}
        times = in_turn(rounds, **calls)
        yield "`evolve` of 20 steps / bare pair", shown(qubits), times["ours"] / times["bare"], 1.3


def in_a_folder(problem: Problem, number: int) -> None:
    schedule = Schedule.geometric((4.0, 0.25), num_stages=number, num_steps=1, time_step=0.01)
    with tempfile.TemporaryDirectory() as folder:
        anneal(problem, schedule, validate=False, folder=folder)


def stages(rounds: int, quick: bool) -> Iterator[Row]:
    aims = {8: 0.6} if quick else {512: 0.6, 1024: 1.2, 8192: 10}
    for number, aim in aims.items():
        run = partial(in_a_folder, bowl([6]), number)
        few = min(rounds, 3) if number > 1024 else rounds
        yield "stages with a run folder, s", str(number), in_turn(few, run=run)["run"], aim


def spectra(rounds: int, quick: bool) -> Iterator[Row]:
    cases = [
        ("double_well", [(-2.5, 2.5)], [12], 0.05, 0.05),
        ("double_well", [(-2.5, 2.5)], [14], 0.05, 0.1),
        ("double_well", [(-2.5, 2.5)], [16], 0.05, 0.3),
        ("rastrigin", [(-5.12, 5.12)] * 2, [8, 8], 0.3, 0.8),
        ("harmonic", [(-4.0, 4.0)] * 3, [6, 6, 6], 0.5, 3.0),
    ]
    if quick:
        cases = [("double_well", [(-2.5, 2.5)], [5], 0.05, 0.05)]
    for name, bounds, qubits, diffusion, aim in cases:
        problem = Problem(Grid(bounds, qubits), name)
        problem.values  # noqa: B018
        took = in_turn(rounds, run=partial(eigenstates, problem, diffusion, 3))["run"]
        yield "`eigenstates`, 3 levels, s", f"{name} {shown(qubits)}", took, aim
        energies = eigenstates(problem, diffusion, 3)[0]
        off = float(np.abs(energies - by_axes(name, problem, diffusion)).max())
        what = "their energies to those of matrices of the axes"
        yield what, f"{name} {shown(qubits)}", off + sys.float_info.min, 1e-9


def by_axes(name: str, problem: Problem, diffusion: float) -> Any:
    """Three lowest sums of a level of every axis: these objectives are sums over their axes.

    The levels of an axis are those of its matrix, on at most 2^10 points: what finer grids add to
    these levels is below rounding.
    """
    lower, upper = problem.grid.bounds[0]
    points = min(problem.grid.shape[0], 1 << 10)
    axis = Problem(Grid([(lower, upper)], points.bit_length() - 1), name)
    one = eigenstates(axis, diffusion, 12, method="dense")[0]
    sums = np.zeros(1)
    for _ in problem.grid.axes:
        sums = np.sort((sums[:, None] + one).ravel())[:12]
    return sums[:3]


def neighbours(rounds: int, quick: bool) -> Iterator[Row]:
    qubits = 3 if quick else 6
    problem = Problem(Grid([(-5.12, 5.12)] * 3, qubits), "rastrigin")
    problem.values  # noqa: B018
    begun = time.process_time()
    relax(problem, 0.3)
    took = time.process_time() - begun  # Once: it is what takes longest here.
    yield "`relax`, s", f"rastrigin {shown([qubits] * 3)}", took, None


def diagonals(rounds: int, quick: bool) -> Iterator[Row]:
    aims = {4: 5} if quick else {12: 5, 14: 20}
    for qubits, aim in aims.items():
        problem = Problem(Grid([(-4.0, 8.0)], qubits), "morse")
        task = Task(Anneal(problem, equal_steps(16)), compiler=Compiler("diagonal"))
        run = partial(Aer().run, task, start=None, on_stage=lambda *_: None)
        took = in_turn(rounds, run=run)["run"] / 16
        yield "Aer, a step with diagonals, ms", str(qubits), 1e3 * took, aim


def rosen(x: Any) -> Any:
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def searches(rounds: int, quick: bool) -> Iterator[Row]:
    if quick:
        return

    run = partial(minimize, rosen, [(-2, 2)] * 2, seed=0)
    yield "`minimize`, s", "rosen", in_turn(min(rounds, 3), run=run)["run"], 1.0


CONTACT: dict[str, tuple[list[str], float | None]] = {
    "`python -c pass`": (["-c", "pass"], None),
    "`import numpy`": (["-c", "import numpy"], None),
    "`qdml run double_well`": (["-m", "qdml_quantum", "run", "double_well"], 2.5),
    "again": (["-m", "qdml_quantum", "run", "double_well"], 0.5),
    "`qdml run x^2`": (["-m", "qdml_quantum", "run", "x^2"], 0.3),
    "`qdml run nonsense`": (["-m", "qdml_quantum", "run", "nonsense"], 0.3),
    "`qdml run double_well --oops`": (["-m", "qdml_quantum", "run", "double_well", "--oops"], 0.3),
}


def contact(rounds: int, quick: bool) -> Iterator[Row]:
    """With compiled modules, as an installation leaves them: without, 0.1 s more."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times: dict[str, list[float]] = {name: [] for name in CONTACT}
    chosen = dict(list(CONTACT.items())[:2]) if quick else CONTACT
    for number in range(rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            for name, (command, _) in chosen.items():
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(
                    [sys.executable, *command],
                    cwd=folder,
                    env=environment,
                    capture_output=True,
                    check=False,
                )
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                if number:
                    times[name].append(taken)
    for name, (_, aim) in chosen.items():
        yield "first contact, s", name, median(times[name]), aim


PARTS: dict[str, Callable[[int, bool], Iterator[Row]]] = {
    "fixed": fixed_cost,
    "bare": bare_pair,
    "stages": stages,
    "spectra": spectra,
    "neighbours": neighbours,
    "diagonals": diagonals,
    "searches": searches,
    "contact": contact,
}


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=7)


def main() -> None:
    given = arguments(__doc__ or "", options)
    path = Path(given.output) / "speed.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    for part in given.parts:
        made = [
            {"part": part, "what": what, "on": on, "measured": value, "at most": aim or "-"}
            for what, on, value, aim in PARTS[part](1 if given.quick else given.rounds, given.quick)
        ]
        rows = [row for row in rows if row["part"] != part] + made
        rows.sort(key=lambda row: list(PARTS).index(row["part"]))
        finish("speed", rows, given.output)


if __name__ == "__main__":
    main()
