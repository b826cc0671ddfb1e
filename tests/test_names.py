"""One class name once; and in rooms that are done, variables say what they hold."""

import ast
from collections import Counter
from pathlib import Path

import pytest

import qdml_quantum

ROOT = Path(qdml_quantum.__file__).parent
TREES = {
    str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8"))
    for file in sorted(ROOT.rglob("*.py"))
}

TWICE = set()
"""Class names that are allowed to stand twice; none so far."""

ROOMS = sorted({file.partition("/")[0] for file in TREES})
"""Rooms, and files at the top."""

SAY_NOTHING = {"found", "place", "places"}


def names_in(tree):
    """Names that are bound in a module: variables, parameters, imports aside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name


def test_every_class_has_a_name_of_its_own():
    names = Counter(
        node.name.lstrip("_")
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in names.items() if count > 1} == TWICE


@pytest.mark.parametrize("room", ROOMS)
def test_variables_say_what_they_hold(room):
    files = [file for file in TREES if f"{file}/".startswith(f"{room}/")]
    assert files
    assert {(f, name) for f in files for name in names_in(TREES[f]) if name in SAY_NOTHING} == set()
