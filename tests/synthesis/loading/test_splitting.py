"""What splits off a state: the fidelity of the rest is exact, and bit order is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.synthesis.loading.splitting import Core, product_angles, split, split_product


def remade(parts, size):
    """The product that a split stands for."""
    pieces = [(core.qubits, core.vector) for core in parts.cores]
    for qubit, (tilt, turn) in parts.singles.items():
        pair = np.array([np.cos(tilt / 2), np.sin(tilt / 2) * np.exp(1j * turn)])
        pieces.append(((qubit,), pair))
    index = np.arange(1 << size)
    state = np.ones(1 << size, dtype=complex)
    for qubits, vector in pieces:
        bits = sum(((index >> qubit) & 1) << at for at, qubit in enumerate(qubits))
        state *= vector[bits]
    for qubit, angle in enumerate(parts.twists):
        state *= np.exp(1j * angle * ((index >> qubit) & 1))
    return state


def smooth(rng, size, is_complex):
    x = np.linspace(-1, 1, 1 << size)
    psi = sum(rng.normal() * np.exp(-((x - rng.uniform(-0.5, 0.5)) ** 2) * 9) for _ in range(3))
    return psi * np.exp(1j * x * rng.normal() * 20) if is_complex else psi


@given(st.integers(0, 99), st.booleans(), st.sampled_from([(6,), (3, 4), (2, 3, 2)]))
def test_the_loss_is_that_of_the_product(seed, is_complex, sizes):
    rng = np.random.default_rng(seed)
    total = sum(sizes)
    vector = smooth(rng, total, is_complex)
    vector = vector / np.linalg.norm(vector)
    before = vector.copy()
    parts = split(vector, sizes, 0.02)
    assert np.array_equal(vector, before)
    fidelity = abs(np.vdot(vector, remade(parts, total))) ** 2
    assert fidelity == pytest.approx(1 - parts.loss, abs=1e-9)
    assert parts.loss <= 0.02 + 1e-12


def test_a_product_of_qubits_leaves_nothing_to_fit():
    rng = np.random.default_rng(0)
    pairs = [rng.normal(size=2) + 1j * rng.normal(size=2) for _ in range(6)]
    vector = np.ones(1)
    for pair in pairs:
        vector = np.kron(pair / np.linalg.norm(pair), vector)
    parts = split(vector, [6], 1e-9)
    assert parts.cores == () and sorted(parts.singles) == list(range(6))


def test_a_phase_that_is_linear_is_taken_off_and_leaves_real_amplitudes():
    x = np.linspace(-4, 4, 256, endpoint=False)
    vector = np.exp(-(x**2) + 3j * x)
    parts = split(vector / np.linalg.norm(vector), [8], 1e-4)
    assert all(core.vector.dtype == float for core in parts.cores)
    assert parts.twists[1] == pytest.approx(3 * 2 * (x[1] - x[0]))


def test_axes_that_stand_alone_are_fitted_alone():
    x = np.linspace(-1, 1, 8)
    one, two = np.exp(-(x**2)) + 0.3 * x, 1 / (1 + 5 * x**2) - 0.2 * x
    vector = np.kron(two, one)
    parts = split(vector / np.linalg.norm(vector), [3, 3], 1e-9)
    assert sorted(core.qubits for core in parts.cores) == [(0, 1, 2), (3, 4, 5)]
    apart = split_product([(v / np.linalg.norm(v), (3,)) for v in (one, two)], 1e-9)
    assert abs(np.vdot(remade(parts, 6), remade(apart, 6))) == pytest.approx(1)


def test_axes_are_never_interleaved():
    core = Core(np.ones(1), tuple(range(7)), (0, 0, 0, 1, 1, 1, 1))
    edges = core.edges
    assert edges[0] == (6, 2)  # the top bits of both axes
    assert all(core.axes[a] == core.axes[b] and a == b + 1 for a, b in edges[1:])
    assert len(edges) == 6


def test_angles_of_a_product_with_signs():
    minus = np.array([1, -1, 1, -1]) / 2
    assert np.allclose(product_angles(minus), [(-np.pi / 2, 0), (np.pi / 2, 0)])
