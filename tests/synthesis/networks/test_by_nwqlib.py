"""The step of NWQLib, where it is installed."""

import pytest

from qdml_quantum import Grid, Problem, WalshSeries
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.networks.by_nwqlib import nwqlib_step
from qdml_quantum.synthesis.networks.textbook import StepOf


def test_the_step_of_nwqlib_counts_what_its_plan_says():
    """Their own planning of x^2 + x on 2^5 points, order 1, without its initial state."""
    nwqlib = pytest.importorskip("nwqlib")
    qhd = pytest.importorskip("nwqlib.algorithms.qhd.binary")
    problem = Problem(Grid([(-2, 2)], 5), "x**4 + x")
    series = WalshSeries.of_values(problem.grid.to_vector(problem.values))
    made = nwqlib_step(StepOf(series, 0.1, problem.grid.axes, 0.2))
    ladder = sum(2 * (mask.bit_count() - 1) for mask in series.masks.tolist() if mask)
    potential, squares = min(ladder, 2**5 - 2), 2 * 10
    assert two_qubit_gates(made, native=()) == potential + squares + 2 * qhd.qft_cx(5, None, False)
    assert nwqlib.__version__
