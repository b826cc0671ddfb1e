"""`qdml plan`, `submit`, `fetch`, `jobs` and `cancel`: runs on devices."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from qdml_quantum.cli.options import FAILED, PROBLEM, Adder, add_anneal, add_json, draw, spec_of


def add(command: Adder) -> None:
    """Add the commands."""
    plan = command("plan", _plan, "what a run on a device would cost and show; submits nothing")
    plan.add_argument("problem", metavar="PROBLEM", help=PROBLEM)
    _add_device(plan)
    plan.add_argument("--save", metavar="DIR", help="keep the plan; qdml submit takes the folder")
    _add_fit(plan)
    add_anneal(plan)
    add_json(plan)

    submit = command("submit", _submit, "send a job, at most once")
    submit.add_argument(
        "problem",
        metavar="PROBLEM",
        nargs="+",
        help=f"{PROBLEM}; or folders of saved plans, which become one job",
    )
    _add_device(submit)
    submit.add_argument("--again", action="store_true", help="although there is such a job")
    submit.add_argument(
        "--mode",
        choices=["job", "batch", "session"],
        default="job",
        help="one job (default), or a job per plan in a batch or session of the service",
    )
    add_anneal(submit)
    _add_ledger(submit)
    add_json(submit)

    fetch = command("fetch", _fetch, "wait for a job, judge what came back")
    fetch.add_argument("job", nargs="?", help="tag or id (default: the newest job)")
    fetch.add_argument("--timeout", type=float, metavar="S", help="wait at most so long; 0: no")
    fetch.add_argument("--confidence", type=float, metavar="P", help="of intervals (default 0.95)")
    fetch.add_argument("--min-signal", type=float, metavar="S", help="to claim (default 0.5)")
    fetch.add_argument("--no-figures", action="store_true", help="write no PNG file")
    _add_ledger(fetch)
    add_json(fetch)

    jobs = command("jobs", _jobs, "list the jobs of the ledger")
    jobs.add_argument("--refresh", action="store_true", help="ask the service about open ones")
    _add_ledger(jobs)
    add_json(jobs)

    cancel = command("cancel", _cancel, "cancel a job and its duplicates, if they have not run")
    cancel.add_argument("job", help="tag or id")
    _add_ledger(cancel)
    add_json(cancel)


def _add_device(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--backend",
        metavar="NAME",
        help="fake_fez, fake_torino, fake_nighthawk, ...; ibm_... or least-busy of your account; "
        "aer",
    )
    add("--fractional", action="store_true", help="use RZZ gates of any angle")
    add("--seeds", type=int, metavar="N", help="transpilations to try (default 8)")
    add("--no-energy", action="store_true", help="measure positions only")
    add("--max-error", type=float, metavar="E", help="wanted error bar of success and S")
    add("--decoupling", metavar="NAME", help="dynamical decoupling: XX, XpXm or XY4")
    add("--twirling", action="store_true", help="twirl gates")
    add("--readout", action="store_true", help="measure and undo readout errors")
    add("--zne", type=float, nargs="+", metavar="F", help="noise factors to extrapolate from")


def _add_fit(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--fit", action="store_true", help="search qubits, steps, budget and schedule")
    add("--goal", metavar="NAME", help="of --fit: success (default) or signal")
    add("--qpu-seconds", type=float, metavar="S", help="of --fit: what the device may be used for")


def _add_ledger(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ledger",
        metavar="DIR",
        help="folder of the ledger (default $QDML_LEDGER, or the user's data folder)",
    )


def _plan(options: argparse.Namespace) -> int:
    if options.fit:
        return _fitted(options)
    made = _planned(options, options.problem)
    saved = _saved(options, made)
    if options.json:
        print(json.dumps(json.loads(made.to_json()) | saved, indent=2))
    else:
        print(made)
        _print_saved(saved)
    return 0 if made.worth else FAILED


def _fitted(options: argparse.Namespace) -> int:
    from qdml_quantum.annealing.suggest_anneal import bounds_of
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.hardware.planning.fit import fit_plan

    options.problem = options.problem.strip()
    spec = spec_of(options)
    objective = spec.make_objective()
    given = {
        "goal": options.goal,
        "qpu_seconds": options.qpu_seconds,
        "shots": options.shots,
        "seed": options.seed,
    }
    found = fit_plan(
        objective,
        bounds_of(objective, spec.bounds),
        backend=find_backend(_backend(options), fractional=options.fractional),
        progress=not options.json,
        **{name: value for name, value in given.items() if value is not None},
    )
    saved = _saved(options, found.plan)
    if options.json:
        print(json.dumps(found.to_dict() | saved, indent=2))
    else:
        print(found)
        _print_saved(saved)
    return 0 if found.plan is not None and found.plan.worth else FAILED


def _saved(options: argparse.Namespace, made: Any) -> dict[str, str]:
    if options.save is None or made is None:
        return {}
    made.save(options.save)
    return {"saved": str(options.save)}


def _print_saved(saved: dict[str, str]) -> None:
    for folder in saved.values():
        print(f"  saved   {folder} (send it with: qdml submit {folder})")


def _planned(options: argparse.Namespace, problem: str) -> Any:
    """The plan of a problem, or one that was saved."""
    from qdml_quantum.hardware.planning.plan import Plan

    if (Path(problem) / "plan.json").is_file():
        return Plan.load(problem)
    from qdml_quantum.backends import as_backend
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.hardware.planning.planning import plan
    from qdml_quantum.synthesis.compiler import Compiler

    options.problem = problem
    spec = spec_of(options)
    backend = find_backend(_backend(options), fractional=options.fractional)
    chosen = {"budget": spec.budget, "effort": spec.effort, "seeds": options.seeds}
    compiler = Compiler(
        spec.compiler or "joint",
        **{name: value for name, value in chosen.items() if value is not None},
    )
    given = {"max_error": options.max_error, "mitigation": _mitigation(options)}
    return plan(
        spec.resolve(as_backend(backend)),
        backend=backend,
        shots=spec.shots,
        seed=spec.seed,
        compiler=compiler,
        radius=spec.radius,
        energy=not options.no_energy,
        progress=not options.json,
        **{name: value for name, value in given.items() if value is not None},
    )


def _backend(options: argparse.Namespace) -> str:
    if options.backend is None:
        raise ValueError(
            "Argument `--backend` is needed. Write --backend fake_fez to try it out, or "
            "--backend least-busy for a device of your account."
        )
    return str(options.backend)


def _mitigation(options: argparse.Namespace) -> Any:
    from qdml_quantum.hardware.planning.mitigation import Mitigation

    return Mitigation(
        dynamical_decoupling=options.decoupling,
        twirling=options.twirling,
        readout=options.readout,
        zne=tuple(options.zne or ()),
    )


def _submit(options: argparse.Namespace) -> int:
    from qdml_quantum.hardware.jobs.submission import submit

    plans = [_planned(options, problem) for problem in options.problem]
    given = {"ledger": options.ledger, "again": options.again}
    if options.mode == "job":
        _print_jobs([submit(plans, **given)], as_json=options.json)
    else:
        from qdml_quantum.hardware.jobs.modes import submit_together

        _print_jobs(submit_together(plans, options.mode, **given), as_json=options.json)
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from qdml_quantum.hardware.jobs.submission import jobs
    from qdml_quantum.runs.fetching import fetch

    job = options.job
    if job is None:
        known = jobs(ledger=options.ledger)
        if not known:
            raise ValueError("The ledger holds no job. Send one with qdml submit.")
        job = known[0]
    found = fetch(
        job,
        ledger=options.ledger,
        timeout=options.timeout,
        progress=not options.json,
        confidence=options.confidence,
        min_signal=options.min_signal,
    )
    results = found if isinstance(found, tuple) else (found,)
    figures = [] if options.no_figures else _figures(results)
    if options.json:
        plain = [json.loads(result.to_json()) for result in results]
        print(json.dumps({"results": plain, "figures": figures}, indent=2))
    else:
        for result in results:
            print(result)
        for figure in figures:
            print(f"  figure   {figure}")
    return 0 if all(result.passed for result in results) else FAILED


def _figures(results: Any) -> list[str]:
    try:
        from qdml_quantum.plot import plot_device

        return [
            draw(plot_device(result), Path(result.folder) / "device.png")
            for result in results
            if result.folder is not None
        ]
    except ImportError as error:
        print(f"qdml: no figures: {error}", file=sys.stderr)
        return []


def _jobs(options: argparse.Namespace) -> int:
    from qdml_quantum.hardware.jobs.submission import jobs

    known = jobs(ledger=options.ledger, refresh=options.refresh)
    if not known and not options.json:
        print("The ledger holds no job.")
        return 0
    _print_jobs(known, as_json=options.json)
    return 0


def _cancel(options: argparse.Namespace) -> int:
    from qdml_quantum.hardware.jobs.submission import cancel

    _print_jobs([cancel(options.job, ledger=options.ledger)], as_json=options.json)
    return 0


def _print_jobs(known: Any, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([job.to_dict() for job in known], indent=2))
        return
    for job in known:
        print(job)
