"""Initial states."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.states import Gaussian, amplitudes, as_initial, initial_to_dict

GRID = Grid([(-8, 8)], 6)
PLANE = Grid([(-8, 8), (-6, 6)], [5, 5])


@pytest.mark.parametrize("grid", [GRID, PLANE, Grid([(0, 1)] * 3, [2, 1, 3])], ids=repr)
def test_uniform_is_flat_and_normalised(grid):
    psi = amplitudes("uniform", grid)
    assert psi.shape == grid.shape
    assert np.ptp(psi.real) == 0
    assert np.linalg.norm(psi) == pytest.approx(1, abs=1e-14)


def test_gaussian_has_the_centre_width_and_momentum_it_was_given():
    """The width is the standard deviation of |psi|^2; measured: 1e-12."""
    psi = amplitudes(Gaussian(1.0, 0.8, 2.0), GRID)
    x, k = GRID.axes[0].points, GRID.axes[0].wave_numbers
    p, q = np.abs(psi) ** 2, np.abs(np.fft.fft(psi, norm="ortho")) ** 2
    assert p.sum() == pytest.approx(1, abs=1e-14)
    assert (p * x).sum() == pytest.approx(1.0, abs=1e-9)
    assert np.sqrt((p * (x - 1) ** 2).sum()) == pytest.approx(0.8, abs=1e-9)
    assert (q * k).sum() == pytest.approx(2.0, abs=1e-9)
    assert np.sqrt((q * (k - 2) ** 2).sum()) == pytest.approx(1 / (2 * 0.8), abs=1e-9)


def test_gaussian_in_two_dimensions_is_a_product():
    packet = Gaussian((1.0, -2.0), (0.8, 1.1), (0.5, -1.0))
    x, y = packet.factors(PLANE)
    assert np.allclose(packet.amplitudes(PLANE), x[:, None] * y[None, :])


def test_one_number_serves_all_axes():
    one, many = Gaussian(0.5, 0.8, 0.2), Gaussian((0.5, 0.5), (0.8, 0.8), (0.2, 0.2))
    assert np.array_equal(one.amplitudes(PLANE), many.amplitudes(PLANE))


def test_gaussian_near_the_seam_goes_around_it():
    psi = amplitudes(Gaussian(-8.0, 0.8), GRID)
    assert psi[1] == pytest.approx(psi[-1])


def test_amplitudes_are_normalised_and_copied():
    given = np.ones(64) * 3
    psi = amplitudes(given, GRID)
    assert np.linalg.norm(psi) == pytest.approx(1)
    psi[0] = 9
    assert given[0] == 3


def test_a_mapping_is_a_gaussian():
    packet = Gaussian(1.0, 0.8, 2.0)
    as_dict = initial_to_dict(packet, GRID)
    assert as_dict == {"center": 1.0, "width": 0.8, "momentum": 2.0}
    assert as_initial(as_dict, GRID) == packet


def test_json_form_of_amplitudes_is_a_hash_of_the_normalised_state():
    one, same = initial_to_dict(np.ones(64), GRID), initial_to_dict(2 * np.ones(64), GRID)
    other = initial_to_dict(np.arange(64), GRID)
    assert one == same != other
    assert set(one) == {"amplitudes_sha256"}
    assert initial_to_dict("uniform", GRID) == "uniform"


@pytest.mark.parametrize(
    ("initial", "part"),
    [
        ("unifrom", r"Unknown initial state 'unifrom'. Did you mean `uniform`\?"),
        (np.ones(32), r"`initial` must have the shape of the grid \(64,\)"),
        (np.zeros(64), "`initial` must be finite and not zero everywhere"),
        (np.full(64, np.nan), "`initial` must be finite"),
        (np.full(64, np.inf), "`initial` must be finite"),
        (Gaussian(9.0, 1.0), r"`center` must lie in \[-8, 8\)"),
        (Gaussian(0.0, 0.0), "`width` must be finite and greater than 0"),
        (Gaussian(0.0, -1.0), "`width`"),
        (Gaussian(0.0, 1.0, 100.0), "`momentum` must be below the Nyquist wave number"),
        (Gaussian((0.0, 1.0), 1.0), "`center` must be one number or 1 of them"),
        (Gaussian(float("nan"), 1.0), "`center` must be finite"),
    ],
)
def test_a_bad_initial_state_is_refused_by_name(initial, part):
    with pytest.raises(ValueError, match=part):
        amplitudes(initial, GRID)


def test_a_function_is_its_values_at_the_points():
    state = amplitudes(lambda x: np.exp(-(x**2) + 1j * x), GRID)
    x = GRID.axes[0].points
    assert np.allclose(state, np.exp(-(x**2) + 1j * x) / np.linalg.norm(np.exp(-(x**2))))
    assert np.allclose(amplitudes(lambda x: 1.0, GRID), 1 / 8)
    with pytest.raises(ValueError, match="answer with one amplitude for each of"):
        amplitudes(lambda x: x[1:], GRID)


def test_a_circuit_is_the_state_that_it_makes():
    grid = Grid([(0, 1), (0, 1)], [2, 1])
    circuit = QuantumCircuit(3)
    circuit.x(1)
    circuit.x(2)
    assert abs(amplitudes(circuit, grid)[2, 1]) == pytest.approx(1)
    free = QuantumCircuit(3)
    free.rx(Parameter("a"), 0)
    for wrong, words in ((QuantumCircuit(2), "the 3 qubits of the grid"), (free, "free param")):
        with pytest.raises(ValueError, match=words):
            amplitudes(wrong, grid)
