"""README, examples and docs say what is true: every Python block and every command is run."""

import ast
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import qdml_quantum
from qdml_quantum import (
    Compiler,
    Grid,
    Problem,
    Schedule,
    cli,
    fetch,
    plan,
    submit,
)

ROOT = Path(__file__).parents[1]
PACKAGE = Path(qdml_quantum.__file__).parent
README = (ROOT / "README.md").read_text()
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))

NEEDS = {
    "docs/engines.md": "jax",
    "README.md": "hardware",
    "docs/hardware.md": "hardware",
    "docs/learning.md": "learning",
    "docs/tasks.md": "tables",
    "circuit": "plots",
    "figures": "plots",
    "plan": "hardware",
    "04_any_backend": "hardware",
    "08_on_a_device": "hardware",
    "14_train_by_annealing": "learning",
    "15_diffusion_model": "learning",
    "16_denoise_first": "learning",
}
"""The extra that a page, a command or an example needs."""


SLOW = {
    "docs/hardware.md",
    "docs/compiler.md",
    "docs/learning.md",
    "docs/loading.md",
    "docs/minimize.md",
    "qdml run double_well",
    "qdml sweep examples/sweep.toml",
    "qdml run rastrigin --dimensions 2 --qubits 5",
    "qdml plan double_well --qubits 3 --backend fake_fez --effort 1",
}
"""Pages and commands of more than four seconds, beside the README's own blocks: `make docs`.

The tests of the command line run the double well and a plan of it too.
"""


def with_extra(name, *values):
    marks = [pytest.mark.extra(NEEDS[name])] if name in NEEDS else []
    if SLOW.intersection(map(str, values)):
        marks.append(pytest.mark.slow)
    return pytest.param(*values, marks=marks)


@pytest.fixture(autouse=True)
def own_ledger(tmp_path, monkeypatch):
    """Nothing is written to the user's ledger."""
    monkeypatch.setenv("QDML_LEDGER", str(tmp_path / "ledger"))


@pytest.mark.parametrize(
    ("page", "count"),
    [
        with_extra(page, page, count)
        for page, count in {
            "README.md": 9,
            "docs/evolve.md": 4,
            "docs/compiler.md": 5,
            "docs/tasks.md": 17,
            "docs/loading.md": 2,
            "docs/theory.md": 1,
            "docs/minimize.md": 7,
            "docs/hardware.md": 3,
            "docs/learning.md": 3,
            "docs/engines.md": 1,
            "docs/walkers.md": 1,
            "docs/framework.md": 1,
            "docs/qhd.md": 1,
            "docs/lab.md": 1,
        }.items()
    ],
)
def test_python_blocks_run_in_order(page, count, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    assert len(blocks) == count
    for block in blocks:
        exec(compile(block, page, "exec"), names)


def test_no_task_takes_more_than_four_lines():
    """The first block is what the others share."""
    text = (ROOT / "docs/tasks.md").read_text()
    _, *blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    for block in blocks:
        assert len([line for line in block.splitlines() if line.strip()]) <= 4, block
    asked = "spectrum density <x>(t) <p>(t) entropy array circuit eigenstate noise sweep table"
    assert all(word in text.lower() for word in [*asked.split(), "compare schedules", "save and"])


def test_the_first_example_has_six_lines():
    block = re.search(r"```python\n(.*?)```", README, re.S)[1]
    assert len([line for line in block.splitlines() if line.strip()]) <= 6


COMMANDS = re.findall(r"^(qdml .*)$", README, re.M)


@pytest.mark.parametrize("command", [with_extra(c.split()[1], c) for c in COMMANDS])
def test_commands_run(command, tmp_path, monkeypatch):
    arguments = shlex.split(command)[1:]
    arguments = [str(ROOT / a) if a.startswith("examples/") else a for a in arguments]
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 0


def test_all_twelve_commands_are_there():
    assert len(COMMANDS) == 12
    assert {name for name in SLOW if not name.startswith("docs/")} <= set(COMMANDS)


QUICK = ("09_",)
"""Examples of less than two seconds; an interpreter for each of the others is for `make docs`."""


def example(path):
    """A lesson; each of them draws something."""
    marks = [*with_extra(path.stem, path).marks, pytest.mark.extra("plots")]
    if not path.stem.startswith(QUICK):
        marks.append(pytest.mark.slow)
    return pytest.param(path, marks=marks)


@pytest.mark.parametrize("path", [example(path) for path in EXAMPLES], ids=lambda path: path.stem)
def test_examples_run(path, tmp_path):
    done = subprocess.run(
        [sys.executable, str(path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_lesson_asks_before_it_answers_and_draws(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""Lesson: ')
    assert "# %% [markdown]\n# # " in text
    assert "**Predict" in text
    assert re.search(r"^ *(plot_\w+\(|.*plt\.subplots\(|\)\.plot\(\))", text, re.M)


def test_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M)


MAKES_CHECKS = (
    "diagnostics/checks.py",
    "hardware/planning/draft.py",
    "hardware/verdict/verdict.py",
    "objectives/losses/loss.py",
    "reference/walkers/monte_carlo.py",
)


@cache
def checks_made():
    """Patterns of the names of all checks, by the module that makes them."""
    made: dict[str, list[str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            if not isinstance(called, ast.Name) or called.id not in ("at_most", "at_least"):
                continue
            where, name = str(file.relative_to(PACKAGE)), node.args[0]
            parts = name.values if isinstance(name, ast.JoinedStr) else [name]
            words = [p.value if isinstance(p, ast.Constant) else r"\w+" for p in parts]
            made.setdefault(where, []).append("".join(words))
    return made


def documented_checks():
    """Rows of the tables: names of the checks, and the cells of their row by heading."""
    found: list[tuple[list[str], dict[str, str]]] = []
    for line in (ROOT / "docs/checks.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| check |"):
            heads = cells
        elif line.startswith("| `"):
            found.append((re.findall(r"`(\w+)`", cells[0]), dict(zip(heads, cells, strict=True))))
    return found


def test_all_modules_that_make_checks_are_known():
    assert set(checks_made()) == set(MAKES_CHECKS)


def test_docs_list_every_check_once():
    made = [name for names in checks_made().values() for name in names]
    listed = [name for names, _ in documented_checks() for name in names]
    assert len(made) == len(set(made)), "a name has two definitions"
    assert len(listed) == len(set(listed))
    assert [name for name in made if not any(re.fullmatch(name, one) for one in listed)] == []
    assert [one for one in listed if not any(re.fullmatch(name, one) for name in made)] == []


@pytest.mark.extra("hardware")
def test_docs_say_which_checks_decide_on_a_device(tmp_path):
    """Those of a plan with error bars, and of a result with readout mitigation."""
    problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    schedule = Schedule.geometric((2.0, 0.5), num_stages=2, num_steps=1, time_step=0.15)
    made = plan(
        problem,
        schedule,
        backend="fake_manila",
        shots=2000,
        compiler=Compiler("joint", budget=("max", 0.5), effort=0.2, seeds=1),
        besides=["momentum", "readout", "cuts"],
        max_error=0.1,
    )
    result = fetch(submit(made))
    for column, found in (("plan", made.checks), ("device", result.checks)):
        said = {
            name: row[column]
            for names, row in documented_checks()
            for name in names
            if row.get(column)
        }
        assert said == {check.name: "decides" if check.decides else "informs" for check in found}


def test_links_lead_to_files():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
