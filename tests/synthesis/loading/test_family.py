"""Families of circuits: each member does in Qiskit what it says."""

from dataclasses import replace

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qdml_quantum import Gaussian, Grid
from qdml_quantum.synthesis.loading.family import Member, family_of, measured
from qdml_quantum.synthesis.loading.wanted import as_wanted


def test_every_member_has_the_gates_and_the_fidelity_that_it_says():
    rng = np.random.default_rng(2)
    x = np.linspace(-1, 1, 32)
    wanted = as_wanted(np.exp(-6 * x**2 + 4j * x**2) + 0.1 * rng.normal() * x, None)
    family = family_of(wanted, 0.01)
    for member in family.members:
        circuit, fidelity = family.circuit(member)
        assert circuit.count_ops().get("cx", 0) == member.gates
        assert fidelity == pytest.approx(member.fidelity, abs=1e-9)
        assert fidelity == pytest.approx(measured(circuit, wanted.vector))
    counts, fidelities = zip(*((one.gates, one.fidelity) for one in family.members), strict=True)
    assert sorted(set(counts)) == list(counts) and sorted(set(fidelities)) == list(fidelities)
    assert family.shortest(0.99).fidelity >= 0.99 > family.shortest(0.98).fidelity - 0.05
    assert family.best(0).gates == 0


def test_a_gate_that_wins_next_to_nothing_is_not_taken():
    family = family_of(as_wanted(np.exp(-(np.linspace(-4, 4, 32) ** 2)), None), 0.01)
    kept = [Member(gates, fidelity, ()) for gates, fidelity in ((0, 0.5), (2, 0.99), (3, 0.99002))]
    family = replace(family, members=(*kept, Member(4, 0.995, ())))
    assert [family.best(most).gates for most in range(6)] == [0, 0, 2, 2, 4, 4]
    assert family.shortest(0.99001).gates == 3


def test_the_axes_of_a_packet_are_fitted_apart_and_share_the_gates():
    grid = Grid([(-4, 4), (-6, 6)], 4)
    packet = Gaussian((0.3, 0.0), (0.8, 1.2), (1.0, 0.0))
    family = family_of(as_wanted(packet, grid), 0.01)
    circuit, fidelity = family.circuit(family.shortest(0.99))
    made = Statevector(circuit).data
    assert abs(np.vdot(made, grid.to_vector(packet.amplitudes(grid)))) ** 2 == (
        pytest.approx(fidelity)
    )
    assert fidelity >= 0.99
    pairs = [[circuit.find_bit(q).index // 4 for q in i.qubits] for i in circuit.data]
    assert all(len(set(axes)) == 1 for axes in pairs)


def test_bits_below_the_samples_are_uniform_and_carry_the_momentum(monkeypatch):
    from qdml_quantum.synthesis.loading import wanted as module

    monkeypatch.setattr(module, "SAMPLED", 6)
    grid = Grid([(-6, 6)], 9)
    packet = Gaussian(0.5, 1.0, 2.0)
    family = family_of(as_wanted(packet, grid), 0.05)
    circuit, fidelity = family.circuit(family.members[-1])
    truth = measured(circuit, packet.amplitudes(grid))
    # Cells are 0.19 wide, <(k - 2)^2> = 1/4: half of what sampling loses is curvature.
    assert circuit.num_qubits == 9 and truth == pytest.approx(fidelity, abs=2e-3) and truth > 0.95


def test_parts_that_are_too_large_are_refused(monkeypatch):
    from qdml_quantum.synthesis.loading import family as module

    monkeypatch.setattr(module, "LARGEST", 3)
    assert family_of(as_wanted(np.random.default_rng(0).normal(size=32), None), 1e-9) is None
