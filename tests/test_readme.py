"""README, examples and docs say what is true: every Python block and every command is run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from qdml_quantum import checks, cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))


@pytest.fixture(autouse=True)
def own_ledger(tmp_path, monkeypatch):
    """Nothing is written to the user's ledger."""
    monkeypatch.setenv("QDML_LEDGER", str(tmp_path / "ledger"))


@pytest.mark.parametrize(
    ("page", "count"),
    [
        ("README.md", 7),
        ("docs/compiler.md", 4),
        ("docs/minimize.md", 4),
        ("docs/hardware.md", 2),
        ("docs/learning.md", 2),
        ("docs/walkers.md", 1),
    ],
)
def test_python_blocks_run_in_order(page, count, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
    assert len(blocks) == count
    for block in blocks:
        exec(compile(block, page, "exec"), names)


def test_the_first_example_has_six_lines():
    block = re.search(r"```python\n(.*?)```", README, re.S)[1]
    assert len([line for line in block.splitlines() if line.strip()]) <= 6


COMMANDS = re.findall(r"^(qdml .*)$", README, re.M)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command, tmp_path, monkeypatch):
    arguments = shlex.split(command)[1:]
    arguments = [str(ROOT / a) if a.startswith("examples/") else a for a in arguments]
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 0


def test_all_nine_commands_are_there():
    assert len(COMMANDS) == 9


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run(path, tmp_path):
    done = subprocess.run(
        [sys.executable, str(path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M)


def test_docs_list_every_check():
    source = Path(checks.__file__).read_text()
    names = set(re.findall(r'at_(?:most|least)\(\n\s+"(\w+)"', source))
    documented = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/checks.md").read_text(), re.M))
    assert names == documented


def test_links_lead_to_files():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
