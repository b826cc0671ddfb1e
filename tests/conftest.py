"""Settings of all tests."""

import os
import subprocess
import sys
from collections import defaultdict
from functools import cache

import pytest
from hypothesis import settings

# Matrices here are small: BLAS threads that wait for each other make them up to 20 times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# For its own statistics the client of IBM Quantum looks through the sources of all that is on the
# stack, at every request: a third of the time of the tests against the double of the service.
os.environ.setdefault("USAGE_DATA_OPT_OUT", "True")
settings.register_profile("qdml", deadline=None, derandomize=True)
settings.load_profile("qdml")


def pytest_configure(config):
    """Two marks for long lists of parameters; what they leave out is slow and never lost."""
    for line in (
        "each_value: of a product of parameters, as many as show every value; the rest is slow",
        "few(count): so many of the parameters, spread over the list; the rest is slow",
    ):
        config.addinivalue_line("markers", line)
    if getattr(config.option, "numprocesses", None):  # Not in a worker.
        # The searches are compiled once for all workers, while they collect.
        subprocess.Popen([sys.executable, "-c", COMPILED], stderr=subprocess.DEVNULL)


COMPILED = """
import numpy as np
import qdml_quantum as qdml
qdml.compile_phase(np.arange(16.0) ** 2 / 7)
qdml.prepare(np.exp(-np.linspace(-2.0, 2.0, 16) ** 2))
"""


def showing_every_value(items):
    """Some of the items, chosen greedily, with every value of every parameter at least once."""
    # The names that pytest gives to the values, one of each `parametrize`.
    values = [set(enumerate(item.callspec._idlist)) for item in items]
    missing, kept = set().union(*values), []
    while missing:
        best = max(range(len(items)), key=lambda place: len(values[place] & missing))
        missing -= values[best]
        kept.append(items[best])
    return kept


def spread(items, count):
    """So many items from the first to the last of the list."""
    last = len(items) - 1
    return [items[round(place * last / max(count - 1, 1))] for place in range(count)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark as slow what `each_value` and `few` leave out, before the slow ones are deselected."""
    groups = defaultdict(list)
    for item in items:
        marked = item.get_closest_marker("each_value") or item.get_closest_marker("few")
        if marked and hasattr(item, "callspec") and not item.get_closest_marker("slow"):
            groups[item.path, item.nodeid.partition("[")[0]].append(item)
    for group in groups.values():
        few = group[0].get_closest_marker("few")
        kept = spread(group, min(few.args[0], len(group))) if few else showing_every_value(group)
        for item in group:
            if item not in kept:
                item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def fake_devices_once():
    """A fake device is read from its files once, which takes a quarter of a second each time.

    So is its calibration, which it would make of its file again at every question.
    """
    from qdml_quantum.hardware.devices import devices

    made = devices._fake

    @cache
    def once(name, fractional):
        backend = made(name, fractional)
        device = getattr(backend, "fake", backend)
        device.properties = cache(device.properties)
        return backend

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "_fake", once)
        yield
