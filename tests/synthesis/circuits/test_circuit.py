"""The circuit is the recipe: against NumPy for every built-in objective, formula and dimension."""

import subprocess
import sys

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector
from qiskit_aer import AerSimulator

from qdml_quantum import (
    FORMULAS,
    Anneal,
    Compiler,
    Gaussian,
    Grid,
    Problem,
    Schedule,
    Stage,
    build,
    make_recipe,
)
from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.objectives.builtins.catalogue import BUILTINS
from qdml_quantum.problem.states import amplitudes
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.circuits.initial import BASIS

SMALL = {1: [4], 2: [3, 2], 3: [2, 1, 2]}
EIGHT = {1: [8], 2: [5, 3], 3: [3, 2, 3]}
CASES = [(name, d) for name, e in BUILTINS.items() for d in range(e.fewest, min(e.most, 3) + 1)]
IN_TURNS = [
    (name, d, list(FORMULAS)[(list(BUILTINS).index(name) + d) % len(FORMULAS)]) for name, d in CASES
]
"""One formula for each: all pairs are there on few qubits."""
every = pytest.mark.parametrize(("name", "dimensions"), CASES)
formulas = pytest.mark.parametrize("formula", FORMULAS)


def problem_on(name, dimensions, counts):
    bounds = BUILTINS[name].objective(dimensions).bounds
    return Problem(Grid(bounds, counts[dimensions]), name)


def schedule_for(problem, num_steps=2):
    """Two stages whose phases turn by a few radians per step, whatever the scales."""
    time_step = 4.0 / np.ptp(problem.values)
    top = sum(float(np.max(k**2)) for k in problem.grid.wave_numbers())
    diffusion = 5.0 / (top * time_step)
    return Schedule(
        (Stage(diffusion, time_step, num_steps), Stage(0.6 * diffusion, 1.3 * time_step, 1))
    )


def recipe_state(problem, schedule, formula, initial="uniform"):
    """State vector by NumPy."""
    psi = amplitudes(initial, problem.grid)
    psi = Propagator(problem).run(psi, make_recipe(schedule, formula).phases)
    return problem.grid.to_vector(psi)


def dense_step(problem, diffusion, time_step):
    """One Lie step as a matrix on state vectors, its bits decoded here and not by `Grid`."""
    counts = problem.grid.qubits_per_axis
    size = 2 ** sum(counts)
    zeta, kinetic, waves = np.zeros(size), np.zeros(size), np.ones((size, size), complex)
    points, shift = [], 0
    for axis, n in zip(problem.grid.axes, counts, strict=True):
        j = (np.arange(size) >> shift) & (2**n - 1)
        shift += n
        points.append(axis.lower + (axis.upper - axis.lower) * j / 2**n)
        m = np.where(j < 2 ** (n - 1), j, j - 2**n)
        kinetic += (2 * np.pi * m / (axis.upper - axis.lower)) ** 2
        waves = waves * np.exp(2j * np.pi * np.outer(j, m) / 2**n) / np.sqrt(2**n)
    zeta = problem.objective(*points)
    kick = np.diag(np.exp(-1j * time_step * zeta))
    return waves @ np.diag(np.exp(-1j * time_step * diffusion * kinetic)) @ waves.conj().T @ kick


@pytest.mark.each_value
@formulas
@every
def test_every_builtin(name, dimensions, formula):
    problem = problem_on(name, dimensions, SMALL)
    schedule = schedule_for(problem, num_steps=1 if formula == "suzuki4" else 2)
    circuit = build(problem, schedule, formula=formula)
    exact = recipe_state(problem, schedule, formula)
    # Measured over all cases: 1.3e-14.
    assert state_distance(Statevector(circuit).data, exact) <= 1e-10


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dimensions", "formula"), IN_TURNS)
def test_every_builtin_on_eight_qubits(name, dimensions, formula):
    problem = problem_on(name, dimensions, EIGHT)
    schedule = schedule_for(problem, num_steps=2)
    circuit = build(problem, schedule, formula=formula)
    circuit.save_statevector()
    state = AerSimulator(method="statevector", fusion_enable=False).run(circuit).result()
    exact = recipe_state(problem, schedule, formula)
    assert state_distance(np.asarray(state.get_statevector()), exact) <= 1e-10


@pytest.mark.parametrize(
    ("name", "counts"),
    [("morse", [5]), ("rosenbrock", [3, 2]), ("himmelblau", [2, 3]), ("ackley", [1, 3, 2])],
)
def test_step_is_the_dense_matrix(name, counts):
    """An independent route: matrices made from bits, no FFT, no recipe, no grid methods."""
    problem = problem_on(name, len(counts), {len(counts): counts})
    stage = schedule_for(problem).stages[0]
    recipe = make_recipe(Schedule.constant(stage.diffusion, num_steps=1, time_step=0.02), "lie")
    builder = BlockBuilder(problem)
    circuit = builder.empty()
    builder.append(circuit, recipe.phases)
    operator = Operator(circuit).data
    exact = dense_step(problem, stage.diffusion, 0.02)
    np.testing.assert_allclose(operator, exact, atol=1e-12)  # measured: 3e-15


@formulas
def test_initial_packet(formula):
    problem = Problem(Grid([(-4, 4), (-3, 3)], [4, 3]), "himmelblau")
    packet = Gaussian((-1.0, 0.5), (0.8, 0.7), (1.0, -2.0))
    schedule = schedule_for(problem)
    circuit = build(problem, schedule, formula=formula, initial=packet)
    exact = recipe_state(problem, schedule, formula, packet)
    assert state_distance(Statevector(circuit).data, exact) <= 1e-12


@pytest.mark.parametrize("compiler", ["walsh", "qiskit"])
def test_compilers_agree(compiler):
    problem = problem_on("ackley", 1, SMALL)
    schedule = schedule_for(problem)
    circuit = build(problem, schedule, compiler=compiler)
    exact = recipe_state(problem, schedule, "strang")
    assert state_distance(Statevector(circuit).data, exact) < 1e-12


def test_plain_circuit_with_a_register_per_axis():
    problem = Problem(Grid([(-1, 1), (-2, 2), (0, 1)], [3, 2, 1]), "x**2 + y*z")
    circuit = build(problem, Schedule.constant(1.0, num_steps=2, time_step=0.1))
    assert type(circuit) is QuantumCircuit
    assert [(r.name, r.size) for r in circuit.qregs] == [("x1", 3), ("x2", 2), ("x3", 1)]
    assert circuit.qubits == [bit for register in circuit.qregs for bit in register]
    assert set(circuit.count_ops()) <= set(BASIS)
    assert not circuit.clbits
    assert not circuit.parameters


def test_merged_half_steps_and_seams():
    """k Strang steps in two stages: k kinetic phases and k + 1 potential ones."""
    problem = Problem(Grid([(-4, 4)], 3), "harmonic")
    circuit = build(problem, Schedule((Stage(2.0, 0.1, 3), Stage(1.0, 0.1, 2))))
    counts = circuit.count_ops()
    assert counts["h"] == 3 + 5 * 6  # uniform state, then two transforms per kinetic phase
    assert counts["p"] == 5 * 3 + 6 * 3


def test_measured_into_one_register():
    problem = Problem(Grid([(0, 1), (0, 1)], [2, 1]), "x + y")
    schedule = Schedule.constant(1.0, num_steps=1, time_step=0.1)
    circuit = build(problem, schedule, measure=True)
    assert [(r.name, r.size) for r in circuit.cregs] == [("meas", 3)]
    measured = [item for item in circuit.data if item.operation.name == "measure"]
    for i, item in enumerate(measured):
        assert item.qubits == (circuit.qubits[i],)
        assert item.clbits == (circuit.clbits[i],)
    assert len(measured) == 3


@pytest.mark.parametrize("index", [(0, 0), (1, 0), (6, 1), (7, 3), (0, 2), (5, 3)])
def test_counts_decode_to_the_grid_index(index):
    """Axes of different size: a state on one grid point is found at that point."""
    grid = Grid([(-4, 4), (0, 1)], [3, 2])
    psi = np.zeros(grid.shape)
    psi[index] = 1
    still = Schedule.constant(0.0, num_steps=1, time_step=0.3)
    circuit = build(Problem(grid, "x**2 + 3*y"), still, initial=psi, measure=True)
    counts = AerSimulator().run(circuit, shots=20, seed_simulator=1).result().get_counts()
    assert counts == {grid.bitstring_of(index): 20}
    assert grid.index_of(next(iter(counts))) == index


@pytest.mark.parametrize("index", [(3, 1, 0), (0, 1, 5), (2, 0, 7)])
def test_counts_decode_in_three_dimensions(index):
    grid = Grid([(-4, 4), (0, 1), (2, 3)], [2, 1, 3])
    psi = np.zeros(grid.shape)
    psi[index] = 1
    still = Schedule.constant(0.0, num_steps=1, time_step=0.3)
    circuit = build(Problem(grid, "x + y + z"), still, initial=psi, measure=True)
    counts = AerSimulator().run(circuit, shots=20, seed_simulator=1).result().get_counts()
    assert [grid.index_of(bits) for bits in counts] == [index]


def test_packet_is_measured_where_it_is():
    """A packet on the long axis at x = 2, y = 0.25: positions, not only indices."""
    grid = Grid([(-4, 4), (0, 1)], [5, 3])
    still = Schedule.constant(0.0, num_steps=1, time_step=0.1)
    circuit = build(
        Problem(grid, "0*x + 0*y"), still, initial=Gaussian((2.0, 0.25), (0.3, 0.05)), measure=True
    )
    counts = AerSimulator().run(circuit, shots=2000, seed_simulator=1).result().get_counts()
    places = np.array([grid.position(grid.index_of(bits)) for bits in counts])
    weights = np.array(list(counts.values())) / 2000
    # Standard errors 0.3/sqrt(2000) and 0.05/sqrt(2000): 0.007 and 0.001.
    assert weights @ places == pytest.approx([2.0, 0.25], abs=0.03)


def test_without_potential_and_without_diffusion():
    problem = Problem(Grid([(-1, 1)], 3), "0*x")
    circuit = build(problem, Schedule.constant(0.0, num_steps=1, time_step=0.1))
    np.testing.assert_allclose(np.abs(Statevector(circuit).data), 8**-0.5, atol=1e-14)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"formula": "strung"}, "Did you mean `strang`"),
        ({"compiler": "wlash"}, "Did you mean `walsh`"),
        ({"initial": "unifrom"}, "Did you mean `uniform`"),
        ({"initial": np.ones(4)}, "shape of the grid"),
        ({"initial": np.zeros(8)}, "not zero"),
    ],
)
def test_wrong_arguments(options, message):
    problem = Problem(Grid([(-4, 4)], 3), "harmonic")
    with pytest.raises(ValueError, match=message):
        build(problem, Schedule.constant(1.0, num_steps=1, time_step=0.1), **options)


def test_nothing_deprecated_is_used():
    script = """
import numpy as np
from qdml_quantum import Gaussian, Grid, Problem, Schedule, anneal, build, to_qasm3
problem = Problem(Grid([(-4, 4), (-4, 4)], [3, 2]), "himmelblau")
schedule = Schedule.constant(1.0, num_steps=1, time_step=0.1)
for initial in ("uniform", Gaussian(0.0, 1.0, 1.0), np.ones((8, 4)) + 1j):
    for compiler in ("walsh", "qiskit"):
        circuit = build(problem, schedule, initial=initial, compiler=compiler, measure=True)
        to_qasm3(circuit)
anneal(Problem(Grid([(-4, 4)], 3), "harmonic"), schedule, backend="aer", shots=10, seed=1)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", script],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("compiler", ["walsh", "joint"])
@pytest.mark.parametrize("target", [None, "line"])
def test_phases_that_no_measurement_sees_are_left_out(compiler, target):
    """Strang then costs what Lie costs, and the histogram stays that of the whole anneal."""
    if target and compiler == "walsh":
        pytest.skip("left to Qiskit's router")
    problem = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    chosen = Compiler(compiler, budget="exact", target=target, effort=1)
    for steps in (1, 2):
        schedule = Schedule.constant(0.5, num_steps=steps, time_step=0.3)
        lie, strang, whole = (
            build(problem, schedule, formula=formula, compiler=chosen, measure=measure)
            for formula, measure in (("lie", True), ("strang", True), ("strang", False))
        )
        assert two_qubit_gates(strang) == two_qubit_gates(lie) < two_qubit_gates(whole)
        probabilities = perfect(strang)
        exact = np.abs(Anneal(problem, schedule, "strang").final_state()) ** 2
        assert np.abs(probabilities - exact).max() < 1e-9


def perfect(circuit):
    """Probabilities of the measured bits, from Qiskit."""
    plain = circuit.remove_final_measurements(inplace=False)
    order = {item.clbits[0]: item.qubits[0] for item in circuit.get_instructions("measure")}
    wires = [circuit.find_bit(order[bit]).index for bit in circuit.clbits]
    return Statevector(plain).probabilities(wires)


def test_an_initial_state_can_be_loaded_by_a_short_circuit():
    grid = Grid([(-4, 4), (-4, 4)], [4, 3])
    problem = Problem(grid, "x**2 + y**2")
    step = Schedule.constant(0.5, num_steps=1, time_step=0.1)

    def packet(x, y):
        return np.exp(-((x - 1) ** 2) - y**2 + x * y / 2 + 2j * x)

    exact = build(problem, step, initial=packet)
    short = build(problem, step, initial=packet, fidelity=0.99)
    told = short.metadata["preparation"]
    assert told["fidelity"] >= 0.99 and told["dynamics"] is False
    saved = exact.num_nonlocal_gates() - short.num_nonlocal_gates()
    assert saved > 60 and told["two_qubit_gates"] < 15
    overlap = np.vdot(Statevector(exact).data, Statevector(short).data)
    # The step is unitary: what is lost was lost at the start.
    assert abs(overlap) ** 2 == pytest.approx(told["fidelity"], abs=1e-9)


def test_an_initial_state_that_is_a_circuit_is_made_by_it():
    problem = Problem(Grid([(-4, 4)], 3), "harmonic")
    step = Schedule.constant(0.5, num_steps=1, time_step=0.1)
    first = QuantumCircuit(3)
    first.h(2)
    first.cx(2, 0)
    first.ry(0.3, 1)
    circuit = build(problem, step, initial=first)
    uniform = build(problem, step)
    assert circuit.num_nonlocal_gates() == uniform.num_nonlocal_gates() + 1
    whole = Anneal(problem, step, initial=first)
    vector = problem.grid.to_vector(whole.final_state())
    assert abs(np.vdot(vector, Statevector(circuit).data)) == pytest.approx(1)
    line = build(problem, step, initial=first, compiler=Compiler("walsh", target="line"))
    assert line.num_qubits == 3
    with pytest.raises(ValueError, match="`initial` must have the 3 qubits of the grid"):
        build(problem, step, initial=QuantumCircuit(2))


def test_a_coarse_initial_state_is_loaded_on_the_qubits_that_take_part():
    problem = Problem(Grid([(-4, 4)], 6), "harmonic")
    stage = Stage(0.5, 0.1, 1, coarse=2)
    schedule = Schedule((stage, Stage(0.5, 0.1, 1)))
    packet = Gaussian(0.5, 1.0)
    exact = build(problem, schedule, initial=packet)
    short = build(problem, schedule, initial=packet, fidelity=0.99)
    overlap = np.vdot(Statevector(exact).data, Statevector(short).data)
    assert abs(overlap) ** 2 == pytest.approx(short.metadata["preparation"]["fidelity"], abs=1e-9)
