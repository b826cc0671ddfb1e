"""Imports go downward only, and the NumPy side never imports Qiskit."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import qdml_quantum

ROOT = Path(qdml_quantum.__file__).parent

ORDER = (
    {"extras", "messages", "versions"},
    {"coarse", "store"},
    {"formulas", "grid", "schedule", "objectives"},
    {"black_box", "trained"},
    {"problem", "recipe"},
    {"hamiltonian", "states", "metrics", "minima"},
    {"checks"},
    {"reference"},
    {"diffusion_range", "qhd", "sweeps", "trial", "result"},
    {"adiabatic", "baselines", "learning", "optimized"},
    {"suggest"},
    {"table", "folder", "judge", "plot"},
    # ------------------------------------------------ from here on Qiskit may be imported
    {"synthesis"},
    {"backends"},
    {"execution", "measured_energy"},
    {"run", "zoom"},
    {"bench", "paper"},
    {"hardware"},
    {"spec", "catalog"},
    {"cli"},
    {"__main__"},
)
"""Modules and packages, lowest first; a new one is written in here by whoever makes it."""

LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
UPWARD = {
    ("result", "table"),
    ("objectives", "qhd"),
    ("objectives", "checks"),
    ("schedule", "optimized"),
    ("schedule", "plot"),
}
"""Imports against the order that are meant, inside a function.

A result prints itself; a schedule draws itself, and is where people look for optimised ones; and
the test functions are where people look for the published protocol on them
(`objectives.benchmark.qhd_success`), which needs the propagator. A loss says whether its box misses
the optimum as a check.
"""

WITH_QISKIT = {
    "synthesis.beam",
    "synthesis.bound",
    "synthesis.builder",
    "synthesis.circuit",
    "synthesis.compare",
    "synthesis.constructive",
    "synthesis.cost",
    "synthesis.export",
    "synthesis.fourier",
    "synthesis.gates",
    "synthesis.inspect",
    "synthesis.kinetic",
    "synthesis.short",
    "synthesis.network",
    "synthesis.phase",
    "synthesis.place",
    "synthesis.plugin",
    "synthesis.potential",
    "synthesis.prepare",
    "synthesis.synthesize",
    "synthesis.targets",
    "synthesis.verify",
    "backends.aer",
    "backends.aer_state",
    "backends.device",
    "catalog",
}
WITH_MATPLOTLIB = {"plot"}


def may_use_qiskit(name):
    """The modules above, and everything about devices."""
    return name in WITH_QISKIT or top(name) == "hardware"


def modules():
    """Dotted name below the package, and file."""
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


MODULES = dict(modules())


def is_typing_only(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(node, lazy=False):
    """(absolute name, inside a function or not) of every import that can run."""
    for child in ast.iter_child_nodes(node):
        if is_typing_only(child):
            continue
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            for alias in child.names:
                yield f"{child.module}.{alias.name}", inside
        elif isinstance(child, ast.Import):
            for alias in child.names:
                yield alias.name, inside
        yield from imports(child, inside)


def imports_of(name):
    return list(imports(ast.parse(MODULES[name].read_text(encoding="utf-8"))))


def top(dotted):
    return dotted.split(".")[0]


@pytest.mark.parametrize("name", [name for name in MODULES if name])
def test_module_has_a_place_in_the_order(name):
    assert top(name) in LEVEL, f"write `{top(name)}` into ORDER of {__file__}"


@pytest.mark.parametrize("name", [name for name in MODULES if name])
def test_imports_go_downward_only(name):
    own = top(name)
    for target, lazy in imports_of(name):
        if not target.startswith("qdml_quantum."):
            continue
        other = top(target.removeprefix("qdml_quantum."))
        if other == own or (lazy and (own, other) in UPWARD) or other.startswith("__"):
            continue
        assert LEVEL[other] < LEVEL[own], f"{name} imports {target}"


def test_the_package_itself_imports_nothing_at_first():
    assert [n for n, lazy in imports_of("") if n.startswith("qdml_quantum") and not lazy] == []


@pytest.mark.parametrize("name", [name for name in MODULES if name])
def test_qiskit_and_matplotlib_stay_where_they_belong(name):
    used = {top(target) for target, _ in imports_of(name)}
    if not may_use_qiskit(name):
        assert not {n for n in used if n.startswith("qiskit")}
    if top(name) not in WITH_MATPLOTLIB:
        assert "matplotlib" not in used


def python(code):
    """Run code in a fresh interpreter and return what it prints, as a set of words."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


LOADED = "import sys; print(*{name.split('.')[0] for name in sys.modules})"


def test_the_walk_above_can_see_an_import():
    """Shows that an empty answer means something."""
    assert "qiskit" in python(f"import qdml_quantum.synthesis.fourier; {LOADED}")


def test_importing_the_package_or_the_command_loads_neither_numpy_nor_qiskit():
    loaded = python(f"import qdml_quantum, qdml_quantum.cli; {LOADED}")
    assert loaded & {"numpy", "scipy", "qiskit", "qiskit_aer", "matplotlib"} == set()


def test_importing_every_numpy_module_loads_no_qiskit():
    names = [name for name in MODULES if name and not may_use_qiskit(name)]
    names = [name for name in names if not name.startswith("plot")]
    wanted = ", ".join(f"qdml_quantum.{name}" for name in names)
    loaded = python(f"import {wanted}; {LOADED}")
    assert "numpy" in loaded
    assert loaded & {"qiskit", "qiskit_aer", "matplotlib"} == set()


def test_plots_load_no_qiskit():
    pytest.importorskip("matplotlib")
    wanted = ", ".join(f"qdml_quantum.{name}" for name in MODULES if name.startswith("plot"))
    loaded = python(f"import {wanted}; {LOADED}")
    assert "matplotlib" in loaded
    assert loaded & {"qiskit", "qiskit_aer"} == set()


def test_an_anneal_on_the_emulator_loads_no_qiskit():
    run = (
        "import qdml_quantum as q; r = q.anneal(q.Problem(q.Grid((-1, 1), 3), 'x**2'), "
        "q.Schedule.constant(1.0, num_steps=1, time_step=0.1)); str(r)"
    )
    assert python(f"{run}; {LOADED}") & {"qiskit", "qiskit_aer", "matplotlib"} == set()


@pytest.mark.parametrize("name", qdml_quantum.__all__)
def test_public_names_are_there(name):
    assert getattr(qdml_quantum, name) is not None
    assert name in dir(qdml_quantum)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = qdml_quantum.nothing_like_it
