"""`qdml plan`, `submit`, `fetch`, `jobs` and `cancel`: runs on devices."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from qdml_quantum.cli import options as shared
from qdml_quantum.support.messages import any_of, bad_value

_OF_RUNS = ("precision", "engine", "devices", "target", "validate", "max_seconds", "overdraw")
_CHOSEN_BY_FIT = (
    "schedule",
    "stages",
    "time_step",
    "step_exponent",
    "d_start",
    "d_stop",
    "formula",
)


def _add_plan(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.hardware.planning.costs import GOALS, QPU_SECONDS

    shared.add_spec(parser, without=_OF_RUNS, needed=("backend",))
    _add_device(parser)
    add = parser.add_argument_group("search").add_argument
    add("--fit", action="store_true", help="search qubits, steps and schedule")
    text = "of --fit, what the device may be used for"
    add("--goal", metavar="NAME", default=GOALS[0], help=f"of --fit: {any_of(GOALS)}")
    add("--qpu-seconds", type=shared.real, metavar="S", default=QPU_SECONDS, help=text)
    add = shared.add_output(parser)
    folder, text = shared.to_write(folder=True), "keep the plan; qdml submit takes the folder"
    add("--save", metavar="DIR", type=folder, help=text)
    text = "ask the service what it would charge, by a dry run (IBM: Flex, Premium, On-Prem)"
    add("--dry-run", action="store_true", help=text)


def _add_device(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.hardware.planning.measured import MEASURED

    add = parser.add_argument_group("device").add_argument
    add("--fractional", action="store_true", help="use RZZ gates of any angle")
    add("--instance", metavar="NAME", help="part of the account that pays (default: its own)")
    text = f"measured besides positions, some of {', '.join(MEASURED)} (default {MEASURED[0]})"
    add("--besides", nargs="*", metavar="NAME", help=text)
    add("--max-error", type=shared.real, metavar="E", help="wanted error bar of success and S")
    text = "first steps that a fitted circuit loads instead of running them (default 0)"
    add("--preload", type=int, metavar="K", help=text)
    text = "of the runtime's sampler, as in dynamical_decoupling.enable=true; may be repeated"
    add("--option", metavar="NAME=VALUE", action="append", help=text)


def _plan(options: argparse.Namespace) -> int:
    made = _fitted(options) if options.fit else _planned(options, options.problem)
    plan = made.plan if options.fit else made
    facts, shown = made.to_dict(), [made]
    if options.dry_run and plan is not None:
        charged, words = _charged(plan)
        facts |= {"dry_run_seconds": charged}
        shown.append(f"  dry run {words}")
    if options.dynamic and plan is not None:
        ends, words = _ends(plan)
        facts |= {"dynamic": ends}
        shown.append(f"  dynamic {words}")
    if options.save is not None and plan is not None:
        plan.save(options.save)
        facts |= {"saved": options.save}
        shown += [f"  saved   {options.save} (send it with: qdml submit {options.save})"]
    shared.report(options, facts, shown)
    return 0 if plan is not None and plan.worth else shared.FAILED


def _ends(plan: Any) -> tuple[dict[str, int], str]:
    """What positions measured as they come would cost beside the plain end, and the words."""
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.hardware.planning.draft import quick_compiler
    from qdml_quantum.synthesis.compiler import Compiler
    from qdml_quantum.synthesis.library.inspect import inspect_circuit

    target = find_backend(plan.backend, fractional=plan.fractional).target
    edges = None if plan.anneal.schedule.coarse else target  # Coarse stages have no edges.
    compiler = quick_compiler(Compiler("joint", plan.compiler["budget"], edges))
    facts = inspect_circuit(plan.anneal, compiler, dynamic=True, compare=False).facts
    gates, rounds = facts["two_qubit_gates"], facts["feed_forward"]
    plain = facts["plain_end"]["two_qubit_gates"]
    return (
        {"two_qubit_gates": gates, "feed_forward": rounds, "plain_two_qubit_gates": plain},
        f"measured as it goes {gates} two-qubit gates and {rounds} rounds of feed-forward instead "
        f"of {plain} gates, by searches of little effort; what the waits do is not predicted",
    )


def _charged(plan: Any) -> tuple[float | None, str]:
    """What the service says that a plan would be charged for, and the words for it."""
    from qdml_quantum.hardware.errors import HardwareError
    from qdml_quantum.hardware.jobs.submission import dry_run

    try:
        seconds = dry_run(plan)
    except HardwareError as error:
        return None, str(error)
    return (
        seconds,
        f"{seconds:.1f} s by the service, {plan.costs.qpu_seconds:.1f} s by our estimate",
    )


def _planned(options: argparse.Namespace, problem: str) -> Any:
    """The plan of a problem, or one that was saved."""
    if os.path.isfile(Path(problem, "plan.json")):  # also where a formula is too long for a name
        from qdml_quantum.hardware.planning.plan import Plan

        return Plan.load(problem)
    spec, common = _common(options, problem)
    from qdml_quantum.backends import as_backend
    from qdml_quantum.hardware.planning.planning import plan

    return plan(
        spec.resolve(as_backend(common["backend"])),
        shots=spec.shots,
        **shared.given_of(options, "max_error preload"),
        **common,
    )


def _fitted(options: argparse.Namespace) -> Any:
    spec, common = _common(options, options.problem)
    from qdml_quantum.annealing.suggest_anneal import bounds_of
    from qdml_quantum.hardware.planning.fit import STEPS, fit_plan

    for name in _CHOSEN_BY_FIT:
        if getattr(spec, name) is not None:
            must = "be left out with --fit, which chooses the schedule"
            remedy = "Write --steps 2 to fix the number of steps."
            raise bad_value(f"--{name.replace('_', '-')}", must, getattr(spec, name), remedy)
    taken = {
        "--initial": (spec.initial != "uniform", "begins uniform", spec.initial),
        "--compress": (spec.compress is not False, "takes the objective as it is", spec.compress),
        "--max-error": (options.max_error is not None, "takes --qpu-seconds", options.max_error),
        "--preload": (bool(options.preload), "runs all steps", options.preload),
        "--dynamic": (options.dynamic, "measures at the end", options.dynamic),
    }
    for name, (given, why, value) in taken.items():
        if given:
            raise bad_value(name, f"be left out with --fit, which {why}", value)
    objective = spec.make_objective()
    return fit_plan(
        objective,
        bounds_of(objective, spec.bounds),
        goal=options.goal,
        qpu_seconds=options.qpu_seconds,
        shots=None if options.shots is None else spec.shots,
        qubits=[spec.qubits] if isinstance(spec.qubits, int) else spec.qubits,
        steps=STEPS if spec.steps is None else [spec.steps],
        **common,
    )


def _common(options: argparse.Namespace, problem: str) -> tuple[Any, dict[str, Any]]:
    """A spec, and what `plan` and `fit_plan` take of it and of the options of a device.

    What can be refused is, before steps are optimised for seconds.
    """
    from qdml_quantum.backends import BACKENDS

    spec = shared.spec_of(options, problem)
    spec.require_numbers()
    if options.backend is None and spec.backend in BACKENDS:
        raise ValueError(
            "Argument `--backend` is needed. Write --backend fake_fez to try it out, or "
            "--backend least-busy for a device of your account."
        )
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.hardware.devices.machine import Machine
    from qdml_quantum.hardware.planning.sampler_options import as_sampler_options
    from qdml_quantum.synthesis.circuits.ends import require_feed_forward
    from qdml_quantum.synthesis.compiler import NETWORKS

    width = spec.qubits * spec.make_objective().dimensions if isinstance(spec.qubits, int) else None
    device = find_backend(
        spec.backend, fractional=options.fractional, num_qubits=width, instance=options.instance
    )
    if spec.shots is not None:
        Machine(device).require_shots(spec.shots)
    if options.dynamic:
        require_feed_forward(Machine(device).target)
    return spec, {
        "backend": device,
        "seed": spec.seed,
        "compiler": spec.make_compiler(NETWORKS[0]),
        "radius": spec.radius,
        "options": as_sampler_options(_nested(options.option or [])),
        **shared.given_of(options, "besides"),
        "progress": not options.json,
    }


def _nested(pairs: list[str]) -> dict[str, Any]:
    """Options of a sampler from ``a.b=value``; values are JSON, or else text.

    >>> _nested(["dynamical_decoupling.enable=true", "dynamical_decoupling.sequence_type=XY4"])
    {'dynamical_decoupling': {'enable': True, 'sequence_type': 'XY4'}}
    """
    nested: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not (name and equals):
            raise bad_value("--option", "be NAME=VALUE", pair, "Write execution.rep_delay=0.0002.")
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            value = text
        *path, last = name.split(".")
        inner = nested
        for part in path:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise bad_value("--option", f"say {part} once", pair)
        inner[last] = value
    return nested


def _add_submit(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.hardware.jobs.records import MODES

    many = "; or folders of saved plans, which become one job"
    shared.add_spec(parser, without=(*_OF_RUNS, "dynamic"), needed=("backend",), many=many)
    parser.set_defaults(dynamic=False)  # A service does not measure as it goes.
    _add_device(parser)
    add = _add_sending(parser)
    text = "a job per plan in a batch, or in a session, which is charged by the wall clock"
    add("--mode", choices=["job", *MODES], default="job", help=text)
    _add_ledger(parser)


def _add_sending(parser: argparse.ArgumentParser) -> Any:
    """Add how a job is sent; returns what adds more."""
    add = parser.add_argument_group("job").add_argument
    add("--again", action="store_true", help="although there is such a job")
    shared.add_limits(add)
    return add


def _submit(options: argparse.Namespace) -> int:
    plans = [_planned(options, problem) for problem in options.problem]
    from qdml_quantum.hardware.jobs.submission import submit, submit_together

    given = shared.given_of(options, "ledger again max_seconds overdraw")
    if options.mode == "job":
        return _report_jobs(options, [submit(plans, **given)])
    return _report_jobs(options, submit_together(plans, options.mode, **given))


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.diagnostics.checks import MIN_SIGNAL
    from qdml_quantum.support.estimate import CONFIDENCE

    add = parser.add_argument
    add("job", nargs="?", help="tag or id (default: the newest job)")
    add("--timeout", type=shared.real, metavar="S", help="wait at most so long; 0: no")
    text = f"of intervals (default {CONFIDENCE}, or as before)"
    add("--confidence", type=shared.real, metavar="P", help=text)
    text = f"to claim (default {MIN_SIGNAL}, or as before)"
    add("--min-signal", type=shared.real, metavar="S", help=text)
    _add_ledger(parser, figures=True)


def _fetch(options: argparse.Namespace) -> int:
    from qdml_quantum.hardware.jobs.submission import jobs
    from qdml_quantum.runs.fetching import fetch

    job = options.job or next(iter(jobs(ledger=options.ledger)), None)
    if job is None:
        raise ValueError("The ledger holds no job. Send one with qdml submit.")
    chosen = shared.given_of(options, "ledger timeout confidence min_signal")
    fetched = fetch(job, progress=not options.json, **chosen)
    results = fetched if isinstance(fetched, tuple) else (fetched,)

    figures = shared.drawn(
        options,
        lambda plot: [
            str(path)
            for result in results
            if result.folder is not None
            for path in plot.save_figures(result, result.folder)
        ],
    )
    plain = [json.loads(result.to_json()) for result in results]
    shared.report(options, {"results": plain, "figures": figures}, results, figures)
    return 0 if all(result.passed for result in results) else shared.FAILED


def _add_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--refresh", action="store_true", help="ask the service about open ones")
    _add_ledger(parser)


def _jobs(options: argparse.Namespace) -> int:
    from qdml_quantum.hardware.jobs.submission import jobs

    return _report_jobs(options, jobs(ledger=options.ledger, refresh=options.refresh))


def _add_cancel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", help="tag or id")
    _add_ledger(parser)


def _cancel(options: argparse.Namespace) -> int:
    from qdml_quantum.hardware.jobs.submission import cancel

    return _report_jobs(options, [cancel(options.job, ledger=options.ledger)])


def _add_ledger(parser: argparse.ArgumentParser, figures: bool = False) -> None:
    from qdml_quantum.hardware.jobs.disk import ENVIRONMENT

    text = f"folder of the ledger (default ${ENVIRONMENT}, or the user's data folder)"
    add = shared.add_output(parser, figures)
    add("--ledger", metavar="DIR", type=shared.to_write(folder=True), help=text)


def _report_jobs(options: argparse.Namespace, known: Any) -> int:
    shared.report(options, [job.to_dict() for job in known], known or ["The ledger holds no job."])
    return 0


def _add_selftest(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.support.estimate import SHOTS

    add = parser.add_argument
    add("backend", metavar="BACKEND", help="fake_fez, ibm_..., least-busy, aer")
    add("--qubits", type=int, metavar="N", help="3: a fall (default); 4 to 6: a turn")
    add("--shots", type=int, metavar="N", help=f"of each of five circuits (default {SHOTS})")
    add("--seed", type=int, metavar="N", help="default 0")
    add("--fractional", action="store_true", help="use RZZ gates of any angle")
    add("--dry-run", action="store_true", help="costs and what is to be expected; submit nothing")
    _add_sending(parser)
    add("--timeout", type=shared.real, metavar="S", help="wait at most so long; 0: no")
    _add_ledger(parser, figures=True)


def _selftest(options: argparse.Namespace) -> int:
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.runs.self_test import plan_self_test, self_test

    backend = find_backend(options.backend, fractional=options.fractional)
    asked = shared.given_of(options, "qubits shots seed")
    if options.dry_run:
        test = plan_self_test(backend, **asked)
    else:
        sending = shared.given_of(options, "ledger again max_seconds overdraw timeout")
        test = self_test(backend, **asked, **sending, progress=not options.json)
    figures = shared.drawn(
        options,
        lambda plot: [
            shared.draw(plot.plot_self_test(test), folder / "self_test.png")
            for folder in [test.folder]
            if folder is not None
        ],
    )
    shared.report(options, test.to_dict() | {"figures": figures}, [test], figures)
    return 0 if test.passed or options.dry_run else shared.FAILED


COMMANDS = (
    shared.Command(
        "plan",
        "what a run would cost and show; submits nothing",
        _add_plan,
        _plan,
        shared.OF_A_SCHEDULE,
    ),
    shared.Command(
        "submit", "send a job, at most once", _add_submit, _submit, shared.OF_A_SCHEDULE
    ),
    shared.Command("fetch", "wait for a job, judge what came back", _add_fetch, _fetch),
    shared.Command("jobs", "list the jobs of the ledger", _add_jobs, _jobs),
    shared.Command(
        "cancel", "cancel a job, and duplicates, if they have not run", _add_cancel, _cancel
    ),
    shared.Command(
        "selftest", "does a device move a wave packet as it should?", _add_selftest, _selftest
    ),
)
