"""`compile_phase`: the report says what the circuit does, and nothing wrong is taken silently."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap, Target

from qdml_quantum import Gaussian, Grid, Problem
from qdml_quantum.synthesis.circuits.verify import phases_of
from qdml_quantum.synthesis.compiler import Budget
from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.phase import compile_phase
from qdml_quantum.synthesis.phases.walsh import WalshSeries

X = np.linspace(-1, 1, 32, endpoint=False)
VALUES = X**4 - 0.7 * X**3 + 0.1 * np.sin(9 * X)
LINE = CouplingMap.from_line(6)
CZ = Target.from_configuration(["cz", "rz", "sx", "x"], coupling_map=CouplingMap.from_ring(6))
BUDGETS = ["exact", ("max", 0.02), ("rms", 0.02), ("state", 0.02)]
targets = pytest.mark.parametrize("target", [None, LINE, CZ], ids=["all", "line", "cz"])
angles = pytest.mark.parametrize("angle", [1.0, -2.5, 0.3])
FAST = {"effort": 0.05}


def density(kind):
    return np.exp(-(X**2)) if kind == "state" else None


def compiled(budget="exact", **options):
    kind = Budget.of(budget).kind
    return compile_phase(VALUES, budget=budget, density=density(kind), **FAST | options)


def matrix(circuit, n):
    """Between slots; idle qubits are in 0, and the highest ones as Qiskit reads the layout."""
    return Operator.from_circuit(circuit).data[: 2**n, : 2**n]


def difference(circuit, values):
    """Phase of the circuit minus that of ``exp(-i values)``, the circuit being diagonal."""
    diagonal = np.diag(circuit)
    np.testing.assert_allclose(circuit, np.diag(diagonal), atol=1e-12)
    np.testing.assert_allclose(np.abs(diagonal), 1, atol=1e-12)
    return np.angle(diagonal * np.exp(1j * values))


@targets
@pytest.mark.parametrize("budget", BUDGETS)
def test_report_tells_the_circuit(budget, target):
    phase = compiled(budget, target=target)
    circuit, report = phase.circuit, phase.report
    assert report.num_qubits == 5
    assert report.budget == (Budget.of(budget).kind, Budget.of(budget).limit)
    assert report.two_qubit_gates == sum(len(item.qubits) == 2 for item in circuit.data)
    assert report.two_qubit_depth == circuit.depth(lambda item: len(item.qubits) == 2)
    kept = [mask for mask in phase.series.masks.tolist() if mask.bit_count() > 1]
    assert report.strings == len(kept) == len(phase.network.path_sum.terms)
    whole = WalshSeries.of_values(VALUES)
    assert report.strings_exact == int((whole.weights > 1).sum())
    assert report.lower_bound == lower_bound(PathSum.diagonal(5, kept), Topology(5))
    assert report.two_qubit_gates >= report.lower_bound
    assert report.above_bound == report.two_qubit_gates / report.lower_bound - 1
    assert report.method in ("rewriting", "beam", "gray", "gray_synth", "chain")
    assert report.seconds > 0
    # Nothing has to be routed: the network is one on the edges.
    assert report.two_qubit_gates == phase.network.num_two_qubit_gates
    if target is not None:
        assert circuit.num_qubits == 6
        coupling = target.build_coupling_map() if isinstance(target, Target) else target
        edges = {frozenset(edge) for edge in coupling.get_edges()}
        pairs = [
            frozenset(circuit.find_bit(q).index for q in item.qubits)
            for item in circuit.data
            if len(item.qubits) == 2
        ]
        assert set(pairs) <= edges


@pytest.mark.each_value
@angles
@targets
@pytest.mark.parametrize("budget", BUDGETS)
def test_errors_are_those_of_the_operator(budget, target, angle):
    """Half range, rms and rms over the density, of the angle times the values."""
    phase = compiled(budget, target=target, angle=angle)
    found = difference(matrix(phase.circuit, 5), angle * VALUES)
    report = phase.report
    assert np.ptp(found) / 2 == pytest.approx(report.max_error, abs=1e-9)
    assert found.std() == pytest.approx(report.rms_error, abs=1e-9)
    assert report.actual_error == pytest.approx(report.max_error, abs=1e-9)
    kind, limit = report.budget
    if kind == "state":
        weights = density(kind) / density(kind).sum()
        mean = weights @ found
        rms = math.sqrt(weights @ (found - mean) ** 2)
        assert rms == pytest.approx(report.state_error, abs=1e-9)
        assert report.state_error <= limit
    else:
        assert report.state_error is None
    if kind in ("max", "rms"):
        assert getattr(report, f"{kind}_error") <= limit
    if kind == "exact":
        # Global phase included; measured: 1e-13 with CZ, 1e-15 else.
        np.testing.assert_allclose(found, 0, atol=1e-11)
        assert report.max_error == 0
    else:
        assert report.strings < report.strings_exact
        assert report.max_error > 0


@given(
    st.integers(3, 6),
    st.integers(0, 1000),
    st.sampled_from(["max", "rms"]),
    st.floats(0.01, 0.5),
    st.sampled_from([0.3, 1.0, -3.0]),
)
@settings(max_examples=40)
def test_certified_errors_are_actual(n, seed, kind, limit, angle):
    """Coefficients from 1 down to 1e-4, and two that stay."""
    rng = np.random.default_rng(seed)
    coefficients = 10.0 ** rng.uniform(-4, 0, size=2**n) / abs(angle)
    coefficients[[0b011, 0b110]] = 20.0
    series = WalshSeries(n, np.arange(2**n), coefficients)
    report = compile_phase(series, angle=angle, budget=(kind, limit), effort=0.01).report
    assert getattr(report, f"{kind}_error") <= limit * (1 + 1e-12)
    assert report.actual_error == pytest.approx(report.max_error, abs=1e-9)


@pytest.mark.parametrize("target", [None, LINE, CZ], ids=["all", "line", "cz"])
@pytest.mark.parametrize("angle", [0.3, -7.0, 100.0])
def test_other_angles_have_the_same_structure(target, angle):
    phase = compiled(target=target, angle=1.0)
    other = phase.at(angle)
    assert [(i.operation.name, i.qubits) for i in other.data if len(i.qubits) == 2] == [
        (i.operation.name, i.qubits) for i in phase.circuit.data if len(i.qubits) == 2
    ]
    if target is None:
        assert other.count_ops() == phase.circuit.count_ops()
    exact = np.diag(np.exp(-1j * angle * VALUES))
    np.testing.assert_allclose(matrix(other, 5), exact, atol=1e-10)


def test_circuit_is_made_once():
    phase = compiled()
    assert phase.circuit is phase.circuit
    assert phase.angle == 1.0


def test_equal_arguments_give_equal_circuits():
    a, b = (compiled(("max", 0.01), seed=3) for _ in range(2))
    assert a.circuit == b.circuit


def test_problem():
    """In state-vector order: axes of different size; the density may have the grid's shape."""
    problem = Problem(Grid([(-1, 1), (0, 2)], [2, 3]), "x**2*y + 0.3*y**2")
    values = problem.grid.to_vector(problem.values)
    circuit = compile_phase(problem, angle=0.7, **FAST).circuit
    np.testing.assert_allclose(Operator(circuit).data, np.diag(np.exp(-0.7j * values)), atol=1e-12)
    cloud = np.abs(Gaussian((0.2, 0.5), 0.3).amplitudes(problem.grid)) ** 2
    budget = ("state", 0.05)
    shaped = compile_phase(problem, budget=budget, density=cloud, **FAST).report
    flat = compile_phase(values, budget=budget, density=problem.grid.to_vector(cloud), **FAST)
    assert shaped.state_error == flat.report.state_error > 0
    assert shaped.strings == flat.report.strings


def test_density_need_not_be_normalised():
    budget = ("state", 0.02)
    reports = [
        compile_phase(VALUES, budget=budget, density=scale * density("state"), **FAST).report
        for scale in (1.0, 7.0)
    ]
    assert reports[0].state_error == pytest.approx(reports[1].state_error)
    assert reports[0].strings == reports[1].strings


def test_density_decides():
    """Nobody is on the right half: whatever the phase does there costs nothing."""
    weights = np.where(X < 0, 1.0, 0.0)
    kink = np.where(X < 0, X, 5 * np.sin(20 * X))
    report = compile_phase(kink, budget=("state", 0.2), density=weights, **FAST).report
    assert report.state_error <= 0.2
    assert report.max_error > 1


def test_series():
    series = WalshSeries.of_values(VALUES)
    assert compile_phase(series, **FAST).circuit == compiled().circuit


def test_series_of_forty_qubits():
    """Nothing is summed up: bounds from the coefficients, the circuit from parities."""
    masks = np.array([0, 1, 0b11, 0b111 << 20, 0b1011 << 30 | 1, 1 << 39 | 1])
    series = WalshSeries(40, masks, np.array([5.0, 1.0, 0.5, 0.01, 0.02, 0.25]))
    phase = compile_phase(series, angle=2.0, budget=("max", 0.05), **FAST)
    report = phase.report
    assert report.actual_error is None
    # 2 (0.01 + 0.02) would be too much.
    assert report.max_error == pytest.approx(0.02)
    assert report.rms_error == pytest.approx(0.02)
    assert (report.strings, report.strings_exact) == (3, 4)
    found = phases_of(phase.circuit).to_dict()
    kept = {mask: 2 * c for mask, c in phase.series.to_dict().items()}
    for mask in {*found, *kept} - {0}:
        assert found.get(mask, 0.0) == pytest.approx(kept.get(mask, 0.0), abs=1e-12)
    assert math.remainder(found[0] - 10.0, 2 * math.pi) == pytest.approx(0, abs=1e-12)
    assert "not summed up" in str(report)


def test_angle_zero():
    phase = compiled(("max", 0.01), angle=0.0)
    np.testing.assert_allclose(Operator(phase.circuit).data, np.eye(32), atol=1e-15)
    assert phase.report.max_error == phase.report.actual_error == 0.0
    np.testing.assert_allclose(difference(Operator(phase.at(1.0)).data, VALUES), 0, atol=0.02)


@pytest.mark.parametrize(("angle", "kind"), [(1e-320, "max"), (1e-200, "rms")])
def test_tiny_angles_need_no_strings(angle, kind):
    assert compiled((kind, 0.01), angle=angle).report.strings == 0


@pytest.mark.parametrize("target", [None, "line", "heavy-hex", LINE, CZ])
def test_one_qubit(target):
    phase = compile_phase([0.3, 1.4], angle=2.0, target=target, **FAST)
    circuit = phase.circuit
    if circuit.num_qubits < 10:
        exact = np.diag(np.exp([-0.6j, -2.8j]))
        np.testing.assert_allclose(matrix(circuit, 1), exact, atol=1e-12)
    assert phase.report.two_qubit_gates == phase.report.strings == phase.report.lower_bound == 0
    assert phase.report.above_bound == 0.0
    assert "none needed" in str(phase.report)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_constants_are_a_global_phase(n):
    phase = compile_phase(np.full(2**n, 2.5), angle=3.0, **FAST)
    assert phase.circuit.size() == 0
    assert phase.circuit.num_qubits == n
    assert math.remainder(phase.circuit.global_phase + 7.5, 2 * math.pi) == pytest.approx(0)
    assert phase.report.actual_error == 0.0


def test_phases_beyond_pi():
    """A polynomial stays one: no more strings than for a small factor."""
    large, small = (compile_phase(scale * X**2, **FAST) for scale in (1e3, 0.1))
    assert large.report.strings == small.report.strings == 10
    exact = np.diag(np.exp(-1e3j * X**2))
    np.testing.assert_allclose(Operator(large.circuit).data, exact, atol=1e-9)


def test_actual_error_keeps_a_large_budget():
    """Left out are phases of 1.9, 0.1, -0.1 and -1.9: the last is 3.8 from the first."""
    masks = np.array([0b011, 0b101, 0b110, 0b111])
    series = WalshSeries(3, masks, np.array([1.0, 0.9, 5.0, 4.0]))
    report = compile_phase(series, budget=("max", 2.0), **FAST).report
    assert report.max_error == pytest.approx(1.9)
    assert report.actual_error <= 1.9 + 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_phases_of_any_diagonal_circuit(seed):
    """Every gate that may be in one, against matrices; the way home is the way back."""
    rng = np.random.default_rng(seed)
    half, middle = QuantumCircuit(4), QuantumCircuit(4, global_phase=rng.normal())
    for circuit, names in ((half, ("cx", "swap", "rz", "p")), (middle, ("rz", "rzz", "cp", "p"))):
        for name in rng.choice(names, 12).tolist():
            places = rng.permutation(4)[: 1 if name in ("rz", "p") else 2].tolist()
            given_ = [] if name in ("cx", "swap") else [rng.normal(scale=3)]
            getattr(circuit, name)(*given_, *places)
        circuit.barrier()
    whole = half.compose(middle).compose(half.inverse())
    found = phases_of(whole)
    exact = Operator(whole).data
    np.testing.assert_allclose(np.diag(np.exp(-1j * found.values())), exact, atol=1e-12)


def test_phases_of_what_is_no_diagonal():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    with pytest.raises(ValueError, match=r"`circuit` must hold cx.* but is h"):
        phases_of(circuit)
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    with pytest.raises(ValueError, match="`circuit` must bring every qubit home"):
        phases_of(circuit)


def test_report_is_plain_json_and_readable():
    report = compiled(("max", 0.02)).report
    data = json.loads(json.dumps(report.to_dict()))
    assert data["budget"] == ["max", 0.02]
    assert data["above_bound"] == report.above_bound
    assert set(data) == {*report.__dataclass_fields__, "above_bound"}
    text = str(report)
    for part in (
        "phase on 5 qubits, budget max 0.02 rad",
        f"{report.strings} of {report.strings_exact}",
        f"{report.two_qubit_gates}, depth {report.two_qubit_depth}",
        report.method,
    ):
        assert part in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"values": [0.0, np.nan]}, "`values` must be finite, but is nan at index 1"),
        ({"values": [0.0, np.inf]}, "`values` must be finite, but is inf at index 1"),
        ({"values": [0.0, 1j]}, "`values` must hold real numbers, but is complex, 1j at index 1"),
        ({"values": np.ma.masked_equal([0.0, -9.0], -9.0)}, "is masked at index 1"),
        ({"values": np.exp(1j * X)}, "`values` must hold real numbers, but is complex"),
        ({"values": np.ones(6)}, r"`values` must have the shape \(2\^n,\)"),
        ({"values": np.ones((4, 4))}, r"`values` .* use grid.to_vector"),
        ({"values": []}, r"`values` must have the shape \(2\^n,\)"),
        ({"values": "harmonic"}, "`values` must hold real numbers"),
        ({"budget": ("max", 0)}, "`budget` must be more than 0 radians"),
        ({"budget": ("rms", -1)}, "`budget` must be more than 0 radians"),
        ({"budget": ("mean", 0.1)}, "`budget` must be of kind exact, max, rms, state"),
        ({"budget": 0.1}, "`budget` must"),
        ({"budget": ("state", 0.1)}, "`density` must be given with budget=.* but is missing"),
        (
            {"density": np.ones(32)},
            "`density` must be given with .*state.* and only then, but is given with kind exact",
        ),
        ({"budget": ("max", 0.1), "density": np.ones(32)}, "`density` must .* kind max"),
        (
            {"budget": ("state", 0.1), "density": np.ones(16)},
            r"`density` must have the shape \(2\^5,\), at most 2\^26, but is of shape \(16,\)",
        ),
        ({"budget": ("state", 0.1), "density": np.full(32, -1.0)}, "`density` must be prob"),
        ({"budget": ("state", 0.1), "density": np.zeros(32)}, "`density` must be prob"),
        ({"budget": ("state", 0.1), "density": np.full(32, np.nan)}, "`density` must be finite"),
        ({"target": "lnie"}, "Unknown target 'lnie'. Did you mean `line`?"),
        ({"target": 7}, "`target` must be a name, a CouplingMap, a Target or a backend"),
        (
            {"target": CouplingMap([[0, 1], [2, 3], [3, 4]])},
            "`target` must have 5 qubits that reach each other",
        ),
        ({"target": CouplingMap.from_line(4)}, "`target` must have at least 5 qubits.* with 4"),
        ({"target": Topology.line(4)}, "`target` must have at least 5 qubits"),
        (
            {"target": Target.from_configuration(["iswap", "rz"], num_qubits=6)},
            "`target` must have one of the gates cx, cz, ecr, rzz",
        ),
        ({"effort": 0}, "`effort` must be more than 0, but is 0"),
        ({"effort": -1.0}, "`effort` must be more than 0"),
        ({"effort": math.nan}, "`effort` must be more than 0, but is nan"),
        ({"time_limit": 0}, "`time_limit` must be more than 0 seconds"),
        ({"time_limit": -1}, "`time_limit` must be more than 0 seconds"),
        ({"time_limit": math.nan}, "`time_limit` must be more than 0 seconds"),
        ({"angle": math.nan}, "`angle` must be finite, but is nan"),
        ({"angle": math.inf}, "`angle` must be finite, but is inf"),
        ({"angle": "1"}, "`angle` must"),
        ({"angle": 1j}, "`angle` must"),
        ({"effort": "much"}, "`effort` must"),
        ({"effort": math.inf}, "`effort` must"),
        ({"time_limit": "1 s"}, "`time_limit` must"),
        ({"seed": "a"}, "`seed` must"),
        ({"budget": ("state", 0.1), "density": "uniform"}, "`density` must"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    options = {"values": VALUES, "effort": 0.05} | options
    with pytest.raises((ValueError, TypeError), match=message):
        compile_phase(options.pop("values"), **options)
