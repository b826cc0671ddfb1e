"""`minimize` in 2 to 10 dimensions beside what else one would use, at equal evaluations.

Ten functions in boxes that were moved at random, by up to a fifth of them; 3200 d evaluations. A
run is right where L-BFGS-B, started at its answer, ends within 1e-3 of the lowest value there is,
judged alike for every method. `greedy`, `refined` and `uniform` are the same loop, with the lowest
known point, that one and those next to it, or random ones in place of shots. Two tables, made from
`minimize_runs.jsonl`, to which every run is added as it ends: `minimize` (right runs, with the 95 %
interval of their share) and `minimize_verdicts` (how often `success` is wrong). The needle is one
that no search from values finds. CMA-ES with restarts is there where `pip install cma` was done.
`--noise 60`: a third one, `minimize_noise`, of so many runs on a bowl with noise of 1: pulls of
what is reported against the truth where it is reported.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import scipy.optimize
from common import arguments, finish

from qdml_quantum import Emulator, as_objective, minimize, wilson_interval
from qdml_quantum.backends.base import Outcome, Task
from qdml_quantum.optimize.bench.methods import Greedy, Uniform
from qdml_quantum.optimize.minimize import PER_DIMENSION

Array = Any
FIVE = ("rastrigin", "ackley", "levy", "rosenbrock", "styblinski_tang")
OTHERS = ("griewank", "salomon", "gaussians")
BOX, SHIFT = 5.0, 0.2


@dataclass(frozen=True)
class Moved:
    """A function of points in rows, its box, and its lowest value."""

    name: str
    value: Callable[[Array], Array]
    bounds: tuple[tuple[float, float], ...]
    minimum: float

    def at(self, x: Array) -> float:
        """At one point."""
        return float(self.value(np.asarray(x, dtype=float)[None])[0])

    def right(self, x: Array) -> bool:
        """Whether a local search from here ends in the lowest value."""
        ends = scipy.optimize.minimize(self.at, x, method="L-BFGS-B", bounds=self.bounds)
        lowest = np.minimum(ends.fun, self.at(x))
        return bool(lowest <= self.minimum + 1e-3 * max(1.0, abs(self.minimum)))


def made(name: str, d: int, seed: int) -> Moved:
    """A function, moved by the seed."""
    rng = np.random.default_rng([7, d, seed])
    if name in FIVE:
        objective = as_objective(name, d)
        low, high = np.array(objective.bounds).T
        minimum = float(objective.minimum or 0.0)

        def plain(points: Array) -> Array:
            return np.broadcast_to(np.asarray(objective.function(*points.T)), len(points))

    else:
        low, high = np.full(d, -BOX), np.full(d, BOX)
        plain, minimum = OWN[name](d, rng)
    shift = rng.uniform(-SHIFT, SHIFT, d) * (high - low)
    # The box is moved, not the function: then a minimizer near its edge stays inside.
    low, high = low + shift, high + shift
    return Moved(name, plain, tuple(zip(low.tolist(), high.tolist(), strict=True)), minimum)


def griewank(d: int, rng: Any) -> Any:
    roots = np.sqrt(np.arange(1, d + 1))
    scale = 120.0  # its box is 600 wide on either side
    return (
        lambda p: (
            ((p * scale) ** 2).sum(axis=1) / 4000 - np.cos(p * scale / roots).prod(axis=1) + 1
        ),
        0.0,
    )


def salomon(d: int, rng: Any) -> Any:
    def value(p: Array) -> Array:
        radius = 20 * np.sqrt((p**2).sum(axis=1))  # its box is 100 wide on either side
        return 1 - np.cos(2 * np.pi * radius) + 0.1 * radius

    return value, 0.0


def gaussians(d: int, rng: Any) -> Any:
    centers = rng.uniform(-0.7 * BOX, 0.7 * BOX, (8, d))
    centers[0] *= 0.4
    depths = np.array([2.0, *rng.uniform(0.8, 1.5, 7)])

    def value(p: Array) -> Array:
        away = ((p[:, None, :] - centers) ** 2).sum(axis=2)
        return -(depths * np.exp(-away / (2 * 1.5**2 * np.sqrt(d / 2)))).sum(axis=1)

    ends = [
        scipy.optimize.minimize(lambda x: value(x[None])[0], c, method="L-BFGS-B") for c in centers
    ]
    return value, float(min(one.fun for one in ends))


def rotated(d: int, rng: Any) -> Any:
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    plain = as_objective("rastrigin", d)
    return lambda p: np.asarray(plain.function(*(turn @ p.T))), 0.0


def needle(d: int, rng: Any) -> Any:
    place = rng.uniform(-0.5 * BOX, 0.5 * BOX, d)
    return (
        lambda p: (p**2).sum(axis=1) / d - 50 * (np.abs(p - place).max(axis=1) < 0.02),
        float((place**2).sum() / d - 50),
    )


OWN = {
    "griewank": griewank,
    "salomon": salomon,
    "gaussians": gaussians,
    "rotated": rotated,
    "needle": needle,
}


class EnoughError(Exception):
    """All evaluations are used."""


def ours(backend: Any) -> Callable[[Moved, int, int], Any]:
    def search(case: Moved, most: int, seed: int) -> Any:
        fun = as_objective(case.value, len(case.bounds), style="rows")
        return minimize(fun, case.bounds, maxfev=most, seed=seed, backend=backend(workers=1))

    return search


def theirs(method: Callable[..., Any]) -> Callable[[Moved, int, int], Any]:
    """The best point of a classical search, stopped at its evaluations."""

    def search(case: Moved, most: int, seed: int) -> Any:
        best: list[Any] = [np.inf, None]
        low, high = np.array(case.bounds).T
        used = 0

        def fun(x: Array) -> float:
            nonlocal used
            if used >= most:
                raise EnoughError
            used += 1
            inside = np.minimum(np.maximum(x, low), high)
            value = case.at(inside)
            if value < best[0]:
                best[:] = [value, inside]
            return value

        success = False
        with suppress(EnoughError):
            success = bool(getattr(method(fun, case, most, seed), "success", False))
        return scipy.optimize.OptimizeResult(x=best[1], success=success, nfev=used)

    return search


def evolution(fun: Any, case: Moved, most: int, seed: int) -> Any:
    return scipy.optimize.differential_evolution(fun, case.bounds, maxiter=most, rng=seed)


def dual(fun: Any, case: Moved, most: int, seed: int) -> Any:
    return scipy.optimize.dual_annealing(fun, case.bounds, maxfun=most, rng=seed)


def covariance(fun: Any, case: Moved, most: int, seed: int) -> Any:
    import cma

    low, high = np.array(case.bounds).T
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cma.fmin(
            fun,
            lambda: rng.uniform(low, high),
            float((high - low).mean()) / 4,
            {
                "bounds": [low.tolist(), high.tolist()],
                "maxfevals": most,
                "seed": seed,
                "verbose": -9,
            },
            restarts=9,
            bipop=True,
        )


class Lowest(Emulator):
    """Measures the lowest of the points that the phases are made from, and nothing else."""

    def run(self, task: Task, **_: Any) -> Outcome:
        """One point."""
        grid, values = task.anneal.grid, task.anneal.problem.values
        lowest = np.unravel_index(int(np.argmin(values)), grid.shape)
        return Outcome(None, {grid.bitstring_of([int(index) for index in lowest]): 1})


METHODS: dict[str, Callable[[Moved, int, int], Any]] = {
    "minimize": ours(Emulator),
    "greedy": ours(Lowest),
    "refined": ours(Greedy),
    "uniform": ours(Uniform),
    "evolution": theirs(evolution),
    "dual_annealing": theirs(dual),
}
try:
    import cma  # noqa: F401

    METHODS["cma"] = theirs(covariance)
except ImportError:
    print("CMA-ES is left out: pip install cma", file=sys.stderr)


def main() -> None:
    options = arguments(__doc__.splitlines()[0], extra=_more)
    names = (*FIVE, *OTHERS, "rotated", "needle")
    dimensions = [2] if options.quick else options.dimensions
    # Nothing was chosen on these seeds; those below 40 were looked at while the loop was made.
    seeds = range(40, 40 + (1 if options.quick else options.seeds))
    runs = Runs(options.output)
    # Seed by seed, so that what is there when it is stopped has equal seeds everywhere.
    for seed, d, name in product(seeds, dimensions, names[:2] if options.quick else names):
        for label in options.methods:
            runs.make(d, name, seed, label)
    finish("minimize", runs.shares(), options.output)
    finish("minimize_verdicts", runs.verdicts(), options.output)
    if options.noise:
        finish("minimize_noise", [noisy(d, options.noise) for d in (2, 5)], options.output)


def noisy(d: int, number: int) -> dict[str, Any]:
    """Pulls over runs on ``|x - c|^2`` with noise of 1; the seeds are from 100 on."""
    pulls, away, agreed = [], [], []
    for seed in range(100, 100 + number):
        rng = np.random.default_rng([3, d, seed])
        center = rng.uniform(-1, 1, d)

        def value(points: Array, rng: Any = rng, center: Array = center) -> Array:
            return ((points - center) ** 2).sum(axis=1) + rng.normal(size=len(points))

        found = minimize(as_objective(value, d, style="rows"), [(-5, 4)] * d, seed=seed)
        truth = float(((found.x - center) ** 2).sum())
        pulls.append((found.fun - truth) / found.fun_error)
        away.append(truth)
        agreed.append(found.success)
    return {
        "d": d,
        "runs": number,
        "rms_pull": float(np.sqrt(np.mean(np.square(pulls)))),
        "its_error": (2 * number) ** -0.5,
        "mean_pull": float(np.mean(pulls)),
        "lowest_pull": float(np.min(pulls)),
        "mean_excess": float(np.mean(away)),
        "success": float(np.mean(agreed)),
    }


class Runs:
    """All runs that a folder has, each a line of `minimize_runs.jsonl`, written as it ends.

    What is there is not made again, and several processes may share the work (`--methods`): a run
    is known by its dimensions, function, seed and method. Remove the file after a change.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "minimize_runs.jsonl"
        self.path.touch()
        self._known = {_key(row) for row in self.rows}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Of all processes so far."""
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def make(self, d: int, name: str, seed: int, label: str) -> None:
        """One run, unless it was there when this process began."""
        row: dict[str, Any] = {"d": d, "function": name, "seed": seed, "method": label}
        if _key(row) in self._known:
            return
        case = made(name, d, seed)
        found = METHODS[label](case, PER_DIMENSION * d, seed)
        row |= {"right": case.right(found.x), "success": bool(found.success)}
        row |= {"nfev": int(found.nfev), "x": found.x.tolist(), "bounds": case.bounds}
        row["starts"] = [asdict(one) for one in getattr(found, "starts", ())]
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def shares(self) -> list[dict[str, Any]]:
        """Right runs of each method with their interval, by dimensions and functions."""
        right: dict[tuple[int, str], dict[str, list[bool]]] = {}
        for row in self.rows:
            group = "the five" if row["function"] in FIVE else row["function"]
            cell = right.setdefault((row["d"], group), {})
            cell.setdefault(row["method"], []).append(row["right"])
        return [
            {"d": d, "functions": group}
            | {label: _share(right[d, group].get(label, [])) for label in METHODS}
            for group in ("the five", *OTHERS, "rotated", "needle")
            for d in sorted({d for d, _ in right})
            if (d, group) in right
        ]

    def verdicts(self) -> list[dict[str, Any]]:
        """How often `success` is wrong; without the needle, which no search from values finds."""
        rows = [row for row in self.rows if row["function"] != "needle"]
        table = []
        for d, label in sorted({(row["d"], row["method"]) for row in rows}):
            seen = [row for row in rows if (row["d"], row["method"]) == (d, label)]
            claimed = [row for row in seen if row["success"]]
            wrong = sum(not row["right"] for row in claimed)
            low, high = wilson_interval(wrong, len(seen))
            table.append(
                {"d": d, "method": label, "runs": len(seen)}
                | {"right": sum(row["right"] for row in seen), "claimed": len(claimed)}
                | {"claimed_wrong": wrong, "from": low, "to": high}
            )
        return table


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("d", "function", "seed", "method"))


def _share(right: list[bool]) -> str:
    """Such as ``19 of 20 (.76 to .99)``."""
    if not right:
        return ""
    low, high = wilson_interval(sum(right), len(right))
    return f"{sum(right)} of {len(right)} ({low:.2f} to {high:.2f})".replace("0.", ".")


def _more(parser: Any) -> None:
    parser.add_argument("--seeds", type=int, default=20, help="runs per function (20)")
    parser.add_argument("--noise", type=int, default=0, help="runs with noise (0)")
    parser.add_argument("--dimensions", type=int, nargs="+", default=[2, 3, 4, 5, 10])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))


if __name__ == "__main__":
    main()
