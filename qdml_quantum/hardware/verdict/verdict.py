"""What only the counts of a device tell: the job itself, its energy, distances, variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.bootstrap import checked_counts, distance_interval, hits_on
from qdml_quantum.diagnostics.dynamics import NATS, Dynamics, judge_dynamics
from qdml_quantum.diagnostics.energy import EnergyEstimate, mean_over_shots
from qdml_quantum.diagnostics.metrics import total_variation
from qdml_quantum.hardware.planning.draft import energy_terms
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.setting import CALIBRATIONS
from qdml_quantum.hardware.verdict.device_run import DeviceRun, Distances
from qdml_quantum.hardware.verdict.readout import LARGEST_FLIP, flip_matrices, mean_flip
from qdml_quantum.hardware.verdict.variants import variants
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check, at_least, at_most
from qdml_quantum.support.estimate import Estimate
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.store import finite_json
from qdml_quantum.synthesis.circuits.gates import largest_block

DRIFT = 0.1
"""S may lie so much below its prediction before the calibration is called old."""

Counts = Mapping[str, int]


def counts_of_plan(plan: Plan, counts: Sequence[Counts]) -> tuple[dict[str, int], ...]:
    """Counts of all circuits of a plan, once it is clear that they are that.

    Raises:
        TypeError: A count is no integer.
        ValueError: Counts of another number of settings or bits, or empty ones.
    """
    if len(counts) != len(plan.settings):
        raise bad_value(
            "counts",
            f"hold one mapping for each of {len(plan.settings)} settings",
            f"{len(counts)} of them",
        )
    return tuple(
        checked_counts(setting.num_bits, one)
        for setting, one in zip(plan.settings, counts, strict=True)
    )


def read_device(
    plan: Plan,
    counts: Sequence[Counts],
    signal: Estimate,
    *,
    ground: Array | None = None,
    min_signal: float = checks.MIN_SIGNAL,
    seed: int = 0,
    job: Mapping[str, Any] | None = None,
) -> DeviceRun:
    """Everything that the counts of a plan say beside what every run says.

    Args:
        plan: What was run.
        counts: Of every setting, in order; see `counts_of_plan`.
        signal: S of the positions, with its interval.
        ground: Probabilities of the imaginary-time ground state, shape of the grid, or None.
        min_signal: Least S that is claimed.
        seed: Of the synthetic histograms.
        job: What is known of the job, in plain JSON.
    """
    distance = None
    if ground is not None:
        hits, noisy = hits_on(plan.grid, counts[0]), plan.noisy
        distance = Distances(
            device=distance_interval(hits, ground, confidence=signal.confidence, seed=seed),
            ideal=total_variation(plan.ideal["position"], ground),
            uniform=total_variation(np.full(ground.shape, 1 / ground.size), ground),
            noisy=None if noisy is None else total_variation(noisy["position"], ground),
        )
    return DeviceRun(
        plan=plan,
        counts=tuple(counts),
        signal=signal,
        ideal_success=plan.goal.share(plan.ideal["position"]),
        energy=_energy(plan, counts, signal.confidence, seed),
        distance=distance,
        variants=variants(plan, counts, ground=ground, seed=seed),
        dynamics=dynamics_of(plan, counts),
        min_signal=float(min_signal),
        seed=seed,
        job=dict(finite_json(dict(job or {}))),
    )


def dynamics_of(plan: Plan, counts: Sequence[Counts]) -> Dynamics | None:
    """What the cuts of a plan show; None without cuts."""
    if not plan.cuts:
        return None
    hits = [hits_on(plan.grid, counts[plan.index(cut)]) for cut in plan.cuts]
    return judge_dynamics(hits, [plan.ideal[cut] for cut in plan.cuts])


def about_the_job(run: DeviceRun) -> list[Check]:
    """Is all there, is it what the plan predicted, are the readout errors small?"""
    plan, counts, dynamics = run.plan, run.counts, run.dynamics
    job_checks = [
        checks.two_qubits(largest_block(plan.settings[0].circuit)),
        at_least(
            "all_shots",
            min(sum(one.values()) for one in counts),
            plan.shots,
            "fewest shots of a circuit that came back, beside those that were asked for",
            "Look at the messages of the job; fetch it again.",
        ),
    ]
    if plan.expected_signal is not None:
        job_checks.append(
            at_most(
                "as_predicted",
                plan.expected_signal - run.signal.high,
                DRIFT,
                "how far the interval of S lies below its prediction",
                "The device has drifted, or does worse than it says: plan again with today's "
                "calibration, look at dynamical decoupling and twirling (--option).",
            )
        )
    if dynamics is not None:
        job_checks.append(
            at_least(
                "dynamics",
                dynamics.value,
                NATS,
                "nats by which the cuts are likelier than any state that stands still (T)",
                "Take more shots, or an anneal of fewer gates whose steps move the state further.",
            )
        )
    kinds = [setting.kind for setting in plan.settings]
    if set(CALIBRATIONS) <= set(kinds):
        flips = flip_matrices(*(counts[kinds.index(kind)] for kind in CALIBRATIONS))
        job_checks.append(
            at_most(
                "readout_errors",
                max(mean_flip(matrix) for matrix in flips),
                LARGEST_FLIP,
                "mean readout error of the worst qubit, measured in the same job",
                "Choose other qubits: plan again with more --seeds.",
            )
        )
    return job_checks


def _energy(
    plan: Plan, counts: Sequence[Counts], confidence: float, seed: int
) -> EnergyEstimate | None:
    """``<zeta> + D <k^2>`` from the circuits without added noise, and that of the ideal state."""
    if not plan.measures_energy:
        return None
    terms = energy_terms(plan.anneal)
    measured = {basis: counts[plan.index(basis)] for basis in terms}
    means = {
        basis: mean_over_shots(values, hits_on(plan.grid, measured[basis]), confidence)
        for basis, values in terms.items()
    }
    return EnergyEstimate(
        diffusion=plan.anneal.diffusion,
        potential=means["position"],
        kinetic=means["momentum"],
        counts_position=measured["position"],
        counts_momentum=measured["momentum"],
        exact=sum(float((plan.ideal[b] * values).sum()) for b, values in terms.items()),
        exact_deviation=None,
        backend=plan.backend,
        seed=seed,
    )
