"""Diagonal phases: the Walsh series is exact, and no longer than it has to be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from qiskit.quantum_info import Operator

from qdml_quantum import Grid, Problem
from qdml_quantum.synthesis.phases.potential import (
    PHASE_COMPILERS,
    Diagonal,
    Walsh,
    phase_compiler,
)
from qdml_quantum.synthesis.phases.walsh import walsh_coefficients

SIZES = range(1, 8)
vectors = st.integers(0, 6).flatmap(
    lambda n: arrays(float, 2**n, elements=st.floats(-1e6, 1e6, allow_subnormal=False))
)


def parity(a, b):
    return np.array([[1 - 2 * ((i & j).bit_count() & 1) for j in b] for i in a])


def dense(circuit):
    return Operator(circuit).data


def noise(values):
    return np.random.default_rng(len(values)).normal(size=len(values))


@given(vectors)
def test_coefficients_sum_up_to_the_values(values):
    s = range(values.size)
    back = parity(s, s) @ walsh_coefficients(values)
    np.testing.assert_allclose(back, values, atol=1e-9, rtol=0)  # 2^6 eps 1e6


@given(vectors)
def test_transform_twice_is_the_size(values):
    twice = walsh_coefficients(walsh_coefficients(values)) * values.size
    np.testing.assert_allclose(twice, values, atol=1e-9, rtol=0)


@given(vectors, vectors)
def test_keeps_inner_products(a, b):
    size = min(a.size, b.size)
    a, b = a[:size] / 1e6, b[:size] / 1e6
    product = walsh_coefficients(a) @ walsh_coefficients(b) * size
    assert product == pytest.approx(a @ b, abs=1e-12)


@settings(max_examples=30)
@given(vectors.filter(lambda values: values.size > 1), st.floats(-10, 10))
def test_circuit_of_any_values_is_exact(values, angle):
    values = values / 1e5
    operator = dense(Walsh(values).circuit(angle))
    # Measured: 2e-14 over 200 random ones.
    np.testing.assert_allclose(operator, np.diag(np.exp(-1j * angle * values)), atol=1e-12)


@pytest.mark.parametrize("name", PHASE_COMPILERS)
@pytest.mark.parametrize("n", SIZES)
def test_random_diagonal(name, n):
    values = np.random.default_rng(n).normal(size=2**n)
    operator = dense(phase_compiler(name)(values).circuit(0.37))
    # Measured: 2e-15 (Walsh), 5e-15 (Qiskit).
    np.testing.assert_allclose(operator, np.diag(np.exp(-0.37j * values)), atol=1e-12)


@pytest.mark.parametrize("n", range(3, 9))
def test_generic_diagonal_costs_2n_minus_2_cx(n):
    counts = Walsh(np.random.default_rng(n).normal(size=2**n)).circuit(0.1).count_ops()
    # The two lowest qubits are joined by one cp, which stands for two CX.
    assert counts["cx"] + 2 * counts["cp"] == 2**n - 2
    assert counts["rz"] + counts["p"] + counts["cp"] == 2**n - 1


def test_qiskit_diagonal_costs_as_much():
    counts = Diagonal(np.random.default_rng(0).normal(size=32)).circuit(0.1).count_ops()
    assert counts["cx"] == 30


@pytest.mark.parametrize("n", SIZES)
def test_quadratic_needs_pairs_only(n):
    x = np.arange(2**n) - 2.7
    circuit = Walsh(x**2).circuit(0.01)
    counts = circuit.count_ops()
    assert counts.get("cp", 0) == n * (n - 1) // 2
    assert counts["p"] == n
    assert set(counts) <= {"p", "cp"}
    np.testing.assert_allclose(dense(circuit), np.diag(np.exp(-0.01j * x**2)), atol=1e-11)


@pytest.mark.parametrize("degree", range(1, 6))
def test_polynomial_has_strings_of_its_degree_at_most(degree):
    x = np.linspace(-1, 1, 128, endpoint=False)
    c = walsh_coefficients(np.polynomial.Polynomial(noise(range(degree + 1)))(x))
    weights = np.array([s.bit_count() for s in range(128)])
    assert np.abs(c[weights > degree]).max(initial=0) < 1e-15
    assert np.abs(c[weights == degree]).min() > 1e-8


def test_polynomial_circuit_has_no_more_rotations_than_strings():
    x = np.linspace(-1, 1, 64, endpoint=False)
    counts = Walsh(x**3 - x).circuit(0.1).count_ops()
    strings = 6 + 15 + 20  # weights 1, 2 and 3
    assert counts["rz"] + counts["p"] + counts["cp"] <= strings
    np.testing.assert_allclose(
        dense(Walsh(x**3 - x).circuit(0.1)), np.diag(np.exp(-0.1j * (x**3 - x))), atol=1e-13
    )


def test_separable_objective_does_not_join_the_registers():
    problem = Problem(Grid([(-5.12, 5.12)] * 2, [3, 4]), "rastrigin")
    values = problem.grid.to_vector(problem.values)
    c = walsh_coefficients(values)
    cross = [s for s in range(128) if s & 7 and s >> 3]
    assert np.abs(c[cross]).max() < 1e-13
    circuit = Walsh(values).circuit(0.3)
    for item in circuit.data:
        places = {circuit.find_bit(qubit).index < 3 for qubit in item.qubits}
        assert len(places) == 1


@pytest.mark.parametrize("values", [np.zeros(8), np.full(8, 3.0)])
def test_constant_is_a_global_phase(values):
    circuit = Walsh(values).circuit(0.5)
    assert circuit.size() == 0
    np.testing.assert_allclose(dense(circuit), np.diag(np.exp(-0.5j * values)), atol=1e-15)


def test_gates_do_not_depend_on_the_angle():
    """What `circuit_cost` and the cached blocks rely on; zero and large angles included."""
    walsh = Walsh(np.random.default_rng(1).normal(size=16))
    shapes = [
        [(i.operation.name, i.qubits) for i in walsh.circuit(angle).data]
        for angle in (0.0, 1e-20, 0.3, -2.0, 1e4)
    ]
    assert all(shape == shapes[0] for shape in shapes)


def test_huge_angles_stay_accurate():
    """Angles are wrapped before they meet the gates; measured: 2e-12, which is 1e4 eps."""
    values = np.random.default_rng(2).normal(size=8)
    operator = dense(Walsh(values).circuit(1e4))
    np.testing.assert_allclose(operator, np.diag(np.exp(-1e4j * values)), atol=1e-10)


def test_rounding_of_the_samples_adds_no_gates():
    """Another libm moves the last digits; the gates of the library must not change with it."""
    x = np.linspace(-4, 4, 64, endpoint=False)
    values = 3 * x**2 + 100
    shifted = values * (1 + np.random.default_rng(3).uniform(-1, 1, 64) * 2.0**-53)
    assert Walsh(values).circuit(0.1).count_ops() == Walsh(shifted).circuit(0.1).count_ops()


def test_compiler_may_be_a_callable():
    assert phase_compiler(Walsh) is Walsh


def test_unknown_compiler_suggests_one():
    with pytest.raises(ValueError, match=r"Unknown compiler 'wlash'. Did you mean `walsh`\?"):
        phase_compiler("wlash")
