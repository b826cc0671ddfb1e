"""Energy from counts: both settings measure what they say, and the error is what it says."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Statevector
from qiskit.transpiler import CouplingMap
from qiskit_aer import AerSimulator
from scipy.stats import chisquare

import qdml_quantum.runs.measured_energy as module
from qdml_quantum import (
    Aer,
    Anneal,
    Compiler,
    Emulator,
    EnergyEstimate,
    Gaussian,
    Grid,
    Hamiltonian,
    Problem,
    Schedule,
    Stage,
    anneal,
    build,
    measure_energy,
)
from qdml_quantum.backends import as_backend
from qdml_quantum.backends.base import Task
from qdml_quantum.diagnostics.metrics import probabilities_in
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL, Formula, as_formula
from qdml_quantum.synthesis.circuits import circuit as synthesis

WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
PLANE = Problem(Grid([(-5, 5), (-4, 4)], [2, 3]), "himmelblau")
SPACE = Problem(Grid([(-2, 2)] * 3, [1, 3, 2]), "x + y**2 - z*x")
# With momentum: the sign of k, and which axis it belongs to, matter.
PROBLEMS = {
    "well": (WELL, Gaussian(-0.8, 0.5, 2.0)),
    "plane": (PLANE, Gaussian((1.0, -0.5), (1.5, 1.0), (0.5, -1.0))),
    "space": (SPACE, Gaussian((0.5, 0.2, -0.3), (0.9, 0.7, 0.8), (0.4, 1.5, -0.9))),
}
SCHEDULE = Schedule.geometric((1.0, 0.5), num_stages=2, num_steps=2, time_step=0.1)
STILL = Schedule.constant(0.5, num_steps=1, time_step=1e-9)
COMPILERS = ("walsh", "joint", "separate", "qiskit")
SHOTS = 120_000

BACKENDS = {
    "emulator": lambda: "emulator",
    "single precision": lambda: Emulator(precision="single"),
    "aer": lambda: "aer",
    "aer, assembled": lambda: Aer(fusion_enable=True),
    "aer, whole circuits": lambda: Aer(method="density_matrix"),
    "sampler": lambda: StatevectorSampler(seed=np.random.default_rng(3)),
    "backend": AerSimulator,
    "line": lambda: GenericBackendV2(
        6, coupling_map=CouplingMap.from_line(6), seed=1, noise_info=False
    ),
}


def quick(name, target=None):
    """Nothing left out, little work."""
    return Compiler(name, budget="exact", target=target, effort=0.05)


def ideal(problem, schedule, initial, formula=None):
    given = {"formula": formula, "initial": initial, "validate": False}
    return anneal(problem, schedule, **given).state


def bit_probabilities(circuit):
    """Exact distribution of the classical bits of a measured circuit, as a vector."""
    places = {}
    for item in circuit.data:
        if item.operation.name == "measure":
            places[circuit.find_bit(item.clbits[0]).index] = circuit.find_bit(item.qubits[0]).index
    bare = QuantumCircuit(circuit.num_qubits, global_phase=circuit.global_phase)
    for item in circuit.data:
        if item.operation.name not in ("measure", "barrier"):
            bare.append(item.operation, [circuit.find_bit(q).index for q in item.qubits])
    return Statevector(bare).probabilities([places[bit] for bit in range(len(places))])


def assert_measures_wave_numbers(circuit, problem, state):
    """Independently of the package: NumPy's transform."""
    expected = problem.grid.to_vector(np.abs(np.fft.fftn(state, norm="ortho")) ** 2)
    np.testing.assert_allclose(bit_probabilities(circuit), expected, atol=1e-10)


@pytest.mark.each_value
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("formula", ["lie", "strang"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_circuits_measure_wave_numbers(name, formula, compiler):
    problem, packet = PROBLEMS[name]
    given = {"formula": formula, "initial": packet}
    circuit = build(problem, SCHEDULE, measure="momentum", compiler=quick(compiler), **given)
    assert [register.name for register in circuit.cregs] == ["meas"]
    assert_measures_wave_numbers(circuit, problem, ideal(problem, SCHEDULE, **given))


@pytest.mark.parametrize("compiler", ["walsh", "joint"])
@pytest.mark.parametrize("formula", ["lie", "strang"])
def test_wave_numbers_on_a_line_of_qubits(formula, compiler):
    problem, packet = PROBLEMS["well"]
    given = {"formula": formula, "initial": packet}
    circuit = build(
        problem,
        SCHEDULE,
        measure="momentum",
        compiler=quick(compiler, "line"),
        **given,
    )
    for item in circuit.data:
        if len(item.qubits) == 2 and item.operation.name != "barrier":
            a, b = (circuit.find_bit(qubit).index for qubit in item.qubits)
            assert abs(a - b) == 1
    assert_measures_wave_numbers(circuit, problem, ideal(problem, SCHEDULE, **given))


KINETIC_HALVES = Formula("kvk", 2, ((KINETIC, 0.5), (POTENTIAL, 1.0), (KINETIC, 0.5)))


@pytest.mark.each_value
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("levels", [(2, 1, 0), (2, 2), (2, 1), (1, 0)])
@pytest.mark.parametrize("formula", ["lie", "strang", KINETIC_HALVES])
def test_coarse_stages_and_a_goal(formula, levels, compiler):
    """The last interpolation becomes part of the transform, whatever comes before it."""
    stages = [Stage(0.3 + 0.2 * c, 0.1 + 0.05 * i, 1, coarse=c) for i, c in enumerate(levels)]
    plan, (problem, packet) = Schedule(stages, goal=0.2), PROBLEMS["well"]
    given = {"formula": as_formula(formula), "initial": packet}
    circuit = build(problem, plan, measure="momentum", compiler=quick(compiler), **given)
    assert_measures_wave_numbers(circuit, problem, ideal(problem, plan, **given))


def test_a_kinetic_phase_at_the_end_is_saved():
    """On 4 qubits a transform is 6 cp gates, and so is the phase: one instead of three."""
    step = Schedule.constant(0.5, num_steps=1, time_step=0.1)
    circuits = [build(WELL, step, formula="lie", measure=m) for m in (True, "momentum")]
    gates = [circuit.count_ops()["cp"] for circuit in circuits]
    assert gates[0] - gates[1] == 12


@pytest.mark.parametrize("name", ["True", "position"])
def test_positions_are_what_measure_meant_before(name):
    given = {"True": True}.get(name, name)
    circuit = build(PLANE, SCHEDULE, initial=PROBLEMS["plane"][1], measure=given)
    state = ideal(PLANE, SCHEDULE, PROBLEMS["plane"][1])
    np.testing.assert_allclose(
        bit_probabilities(circuit), PLANE.grid.to_vector(np.abs(state) ** 2), atol=1e-10
    )
    assert circuit.count_ops()["measure"] == 5


@pytest.mark.each_value
@pytest.mark.parametrize("basis", ["position", "momentum"])
@pytest.mark.parametrize("name", BACKENDS)
def test_backends_measure_what_the_task_says(name, basis):
    """Chi-square of 120,000 shots against the emulator's state."""
    problem, packet = PROBLEMS["plane"]
    backend = as_backend(BACKENDS[name]())
    task = Task(
        Anneal(problem, SCHEDULE, "strang", packet),
        quick(backend.compiler),
        SHOTS,
        5,
        basis,
    )
    counts = backend.run(task, start=None, on_stage=lambda number, psi: None).counts
    expected = SHOTS * probabilities_in(basis, ideal(problem, SCHEDULE, packet, "strang"))
    observed = np.zeros(problem.grid.shape)
    for bits, hits in counts.items():
        observed[problem.grid.index_of(bits)] += hits
    assert expected.min() > 5
    assert chisquare(observed.ravel(), expected.ravel()).pvalue > 1e-3


@pytest.mark.parametrize("split", ["optimal", 0.5])
def test_pulls_over_two_hundred_runs(split):
    """Measured over three systems: means -0.15 to 0.01, widths 0.96 to 1.07."""
    runs = [
        measure_energy(PLANE, SCHEDULE, shots=10_000, split=split, seed=seed) for seed in range(200)
    ]
    assert {run.shots_position + run.shots_momentum for run in runs} == {10_000}
    pulls = np.array([run.pull for run in runs])
    assert abs(pulls.mean()) < 0.2
    assert abs(pulls.std(ddof=1) - 1) < 0.15


@pytest.mark.slow
@pytest.mark.parametrize("split", ["optimal", 0.5])
def test_pulls_on_aer(split):
    runs = [measure_energy(WELL, SCHEDULE, backend="aer", split=split, seed=s) for s in range(200)]
    pulls = np.array([run.pull for run in runs])
    assert abs(pulls.mean()) < 0.2
    assert abs(pulls.std(ddof=1) - 1) < 0.15


D, C = 0.7, 1.9
OSCILLATOR = Problem(Grid([(-9, 9)], 6), lambda x: C * x**2)
GROUND = Gaussian(0.0, (D / C) ** 0.25 / math.sqrt(2))
E0 = math.sqrt(D * C)


def test_oscillator():
    """E_0 = sqrt(D c), half of it potential; both spreads are E_0 / sqrt(2)."""
    shots = 40_000
    found = measure_energy(OSCILLATOR, STILL, diffusion=D, initial=GROUND, shots=shots, seed=1)
    assert found.exact == pytest.approx(E0, rel=1e-9)
    assert found.exact_deviation == pytest.approx(0, abs=1e-6)
    assert found.energy.error == pytest.approx(math.sqrt(2) * E0 / math.sqrt(shots), rel=0.03)
    for part, error in (
        (found.potential.value, found.potential.error),
        (found.kinetic.value, found.kinetic.error),
    ):
        assert part == pytest.approx(E0 / 2, abs=4 * error)
        assert error == pytest.approx(E0 / math.sqrt(2) / math.sqrt(shots / 2), rel=0.05)
    assert abs(found.pull) < 4
    assert found.energy.value == found.potential.value + found.kinetic.value


@pytest.mark.parametrize("seed", range(3))
def test_packet_with_momentum(seed):
    """<k^2> = k0^2 + s^2 along each axis, s = 1 / (2 width); Var k^2 = 4 k0^2 s^2 + 2 s^4."""
    widths, momenta, diffusion, shots = (0.9, 0.6), (1.5, -2.0), 0.4, 20_000
    problem = Problem(Grid([(-8, 8), (-6, 6)], [6, 5]), lambda x, y: x**2 + y)
    found = measure_energy(
        problem,
        STILL,
        diffusion=diffusion,
        initial=Gaussian((0.0, 0.0), widths, momenta),
        split=0.25,
        shots=shots,
        seed=seed,
    )
    squares = [1 / (2 * width) ** 2 for width in widths]
    mean = sum(k * k + s for k, s in zip(momenta, squares, strict=True))
    variance = sum(4 * k * k * s + 2 * s * s for k, s in zip(momenta, squares, strict=True))
    error = diffusion * math.sqrt(variance / (0.75 * shots))
    assert (found.shots_position, found.shots_momentum) == (5_000, 15_000)
    assert found.kinetic.error == pytest.approx(error, rel=0.05)
    assert found.kinetic.value == pytest.approx(diffusion * mean, abs=4 * error)
    # <x^2> = 0.81, <y> = 0; Var x^2 = 2 0.9^4, Var y = 0.36.
    assert found.potential.value == pytest.approx(0.81, abs=4 * found.potential.error)
    spread = math.sqrt(2 * 0.9**4 + 0.36)
    assert found.potential.error == pytest.approx(spread / math.sqrt(5_000), rel=0.06)
    assert found.exact == pytest.approx(0.81 + diffusion * mean, rel=1e-6)


@pytest.mark.parametrize("name", ["well", "plane", "space"])
@pytest.mark.parametrize("diffusion", [0.05, 0.5, 20.0])
def test_optimal_split(name, diffusion):
    """(sigma_z + sigma_k) / sqrt(N), at shares in proportion; no more than halves would have."""
    problem, packet = PROBLEMS[name]
    state, shots = ideal(problem, SCHEDULE, packet), 100_000
    values = problem.values, Hamiltonian(problem, diffusion).kinetic
    spreads = []
    for basis, value in zip(("position", "momentum"), values, strict=True):
        p = probabilities_in(basis, state)
        spreads.append(math.sqrt((p * value**2).sum() - (p * value).sum() ** 2))
    least = sum(spreads) / math.sqrt(shots)
    given = {"diffusion": diffusion, "initial": packet, "shots": shots, "seed": 2}
    best = measure_energy(problem, SCHEDULE, **given)
    half = measure_energy(problem, SCHEDULE, split=0.5, **given)
    # The spreads' own noise; the pilots take 5 % at least, where less would do.
    assert 0.97 * least < best.energy.error < 1.05 * least
    assert half.energy.error == pytest.approx(math.hypot(*spreads) / math.sqrt(shots / 2), rel=0.03)
    assert best.energy.error < 1.01 * half.energy.error
    share = min(max(spreads[0] / sum(spreads), 0.05), 0.95)
    assert best.shots_position / shots == pytest.approx(share, abs=0.02)
    # H itself, if it could be measured, would scatter less.
    assert best.exact_deviation <= sum(spreads) * (1 + 1e-9)


class Recorder(Emulator):
    """Keeps the tasks it samples."""

    def __init__(self):
        super().__init__()
        self.tasks = []

    def run(self, task, **options):
        if task.shots is not None:
            self.tasks.append(task)
        return super().run(task, **options)


@pytest.mark.parametrize(
    ("shots", "pilot"), [(100_000, 5_000), (1_000, 50), (200, 32), (50, 25), (5, 2), (4, 2)]
)
def test_pilots_are_pooled_and_nothing_is_drawn_twice(shots, pilot):
    backend = Recorder()
    found = measure_energy(WELL, SCHEDULE, shots=shots, backend=backend, seed=1)
    first, more = backend.tasks[:2], backend.tasks[2:]
    assert [task.basis for task in first] == ["position", "momentum"]
    assert [task.shots for task in first] == [pilot, pilot]
    assert sum(task.shots for task in backend.tasks) == shots
    assert found.shots_position == sum(t.shots for t in backend.tasks if t.basis == "position")
    assert found.shots_momentum == shots - found.shots_position
    assert len({task.seed for task in backend.tasks}) == 2 + len(more)


def test_same_seed_same_estimate():
    first, again, other = (measure_energy(WELL, SCHEDULE, seed=seed) for seed in (1, 1, 2))
    assert first.to_dict() == again.to_dict()
    assert first.counts_momentum != other.counts_momentum
    assert measure_energy(WELL, SCHEDULE).seed != measure_energy(WELL, SCHEDULE).seed


@pytest.mark.parametrize("split", ["optimal", 0.5])
@pytest.mark.parametrize("backend", ["emulator", "aer"])
def test_constant_potential(backend, split):
    """Its error is 0, and its shots are few."""
    flat = Problem(WELL.grid, lambda x: 0 * x + 0.1)
    found = measure_energy(
        flat, SCHEDULE, initial=PROBLEMS["well"][1], backend=backend, split=split, seed=1
    )
    assert (found.potential.value, found.potential.error) == (0.1, 0.0)
    assert 0 < found.energy.error == pytest.approx(found.kinetic.error, rel=1e-12)
    assert abs(found.pull) < 4
    assert found.shots_position == (500 if split == "optimal" else 5_000)


def test_values_that_differ_by_rounding_are_equal():
    """Else the error would be rounding noise, and the pull a ratio of such noise."""
    flat = Problem(WELL.grid, lambda x: np.sin(x) ** 2 + np.cos(x) ** 2)
    assert np.ptp(flat.values) > 0
    standing = np.sin(2 * math.pi * 3 * WELL.grid.axes[0].points / 5)
    found = measure_energy(flat, STILL, initial=standing, seed=1)
    assert len(found.counts_momentum) == 2
    assert found.energy.value == pytest.approx(1 + 0.5 * (2 * math.pi * 3 / 5) ** 2)
    assert (found.energy.error, found.pull) == (0.0, 0.0)


@pytest.mark.parametrize("split", ["optimal", 0.5])
@pytest.mark.parametrize("backend", ["emulator", "aer"])
@pytest.mark.parametrize("wave", [0, 3])
def test_eigenstate_of_momentum(wave, backend, split):
    x, length = WELL.grid.axes[0].points, WELL.grid.axes[0].length
    k = 2 * math.pi * wave / length
    given = {"initial": np.exp(1j * k * x), "backend": backend, "split": split, "seed": 1}
    found = measure_energy(WELL, STILL, **given)
    assert found.kinetic.value == pytest.approx(0.5 * k**2)
    assert found.kinetic.error == 0
    assert 0 < found.energy.error == pytest.approx(found.potential.error, rel=1e-12)
    assert abs(found.pull) < 4
    # Nothing varies at all on a flat potential.
    flat = measure_energy(Problem(WELL.grid, lambda x: 0 * x), STILL, **given)
    assert (flat.energy.error, flat.pull) == (0.0, 0.0)
    assert flat.shots_position == flat.shots_momentum == 5_000
    assert json.loads(json.dumps(flat.to_dict(), allow_nan=False))["pull"] == 0
    off = replace(flat, exact=flat.energy.value + 1)
    assert off.pull == -math.inf
    assert off.to_dict()["pull"] is None


@pytest.mark.each_value
@pytest.mark.parametrize("levels", [(0,), (2, 1)])
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", ["aer", "aer, whole circuits"])
def test_estimates_on_circuits(name, compiler, levels):
    plan = Schedule([Stage(0.4, 0.1, 1, coarse=c) for c in levels], goal=0.3)
    problem, packet = PROBLEMS["well"]
    found = measure_energy(
        problem,
        plan,
        initial=packet,
        backend=BACKENDS[name](),
        compiler=quick(compiler),
        shots=2_000,
        seed=3,
    )
    assert found.diffusion == 0.3
    exact = Hamiltonian(problem, 0.3).energy(ideal(problem, plan, packet))
    assert found.exact == pytest.approx(exact, rel=1e-12)
    assert abs(found.pull) < 4


def test_a_noisy_line_of_qubits():
    """Noise heats: the pull says so."""
    backend = GenericBackendV2(5, coupling_map=CouplingMap.from_line(5), seed=1, noise_info=True)
    problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    found = measure_energy(
        problem,
        SCHEDULE,
        backend=backend,
        compiler=Compiler("joint", effort=0.05),
        shots=4_000,
        seed=1,
    )
    assert found.shots_position + found.shots_momentum == 4_000
    assert found.energy.error > 0
    assert found.pull > 5
    assert found.backend == backend.name


def test_networks_are_searched_once(monkeypatch):
    made = []

    def counted(*args, **options):
        made.append(1)
        return original(*args, **options)

    original = synthesis.make_builder
    monkeypatch.setattr(synthesis, "make_builder", counted)
    measure_energy(WELL, SCHEDULE, backend=AerSimulator(), compiler="walsh", shots=400, seed=1)
    assert len(made) == 1


def test_without_memory_for_the_emulator(monkeypatch):
    monkeypatch.setattr(module, "available_memory", lambda: 1000)
    found = measure_energy(
        WELL, SCHEDULE, backend=AerSimulator(), compiler="walsh", shots=400, seed=1
    )
    assert found.exact is found.exact_deviation is found.pull is None
    assert found.to_dict()["exact"] is None
    assert "exact" not in str(found)


def test_how_it_prints_and_saves():
    found = measure_energy(WELL, SCHEDULE, seed=1)
    assert isinstance(found, EnergyEstimate)
    assert f"{found.energy.value:.6g} +- {found.energy.error:.2g}" in str(found)
    assert f"{found.exact:.6g}" in str(found)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["energy"]["value"] == found.energy.value
    assert plain["counts_momentum"] == found.counts_momentum
    assert plain["shots_position"] == found.shots_position


@pytest.mark.parametrize(
    ("given", "part", "error"),
    [
        ({"shots": 3}, "`shots` must be at least 4, two per setting", ValueError),
        ({"shots": 0}, "`shots`", ValueError),
        ({"shots": 100.0}, "`shots`", TypeError),
        ({"shots": None}, "`shots`", TypeError),
        ({"split": 0.0}, "`split` must lie between 0 and 1", ValueError),
        ({"split": 1}, "`split` must lie between 0 and 1", ValueError),
        ({"split": math.nan}, "`split` must lie between 0 and 1", ValueError),
        ({"split": 1e-3, "shots": 100}, "`split` must leave 2 of 100 shots", ValueError),
        ({"split": 0.99, "shots": 100}, "`split` must leave 2 of 100 shots", ValueError),
        ({"split": "optimum"}, "Unknown split 'optimum'. Did you mean `optimal`", ValueError),
        ({"split": True}, "`split`", TypeError),
        ({"split": None}, "`split`", TypeError),
        ({"diffusion": 0}, "`diffusion` must be greater than 0", ValueError),
        ({"diffusion": -1.0}, "`diffusion`", ValueError),
        ({"diffusion": math.inf}, "`diffusion`", ValueError),
        ({"diffusion": "1"}, "`diffusion`", TypeError),
        ({"schedule": Stage(1, 1, 1)}, "`schedule` must be a Schedule", TypeError),
        (
            {"schedule": Schedule.constant(0.0, num_steps=1, time_step=0.1)},
            "`diffusion` must be greater than 0",
            ValueError,
        ),
        ({"problem": "x**2"}, "`problem` must be a Problem", TypeError),
        ({"backend": "quantum"}, "Unknown backend", ValueError),
        ({"backend": 3}, "`backend`", TypeError),
        ({"formula": "strung"}, "Unknown formula", ValueError),
        ({"initial": "flat"}, "Unknown initial state", ValueError),
        ({"backend": "aer", "compiler": "gcc"}, "Unknown compiler", ValueError),
        ({"seed": -1}, "`seed`", ValueError),
        ({"seed": "a"}, "`seed`", TypeError),
        (
            {"schedule": Schedule((Stage(1, 0.1, 1, coarse=9),))},
            "leave a qubit on every axis",
            ValueError,
        ),
    ],
    ids=str,
)
def test_wrong_input(given, part, error):
    arguments = {"problem": WELL, "schedule": SCHEDULE} | given
    with pytest.raises(error) as caught:
        measure_energy(**arguments)
    assert re.search(re.escape(part), str(caught.value)), str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_unknown_basis():
    with pytest.raises(ValueError, match=r"Unknown basis 'momentun'\. Did you mean `momentum`"):
        build(WELL, SCHEDULE, measure="momentun")
    with pytest.raises(ValueError, match="Unknown basis"):
        Task(Anneal(WELL, SCHEDULE), basis="energy")
    with pytest.raises(ValueError, match="Unknown basis"):
        probabilities_in("spin", [1, 0])
