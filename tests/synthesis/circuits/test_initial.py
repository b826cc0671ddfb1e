"""Initial states, from all qubits in 0."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from qiskit.quantum_info import Statevector

from qdml_quantum import Gaussian, Grid, amplitudes
from qdml_quantum.synthesis.circuits.initial import BASIS, initial_circuit

parts = st.floats(-1, 1, allow_subnormal=False)
vectors = st.integers(1, 6).flatmap(
    lambda n: st.tuples(arrays(float, 2**n, elements=parts), arrays(float, 2**n, elements=parts))
)


def error(initial, grid):
    """Distance, global phase included, of the circuit from the amplitudes."""
    circuit = initial_circuit(initial, grid)
    assert set(circuit.count_ops()) <= set(BASIS)
    exact = grid.to_vector(amplitudes(initial, grid))
    return np.linalg.norm(Statevector(circuit).data - exact)


@pytest.mark.parametrize("counts", [[1], [5], [3, 2], [2, 1, 3]])
def test_uniform(counts):
    grid = Grid([(0, 1)] * len(counts), counts)
    assert error("uniform", grid) < 1e-14
    assert dict(initial_circuit("uniform", grid).count_ops()) == {"h": sum(counts)}


@pytest.mark.parametrize("n", range(3, 9))
@pytest.mark.parametrize(
    "packet",
    [Gaussian(0.0, 1.0), Gaussian(-2.0, 0.7, 0.5), Gaussian(5.5, 0.4, -1.2), Gaussian(0.1, 0.05)],
)
def test_packet(n, packet):
    """Tails as small as 1e-300 included; `StatePreparation` was wrong by 6e-9 at n = 8."""
    assert error(packet, Grid([(-8, 8)], n)) < 1e-12  # measured: 9e-15


def test_packet_in_two_dimensions_is_a_product():
    grid = Grid([(-8, 8), (-2, 6)], [4, 3])
    packet = Gaussian((-1.0, 2.0), (1.2, 0.8), (1.5, -0.7))
    assert error(packet, grid) < 1e-13
    circuit = initial_circuit(packet, grid)
    sides = [{circuit.find_bit(q).index < 4 for q in item.qubits} for item in circuit.data]
    assert all(len(side) == 1 for side in sides)


def test_momentum_in_the_middle_of_the_box_costs_one_gate_per_qubit():
    grid = Grid([(-8, 8)], 6)
    resting = initial_circuit(Gaussian(0.0, 1.0), grid).count_ops()
    moving = initial_circuit(Gaussian(0.0, 1.0, 2.0), grid).count_ops()
    assert dict(moving) == dict(resting) | {"p": 6}


@settings(max_examples=60)
@given(vectors)
def test_any_amplitudes(pair):
    psi = pair[0] + 1j * pair[1]
    if np.linalg.norm(psi) < 1e-100:
        return
    assert error(psi, Grid([(0, 1)], psi.size.bit_length() - 1)) < 1e-12  # measured: 5e-15


@settings(max_examples=40)
@given(arrays(float, 16, elements=parts))
def test_real_amplitudes_need_no_phases(values):
    if np.linalg.norm(values) < 1e-100:
        return
    grid = Grid([(0, 1)], 4)
    counts = initial_circuit(values, grid).count_ops()
    assert set(counts) <= {"ry", "cx"}
    assert counts.get("cx", 0) <= 2**4 - 2
    assert error(values, grid) < 1e-13


@pytest.mark.parametrize("shape", [(8,), (4, 8), (2, 4, 2)])
def test_amplitudes_have_the_shape_of_the_grid(shape):
    """Axis order: another number of qubits along every axis."""
    rng = np.random.default_rng(0)
    psi = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    grid = Grid([(0, 1)] * len(shape), [size.bit_length() - 1 for size in shape])
    assert error(psi, grid) < 1e-13


@pytest.mark.parametrize("place", [0, 1, 5, 7])
@pytest.mark.parametrize("phase", [1, -1, 1j])
def test_one_point(place, phase):
    psi = np.zeros(8, dtype=complex)
    psi[place] = phase
    assert error(psi, Grid([(0, 1)], 3)) < 1e-14
