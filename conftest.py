"""Tests and doctests that say which extra they need are skipped where it is not installed."""

import gc
from importlib.util import find_spec

import pytest

LIBRARIES = {
    "cluster": ("distributed",),
    "hardware": ("qiskit_ibm_runtime", "mthree", "filelock", "platformdirs"),
    "jax": ("jax",),
    "lab": ("anywidget",),
    "learning": ("sklearn",),
    "lessons": ("jupytext", "nbformat", "ipykernel", "nbconvert"),
    "plots": ("matplotlib",),
    "tables": ("pandas", "xarray"),
}
"""What an extra brings."""

MISSING = {extra for extra, names in LIBRARIES.items() if not all(map(find_spec, names))}

DOCTESTS = {
    "qdml_quantum.backends.device": "hardware",
    "qdml_quantum.hardware.": "hardware",
    "qdml_quantum.learning.data": "learning",
    "qdml_quantum.learning.diffusion_model": "learning",
    "qdml_quantum.learning.training": "learning",
    "qdml_quantum.objectives.losses.datasets": "learning",
}
"""The extra that doctests need, by the beginning of their names."""

WHOLE = {
    "jax": "qdml_quantum/backends/engines/jax_*.py",
    "learning": "qdml_quantum/optimize/estimators.py",
    "plots": "qdml_quantum/plot/*",
}
"""Modules that cannot be imported without an extra."""

collect_ignore_glob = [files for extra, files in WHOLE.items() if extra in MISSING]


def pytest_collection(session):
    """Nothing that is collected can be freed: looks for it would take half the time."""
    gc.disable()


def pytest_collection_finish(session):
    """The million objects of the tests themselves are left out of every later look.

    Those of Qiskit and SciPy that tests load are as many: with Python's own limits, a look for
    every 700 objects and every hundredth at all of them, these took an eighth of the suite.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 50)
    gc.enable()


def pytest_collection_modifyitems(items):
    for item in items:
        needed = {mark.args[0] for mark in item.iter_markers("extra")}
        if isinstance(item, pytest.DoctestItem):
            needed |= {extra for name, extra in DOCTESTS.items() if item.name.startswith(name)}
        for extra in sorted(needed & MISSING):
            item.add_marker(pytest.mark.skip(reason=f"needs the extra `{extra}`"))
