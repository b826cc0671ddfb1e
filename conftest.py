"""Tests and doctests that say which extra they need are skipped where it is not installed."""

from importlib.util import find_spec

import pytest

LIBRARIES = {
    "cluster": ("distributed",),
    "hardware": ("qiskit_ibm_runtime", "mthree", "filelock", "platformdirs"),
    "learning": ("sklearn",),
    "plots": ("matplotlib",),
    "tables": ("pandas", "xarray"),
}
"""What an extra brings."""

MISSING = {extra for extra, names in LIBRARIES.items() if not all(map(find_spec, names))}

DOCTESTS = {
    "qdml_quantum.hardware.": "hardware",
    "qdml_quantum.learning.data": "learning",
    "qdml_quantum.learning.diffusion_model": "learning",
    "qdml_quantum.learning.training": "learning",
    "qdml_quantum.objectives.losses.datasets": "learning",
}
"""The extra that doctests need, by the beginning of their names."""

collect_ignore_glob = ["qdml_quantum/plot/*"] if "plots" in MISSING else []


def pytest_collection_modifyitems(items):
    for item in items:
        needed = {mark.args[0] for mark in item.iter_markers("extra")}
        if isinstance(item, pytest.DoctestItem):
            needed |= {extra for name, extra in DOCTESTS.items() if item.name.startswith(name)}
        for extra in sorted(needed & MISSING):
            item.add_marker(pytest.mark.skip(reason=f"needs the extra `{extra}`"))
