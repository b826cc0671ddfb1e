"""Coarse stages: few qubits first, and spectral interpolation in between, on every interpreter."""

import json
import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector

from qdml_quantum import (
    Aer,
    Anneal,
    Compiler,
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
from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.dynamics.propagate import Propagator, interpolated
from qdml_quantum.dynamics.recipe import Phase, Refine, make_recipe
from qdml_quantum.problem.states import amplitudes
from qdml_quantum.synthesis.circuits.builder import Builder
from qdml_quantum.synthesis.circuits.circuit import make_builder
from qdml_quantum.synthesis.circuits.cost import circuit_cost
from qdml_quantum.synthesis.circuits.network_builder import NetworkBuilder

WELL = Problem(Grid([(-2.5, 2.5)], 5), "double_well")


PLANE = Problem(Grid([(-5, 5), (-6, 6)], [3, 4]), "himmelblau")


SPACE = Problem(Grid([(-2, 2), (-1, 1), (-3, 3)], [2, 3, 1]), "x + y**2 - z*x")


EQUAL = [(WELL, (2, 1, 0)), (WELL, (3, 3)), (WELL, (4, 1)), (PLANE, (2, 1)), (PLANE, (1, 0))]


PER_AXIS = [
    (PLANE, ((2, 0), (1, 0), 0)),
    (PLANE, ((1, 0), (0, 0))),
    (PLANE, ((0, 1),)),
    (PLANE, ((1, 3), (1, 2), (0, 2))),
    (PLANE, (2, (1, 2), 1, (0, 1))),
    (SPACE, ((1, 2, 0), (1, 0, 0))),
]


CASES = EQUAL + PER_AXIS


# With momentum: which axis a sign belongs to matters.
PACKETS = {
    PLANE: Gaussian((1.0, -0.5), (1.5, 1.2), (0.6, -0.4)),
    SPACE: Gaussian((0.5, 0.2, -0.3), (0.9, 0.4, 1.1), (0.4, -1.5, -0.3)),
}


def schedule(levels, goal=0.1, seed=0):
    rng = np.random.default_rng(seed)
    stages = [
        Stage(rng.uniform(0.2, 1), rng.uniform(0.02, 0.1), num_steps=2, coarse=coarse)
        for coarse in levels
    ]
    return Schedule(tuple(stages), goal)


def exact(compiler):
    """Nothing is left out, and nothing is searched for long."""
    return Compiler(compiler, budget="exact", effort=0.05)


def trigonometric(x, coefficients, size):
    """The polynomial with given values at size points of [0, 1), by its definition."""
    k = np.arange(size) - size // 2
    values = np.exp(-2j * np.pi * np.outer(k, np.arange(size) / size)) @ coefficients / size
    return np.exp(2j * np.pi * np.outer(x, k)) @ values


@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 99))
def test_interpolation_is_the_trigonometric_polynomial(qubits, more, seed):
    """Through the coarse points, on the fine ones; the norm of the grid is kept."""
    size, fine = 1 << qubits, 1 << qubits + more
    rng = np.random.default_rng(seed)
    coarse = rng.normal(size=size) + 1j * rng.normal(size=size)
    found = interpolated(coarse, (fine,))
    expected = trigonometric(np.arange(fine) / fine, coarse, size) * np.sqrt(size / fine)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(coarse), rel=1e-12)


def test_interpolation_of_a_resolved_packet_is_the_packet():
    packet = Gaussian(center=0.3, width=0.6, momentum=1.0)
    coarse, fine = (packet.amplitudes(Grid([(-6, 6)], n)) for n in (6, 9))
    assert state_distance(interpolated(coarse, fine.shape), fine) < 1e-9


def test_two_axes_one_after_the_other():
    rng = np.random.default_rng(1)
    coarse = rng.normal(size=(4, 2)) + 1j * rng.normal(size=(4, 2))
    rows = np.stack([interpolated(row, (8,)) for row in coarse])
    both = np.stack([interpolated(column, (8,)) for column in rows.T]).T
    np.testing.assert_allclose(interpolated(coarse, (8, 8)), both, atol=1e-13)


def test_the_recipe_says_when():
    recipe = make_recipe(schedule((2, 2, 1)), "strang")
    refinements = [move for move in recipe.moves if isinstance(move, Refine)]
    assert refinements == [Refine(2, 1), Refine(1, 0)]
    assert recipe.moves[-1] == Refine(1, 0)
    assert [phase.coarse for phase in recipe.phases] == [2] * 9 + [1] * 5
    assert recipe.phases == tuple(m for m in recipe.moves if isinstance(m, Phase))
    # Phases merge across the seam of equal grids, not across a refinement.
    assert [pending is None for pending in recipe.pending] == [False, True, True]


def padded(psi, sizes):
    """Zeros between the two halves of the spectrum, axis by axis, in plain NumPy."""
    for axis, size in enumerate(sizes):
        if psi.shape[axis] == size:
            continue
        spectrum = np.moveaxis(np.fft.fft(psi, axis=axis), axis, 0)
        half = len(spectrum) // 2
        wider = np.zeros((size, *spectrum.shape[1:]), complex)
        wider[:half], wider[size - half :] = spectrum[:half], spectrum[half:]
        psi = np.fft.ifft(np.moveaxis(wider, 0, axis), axis=axis) * np.sqrt(size / (2 * half))
    return psi


@pytest.mark.parametrize(("problem", "levels"), PER_AXIS)
def test_one_axis_at_a_time_in_plain_numpy(problem, levels):
    """Nothing of the package but zeta(x), the numbers of the schedule, and <H> in the end."""
    plan, qubits = schedule(levels), np.array(problem.grid.qubits_per_axis)
    lower, upper = np.array(problem.grid.bounds).T
    psi, shown = None, []
    for idle, stage in zip(levels, plan.stages, strict=True):
        sizes = 2 ** (qubits - idle)
        boxes = list(zip(lower, (upper - lower) / sizes, sizes, strict=True))
        points = np.meshgrid(*(low + dx * np.arange(n) for low, dx, n in boxes), indexing="ij")
        waves = np.meshgrid(*(np.fft.fftfreq(n, dx) for _, dx, n in boxes), indexing="ij")
        zeta, squares = problem.objective(*points), sum((2 * np.pi * k) ** 2 for k in waves)
        psi = np.full(sizes, sizes.prod() ** -0.5) if psi is None else padded(psi, sizes)
        for _ in range(stage.num_steps):
            psi = psi * np.exp(-1j * stage.time_step * zeta)
            psi = np.fft.fftn(psi) * np.exp(-1j * stage.time_step * stage.diffusion * squares)
            psi = np.fft.ifftn(psi)
        shown.append(padded(psi, 2**qubits))
    found = anneal(problem, plan, formula="lie", backend="emulator", validate=False)
    np.testing.assert_allclose(found.state, shown[-1], atol=1e-12)
    energies = [Hamiltonian(problem, plan.goal).energy(state) for state in shown]
    assert [stage.energy for stage in found.stages] == pytest.approx(energies, rel=1e-12)


def test_an_axis_that_does_not_grow_is_left_alone():
    rng = np.random.default_rng(2)
    coarse = rng.normal(size=(4, 8)) + 1j * rng.normal(size=(4, 8))
    for shape in [(16, 8), (4, 32)]:
        np.testing.assert_allclose(interpolated(coarse, shape), padded(coarse, shape), atol=1e-14)
    assert np.array_equal(interpolated(coarse, coarse.shape), coarse)


def test_the_recipe_refines_one_axis_after_the_other():
    recipe = make_recipe(schedule((2, (2, 0), (1, 0), (1, 0))), "strang")
    refinements = [move for move in recipe.moves if isinstance(move, Refine)]
    assert refinements == [Refine(2, (2, 0)), Refine((2, 0), (1, 0)), Refine((1, 0), 0)]
    assert [phase.coarse for phase in recipe.phases][::5] == [2, (2, 0), (1, 0), (1, 0)]
    # A number before tuples is no refinement by itself.
    assert not isinstance(recipe.moves[0], Refine)


@pytest.mark.each_value
@pytest.mark.parametrize("compiler", ["walsh", "joint", "separate"])
@pytest.mark.parametrize(("problem", "levels"), PER_AXIS)
def test_cost_is_that_of_the_circuit(problem, levels, compiler):
    whole = Anneal(problem, schedule(levels), "strang")
    builder, _ = make_builder(whole, exact(compiler))
    circuit = build(whole, compiler=exact(compiler))
    cost = circuit_cost(builder, whole)
    assert cost["gates"] == circuit.size()
    assert cost["depth"] == circuit.depth()


@pytest.mark.parametrize(("problem", "levels"), CASES)
def test_by_hand(problem, levels):
    """Every level as a problem of its own, interpolated in between."""
    plan, formula = schedule(levels), "lie"
    psi = None
    for stage in plan.stages:
        level = problem.thinned(stage.coarse)
        if psi is None:
            psi = amplitudes("uniform", level.grid)
        psi = interpolated(psi, level.grid.shape)
        alone = Schedule((Stage(stage.diffusion, stage.time_step, stage.num_steps),))
        psi = Propagator(level).run(psi, make_recipe(alone, formula).moves)
    psi = interpolated(psi, problem.grid.shape)
    found = anneal(problem, plan, formula=formula, backend="emulator", validate=False)
    assert state_distance(found.state, psi) < 1e-12
    np.testing.assert_allclose(found.state, psi, atol=1e-12)


@pytest.mark.each_value
@pytest.mark.parametrize("compiler", ["walsh", "joint", "separate", "qiskit"])
@pytest.mark.parametrize(("problem", "levels"), CASES)
@pytest.mark.parametrize("formula", ["lie", "strang"])
def test_circuits_agree(problem, levels, compiler, formula):
    plan = schedule(levels)
    options = {"backend": "aer", "compiler": exact(compiler), "validate": False}
    run = anneal(problem, plan, formula=formula, **options)
    ideal = anneal(problem, plan, formula=formula, backend="emulator", validate=False)
    assert state_distance(run.state, ideal.state) < 1e-10
    assert len(run.stages) == len(plan.stages)
    for here, there in zip(run.stages, ideal.stages, strict=True):
        assert here.energy == pytest.approx(there.energy, rel=1e-9)


def bit_probabilities(circuit):
    bits = [
        circuit.find_bit(item.qubits[0]).index
        for item in circuit.data
        if item.operation.name == "measure"
    ]
    return Statevector(circuit.remove_final_measurements(inplace=False)).probabilities(bits)


@pytest.mark.parametrize("compiler", ["walsh", "joint"])
def test_whole_circuit_with_a_packet_and_measurement(compiler):
    """Wires permuted by a network stay known through a refinement, up to the measured bits."""
    plan, packet = schedule((2, 1, 0)), Gaussian(center=0.2, width=0.7)
    circuit = build(WELL, plan, initial=packet, compiler=exact(compiler), measure=True)
    ideal = anneal(WELL, plan, initial=packet, backend="emulator", validate=False).state
    expected = WELL.grid.to_vector(np.abs(ideal) ** 2)
    np.testing.assert_allclose(bit_probabilities(circuit), expected, atol=1e-10)


@pytest.mark.each_value
@pytest.mark.parametrize("basis", ["position", "momentum"])
@pytest.mark.parametrize("compiler", ["walsh", "joint", "separate", "qiskit"])
@pytest.mark.parametrize("formula", ["lie", "strang"])
@pytest.mark.parametrize(("problem", "levels"), PER_AXIS)
def test_measured_distributions(problem, levels, formula, compiler, basis):
    """Of positions and of wave numbers, where axes of different registers join one by one."""
    given = {"initial": PACKETS[problem], "formula": formula}
    plan = schedule(levels)
    circuit = build(problem, plan, compiler=exact(compiler), measure=basis, **given)
    psi = anneal(problem, plan, backend="emulator", validate=False, **given).state
    if basis == "momentum":
        psi = np.fft.fftn(psi, norm="ortho")
    expected = problem.grid.to_vector(np.abs(psi) ** 2)
    np.testing.assert_allclose(bit_probabilities(circuit), expected, atol=1e-10)


def test_routed_on_a_line():
    """Idle qubits are routed with the others."""
    plan, packet = schedule(((2, 0), (0, 0))), PACKETS[PLANE]
    circuit = build(
        PLANE, plan, initial=packet, formula="lie", measure=True, compiler=Compiler(target="line")
    )
    ideal = anneal(PLANE, plan, initial=packet, formula="lie", backend="emulator", validate=False)
    expected = PLANE.grid.to_vector(np.abs(ideal.state) ** 2)
    np.testing.assert_allclose(bit_probabilities(circuit), expected, atol=1e-10)


@pytest.mark.parametrize(
    "settings_of_aer", [{}, {"fusion_enable": True}, {"method": "matrix_product_state"}], ids=str
)
def test_estimates_where_axes_join_one_by_one(settings_of_aer):
    """Gate by gate, in circuits stage by stage, and in whole circuits."""
    plan, packet = schedule(((2, 0), (1, 0), 0)), PACKETS[PLANE]
    backend = Aer(**settings_of_aer)
    assert backend.staged is ("method" not in settings_of_aer)
    found = measure_energy(PLANE, plan, initial=packet, backend=backend, shots=4_000, seed=3)
    psi = anneal(PLANE, plan, initial=packet, backend="emulator", validate=False).state
    assert found.exact == pytest.approx(Hamiltonian(PLANE, 0.1).energy(psi), rel=1e-12)
    assert abs(found.pull) < 4


@given(st.lists(st.integers(0, 3), min_size=1, max_size=3), st.integers(0, 9))
@settings(max_examples=15)
def test_schedules_come_back_from_json(levels, seed):
    plan = schedule(sorted(levels, reverse=True), seed=seed)
    assert Schedule.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_tuples_come_back_from_json():
    plan = schedule((2, (2, 0), (1, 0), 0))
    plain = plan.to_dict()
    assert [stage.get("coarse") for stage in plain["stages"]] == [2, [2, 0], [1, 0], None]
    assert json.loads(json.dumps(plain)) == plain
    again = Schedule.from_dict(plain)
    assert again == plan
    assert hash(again) == hash(plan)


def test_a_goal_frees_the_steps():
    """Energies refer to the goal, and halving the step says nothing any more."""
    stages = (Stage(0.2, 0.3, 1, coarse=2), Stage(0.9, 0.2, 1, coarse=1))
    plan = Schedule(stages, goal=0.05)
    assert plan.final_diffusion == 0.05
    assert plan.halved().goal == 0.05
    assert [stage.coarse for stage in plan.halved().stages] == [2, 1]
    run = anneal(WELL, plan, backend="emulator")
    assert run.diffusion == 0.05
    assert run.energy == pytest.approx(Hamiltonian(WELL, 0.05).energy(run.state))
    assert run.reference is not None
    assert not {"time_step", "rough_objective"} & {check.name for check in run.checks}


def test_default_budget_of_networks_with_a_goal():
    """There is no Trotter error to compare with: strings may move the final state by 0.02."""
    circuit = build(WELL, schedule((1, 0)), formula="lie", compiler=Compiler("joint", effort=0.05))
    told = circuit.metadata["truncation"]
    assert told["budget"] == ["trotter", 0.02]
    assert told["state_error"] <= 0.02


@pytest.mark.parametrize("joint", [True, False])
def test_no_network_is_searched_for_finer_steps_than_there_are(joint):
    """An 8-qubit step takes seconds of search, one of 4 qubits a tenth."""
    plan = schedule((2, 2))
    compiler = exact("joint" if joint else "separate")
    builder, _ = make_builder(Anneal(WELL, plan, "lie"), compiler)
    assert builder.main.num_slots == 3
    builder.append(builder.empty(), make_recipe(plan).moves)
    assert {path_sum.num_slots for path_sum, _ in builder._networks} == {3}


@pytest.mark.parametrize("backend", ["emulator", "aer"])
@pytest.mark.parametrize(
    ("problem", "levels"), [(WELL, (2, 1, 0)), (PLANE, ((2, 1), (1, 1), (1, 0)))]
)
def test_resume_in_the_middle(tmp_path, problem, levels, backend):
    """A run that ends between two grids goes on from the state of the register."""
    plan = schedule(levels)
    options = {"backend": backend, "validate": False, "folder": tmp_path}

    def stop(record):
        stop.seen += 1
        if stop.seen == 2:
            raise KeyboardInterrupt

    stop.seen = 0
    with pytest.raises(KeyboardInterrupt):
        anneal(problem, plan, progress=stop, **options)
    seen = []
    again = anneal(problem, plan, progress=seen.append, **options)
    once, ideal = (anneal(problem, plan, backend=b, validate=False) for b in (backend, "emulator"))
    assert np.array_equal(again.state, once.state)
    assert state_distance(again.state, ideal.state) < 1e-10
    assert len(seen) == 1
    assert len(again.stages) == 3
    spec = json.loads((again.folder / "spec.json").read_text())
    assert Schedule.from_dict(spec["anneal"]["schedule"]) == plan


def test_bad_levels():
    with pytest.raises(ValueError, match="coarser"):
        Schedule((Stage(1, 0.1, 1), Stage(0.5, 0.1, 1, coarse=1)))
    with pytest.raises(ValueError, match="coarse"):
        Stage(1, 0.1, 1, coarse=-1)
    for use in (anneal, build):
        with pytest.raises(ValueError, match="leave a qubit"):
            use(WELL, Schedule((Stage(1, 0.1, 1, coarse=5),)))
    with pytest.raises(ValueError, match="coarse stages on a target with edges"):
        build(WELL, schedule((1, 0)), compiler=Compiler("joint", target="line", effort=0.05))


@pytest.mark.parametrize(
    "use",
    [anneal, build, partial(build, compiler=Compiler("joint", budget="exact")), measure_energy],
)
@pytest.mark.parametrize(
    ("problem", "levels", "part"),
    [
        (PLANE, ((1, 0, 0),), "one number or one per axis (2), but is (1, 0, 0)"),
        (WELL, ((1, 0),), "one number or one per axis (1), but is (1, 0)"),
        (PLANE, (1, (1, 0, 0)), "one number or one per axis (2), but is (1, 1, 1)"),
        (PLANE, ((3, 0),), "leave a qubit on every axis of [3, 4], but is (3, 0)"),
        (PLANE, ((0, 4),), "Use more `num_qubits` on axis 1, or"),
        (PLANE, ((3, 0),), "Use more `num_qubits` on axis 0, or"),
        (PLANE, ((3, 5),), "Use more `num_qubits` on axis 0 and 1, or"),
    ],
)
def test_levels_that_do_not_fit_the_grid(use, problem, levels, part, monkeypatch):
    """Refused before any work: no stage is run, and no phase compiled."""
    plan = schedule(levels)
    for owner, name in [(Propagator, "run"), (Builder, "unit"), (NetworkBuilder, "__init__")]:
        monkeypatch.setattr(owner, name, lambda *_, **__: pytest.fail("too late"))
    with pytest.raises(ValueError, match=re.escape(part)) as caught:
        use(problem, plan)
    assert str(caught.value).startswith("Argument `coarse` must ")
