"""Steps and anneals against Fourier matrices, and the search against the networks it stands for."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap

from qdml_quantum import Compiler, Grid, Problem, Schedule, Stage, build
from qdml_quantum.problem.grid import Axis
from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.kernels import States, breed, ending, gains_of, guess, judge
from qdml_quantum.synthesis.networks.network import _Trace, trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.step import step_angles
from qdml_quantum.synthesis.networks.synthesize import synthesize
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import Weights, has_table
from qdml_quantum.synthesis.phases.walsh import WalshSeries

WEIGHTS = Weights(0.05, 0.1, 0.05, 0.3)
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


# (a) Operators.


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
def topologies(draw, n):
    """All pairs, a line, or a tree with or without one more edge; with and without RZZ."""
    rzz = draw(st.booleans())
    kind = draw(st.sampled_from(["all", "line", "tree", "ring"]))
    if kind == "all" or n == 1:
        return Topology(n, None, rzz)
    if kind == "line":
        return Topology.line(n, rzz=rzz)
    order = draw(st.permutations(range(n)))
    edges = [(order[draw(st.integers(0, i - 1))], order[i]) for i in range(1, n)]
    if kind == "ring":
        edges.append((order[0], order[-1]))
    return Topology(n, tuple(edges), rzz)


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


# (b) The search and the networks it stands for.


@st.composite
def searches(draw, most=6):
    n = draw(st.integers(2, most))
    cuts = sorted(draw(st.sets(st.integers(1, n - 1), max_size=2)))
    axes = [b - a for a, b in itertools.pairwise([0, *cuts, n])]
    pairs = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    some = draw(st.sampled_from([range(1, 2**n), pairs]))  # Labels are for pairs.
    masks = draw(st.lists(st.sampled_from(some), max_size=8))
    kinds = [PathSum.step] if max(axes) > 3 else [PathSum.step, PathSum.short]
    path_sum = draw(st.sampled_from(kinds))(n, masks, axes, home=draw(st.booleans()))
    return path_sum, draw(topologies(n)), draw(st.integers(0, 99))


class Believer(BeamSearch):
    """Remembers the cheapest end that it saw, in gates."""

    def run(self, *, prefix=(), **options):
        self.level, self.believed = len(prefix), math.inf
        return super().run(prefix=prefix, **options)

    def _begun(self, prefix, labels):
        states = super()._begun(prefix, labels)
        self._believe(np.array([ending(states, 0, self.rules)]))
        return states

    def _advance(self, states, rows):
        made = super()._advance(states, rows)
        self.level += 1
        self._believe(made[2])
        return made

    def _believe(self, costs):
        if (costs >= 0).any():
            self.believed = min(self.believed, self.level + int(costs[costs >= 0].min()))


def searched(path_sum, topology, seed, **options):
    """A network and what the search takes it to cost, or None where it lost its way."""
    search = Believer(path_sum, topology, WEIGHTS, width=12, seed=seed)
    found = search.run(**options)
    if found is None:
        assert search.believed == math.inf or "max_cost" in options
        return None
    moves, labels = found
    network = trace(path_sum, moves, topology, labels=labels)
    assert network is not None
    assert network.moves == list(moves)
    assert network.num_two_qubit_gates == search.believed
    return network


@given(searches(), st.sampled_from([0.2, 0.5, 0.8, 1]))
@settings(max_examples=40)
def test_searches_know_what_their_networks_cost(case, share):
    """CX and RZZ gates, also with a limit, and from a part of a network that had labels."""
    first = searched(*case)
    assume(first is not None)
    limit = first.num_two_qubit_gates + 1
    begun = first.moves[: int(share * len(first.moves))]
    path_sum, topology, seed = case
    again = searched(
        path_sum, topology, seed + 1, max_cost=limit, prefix=begun, labels=first.labels
    )
    if again is not None:
        assert again.num_two_qubit_gates < limit
        assert again.moves[: len(begun)] == begun


@pytest.mark.parametrize("n", [3, 4, 5])
def test_a_whole_network_is_found_again_by_its_moves_and_labels(n):
    """A restart without the labels would be in another state, and its better end elsewhere."""
    pairs = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    case = PathSum.step(n, pairs, [n]), Topology(n), 0
    first = searched(*case)
    assert first.labels
    again = searched(
        *case, max_cost=first.num_two_qubit_gates + 1, prefix=first.moves, labels=first.labels
    )
    assert again.gates == first.gates


@pytest.mark.parametrize("rzz", [False, True])
def test_axes_of_two_qubits_are_pairs_in_parts_too(rzz):
    """Two gates each, as for one such axis alone."""
    path_sum = PathSum.step(4, [0b0011, 0b1100], [2, 2])
    assert len(path_sum.parts()) == 2
    assert synthesize(path_sum, Topology(4, None, rzz), effort=0.05).num_two_qubit_gates == 4


def variables_on(search, states, row):
    """What every wire holds, as masks of variables."""
    n = search.n
    alive = [1 << int(layer) * n + slot for slot, layer in enumerate(states.layer[row])]
    contents = [int(mask) for mask in states.contents[row]]
    return [sum(alive[s] for s in range(n) if mask >> s & 1) for mask in contents]


def inverse(rows):
    """Of a matrix of bits, rows as masks: for every column, the rows that XOR to it."""
    n = len(rows)
    work = [(row, 1 << i) for i, row in enumerate(rows)]
    for column in range(n):
        pivot = next(i for i in range(column, n) if work[i][0] >> column & 1)
        work[column], work[pivot] = work[pivot], work[column]
        for i in range(n):
            if i != column and work[i][0] >> column & 1:
                work[i] = tuple(a ^ b for a, b in zip(work[i], work[column], strict=True))
    return [made for _, made in work]


def assert_fields_are_right(search, states, row):
    """Every field of a state that a CX or H changes, from contents and terms left alone."""
    n, bits, rules = search.n, range(search.n), search.rules
    contents = [int(mask) for mask in states.contents[row]]
    held = [sum(1 << w for w in bits if contents[w] >> s & 1) for s in bits]
    sources = inverse(contents)
    assert states.holders[row].tolist() == held
    assert states.sources[row].tolist() == sources
    alive = sum(1 << int(layer) * n + slot for slot, layer in enumerate(states.layer[row]))
    left = states.terms[row, : states.left[row]]
    assert len(set(left.tolist())) == left.size
    for word, term in zip(states.words[row].tolist(), left, strict=False):
        need = int(rules.needs[term])
        waits = need & ~alive != 0
        # What a term will be on after H on all wires is where its variables are held now.
        basis = held if waits and rules.turned else sources
        expected = 0
        for slot in bits:
            expected ^= basis[slot] if int(rules.masks[term]) >> slot & 1 else 0
        assert word == expected | waits << n
        assert waits or expected.bit_count() > 1  # Else it is done.
    needed = rules.needs[left][:, None] >> np.arange(states.counts.shape[1]) & 1
    assert states.counts[row].tolist() == needed.sum(axis=0).tolist()
    assert states.mark[row] == rules.keys[left].sum()


def assert_is_traced(search, states, row, moves):
    """One state, against the rules of `trace` along its moves with its labels."""
    labels = {v: int(wires) for v, wires in enumerate(states.labels[row]) if wires}
    run = _Trace(search.path_sum, search.topology, labels)
    run.hadamards()
    levels = [0] * search.n
    for control, target in moves:
        run.move(control, target)
        run.hadamards()
        levels[control] = levels[target] = max(levels[control], levels[target]) + 1
    assert variables_on(search, states, row) == run.contents
    terms = states.terms[row, : states.left[row]]
    assert {int(need) for need in search.rules.needs[terms]} == run.left
    assert states.extra[row] == sum(gate.name == "rzz" for gate in run.gates)
    assert states.levels[row].tolist() == levels
    # Corrections have a rotation that takes them.
    for mask in run.corrections:
        assert mask.bit_count() < 2 or mask in search.path_sum.terms


def walked(search, rng, choose):
    """States after some moves, chosen by the search or at random, and the moves of each."""
    states, rows = search._begun((), {}), np.zeros(1, dtype=np.int64)
    search._best, search._stalled, search._spare = (1 << 40, 0, 0), 0, None
    paths = [()]
    for _ in range(24):
        if choose:
            states, rows, _, (parent, control, target) = search._advance(states, rows)
        else:
            moves = rng.integers(search.rules.control.size, size=len(rows))
            shape = states.counts.shape[1], states.words.shape[1]
            made = States.room(40, search.n, *shape)
            parent = breed(states, rows, moves, made, search.rules)
            control, target = (
                search.rules.control[moves[parent]],
                search.rules.target[moves[parent]],
            )
            states, rows = made, np.arange(parent.size)
        ends = zip(control.tolist(), target.tolist(), strict=True)
        paths = [(*paths[row], move) for row, move in zip(parent, ends, strict=True)]
        kept = rng.permutation(len(paths))[:6]
        rows, paths = rows[kept], [paths[row] for row in kept]
        yield states, rows, paths


@given(searches(most=5), st.booleans())
@settings(max_examples=40)
def test_states_are_what_their_moves_make(case, choose):
    """Fields kept along the way are those made from scratch, whichever labels were taken."""
    path_sum, topology, seed = case
    search = BeamSearch(path_sum, topology, WEIGHTS, width=6, seed=seed)
    for states, rows, paths in walked(search, np.random.default_rng(seed), choose):
        for row in rows:
            assert_fields_are_right(search, states, row)
        assert len(paths) == len(rows)
    for row, path in zip(rows, paths, strict=True):
        assert_is_traced(search, states, row, path)


def price(search, prices, states, row):
    """What a state is worth, from the definition: its terms, RZZ gates, and ways home."""
    n, topology, home = search.n, search.topology, search.path_sum.home
    total = float(states.extra[row])
    for word in states.words[row, : states.left[row]].tolist():
        total += float(prices.terms[word >> n, topology.distance[word & (1 << n) - 1]])
    for slot in range(n):
        variable = int(states.layer[row, slot]) * n + slot
        goal = topology.distance_to(slot) if home else topology.distance
        charge = prices.variables[int(states.counts[row, variable] == 0)]
        total += float(charge) * int(goal[states.holders[row, slot]])
    return total


@given(searches(most=4))
@settings(max_examples=30)
def test_what_moves_are_guessed_to_be_worth(case):
    """Where no term is done and no H follows, the guess of a move is the price of what it makes."""
    path_sum, topology, seed = case
    topology = replace(topology, rzz=False)
    if seed % 2:
        topology = Topology(path_sum.num_slots)
    search = BeamSearch(path_sum, topology, WEIGHTS, width=6, seed=seed)
    found = 0
    for states, rows, _ in walked(search, np.random.default_rng(seed), True):
        prices = search._prices(states, rows)._replace(noise=0.0, urge=0.0, depth=0.0)
        table = gains_of(prices, search.rules, search.n)
        none = np.zeros((0, 0), dtype=np.float32)
        values = guess(states, rows, table, prices, 0, search.rules)
        if topology.edges is None:
            plain = guess(states, rows, none, prices, 0, search.rules)
            np.testing.assert_allclose(values, plain, atol=1e-4)
        many = len(rows) * search.rules.control.size
        parents, moves = np.divmod(np.arange(many), search.rules.control.size)
        shape = states.counts.shape[1], states.words.shape[1]
        made = States.room(2 * many, search.n, *shape)
        breed(states, rows[parents], moves, made, search.rules)
        scores, _, _ = judge(made, many, table, prices, 0, search.rules)
        for child in range(many):
            before = rows[parents[child]]
            exact = price(search, prices, made, child)
            assert scores[child] == pytest.approx(exact, abs=1e-4)
            quiet = states.left[before] == made.left[child]
            if quiet and (states.layer[before] == made.layer[child]).all():
                assert values[parents[child], moves[child]] == pytest.approx(exact, abs=1e-4)
                found += 1
    assert found


def test_tables_are_for_few_wires():
    assert has_table(Topology(10))
    assert not has_table(Topology(11))
    assert has_table(Topology.line(12))
