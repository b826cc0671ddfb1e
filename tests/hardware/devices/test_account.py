"""Who pays: what the service says, and what follows from it."""

from types import SimpleNamespace

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qdml_quantum.hardware.devices.account import Account
from qdml_quantum.hardware.errors import HardwareError


def service(active="crn:b", **usage):
    instances = [
        {"crn": "crn:a", "name": "first", "plan": "open"},
        {"crn": "crn:b", "name": "second", "plan": "premium"},
    ]
    return SimpleNamespace(
        usage=lambda: usage, active_instance=lambda: active, instances=lambda: instances
    )


def test_the_active_instance_and_what_is_left():
    known = Account.of(service(usage_limit_seconds=600, usage_remaining_seconds=4.5))
    assert known == Account("second", "premium", 4.5, 600.0)
    assert str(known) == "instance second, plan premium, 4.5 s left of 600 s"
    assert known.affords(4.5) and not known.affords(4.6)
    assert Account(**known.to_dict()) == known


def test_without_a_limit_everything_can_be_paid():
    known = Account.of(service())
    assert known.affords(1e9) and str(known).endswith("no limit")
    assert not Account.of(service(usage_limit_reached=True)).affords(1.0)


def test_an_instance_that_is_not_listed_has_no_name():
    assert Account.of(service("crn:c")).instance == "unnamed"


def test_a_service_that_does_not_answer():
    silent = service()
    silent.usage = lambda: 1 / 0
    with pytest.raises(HardwareError, match="usage of the account"):
        Account.of(silent)
