"""`qdml optimize` and `qdml minimize`: few steps, and the minimum of a function in a box."""

from __future__ import annotations

import argparse
import json

from qdml_quantum.cli.options import (
    FAILED,
    Adder,
    add_json,
    add_objective,
    draw,
    objective_of,
    per_axis,
    print_facts,
)


def add(command: Adder) -> None:
    """Add the commands."""
    optimize = command("optimize", _optimize, "few Trotter steps with optimised angles, to a file")
    _add_optimize(optimize)

    minimize = command("minimize", _minimize, "global minimum in a box, from counts alone")
    _add_minimize(minimize)


def _add_optimize(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_objective(parser)
    add("--qubits", type=int, nargs="+", metavar="N", required=True, help="per axis")
    add("--diffusion", type=float, metavar="D", required=True, help="whose ground state is wanted")
    add("--steps", type=int, metavar="N", default=8, help="Trotter steps in all (default 8)")
    add("--goal", metavar="NAME", default="ground_state", help="ground_state, energy or cvar")
    add("--starts", type=int, metavar="N", default=32, help="local optimisations (default 32)")
    add("--time-limit", type=float, metavar="S", help="seconds after which no further one begins")
    add("--seed", type=int, metavar="N", default=0, help="of the starts (default 0)")
    add("--output", metavar="FILE", default="schedule.json", help="default schedule.json")
    add("--draw", metavar="FILE", help="draw the schedule: .png")
    add_json(parser)


def _optimize(options: argparse.Namespace) -> int:
    from qdml_quantum.annealing.optimized import optimize_schedule
    from qdml_quantum.problem.grid import Grid
    from qdml_quantum.problem.problem import Problem

    objective, bounds = objective_of(options)
    found = optimize_schedule(
        Problem(Grid(bounds, per_axis(options.qubits)), objective),
        options.steps,
        diffusion=options.diffusion,
        target=options.goal,
        num_starts=options.starts,
        time_limit=options.time_limit,
        seed=options.seed,
        progress=not options.json,
    )
    written = [str(found.schedule.save(options.output))]
    if options.draw is not None:
        from pathlib import Path

        from qdml_quantum.plot import plot_schedule

        written.append(draw(plot_schedule(found.schedule), Path(options.draw)))
    if options.json:
        print(json.dumps(found.to_dict() | {"written": written}, indent=2))
    else:
        print(found)
        for path in written:
            print(f"written: {path}")
    return 0


def _add_minimize(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_objective(parser)
    add("--qubits", type=int, nargs="+", metavar="N", help="measured qubits per axis (up to 5)")
    add("--coarse", type=int, metavar="N", default=1, help="of them idle in the anneal (default 1)")
    add("--steps", type=int, metavar="N", default=10, help="Trotter steps per anneal (default 10)")
    add("--budget", type=int, metavar="N", default=150, help="Trotter steps in all (default 150)")
    add("--shots", type=int, metavar="N", default=128, help="measurements per anneal (default 128)")
    add("--backend", metavar="NAME", default="emulator", help="emulator (default) or aer")
    add("--compiler", metavar="NAME", help="walsh (default), joint, separate or qiskit")
    add("--seed", type=int, metavar="N", default=0, help="of windows and shots (default 0)")
    add("--polish", metavar="METHOD", help="go on with a method of SciPy, such as nelder-mead")
    add_json(parser)


def _minimize(options: argparse.Namespace) -> int:
    from qdml_quantum.annealing.trained import trained_schedule
    from qdml_quantum.optimize.minimize import minimize, plain

    objective, bounds = objective_of(options)
    schedule = trained_schedule(options.steps, dimensions=len(bounds), coarse=options.coarse)
    result = minimize(
        objective,
        bounds,
        num_qubits=per_axis(options.qubits),
        schedule=schedule,
        budget=options.budget,
        shots=options.shots,
        backend=options.backend,
        compiler=options.compiler,
        seed=options.seed,
        polish=options.polish,
        progress=not options.json,
    )
    facts = plain(result)
    if not options.json:
        del facts["windows"]
        facts["x"] = ", ".join(f"{value:.6g}" for value in result.x)
    print_facts(facts, as_json=options.json)
    return 0 if result.success else FAILED
