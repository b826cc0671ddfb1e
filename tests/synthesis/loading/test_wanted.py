"""States as people hand them over, and what is said of those that are none."""

import numpy as np
import pytest
from qiskit import QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter

from qdml_quantum import Anneal, Gaussian, Grid, Problem, Schedule, anneal, eigenstates, relax
from qdml_quantum.synthesis.loading.wanted import as_wanted

GRID = Grid([(-4, 4), (-3, 3)], [3, 2])


def overlap(wanted, array):
    vector = np.asarray(array).reshape(-1, order="F")
    return abs(np.vdot(wanted.vector, vector)) / np.linalg.norm(vector)


def test_arrays_of_a_grid_have_the_first_axis_on_the_lowest_qubits():
    array = np.random.default_rng(0).normal(size=(8, 4))
    wanted = as_wanted(array / np.linalg.norm(array), None)
    assert wanted.sizes == (3, 2) and wanted.words == ""
    assert np.allclose(wanted.vector, GRID.to_vector(array / np.linalg.norm(array)))


def test_a_function_and_the_packet_that_it_is_agree():
    packet = Gaussian((0.5, -0.2), (1.0, 0.8), (0.3, 0.0))

    def function(x, y):
        return np.exp(-(((x - 0.5) / 2) ** 2) - ((y + 0.2) / 1.6) ** 2 + 0.3j * x)

    one, two = as_wanted(packet, GRID), as_wanted(function, GRID)
    assert overlap(one, packet.amplitudes(GRID)) == pytest.approx(1)
    assert overlap(two, function(*np.meshgrid(*(a.points for a in GRID.axes), indexing="ij"))) == (
        pytest.approx(1)
    )
    assert len(one.factors) == 2 and len(two.factors) == 1


def test_an_anneal_and_its_result_stand_for_the_state_at_the_end():
    problem = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    schedule = Schedule.constant(0.5, num_steps=2, time_step=0.3)
    one = Anneal(problem, schedule)
    result = anneal(one, backend="emulator", validate=False)
    for state in (one, result):
        assert overlap(as_wanted(state, None), one.final_state()) == pytest.approx(1)
    _, states = eigenstates(problem, 0.5, 1)
    assert as_wanted(states[0], None).vector.dtype == float


def test_what_imaginary_time_ends_in_is_a_state():
    """A result that ran no anneal, and the reference of one that did."""
    problem = Problem(GRID, "x**2 + y**2")
    result = relax(problem, 0.5)
    for holds_it in (result, result.reference):
        assert overlap(as_wanted(holds_it, None), result.state) == pytest.approx(1)


def test_every_register_of_a_circuit_is_an_axis():
    circuit = QuantumCircuit(QuantumRegister(2, "x"), QuantumRegister(1, "y"))
    circuit.h(0)
    circuit.cx(0, 2)
    wanted = as_wanted(circuit, None)
    assert wanted.sizes == (2, 1)
    assert np.allclose(np.abs(wanted.vector) ** 2, [0.5, 0, 0, 0, 0, 0.5, 0, 0])
    circuit.measure_all()
    assert np.allclose(as_wanted(circuit, None).vector, wanted.vector)


def test_a_phase_that_all_share_is_no_reason_for_complex_amplitudes():
    wanted = as_wanted(np.exp(0.7j) * np.array([3, 4, 0, 0]), None)
    assert wanted.vector.dtype == float and "scaled by 0.2" in wanted.words


def test_thirty_qubits_are_sampled_and_the_loss_is_what_finer_samples_show():
    def function(x):
        return np.exp(-(x**2))

    wanted = as_wanted(function, Grid([(-4, 4)], 30))
    assert wanted.sizes == (14,) and wanted.idle == (16,) and wanted.qubits[0] == 16
    # |psi|^2 has variance 1/4, so <k^2> = 1: a cell of width w loses w^2 <k^2> / 12.
    assert wanted.loss == pytest.approx((8 / 2**14) ** 2 / 12, rel=1e-2)


def test_the_loss_of_sampling_is_that_of_the_whole(monkeypatch):
    """On few enough qubits to compare."""
    from qdml_quantum.synthesis.loading import wanted as module

    def function(x, y):
        return np.exp(-(x**2) - y**2 + x * y / 2)

    grid = Grid([(-4, 4), (-4, 4)], [7, 6])
    exact = as_wanted(function, grid).vector
    monkeypatch.setattr(module, "SAMPLED", 9)
    wanted = as_wanted(function, grid)
    assert wanted.sizes == (5, 4) and wanted.idle == (2, 2)
    coarse = wanted.vector.reshape(32, 16, order="F")
    wide = np.repeat(np.repeat(coarse, 4, 0), 4, 1).reshape(-1, order="F") / 4
    assert 1 - np.vdot(wide, exact) ** 2 == pytest.approx(wanted.loss, rel=0.1)


BOUND = QuantumCircuit(1)
BOUND.ry(Parameter("a"), 0)
MIDWAY = QuantumCircuit(1, 1)
MIDWAY.measure(0, 0)
MIDWAY.h(0)


@pytest.mark.parametrize(
    ("state", "grid", "words"),
    [
        (np.ones(6), None, "2, 4, 8, ... points along every axis, but is of shape (6,)"),
        (np.ones(8), Grid([(0, 1)], 2), "shape of the grid (4,), but is of shape (8,)"),
        (np.zeros(8), None, "finite and not zero everywhere"),
        ([1, np.nan], None, "finite"),
        (1.0, None, "points along every axis"),
        ("uniform", None, "amplitudes, a function or a Gaussian"),
        (np.sin, None, "Argument `grid` must say where"),
        (Gaussian(0.0, 1.0), None, "Argument `grid` must say where"),
        (lambda x: x[:2], Grid([(0, 1)], 3), "one amplitude for each of (8,) points"),
        (BOUND, None, "no free parameters"),
        (MIDWAY, None, "measurements at its end only"),
        (QuantumCircuit(20), None, "14 qubits or fewer"),
        (Schedule.constant(0.5, num_steps=1, time_step=0.1), None, "prepare(Anneal("),
        (Problem(Grid([(-1, 1)], 3), "x**2"), None, "prepare(Anneal("),
        (None, None, "Argument `state` must hold"),
    ],
)
def test_what_is_no_state_is_refused_by_name(state, grid, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        as_wanted(state, grid)
    assert words in str(caught.value) and str(caught.value).startswith("Argument `")
