"""Tests mirror the package: `tests/a/test_b.py` is about `qdml_quantum/a/b.py`, and the other way.

What a folder defines in its `__init__.py` is tested in `tests/a/test_a.py`.
"""

import ast
from functools import cache
from pathlib import Path

import qdml_quantum

TESTS, PACKAGE = Path(__file__).parent, Path(qdml_quantum.__file__).parent

EXCEPTIONS: dict[str, str] = {}
"""Modules without a test file of their own, and why; there are none."""

AT_THE_TOP = {
    "test_aer_networks.py": "searched networks, anneals and the simulator together",
    "test_benchmarks.py": "the scripts in benchmarks/",
    "test_checks_are_defined_once.py": "every check, wherever it is made",
    "test_checks_can_fail.py": "every check, red and green",
    "test_coarse_stages.py": "coarse stages on every interpreter",
    "test_extending.py": "docs/extending.md",
    "test_folded_phases.py": "folded momentum phases on every interpreter",
    "test_first_contact.py": "what the first commands import",
    "test_jax_and_torch.py": "functions of JAX and torch, in every verb",
    "test_layers.py": "imports between rooms",
    "test_mirror.py": "this file",
    "test_names.py": "names in all modules",
    "test_nan_stays.py": "NaN on its way through scores and verdicts",
    "test_pages.py": "the pages in docs/",
    "test_public_names.py": "the public names",
    "test_readme.py": "README.md",
    "test_signatures.py": "signatures of all public names",
    "test_workflows.py": "whole ways through the library",
    "test_site.py": "the site that is built of docs/",
    "test_units.py": "the unit of the objective, everywhere",
    "test_wrong_input.py": "wrong input to everything public",
}
"""What these are about, instead of one module."""

ACROSS = {
    "hardware/jobs/test_kill.py": "submissions that are killed, in processes of their own",
    "hardware/jobs/test_ledger_kills.py": "ledgers that are killed, in processes of their own",
    "hardware/jobs/test_other_backends.py": "jobs and run folders of one name and several noises",
    "hardware/jobs/test_modes.py": "jobs of one batch or session, which the double opens",
    "hardware/planning/test_plan_schema.py": "the JSON of a plan, against its schema in docs/",
    "hardware/test_either_way.py": "an anneal on a device and its plan, side by side",
    "hardware/test_every_backend.py": "every verb on every kind of backend, side by side",
    "hardware/test_runtime_double.py": "the double of the service that the tests talk to",
    "hardware/test_secrets.py": "tokens, wherever they could leak",
    "hardware/test_whole_path.py": "plan, submit, fetch, judge",
    "teach/lab/test_modules.py": "the modules of the page, in node",
    "teach/lab/test_browser.py": "the page in a browser",
    "runs/test_result_schema.py": "the JSON of a result, against its schema in docs/",
    "plot/test_wrong_arguments.py": "wrong input to every figure",
}
"""The same for files that need the fixtures of their folder."""


def defines(module):
    body = ast.parse(module.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body)


MODULES = {
    str(file.relative_to(PACKAGE)): file
    for file in sorted(PACKAGE.rglob("*.py"))
    if file.name != "__init__.py" and defines(file)
}
FILES = [str(file.relative_to(TESTS)) for file in sorted(TESTS.rglob("test_*.py"))]


@cache
def trees():
    """All test files, parsed when they are asked for: both processes collect this module."""
    return {file: ast.parse((TESTS / file).read_text(encoding="utf-8")) for file in FILES}


def test_every_module_has_a_test_file_at_its_path():
    """Beside those in `EXCEPTIONS`, which are real, and none of which has one after all."""
    missing = {
        module
        for module in MODULES
        if not (TESTS / module).with_name(f"test_{Path(module).name}").exists()
    }
    assert missing == set(EXCEPTIONS)
    assert len(EXCEPTIONS) <= 5


def has_its_module(file):
    path = Path(file)
    module = PACKAGE / path.parent / path.name.removeprefix("test_")
    package = PACKAGE / path.parent / "__init__.py"
    of_the_folder = path.stem == f"test_{path.parent.name}" and package.exists()
    across = file in AT_THE_TOP or file in ACROSS
    return (module.exists() or (of_the_folder and defines(package))) != across


def test_every_test_file_has_its_module():
    assert [file for file in FILES if not has_its_module(file)] == []


def test_the_lists_name_files_that_there_are():
    assert {*AT_THE_TOP, *ACROSS} <= set(FILES)
    assert all(Path(file).parent == Path() for file in AT_THE_TOP)


def test_every_test_file_holds_a_test():
    assert [file for file, tree in trees().items() if not any(map(is_test, ast.walk(tree)))] == []


def is_test(node):
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


CLOCKS = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time"}


def reads_a_clock(node):
    """Also a deadline of Hypothesis."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "settings":
        return "deadline" in {keyword.arg for keyword in node.keywords}
    return {getattr(node, "attr", ""), getattr(node, "id", "")} & CLOCKS


def test_no_clock_decides():
    """A busy machine is no fault: work is counted (`work.calls`); clocks only end a hang."""
    assert [file for file, tree in trees().items() if any(map(reads_a_clock, ast.walk(tree)))] == []
