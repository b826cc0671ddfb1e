"""The public methods are right, and the table says what they cost."""

import numpy as np
import pytest
from qiskit.quantum_info import Operator

from qdml_quantum import Grid, Phase, Problem, WalshSeries
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.synthesis.circuits.builder import BlockBuilder
from qdml_quantum.synthesis.networks.compare import PHASES, compare_step, public_phase, public_step

PROBLEM = Problem(Grid([(-4, 4), (-3, 3)], [2, 3]), "himmelblau")
SERIES = WalshSeries.of_values(PROBLEM.grid.to_vector(PROBLEM.values))


@pytest.mark.parametrize("method", PHASES)
def test_public_phases_are_exact(method):
    series = WalshSeries(SERIES.num_qubits, SERIES.masks, 0.01 * SERIES.coefficients)
    made = Operator(public_phase(method, series)).data
    # Measured: 2e-14.
    np.testing.assert_allclose(made, np.diag(np.exp(-1j * series.values())), atol=1e-11)


@pytest.mark.parametrize("coefficients", [[0.1, 0.2], [0.1, 0.2 - np.pi / 2], [-3.0, 4.0]])
def test_gray_synth_is_right_without_with_and_with_many_half_turns(coefficients):
    series = WalshSeries(3, np.array([1, 6]), np.array(coefficients))
    made = Operator(public_phase("synth_cnot_phase_aam", series)).data
    np.testing.assert_allclose(made, np.diag(np.exp(-1j * series.values())), atol=1e-11)


@pytest.mark.parametrize("method", PHASES)
@pytest.mark.parametrize("line", [False, True])
def test_public_steps_are_exact(method, line):
    builder = BlockBuilder(PROBLEM)
    textbook = builder.empty()
    builder.append(textbook, [Phase(POTENTIAL, 0.01), Phase(KINETIC, 0.2)])
    made = public_step(method, SERIES, 0.01, PROBLEM.grid.axes, 0.2, line=line)
    # Measured: 7e-15.
    np.testing.assert_allclose(Operator(made).data, Operator(textbook).data, atol=1e-11)


@pytest.mark.few(1)
@pytest.mark.parametrize("target", [None, "heavy-hex"])
def test_ours_needs_fewer_gates_than_every_public_method(target):
    rows = compare_step(PROBLEM, 1.0, 0.01, target=target, effort=0.2)
    costs = {row.method: row.two_qubit_gates for row in rows}
    ours = min(cost for method, cost in costs.items() if method.startswith("ours"))
    assert set(costs) > set(PHASES)
    assert ours < min(cost for method, cost in costs.items() if not method.startswith("ours"))


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match="Did you mean `DiagonalGate`"):
        public_phase("DiagonalGat", SERIES)
