"""Steps and anneals against Fourier matrices."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_strategies import topologies
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap

from qdml_quantum import Compiler, Grid, Problem, Schedule, Stage, build
from qdml_quantum.problem.grid import Axis
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.step import step_angles
from qdml_quantum.synthesis.networks.synthesize import synthesize
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.walsh import WalshSeries

MOST = 6
"""Qubits of the matrices."""


SPLITS = [
    split
    for count in (1, 2, 3)
    for split in itertools.product((1, 2, 3), repeat=count)
    if sum(split) <= MOST
]


TWINS = [split for split in SPLITS if 2 in split]
"""Axes of two qubits have rules of their own."""


def kinetic_matrix(length, num_qubits, angle):
    """``exp(-i angle k^2)`` of one axis, by its Fourier matrix."""
    size = 2**num_qubits
    j = np.arange(size)
    fourier = np.exp(-2j * np.pi * np.outer(j, j) / size) / math.sqrt(size)
    k = 2 * np.pi / length * np.where(2 * j < size, j, j - size)
    return fourier.conj().T @ (np.exp(-1j * angle * k**2)[:, None] * fourier)


def step_matrix(zeta, potential, axes, kinetic):
    """``exp(-i kinetic k^2) exp(-i potential zeta)``; axis 0 on the lowest bits."""
    whole = np.eye(1)
    for length, num_qubits in axes:
        whole = np.kron(kinetic_matrix(length, num_qubits, kinetic), whole)
    return whole * np.exp(-1j * potential * zeta)


def slots_of(matrix, wires):
    """The matrix with its rows in the order of slots: slot i has ended on ``wires[i]``."""
    x = np.arange(len(matrix))
    return matrix[sum((x >> slot & 1) << wire for slot, wire in enumerate(wires))]


@st.composite
def potentials(draw, n):
    """zeta with a few strings, or all of them, as a vector."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    if draw(st.booleans()):
        return rng.normal(size=2**n)
    x = np.arange(2**n)
    masks = rng.integers(0, 2**n, size=draw(st.integers(0, 5)))
    return sum((rng.normal() * (-1.0) ** np.bitwise_count(x & m) for m in masks), np.zeros(2**n))


def assert_step_is_exact(split, zeta, topology, home, *, lengths, effort=0.05):
    n = sum(split)
    axes = [Axis(-1, length - 1, size) for length, size in zip(lengths, split, strict=False)]
    series = WalshSeries.of_values(zeta)
    path_sum = PathSum.step(n, series.masks.tolist(), split, home=home)
    network = synthesize(path_sum, topology, effort=effort)
    assert network is not None
    if home:
        assert network.wires == tuple(range(n))
    circuit = network.circuit(step_angles(series, 0.7, axes, 0.3))
    edges = {frozenset(pair) for pair in topology.pairs}
    names = {"cx", "rz", "h", "rzz"} if topology.rzz else {"cx", "rz", "h"}
    for item in circuit.data:
        assert item.operation.name in names
        places = frozenset(circuit.find_bit(qubit).index for qubit in item.qubits)
        assert len(places) == 1 or places in edges
    found = slots_of(Operator(circuit).data, network.wires)
    exact = step_matrix(zeta, 0.7, [(axis.length, axis.num_qubits) for axis in axes], 0.3)
    np.testing.assert_allclose(found, exact, atol=1e-11)  # measured: 1e-14
    return network


@st.composite
def cases(draw, splits):
    split = draw(st.sampled_from(splits))
    n = sum(split)
    return split, draw(potentials(n)), draw(topologies(n)), draw(st.booleans())


lengths = st.tuples(*[st.floats(0.5, 9.0)] * 3)


@given(cases(SPLITS), lengths)
@settings(max_examples=45)
def test_steps_are_their_matrices(case, lengths):
    """Any split, zeta and topology, global phase included: every angle and every correction."""
    assert_step_is_exact(*case, lengths=lengths)


@given(cases(TWINS), lengths)
@settings(max_examples=25)
def test_steps_with_axes_of_two_qubits_are_their_matrices(case, lengths):
    """No controlled phases there, and both H at once: wrong if k = 1 and k = -1 differed."""
    assert_step_is_exact(*case, lengths=lengths)


@pytest.mark.parametrize("home", [False, True])
@pytest.mark.parametrize("rzz", [False, True])
@pytest.mark.parametrize("split", [(2, 2, 2), (1, 1, 1), (2,), (1,), (2, 2), (1, 2, 3), (3, 2, 1)])
def test_steps_that_join_all_axes(split, rzz, home):
    """All strings of zeta, so that the axes are one network."""
    n = sum(split)
    zeta = np.random.default_rng(n).normal(size=2**n)
    assert_step_is_exact(split, zeta, Topology(n, None, rzz), home, lengths=(2.0, 3.0, 5.0))


LABELLED = [((3,), 3), ((4,), 3), ((3, 2), 5), ((1, 3), 4)]


@pytest.mark.parametrize(("split", "seed"), LABELLED)
def test_steps_with_labels_are_their_matrices(split, seed):
    """Variables that start in a parity: corrections of all pairs but that of the H itself."""
    n = sum(split)
    rng = np.random.default_rng(seed)
    x = np.arange(2**n)
    pairs = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    zeta = sum(rng.normal() * (-1.0) ** np.bitwise_count(x & pair) for pair in pairs)
    for topology in (Topology(n), Topology(n, None, rzz=True)):
        network = assert_step_is_exact(split, zeta, topology, False, lengths=(2.0, 3.0), effort=0.3)
        if not topology.rzz:
            assert network.labels
            assert network.corrections


ANNEAL = Schedule((Stage(0.6, 0.3, 2), Stage(0.35, 0.4, 1), Stage(0.1, 0.2, 2)))


ANNEALS = [
    ([2], None),
    ([2, 2], None),
    ([2, 1], "line"),
    ([3, 2], None),
    ([3, 2], "line"),
    ([1, 1, 2], "cross"),
]


@pytest.mark.each_value
@pytest.mark.parametrize("formula", ["lie", "strang"])
@pytest.mark.parametrize(("sizes", "target"), ANNEALS)
def test_anneals_are_products_of_their_matrices(sizes, target, formula):
    """Several steps of other angles, one after the other on wires that were permuted."""
    bounds = [(-1.0, 1.5), (0.0, 3.0), (-2.0, 2.0)][: len(sizes)]
    objective = "*".join(f"(x{i} + {i})**2" for i in range(1, len(sizes) + 1)) + " - 2*x1"
    problem = Problem(Grid(bounds, sizes), objective)
    n = sum(sizes)
    if target == "cross":
        target = CouplingMap([(0, 1), (0, 2), (0, 3), (4, 0)])
    circuit = build(
        problem,
        ANNEAL,
        formula=formula,
        compiler=Compiler("joint", budget="exact", target=target, effort=0.05),
    )
    points = np.meshgrid(
        *(a + (b - a) * np.arange(2**s) / 2**s for (a, b), s in zip(bounds, sizes, strict=True)),
        indexing="ij",
    )
    zeta = math.prod((x + i + 1) ** 2 for i, x in enumerate(points)) - 2 * points[0]
    zeta = zeta.ravel(order="F")
    axes = [(b - a, size) for (a, b), size in zip(bounds, sizes, strict=True)]
    state = np.full(2**n, 2 ** (-n / 2), dtype=complex)
    for stage in ANNEAL.stages:
        share = 0.5 if formula == "strang" else 1.0
        dt, kinetic = stage.time_step, stage.time_step * stage.diffusion
        after = np.exp(-1j * (1 - share) * dt * zeta)
        step = after[:, None] * step_matrix(zeta, share * dt, axes, kinetic)
        state = np.linalg.matrix_power(step, stage.num_steps) @ state
    whole = Operator.from_circuit(circuit).data  # Ancillas are the highest bits.
    np.testing.assert_allclose(whole[: 2**n, 0], state, atol=1e-10)
    np.testing.assert_allclose(whole[2**n :, 0], 0, atol=1e-10)


@pytest.mark.parametrize("rzz", [False, True])
def test_axes_of_two_qubits_are_pairs_in_parts_too(rzz):
    """Two gates each, as for one such axis alone."""
    path_sum = PathSum.step(4, [0b0011, 0b1100], [2, 2])
    assert len(path_sum.parts()) == 2
    assert synthesize(path_sum, Topology(4, None, rzz), effort=0.05).num_two_qubit_gates == 4
