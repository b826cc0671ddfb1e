"""The one judge: what a state or counts say about an anneal, with every check that applies."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.annealing.controls import Controls, controls_of
from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.bootstrap import hits_on, signal_interval
from qdml_quantum.diagnostics.metrics import counts_to_probabilities, fidelity, state_distance
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.problem.goal import Goal, most_probable, of_counts
from qdml_quantum.problem.survey import is_parted
from qdml_quantum.reference.imaginary_time import GroundState, ground_state
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.runs.result import Reference, Result, StageRecord
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check
from qdml_quantum.support.digest import untold
from qdml_quantum.support.estimate import CONFIDENCE, Estimate
from qdml_quantum.support.memo import once_each
from qdml_quantum.support.messages import bad_value, count
from qdml_quantum.support.typed import typed

if TYPE_CHECKING:
    from qdml_quantum.hardware.planning.plan import Plan
    from qdml_quantum.synthesis.phases.truncation import Truncation

EXACT_QUBITS, EXACT_AXIS = 12, 10
"""Up to here, in all and on any axis, the ground state is also found by diagonalisation."""

_REFERENCE_SECONDS = 60
_NOBODY_HOLDS = "not compared: several processes hold the state, and none could hold a ground state"


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a run left behind, before it is judged.

    Attributes:
        backend: Name of the backend.
        state: Final amplitudes, or None.
        counts: Counts of positions, or None.
        seed: Of the sampling.
        stages: What was seen at the end of every stage.
        stage_probabilities: Histograms there, or None.
        gate_level: Whether a circuit was run, rather than the recipe.
        imaginary: Whether time was imaginary.
        truncation: What the compiler left out of the objective; None without a compiler.
        two_qubit_block: Most qubits that two-qubit gates join, where only counts came back.
        plan: What a device ran; None on simulators.
        all_counts: Counts of all circuits of the plan.
        job: What is known of the job of a device, in plain JSON.
        untold: Parts of what was run that have no digest; see `identity_of`.
        resources: Gates, steps, times.
        versions: Of the packages that were used.
        final_state: Evolves an anneal without any device; None for `Anneal.final_state`.
        moved_by_halving: Probability that moves when every step is halved, where the states lie in
            several processes; None where the judge finds it.
    """

    backend: str
    state: NDArray[Any] | None = None
    counts: Mapping[str, int] | None = None
    seed: int | None = None
    stages: Sequence[StageRecord] = ()
    stage_probabilities: Array | None = None
    gate_level: bool = False
    imaginary: bool = False
    truncation: Truncation | None = None
    two_qubit_block: int | None = None
    plan: Plan | None = None
    all_counts: Sequence[Mapping[str, int]] = ()
    job: Mapping[str, Any] = field(default_factory=dict)
    untold: Sequence[str] = ()
    resources: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    final_state: Callable[[Anneal], NDArray[Any]] | None = None
    moved_by_halving: float | None = None


@typed
def judge(
    anneal: Anneal,
    goal: Goal,
    evidence: Evidence,
    *,
    validate: bool = True,
    confidence: float = CONFIDENCE,
    min_signal: float = checks.MIN_SIGNAL,
    seed: int = 0,
) -> Result:
    r"""Judge what a run left behind: is this the anneal, and did it find the minimum?

    A state is compared with the imaginary-time ground state, and with the same run of halved steps.
    Counts alone have to show that noise did not make them; the claim holds where

    - there are at least 4 shots per grid point, and 100;
    - the ideal histogram is not nearly uniform: ``F_u <= 0.98``;
    - the measured one is 5 standard deviations from uniform ones, towards the ideal;
    - the lower end of the interval of ``S = (F - F_u) / (1 - F_u)`` is at least `min_signal`;
    - where the ideal anneal beats chance, the lower end of the success probability is above that of
      a uniform histogram.

    On a device these decide, and what concerns the ideal anneal is for information: the plan said
    it. Only counts as they came decide. Values with mitigation stand beside them: they lean on a
    model of the noise, whose errors no interval shows, and a quasi-probability that is moved to the
    nearest distribution looks sharper than what was measured.

    Args:
        anneal: What was run.
        goal: What counts as success.
        evidence: What came out.
        validate: Compare with the ground state and with halved steps: about two more emulator runs.
        confidence: Of all intervals, default 0.95.
        min_signal: Least S that is claimed, default 0.5.
        seed: Of the synthetic histograms that intervals come from.

    Raises:
        TypeError: A count is no integer.
        ValueError: Counts of another number of settings or bits, an empty one, or a number out of
            range.
    """
    for name, value in (("confidence", confidence), ("min_signal", min_signal)):
        if not 0 < value < 1:
            raise bad_value(name, "lie between 0 and 1", value)
    count("seed", seed, least=0)
    problem, state, plan = anneal.problem, evidence.state, evidence.plan
    if plan is not None:
        from qdml_quantum.hardware.verdict.verdict import about_the_job, counts_of_plan, read_device

        all_counts = counts_of_plan(plan, evidence.all_counts)
    counts = evidence.counts if plan is None else all_counts[0]
    shots = None if counts is None else sum(counts.values())
    parted = is_parted(problem.grid.size)
    if parted:  # Several processes: nothing of the whole grid is made.
        counts = {} if counts is None else counts
        index, success = of_counts(goal, counts, confidence)
        _ = goal.baseline  # All processes find it together; later one alone is asked for it.
    else:
        if counts is None:
            histogram = np.asarray(np.abs(np.asarray(state)) ** 2, dtype=float)
        else:
            histogram = counts_to_probabilities(counts, problem.grid)
        index = most_probable(histogram, problem, shots)
        success = goal.success(histogram, shots, confidence)
    reference, overlap = None, None
    about_reference: list[Check] = []
    if validate and anneal.diffusion > 0 and not parted:
        known = _references(goal)
        if anneal.diffusion not in known:
            truth = ground_state(problem, anneal.diffusion, max_seconds=_REFERENCE_SECONDS)
            known[anneal.diffusion] = judged_reference(goal, truth, anneal.diffusion)
        reference, about_reference = known[anneal.diffusion]
        overlap = None if state is None else fidelity(state, reference.state)
    ideal, about_anneal = _about_the_anneal(anneal, evidence, validate)
    free = anneal.schedule.is_free
    all_checks = [] if overlap is None else [checks.ground_state(overlap, free=free)]
    if reference is not None:
        all_checks.append(checks.localised(reference.success, goal.baseline))
        if anneal.schedule.rises:
            focus = checks.focused(success.value, reference.success)
            all_checks.append(replace(focus, decides=False))
    if validate and parted:
        unknown = checks.ground_state(math.nan, free=anneal.schedule.is_free)
        all_checks.append(replace(unknown, decides=False, meaning=_NOBODY_HOLDS))
    all_checks += [*_about_the_state(anneal, evidence, reference), *about_anneal, *about_reference]
    device = None
    if counts is not None and ideal is not None:
        hits = hits_on(problem.grid, counts)
        alone = state is None or plan is not None  # Nothing else says what noise did.
        # With a state at hand few shots are no fault: it says more, and they are not looked at.
        if alone or checks.enough_shots(int(hits.sum()), hits.size).passed:
            signal = signal_interval(hits, ideal, confidence=confidence, seed=seed)
            claim = [checks.signal(signal, min_signal)]
            if alone:
                claim = checks.claim(hits, ideal, goal, success, signal, min_signal, seed=seed)
            if plan is not None:
                device = read_device(
                    plan,
                    all_counts,
                    signal,
                    ground=None if reference is None else reference.state**2,
                    min_signal=min_signal,
                    seed=seed,
                    job=evidence.job,
                )
                # What concerns the ideal anneal was said before the run, by the plan.
                more = [*about_the_job(device), *all_checks]
                all_checks = [*claim, *(replace(check, decides=False) for check in more)]
            else:
                all_checks += claim
    nameless = evidence.untold or (() if plan is None else untold(plan.identity))
    if nameless:
        all_checks.append(checks.told_apart(nameless))
    last = evidence.stages[-1] if evidence.stages else None
    energy = Estimate.exact(last.energy) if last is not None else None
    if energy is None and device is not None and device.energy is not None:
        energy = device.energy.energy
    return Result(
        goal=goal,
        anneal=anneal,
        backend=evidence.backend,
        diffusion=anneal.diffusion,
        state=state,
        counts=counts,
        seed=evidence.seed,
        minimizer=problem.grid.position(index),
        minimum=problem.objective.original_value(problem.value_at(index)),
        success=success,
        energy_estimate=energy,
        energy_deviation=last.deviation if last else None,
        fidelity=overlap,
        reference=reference,
        stages=tuple(evidence.stages),
        stage_probabilities=evidence.stage_probabilities,
        checks=tuple(all_checks),
        device=device,
        resources=evidence.resources,
        versions=evidence.versions,
        controls=_controls(anneal, evidence) if validate and not parted else None,
    )


@once_each
def _references(goal: Goal) -> dict[float, tuple[Reference, list[Check]]]:
    """By D, those that were made for a goal: the anneals of a sweep share them."""
    return {}


def _controls(anneal: Anneal, evidence: Evidence) -> Controls | None:
    """Those of the steps that were run: on a device some may have been loaded."""
    if evidence.plan is not None:
        return evidence.plan.controls
    return None if evidence.imaginary else controls_of(anneal)


def _about_the_state(
    anneal: Anneal, evidence: Evidence, reference: Reference | None
) -> Iterator[Check]:
    """Is it a state, does the grid resolve it and keep it off its edges, is its energy its own?"""
    state, problem = evidence.state, anneal.problem
    if state is None:
        return
    if not np.isfinite(state).all():
        raise FloatingPointError(
            "The final state holds NaN or infinite amplitudes: the backend "
            f"`{evidence.backend}` lost it on the way. Use double precision or smaller time steps."
        )
    yield checks.norm(state)
    if anneal.schedule.is_free and not evidence.imaginary:
        if reference is not None:
            aim, energy = reference.state, reference.energy
            yield from checks.of_few_steps(state, aim, problem, anneal.diffusion, energy)
        return
    spectrum = scipy.fft.fftn(state)
    before = [stage.aliasing for stage in evidence.stages]
    yield checks.aliasing(state, problem.grid, before, spectrum)
    if not problem.objective.periodic:
        edges = [checks.edge_weight(anneal.start), *(stage.edge for stage in evidence.stages)]
        around = checks.wrap_around(state, edges)
        yield around
        if not around.passed:
            yield replace(checks.seam(problem), decides=False)
    if evidence.stages:
        energy = evidence.stages[-1].energy
        yield checks.energy_tail(state, problem, anneal.diffusion, energy, spectrum)


def _about_the_anneal(
    anneal: Anneal, evidence: Evidence, validate: bool
) -> tuple[Array | None, list[Check]]:
    """Probabilities of the ideal anneal, where they are known, and whether it is a good one.

    A plan made these checks before the run.
    """
    if evidence.plan is not None:
        about = [check for check in evidence.plan.checks if check.name in checks.OF_THE_ANNEAL]
        return evidence.plan.ideal["position"], about
    state, anneal_checks = evidence.state, []
    ideal = state
    held = evidence.moved_by_halving is not None  # On devices, where nobody has it as a whole.
    if validate and not held and (evidence.gate_level or state is None):
        ideal = anneal.final_state(imaginary=evidence.imaginary)
    left_out = evidence.truncation
    if validate and left_out is not None:
        if state is not None and ideal is not None:
            followed = ideal if left_out.is_exact else anneal.final_state(left_out.problem)
            anneal_checks.append(checks.circuit_agrees(state_distance(state, followed)))
        if not left_out.is_exact:
            anneal_checks.append(checks.truncation(left_out.state_error))
    if evidence.two_qubit_block is not None:
        anneal_checks.append(checks.two_qubits(evidence.two_qubit_block))
    probabilities = None
    if ideal is not None:
        probabilities = np.asarray(np.abs(ideal) ** 2, dtype=float)
    compared = probabilities if validate else None
    if evidence.moved_by_halving is not None and validate and not anneal.schedule.is_free:
        anneal_checks.append(checks.time_step(moved=evidence.moved_by_halving))
    anneal_checks += checks.of_the_anneal(
        anneal, compared, imaginary=evidence.imaginary, final_state=evidence.final_state
    )
    return probabilities, anneal_checks


def judged_reference(
    goal: Goal, truth: GroundState, diffusion: float
) -> tuple[Reference, list[Check]]:
    """The imaginary-time ground state beside exact diagonalisation, with their checks."""
    problem, exact, more = goal.problem, None, list(truth.checks)
    sizes = problem.grid.qubits_per_axis
    if sum(sizes) <= EXACT_QUBITS and max(sizes) <= EXACT_AXIS:
        exact = float(eigenstates(problem, diffusion)[0][0])
        hamiltonian = Hamiltonian(problem, diffusion)
        largest = float(hamiltonian.kinetic.max()) + max(map(abs, problem.span))
        scale = hamiltonian.scale(exact)
        more.append(checks.reference_exact(truth.energy - exact, scale, largest))
    reference = Reference(
        energy=truth.energy,
        deviation=math.sqrt(truth.variance),
        gap=truth.gap,
        exact_energy=exact,
        success=goal.share(truth.state**2),
        state=truth.state,
    )
    return reference, more
