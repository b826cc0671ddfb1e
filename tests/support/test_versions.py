"""Versions: those of what is imported, circuits on request, and what is missing said."""

import platform

import numpy
import scipy

from qdml_quantum import __version__
from qdml_quantum.support.versions import versions


def test_versions_are_those_of_the_libraries():
    assert versions(circuits=False) == {
        "python": platform.python_version(),
        "qdml-quantum": __version__,
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
    }


def test_circuits_add_their_libraries_and_only_those():
    plain, circuits = versions(circuits=False), versions(circuits=True)
    assert set(circuits) - set(plain) == {"qiskit", "qiskit-aer"}


def test_what_is_not_installed_is_said():
    more = versions(circuits=False, more=["no-such-library", "numpy"])
    assert more["no-such-library"] == "not installed"
    assert more["numpy"] == numpy.__version__
