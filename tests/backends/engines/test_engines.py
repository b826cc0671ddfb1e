"""Engines by name."""

import builtins

import pytest

from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.backends.engines import DEFAULT_ENGINE, ENGINES, engine_class
from qdml_quantum.backends.engines.numpy_engine import NumPyEngine


def test_numpy_is_the_default():
    assert DEFAULT_ENGINE == "numpy"
    assert engine_class("numpy") is NumPyEngine
    assert Emulator().engine == "numpy"


@pytest.mark.parametrize("engine", ["nump", "", "cupy"])
def test_unknown_engine(engine):
    with pytest.raises(ValueError, match="numpy"):
        engine_class(engine)
    with pytest.raises(ValueError, match="numpy"):
        Emulator(engine=engine)


@pytest.mark.extra("jax")
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_is_there(engine):
    assert engine_class(engine).__name__ in ENGINES[engine]


def test_without_jax_it_is_said_how_to_install_it(monkeypatch):
    """Before anything is chosen or run."""
    import sys

    load = builtins.__import__

    def without(name, *args, **options):
        if name.split(".")[0] == "jax":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return load(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in [
        name for name in sys.modules if name.startswith("qdml_quantum.backends.engines.jax")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"qdml-quantum\[jax\]"):
        Emulator(engine="jax")
