"""Explicit lists: in their order, and imported no sooner than asked for."""

import subprocess
import sys

import pytest

from qdml_quantum.support.registry import collect, load

FORMULAS = "qdml_quantum.dynamics.formulas"


def test_choices_come_in_the_order_of_the_list():
    for names in (["strang", "lie"], ["lie", "strang"]):
        assert [one.name for one in collect(FORMULAS, names, "FORMULA")] == names


def test_the_object_is_the_one_of_that_module():
    from qdml_quantum.dynamics.formulas.lie import FORMULA

    assert load(FORMULAS, "lie:FORMULA") is FORMULA


def test_what_is_not_there_is_an_error():
    with pytest.raises(ModuleNotFoundError, match="nothing_like_it"):
        load(FORMULAS, "nothing_like_it:FORMULA")
    with pytest.raises(AttributeError, match="FORMULAE"):
        collect(FORMULAS, ["lie"], "FORMULAE")


def test_nothing_is_imported_before_it_is_asked_for():
    script = (
        "import sys; from qdml_quantum.support import registry\n"
        "before = 'json.tool' in sys.modules; registry.load('json', 'tool:main')\n"
        "print(before, 'json.tool' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
