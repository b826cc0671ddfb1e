"""What noise leaves of an anneal on stored calibrations of devices: ours against plain level 3.

The tilted double well ``(x^2 - 1)^2 + 0.2 x`` in [-2.5, 2.5) with 1, 2, 4, 8 first-order Trotter
steps and three schedules, the same on both sides: a geometric one, and angles optimised for the
ground state at D = 0.3 and at D = 0.1. S is the signal over uniform of 4096 shots against the
emulator with nothing left out: mean and standard deviation over 10 sampling seeds. `F_u` is the
Hellinger fidelity of the ideal histogram with a uniform one: near 1 there is nothing to be seen.

`plain` is Qiskit's preset pass manager at level 3 on the circuit by Walsh functions for all pairs
of qubits, the best S of as many seeds as `ours` has. All shots are drawn from exact density
matrices with gate errors, relaxation during gates, and readout errors.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
from common import arguments, finish
from numpy.typing import NDArray
from qiskit.transpiler import generate_preset_pass_manager
from tqdm.auto import tqdm

from qdml_quantum import Anneal, Compiler, Grid, Problem, Schedule, build, optimize_schedule
from qdml_quantum.diagnostics.metrics import (
    counts_to_probabilities,
    hellinger_fidelity,
    sample_counts,
    signal_over_uniform,
)
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.devices.isa import isa_circuits
from qdml_quantum.hardware.devices.noise import noisy_probabilities
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

DEVICES = ("fake_fez", "fake_torino", "fake_nighthawk", "fake_fez_fractional")
SCHEDULES = ("geometric", "optimised, D = 0.1", "optimised, D = 0.3")
AIMS = {(3, 2): 0.88, (3, 4): 0.80, (4, 2): 0.80, (4, 4): 0.60}
"""S on fake_fez by qubits and steps."""
SHOTS, SAMPLINGS, SEEDS, EFFORT = 4096, 10, 8, 2.0
_UNIFORM = 0.98
"""Nearer to uniform than this, a histogram proves nothing."""


@functools.cache
def problem_of(num_qubits: int) -> Problem:
    return Problem(Grid([(-2.5, 2.5)], num_qubits), "(x**2 - 1)**2 + 0.2*x")


@functools.cache
def schedule_of(kind: str, num_qubits: int, steps: int) -> Schedule:
    if kind == "geometric":
        return Schedule.geometric((2.0, 0.1), num_stages=steps, num_steps=1, time_step=0.3)
    diffusion = float(kind.split("=")[1])
    found = optimize_schedule(
        problem_of(num_qubits), steps, diffusion=diffusion, levels=[(0, steps)], num_starts=8
    )
    return found.schedule


def sampled(probabilities: NDArray[Any], ideal: NDArray[Any], grid: Grid) -> tuple[float, float]:
    """Mean and standard deviation of S over sampling seeds."""
    found = [
        signal_over_uniform(
            counts_to_probabilities(sample_counts(probabilities, grid, SHOTS, seed), grid), ideal
        )
        for seed in range(SAMPLINGS)
    ]
    return float(np.mean(found)), float(np.std(found, ddof=1))


def row(device: str, kind: str, num_qubits: int, steps: int, seeds: int) -> dict[str, Any]:
    backend, problem = find_backend(device), problem_of(num_qubits)
    anneal = Anneal(problem, schedule_of(kind, num_qubits, steps), "lie")
    ideal = np.abs(anneal.final_state()) ** 2
    flat = hellinger_fidelity(np.full(ideal.shape, 1 / ideal.size), ideal)
    compiler = Compiler("joint", effort=EFFORT, seeds=seeds)
    ours = isa_circuits(anneal, backend=backend, compiler=compiler)
    circuit = ours.circuits["position"]
    everywhere = build(anneal, measure=True)
    plain = [
        generate_preset_pass_manager(3, backend=backend, seed_transpiler=seed).run(everywhere)
        for seed in range(seeds)
    ]
    noisy = [noisy_probabilities(backend, c, problem.grid) for c in (circuit, *plain)]
    assert all(p is not None for p in noisy)
    best = max(range(seeds), key=lambda i: signal_over_uniform(noisy[1 + i], ideal))
    s_ours, spread_ours = sampled(noisy[0], ideal, problem.grid)
    s_plain, spread_plain = sampled(noisy[1 + best], ideal, problem.grid)
    aim = AIMS.get((num_qubits, steps)) if device == "fake_fez" else None
    met = "" if aim is None else "ok" if s_ours >= aim else "NOT"
    return {
        "device": device,
        "schedule": kind,
        "qubits": num_qubits,
        "steps": steps,
        "F_u": flat,
        "S ours": s_ours,
        "+- ours": spread_ours,
        "S plain": s_plain,
        "+- plain": spread_plain,
        "2q ours": two_qubit_gates(circuit),
        "2q plain": two_qubit_gates(plain[best]),
        "expected fidelity": ours.best.fidelity["position"],
        "method": ours.best.method,
        "aim": "" if aim is None else aim,
        "met": "uniform" if met and flat > _UNIFORM else met,
    }


def main() -> None:
    options = arguments(__doc__)
    if options.quick:
        jobs = [("fake_fez", "geometric", 3, steps, 2) for steps in (2, 4)]
    else:
        cases = [("fake_fez", k, n, s) for k in SCHEDULES for n in (3, 4) for s in (1, 2, 4, 8)]
        cases += [(d, SCHEDULES[0], n, s) for d in DEVICES[1:] for n in (3, 4) for s in (2, 4)]
        cases += [(DEVICES[-1], SCHEDULES[1], n, s) for n in (3, 4) for s in (2, 4)]
        cases += [(d, SCHEDULES[0], 5, s) for d in ("fake_fez", "fake_nighthawk") for s in (2, 4)]
        jobs = [(*case, SEEDS) for case in cases]
    rows = []
    for job in tqdm(jobs, unit="case"):
        rows.append(row(*job))
        tqdm.write(json.dumps(rows[-1]))
    finish("hardware", rows, options.output)


if __name__ == "__main__":
    main()
