"""The portfolio: whatever wins, the operator is exact, and no cheaper than can be."""

import itertools
import math
import sys
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import RZZGate
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap, Target

from qdml_quantum import Compiler, Grid, Problem, Schedule, Stage, build, make_recipe
from qdml_quantum.synthesis import compiled
from qdml_quantum.synthesis.circuits.network_builder import NetworkBuilder
from qdml_quantum.synthesis.circuits.verify import phases_of
from qdml_quantum.synthesis.networks import synthesize as portfolio
from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.constructive import chain, gray, gray_synth
from qdml_quantum.synthesis.networks.kernels.moves import breed
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.synthesize import _search, synthesize
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import STEP_WEIGHTS
from qdml_quantum.synthesis.phases.phase import compile_phase
from qdml_quantum.synthesis.phases.walsh import WalshSeries


def random_coupling(num_qubits, seed, extra=1):
    """A tree with a few more edges, in both directions."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(num_qubits).tolist()
    edges = [(order[rng.integers(i)], order[i]) for i in range(1, num_qubits)]
    edges += [tuple(rng.choice(num_qubits, 2, replace=False).tolist()) for _ in range(extra)]
    return CouplingMap([pair for a, b in edges for pair in ((a, b), (b, a))])


def with_gates(*names):
    """A target with these two-qubit gates, one of them directed, on a bent line of 6."""
    coupling = CouplingMap([(1, 0), (1, 2), (3, 2), (3, 4), (4, 5)])
    return Target.from_configuration([*names, "rz", "sx", "x"], coupling_map=coupling)


def fractional():
    """CZ, and RZZ of angles from 0 to pi/2, on the same line."""
    target = with_gates("cz")
    edges = {tuple(sorted(edge)): None for edge in target.build_coupling_map().get_edges()}
    target.add_instruction(RZZGate(Parameter("t")), edges, angle_bounds=[(0, math.pi / 2)])
    return target


TARGETS = {
    "all": None,
    "line": "line",
    "heavy-hex": "heavy-hex",
    "square": "square",
    "random": random_coupling(7, 3),
    "cx": with_gates("cx"),
    "cz": with_gates("cz"),
    "ecr": with_gates("ecr"),
    "rzz": with_gates("rzz"),
    "cz and rzz": with_gates("cz", "rzz"),
    "fractional": fractional(),
}


on_targets = pytest.mark.parametrize("target", TARGETS)


def layout_of(circuit, n):
    """Qubits on which slots start and end."""
    if circuit.layout is None:
        return list(range(n)), list(range(n))
    layout = circuit.layout
    starts = layout.initial_index_layout(filter_ancillas=True)
    return starts, layout.final_index_layout(filter_ancillas=True)


def index_of(circuit, item):
    return [circuit.find_bit(qubit).index for qubit in item.qubits]


def unitary(circuit, n):
    """The matrix between slots, global phase included; idle qubits are in 0 and left out."""
    starts, ends = layout_of(circuit, n)
    touched = {place for item in circuit.data for place in index_of(circuit, item)}
    used = sorted({*starts, *ends} | touched)
    small = QuantumCircuit(len(used), global_phase=circuit.global_phase)
    for item in circuit.data:
        small.append(item.operation, [used.index(place) for place in index_of(circuit, item)])
    x = np.arange(2**n)
    rows, columns = (
        sum((x >> i & 1) << used.index(place) for i, place in enumerate(places))
        for places in (ends, starts)
    )
    return Operator(small).data[np.ix_(rows, columns)]


def followed(circuit, n):
    """Theta of every parity, ``exp(-i theta Z..Z)``, on the qubits of a target; not `phases_of`."""
    starts, ends = layout_of(circuit, n)
    held = [set() for _ in range(circuit.num_qubits)]
    for slot, place in enumerate(starts):
        held[place] = {slot}
    total = {frozenset(): -float(circuit.global_phase)}
    for item in circuit.data:
        places = index_of(circuit, item)
        name = item.operation.name
        if name == "cx":
            held[places[1]] = held[places[1]] ^ held[places[0]]
        elif name == "swap":
            a, b = places
            held[a], held[b] = held[b], held[a]
        else:
            assert name in ("rz", "rzz")
            parity = frozenset()
            for place in places:
                parity ^= held[place]
            total[parity] = total.get(parity, 0.0) + float(item.operation.params[0]) / 2
    assert [held[place] for place in ends] == [{slot} for slot in range(n)]
    return {sum(1 << slot for slot in parity): theta for parity, theta in total.items()}


def assert_same_phases(found, exact, tolerance=1e-9):
    """Up to whole turns of Z..Z, which are signs, and these together are one."""
    signs = 0
    for mask in {*found, *exact}:
        difference = found.get(mask, 0.0) - exact.get(mask, 0.0)
        signs += round(difference / math.pi)
        assert abs(math.remainder(difference, math.pi)) < tolerance
    assert signs % 2 == 0


def assert_on_edges(circuit, target):
    coupling = target if isinstance(target, CouplingMap) else target.build_coupling_map()
    edges = {frozenset(edge) for edge in coupling.get_edges()}
    pairs = {frozenset(index_of(circuit, item)) for item in circuit.data if len(item.qubits) == 2}
    assert pairs <= edges


def harmonic(n):
    return PathSum.step(n, [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)], [n])


def random_series(n, count, seed):
    rng = np.random.default_rng(seed)
    masks = sorted({int(m) for m in rng.integers(0, 2**n, size=count)})
    return WalshSeries(n, np.array(masks, dtype=np.int64), rng.normal(size=len(masks)))


# (a) Diagonals.


@given(st.integers(1, 6), st.integers(0, 1000), st.integers(0, 12), st.floats(-4, 4))
@settings(max_examples=40)
def test_random_strings_are_exact(n, seed, count, angle):
    series = random_series(n, count, seed)
    circuit = compile_phase(series, angle=angle, effort=0.02).circuit
    exact = np.exp(-1j * angle * series.values())
    np.testing.assert_allclose(Operator(circuit).data, np.diag(exact), atol=1e-12)


@pytest.mark.parametrize("target", [("all"), "line", "cz"])
@pytest.mark.parametrize("mask", [0b11, 0b101, 0b1110])
def test_one_string(mask, target):
    series = WalshSeries(4, np.array([mask]), np.array([0.3]))
    circuit = compile_phase(series, target=TARGETS[target], effort=0.05).circuit
    exact = np.diag(np.exp(-1j * series.values()))
    np.testing.assert_allclose(unitary(circuit, 4), exact, atol=1e-12)


@pytest.mark.parametrize("n", [(2), 3, 5, 7, 8])
def test_random_diagonals_are_exact(n):
    values = np.random.default_rng(n).normal(size=2**n) * 10
    circuit = compile_phase(values, angle=0.37, effort=0.05).circuit
    exact = np.diag(np.exp(-0.37j * values))
    np.testing.assert_allclose(Operator(circuit).data, exact, atol=1e-12)  # measured: 2e-14
    assert circuit.num_nonlocal_gates() == 2**n - 2


@pytest.mark.each_value
@on_targets
@pytest.mark.parametrize("n", [4, 5])
def test_diagonals_on_targets_are_exact(n, target):
    """Global phase included; qubits may be permuted only as the layout says."""
    series = random_series(n, 9, n)
    circuit = compile_phase(series, angle=1.3, target=TARGETS[target], effort=0.05).circuit
    exact = np.diag(np.exp(-1.3j * series.values()))
    np.testing.assert_allclose(unitary(circuit, n), exact, atol=1e-10)  # measured: 5e-14
    if isinstance(TARGETS[target], CouplingMap | Target):
        assert_on_edges(circuit, TARGETS[target])


@given(st.integers(2, 6), st.integers(0, 200))
@settings(max_examples=10)
def test_diagonals_on_random_couplings_are_exact(n, seed):
    coupling = random_coupling(n + 1, seed)
    series = random_series(n, 8, seed)
    circuit = compile_phase(series, target=coupling, effort=0.05).circuit
    exact = np.diag(np.exp(-1j * series.values()))
    np.testing.assert_allclose(unitary(circuit, n), exact, atol=1e-10)
    assert_on_edges(circuit, coupling)


# (b) Steps.


SCHEDULE = Schedule((Stage(0.3, 0.2, 1), Stage(0.2, 0.3, 1)))


PROBLEMS = {
    "1-D": Problem(Grid([(-1, 2)], [3]), "x**3 - x"),
    "2-D": Problem(Grid([(-1, 1), (0, 2)], [2, 3]), "x**3*y + y**2*x - x"),
    "2-D separable": Problem(Grid([(-1, 1), (0, 2)], [3, 3]), "x**2 + y**2"),
    "3-D": Problem(Grid([(-1, 1), (0, 2), (1, 2)], [1, 2, 1]), "x*y*z - y**2 + x"),
    "one qubit": Problem(Grid([(-1, 1)], [1]), "x"),
}


EFFORT = 0.05


def assert_exact(problem, compiler="walsh", *, formula="strang", **options):
    """The whole circuit, uniform state and all, against the gates by rule."""
    compiler = Compiler(compiler, budget="exact", **options)
    circuit = build(problem, SCHEDULE, formula=formula, compiler=compiler)
    exact = Operator(build(problem, SCHEDULE, formula=formula)).data
    n = problem.grid.num_qubits
    np.testing.assert_allclose(unitary(circuit, n), exact, atol=1e-10)  # measured: 2e-13
    return circuit


@pytest.mark.each_value
@pytest.mark.parametrize("formula", ["lie", "strang"])
@pytest.mark.parametrize("compiler", ["joint", "separate"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_steps_are_exact(name, compiler, formula):
    """Slots end anywhere, and the layout says where."""
    problem = PROBLEMS[name]
    circuit = assert_exact(problem, compiler=compiler, formula=formula, effort=EFFORT)
    walsh = Operator(build(problem, SCHEDULE, formula=formula)).data
    # Qiskit reads the layout in the same way.
    np.testing.assert_allclose(Operator.from_circuit(circuit).data, walsh, atol=1e-10)


@pytest.mark.each_value
@on_targets
@pytest.mark.parametrize("compiler", ["joint", "separate"])
@pytest.mark.parametrize("name", ["1-D", "2-D"])
def test_steps_on_targets_are_exact(name, compiler, target):
    target = TARGETS[target]
    circuit = assert_exact(PROBLEMS[name], compiler=compiler, target=target, effort=EFFORT)
    if isinstance(target, CouplingMap | Target):
        assert_on_edges(circuit, target)


@pytest.mark.slow
@on_targets
@pytest.mark.parametrize("name", ["1-D", "2-D", "3-D"])
def test_well_searched_steps_on_targets_are_exact(name, target):
    assert_exact(PROBLEMS[name], compiler="joint", target=TARGETS[target], effort=1.0)


def test_separable_steps_of_two_qubits():
    """The last half phase has one string per axis."""
    problem = Problem(Grid([(-1, 1), (0, 2)], [2, 2]), "x**2 + y**2")
    assert_exact(problem, compiler="joint", effort=EFFORT)


@pytest.mark.parametrize("seed", range(3))
def test_steps_on_random_couplings_are_exact(seed):
    coupling = random_coupling(5, seed)
    circuit = assert_exact(PROBLEMS["3-D"], compiler="joint", target=coupling, effort=EFFORT)
    assert_on_edges(circuit, coupling)
    x = np.arange(16)
    whole = Operator.from_circuit(circuit).data  # ancillas are the highest bits
    exact = Operator(build(PROBLEMS["3-D"], SCHEDULE)).data
    np.testing.assert_allclose(whole[np.ix_(x, x)], exact, atol=1e-10)


@pytest.mark.parametrize("compiler", ["walsh", "qiskit"])
@pytest.mark.parametrize("target", ["line", "heavy-hex", "ecr", "rzz"])
def test_blocks_by_rule_on_targets_are_exact(compiler, target):
    assert_exact(PROBLEMS["3-D"], compiler=compiler, target=TARGETS[target])


def test_on_edges_steps_come_home_so_that_one_network_serves_all():
    """But for the last two phases: nothing follows the last, which may begin anywhere."""
    phases = make_recipe(Schedule.constant(0.2, num_steps=4, time_step=0.1), "strang").phases
    options = {"joint": True, "effort": EFFORT, "seed": 0}
    edges = NetworkBuilder(PROBLEMS["1-D"], target="line", **options)
    assert [p.home for p in edges.pieces(phases)] == [True] * 3 + [False] * 2
    assert all(p.home for p in edges.pieces(phases, last=False))
    free = NetworkBuilder(PROBLEMS["1-D"], **options)
    assert [len(p.phases) for p in free.pieces(phases)] == [2, 2, 2, 2, 1]
    assert not any(p.home for p in free.pieces(phases))


def test_steps_above_were_searched():
    """Otherwise the tests above compare the rules with themselves."""
    for problem in PROBLEMS.values():
        builder = NetworkBuilder(problem, joint=True, effort=EFFORT, seed=0)
        assert builder.joint


@pytest.mark.parametrize("target", [None, with_gates("cx")])
def test_networks_need_fewer_gates_than_rules(target):
    problem = PROBLEMS["2-D"]
    joint, separate, walsh = (
        build(problem, SCHEDULE, compiler=Compiler(c, budget="exact", effort=0.05, target=target))
        for c in ("joint", "separate", "walsh")
    )
    # A cp of the rules is two CX; measured on edges: 0.5 of the rules, which Qiskit routes.
    rules = walsh.num_nonlocal_gates() + walsh.count_ops().get("cp", 0)
    assert joint.num_nonlocal_gates() < (0.9 if target is None else 0.7) * rules
    assert separate.num_nonlocal_gates() < rules


# (c) More qubits.


@pytest.mark.few(1)
@pytest.mark.parametrize("n", [12, 16, 20])
def test_many_qubits_by_parities(n):
    series = random_series(n, 15, n)
    circuit = compile_phase(series, angle=2.5, effort=0.1).circuit
    exact = {mask: 2.5 * c for mask, c in series.to_dict().items()}
    assert_same_phases(followed(circuit, n), exact)
    assert_same_phases(phases_of(circuit).to_dict(), exact)


@pytest.mark.each_value
@pytest.mark.parametrize("target", ["line", "heavy-hex", "square", random_coupling(14, 1)])
@pytest.mark.parametrize("n", [9, 13])
def test_many_qubits_on_edges_by_parities(n, target):
    """13 are too many for a search on edges: there Qiskit routes, and the layout tells how."""
    series = random_series(n, 10, n)
    circuit = compile_phase(series, target=target, effort=0.1).circuit
    assert_same_phases(followed(circuit, n), series.to_dict())


def optimal_costs(pairs, *, home):
    """Fewest CX on 3 wires that visit a set of strings, for every set: search over all circuits."""
    strings = {0b011: 1, 0b101: 2, 0b110: 4, 0b111: 8}
    start = ((1, 2, 4), 0)
    cost, front, found = 0, [start], {}
    seen = {start}
    while front:
        for held, visited in front:
            at_home = held == (1, 2, 4) if home else sorted(held) == [1, 2, 4]
            if at_home:
                found.setdefault(visited, cost)
        after = []
        for held, visited in front:
            for a, b in pairs:
                for control, target in ((a, b), (b, a)):
                    new = list(held)
                    new[target] ^= new[control]
                    state = tuple(new), visited | strings.get(new[target], 0)
                    if state not in seen:
                        seen.add(state)
                        after.append(state)
        front, cost = after, cost + 1
    return {
        tuple(s for s, bit in strings.items() if wanted & bit): min(
            c for visited, c in found.items() if visited & wanted == wanted
        )
        for wanted in range(16)
    }


@pytest.mark.parametrize("home", [True, False])
@pytest.mark.parametrize("line", [False, True])
def test_three_qubits_are_optimal(line, home):
    """All 16 sets of strings; bound below, and on all pairs also what is found."""
    topology = Topology.line(3) if line else Topology(3)
    for strings, optimum in optimal_costs(topology.pairs, home=home).items():
        path_sum = PathSum.diagonal(3, strings, home=home)
        assert lower_bound(path_sum, topology) <= optimum
        network = synthesize(path_sum, topology, effort=0.2)
        assert network.num_two_qubit_gates == optimum


# (e) Conduct.


def fresh(path_sum, topology, **options):
    """Without the cache."""
    return synthesize.__wrapped__(path_sum, topology, **options)


@pytest.fixture
def searches(monkeypatch):
    """Searches that were run."""
    seen = []
    run = BeamSearch.run

    def spy(self, **options):
        seen.append(self)
        return run(self, **options)

    monkeypatch.setattr(BeamSearch, "run", spy)
    return seen


@pytest.mark.parametrize(
    "path_sum",
    [PathSum.diagonal(5, random_series(5, 12, 1).masks.tolist()), PathSum.step(3, [3, 5], [3])],
)
@pytest.mark.parametrize("topology", [Topology, Topology.line])
def test_equal_seeds_give_equal_networks(path_sum, topology):
    topology = topology(path_sum.num_slots)
    a, b = (fresh(path_sum, topology, effort=0.1, seed=5) for _ in range(2))
    assert a is not b
    assert a.gates == b.gates
    assert a.wires == b.wires


def test_a_second_call_costs_nothing(searches):
    path_sum = PathSum.diagonal(4, [3, 6, 13, 15])
    first = synthesize(path_sum, Topology(4), effort=0.11)
    done = len(searches)
    assert synthesize(PathSum.diagonal(4, [15, 13, 6, 3]), Topology(4), effort=0.11) is first
    assert len(searches) == done > 0


@pytest.mark.parametrize("target", ["all", "line", "heavy-hex"])
def test_out_of_time_the_best_so_far_is_taken(target, searches):
    """Between all pairs rules need no time; on edges a narrow search always runs."""
    values = np.random.default_rng(0).normal(size=32)
    options = {"target": TARGETS[target], "effort": 4.0}
    phase = compile_phase(values, **options, time_limit=1e-9)
    exact = np.diag(np.exp(-1j * values))
    np.testing.assert_allclose(unitary(phase.circuit, 5), exact, atol=1e-12)
    assert all(search.width < 40 for search in searches)
    if target == "all":
        assert not searches


@pytest.mark.slow
def test_out_of_time_many_strings_on_a_line_are_found(searches):
    values = np.random.default_rng(0).normal(size=256)
    report = compile_phase(values, target="line", effort=4.0, time_limit=1e-9).report
    assert report.method == "beam"
    assert len(searches) == 1


@pytest.mark.parametrize("target", ["all", "line", "rzz"])
def test_steps_out_of_time_are_still_searched(target, searches):
    problem, options = PROBLEMS["1-D"], {"compiler": "joint", "time_limit": 1e-9}
    assert_exact(problem, target=TARGETS[target], effort=4.0, **options)
    assert searches
    assert all(search.width < 40 for search in searches)


@pytest.mark.parametrize("effort", [1e-6, 0.01, 0.1, 0.3])
def test_any_effort_finds_a_step(effort):
    """There was a range of efforts that found nothing."""
    for topology in (Topology(5), Topology.line(5), Topology(5, rzz=True)):
        assert synthesize(harmonic(5), topology, effort=effort) is not None


def test_parts_are_not_joined(searches):
    """Rastrigin-like: no string joins the axes, and equal axes are searched once."""
    one = [0b011, 0b101, 0b110, 0b111]
    path_sum = PathSum.diagonal(6, [*one, *(mask << 3 for mask in one)])
    network = fresh(path_sum, Topology(6), effort=0.21)
    for gate in network.gates:
        assert len({wire // 3 for wire in gate.wires}) == 1
    assert network.num_two_qubit_gates == 2 * 6
    searched = len(searches)
    assert all(search.path_sum.num_slots == 3 for search in searches)
    alone = fresh(PathSum.diagonal(3, one), Topology(3), effort=0.21 / 2)
    assert alone.num_two_qubit_gates == 6
    assert len(searches) - searched == searched


def test_interleaved_parts_go_back_to_their_slots():
    """Slots 0, 2, 4 and 1, 3, 5; the angles of the terms follow."""
    masks = [0b010101, 0b000101, 0b001010, 0b101000]
    path_sum = PathSum.diagonal(6, masks)
    assert len(path_sum.parts()) == 2
    network = fresh(path_sum, Topology(6), effort=0.1)
    angles = {mask: 0.1 * mask + 0.3 for mask in (*masks, 1, 8)}
    assert_same_phases(followed(network.circuit(angles), 6), angles)


def test_separable_steps_do_not_join_the_registers():
    problem = Problem(Grid([(-1, 1), (0, 2)], [3, 3]), "x**4 + y**4")
    circuit = build(problem, SCHEDULE, compiler=Compiler("joint", budget="exact", effort=EFFORT))
    for item in circuit.data:
        assert len({place // 3 for place in index_of(circuit, item)}) == 1
    exact = Operator(build(problem, SCHEDULE)).data
    np.testing.assert_allclose(unitary(circuit, 6), exact, atol=1e-10)


# (f) What was promised.


@pytest.mark.parametrize(("n", "most", "effort"), [(4, 28, 0.3), (6, 71, 1.0)])
def test_harmonic_step(n, most, effort):
    network = synthesize(harmonic(n), Topology(n), effort=effort)
    assert network.num_two_qubit_gates <= most


@pytest.mark.slow
def test_harmonic_step_of_eight_qubits():
    network = synthesize(harmonic(8), Topology(8))
    assert network.num_two_qubit_gates <= 137


def test_rules_are_in_the_portfolio():
    assert {"chain": chain, "gray": gray, "gray_synth": gray_synth} == portfolio.RULES


@pytest.mark.parametrize("line", [False, True])
def test_a_step_of_two_qubits_costs_two_gates(line):
    """One for the term of the potential and one for that of the kinetic phase; the H between
    carry over what the wires hold."""
    network = synthesize(PathSum.step(2, [3], [2]), Topology.line(2) if line else Topology(2))
    assert network.num_two_qubit_gates == 2


@pytest.mark.parametrize("n", [3, 4])
def test_labels_save_gates(n):
    """Variables that start inside a parity: a harmonic step meets its bound, one gate per term."""
    masks = [1 << i | 1 << j for i in range(n) for j in range(i)]
    path_sum = PathSum.step(n, masks, [n])
    network = synthesize(path_sum, Topology(n), effort=2)
    assert network.labels
    assert network.num_two_qubit_gates == len(path_sum.terms) == 4 * len(masks)


@pytest.mark.parametrize("size", [6, 8])
def test_axes_of_two_qubits_on_a_line_come_home(size):
    """Two variables have to be alone on two wires together: one by one they get in each other's
    way, and a narrow search would never end."""
    masks = np.random.default_rng(size).choice(2**size - 1, size=8, replace=False) + 1
    path_sum = PathSum.step(size, masks.tolist(), [2] * (size // 2), home=True)
    network = synthesize(path_sum, Topology.line(size), effort=1e-6)
    assert network is not None
    assert synthesize(path_sum, Topology.line(size), time_limit=1e-9) is not None


@pytest.mark.parametrize("seed", range(8))
def test_restarts_keep_the_rule_of_their_labels(seed):
    """With RZZ gates an H may come earlier, when a labelled wire still holds something else."""
    topology = Topology(3, rzz=True)
    path_sum = PathSum.step(3, [5, 6, 7], [3])
    plain = replace(topology, rzz=False)
    known = _search(path_sum, plain, STEP_WEIGHTS[0], 16, seed, None, None)
    again = _search(path_sum, topology, STEP_WEIGHTS[0], 16, seed + 2, known, None, 0.2)
    assert known.labels
    assert again is None or not again.rzz
    broken = dict.fromkeys(known.labels, 0)
    assert trace(path_sum, known.moves, labels=broken) is None


@pytest.mark.parametrize(("compiled", "terminal"), list(itertools.product([False, True], repeat=2)))
def test_the_first_search_of_all_says_that_it_is_compiled(compiled, terminal, monkeypatch, capsys):
    monkeypatch.setattr(portfolio, "is_kept", lambda function: compiled)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    portfolio._engine.cache_clear()
    assert portfolio._engine() is portfolio._engine() is BeamSearch
    said = capsys.readouterr()
    assert said.out == ""
    assert ("Compiling" in said.err) == (terminal and not compiled)


def test_what_is_compiled_is_kept_where_there_is_a_folder(monkeypatch):
    assert synthesize(PathSum.step(3, [3], [3]), Topology(3), effort=0.01) is not None
    assert compiled.is_kept(breed)

    def njit(*, cache=False, **options):
        if cache:
            raise RuntimeError("no locator available")
        return real(**options)

    real = numba.njit
    monkeypatch.setattr(numba, "njit", njit)
    bare = compiled.compiled(breed.py_func)
    assert bare.stats.cache_path is None
    assert not compiled.is_kept(bare)


def test_a_notebook_is_told_as_well(monkeypatch, capsys):
    monkeypatch.setattr(portfolio, "is_kept", lambda function: False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    portfolio._engine.cache_clear()
    portfolio._engine()
    assert "about 25 s" in capsys.readouterr().err
