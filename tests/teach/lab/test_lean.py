"""The script without comments and blanks: fewer bytes, and the same program."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qdml_quantum.teach.lab import page
from qdml_quantum.teach.lab.lean import lean

NODE = shutil.which("node")
TYPESCRIPT = Path(sys.prefix) / "lab" / "node_modules" / "typescript"

CASES = {
    "a + +b": "a+ +b",
    "a - --b": "a- --b",
    "a++\n+b": "a++\n+b",
    "x = a\n(b)": "x=a\n(b)",
    "return\na": "return\na",
    "return /[/*]'/.test(a) / 2": "return/[/*]'/.test(a)/2",
    "a / b / c // d / e": "a/b/c",
    "f(a) / 2 /* 3 */": "f(a)/2",
    "[1, 2].map((x) => /`/u.exec(x))": "[1,2].map((x)=>/`/u.exec(x))",
    "'/* a */ // b'": "'/* a */ // b'",
    '"\\"  // a"': '"\\"  // a"',
    "`a  ${ b + `c  ${ {d: 1} }` }  // e`": "`a  ${b+`c  ${{d:1}}`}  // e`",
    "`<p>\n   a</p>`": "`<p>\na</p>`",
    "css`a > b, c {\n  d: e f;\n}\n`": "css`a > b,c{d:e f;}`",
    "1 .toFixed()": "1 .toFixed()",
    "typeof a": "typeof a",
    "class A { #b = 1; static c() {} }": "class A{#b=1;static c(){}}",
    "if (a) {\n  b();\n}\nc": "if(a){b()}\nc",
    "if (a) { b = 1; } else { while (c()); }": "if(a){b=1}else{while(c());}",
    "for (;;) { if (a) b; else; }": "for(;;){if(a)b;else;}",
    "a\n  ?.b\n  .c": "a?.b.c",
    "a // one\nb": "a\nb",
    "a /* one\n two */ b": "a\nb",
}


@pytest.mark.parametrize("text", CASES)
def test_what_stays(text):
    assert lean(text) == CASES[text]


@pytest.mark.parametrize("text", ["'a", "a\n`b", "a\n`b ${ c", '"a\nb"'])
def test_what_is_never_closed_is_refused(text):
    with pytest.raises(ValueError, match=r"Line \d of the script holds a"):
        lean(text)


READ = """import ts from %s;
import { readFileSync } from "node:fs";
console.log(JSON.stringify(process.argv.slice(1).map((file) => {
  const list = [];
  const visit = (node) => {
    const sheet = node.parent && ts.isTaggedTemplateExpression(node.parent);
    const blanks = sheet ? /\\s/g : /\\n[ \\t]+/g;
    const text = String(node.text ?? "").replace(blanks, sheet ? "" : "\\n");
    list.push([node.kind, node.operator ?? 0, ts.isSourceFile(node) ? "" : text]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("a.js", readFileSync(file, "utf8"), ts.ScriptTarget.ESNext, true));
  return list;
})));
"""


@pytest.mark.skipif(not TYPESCRIPT.exists(), reason="no tsc: `make browsers`")
def test_a_parser_reads_the_same_program(monkeypatch, tmp_path):
    """TypeScript reads both into the same tree, node by node."""
    small = page.join()
    monkeypatch.setattr(page, "lean", lambda script: script)
    whole = page.join.__wrapped__()
    assert len(small) < 0.75 * len(whole)
    files = [tmp_path / "small.mjs", tmp_path / "whole.mjs"]
    for file, text in zip(files, (small, whole), strict=True):
        file.write_text(text, encoding="utf-8")
    script = READ % json.dumps((TYPESCRIPT / "lib" / "typescript.js").as_uri())
    command = [NODE, "--input-type=module", "-e", script, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    trees = json.loads(done.stdout)
    assert len(trees[0]) > 10_000
    assert trees[0] == trees[1]
