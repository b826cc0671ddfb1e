"""The modules of the page: in node against numbers of the toolkit, their types, their lines."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from lab_numbers import FILE, make_numbers, unpacked

from qdml_quantum.teach.lab.page import SOURCES

HERE = Path(__file__).parent
NODE = shutil.which("node")
TOOLS = Path(sys.prefix) / "lab" / "node_modules"
"""Where `make browsers` puts the tools of npm, which only tests use."""
PURE = (
    "engine plane lowest field formula refusals model exercises codeword words strings definitions "
    "run-words report-words"
).split()


@pytest.mark.skipif(NODE is None, reason="no node")
@pytest.mark.parametrize(
    ("name", "num_names"),
    [
        ("engine", 0),
        ("plane", 0),
        ("formula", 0),
        ("model", 0),
        ("exercises", 12),
        pytest.param("exercises", 60, marks=pytest.mark.slow),
    ],
)
def test_in_node(name, num_names):
    command = [NODE, "--test", f"{HERE / name}.test.mjs"]
    env = {**os.environ, "QDML_NAMES": f"{num_names}"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stdout[-6000:]


def test_numbers_are_those_of_the_toolkit():
    stored, fresh = json.loads(FILE.read_text()), json.loads(json.dumps(make_numbers()))
    assert len(stored["problems"]) == 20
    assert stored.keys() == fresh.keys()
    for old, new in zip(stored["problems"], fresh["problems"], strict=True):
        for key in ("wave", "turned", "heat"):
            for part in ("re", "im"):
                np.testing.assert_allclose(
                    unpacked(new[key][part]), unpacked(old[key][part]), atol=1e-11
                )
        for key in ("energies", "ground", "relaxed", "walsh"):
            np.testing.assert_allclose(unpacked(new[key]), unpacked(old[key]), atol=1e-8)
    for old, new in zip(stored["planes"], fresh["planes"], strict=True):
        for key in ("wave", "heat"):
            for part in ("re", "im"):
                np.testing.assert_allclose(
                    unpacked(new[key][part]), unpacked(old[key][part]), atol=1e-11
                )
        np.testing.assert_allclose(unpacked(new["energies"]), unpacked(old["energies"]), atol=1e-8)
        np.testing.assert_allclose(new["minimizers"], old["minimizers"], atol=1e-6)
    for old, new in zip(stored["formulas"], fresh["formulas"], strict=True):
        assert old.keys() == new.keys()
        if "values" in old:
            np.testing.assert_allclose(unpacked(new["values"]), unpacked(old["values"]), rtol=1e-12)
        else:
            assert old == new
    np.testing.assert_allclose(stored["wilson"], fresh["wilson"])


@pytest.mark.skipif(not (TOOLS / "typescript").exists(), reason="no tsc: `make browsers`")
def test_types():
    done = subprocess.run(
        [NODE, str(TOOLS / "typescript" / "bin" / "tsc"), "-p", str(HERE / "tsconfig.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_know_no_page(name):
    text = (SOURCES / f"{name}.js").read_text(encoding="utf-8")
    for word in ("document.", "window.", "canvas", "addEventListener", "innerHTML"):
        assert word not in text


def test_no_module_runs_text_or_asks_anybody():
    for file in SOURCES.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        for word in ("eval(", "new Function", "fetch(", "XMLHttpRequest", "http:", "https:"):
            assert word not in text, f"{file.name}: {word}"


def test_lines_are_short():
    long = {
        f"{file.name}:{number}"
        for file in [*SOURCES.glob("*.js"), *HERE.glob("*.mjs")]
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 100 and file.name not in ("words.js", "definitions.js")
    }
    assert long == set()
