"""A ledger and a service in a folder of their own."""

import pytest


@pytest.fixture
def folder():
    from fake_service import quick_folder

    with quick_folder() as path:
        yield path


@pytest.fixture
def ledger(folder):
    from fake_service import FakeClock

    from qdml_quantum.hardware.jobs.ledger import Ledger

    return Ledger(folder / "ledger", clock=FakeClock())


@pytest.fixture
def service(folder):
    from fake_service import FakeService

    return FakeService(folder / "service")
