"""What a run can show: ideal histograms, error bars at a number of shots, checks before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import probabilities_in, signal_over_uniform
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.hardware.planning.costs import (
    ErrorBar,
    energy_error,
    error_bar,
    signal_error,
    success_error,
)
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.check import Check, at_least, at_most

Histogram = NDArray[np.float64]
GOALS = ("success", "signal")
"""What is to be best: success probability above that of a uniform histogram, or S."""


def histograms(psi: NDArray[np.complex128], bases: Sequence[str]) -> dict[str, Histogram]:
    """Probabilities of a state in every basis."""
    return {basis: probabilities_in(basis, psi) for basis in bases}


def error_bars(
    goal: Goal,
    diffusion: float,
    ideal: Mapping[str, Histogram],
    expected: Mapping[str, Histogram],
    shots: int,
    wanted: Mapping[str, float],
) -> tuple[ErrorBar, ...]:
    """Error bars of success and S, and of the energy where wave numbers are measured.

    Args:
        goal: The problem, and what counts as success.
        diffusion: D of the Hamiltonian.
        ideal: Ideal histograms.
        expected: Those that are to be expected, with noise.
        shots: Of each circuit.
        wanted: Error bars that are asked for; see `as_wanted`.
    """
    p, q = expected["position"], ideal["position"]
    success = goal.share(p)
    bars = [
        error_bar("success", success, partial(success_error, success), shots, wanted["success"]),
        error_bar(
            "signal",
            signal_over_uniform(p, q),
            partial(signal_error, p, q),
            shots,
            wanted["signal"],
        ),
    ]
    if "momentum" in expected:
        energy, variances = _energy(goal.problem, diffusion, expected)
        bars.append(
            error_bar("energy", energy, partial(energy_error, variances), shots, wanted["energy"])
        )
    return tuple(bars)


def _energy(
    problem: Problem, diffusion: float, expected: Mapping[str, Histogram]
) -> tuple[float, list[float]]:
    """``<zeta> + D <k^2>``, and the variances of one shot of each."""
    kinetic = diffusion * squared_wave_numbers(problem.grid)
    total, variances = 0.0, []
    for basis, values in (("position", problem.values), ("momentum", kinetic)):
        weights = expected[basis]
        mean = float((weights * values).sum())
        total += mean
        variances.append(float((weights * (values - mean) ** 2).sum()))
    return total, variances


def expected_signal(signal: float, how: str) -> Check:
    """Enough of the ideal histogram is left."""
    return at_least(
        "expected_signal",
        signal,
        checks.MIN_SIGNAL,
        f"S = (F - F_uniform)/(1 - F_uniform) that is to be expected, {how}",
        "Use fewer --steps, fewer --qubits, a larger --budget or --fractional gates.",
    )


def beats_chance(ideal: Histogram, goal: Goal) -> Check:
    """The ideal anneal finds the minimum more often than chance does."""
    return at_least(
        "beats_chance",
        goal.share(ideal) - goal.baseline,
        0.0,
        "success probability of the ideal anneal above that of a uniform histogram",
        "Anneal to a lower --d-stop, or with more steps.",
    )


def error_reached(bar: ErrorBar) -> Check:
    """The shots reach the error bar that was asked for."""
    needed = "No number of shots does"
    if bar.shots_needed is not None:
        needed = f"Take --shots {bar.shots_needed}"
    return at_most(
        f"error_of_{bar.quantity}",
        bar.error,
        bar.wanted,
        f"half the 95 % interval of the {bar.quantity} with these shots",
        f"{needed}, or ask for less (--max-error).",
    )
