"""What every engine has."""

import inspect

import pytest

from qdml_quantum.backends.engines import ENGINES, engine_class
from qdml_quantum.backends.engines.base import PRECISIONS, Engine, Sight

METHODS = [name for name, value in vars(Engine).items() if inspect.isfunction(value)]
METHODS = [name for name in METHODS if not name.startswith("_")]


def test_double_is_the_default():
    assert next(iter(PRECISIONS)) == "double"


def test_a_sight_holds_numbers_only():
    assert set(Sight.__annotations__.values()) == {"float"}


@pytest.mark.extra("jax")
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_has_every_method_with_the_same_arguments(engine):
    assert METHODS
    for method in METHODS:
        wanted = inspect.signature(getattr(Engine, method)).parameters
        mine = inspect.signature(getattr(engine_class(engine), method)).parameters
        assert list(mine) == list(wanted)
