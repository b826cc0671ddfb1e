"""How cost grows as the work grows: every size is doubled, and the exponent is printed.

Processor time of this process, so that other work on the machine counts little; the best of three,
or of two for what takes more than a second: the first one of a size asks the system for its memory.
Where points of a transform grow, their time is divided by log n. The exponent is the slope of log t
over log n through the larger half of the sizes: 1 is linear. `--rows` measures some rows only and
leaves the others of the file as they are.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from common import arguments, finish

from qdml_quantum import Grid, Objective, Problem, Schedule, anneal, eigenstates, evolve, relax

Work = Callable[[int], Callable[[], Any]]
"""From a size to a call that does so much work; what is made before is not timed."""


def bowl(shape: Sequence[int]) -> Problem:
    formula = " + ".join(f"x{axis}**2" for axis in range(1, len(shape) + 1))
    problem = Problem(Grid([(-6.0, 6.0)] * len(shape), list(shape)), formula)
    problem.values  # noqa: B018  sampled outside the timing
    return problem


def stages(number: int, steps: int = 1) -> Schedule:
    return Schedule.geometric((4.0, 0.25), num_stages=number, num_steps=steps, time_step=0.01)


def points(size: int) -> Callable[[], Any]:
    problem = bowl([size.bit_length() - 1])
    return lambda: evolve(problem, stages(1, 8))


def bare(size: int) -> Callable[[], Any]:
    """The transforms of eight steps alone: what the first row cannot do without."""
    psi = np.ones(size, dtype=complex)

    def run() -> None:
        for _ in range(8):
            scipy.fft.ifft(scipy.fft.fft(psi, overwrite_x=True), overwrite_x=True)

    return run


def axes(number: int) -> Callable[[], Any]:
    problem = bowl([3] * number)
    return lambda: evolve(problem, stages(1, 8))


def stages_in_memory(number: int) -> Callable[[], Any]:
    problem = bowl([6])
    return lambda: evolve(problem, stages(number))


def stages_in_a_folder(number: int) -> Callable[[], Any]:
    problem = bowl([6])

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            anneal(problem, stages(number), validate=False, folder=folder)

    return run


def steps(number: int) -> Callable[[], Any]:
    problem = bowl([6])
    return lambda: evolve(problem, stages(1, number))


def shots(number: int) -> Callable[[], Any]:
    problem = bowl([10])
    return lambda: anneal(problem, stages(1), validate=False, shots=number, seed=1)


def evaluations(number: int) -> Callable[[], Any]:
    """A function that takes one point at a time, on so many points."""
    grid = Grid([(-1.0, 1.0)], number.bit_length() - 1)

    def value(x: float) -> float:
        return x**2 if x > 0 else -x

    return lambda: Problem(grid, Objective(value, 1, name="one by one")).values


def levels(size: int) -> Callable[[], Any]:
    problem = bowl([size.bit_length() - 1])
    return lambda: eigenstates(problem, 1.0, 3)


def imaginary_time(size: int) -> Callable[[], Any]:
    problem = bowl([size.bit_length() - 1])
    return lambda: relax(problem, 1.0)


def seconds(run: Callable[[], Any]) -> float:
    best = math.inf
    for number in range(3):
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
        if number and best > 1:
            break
    return best


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Slope of log t over log n through the larger half of the sizes."""
    half = max(2, len(sizes) // 2)
    slope, _ = np.polyfit(np.log(sizes[-half:]), np.log(times[-half:]), 1)
    return float(slope)


def powers(first: int, last: int, step: int = 1) -> list[int]:
    return [1 << n for n in range(first, last + 1, step)]


def shown(size: int) -> str:
    """A power of two or ten as such, where that is shorter."""
    for base in (2, 10):
        power = round(math.log(size, base))
        if size >= 1000 and base**power == size:
            return f"{base}^{power}"
    return str(size)


CASES: dict[str, tuple[Work, list[int], list[int], bool]] = {
    "points of a line, `evolve` with 8 steps": (points, powers(10, 24, 2), powers(8, 10), True),
    "the transforms of that alone": (bare, powers(10, 24, 2), powers(8, 10), True),
    "axes of 8 points, `evolve` with 8 steps": (axes, [1, 2, 3, 4, 5, 6, 7], [1, 2], True),
    "stages of one step": (stages_in_memory, powers(6, 13), powers(2, 4), False),
    "the same with a run folder": (stages_in_a_folder, powers(6, 13), powers(2, 4), False),
    "steps of one stage": (steps, powers(6, 16), powers(4, 6), False),
    "shots on 2^10 points": (shots, [10**n for n in range(3, 9)], [10, 100], False),
    "evaluations of a function of one point at a time": (
        evaluations,
        powers(8, 16),
        powers(4, 6),
        False,
    ),
    "points of a line, `eigenstates`, three levels": (
        levels,
        powers(10, 20),
        powers(8, 9),
        True,
    ),
    "points of a line, `relax`": (imaginary_time, powers(8, 14), powers(5, 6), True),
}
"""What grows: the work, its sizes, those of a smoke test, and whether they are of transforms."""


def choices(parser: ArgumentParser) -> None:
    names = [work.__name__ for work, *_ in CASES.values()]
    parser.add_argument("--rows", nargs="+", choices=names, default=names)


def main() -> None:
    options = arguments(__doc__ or "", choices)
    path = Path(options.output) / "growth.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    for name, (work, large, small, transforms) in CASES.items():
        if work.__name__ not in options.rows:
            continue
        sizes = small if options.quick else large
        counts = [8**size for size in sizes] if work is axes else sizes
        times = [seconds(work(size)) for size in sizes]
        logs = [math.log2(count) if transforms else 1.0 for count in counts]
        fair = [taken / log for taken, log in zip(times, logs, strict=True)]
        row = {
            "what": name,
            "from": shown(sizes[0]),
            "to": shown(sizes[-1]),
            "first_ms": 1e3 * times[0],
            "last_ms": 1e3 * times[-1],
            "exponent": max(exponent(counts, fair), 1e-3),
        }
        print(row, [f"{1e3 * taken:.4g}" for taken in times], flush=True)
        rows = [other for other in rows if other["what"] != name] + [row]
        rows.sort(key=lambda row: list(CASES).index(row["what"]))
        finish("growth", rows, options.output)


if __name__ == "__main__":
    main()
