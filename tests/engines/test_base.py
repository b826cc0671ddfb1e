"""What every engine has."""

import inspect

from qdml_quantum.engines import ENGINES
from qdml_quantum.engines.base import PRECISIONS, Engine, Sight

METHODS = [name for name, value in vars(Engine).items() if inspect.isfunction(value)]
METHODS = [name for name in METHODS if not name.startswith("_")]


def test_double_is_the_default():
    assert next(iter(PRECISIONS)) == "double"


def test_a_sight_holds_numbers_only():
    assert set(Sight.__annotations__.values()) == {"float"}


def test_every_engine_has_every_method_with_the_same_arguments():
    from importlib import import_module

    assert METHODS
    for path in ENGINES.values():
        file, _, name = path.partition(":")
        engine = getattr(import_module(f"qdml_quantum.engines.{file}"), name)
        for method in METHODS:
            wanted = inspect.signature(getattr(Engine, method)).parameters
            assert list(inspect.signature(getattr(engine, method)).parameters) == list(wanted)
