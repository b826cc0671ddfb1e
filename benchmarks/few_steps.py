"""Ground states in few Trotter steps: optimised angles, coarse registers first.

The three 1-D cases on 8 qubits with 12 and with 8 steps, optimised for the fidelity itself or for
the energy alone, and three 2-D cases on 6 + 6 qubits with 16 steps. `fidelity` is that of the
circuit, run gate by gate on Aer. `two_qubit` counts its CX between all pairs of qubits, two for a
controlled phase or an RZZ, `load` those of a circuit that is fitted to the known ground state, with
the same fidelity or 0.9999: all that a device would need if the answer were known. `geometric` is
the best fidelity of a geometric anneal with as many steps on the full grid, over 60 choices of
start and time step.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from common import arguments, finish
from qiskit import QuantumCircuit
from tqdm.auto import tqdm

from qdml_quantum import (
    Compiler,
    Grid,
    Problem,
    Schedule,
    anneal,
    as_objective,
    build,
    optimize_schedule,
    prepare,
)
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.reference.spectrum import rough_ground_state

LOADED = 0.9999
"""Fidelity to which a state is loaded at most: beyond, every digit takes minutes to fit."""
LINE = (
    ("oscillator", "x**2", (-4, 4), 0.25),
    ("double well", "(x**2 - 1)**2 + 0.2*x", (-2.5, 2.5), 0.05),
    ("Rastrigin", "x**2 + 10*(1 - cos(2*pi*x))", (-5.12, 5.12), 0.5),
)
AIMS = {
    ("ground_state", 12): (0.999, 0.999, 0.996),
    ("ground_state", 8): (0.999, 0.975, 0.985),
    ("energy", 12): (0.99, 0.97, 0.97),
}
PLANE = (
    ("Himmelblau", "(x**2 + y - 11)**2 + (x + y**2 - 7)**2 - 8*x - 3*y", 6.0, 0.96),
    ("Styblinski-Tang", "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2", 5.0, 0.985),
    ("Rastrigin 2-D", "20 + x**2 + y**2 - 10*(cos(2*pi*x) + cos(2*pi*y))", 5.12, 0.998),
)


def line(number: int, num_qubits: int) -> Problem:
    _, formula, bounds, _ = LINE[number]
    return Problem(Grid([bounds], num_qubits), formula)


def plane(number: int, num_qubits: int) -> Problem:
    """In the unit box, zeta scaled to a range of 1 on the grid."""
    _, formula, half, _ = PLANE[number]
    grid = Grid([(-half, half)] * 2, num_qubits)
    values = Problem(grid, as_objective(formula, 2)).values
    return Problem.from_table((values - values.min()) / np.ptp(values), [(0, 1), (0, 1)])


def row(
    name: str, problem: Problem, steps: int, diffusion: float, target: str, aim: float, starts: int
) -> dict[str, Any]:
    found = optimize_schedule(problem, steps, diffusion=diffusion, target=target, num_starts=starts)
    run = anneal(problem, found.schedule, backend="aer", validate=False)
    ground = rough_ground_state(problem, diffusion)
    reached = fidelity(run.state, ground)
    circuit = build(
        problem,
        found.schedule,
        compiler=Compiler("joint", effort=0.05 if starts < 20 else 5, budget="exact"),
    )
    return {
        "case": name,
        "steps": steps,
        "coarse": "".join(str(stage.coarse) for stage in found.schedule.stages),
        "target": target,
        "fidelity": reached,
        "aim": aim,
        "geometric": geometric(problem, steps, diffusion, ground),
        "two_qubit": neutral_cx(circuit),
        "load": prepare(ground, min(reached, LOADED)).two_qubit_gates,
        "starts": found.starts,
        "seconds": found.seconds,
        "ok": "ok" if reached >= aim else "NOT",
    }


def neutral_cx(circuit: QuantumCircuit) -> int:
    """CX of a circuit in the basis of CX and rotations, where phases of two qubits take two."""
    pairs = [item.operation.name for item in circuit.data if len(item.qubits) == 2]
    return sum(2 if name in ("cp", "rzz") else 1 for name in pairs)


def geometric(problem: Problem, steps: int, diffusion: float, ground: Any) -> float:
    """The best of 60 geometric anneals."""
    best = 0.0
    scale = 1 / float(problem.values.std())
    for ratio, length in itertools.product((3, 10, 30, 100, 300), np.geomspace(0.1, 30, 12)):
        plan = Schedule.geometric(
            (diffusion * ratio, diffusion),
            num_stages=steps,
            num_steps=1,
            time_step=scale * float(length),
        )
        run = anneal(problem, plan, validate=False)
        best = max(best, fidelity(run.state, ground))
    return best


def main() -> None:
    options = arguments(__doc__)
    starts = 2 if options.quick else 96
    jobs = [
        (LINE[i][0], line(i, 5 if options.quick else 8), steps, LINE[i][3], target, aims[i], starts)
        for (target, steps), aims in AIMS.items()
        for i in range(1 if options.quick else 3)
    ]
    if not options.quick:
        jobs += [
            (PLANE[i][0], plane(i, 6), 16, 1e-3, "ground_state", PLANE[i][3], starts)
            for i in range(3)
        ]
    rows = [row(*job) for job in tqdm(jobs, unit="case")]
    finish("few_steps", rows, options.output)


if __name__ == "__main__":
    main()
