"""Few-step anneals and their controls: optimised angles, coarse registers first, folded phases.

`robust`: angles optimised for the worst of zeta scaled by up to `robust` (and mirrored), with and
without folded momentum phases, three seeds. `single`: for one zeta, as few-step anneals are usually
optimised, which the controls show to be fragile. `members` counts the problems that angles are
optimised for: zeta by nine factors and mirrored, or what is given. `family`: one schedule for both
tilts of a double well and barriers 5 % off, tried on 60 landscapes that it has not seen.

`worst` is the least fidelity with the ground state of zeta times three factors (1 and 1 +- robust)
and `scaled` of nine; `moved`, `mirrored`, `reversed` and `none` are the other controls (see
`measure_controls`). `two_qubit` counts gates of the joint circuit between all pairs of qubits,
`unfolded` those of the same steps without folded phases, two for a controlled phase or an RZZ, and
`agrees` is the overlap of the circuit, as Qiskit runs it, with the emulator. `load` counts the CX
of a circuit that is fitted to the known ground state with the fidelity `worst`, or 0.9999: all that
a device would need if the answer were known. `seconds` are of one core.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from common import arguments, finish, write
from tqdm.auto import tqdm

from qdml_quantum import (
    Anneal,
    Compiler,
    Controls,
    Grid,
    Problem,
    Schedule,
    anneal,
    as_objective,
    build,
    measure_controls,
    optimize_schedule,
    prepare,
)
from qdml_quantum.annealing.ansatz import idle_qubits
from qdml_quantum.annealing.controls import ROBUST as SCALED
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.reference.spectrum import rough_ground_state
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

LOADED = 0.9999
"""Fidelity to which a state is loaded at most: beyond, every digit takes minutes to fit."""
LINE = {
    "oscillator": ("x**2", (-4, 4), 0.25),
    "double well": ("(x**2 - 1)**2 + 0.2*x", (-2.5, 2.5), 0.05),
    "Rastrigin": ("(x - 0.7)**2 + 10*(1 - cos(2*pi*(x - 0.7)))", (-5.12, 5.12), 0.5),
}
PLANE = {
    "Himmelblau": ("(x**2 + y - 11)**2 + (x + y**2 - 7)**2 - 8*x - 3*y", 6.0),
    "Styblinski-Tang": ("(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2", 5.0),
}
ROBUST = (  # Case, robust, steps, least `worst`: what folded phases were seen to reach.
    ("double well", 0.2, 4, 0.89),
    ("double well", 0.2, 6, 0.92),
    ("double well", 0.1, 3, 0.845),
    ("double well", 0.1, 4, 0.89),
    ("double well", 0.1, 5, 0.935),
    ("double well", 0.1, 6, 0.965),
    ("Rastrigin", 0.1, 4, 0.955),
    ("Rastrigin", 0.1, 6, 0.975),
    ("Himmelblau", 0.1, 4, 0.88),
    ("Himmelblau", 0.1, 6, 0.95),
    ("Styblinski-Tang", 0.1, 6, 0.0),
)
SINGLE = (("oscillator", 8), ("double well", 8), ("Rastrigin", 8), ("double well", 12))
SEEDS = (0, 1, 2)


def problem_of(name: str, num_qubits: int) -> tuple[Problem, float]:
    """Problem and D; two axes in the unit box, zeta scaled to a range of 1 on the grid."""
    if name in LINE:
        formula, box, diffusion = LINE[name]
        return Problem(Grid([box], num_qubits), formula), diffusion
    formula, half = PLANE[name]
    values = Problem(Grid([(-half, half)] * 2, num_qubits), as_objective(formula, 2)).values
    return Problem.from_table((values - values.min()) / np.ptp(values), [(0, 1), (0, 1)]), 1e-3


def row(
    name: str,
    steps: int,
    seed: int,
    *,
    robust: float,
    fold: bool,
    least: float,
    quick: bool,
    mirrored: bool = True,
) -> dict[str, Any]:
    problem, diffusion = problem_of(name, 6 if name in PLANE else 5 if quick else 8)
    ground = rough_ground_state(problem, diffusion)
    idle = idle_qubits(problem, ground)
    # An ensemble of one's own is taken as it is: without it, zeta mirrored is a member.
    own = () if mirrored else tuple(scaled(problem, 1 + robust * part) for part in (-1, 1))
    begun = time.process_time()
    optimized = optimize_schedule(
        problem,
        steps,
        diffusion=diffusion,
        robust=robust if mirrored else 0,
        ensemble=own,
        fold=fold,
        levels=[(idle, steps)],
        seed=seed,
        **({"num_starts": 1} if quick else {}),
    )
    seconds = time.process_time() - begun
    worst = worst_of(problem, optimized, diffusion, robust)
    return {
        "kind": "robust" if robust else "single",
        "case": name,
        "steps": steps,
        "seed": seed,
        "robust": robust,
        "members": optimized.members,
        "register": min(problem.grid.qubits_per_axis) - idle,
        "fold": "yes" if fold else "no",
        "fidelity": optimized.fidelity,
        "worst": worst,
        "least": least if fold and least else None,
        **controls(measure_controls(problem, optimized, robust=robust or SCALED)),
        **circuit(problem, optimized, effort=0.05 if quick or problem.grid.dimensions > 1 else 1),
        "load": prepare(ground, min(worst, LOADED), grid=problem.grid).two_qubit_gates,
        "seconds": seconds,
        "ok": "ok" if worst >= (least if fold else 0.0) else "NOT",
    }


def worst_of(problem: Problem, schedule: Schedule, diffusion: float, robust: float) -> float:
    """Of zeta times 1, 1 - robust and 1 + robust, and for a wide ensemble half way to them."""
    parts = (-1, -0.5, 0, 0.5, 1) if robust > 0.1 else (-1, 0, 1)
    values = []
    for factor in {1 + robust * part for part in parts}:
        member = scaled(problem, factor)
        ground = rough_ground_state(member, diffusion)
        values.append(fidelity(Anneal(member, schedule).final_state(), ground))
    return min(values)


def scaled(problem: Problem, factor: float) -> Problem:
    return Problem.from_table(factor * problem.values, problem.grid.bounds)


def controls(known: Controls) -> dict[str, Any]:
    return {
        "scaled": known.scaled,
        "moved": known.moved,
        "mirrored": known.mirrored,
        "reversed": known.reversed,
        "none": known.no_objective,
        "chance": known.chance,
        "word": known.word,
    }


def circuit(problem: Problem, schedule: Schedule, effort: float) -> dict[str, Any]:
    """Gates with and without folded phases, and the state that Qiskit makes of them."""
    stages = tuple(replace(stage, fold=()) for stage in schedule.stages)
    plain = Schedule(stages, schedule.goal)
    compiler = Compiler("joint", effort=effort, budget="exact")
    run = anneal(problem, schedule, backend="aer", compiler=compiler, validate=False)
    return {
        "two_qubit": two_qubit_gates(build(problem, schedule, compiler=compiler)),
        "unfolded": two_qubit_gates(build(problem, plain, compiler=compiler)),
        "agrees": fidelity(run.state, Anneal(problem, schedule).final_state()),
    }


def double_well(tilt: float, barrier: float, num_qubits: int) -> Problem:
    formula = f"{barrier}*(x**2 - 1)**2 + {tilt}*x"
    return Problem(Grid([(-2.5, 2.5)], num_qubits), formula)


def family(seed: int, quick: bool) -> dict[str, Any]:
    """One schedule for landscapes of a kind: the median of unseen ones, and the share above 0.9."""
    size, diffusion = (5 if quick else 8), 0.05
    begun = time.process_time()
    members = [double_well(t, b, size) for t in (0.2, -0.2) for b in (0.95, 1.0, 1.05)]
    optimized = optimize_schedule(
        members[0],
        6,
        diffusion=diffusion,
        robust=0,
        ensemble=members[1:],
        levels=[(max(0, size - 4), 6)],
        seed=seed,
        num_starts=1 if quick else None,
    )
    rng = np.random.default_rng(100 + seed)
    reached = []
    for _ in range(60):
        tilt = rng.choice((-1, 1)) * rng.uniform(0.15, 0.25)
        unseen = double_well(tilt, rng.uniform(0.95, 1.05), size)
        ground = rough_ground_state(unseen, diffusion)
        reached.append(fidelity(Anneal(unseen, optimized).final_state(), ground))
    return {
        "kind": "family",
        "seed": seed,
        "trained": optimized.value,
        "median": float(np.median(reached)),
        "above 0.9": float(np.mean(np.array(reached) > 0.9)),
        "least": float(np.min(reached)),
        "seconds": time.process_time() - begun,
    }


def jobs(quick: bool) -> Iterator[dict[str, Any]]:
    if quick:
        yield {"name": "double well", "steps": 2, "seed": 0, "robust": 0.2, "fold": True}
        return
    for name, robust, steps, least in ROBUST:
        shared = {"name": name, "steps": steps, "robust": robust, "least": least}
        for seed in SEEDS:
            yield shared | {"seed": seed, "fold": True}
        yield shared | {"seed": 0, "fold": False}
    # The same over three factors alone, which is what the aim was measured with.
    for seed in SEEDS:
        three = {"name": "double well", "steps": 3, "robust": 0.1, "least": 0.845}
        yield three | {"seed": seed, "fold": True, "mirrored": False}
    for name, steps in SINGLE:
        yield {"name": name, "steps": steps, "seed": 0, "robust": 0.0, "fold": True}


def main() -> None:
    options = arguments(__doc__)
    rows: list[dict[str, Any]] = []
    for job in tqdm(list(jobs(options.quick)), unit="case"):
        rows.append(row(quick=options.quick, **{"least": 0.0} | job))
        write("few_steps", rows, options.output)  # The whole takes half an hour of one core.
    finish("few_steps", rows, options.output)
    families = [family(seed, options.quick) for seed in SEEDS[: 1 if options.quick else None]]
    finish("few_steps_family", families, options.output)


if __name__ == "__main__":
    main()
