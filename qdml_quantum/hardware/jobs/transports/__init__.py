"""Ways to where a job runs: the runtime service, or this machine."""

from __future__ import annotations

from typing import Any

from qdml_quantum.hardware.devices.account import UNNAMED
from qdml_quantum.hardware.devices.devices import find_backend, is_local, open_service
from qdml_quantum.hardware.errors import HardwareError
from qdml_quantum.hardware.jobs.transports.base import Transport, is_transport
from qdml_quantum.hardware.jobs.transports.local import LocalTransport
from qdml_quantum.hardware.jobs.transports.runtime import RuntimeTransport
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.digest import differing, told
from qdml_quantum.support.messages import bad_value


def transport_to_submit(plan: Plan, backend: Any, service: Any, mode: Any) -> Transport:
    """The way to the backend of a plan.

    Args:
        plan: Says which backend, and whether fractional gates are in use.
        backend: None for the one of the plan, found by its name; else the object itself, a name, or
            a `Transport`.
        service: Of the runtime client, or None for the user's account.
        mode: None, or a `Batch` or `Session` of the runtime client.

    Raises:
        ValueError: The backend is another one than the plan is for.
        HardwareError: The account, the service or the device does not answer as it should.
    """
    if is_transport(backend):
        return backend
    given = backend is not None and not isinstance(backend, str)
    name = plan.backend if backend is None else backend
    resolved = None
    if given or mode is None:
        resolved = backend if given else device_of(plan, service, name)
    if mode is not None or not is_local(resolved):
        remote = RuntimeTransport.of(resolved, mode)
        if remote.name != plan.backend:
            must = f"be `{plan.backend}`, which the plan is for"
            raise bad_value("backend", must, f"`{remote.name}`", "Plan again for it.")
        return remote
    local = LocalTransport(resolved)
    other = differing(told(plan.identity), local.identity)
    if other and not given:
        must = f"be handed over: by the name `{name}` another one is found than the plan is for"
        remedy = "Pass the same object: submit(plan, backend=...); or plan again."
        raise bad_value("backend", must, f"another {' and '.join(other)}", remedy)
    return local


def device_of(plan: Plan, service: Any, name: str | None = None) -> Any:
    """The backend of a plan by its name, in the instance that the plan says will pay."""
    payer = None if plan.account is None else plan.account.instance
    return find_backend(
        name or plan.backend,
        service=service,
        fractional=plan.fractional,
        instance=None if payer == UNNAMED else payer,
    )


def transport_to_fetch(row: Any, backend: Any, service: Any) -> Transport:
    """The way to where a job of the ledger is; the device need not be online.

    Raises:
        HardwareError: The job ran on an object that can not be found by its name, and was not
            given; or there is no account.
    """
    if is_transport(backend):
        return backend
    if not row.local:
        return RuntimeTransport(service or open_service(), row.backend, instance=row.instance)
    local = LocalTransport(_named(row) if backend is None else find_backend(backend))
    other = differing(row.identity, local.identity)
    if other:
        raise HardwareError(
            f"Job `{row.tag}` was submitted for another backend than this {local.name}: its "
            f"{' and '.join(other)} differs (noise, calibration or options). Pass the same object: "
            "fetch(job, backend=...); or plan and submit again."
        )
    return local


def _named(row: Any) -> Any:
    """The backend of a local job by its name, where that and nothing else tells which it is."""
    try:
        # What has no digest is not in there: then any backend of that name might be meant.
        if {"backend", "sampler"} <= set(row.identity):
            return find_backend(row.backend)
    except ValueError:
        pass
    raise HardwareError(
        f"Job `{row.tag}` is for an object ({row.identity.get('class')}, {row.backend}) that can "
        "not be found by its name. Pass the same object: fetch(job, backend=...)."
    )
