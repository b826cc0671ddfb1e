"""What the first command of a user imports, counted: modules, not seconds."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "scipy.fft", "scipy.linalg", "scipy.optimize", "scipy.special", "scipy.sparse", "scipy.stats",
    "scipy.interpolate", "matplotlib", "psutil", "numba", "tqdm", "asyncio", "filelock", "qiskit",
    "qiskit_aer", "qiskit_ibm_runtime", "sympy", "sklearn", "pandas", "distributed",
}  # fmt: skip
"""Each takes 20 ms to half a second to import."""

CHILD = """
import contextlib, io, json, sys
from qdml_quantum.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main(sys.argv[1:])
print(json.dumps(sorted(sys.modules)))
"""


def modules(*arguments, code=CHILD):
    child = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return set(json.loads(child.stdout))


def heavy(loaded):
    return HEAVY & loaded


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        (["--help"], 180),  # measured: 116
        (["list"], 330),  # measured: 257, of which NumPy 86
        (["run", "x^2"], 430),  # measured: 359
        (["run", "nonsense"], 430),
        (["run", "double_well", "--qubits", "0.5"], 430),
        (["run", "double_well", "--oops"], 430),
        (["evolve", "nonsense"], 470),  # measured: 393
        (["optimize", "nonsense"], 470),
        (["minimize", "nonsense"], 510),  # measured: 432
        (["minimize", "x^2"], 510),
        (["sweep", "nonsense"], 510),
        (["bench", "nonsense"], 510),
        (["show", "nonsense"], 430),
        (["circuit", "nonsense"], 470),
        (["prepare", "nonsense"], 470),
        (["plan", "nonsense"], 470),
        (["plan", "double_well"], 470),  # no --backend
        (["plan", "nonsense", "--fit"], 470),
        (["submit", "nonsense", "--backend", "fake_fez"], 470),
    ],
)
def test_help_and_mistakes_load_nothing_heavy(arguments, most):
    loaded = modules(*arguments)
    assert heavy(loaded) == set()
    assert len(loaded) <= most


def test_a_run_on_the_emulator_loads_what_it_computes_with_and_again_not_even_that(tmp_path):
    run = ["run", "double_well", "--backend", "emulator", "--no-figures"]
    run += ["--output", str(tmp_path)]
    first = heavy(modules(*run)) - {"scipy.sparse"}  # SciPy 1.15 loads it with `scipy.fft`.
    assert first == {"scipy.fft", "scipy.linalg", "scipy.special", "tqdm", "asyncio", "filelock"}
    # filelock 3.16 loads asyncio by itself.
    assert heavy(modules(*run)) - {"asyncio"} == {"filelock"}


@pytest.mark.slow
@pytest.mark.extra("plots")
def test_a_finished_run_on_aer_is_shown_without_circuits_and_without_drawing(tmp_path):
    run = ["run", "harmonic", "--stages", "2", "--steps", "1", "--qubits", "3"]
    run += ["--output", str(tmp_path)]
    loaded = modules(*run)
    assert heavy(loaded) >= {"qiskit", "qiskit_aer", "matplotlib"}
    assert len(loaded) <= 2000  # measured: 1785, of which Qiskit and Aer 817
    assert heavy(loaded).isdisjoint({"numba", "scipy.optimize", "scipy.stats"})
    assert "qdml_quantum.plot.animation" not in loaded
    # filelock 3.16 loads asyncio by itself.
    assert heavy(modules(*run)) - {"asyncio"} == {"filelock"}


def test_an_interval_needs_no_statistics_of_scipy():
    code = """
import json, sys
from qdml_quantum import Estimate
Estimate.of_proportion(90, 100), Estimate.from_error(1.0, 0.1)
print(json.dumps(sorted(sys.modules)))
"""
    assert heavy(modules(code=code)) == set()
