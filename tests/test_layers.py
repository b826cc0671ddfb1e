"""Rooms stay apart: no circles, a short top level, and nothing slow is loaded before it is needed.

Which room may import which is in the contracts of `import-linter` in pyproject.toml (`make lint`).
"""

import ast
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

import qdml_quantum

ROOT = Path(qdml_quantum.__file__).parent

WITH_QISKIT = {
    "synthesis.networks.beam",
    "synthesis.networks.bound",
    "synthesis.circuits.block_builder",
    "synthesis.circuits.builder",
    "synthesis.circuits.network_builder",
    "synthesis.circuits.circuit",
    "synthesis.networks.compare",
    "synthesis.networks.rivals",
    "synthesis.networks.by_nwqlib",
    "synthesis.networks.by_pytket",
    "synthesis.networks.textbook",
    "synthesis.networks.bare",
    "synthesis.networks.rewriting",
    "synthesis.networks.constructive",
    "synthesis.circuits.cost",
    "synthesis.circuits.ends",
    "synthesis.circuits.export",
    "synthesis.circuits.gates",
    "synthesis.library.inspect",
    "synthesis.circuits.kinetic",
    "synthesis.circuits.signed",
    "synthesis.loading.cz_circuit",
    "synthesis.loading.family",
    "synthesis.loading.plugin",
    "synthesis.loading.prepare",
    "synthesis.loading.pruning",
    "synthesis.loading.splitting",
    "synthesis.loading.wanted",
    "synthesis.loading.loader",
    "synthesis.networks.short",
    "synthesis.networks.network",
    "synthesis.phases.phase",
    "synthesis.networks.layout",
    "synthesis.phases.plugin",
    "synthesis.phases.potential",
    "synthesis.circuits.initial",
    "synthesis.networks.synthesize",
    "synthesis.circuits.targets",
    "synthesis.circuits.verify",
    "backends.aer",
    "backends.device",
    "synthesis.library.catalog",
    "runs.fetching",
}
"""Modules that import Qiskit at once, beside everything about devices."""


def may_use_qiskit(name):
    """The modules above, and everything about devices."""
    return name in WITH_QISKIT or top(name) == "hardware"


def modules():
    """Dotted name below the package, and file."""
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


MODULES = dict(modules())


def top(dotted):
    return dotted.split(".")[0]


def imported():
    """For every module the modules it imports, those in functions and for annotations too."""
    graph = grimp.build_graph("qdml_quantum", cache_dir=None)
    short = {name: name.removeprefix("qdml_quantum").removeprefix(".") for name in graph.modules}
    return {
        short[name]: {short[other] for other in graph.find_modules_directly_imported_by(name)}
        for name in graph.modules
    }


def circles(edges):
    """What is left after taking away, again and again, all that imports nothing that is left."""
    left = {name: set(others) for name, others in edges.items()}
    while leaves := {name for name, others in left.items() if not others}:
        left = {name: others - leaves for name, others in left.items() if name not in leaves}
    return left


def test_no_circles():
    edges = imported()
    assert set(edges) == set(MODULES)
    assert circles(edges) == {}


def test_a_circle_is_seen():
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == {}
    assert set(circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()})) == {"a", "b", "c"}


def test_imports_in_functions_and_for_annotations_count():
    edges = imported()
    assert "plot" in edges["cli.optimize"]
    assert "synthesis.networks.beam" in edges["synthesis.networks.synthesize"]


def test_the_top_level_is_short():
    names = {path.name for path in ROOT.iterdir()} - {"__pycache__"}
    flat = {name for name in names if (ROOT / name).is_file()}
    assert len(names) <= 20
    assert len(flat) <= 4
    assert len(flat - {"__init__.py", "__main__.py", "py.typed"}) <= 1


def python(code):
    """Run code in a fresh interpreter and return what it prints, as a set of words."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


POSIX_ONLY = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix"}
ONLY_THERE = {"fork", "forkpty", "getuid", "geteuid", "getgid", "killpg", "mkfifo", "nice", "uname"}


def guarded(tree, line):
    """Whether a line stands in a `try`, or behind a look at the system."""
    holders = [node for node in ast.walk(tree) if isinstance(node, ast.Try | ast.If | ast.IfExp)]
    inside = [node for node in holders if node.lineno <= line <= node.end_lineno]
    looks = ("hasattr", "os.name", "sys.platform")
    return any(
        isinstance(node, ast.Try) or any(word in ast.unparse(node.test) for word in looks)
        for node in inside
    )


@pytest.mark.parametrize("name", [name for name in MODULES if name])
def test_what_only_posix_has_is_guarded(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert not names & POSIX_ONLY or guarded(tree, node.lineno), node.lineno
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os":
            only = node.attr in ONLY_THERE or node.attr.startswith("sched_")
            assert not only or guarded(tree, node.lineno), node.lineno


def test_what_is_not_guarded_is_seen():
    tree = ast.parse("import fcntl\nif os.name == 'posix':\n    import pwd\n")
    assert [guarded(tree, line) for line in (1, 3)] == [False, True]


LOADED = "import sys; print(*{name.split('.')[0] for name in sys.modules})"


def test_a_fresh_interpreter_can_see_an_import():
    """Shows that an empty answer means something."""
    assert "qiskit" in python(f"import qdml_quantum.synthesis.circuits.kinetic; {LOADED}")


def test_importing_the_package_or_the_command_loads_neither_numpy_nor_qiskit():
    loaded = python(f"import qdml_quantum, qdml_quantum.cli; {LOADED}")
    assert loaded & {"numpy", "scipy", "qiskit", "qiskit_aer", "matplotlib"} == set()


@pytest.mark.extra("learning")
def test_importing_every_numpy_module_loads_no_qiskit():
    names = [name for name in MODULES if name and not may_use_qiskit(name)]
    names = [name for name in names if not name.startswith(("plot", "backends.engines.jax"))]
    wanted = ", ".join(f"qdml_quantum.{name}" for name in names)
    loaded = python(f"import {wanted}; {LOADED}")
    assert "numpy" in loaded
    assert loaded & {"qiskit", "qiskit_aer", "matplotlib"} == set()


@pytest.mark.extra("jax")
def test_jax_is_loaded_by_its_engine_alone():
    import_jax = "import qdml_quantum.backends.engines.jax_engine"
    assert "jax" not in python(f"import qdml_quantum.backends.emulator, qdml_quantum.cli; {LOADED}")
    loaded = python(f"{import_jax}; {LOADED}")
    assert "jax" in loaded
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


ESTIMATORS = {"AnnealedClassifier", "AnnealedRegressor"}
"""They are scikit-learn's own kind."""


@pytest.mark.parametrize("name", qdml_quantum.__all__)
def test_public_names_are_there(name):
    if name in ESTIMATORS:
        pytest.importorskip("sklearn")
    assert getattr(qdml_quantum, name) is not None
    assert name in dir(qdml_quantum)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = qdml_quantum.nothing_like_it
