"""The verdict on counts: what they show about the anneal, and what they do not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import (
    BASES,
    Success,
    success_mask,
    total_variation,
    wilson_interval,
)
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.hardware.planning.mitigation import CALIBRATIONS
from qdml_quantum.hardware.verdict.bootstrap import (
    Interval,
    checked_counts,
    deviations_from_flat,
    distance_interval,
    hits_on,
    signal_interval,
)
from qdml_quantum.hardware.verdict.device_result import DECIDING, DeviceResult, Distances
from qdml_quantum.hardware.verdict.mitigated import variants
from qdml_quantum.hardware.verdict.readout import LARGEST_FLIP, flip_matrices, mean_flip
from qdml_quantum.reference.imaginary_time import GroundState, ground_state
from qdml_quantum.runs.measured_energy import EnergyEstimate
from qdml_quantum.runs.result import finite_json
from qdml_quantum.support.check import Check, at_least, at_most
from qdml_quantum.support.messages import argument, count
from qdml_quantum.support.versions import versions

if TYPE_CHECKING:
    from qdml_quantum.hardware.planning.plan import Plan

__all__ = ["DECIDING", "DeviceResult", "Distances", "judge"]

MIN_SIGNAL = 0.5
"""The claim: at least half of what tells the ideal histogram from a uniform one is there."""

SHOTS_PER_POINT, FEWEST_SHOTS = 4, 100
"""Below this the interval of S is not to be trusted."""

FLAT_DEVIATIONS = 5.0
"""Standard deviations from a uniform histogram: chance makes that once in three million runs."""

DRIFT = 0.1
"""S may lie so much below its prediction before the calibration is called old."""

_REFERENCE_SECONDS = 60.0

Array = NDArray[np.float64]
Counts = Mapping[str, int]


def judge(
    plan: Plan,
    counts: Sequence[Counts],
    *,
    confidence: float = 0.95,
    min_signal: float = MIN_SIGNAL,
    seed: int = 0,
    job: Mapping[str, Any] | None = None,
) -> DeviceResult:
    r"""Judge the counts of a plan: is this the anneal, or could noise have made it?

    The claim is supported where all of these hold:

    - there are at least 4 shots per grid point, and 100;
    - the ideal histogram is not nearly uniform: ``F_u <= 0.98``;
    - the measured one is 5 standard deviations from uniform ones, towards the ideal;
    - the lower end of the interval of ``S = (F - F_u) / (1 - F_u)`` is at least `min_signal`;
    - where the ideal anneal beats chance, the lower end of the success probability is above that of
      a uniform histogram.

    Only counts as they came decide. Values with mitigation stand beside them: they lean on a model
    of the noise, whose errors no interval shows, and a quasi-probability that is moved to the
    nearest distribution looks sharper than what was measured.

    Args:
        plan: What was run.
        counts: Bit strings (highest bit first) and hits of every setting of the plan, in order.
        confidence: Of all intervals, default 0.95.
        min_signal: Least S, default 0.5.
        seed: Of the synthetic histograms that intervals come from.
        job: What is known of the job, in plain JSON: its id, times, the backend.

    Raises:
        TypeError: A count is no integer.
        ValueError: Counts of another number of settings or bits, an empty one, or a number out of
            range.
    """
    for name, value in (("confidence", confidence), ("min_signal", min_signal)):
        if not 0 < value < 1:
            raise ValueError(argument(name, "lie between 0 and 1", value))
    count("seed", seed, least=0)
    counts = _checked(plan, counts)
    hits = hits_on(plan.grid, counts[0])
    ideal = plan.ideal["position"]
    signal = signal_interval(hits, ideal, confidence=confidence, seed=seed)
    mask = success_mask(plan.grid, plan.known_minimizers, plan.radius)
    success = _success(hits, mask, plan.radius, confidence)
    reference = _reference(plan)
    ground = None if reference is None else reference.state**2
    found = [
        *_deciding(plan, hits, signal, success, mask, min_signal, seed),
        *_informing(plan, counts, signal),
    ]
    if reference is not None:
        found += [check for check in reference.checks if not check.passed]
    return DeviceResult(
        plan=plan,
        counts=counts,
        signal=signal,
        success=success,
        ideal_success=min(1.0, float(ideal[mask].sum())),
        distance=None if ground is None else _distances(plan, hits, ground, confidence, seed),
        energy=_energy(plan, counts, seed),
        ground=ground,
        variants=variants(plan, counts, ground=ground, seed=seed),
        checks=tuple(found),
        confidence=float(confidence),
        min_signal=float(min_signal),
        seed=seed,
        job=dict(finite_json(dict(job or {}))),
        versions=_versions(),
    )


def _checked(plan: Plan, counts: Sequence[Counts]) -> tuple[dict[str, int], ...]:
    """Counts of all settings."""
    if len(counts) != len(plan.settings):
        raise ValueError(
            argument(
                "counts",
                f"hold one mapping for each of {len(plan.settings)} settings",
                f"{len(counts)} of them",
            )
        )
    return tuple(
        checked_counts(setting.num_bits, one)
        for setting, one in zip(plan.settings, counts, strict=True)
    )


def _success(
    hits: NDArray[np.int64], mask: NDArray[np.bool_], radius: float, confidence: float
) -> Success:
    shots, inside = int(hits.sum()), int(hits[mask].sum())
    low, high = wilson_interval(inside, shots, confidence)
    return Success(inside / shots, low, high, float(mask.mean()), radius)


def _reference(plan: Plan) -> GroundState | None:
    """The imaginary-time ground state at the final D."""
    if plan.diffusion <= 0:
        return None
    return ground_state(plan.problem, plan.diffusion, max_seconds=_REFERENCE_SECONDS)


def _distances(
    plan: Plan, hits: NDArray[np.int64], ground: Array, confidence: float, seed: int
) -> Distances:
    noisy = None if plan.noisy is None else plan.noisy["position"]
    return Distances(
        device=distance_interval(hits, ground, confidence=confidence, seed=seed),
        ideal=total_variation(plan.ideal["position"], ground),
        uniform=total_variation(np.full(ground.shape, 1 / ground.size), ground),
        noisy=None if noisy is None else total_variation(noisy, ground),
    )


def _energy(plan: Plan, counts: Sequence[dict[str, int]], seed: int) -> EnergyEstimate | None:
    """``<zeta> + D <k^2>`` from the circuits without added noise, and that of the ideal state."""
    if not plan.measures_energy:
        return None
    measured = [counts[plan.index(basis)] for basis in BASES]
    values = (plan.problem.values, plan.diffusion * squared_wave_numbers(plan.grid))
    means = [_mean(f, hits_on(plan.grid, n)) for f, n in zip(values, measured, strict=True)]
    return EnergyEstimate(
        plan.diffusion,
        *means[0],
        *means[1],
        counts_position=measured[0],
        counts_momentum=measured[1],
        exact=sum(float((plan.ideal[b] * f).sum()) for b, f in zip(BASES, values, strict=True)),
        exact_deviation=None,
        backend=plan.backend,
        seed=seed,
    )


def _mean(values: Array, hits: NDArray[np.int64]) -> tuple[float, float]:
    """Mean over shots, and its standard error."""
    shots = int(hits.sum())
    mean = float((hits * values).sum() / shots)
    variance = float((hits * (values - mean) ** 2).sum() / max(1, shots - 1))
    return mean, math.sqrt(variance / shots)


def _deciding(
    plan: Plan,
    hits: NDArray[np.int64],
    signal: Interval,
    success: Success,
    mask: NDArray[np.bool_],
    min_signal: float,
    seed: int,
) -> list[Check]:
    from qdml_quantum.hardware.planning.outlook import far_from_uniform

    ideal = plan.ideal["position"]
    wanted = max(FEWEST_SHOTS, SHOTS_PER_POINT * plan.grid.size)
    found = [
        at_least(
            "enough_shots",
            int(hits.sum()),
            wanted,
            f"shots; {SHOTS_PER_POINT} for every grid point, and {FEWEST_SHOTS}, are needed",
            f"Take --shots {wanted} or more.",
        ),
        far_from_uniform(ideal),
        at_least(
            "not_flat",
            deviations_from_flat(hits, ideal, seed=seed),
            FLAT_DEVIATIONS,
            "standard deviations from uniform histograms, towards the ideal one",
            "Use fewer steps, fewer qubits or another device: noise alone makes such a histogram.",
        ),
        at_least(
            "signal",
            signal.low,
            min_signal,
            "lower end of the interval of S = (F - F_uniform)/(1 - F_uniform)",
            "Use more --shots where the interval is wide, else fewer steps or fewer qubits: "
            "`qdml plan --fit` looks for them.",
        ),
    ]
    if float(ideal[mask].sum()) > success.baseline:
        found.append(
            at_least(
                "above_chance",
                success.low - success.baseline,
                0.0,
                "lower end of the success probability above that of a uniform histogram",
                "Use more --shots, fewer steps, or a lower --d-stop.",
            )
        )
    return found


def _informing(plan: Plan, counts: Sequence[Counts], signal: Interval) -> list[Check]:
    found = [
        checks.two_qubits(_largest_block(plan.settings[0].circuit)),
        at_least(
            "all_shots",
            min(sum(one.values()) for one in counts),
            plan.shots,
            "fewest shots of a circuit that came back, beside those that were asked for",
            "Look at the messages of the job; fetch it again.",
        ),
    ]
    if plan.expected_signal is not None:
        found.append(
            at_most(
                "as_predicted",
                plan.expected_signal - signal.high,
                DRIFT,
                "how far the interval of S lies below its prediction",
                "The device has drifted, or does worse than it says: plan again with today's "
                "calibration, look at --dynamical-decoupling and --twirling.",
            )
        )
    kinds = [setting.kind for setting in plan.settings]
    if set(CALIBRATIONS) <= set(kinds):
        flips = flip_matrices(*(counts[kinds.index(kind)] for kind in CALIBRATIONS))
        found.append(
            at_most(
                "readout_errors",
                max(mean_flip(matrix) for matrix in flips),
                LARGEST_FLIP,
                "mean readout error of the worst qubit, measured in the same job",
                "Choose other qubits: plan again with more --seeds.",
            )
        )
    return found


def _largest_block(circuit: Any) -> int:
    """Most qubits that two-qubit gates join: what does not interact is as many small circuits."""
    joined: list[set[Any]] = []
    for item in circuit.data:
        if item.operation.name in ("barrier", "measure", "delay"):
            continue
        met = [block for block in joined if not block.isdisjoint(item.qubits)]
        joined = [block for block in joined if block not in met]
        joined.append(set(item.qubits).union(*met))
    return max(map(len, joined), default=0)


def _versions() -> dict[str, str]:
    found = versions(circuits=True)
    for name in ("qiskit-ibm-runtime", "mthree"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
