"""The page as a file: joined, small, closed to the network, and safe with whatever is put in."""

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess

import pytest

from qdml_quantum import Grid, Problem, Schedule, build
from qdml_quantum.teach.lab.links import FORMULAS
from qdml_quantum.teach.lab.page import SOURCES, join, lab_page, order_of

HOSTILE = ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "<!--", "&amp;"]


def script_of(page):
    return re.search(r'<script type="module">(.*?)</script>', page, re.S)[1]


def test_budgets():
    page = lab_page()
    assert len(page.encode()) < 200_000


def test_the_policy_allows_this_script_and_nothing_else():
    page = lab_page()
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', page)[1])
    digest = base64.b64encode(hashlib.sha256(script_of(page).encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_modules_stand_behind_what_they_import():
    order = order_of()
    assert order[-1] == "page.js"
    entries = ("page.js", "run-page.js", "report.js", "notebook.js")
    every = {name for entry in entries for name in order_of(entry)}
    assert every == {file.name for file in SOURCES.glob("*.js")}
    assert order.index("engine.js") < order.index("model.js") < order.index("widget.js")


def test_the_script_has_no_module_left_and_one_line_of_each():
    script = join()
    assert not re.search(r"^(import|export)\b", script, re.M)
    assert "</script" not in script_of(lab_page())


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_node_reads_the_joined_script(tmp_path):
    file = tmp_path / "lab.mjs"
    file.write_text(script_of(lab_page()), encoding="utf-8")
    subprocess.run(["node", "--check", str(file)], check=True)


def write(folder, **modules):
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")


def test_two_modules_may_not_define_one_name(tmp_path):
    write(
        tmp_path,
        a='import { b } from "./b.js";\nconst c = b;\n',
        b="export const b = 1;\nconst c = 2;\n",
    )
    with pytest.raises(RuntimeError, match=r"`c` is defined in b\.js and a\.js"):
        join("a.js", tmp_path)


def test_modules_may_not_import_each_other(tmp_path):
    write(tmp_path, a='import { b } from "./b.js";\n', b='import { a } from "./a.js";\n')
    with pytest.raises(RuntimeError, match="import each other"):
        join("a.js", tmp_path)


def test_comments_go_and_strings_stay(tmp_path):
    write(
        tmp_path,
        b="export const b = 1;\nexport function c() {}\n",
        a='/** One. */\nimport * as all from "./b.js";\n/**\n * Two.\n */\n// Three.\n'
        'const text = "/* kept */ // kept";\n  const d = /** @type {any} */ (all.c);\n',
    )
    assert join("a.js", tmp_path) == (
        'const b=1;function c(){}\nconst all={b,c};const text="/* kept */ // kept";const d=(all.c);'
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_data_is_text(text):
    page = lab_page({"summary": [text], "state": text})
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1]
    assert json.loads(block) == {"summary": [text], "state": text}
    assert not set("<>&") & set(block)
    assert page.count("<script") == 2
    assert script_of(page) == script_of(lab_page())


def test_what_is_no_plain_json_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        lab_page({"value": float("nan")})


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
@pytest.mark.parametrize(("n", "objective"), [(3, "x**2"), (5, "double_well"), (6, "double_well")])
def test_a_step_has_at_most_the_cnots_that_the_page_says(n, objective):
    """And the page does not exaggerate: it is within a factor of 1.6."""
    formula = FORMULAS.get(objective, objective)
    script = (
        f"import {{ Lab }} from {json.dumps((SOURCES / 'model.js').as_uri())};\n"
        f"const lab = new Lab({{n: {n}, formula: {json.dumps(formula)}}});"
        "console.log(lab.gates().reduce((sum, frame) => sum + frame.cnots, 0))"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    problem = Problem(Grid([(-2.5, 2.5)], n), objective)
    circuit = build(problem, Schedule.constant(0.3, num_steps=1, time_step=0.03), formula="lie")
    ops = circuit.decompose().count_ops()
    needed = ops.get("cx", 0) + 2 * ops.get("cp", 0)
    assert 0 < needed <= int(done.stdout) < 1.6 * needed


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
@pytest.mark.parametrize("formula", ["x**2*y + 3*y**2 + x", "x**2 + y**2"])
def test_a_step_of_a_plane_has_at_most_the_cnots_that_the_page_says(formula):
    script = (
        f"import {{ Lab }} from {json.dumps((SOURCES / 'model.js').as_uri())};\n"
        f"const lab = new Lab({{n: 4, formula: {json.dumps(formula)}}});"
        "console.log(Object.values(lab.field.costs()).reduce((sum, one) => sum + one, 0))"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    problem = Problem(Grid([(-2.5, 2.5)] * 2, 4), formula)
    circuit = build(problem, Schedule.constant(0.3, num_steps=1, time_step=0.03), formula="lie")
    ops = circuit.decompose().count_ops()
    needed = ops.get("cx", 0) + 2 * ops.get("cp", 0)
    assert 0 < needed <= int(done.stdout) < 1.6 * needed
