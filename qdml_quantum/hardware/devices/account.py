"""Who pays for a job, and what is left."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from qdml_quantum.hardware.errors import HardwareError, asked

UNNAMED = "unnamed"


@dataclass(frozen=True)
class Account:
    """The part of an account of IBM Quantum that a job is charged to.

    Attributes:
        instance: Its name.
        plan: What it is called at the service, such as ``"open"``.
        seconds_left: Seconds of the device before its limit; None where there is no limit.
        seconds_limit: That limit.
        exhausted: Whether the service says that the limit is reached: jobs then only wait.
    """

    instance: str
    plan: str
    seconds_left: float | None
    seconds_limit: float | None
    exhausted: bool = False

    @classmethod
    def of(cls, service: Any) -> Account:
        """What the service says of the instance that is active.

        Raises:
            HardwareError: It does not say, or not in time.
        """
        told = asked("the usage of the account", service.usage)
        active = service.active_instance()
        instances = asked("the instances of the account", service.instances)
        one: Mapping[str, Any] = next((i for i in instances if i.get("crn") == active), {})
        left = told.get("usage_remaining_seconds")
        limit = told.get("usage_limit_seconds") or told.get("usage_allocation_seconds")
        return cls(
            instance=str(one.get("name") or UNNAMED),
            plan=str(one.get("plan") or "unknown"),
            seconds_left=None if left is None else float(left),
            seconds_limit=None if limit is None else float(limit),
            exhausted=bool(told.get("usage_limit_reached")),
        )

    def affords(self, seconds: float) -> bool:
        """Whether so many seconds of the device are left."""
        return not self.exhausted and (self.seconds_left is None or self.seconds_left >= seconds)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form; the fields are the arguments."""
        return asdict(self)

    def __str__(self) -> str:
        left = "no limit"
        if self.seconds_left is not None and self.seconds_limit is not None:
            left = f"{self.seconds_left:g} s left of {self.seconds_limit:g} s"
        return f"instance {self.instance}, plan {self.plan}, {left}" + (
            ", LIMIT REACHED" if self.exhausted else ""
        )


def account_of(service: Any) -> Account | None:
    """What `Account.of` says; None without a service, or where that does not answer."""
    with suppress(HardwareError):
        return None if service is None else Account.of(service)
    return None
