"""The engine of JAX against the bare FFT pair, against NumPy, and four devices against one.

* `bare`: a Strang step of 64 equal ones on one device, the making of factors included, over the
  faster one (of one thread and of all) of the bare pair of `scipy.fft` transforms with two
  multiplications by ready arrays.
* `stages`: 1000 stages of one step, all at once, over the same with NumPy.
* `schedules`: 64 schedules of 20 stages of 10 steps all at once, over one by one with NumPy; what
  is seen after every stage included.
* `schedules alone`: the same over one by one with the engine of JAX, as single anneals run.
* `devices`: such a step on four devices of the processor over one.
* `coarse`: a step of an anneal of three stages, of every fourth point of each axis, every second
  one, and all, refinements included, on four devices over one.
* `memory`: bytes a device per amplitude of the whole, as the compiler says, on four devices.

All rows of a part are timed in turn in one process, of one device but for `devices`, which makes
the last three; stages and schedules by processor time, and of one core where it is started with
`taskset -c 0`. On a shared machine of two cores four devices cannot gain. `--parts` runs some parts
only and leaves the other rows of the file as they are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.fft
from common import arguments, finish, interleaved, median

from qdml_quantum import Anneal, Grid, Problem, Schedule, Stage
from qdml_quantum.backends.engines.base import at_end
from qdml_quantum.backends.engines.jax_engine import JaxEngine
from qdml_quantum.backends.engines.numpy_engine import NumPyEngine
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.propagate import available_cores
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.goal import Goal

STEPS = 64
ALONE = 4
"""Of the schedules, those that are run one by one with JAX: all of them would take minutes."""


def problem_of(qubits: list[int]) -> Problem:
    return Problem(Grid([(-4.0, 4.0)] * len(qubits), qubits), "rastrigin")


def row(what: str, qubits: list[int], ours: float, theirs: float) -> dict[str, Any]:
    name = "+".join(map(str, qubits))
    return {
        "row": what,
        "qubits": name,
        "ours_ms": ours,
        "theirs_ms": theirs,
        "ratio": ours / theirs,
    }


def runner(engine: Any, anneal: Anneal) -> Any:
    """A call that runs all stages, on a state that stays there unless stages are coarse."""
    states, coarse = [engine.begin(anneal)], anneal.schedule.coarse

    def run() -> None:
        begun = engine.place(states[0]) if coarse else states[0]
        moved = engine.run(begun, anneal.recipe.stages)
        if not coarse:
            states[0] = moved

    return run


def against_bare(qubits: list[int], seconds: float) -> dict[str, Any]:
    problem = problem_of(qubits)
    anneal = Anneal(problem, Schedule.constant(0.5, num_steps=STEPS, time_step=0.01))
    work = anneal.start
    factor = np.exp(1j * np.random.default_rng(0).random(work.shape))

    def bare(workers: int) -> None:
        nonlocal work
        for _ in range(STEPS):
            work *= factor
            work = scipy.fft.fftn(work, overwrite_x=True, workers=workers)
            work *= factor
            work = scipy.fft.ifftn(work, overwrite_x=True, workers=workers)

    cores = available_cores()
    ours = runner(JaxEngine(problem, devices=1), anneal)
    calls = {"ours": ours, "one": lambda: bare(1), "all": lambda: bare(cores)}
    times = {key: median(some) for key, some in interleaved(calls, seconds=seconds).items()}
    scale = 1e3 / STEPS
    return row("bare", qubits, scale * times["ours"], scale * min(times["one"], times["all"]))


def many_stages(qubits: list[int], number: int, seconds: float) -> dict[str, Any]:
    problem = problem_of(qubits)
    schedule = Schedule.geometric((4.0, 0.2), num_stages=number, num_steps=1, time_step=0.01)
    anneal = Anneal(problem, schedule)
    engines = {"ours": JaxEngine(problem, devices=1), "theirs": NumPyEngine(problem)}
    calls = {key: runner(one, anneal) for key, one in engines.items()}
    times = interleaved(calls, seconds=seconds, clock=time.process_time)
    return row("stages", qubits, *(1e3 * median(some) for some in times.values()))


def many_schedules(qubits: list[int], number: int, seconds: float) -> list[dict[str, Any]]:
    problem = problem_of(qubits)
    goal, jax, numpy = Goal(problem), JaxEngine(problem, devices=1), NumPyEngine(problem)
    anneals = [
        Anneal(
            problem,
            Schedule.geometric((4.0 + n / 8, 0.2), num_stages=20, num_steps=10, time_step=0.01),
        )
        for n in range(number)
    ]

    def alone() -> None:
        for anneal in anneals[:: number // ALONE]:
            state, edges = jax.begin(anneal), []

            def look(psi: Any, edges: list[float] = edges) -> None:
                edges.append(jax.edge(psi))

            for stage, moves in enumerate(anneal.recipe.stages):
                state = jax.run(state, [moves], look)
                seen = at_end(jax, anneal, stage, state)
                jax.observe(seen, anneal.diffusion_after(stage), goal)
            jax.whole(state)

    goals = [goal] * number
    calls = {
        "ours": lambda: jax.run_many(anneals, goals),
        "numpy": lambda: numpy.run_many(anneals, goals),
        "alone": alone,
    }
    timed = interleaved(calls, seconds=seconds, rounds=3, clock=time.process_time)
    times = {name: 1e3 * median(some) for name, some in timed.items()}
    return [
        row("schedules", qubits, times["ours"], times["numpy"]),
        row("schedules alone", qubits, times["ours"], times["alone"] * number / ALONE),
    ]


def on_four(qubits: list[int], seconds: float) -> list[dict[str, Any]]:
    problem = problem_of(qubits)
    anneal = Anneal(problem, Schedule.constant(0.5, num_steps=STEPS, time_step=0.01))
    stages = (Stage(0.5, 0.01, STEPS, coarse=idle) for idle in (2, 1, 0))
    refined = Anneal(problem, Schedule(tuple(stages)))
    four, one, rows = JaxEngine(problem, devices=4), JaxEngine(problem, devices=1), []
    for what, moved in (("devices", anneal), ("coarse", refined)):
        calls = {"four": runner(four, moved), "one": runner(one, moved)}
        times = interleaved(calls, seconds=seconds)
        scale = 1e3 / moved.schedule.num_steps
        rows.append(row(what, qubits, *(scale * median(some) for some in times.values())))
    used = four.compiled([Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.1)] * 4).memory_analysis()
    taken = used.argument_size_in_bytes + used.temp_size_in_bytes
    taken += used.output_size_in_bytes - used.alias_size_in_bytes
    rows.append(row("memory", qubits, taken / problem.grid.size, 1.0))
    return rows


def rows_of(part: str, quick: bool) -> Iterator[dict[str, Any]]:
    seconds = 0.1 if quick else 3.0
    if part == "bare":
        plane = [[6, 6], [8, 8], [10, 10], [5, 5, 5], [7, 7, 6]]
        for case in [[10], [5, 5]] if quick else [*([n] for n in range(10, 23, 2)), *plane]:
            yield against_bare(case, seconds)
    elif part == "stages":
        for case in [[6]] if quick else [[8], [10], [12], [6, 6]]:
            yield many_stages(case, 50 if quick else 1000, seconds)
    elif part == "schedules":
        for case in [[6]] if quick else [[6], [8], [10], [12], [6, 6]]:
            yield from many_schedules(case, 4 if quick else 64, seconds)
    else:
        for case in [[10]] if quick else [[18], [20], [9, 9], [10, 10], [6, 6, 6]]:
            yield from on_four(case, seconds)


PARTS = {
    "bare": ("bare",),
    "stages": ("stages",),
    "schedules": ("schedules", "schedules alone"),
    "devices": ("devices", "coarse", "memory"),
}
"""Names of the rows of each part."""


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))


def main() -> None:
    given = arguments(__doc__ or "", options)
    if len(given.parts) > 1:  # The number of devices is fixed before the first is used.
        same = ["--output", str(given.output), *(["--quick"] if given.quick else [])]
        for part in given.parts:
            subprocess.run([sys.executable, __file__, "--parts", part, *same], check=True)
        return
    (part,) = given.parts
    number = 4 if part == "devices" else 1
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={number}"
    path = Path(given.output) / "jax_engine.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    rows = [one for one in rows if one["row"] not in PARTS[part]]
    rows += rows_of(part, given.quick)
    rows.sort(
        key=lambda one: next(i for i, names in enumerate(PARTS.values()) if one["row"] in names)
    )
    finish("jax_engine", rows, given.output)


if __name__ == "__main__":
    main()
