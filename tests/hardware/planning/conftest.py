import pytest
from plans import QUICK

from qdml_quantum import Grid, Problem


@pytest.fixture(scope="module")
def fewer_simulations():
    """Noise of one candidate instead of six: most of the time of a plan."""
    from qdml_quantum.hardware.devices import isa

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isa, "_SIMULATED", 1)
        yield


@pytest.fixture(scope="module")
def well():
    return Problem(Grid([(-2.5, 2.5)], 3), "double_well")


@pytest.fixture(scope="module")
def made(well, fewer_simulations):
    from qdml_quantum.hardware.planning.planning import plan

    return plan(well, backend="fake_fez", **QUICK)
