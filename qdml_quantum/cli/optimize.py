"""`qdml optimize` and `qdml minimize`: few steps, and the minimum of a function in a box."""

from __future__ import annotations

import argparse

from qdml_quantum.cli import options as shared
from qdml_quantum.support.messages import any_of, bad_value


def _add_optimize(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.annealing.optimized import optimize_schedule
    from qdml_quantum.annealing.targets import TARGETS

    known, add = shared.defaults_of(optimize_schedule), parser.add_argument
    shared.add_spec(parser, shared.OBJECTIVE, required=("qubits",))
    add(
        "--diffusion",
        type=shared.real,
        metavar="D",
        required=True,
        help="whose ground state is wanted",
    )
    add("--steps", type=int, metavar="N", default=8, help="Trotter steps in all")
    add("--goal", metavar="NAME", default=known["target"], help=any_of(TARGETS))
    add(
        "--robust",
        type=shared.real,
        metavar="X",
        default=known["robust"],
        help="share by which zeta may be off",
    )
    add(
        "--starts",
        type=int,
        metavar="N",
        default=known["num_starts"],
        help="crowds of angles on every chain (160 over the steps)",
    )
    add(
        "--time-limit",
        type=shared.real,
        metavar="S",
        help="seconds after which no further one begins",
    )
    add("--seed", type=int, metavar="N", default=known["seed"], help="of the starts")
    add = shared.add_output(parser)
    text = "where the schedule is written"
    add("--output", metavar="FILE", type=shared.to_write(), default="schedule.json", help=text)
    add("--draw", metavar="FILE", type=shared.to_write(".png"), help="draw the schedule: .png")


def _optimize(options: argparse.Namespace) -> int:
    from qdml_quantum.annealing.optimized import optimize_schedule
    from qdml_quantum.problem.grid import Grid
    from qdml_quantum.problem.problem import Problem

    objective, bounds, qubits = shared.objective_of(options)
    optimized = optimize_schedule(
        Problem(Grid(bounds, qubits), objective),
        options.steps,
        diffusion=options.diffusion,
        target=options.goal,
        robust=options.robust,
        num_starts=options.starts,
        progress=not options.json,
        **shared.given_of(options, "time_limit seed"),
    )
    written = [str(optimized.save(options.output))]
    if options.draw is not None:
        from qdml_quantum.plot import plot_schedule

        written.append(shared.draw(plot_schedule(optimized), options.draw))
    shown = [optimized, *(f"written: {path}" for path in written)]
    shared.report(options, optimized.to_dict() | {"written": written}, shown)
    return 0


def _add_minimize(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.backends import BACKENDS
    from qdml_quantum.optimize.minimize import PER_DIMENSION, POLISHERS, minimize
    from qdml_quantum.optimize.windows import COARSE, STEPS, Windows
    from qdml_quantum.synthesis.compiler import COMPILERS

    known, windows, add = shared.defaults_of(minimize), Windows(), parser.add_argument
    shared.add_spec(parser, shared.OBJECTIVE, without=("qubits",))
    for name, default, text in (
        ("qubits", None, f"along each side of the first windows (default {windows.num_qubits})"),
        ("coarse", COARSE, "more that idle in the anneal"),
        ("steps", STEPS, "Trotter steps per anneal"),
        ("starts", windows.starts, "independent searches"),
        ("maxfev", None, f"evaluations in all, never one more (default {PER_DIMENSION} d)"),
        ("shots", windows.shots, "measurements per anneal"),
        ("seed", 0, "of windows and shots"),
    ):
        add(f"--{name}", type=int, metavar="N", default=default, help=text)
    text = "numbers of the variables that are whole numbers: 1 is the first (default none)"
    add("--integers", type=int, nargs="+", metavar="N", help=text)
    text = (
        'what has to hold, in quotes: "x1 + x2 <= 1", "0 <= x*y <= 2", "x == 2*y"; may be repeated '
        "(default none)"
    )
    add("--constraint", action="append", metavar="TEXT", help=text)
    text = f"{any_of(BACKENDS)}; or a device: fake_..., ibm_... or least-busy"
    add("--backend", metavar="NAME", default=known["backend"], help=text)
    shared.add_limits(add)
    add("--compiler", metavar="NAME", help=f"{any_of(COMPILERS)} (default that of the backend)")
    text = f"a method of SciPy: {any_of(POLISHERS)}; or none (default l-bfgs-b, "
    text += "with constraints slsqp)"
    add("--polish", metavar="METHOD", help=text)
    shared.add_html(shared.add_output(parser), "the search")


def _minimize(options: argparse.Namespace) -> int:
    from qdml_quantum.annealing.trained import trained_schedule
    from qdml_quantum.backends import as_backend
    from qdml_quantum.optimize.minimize import minimize
    from qdml_quantum.optimize.verdict import plain
    from qdml_quantum.optimize.windows import Windows

    objective, bounds, _ = shared.objective_of(options)
    qubits = Windows.num_qubits if options.qubits is None else options.qubits
    sides = min(2, len(bounds))
    schedule = trained_schedule(options.steps, dimensions=sides, coarse=options.coarse)
    whole, constraints = options.integers or (), options.constraint or ()
    for number in whole:
        if not 1 <= number <= len(bounds):
            raise bad_value("--integers", f"be from 1 to {len(bounds)}, as in x1", number)
    result = minimize(
        objective,
        bounds,
        constraints=constraints,
        integrality=[number + 1 in whole for number in range(len(bounds))],
        windows=Windows(qubits, schedule, **shared.given_of(options, "shots compiler starts")),
        polish=options.polish != "none" if options.polish in (None, "none") else options.polish,
        progress=not options.json,
        backend=as_backend(options.backend, **shared.given_of(options, "max_seconds overdraw")),
        **shared.given_of(options, "maxfev seed"),
    )
    facts = plain(result)
    if options.html:
        from qdml_quantum.optimize.report import search_to_html

        facts["page"] = str(search_to_html(result, bounds, options.html, objective.name))
    if not options.json:
        del facts["windows"], facts["starts"]
        facts["x"] = ", ".join(f"{value:.6g}" for value in result.x)
    shared.report(options, facts)
    return 0 if result.success else shared.FAILED


COMMANDS = (
    shared.Command("optimize", "few Trotter steps with optimised angles", _add_optimize, _optimize),
    shared.Command(
        "minimize", "global minimum in a box, from counts alone", _add_minimize, _minimize
    ),
)
