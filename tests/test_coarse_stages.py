"""Coarse stages: few qubits first, and spectral interpolation in between, on every interpreter."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector

from qdml_quantum import Gaussian, Grid, Hamiltonian, Problem, Schedule, Stage, anneal, build
from qdml_quantum.formulas import as_formula
from qdml_quantum.metrics import state_distance
from qdml_quantum.recipe import Phase, Refine, make_recipe
from qdml_quantum.reference.propagate import Propagator, interpolated
from qdml_quantum.states import amplitudes
from qdml_quantum.synthesis.circuit import make_builder

WELL = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
PLANE = Problem(Grid([(-5, 5), (-6, 6)], [3, 4]), "himmelblau")
CASES = [(WELL, (2, 1, 0)), (WELL, (3, 3)), (WELL, (4, 1)), (PLANE, (2, 1)), (PLANE, (1, 0))]


def schedule(levels, goal=0.1, seed=0):
    rng = np.random.default_rng(seed)
    stages = [
        Stage(rng.uniform(0.2, 1), rng.uniform(0.02, 0.1), num_steps=2, coarse=coarse)
        for coarse in levels
    ]
    return Schedule(tuple(stages), goal)


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


@pytest.mark.parametrize("compiler", ["walsh", "joint", "separate", "qiskit"])
@pytest.mark.parametrize(("problem", "levels"), CASES)
@pytest.mark.parametrize("formula", ["lie", "strang"])
def test_circuits_agree(problem, levels, compiler, formula):
    plan = schedule(levels)
    options = {"effort": 0.05, "budget": "exact"} if compiler in ("joint", "separate") else {}
    run = anneal(problem, plan, formula=formula, compiler=compiler, validate=False, **options)
    exact = anneal(problem, plan, formula=formula, backend="emulator", validate=False)
    assert state_distance(run.state, exact.state) < 1e-10
    assert len(run.stages) == len(plan.stages)
    for here, there in zip(run.stages, exact.stages, strict=True):
        assert here.energy == pytest.approx(there.energy, rel=1e-9)


@pytest.mark.parametrize("compiler", ["walsh", "joint"])
def test_whole_circuit_with_a_packet_and_measurement(compiler):
    """Wires permuted by a network stay known through a refinement, up to the measured bits."""
    plan, packet = schedule((2, 1, 0)), Gaussian(center=0.2, width=0.7)
    options = {"effort": 0.05, "budget": "exact"} if compiler == "joint" else {}
    circuit = build(WELL, plan, initial=packet, compiler=compiler, measure=True, **options)
    exact = anneal(WELL, plan, initial=packet, backend="emulator", validate=False).state
    bits = [
        circuit.find_bit(item.qubits[0]).index
        for item in circuit.data
        if item.operation.name == "measure"
    ]
    state = Statevector(circuit.remove_final_measurements(inplace=False))
    probabilities = state.probabilities(bits)
    expected = WELL.grid.to_vector(np.abs(exact) ** 2)
    np.testing.assert_allclose(probabilities, expected, atol=1e-10)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=3), st.integers(0, 9))
@settings(max_examples=15)
def test_schedules_come_back_from_json(levels, seed):
    plan = schedule(sorted(levels, reverse=True), seed=seed)
    assert Schedule.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_a_goal_frees_the_steps():
    """D may rise, energies refer to the goal, and halving the step says nothing any more."""
    stages = (Stage(0.2, 0.3, 1, coarse=2), Stage(0.9, 0.2, 1, coarse=1))
    with pytest.raises(ValueError, match="goal"):
        Schedule(stages)
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
    circuit = build(WELL, schedule((1, 0)), formula="lie", compiler="joint", effort=0.05)
    told = circuit.metadata["truncation"]
    assert told["budget"] == ["trotter", 0.02]
    assert told["state_error"] <= 0.02


@pytest.mark.parametrize("joint", [True, False])
def test_no_network_is_searched_for_finer_steps_than_there_are(joint):
    """An 8-qubit step takes seconds of search, one of 4 qubits a tenth."""
    plan, options = schedule((2, 2)), {"effort": 0.05, "budget": "exact"}
    compiler = "joint" if joint else "separate"
    given = {"formula": as_formula("lie"), "initial": "uniform", "compiler": compiler}
    builder, _ = make_builder(WELL, plan, **given, **options)
    assert builder.main.num_slots == 3
    builder.append(builder.empty(), make_recipe(plan).moves)
    assert {path_sum.num_slots for path_sum, _ in builder._networks} == {3}


def test_resume_in_the_middle(tmp_path):
    """A run that ends between two grids goes on from the state of the register."""
    plan = schedule((2, 1, 0))
    options = {"backend": "emulator", "validate": False, "folder": tmp_path}

    def stop(record):
        stop.seen += 1
        if stop.seen == 2:
            raise KeyboardInterrupt

    stop.seen = 0
    with pytest.raises(KeyboardInterrupt):
        anneal(WELL, plan, callback=stop, **options)
    again = anneal(WELL, plan, **options)
    once = anneal(WELL, plan, backend="emulator", validate=False)
    assert np.array_equal(again.state, once.state)
    assert len(again.stages) == 3


def test_bad_levels():
    with pytest.raises(ValueError, match="coarser"):
        Schedule((Stage(1, 0.1, 1), Stage(0.5, 0.1, 1, coarse=1)))
    with pytest.raises(ValueError, match="coarse"):
        Stage(1, 0.1, 1, coarse=-1)
    for use in (anneal, build):
        with pytest.raises(ValueError, match="leave a qubit"):
            use(WELL, Schedule((Stage(1, 0.1, 1, coarse=5),)))
    with pytest.raises(ValueError, match="coarse stages on a target with edges"):
        build(WELL, schedule((1, 0)), compiler="joint", target="line", effort=0.05)
