"""What CI, the hooks and the Makefile say of each other is true."""

import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest

import qdml_quantum

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([\w-]+)(?: [\w-]+)*:(?!=)", MAKEFILE, re.M))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
each_workflow = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)


def jobs_of(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values()


def steps_of(file):
    return [step for job in jobs_of(file) for step in job["steps"]]


def pythons_of(name):
    """The Python versions of a workflow, those of its matrix or of its setup."""
    (job,) = jobs_of(ROOT / ".github" / "workflows" / name)
    if "strategy" in job:
        return job["strategy"]["matrix"]["python-version"]
    return [step["with"]["python-version"] for step in job["steps"] if "setup-python" in str(step)]


def targets_in(command):
    """The targets of every call of make in a shell command."""
    calls = re.findall(r"(?:^|[;&|]\s*)make\b([^;&|\n]*)", command, re.M)
    words = [word for call in calls for word in call.split()]
    return [word for word in words if "=" not in word and not word.startswith("-")]


def reached_from(target):
    """A target and all that it depends on, as far as this Makefile has a rule for it."""
    row = re.search(rf"^{target}:(.*)$", MAKEFILE, re.M)
    below = [name for name in (row[1].split() if row else ()) if name in TARGETS]
    return {target}.union(*map(reached_from, below))


def test_workflows_are_there():
    assert {file.stem for file in WORKFLOWS} == {
        "lint_and_docs",
        "release",
        "test_firefox",
        "test_jax",
        "test_latest_versions",
        "test_minimum_versions",
        "test_newest_client",
        "test_slow",
        "test_without_extras",
    }


@each_workflow
def test_make_has_the_targets_that_a_workflow_calls(file):
    called = [name for step in steps_of(file) for name in targets_in(step.get("run", ""))]
    assert called
    assert set(called) <= TARGETS


@each_workflow
def test_workflows_read_only_and_pin_the_major_versions(file):
    text = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert text["permissions"] == {"contents": "read"}
    assert text["concurrency"]["cancel-in-progress"] is (file.stem != "release")
    for job in jobs_of(file):
        assert job["timeout-minutes"] <= 90
        assert set(job.get("permissions", {})) <= {"id-token"}
    for step in steps_of(file):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|release/v\d+)", step["uses"])
        if "setup-python" in step.get("uses", "") and file.stem != "release":
            assert step["with"]["cache"] == "pip"


def test_ci_runs_what_check_runs_and_the_workflows_leave_nothing_out():
    assert targets_in((ROOT / ".ci" / "run").read_text(encoding="utf-8")) == ["test"]
    assert reached_from("test") == {"test"} | reached_from("check")
    names = ("test_latest_versions", "lint_and_docs")
    steps = [step for file in WORKFLOWS if file.stem in names for step in steps_of(file)]
    called = {name for step in steps for name in targets_in(step.get("run", ""))}
    assert reached_from("check") - {"check"} <= called


def test_what_takes_long_and_what_is_new_is_tried_every_week():
    weekly = {"test_slow": "test-all", "test_newest_client": "test-client", "test_jax": "test-jax"}
    for name, target in weekly.items():
        file = ROOT / ".github" / "workflows" / f"{name}.yml"
        (event,) = yaml.safe_load(file.read_text(encoding="utf-8"))[True]["schedule"]
        assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", event["cron"])
        assert [name for step in steps_of(file) for name in targets_in(step.get("run", ""))] == [
            target
        ]
    rule = MAKEFILE.split("$(CLIENT)/.installed: pyproject.toml")[1].split("\n\n")[0]
    assert "--upgrade --pre qiskit-ibm-runtime" in rule


def test_what_is_tested_by_its_path_is_there():
    texts = [MAKEFILE, *(file.read_text(encoding="utf-8") for file in WORKFLOWS)]
    paths = {path for text in texts for path in re.findall(r"\btests/[\w/.]+", text)}
    assert len(paths) > 5
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_pythons_are_those_of_the_project():
    listed = [entry.rsplit(" ", 1)[1] for entry in PROJECT["classifiers"] if ":: 3." in entry]
    assert pythons_of("test_latest_versions.yml") == listed
    assert pythons_of("test_minimum_versions.yml") == [PROJECT["requires-python"].strip(">=")]


def test_every_dependency_has_a_floor():
    """`make test-minimum` installs the lowest versions: without a floor, the oldest of all."""
    every = list(chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()))
    every = [entry for entry in every if not entry.startswith("qdml-quantum[")]
    assert len(every) > 10
    assert [entry for entry in every if not re.match(r"[\w-]+>=\d", entry)] == []


def test_hooks_use_the_tools_of_the_environment_and_run_what_lint_runs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    tools = [hook["entry"].split()[0] for repo in hooks["repos"] for hook in repo["hooks"]]
    assert {hook["language"] for repo in hooks["repos"] for hook in repo["hooks"]} == {"system"}
    rules = re.findall(r"^(?:lint|types):.*\n((?:\t.*\n)+)", MAKEFILE, re.M)
    wanted = re.findall(r"\$\(BIN\)/([\w-]+)", "".join(rules))
    assert {f".venv/bin/{tool}" for tool in wanted} <= set(tools)


def test_the_changelog_and_the_citation_know_the_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = [part.splitlines()[0] for part in changelog.split("\n## ")[1:]]
    assert len([line for line in sections if qdml_quantum.__version__ in line]) == 1
    assert "\n### Changes that break\n" in changelog
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == qdml_quantum.__version__


def test_clean_removes_every_environment(tmp_path):
    made = set(re.findall(r"^(?:MINIMUM|BARE|CLIENT) := (\S+)|^VENV \?= (\S+)", MAKEFILE, re.M))
    names = {name for pair in made for name in pair if name}
    assert len(names) == 4
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / "kept").mkdir()
    subprocess.run(["make", "-s", "-f", ROOT / "Makefile", "clean"], cwd=tmp_path, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_targets_are_found_in_commands_and_in_the_makefile():
    assert targets_in("make lint types JOBS=2 -k\n  echo make it; make docs") == [
        "lint",
        "types",
        "docs",
    ]
    assert {"test", "check", "test-minimum", "clean"} <= TARGETS
    assert "BIN" not in TARGETS
