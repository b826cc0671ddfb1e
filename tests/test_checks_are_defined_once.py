"""A check of one name has one definition: the same words mean the same wherever they stand."""

import ast
from collections import defaultdict
from pathlib import Path

import qdml_quantum

PACKAGE = Path(qdml_quantum.__file__).parent
MAKERS = {"at_least", "at_most", "Check"}


def calls():
    """Every call that makes a check: its file, its line, and its first argument."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in MAKERS:
                    first = node.args[0] if node.args else None
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", name, first


def test_a_name_is_passed_in_one_place():
    places = defaultdict(list)
    for place, _, first in calls():
        if isinstance(first, ast.Constant | ast.JoinedStr):
            places[ast.unparse(first)].append(place)
    assert len(places) > 20
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_every_check_has_its_name_where_it_is_made():
    """Otherwise the test above would not see it; the makers themselves pass a name on."""
    hidden = [
        place for place, _, first in calls() if not isinstance(first, ast.Constant | ast.JoinedStr)
    ]
    assert {place.split(":")[0] for place in hidden} <= {"support/check.py"}
