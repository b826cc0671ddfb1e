"""Several jobs in one batch or session of the service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.errors import asked
from qdml_quantum.hardware.jobs.records import MODES
from qdml_quantum.hardware.jobs.submission import submit
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import argument, unknown
from qdml_quantum.support.typed import typed

if TYPE_CHECKING:
    from qdml_quantum.hardware.jobs.ledger import Job, Ledger
    from qdml_quantum.hardware.planning.plan import Plan


@typed
def submit_together(
    plans: Sequence[Plan],
    mode: str,
    *,
    ledger: Ledger | str | Path | None = None,
    service: Any = None,
    again: bool = False,
) -> tuple[Job, ...]:
    """Send every plan as a job of its own, all in one new batch or session, which is then closed.

    Jobs that are in the ledger already are not sent again; without any new one nothing is opened
    but the session itself. A backend without a service behind it has neither, and runs the jobs one
    by one.

    Args:
        plans: Of one backend.
        mode: ``"batch"`` or ``"session"``.
        ledger: See `submit`.
        service: See `submit`.
        again: See `submit`.

    Raises:
        ValueError: An unknown mode, no plan, or plans for several backends.
        HardwareError: See `submit`.
    """
    if mode not in MODES:
        raise ValueError(unknown("mode", mode, MODES))
    names = sorted({plan.backend for plan in plans})
    if len(names) != 1:
        given = ", ".join(names) or "none"
        raise ValueError(argument("plans", "be for one backend", given, "Submit each by itself."))
    first = plans[0]
    if first.local:
        return tuple(submit(plan, ledger=ledger, again=again) for plan in plans)
    fractional = first.fractional
    backend = find_backend(names[0], service=service, fractional=fractional)
    runtime = require("qiskit_ibm_runtime")
    kind = runtime.Batch if mode == "batch" else runtime.Session
    opened = asked(f"a {mode} on `{names[0]}`", lambda: kind(backend=backend))
    try:
        return tuple(submit(p, ledger=ledger, mode=opened, again=again) for p in plans)
    finally:
        # Closed, it takes no more jobs; those that it has run to their end.
        asked(f"the {mode} closed", opened.close)
