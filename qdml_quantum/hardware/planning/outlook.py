"""What a run can show: ideal histograms, error bars at a number of shots, checks before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import probabilities_in, signal_over_uniform
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.hardware.devices.isa import MAX_DEVIATION
from qdml_quantum.hardware.planning.costs import (
    ErrorBar,
    energy_error,
    error_bar,
    signal_error,
    success_error,
    uniform_fidelity,
)
from qdml_quantum.hardware.planning.plan import ERROR_OF, MIN_SIGNAL
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial, amplitudes
from qdml_quantum.support.check import Check, at_least, at_most

MOST_UNIFORM = 0.98
"""An ideal histogram with more fidelity with the uniform one than this proves nothing."""

Histogram = NDArray[np.float64]


def final_state(
    problem: Problem, schedule: Schedule, formula: Formula, initial: Initial
) -> NDArray[np.complex128]:
    """State at the end of an anneal, from the emulator."""
    psi = amplitudes(initial, problem.grid, schedule.coarse).astype(complex)
    return Propagator(problem).run(psi, make_recipe(schedule, formula).moves)


def histograms(psi: NDArray[np.complex128], bases: Sequence[str]) -> dict[str, Histogram]:
    """Probabilities of a state in every basis."""
    return {basis: probabilities_in(basis, psi) for basis in bases}


def error_bars(
    problem: Problem,
    diffusion: float,
    mask: NDArray[np.bool_],
    ideal: Mapping[str, Histogram],
    expected: Mapping[str, Histogram],
    shots: int,
    wanted: Mapping[str, float],
) -> tuple[ErrorBar, ...]:
    """Error bars of success and S, and of the energy where wave numbers are measured.

    Args:
        problem: Grid and objective.
        diffusion: D of the Hamiltonian.
        mask: Grid points within the success radius.
        ideal: Ideal histograms.
        expected: Those that are to be expected, with noise.
        shots: Of each circuit.
        wanted: Error bars that are asked for; see `as_wanted`.
    """
    p, q = expected["position"], ideal["position"]
    success = min(1.0, float(p[mask].sum()))
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
        energy, variances = _energy(problem, diffusion, expected)
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
        MIN_SIGNAL,
        f"S = (F - F_uniform)/(1 - F_uniform) that is to be expected, {how}",
        "Use fewer --steps, fewer --qubits, a larger --budget or --fractional gates.",
    )


def far_from_uniform(ideal: Histogram) -> Check:
    """The ideal histogram can be told from a flat one."""
    return at_most(
        "far_from_uniform",
        uniform_fidelity(ideal),
        MOST_UNIFORM,
        "Hellinger fidelity of the ideal histogram with a uniform one, which noise alone makes",
        "Anneal to a lower --d-stop, or with more steps: this outcome would prove nothing.",
    )


def beats_chance(ideal: Histogram, mask: NDArray[np.bool_]) -> Check:
    """The ideal anneal finds the minimum more often than chance does."""
    return at_least(
        "beats_chance",
        float(ideal[mask].sum() - mask.mean()),
        0.0,
        "success probability of the ideal anneal above that of a uniform histogram",
        "Anneal to a lower --d-stop, or with more steps.",
    )


def rotations_kept(deviation: float) -> Check:
    """The circuit still does what the recipe says: no small rotation was dropped."""
    return at_most(
        "small_rotations",
        deviation,
        MAX_DEVIATION,
        "total variation of the circuit without noise from the recipe; level 3 drops small angles",
        "Use another --compiler, or another --seed.",
    )


def enough_shots(bar: ErrorBar) -> Check:
    """The shots reach the error bar that was asked for."""
    needed = "No number of shots does"
    if bar.shots_needed is not None:
        needed = f"Take --shots {bar.shots_needed}"
    return at_most(
        f"{ERROR_OF}{bar.quantity}",
        bar.error,
        bar.wanted,
        f"half the 95 % interval of the {bar.quantity} with these shots",
        f"{needed}, or ask for less (--max-error).",
    )


def anneal_checks(
    problem: Problem, schedule: Schedule, formula: Formula, initial: Initial, ideal: Histogram
) -> list[Check]:
    """Is the ideal anneal a good one? Step size, roughness, wells between points, as in a run."""
    found = []
    if not schedule.is_free:
        fine = final_state(problem, schedule.halved(), formula, initial)
        found = [
            checks.time_step(ideal, np.abs(fine) ** 2),
            checks.rough_objective(problem, schedule),
        ]
    missed = checks.missed_well(problem)
    return [*found, *([missed] if missed else [])]
