"""Reference methods: diffusion Monte Carlo energies, and how often classical searches succeed.

Five tables, each a JSON file. `monte_carlo`: ground-state energy of d oscillators, d = 1 to 10,
from walkers without and with a guide of 0.9 of the right curvature, with the distance from the
exact value in standard errors. `baselines`: functions of ten variables, ten seeds; a hit is a
point within 0.01 of the diagonal of the box from a global minimizer. `baselines_plane`: the 22
functions of the QHD paper, five seeds, with as many evaluations as `minimize` may use, beside
`minimize` itself (before any polish), on boxes as published and shifted. `descents` is gradient
descent from as many random points as fit. `verdicts`: how often `success` is wrong, and how often a
right answer is not called one, of `minimize` and of SciPy's global searches by their own rules with
as many evaluations, six seeds; for the needle of Damavandi beside the bound that holds for any.
`mqhoa`: the four forms of it on three functions, with the 10,000 evaluations a variable of the
authors' programs, ten seeds; a hit is a value within 0.01 of the minimum.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy.optimize
from common import arguments, finish
from scipy.optimize import OptimizeResult

from qdml_quantum import Objective, as_objective, minimize
from qdml_quantum.optimize.baselines import gradient_descent, mqhoa, simulated_annealing
from qdml_quantum.optimize.baselines.mqhoa import FORMS
from qdml_quantum.optimize.bench.cases import SUITE, Case, make_case
from qdml_quantum.optimize.bench.methods import METHODS, EvaluationBudget
from qdml_quantum.reference.walkers.guide import Guide
from qdml_quantum.reference.walkers.monte_carlo import diffusion_monte_carlo

TEN = (
    "sphere",
    "griewank",
    "ackley",
    "styblinski_tang",
    "levy",
    "zakharov",
    "rastrigin",
    "rosenbrock",
    "schwefel",
)
BUDGET, RADIUS, TINY = 50_000, 0.01, 1e-16
case_of = cache(make_case)  # A moved box is a scan of 2^18 points.

SEARCHES: dict[str, Callable[..., OptimizeResult]] = {
    "mqhoa": mqhoa,
    "mqhoa_2013": partial(mqhoa, form="selection"),
    "mqhoa_halving": partial(mqhoa, form="halving"),
    "mqhoa_subpopulations": partial(mqhoa, form="subpopulations"),
    "annealing": simulated_annealing,
    "descent": gradient_descent,
    "descents": partial(gradient_descent, starts=None),
}


def main() -> None:
    tables = {
        "monte_carlo": energies,
        "baselines": ten_variables,
        "baselines_plane": plane,
        "verdicts": verdicts,
        "mqhoa": programs,
    }

    def more(parser: argparse.ArgumentParser) -> None:
        every = list(tables)
        parser.add_argument("--tables", nargs="+", choices=every, default=every, help="default all")

    options = arguments(__doc__.splitlines()[0], more)
    for name in options.tables:
        tables[name](options.quick, options.output)


def energies(quick: bool, folder: Path) -> None:
    rows = []
    for d in (1, 2) if quick else range(1, 11):
        for kind in ("none", "gaussian"):
            guide = Guide.gaussian(np.zeros(d), 0.9) if kind == "gaussian" else None
            found, begun = [], time.perf_counter()
            for seed in range(2 if quick else 5):
                steps = 200 if quick else 4000
                options: dict[str, Any] = {"num_steps": steps, "guide": guide, "seed": seed}
                found.append(diffusion_monte_carlo("harmonic", 1.0, dimensions=d, **options))
            seconds = (time.perf_counter() - begun) / len(found)
            pulls = np.array([(each.energy - d) / each.error for each in found])
            rows.append(
                {
                    "d": d,
                    "guide": kind,
                    "first_energy": found[0].energy,
                    "first_error": found[0].error,
                    "largest_deviation_percent": 100 * max(abs(e.energy / d - 1) for e in found),
                    "largest_pull": float(np.abs(pulls).max()),
                    "rms_pull": float(np.sqrt((pulls**2).mean())),
                    "runs": len(found),
                    "seconds": seconds,
                }
            )
    finish("monte_carlo", rows, folder)


def ten_variables(quick: bool, folder: Path) -> None:
    rows = []
    for name in TEN[:2] if quick else TEN:
        objective = as_objective(name, 10)
        assert objective.bounds is not None
        assert objective.minimum is not None
        case = Case(objective, objective.bounds, objective.minimizers, objective.minimum, 0.0)
        for label, search in SEARCHES.items():
            begun = time.perf_counter()
            found = [
                search(objective, seed=seed, maxfev=2000 if quick else BUDGET)
                for seed in range(1 if quick else 10)
            ]
            gaps = [each.fun - objective.minimum for each in found]
            rows.append(
                {
                    "function": name,
                    "method": label,
                    "hits": sum(case.distance(each.x) <= RADIUS for each in found),
                    "runs": len(found),
                    "evaluations": float(np.mean([each.nfev for each in found])),
                    "median_gap": max(float(np.median(gaps)), TINY),
                    "seconds": (time.perf_counter() - begun) / len(found),
                }
            )
    finish("baselines", rows, folder)


def plane(quick: bool, folder: Path) -> None:
    plan, rows = EvaluationBudget(), []
    most = plan.evaluations(2)
    for shifted in (False, True):
        for name in SUITE[:1] if quick else SUITE:
            row: dict[str, Any] = {"function": name, "shifted": shifted}
            hits = dict.fromkeys(["minimize", *SEARCHES], 0)
            seeds = range(1 if quick else 5)
            for seed in seeds:
                case = case_of(name, shift=seed if shifted else None)
                points = {"minimize": METHODS["quantum"](case, seed, plan).x}
                for label, search in SEARCHES.items():
                    points[label] = search(case.objective, case.bounds, seed=seed, maxfev=most).x
                for label, x in points.items():
                    hits[label] += case.distance(x) <= RADIUS
            rows.append(row | {"runs": len(seeds)} | {k: int(v) for k, v in hits.items()})
        total: dict[str, Any] = {"function": "all", "shifted": shifted}
        for key in ("runs", "minimize", *SEARCHES):
            total[key] = sum(row[key] for row in rows if row["shifted"] == shifted)
        rows.append(total)
    finish("baselines_plane", rows, folder)


def verdicts(quick: bool, folder: Path) -> None:
    plan = EvaluationBudget()
    most = plan.evaluations(2)
    generations = most // (15 * 2) - 1
    searches: dict[str, Callable[[Case, int], OptimizeResult]] = {
        "minimize": lambda case, seed: minimize(case.objective, case.bounds, seed=seed),
        "dual_annealing": lambda case, seed: scipy.optimize.dual_annealing(
            at_a_point(case), case.bounds, maxfun=most, rng=seed
        ),
        "differential_evolution": lambda case, seed: scipy.optimize.differential_evolution(
            at_a_point(case), case.bounds, maxiter=generations, rng=seed
        ),
        "shgo": lambda case, seed: scipy.optimize.shgo(
            at_a_point(case), case.bounds, n=512, sampling_method="sobol"
        ),
        "direct": lambda case, seed: scipy.optimize.direct(
            at_a_point(case), case.bounds, maxfun=most, maxiter=most
        ),
    }
    box = ((0.0, 14.0),) * 2
    needle = Case(Objective(damavandi, 2, style="arrays"), box, ((2.0, 2.0),), 0.0, 0.0)
    rows = []
    for label, search in searches.items():
        seen, needles = [], []
        for seed in range(1 if quick else 6):
            for name in SUITE[:1] if quick else SUITE:
                for shift in (None, seed):
                    case = case_of(name, shift=shift)
                    found = search(case, seed)
                    right = case.distance(found.x) <= RADIUS
                    seen.append((bool(found.success), right, found.nfev))
            found = search(needle, seed)
            needles.append((bool(found.success), needle.distance(found.x) <= RADIUS))
        sure = [right for success, right, _ in seen if success]
        good = [success for success, right, _ in seen if right]
        rows.append(
            {
                "method": label,
                "runs": len(seen),
                "success": len(sure),
                "wrong": len(sure) - sum(sure),
                "right": len(good),
                "not_called_success": len(good) - sum(good),
                "needle_found": sum(right for _, right in needles),
                "needle_wrong": sum(success and not right for success, right in needles),
                "evaluations": float(np.mean([nfev for *_, nfev in seen])),
            }
        )
        print(rows[-1], file=sys.stderr, flush=True)
    finish("verdicts", rows, folder)
    volume = needle_volume()
    missed = {count: (1 - volume) ** count for count in (most, 10 * most)}
    print(f"the needle is {volume:.3g} of the box; so many random points miss it: {missed}")


def programs(quick: bool, folder: Path) -> None:
    rows = []
    for name, d in (("schwefel", 2), ("griewank", 10), ("rastrigin", 10))[: 1 if quick else 3]:
        objective = as_objective(name, d)
        assert objective.minimum is not None
        for form in FORMS:
            seeds = range(2 if quick else 10)
            found = [mqhoa(objective, form=form, seed=s, maxfev=10_000 * d) for s in seeds]
            gaps = np.array([each.fun for each in found]) - objective.minimum
            rows.append(
                {
                    "function": name,
                    "d": d,
                    "form": form,
                    "runs": len(found),
                    "hits": int((gaps < 0.01).sum()),
                    "median_gap": max(float(np.median(gaps)), TINY),
                    "evaluations": float(np.mean([each.nfev for each in found])),
                }
            )
            print(rows[-1], file=sys.stderr, flush=True)
    finish("mqhoa", rows, folder)


def at_a_point(case: Case) -> Callable[[Any], float]:
    return lambda x: float(case.objective.function(*x))  # type: ignore[arg-type]  # a number


def damavandi(x: Any, y: Any) -> Any:
    """A needle of 0 at (2, 2), beside a wide valley of 2 at (7, 7)."""
    needle = np.abs(np.sinc(x - 2) * np.sinc(y - 2)) ** 5
    return (1 - needle) * (2 + (x - 7) ** 2 + 2 * (y - 7) ** 2)


def needle_volume() -> float:
    """Part of the box where it is lower than the wide valley."""
    x = np.linspace(1.5, 2.5, 1001)
    return float(np.mean(damavandi(x[:, None], x) < 2) / 14**2)


if __name__ == "__main__":
    main()
