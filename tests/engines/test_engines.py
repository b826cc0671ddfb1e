"""Engines by name."""

import pytest

from qdml_quantum import Grid, Problem
from qdml_quantum.engines import ENGINES, make_engine, require_engine
from qdml_quantum.engines.numpy_engine import NumPyEngine

WELL = Problem(Grid([(-2.5, 2.5)], 5), "double_well")


def test_numpy_is_the_default():
    assert next(iter(ENGINES)) == "numpy"
    engine = make_engine("numpy", WELL, precision="single")
    assert isinstance(engine, NumPyEngine)
    assert engine.place(WELL.values).dtype == "complex64"


@pytest.mark.parametrize("engine", ["nump", "", "cupy"])
def test_unknown_engine(engine):
    with pytest.raises(ValueError, match="numpy"):
        require_engine(engine)
    with pytest.raises(ValueError, match="numpy"):
        make_engine(engine, WELL)
