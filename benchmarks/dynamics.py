"""How far T tells an anneal that ran from states that stand still.

First the null: states that are loaded and only wait, longer for every cut, while they relax, lose
contrast and are misread. None may reach the 10 nats that a claim takes. The ratios over uniform and
over the last state alone stand beside T: they are fooled, which is why there is a third. Then the
power: what `plan` expects of few-step anneals on a fake device, idle qubits relaxing.

Then what else could pass. Nulls that drift: a state that stands still while its readout errors grow
from cut to cut, and one that goes over into another. Controls: anneals that run, but of another
zeta: none, the same moved by an eighth of the box, or scaled. And other objectives and devices, and
anneals of which all but the last step is loaded.

`--draws` sets the number of jobs; `--quick` runs one size of each part.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, finish

from qdml_quantum import (
    Anneal,
    Compiler,
    Grid,
    Problem,
    Schedule,
    few_step_schedule,
    judge_dynamics,
    plan,
)
from qdml_quantum.annealing.suggest_anneal import bounds_of
from qdml_quantum.diagnostics.dynamics import NATS
from qdml_quantum.hardware.devices.noise import on_bits
from qdml_quantum.objectives import as_objective

BOX = (-2.5, 2.5)
SHOTS = 4096
SIZES = ((3, 2), (3, 4), (4, 2), (4, 4), (5, 2), (5, 4))
STATES_PER_SIZE = 26
PARTS = ("still", "drifting", "zeta", "others", "preload")
OBJECTIVES = ("double_well", "harmonic", "rastrigin", "morse")
OTHERS = tuple(
    {"num_qubits": n, "num_steps": 4, "objective": objective, "backend": backend}
    for n, objective, backend in (
        (3, "harmonic", "fake_fez"),
        (3, "rastrigin", "fake_fez"),
        (3, "morse", "fake_fez"),
        (4, "morse", "fake_fez"),
        (3, "double_well", "fake_torino"),
        (4, "double_well", "fake_torino"),
        (3, "double_well", "fake_nighthawk"),
        (4, "double_well", "fake_nighthawk"),
    )
)
PRELOADED = tuple(
    {"num_qubits": n, "num_steps": steps} for n, steps in ((3, 4), (4, 4), (5, 4), (6, 2))
)


def cuts_of(num_qubits: int, num_steps: int) -> list[np.ndarray]:
    """Ideal histograms of a few-step anneal of the double well after every step."""
    problem = Problem(Grid([BOX], num_qubits), "double_well")
    whole = Anneal(problem, few_step_schedule(problem, num_steps))
    return [np.abs(whole.cut(step + 1).final_state()) ** 2 for step in range(num_steps)]


def still_states(cuts: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Uniform, every cut loaded for all, smooth and rough random states."""
    size = cuts[0].size
    states = [np.full(size, 1 / size), *cuts]
    while len(states) < STATES_PER_SIZE:
        rough = rng.dirichlet(np.full(size, rng.choice([0.1, 0.5, 2.0])))
        smooth = np.convolve(np.tile(rough, 3), np.hanning(5), "same")[size : 2 * size]
        states.append(rng.choice([rough, smooth / smooth.sum()]))
    return states


def waiting(state: np.ndarray, num_cuts: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Histograms of a loaded state that waits longer for every cut.

    Amplitude damping acts on the diagonal of the density matrix alone, bit by bit; then noise takes
    some of it to uniform, and every bit is misread in its own way.
    """
    num_qubits = state.size.bit_length() - 1
    rates = rng.choice([0.0, 0.01, 0.05, 0.15]) * rng.uniform(size=num_qubits)
    contrast = rng.uniform(0.85, 1.0)
    flips = rng.uniform(0, 0.04, (num_qubits, 2))
    histograms = []
    for cut in range(1, num_cuts + 1):
        lost = 1 - np.exp(-rates * cut)
        damped = on_bits([np.array([[1, g], [0, 1 - g]]) for g in lost], state)
        share = contrast**cut
        flat = share * damped + (1 - share) / state.size
        histograms.append(on_bits([np.array([[1 - a, b], [a, 1 - b]]) for a, b in flips], flat))
    return histograms


def null(num_qubits: int, num_steps: int, draws: int, seed: int) -> dict[str, Any]:
    """The largest ratios of states that stand still."""
    rng = np.random.default_rng([seed, num_qubits, num_steps])
    cuts = cuts_of(num_qubits, num_steps)
    states = still_states(cuts, rng)
    ratios = []
    for number in range(draws):
        p = waiting(states[number % len(states)], num_steps, rng)
        verdict = judge_dynamics([rng.multinomial(SHOTS, q) for q in p], cuts)
        ratios.append((verdict.value, verdict.ratios["uniform"], verdict.ratios["loaded"]))
    value, uniform, loaded = np.max(ratios, axis=0).tolist()
    return {"jobs": draws, "still": value, "over_uniform": uniform, "over_loaded": loaded}


def power(
    num_qubits: int,
    num_steps: int,
    *,
    objective: str = "double_well",
    backend: str = "fake_fez",
    preload: int = 0,
) -> dict[str, Any]:
    """What a plan expects on a fake device."""
    problem = problem_of(objective, num_qubits)
    begun = time.process_time()
    made = plan(
        problem,
        few_step_schedule(problem, num_steps),
        backend=backend,
        shots=SHOTS,
        preload=preload,
        besides=["cuts"],
        compiler=Compiler("joint", effort=1, seeds=2),
    )
    return {
        "two_qubit_gates": made.costs.two_qubit_gates,
        "S": made.expected_signal,
        "S_at_work": made.costs.signal_at_work,
        "success": made.goal.share(made.noisy["position"]),
        "ideal_success": made.goal.share(made.ideal["position"]),
        "prefix_gates": made.costs.prefix_gates,
        "T": made.expected_dynamics.value,
        "cpu_seconds": time.process_time() - begun,
    }


def drifting(num_qubits: int, num_steps: int, draws: int, seed: int) -> dict[str, Any]:
    """How often T passes where a state that stands still is read ever worse, or goes over.

    Readout errors of every bit grow in equal steps from 0 to at most `worst`; shares of a second
    state from 0 to 1. For four cuts and more, T over two states in changing shares stands beside.
    """
    rng = np.random.default_rng([seed, num_qubits, num_steps, 1])
    cuts = cuts_of(num_qubits, num_steps)
    states = still_states(cuts, rng)
    kinds: dict[str, list[Any]] = {}
    for _ in range(draws):
        p, other = (states[index] for index in rng.integers(len(states), size=2))
        for worst in (0.02, 0.05, 0.1):
            ends = rng.uniform(0, worst, (num_qubits, 2))
            read = [
                on_bits([np.array([[1 - t * a, t * b], [t * a, 1 - t * b]]) for a, b in ends], p)
                for t in np.linspace(0, 1, num_steps)
            ]
            kinds.setdefault(f"readout drifts to {worst:g}", []).append(read)
        for most in (0.1, 0.3, 1.0):
            mixed = [(1 - t) * p + t * other for t in np.linspace(0, most, num_steps)]
            kinds.setdefault(f"{most:g} of another state", []).append(mixed)
        loaded = [(1 - t) * cuts[0] + t * cuts[-1] for t in np.linspace(0, 1, num_steps)]
        kinds.setdefault("first cut to last", []).append(loaded)
    rows = {}
    for kind, histories in kinds.items():
        both = num_steps >= 4
        found = [
            judge_dynamics([rng.multinomial(SHOTS, q) for q in history], cuts, mixed=both).ratios
            for history in histories
        ]
        values = [min(v for name, v in one.items() if name != "mixed") for one in found]
        row = {"jobs": len(values), "T": max(values), "passed": sum(v >= NATS for v in values)}
        row["T_mixed"] = max(min(one.values()) for one in found) if both else None
        rows[kind] = row
    return rows


def of_another_zeta(objective: str, num_qubits: int, num_steps: int) -> dict[str, Any]:
    """T of cuts of anneals of another zeta, of which 0.9 are left at every step, at 4096 shots."""
    problem = problem_of(objective, num_qubits)
    schedule = few_step_schedule(problem, num_steps)
    ideal = histograms(problem, schedule)
    size = problem.grid.size
    values = problem.values
    others = {
        "itself": values,
        "deleted": 0 * values,
        "moved": np.roll(values, size // 8),
        "halved": 0.5 * values,
        "x 0.9": 0.9 * values,
        "x 1.1": 1.1 * values,
        "doubled": 2 * values,
        "reversed": values[::-1],
    }
    row = {}
    for name, zeta in others.items():
        run = histograms(Problem.from_table(zeta, problem.grid.bounds), schedule)
        left = [0.9 ** (step + 1) for step in range(num_steps)]
        hits = [SHOTS * (f * q + (1 - f) / size) for f, q in zip(left, run, strict=True)]
        row[name] = judge_dynamics(hits, ideal).value
    return row


def problem_of(objective: str, num_qubits: int) -> Problem:
    """A built-in on its own box, in one dimension."""
    function = as_objective(objective, 1)
    return Problem(Grid(bounds_of(function), num_qubits), function)


def histograms(problem: Problem, schedule: Schedule) -> list[np.ndarray]:
    """After every step, on the emulator."""
    whole = Anneal(problem, schedule)
    return [np.abs(whole.cut(step + 1).final_state()) ** 2 for step in range(schedule.num_steps)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest size, for a smoke test")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to run")
    parser.add_argument("--draws", type=int, default=5000, help="jobs of states that stand still")
    parser.add_argument("--seed", type=int, default=0, help="of the states and draws")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON file")
    options = parser.parse_args()
    parts: dict[str, list[dict[str, Any]]] = {part: [] for part in PARTS}
    few = options.quick
    sizes = SIZES[:1] if few else SIZES
    draws = 52 if few else -(-options.draws // len(sizes))

    def note(part: str, row: dict[str, Any]) -> None:
        parts[part].append(row)
        print(part, row, flush=True)

    for size in sizes if "still" in options.only else ():
        named = {"num_qubits": size[0], "num_steps": size[1]}
        note("still", named | null(*size, draws, options.seed) | power(*size))
    for size in ((3, 2),) if few else ((3, 2), (3, 4), (4, 4)):
        if "drifting" in options.only:
            found = drifting(*size, max(draws // 8, 4), options.seed)
            for kind, row in found.items():
                note("drifting", {"num_qubits": size[0], "num_steps": size[1], "kind": kind} | row)
    for objective in OBJECTIVES[:1] if few else OBJECTIVES:
        for size in ((3, 2),) if few else ((3, 4), (4, 2), (4, 4)):
            if "zeta" in options.only:
                named = {"objective": objective, "num_qubits": size[0], "num_steps": size[1]}
                note("zeta", named | of_another_zeta(objective, *size))
    for row in () if few or "others" not in options.only else OTHERS:
        note("others", row | power(**row))
    for row in () if few or "preload" not in options.only else PRELOADED:
        for preload in (0, row["num_steps"] - 1):
            note("preload", row | {"preload": preload} | power(**row, preload=preload))
    if parts["still"]:
        worst = max(row["still"] for row in parts["still"])
        print(f"states that stand still: T at most {worst:.1f}, {NATS:g} are needed")
    for part, rows in parts.items():
        if rows:
            finish("dynamics" if part == "still" else f"dynamics_{part}", rows, options.output)


if __name__ == "__main__":
    main()
