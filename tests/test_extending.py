"""Adding an X is a file and a line: each is tried for real in a copy of the package.

docs/extending.md says what to write; the numbers of lines in files that exist are counted here.
"""

import difflib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import qdml_quantum

PACKAGE = Path(qdml_quantum.__file__).parent
ROOT = PACKAGE.parent

NEW_FILES = {
    "objectives/builtins/mine.py": '''
"""One potential."""

import numpy as np

from qdml_quantum.objectives.builtins.builtin import ANY, Builtin, box, diagonal


def ramped_bowl(*x):
    """A bowl with a ramp below it.

    ``sum (x - 1)^2``
    """
    return sum((np.asarray(one) - 1) ** 2 for one in x)


BUILTINS = (Builtin(ramped_bowl, 1, ANY, box(-4, 4), diagonal(1.0), 0.0, "arXiv:0000.00000"),)
''',
    "backends/lucky.py": '''
"""A backend that always measures the lowest point."""

from typing import Any

import numpy as np

from qdml_quantum.backends.base import Outcome


class Lucky:
    """It guesses right."""

    name = "lucky"
    staged = False
    gate_level = False

    def run(self, task: Any, *, start: Any, on_stage: Any) -> Outcome:
        """One bit string."""
        grid, values = task.anneal.grid, task.anneal.problem.values
        lowest = np.unravel_index(int(np.argmin(values)), grid.shape)
        return Outcome(None, {grid.bitstring_of([int(i) for i in lowest]): task.shots})

    def required_bytes(self, problem: Any, schedule: Any = None) -> int:
        """Nothing."""
        return 0

    def step_budget(self, problem: Any) -> int:
        """As many as anybody wants."""
        return 6144

    def identity(self) -> dict[str, Any]:
        """Its name."""
        return {"name": self.name}
''',
    "optimize/baselines/corner.py": '''
"""The first corner of the box: a baseline that anything should beat."""

import numpy as np
from scipy.optimize import OptimizeResult


def corner(fun, bounds, args=(), *, maxfev=1, seed=0, callback=None):
    """Evaluate one corner."""
    x = np.array([low for low, _ in bounds], dtype=float)
    return OptimizeResult(x=x, fun=float(fun(*x)), nfev=1, success=True)
''',
}
"""What a newcomer writes, by the path below the package."""

EDITS = {
    "potential": [
        ("objectives/builtins/catalogue.py", '    "qhd",\n', '    "qhd",\n    "mine",\n'),
    ],
    "formula": [
        (
            "dynamics/formulas.py",
            "_ALL = (\n",
            "_ALL = (\n"
            '    Formula("kinetic_first", 2, ((KINETIC, 0.5), (POTENTIAL, 1), (KINETIC, 0.5))),\n',
        ),
    ],
    "schedule": [
        (
            "dynamics/schedule.py",
            '    "power": Schedule.power,\n',
            '    "power": Schedule.power,\n    "sudden": Schedule.sudden,\n',
        ),
    ],
    "backend": [
        (
            "backends/__init__.py",
            '    "aer": "aer:Aer",\n',
            '    "aer": "aer:Aer",\n    "lucky": "lucky:Lucky",\n',
        ),
    ],
    "check": [
        (
            "runs/judge.py",
            "    yield checks.norm(state)\n",
            "    yield checks.norm(state)\n    yield checks.real_enough(state)\n",
        ),
    ],
    "baseline": [
        (
            "optimize/bench/methods.py",
            '    "mqhoa": _own(mqhoa),\n',
            '    "mqhoa": _own(mqhoa),\n    "corner": _own(corner),\n',
        ),
        (
            "optimize/bench/methods.py",
            "_QHD_QUBITS, _QHD_TIME = ",
            "from qdml_quantum.optimize.baselines.corner import corner  # noqa: E402\n"
            "_QHD_QUBITS, _QHD_TIME = ",
        ),
    ],
    "option": [
        (
            "runs/spec.py",
            "    @classmethod\n    def from_dict(",
            '    title: str | None = option(None, "what", "a title")\n\n'
            "    @classmethod\n    def from_dict(",
        ),
    ],
}
"""Lines in lists that are there: file, where, and what then stands there."""

FUNCTIONS = {
    "dynamics/schedule.py": (
        "    @classmethod\n    def power(",
        "    @classmethod\n"
        "    def sudden(cls, diffusion: Sequence[float], **options: Any) -> Schedule:\n"
        '        """From the first D to the last in one step."""\n'
        "        start, stop = _ends(diffusion)\n"
        "        return _staged(lambda s: start if s < 1 else stop, **options)\n\n"
        "    @classmethod\n    def power(",
    ),
    "diagnostics/checks.py": (
        "def aliasing_weight(",
        "def real_enough(psi: ArrayLike) -> Check:\n"
        '    """A check of one\'s own."""\n'
        "    return at_least(\n"
        '        "real_enough", float(np.abs(np.asarray(psi).real).max()), 0.0, "m", "r"\n'
        "    )\n\n\n"
        "def aliasing_weight(",
    ),
}
"""Functions that are written into files that are there."""

ALLOWED = {
    "potential": 1,
    "formula": 1,
    "schedule": 1,
    "backend": 1,
    "check": 2,
    "baseline": 2,
    "option": 2,
}


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A copy of the package with one more of everything."""
    folder = tmp_path_factory.mktemp("extended")
    copy = folder / "qdml_quantum"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in NEW_FILES.items():
        (copy / path).write_text(text.lstrip())
    for edits in EDITS.values():
        for path, before, after in edits:
            replace_once(copy / path, before, after)
    for path, (before, after) in FUNCTIONS.items():
        replace_once(copy / path, before, after)
    return folder


def replace_once(path, before, after):
    text = path.read_text()
    assert before in text, f"{path} has no {before!r}: write docs/extending.md anew"
    path.write_text(text.replace(before, after, 1))


def run(folder, *command, **more):
    environment = os.environ | {"PYTHONPATH": str(folder)} | more
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize("what", ALLOWED)
def test_lists_take_no_more_lines_than_allowed(what):
    """Blank lines aside; functions and files of one's own are not counted."""
    added = 0
    for _, before, after in EDITS[what]:
        lines = difflib.ndiff(before.splitlines(), after.splitlines())
        added += sum(line.startswith("+ ") and bool(line[2:].strip()) for line in lines)
    assert 0 < added <= ALLOWED[what]


@pytest.mark.slow
def test_everything_that_was_added_works(extended):
    code = """
import json
import numpy as np
import qdml_quantum as q
from qdml_quantum import cli
from qdml_quantum.optimize.bench.cases import make_case
from qdml_quantum.optimize.bench.methods import METHODS, EvaluationBudget
from qdml_quantum.runs.spec import Spec

problem = q.Problem(q.Grid([(-4, 4)], 4), "ramped_bowl")
schedule = q.suggest_schedule(problem, "sudden")
result = q.anneal(problem, schedule, formula="kinetic_first")
assert [c.name for c in result.checks].count("real_enough") == 1, result.checks
gates = q.anneal(problem, schedule, formula="kinetic_first", backend="aer")
assert abs(abs(np.vdot(result.state, gates.state)) - 1) < 1e-9
lucky = q.anneal(problem, schedule, backend="lucky", shots=400, seed=1)
assert lucky.minimizer == (1.0,) and lucky.success_probability == 1, lucky
case = make_case("ackley")
point = METHODS["corner"](case, 0, EvaluationBudget())
assert point.nfev == 1
assert Spec.from_dict({"objective": "ramped_bowl", "title": "mine"}).title == "mine"
assert "ramped_bowl" in q.builtin_names()
code = cli.main(["run", "ramped_bowl", "--backend", "lucky", "--schedule", "sudden", "--formula",
                 "kinetic_first", "--qubits", "4", "--title", "mine", "--no-figures", "--json"])
"""
    done = run(extended, "-c", code)
    assert done.returncode == 0, done.stderr
    assert '"minimizer"' in done.stdout


@pytest.fixture(scope="module")
def help_text(extended):
    done = run(extended, "-m", "qdml_quantum", "run", "--help", COLUMNS="200")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_names_it(help_text):
    for word in ("lucky", "sudden", "kinetic_first", "--title"):
        assert word in help_text


@pytest.mark.slow
@pytest.mark.parametrize(
    "tests",
    [
        "tests/dynamics/test_recipe.py",
        "tests/dynamics/test_schedule.py",
        "tests/objectives",
        "tests/backends/test_emulator.py",
        "tests/synthesis/circuits/test_circuit.py",
        "tests/annealing/test_suggest.py",
        "tests/optimize",
    ],
)
def test_the_matrix_of_tests_takes_it_up(extended, tests):
    """The tests that run over the lists stay green with one more in each."""
    shutil.copytree(ROOT / "tests", extended / "tests", dirs_exist_ok=True)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, extended / name)
    done = run(extended, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests)
    assert done.returncode == 0, done.stdout[-3000:]
