"""The verb `fetch`: wait for a job of a device and judge what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qdml_quantum.hardware.jobs.fetching import Progress, fetch_results
from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.records import Job
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.runs.judge import Evidence, judge
from qdml_quantum.runs.result import Result
from qdml_quantum.support.messages import number
from qdml_quantum.support.typed import typed
from qdml_quantum.support.versions import versions

_CLIENT = ("qiskit-ibm-runtime", "mthree")


@typed
def fetch(
    job: Job | str,
    *,
    ledger: Ledger | str | Path | None = None,
    backend: Any = None,
    service: Any = None,
    timeout: float | None = None,
    progress: Progress = False,
    confidence: float | None = None,
    min_signal: float | None = None,
) -> Result | tuple[Result, ...]:
    """Wait for a job and judge what came back; once that is done, no service is needed any more.

    Args:
        job: A `Job`, a tag or the beginning of one, or an id of the service.
        ledger: A `Ledger`, its folder, or None for the user's own.
        backend: The object that was given to `submit`, where its name does not find it.
        service: A `QiskitRuntimeService`; default the user's account.
        timeout: Seconds to wait at most; 0 asks once; default for ever.
        progress: Whether to tell on standard error what goes on, or a function that takes words.
        confidence: Of the intervals; default that of `judge`, or that of the result in the ledger.
            Another one than there judges the raw result again.
        min_signal: Least S that is claimed; the same.

    Returns:
        One result, or as many as there were plans in the job.

    Raises:
        NotReadyError: It has not ended in time.
        AmbiguousSubmissionError: It is not known whether the service took the job.
        HardwareError: It failed or was cancelled, or the service does not answer.
        LedgerError: See `Ledger`; or another process fetches the same job.
    """
    wanted = {"confidence": confidence, "min_signal": min_signal}
    claim = {name: value for name, value in wanted.items() if value is not None}

    def load(folder: Path) -> Result | None:
        result = Result.load(folder)
        return result if _keeps(result, claim) else None

    def judged(plan: Plan, counts: Sequence[Mapping[str, int]], about: Mapping[str, Any]) -> Result:
        return judge_plan(plan, counts, job=about, **claim)

    pairs = fetch_results(
        job,
        judged,
        load,
        ledger=ledger,
        backend=backend,
        service=service,
        timeout=None if timeout is None else number("timeout", timeout, zero=True),
        progress=progress,
    )
    results = tuple(replace(result, folder=folder) for result, folder in pairs)
    return results[0] if len(results) == 1 else results


def judge_plan(
    plan: Plan,
    counts: Sequence[Mapping[str, int]],
    *,
    job: Mapping[str, Any] | None = None,
    **claim: Any,
) -> Result:
    """`judge` for the counts of all circuits of a plan, in order.

    Args:
        plan: What was run.
        counts: Bit strings (highest bit first) and hits of every setting of the plan.
        job: What is known of the job, in plain JSON: its id, times, the backend.
        claim: ``confidence``, ``min_signal`` and ``seed`` of `judge`.
    """
    evidence = Evidence(
        backend=plan.backend,
        seed=plan.seed,
        plan=plan,
        all_counts=counts,
        job=job or {},
        resources=plan.resources,
        versions=versions(circuits=True, more=_CLIENT),
    )
    return judge(plan.anneal, plan.goal, evidence, **claim)


def _keeps(result: Result, claim: Mapping[str, Any]) -> bool:
    """Whether a result was judged by what is claimed."""
    if result.device is None:
        return False
    known = {
        "confidence": result.success.confidence,
        "min_signal": result.device.min_signal,
    }
    return all(known[name] == value for name, value in claim.items())
