"""How far T tells an anneal that ran from states that stand still.

First the null: states that are loaded and only wait, longer for every cut, while they relax, lose
contrast and are misread. None may reach the 10 nats that a claim takes. The ratios over uniform and
over the last state alone stand beside T: they are fooled, which is why there is a third. Then the
power: what `plan` expects of few-step anneals on a fake device, idle qubits relaxing.

`--draws` sets the number of jobs; `--quick` runs two sizes of each part.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, finish

from qdml_quantum import Anneal, Compiler, Grid, Problem, few_step_schedule, judge_dynamics, plan
from qdml_quantum.diagnostics.dynamics import NATS
from qdml_quantum.hardware.devices.noise import on_bits

BOX = (-2.5, 2.5)
SHOTS = 4096
SIZES = ((3, 2), (3, 4), (4, 2), (4, 4), (5, 2), (5, 4))
STATES_PER_SIZE = 26


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


def power(num_qubits: int, num_steps: int) -> dict[str, Any]:
    """What a plan expects on a fake device."""
    problem = Problem(Grid([BOX], num_qubits), "double_well")
    begun = time.process_time()
    made = plan(
        problem,
        few_step_schedule(problem, num_steps),
        backend="fake_fez",
        shots=SHOTS,
        besides=["cuts"],
        compiler=Compiler("joint", effort=1, seeds=2),
    )
    return {
        "two_qubit_gates": made.costs.two_qubit_gates,
        "S": made.expected_signal,
        "S_at_work": made.costs.signal_at_work,
        "T": made.expected_dynamics.value,
        "cpu_seconds": time.process_time() - begun,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest size, for a smoke test")
    parser.add_argument("--draws", type=int, default=5000, help="jobs of states that stand still")
    parser.add_argument("--seed", type=int, default=0, help="of the states and draws")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON file")
    options = parser.parse_args()
    sizes = SIZES[:1] if options.quick else SIZES
    draws = 52 if options.quick else -(-options.draws // len(sizes))
    rows: list[dict[str, Any]] = []
    for size in sizes:
        figures = null(*size, draws, options.seed) | power(*size)
        rows.append({"num_qubits": size[0], "num_steps": size[1], **figures})
        print(rows[-1], flush=True)
    worst = max(row["still"] for row in rows)
    print(f"states that stand still: T at most {worst:.1f}, {NATS:g} are needed")
    finish("dynamics", rows, options.output)


if __name__ == "__main__":
    main()
