"""The verbs share names and order of their parameters, and none has too many."""

import inspect
from itertools import combinations

import pytest

import qdml_quantum as qdml

VERBS = ("anneal", "build", "plan", "measure_energy", "minimize")
ORDER = "problem schedule formula initial backend shots seed compiler radius progress".split()
"""What several of them take, in this order."""


def parameters(name):
    return list(inspect.signature(getattr(qdml, name)).parameters)


@pytest.mark.parametrize("name", VERBS)
def test_no_verb_has_more_than_fourteen_parameters(name):
    assert len(parameters(name)) <= 14


@pytest.mark.parametrize("name", VERBS)
def test_shared_parameters_have_one_order(name):
    shared = [p for p in parameters(name) if p in ORDER]
    assert shared == sorted(shared, key=ORDER.index)


def test_what_two_verbs_share_stands_in_the_list_or_in_scipy():
    """A parameter of two verbs is written into `ORDER`; `bounds` stands where SciPy has it."""
    for first, second in combinations(VERBS, 2):
        both = set(parameters(first)) & set(parameters(second))
        assert both <= {*ORDER, "bounds"}


@pytest.mark.parametrize("name", VERBS)
def test_the_compiler_is_one_noun(name):
    """Budget, target, effort and seeds are fields of `Compiler`, nowhere loose."""
    loose = {"budget", "target", "effort", "seeds", "num_steps", "coarse", "service", "fractional"}
    assert not loose & set(parameters(name))
    where = qdml.Windows if name == "minimize" else getattr(qdml, name)
    assert "compiler" in inspect.signature(where).parameters


@pytest.mark.parametrize("name", VERBS[:4])
def test_an_anneal_is_taken_whole(name):
    assert parameters(name)[:4] == ["problem", "schedule", *parameters(name)[2:4]]
    assert "Anneal" in str(inspect.signature(getattr(qdml, name)).parameters["problem"].annotation)
