"""The public names: once in `__init__.pyi`, loaded late, typed, and listed in docs/api.md."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import qdml_quantum

ROOT = Path(__file__).parents[1]
STUB = Path(qdml_quantum.__file__).with_suffix(".pyi")
EXTRAS = (
    "distributed",
    "matplotlib",
    "mthree",
    "platformdirs",
    "qiskit_ibm_runtime",
    "sklearn",
)
BLOCKED = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS}))\n"


def script_of_the_page():
    spec = importlib.util.spec_from_file_location("write_api", ROOT / "docs" / "write_api.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def names_of_the_stub():
    body = ast.parse(STUB.read_text(encoding="utf-8")).body
    return [alias for node in body if isinstance(node, ast.ImportFrom) for alias in node.names]


def test_every_name_stands_in_the_stub_once_and_is_exported():
    """Without "as", a name of a stub is private for a type checker."""
    assert all(alias.asname == alias.name for alias in names_of_the_stub())
    assert sorted(alias.name for alias in names_of_the_stub()) == sorted(qdml_quantum.__all__)
    assert STUB.with_name("py.typed").is_file()
    assert len(set(qdml_quantum.__all__)) == len(qdml_quantum.__all__) > 90
    assert set(qdml_quantum.__all__) <= set(dir(qdml_quantum))


def test_the_page_of_public_names_is_current():
    """Write it anew with `make api`."""
    pytest.importorskip("matplotlib")
    made = script_of_the_page()
    listed = [name for names in made.groups(STUB.read_text()).values() for _, name in names]
    assert sorted(listed) == sorted(qdml_quantum.__all__)
    assert made.page() == made.PAGE.read_text(encoding="utf-8")


def test_a_name_without_a_docstring_cannot_be_listed():
    made = script_of_the_page()
    assert "by name" in made.summary("dynamics.formulas", "FORMULAS")
    with pytest.raises(ValueError, match="no docstring"):
        made.summary("backends", "__all__")


def test_import_star_works_without_extras():
    shown = python(
        f"{BLOCKED}from qdml_quantum import *\n"
        "print(anneal(Problem(Grid([(-2.5, 2.5)], 6), 'double_well'), backend='emulator').passed)\n"
        "try: plot_map(None)\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    assert shown.splitlines() == [
        "True",
        'Figures need matplotlib, which is not installed. Run: pip install "qdml-quantum[plots]"',
    ]


def test_what_is_missing_besides_matplotlib_is_an_error_at_once():
    shown = python(
        "import sys; sys.modules['scipy'] = None\nimport qdml_quantum\n"
        "try: qdml_quantum.anneal\n"
        "except ModuleNotFoundError as error: print(error.name)\n"
    )
    assert shown.startswith("scipy")


@pytest.mark.slow
def test_type_checkers_see_the_real_types(tmp_path):
    pytest.importorskip("mypy")
    file = tmp_path / "scratch.py"
    file.write_text(
        "import qdml_quantum as qdml\n"
        "reveal_type(qdml.anneal)\nreveal_type(qdml.Grid)\nreveal_type(qdml.__version__)\n"
        "qdml.nothing_like_it\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", ROOT / "pyproject.toml"]
    done = subprocess.run([*command, file], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if "scratch.py" in line]
    assert "def (problem: qdml_quantum." in lines[0]
    assert lines[0].endswith('.Result"')
    assert "-> qdml_quantum." in lines[1]
    assert 'is "str"' in lines[2]
    assert "[attr-defined]" in lines[3]
    assert len(lines) == 4, done.stdout
