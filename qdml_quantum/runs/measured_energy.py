"""The energy from counts: two settings of the same anneal, one per term of the Hamiltonian."""

from __future__ import annotations

import math
import numbers
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.backends import Backend, Task, as_backend, is_paid, make_task, seed_on
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.diagnostics.energy import EnergyEstimate, mean_over_shots
from qdml_quantum.diagnostics.metrics import BASES
from qdml_quantum.dynamics.anneal import Anneal, as_anneal
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.memory import available_memory, require_memory
from qdml_quantum.support.messages import as_float, bad_type, bad_value, count, number, unknown
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.compiler import Compiler

SHOTS = 10_000
"""Default shots of both settings together: an error of a hundredth of the spreads' sum."""

_PILOT_SHARE, _PILOT_LEAST = 0.05, 32
_FEWEST = 2
"""A spread needs two shots."""

Counts = dict[str, int]
Sampler = Callable[[str, int, int], Counts]
"""Basis, shots and seed to counts."""
Observable = Callable[[Counts], Array]
"""Values of the bit strings, in their order."""


@typed
def measure_energy(
    problem: Problem | Anneal,
    schedule: Schedule | None = None,
    *,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    backend: Any = "emulator",
    shots: int = SHOTS,
    seed: int | None = None,
    compiler: str | Compiler | None = None,
    diffusion: float | None = None,
    split: str | float = "optimal",
) -> EnergyEstimate:
    r"""Estimate ``<H> = <zeta> + D <k^2>`` at the end of an anneal from shots alone.

    Some shots measure positions, the others wave numbers, through a Fourier transform of every
    axis. With sigma_z and sigma_k the spreads of zeta and of ``D |k|^2``, the standard error

        sqrt(sigma_z^2 / N_z + sigma_k^2 / N_k)

    is least at ``N_z : N_k = sigma_z : sigma_k``, where it is ``(sigma_z + sigma_k) / sqrt(N)``.

    Args:
        problem: Grid and objective; or an `Anneal`, which has the next three parts already.
        schedule: Stages of D and time steps.
        formula: Product formula; see `anneal`.
        initial: Initial state; see `anneal`.
        backend: ``"emulator"`` (default), ``"aer"``, or any `BackendV2` or `SamplerV2`.
        shots: Shots of both settings together, at least 4; default 10,000.
        seed: Seed of the sampling; default a fresh one, which the estimate records, and on a
            device of an account 0: there the same call made again must find what it has paid for.
            A `SamplerV2` that is handed over keeps its own: give it none, or its runs repeat each
            other's draws.
        compiler: How phases become gates; see `anneal`.
        diffusion: D of the Hamiltonian, positive; default that of the schedule at its end.
        split: ``"optimal"`` (default): 5 % of the shots, and at least 32, measure each setting
            first; their spreads divide the rest, and all shots enter the estimate. Or the share of
            positions, between 0 and 1. A device of an account runs both halves in one job.

    Returns:
        The estimate, with the exact energy beside it where the emulator fits into memory.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: D is not positive, or a setting would get less than two shots.
        TooLargeError: The run does not fit into memory.

    >>> from qdml_quantum.problem.grid import Grid
    >>> from qdml_quantum.problem.states import Gaussian
    >>> free = Problem(Grid([(-20, 20)], 7), lambda x: 0 * x)
    >>> packet = Gaussian(center=0.0, width=1.0, momentum=2.0)
    >>> drift = Schedule.constant(0.5, num_steps=1, time_step=1.0)
    >>> estimate = measure_energy(free, drift, initial=packet, seed=1)
    >>> round(estimate.exact, 9)  # D (k^2 + 1 / (4 width^2))
    2.125
    >>> total = estimate.energy
    >>> estimate.potential.error, abs(total.value - estimate.exact) < 3 * total.error
    (0.0, True)
    """
    anneal = as_anneal(problem, schedule, formula=formula, initial=initial)
    backend = as_backend(backend)
    shots = count("shots", shots)
    share = _as_share(split, shots)
    diffusion = anneal.diffusion if diffusion is None else diffusion
    if number("diffusion", diffusion, zero=True) == 0:
        remedy = "Without kinetic energy <zeta> is all there is: `anneal` with shots."
        raise bad_value("diffusion", "be greater than 0", diffusion, remedy)
    seed = seed_on(backend, seed)
    task = make_task(backend, anneal, compiler=compiler, seed=seed)
    need = backend.required_bytes(anneal.problem, anneal.schedule)
    require_memory(need, f"An energy on {anneal.grid.num_qubits} qubits")
    observables = _values_of(anneal.problem, diffusion)
    if is_paid(backend):
        if share not in (None, 0.5):
            must = f"be 0.5 on `{backend.name}`, where both settings run in one job of equal shots"
            raise bad_value("split", must, share, "Leave it out.")
        half = task.measured(task.basis, shots // 2, task.seed)
        # Both settings are one paid job, which is in the ledger.
        state, counts = None, tuple(backend.settings(half, Goal(task.anneal.problem)))
    else:
        sample, state = _sampler(task, backend)
        counts = _two_settings(sample, observables, shots, share, seed)
    positions, waves = counts
    means = [
        mean_over_shots(f(taken), list(taken.values()))
        for f, taken in zip(observables, counts, strict=True)
    ]
    exact, deviation = _exact(task, diffusion, None if backend.gate_level else state)
    return EnergyEstimate(
        float(diffusion), means[0], means[1], positions, waves, exact, deviation, backend.name, seed
    )


def _values_of(problem: Problem, diffusion: float) -> tuple[Observable, Observable]:
    """Zeta, and ``D |k|^2``, of measured bit strings."""
    grid = problem.grid
    squares = [diffusion * axis.wave_numbers**2 for axis in grid.axes]

    def potential(counts: Counts) -> Array:
        return np.array([problem.values[grid.index_of(bits)] for bits in counts])

    def kinetic(counts: Counts) -> Array:
        pairs = (zip(squares, grid.index_of(bits), strict=True) for bits in counts)
        return np.array([math.fsum(square[k] for square, k in axes) for axes in pairs])

    return potential, kinetic


def _sampler(task: Task, backend: Backend) -> tuple[Sampler, NDArray[Any] | None]:
    """What takes the shots, and the state they are taken from where there is one."""
    start, state = None, None
    if backend.gate_level:
        _ = task.compiled  # Once for all runs.
    if backend.staged:
        state = backend.run(task, start=None, on_stage=_ignore).state
        assert state is not None
        start = (len(task.anneal.schedule.stages), state)

    def sample(basis: str, shots: int, seed: int) -> Counts:
        measured = task.measured(basis, shots, seed)
        counts = backend.run(measured, start=start, on_stage=_ignore).counts
        assert counts is not None
        return counts

    return sample, state


def _ignore(number: int, psi: NDArray[Any]) -> None:
    pass


def _two_settings(
    sample: Sampler,
    observables: tuple[Observable, Observable],
    shots: int,
    share: float | None,
    seed: int,
) -> tuple[Counts, Counts]:
    """Counts of both settings; without a share, pilots decide it and are pooled with the rest."""
    # Streams of their own: equal seeds would correlate the settings, or repeat the pilots.
    seeds = [int(s) >> 1 for s in np.random.SeedSequence(seed).generate_state(4)]
    taken: list[Counts] = [{}, {}]
    least = 0
    if share is None:
        least = min(max(_PILOT_LEAST, round(_PILOT_SHARE * shots)), shots // 2)
        taken = [sample(basis, least, s) for basis, s in zip(BASES, seeds[:2], strict=True)]
        spreads = [_spread(f, counts) for f, counts in zip(observables, taken, strict=True)]
        share = spreads[0] / sum(spreads) if sum(spreads) > 0 else 0.5
    position = min(max(least, round(share * shots)), shots - least)
    for index, (basis, wanted) in enumerate(zip(BASES, (position, shots - position), strict=True)):
        more = wanted - least
        if more > 0:
            taken[index] = Counter(taken[index]) + Counter(sample(basis, more, seeds[2 + index]))
    positions, waves = (dict(sorted(counts.items())) for counts in taken)
    return positions, waves


def _spread(observable: Observable, counts: Counts) -> float:
    """Standard deviation of an observable over shots."""
    mean = mean_over_shots(observable(counts), list(counts.values()))
    return mean.error * math.sqrt(sum(counts.values()))


def _exact(
    task: Task, diffusion: float, state: NDArray[Any] | None
) -> tuple[float | None, float | None]:
    """Energy and its spread from the emulator; None where that does not fit into memory."""
    if state is None:
        emulator = Emulator()
        if emulator.required_bytes(task.anneal.problem) > available_memory():
            return None, None
        state = emulator.run(task, start=None, on_stage=_ignore).state
        assert state is not None
    energy, variance = Hamiltonian(task.anneal.problem, diffusion).moments(state)
    return energy, math.sqrt(variance)


def _as_share(split: str | float, shots: int) -> float | None:
    """Share of positions among the shots; None where the spreads are to decide."""
    if shots < 2 * _FEWEST:
        raise bad_value(
            "shots", f"be at least {2 * _FEWEST}, two per setting", shots, "Use 1000 or more."
        )
    if isinstance(split, str):
        if split != "optimal":
            raise ValueError(unknown("split", split, ["optimal"]))
        return None
    if isinstance(split, bool) or not isinstance(split, numbers.Real):
        raise bad_type("split", "be `optimal` or a share", split, "Write 0.5.")
    share = as_float(split)
    if not 0 < share < 1:
        raise bad_value("split", "lie between 0 and 1", share, "It is the share of positions.")
    if not _FEWEST <= round(share * shots) <= shots - _FEWEST:
        must = f"leave {_FEWEST} of {shots} shots or more for each setting"
        raise bad_value("split", must, share, "Take more shots, or a share nearer to 0.5.")
    return share
