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
from qdml_quantum.teach import EXERCISES, ask

ROOT = Path(__file__).parents[1]
PACKAGE = Path(qdml_quantum.__file__).parent
README = (ROOT / "README.md").read_text()
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))

NEEDS = {
    "docs/python.md": "hardware",
    "docs/engines.md": "jax",
    "docs/hardware.md": "hardware",
    "docs/learning.md": "learning",
    "docs/tasks.md": "tables",
    "circuit": "plots",
    "figures": "plots",
    "lessons": "lessons",
    "plan": "hardware",
    "04_any_backend": "hardware",
    "08_on_a_device": "hardware",
    "14_train_by_annealing": "learning",
    "15_diffusion_model": "learning",
    "16_denoise_first": "learning",
}
"""The extra that a page, a command or an example needs."""


SLOW = {
    "docs/python.md",
    "docs/hardware.md",
    "docs/compiler.md",
    "docs/learning.md",
    "docs/loading.md",
    "docs/minimize.md",
    "qdml run double_well",
    "qdml sweep examples/sweep.toml",
    "qdml run rastrigin --dimensions 2 --qubits 5",
    "qdml plan double_well --qubits 3 --backend fake_fez --effort 1",
    "qdml circuit double_well --qubits 4 --target heavy-hex --effort 1 --one-step --draw step.png "
    "--qasm step.qasm",
}
"""Pages and commands of more than four seconds: `make docs`.

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
            "README.md": 2,
            "docs/python.md": 9,
            "docs/evolve.md": 4,
            "docs/compiler.md": 6,
            "docs/tasks.md": 17,
            "docs/loading.md": 2,
            "docs/theory.md": 1,
            "docs/minimize.md": 7,
            "docs/hardware.md": 3,
            "docs/learning.md": 3,
            "docs/engines.md": 2,
            "docs/walkers.md": 1,
            "docs/framework.md": 1,
            "docs/qhd.md": 1,
            "docs/lab.md": 1,
            "docs/teach.md": 1,
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


PAGES = (README, (ROOT / "docs/commands.md").read_text(), (ROOT / "docs/teach.md").read_text())
COMMANDS = list(
    dict.fromkeys(
        line.partition("  ")[0].strip()
        for page in PAGES
        for line in re.findall(r"^(qdml .*)$", page, re.M)
    )
)
EXIT_CODES = {"qdml teach 14 --name ANNA --answer 0.5": 1, "qdml teach verify answers.csv": 2}
"""Where it is not 0: an answer that is wrong, and a table that is not there."""


@pytest.mark.parametrize("command", [with_extra(c.split()[1], c) for c in COMMANDS])
def test_commands_run(command, tmp_path, monkeypatch):
    arguments = shlex.split(command)[1:]
    arguments = [str(ROOT / a) if a.startswith("examples/") else a for a in arguments]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webbrowser.open", lambda address: True)
    assert cli.main(arguments) == EXIT_CODES.get(command, 0)


def test_all_commands_are_there():
    """Each command of the command line is shown on the page of commands, or named there."""
    assert len(COMMANDS) == 24
    names = [command.name for command in cli.COMMANDS]
    assert all(f"`{name}`" in PAGES[1] or f"qdml {name}" in PAGES[1] for name in names)
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
    """Each question has its prompt, behind which what prints and draws the answer is folded."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""Lesson: ')
    assert "# %% [markdown]\n# # " in text
    assert re.search(r"^ *(plot_\w+\(|.*plt\.subplots\(|\)\.plot\(\))", text, re.M)
    cells = re.split(r"^# %%(.*)\n", text, flags=re.M)[1:]
    heads, bodies = cells[::2], cells[1::2]
    asked = [j for j, body in enumerate(bodies) if re.search(r'^predict\(".*"\)$', body, re.M)]
    assert len(asked) == sum(body.count("**Predict") for body in bodies) >= 1
    for j in asked:
        behind = bodies[j + 1 :]
        code = next(k for k, body in enumerate(behind, j + 1) if not body.startswith("# "))
        assert heads[code] == ' tags=["hide-output"]', bodies[code]
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_lesson_ends_with_two_exercises(path):
    """What is answered there as an example gets words that help."""
    text = path.read_text(encoding="utf-8").partition("# ## Two exercises")[2]
    asked = re.findall(r'^(\w+) = ask\("(\w+)", name="(\w+)"\)$', text, re.M)
    given = dict(re.findall(r'^print\((\w+)\.check\("(.*)"\)\)$', text, re.M))
    assert len(asked) == len({exercise for _, exercise, _ in asked}) == len(given) == 2
    for variable, exercise, name in asked:
        said = ask(exercise, name).check(given[variable])
        assert said.text and not said.right


def test_every_exercise_is_in_a_lesson():
    text = "".join(path.read_text(encoding="utf-8") for path in EXAMPLES)
    assert {*re.findall(r'ask\("(\w+)"', text)} == set(EXERCISES)


def test_the_readme_is_what_a_newcomer_needs():
    assert len(README.splitlines()) <= 120
    assert all(system in README for system in ("Linux", "macOS", "Windows", "Colab"))


def test_make_targets_that_are_named_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"`make ([\w-]+)`", README + (ROOT / "docs/install.md").read_text())
    assert len(targets) > 8
    for target in targets:
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
