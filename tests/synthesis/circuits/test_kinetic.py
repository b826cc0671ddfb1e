"""The kinetic phase is exact, its gates are few; the transform is the FFT, bit-reversed."""

import math

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector
from qiskit.synthesis import synth_qft_full

from qdml_quantum import Axis, Gaussian, Grid, Problem, Schedule, build
from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.synthesis.circuits.kinetic import kinetic_phase, to_momentum, to_position, wrapped


def exact(axis, angle):
    """Dense ``exp(-i angle k^2)`` from two's complement integers, without `Axis.wave_numbers`."""
    size = 2**axis.num_qubits
    m = np.array([j if j < size // 2 else j - size for j in range(size)])
    k = 2 * np.pi * m / (axis.upper - axis.lower)
    waves = np.exp(2j * np.pi * np.outer(np.arange(size), np.arange(size)) / size) / np.sqrt(size)
    return waves @ np.diag(np.exp(-1j * angle * k**2)) @ waves.conj().T


@pytest.mark.parametrize("n", range(1, 7))
@pytest.mark.parametrize("angle", [0.1, -0.7, 3.3])
def test_is_exact_global_phase_included(n, angle):
    # Measured: 5e-14, at n = 6 and angle 3.3, where the phases reach 2000.
    axis = Axis(-3.0, 5.0, n)
    np.testing.assert_allclose(
        Operator(kinetic_phase(axis, angle)).data, exact(axis, angle), atol=2e-12
    )


@pytest.mark.parametrize("n", range(1, 9))
def test_gates_are_a_quadratic_form_and_two_transforms(n):
    counts = kinetic_phase(Axis(0, 1, n), 0.01).count_ops()
    pairs = n * (n - 1) // 2
    assert counts["p"] == n
    assert counts["h"] == 2 * n
    assert counts.get("cp", 0) == 3 * pairs  # pairs for k^2, and as many for each transform
    assert set(counts) <= {"p", "h", "cp"}


def test_swaps_dropped_on_both_sides_of_the_plain_transform_would_be_wrong():
    """Unitary, the same gates, and off by more than 0.3 in the state of a moving packet."""
    grid = Grid([(-8, 8)], 5)
    axis, angle = grid.axes[0], 0.5
    packet = Gaussian(0.0, 1.0, 1.0).amplitudes(grid)
    wrong = QuantumCircuit(5)
    plain = synth_qft_full(5, do_swaps=False)
    wrong.compose(plain.inverse(), inplace=True)
    unit = angle * (2 * math.pi / axis.length) ** 2
    weights = [2**j for j in range(4)] + [-(2**4)]
    for j in range(5):
        wrong.p(-unit * weights[j] ** 2, j)
        for i in range(j):
            wrong.cp(-2 * unit * weights[i] * weights[j], i, j)
    wrong.compose(plain, inplace=True)
    right = kinetic_phase(axis, angle)
    assert dict(wrong.count_ops()) == dict(right.count_ops())
    reference = exact(axis, angle) @ packet
    assert state_distance(Statevector(packet).evolve(right).data, reference) < 1e-13
    assert state_distance(Statevector(packet).evolve(wrong).data, reference) > 0.3


@pytest.mark.parametrize("angle", [0.0, 1.0, -math.pi, 100.0, -1e6])
def test_wrapped_is_the_same_angle_near_zero(angle):
    result = wrapped(angle)
    assert abs(result) <= math.pi
    assert np.exp(1j * result) == pytest.approx(np.exp(1j * angle), abs=1e-9)


def test_every_axis_has_its_own_transform():
    """No gate joins two registers where the objective does not."""
    problem = Problem(Grid([(-4, 4), (-2, 2)], [3, 2]), "0*x + 0*y")
    circuit = build(problem, Schedule.constant(1.0, num_steps=1, time_step=0.1), formula="lie")
    places = {bit: register.name for register in circuit.qregs for bit in register}
    assert all(len({places[bit] for bit in item.qubits}) == 1 for item in circuit.data)


SIZES = range(1, 8)


def fft_matrix(num_qubits):
    size = 2**num_qubits
    j = np.arange(size)
    return np.exp(-2j * np.pi * np.outer(j, j) / size) / np.sqrt(size)


def bit_reversal(num_qubits):
    size = 2**num_qubits
    reverse = [int(f"{j:0{num_qubits}b}"[::-1], 2) for j in range(size)]
    return np.eye(size)[reverse]


@pytest.mark.parametrize("n", SIZES)
def test_is_the_fft_with_reversed_bits(n):
    # Measured: 7e-15 at n = 7.
    matrix = Operator(to_momentum(n)).data
    np.testing.assert_allclose(bit_reversal(n) @ matrix, fft_matrix(n), atol=1e-13)


@pytest.mark.parametrize("n", SIZES)
def test_way_back_is_the_inverse(n):
    both = Operator(to_momentum(n).compose(to_position(n))).data
    np.testing.assert_allclose(both, np.eye(2**n), atol=1e-13)


@pytest.mark.parametrize("n", SIZES)
def test_gates(n):
    counts = to_momentum(n).count_ops()
    assert counts["h"] == n
    assert counts.get("cp", 0) == n * (n - 1) // 2
    assert set(counts) <= {"h", "cp"}  # no swaps


@pytest.mark.parametrize("n", range(2, 7))
def test_dropping_the_swaps_of_the_plain_transform_is_another_operator(n):
    """The tempting shortcut is unitary and wrong: with the bits read straight, and reversed."""
    plain = synth_qft_full(n, do_swaps=False).inverse()
    wrong = Operator(plain).data
    np.testing.assert_allclose(wrong @ wrong.conj().T, np.eye(2**n), atol=1e-13)
    right = Operator(to_momentum(n)).data
    assert np.linalg.norm(wrong - right, 2) > 0.3
    np.testing.assert_allclose(wrong @ bit_reversal(n), fft_matrix(n), atol=1e-13)


def test_caller_cannot_spoil_what_is_kept():
    """The circuits are cached, so composing them must leave them alone."""
    before = to_momentum(3).copy()
    circuit = QuantumCircuit(3)
    circuit.compose(to_momentum(3), inplace=True)
    circuit.x(0)
    assert to_momentum(3) == before
