"""The energy from counts: two settings of the same anneal, one per term of the Hamiltonian."""

from __future__ import annotations

import math
import numbers
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.backends import Backend, Task, as_backend, make_task
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.backends.memory import available_memory, require_memory
from qdml_quantum.diagnostics.metrics import BASES
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.dynamics.schedule import Schedule, require_schedule
from qdml_quantum.problem.problem import Problem, require_problem
from qdml_quantum.problem.states import Initial
from qdml_quantum.runs.result import finite_json
from qdml_quantum.support.messages import argument, count, number, unknown

SHOTS = 10_000
"""Default shots of both settings together: an error of a hundredth of the spreads' sum."""

_PILOT_SHARE, _PILOT_LEAST = 0.05, 32
_FEWEST = 2
"""A spread needs two shots."""
_ROUNDING = 1e-12

Counts = dict[str, int]
Sampler = Callable[[str, int, int], Counts]
"""Basis, shots and seed to counts."""
Observable = Callable[[Counts], NDArray[np.float64]]
"""Values of the bit strings, in their order."""


@dataclass(frozen=True, eq=False)
class EnergyEstimate:
    """``<H> = <zeta> + D <k^2>`` from counts, with its standard error.

    Attributes:
        diffusion: D.
        potential: Mean of zeta over the shots in the position basis.
        potential_error: Its standard error; 0 where all shots gave the same value.
        kinetic: D times the mean of ``|k|^2`` over the shots in the momentum basis.
        kinetic_error: Its standard error.
        counts_position: Measured bit strings; ``grid.index_of`` gives the index of the position.
        counts_momentum: The same for wave numbers in FFT order.
        exact: ``<H>`` of the state that the emulator finds for the same recipe; None where it does
            not fit into memory.
        exact_deviation: ``sqrt(<H^2> - <H>^2)`` of that state: what one shot would scatter by if H
            itself could be measured. Or None.
        backend: Name of the backend.
        seed: Seed of the sampling.
    """

    diffusion: float
    potential: float
    potential_error: float
    kinetic: float
    kinetic_error: float
    counts_position: Counts
    counts_momentum: Counts
    exact: float | None
    exact_deviation: float | None
    backend: str
    seed: int

    @property
    def energy(self) -> float:
        """``<zeta> + D <k^2>``."""
        return self.potential + self.kinetic

    @property
    def error(self) -> float:
        """Standard error of the energy: the two settings are independent."""
        return math.hypot(self.potential_error, self.kinetic_error)

    @property
    def shots_position(self) -> int:
        """Shots in the position basis."""
        return sum(self.counts_position.values())

    @property
    def shots_momentum(self) -> int:
        """Shots in the momentum basis."""
        return sum(self.counts_momentum.values())

    @property
    def pull(self) -> float | None:
        """``(energy - exact) / error``: mean 0 and width 1 over many ideal runs.

        Noise, and what a budget left out of zeta, moves it. Without an error, where all shots
        agreed, it is 0 if the energy is exact too, and infinite if not; None without `exact`.
        """
        if self.exact is None:
            return None
        if self.error > 0:
            return (self.energy - self.exact) / self.error
        if math.isclose(self.energy, self.exact, rel_tol=1e-9, abs_tol=1e-9):
            return 0.0
        return math.copysign(math.inf, self.energy - self.exact)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form; a pull that is not finite is None."""
        plain = {
            "energy": self.energy,
            "error": self.error,
            "potential": self.potential,
            "potential_error": self.potential_error,
            "kinetic": self.kinetic,
            "kinetic_error": self.kinetic_error,
            "diffusion": self.diffusion,
            "shots_position": self.shots_position,
            "shots_momentum": self.shots_momentum,
            "counts_position": self.counts_position,
            "counts_momentum": self.counts_momentum,
            "exact": self.exact,
            "exact_deviation": self.exact_deviation,
            "pull": self.pull,
            "backend": self.backend,
            "seed": self.seed,
        }
        return dict(finite_json(plain))

    def __str__(self) -> str:
        lines = [
            f"energy    {_pair(self.energy, self.error)} on {self.backend}",
            f"potential {_pair(self.potential, self.potential_error)}, "
            f"{self.shots_position} shots in positions",
            f"kinetic   {_pair(self.kinetic, self.kinetic_error)}, "
            f"{self.shots_momentum} shots in wave numbers, D = {self.diffusion:g}",
        ]
        if self.exact is not None:
            known = self.exact_deviation is not None
            spread = f", spread of H {self.exact_deviation:.3g}" if known else ""
            lines.append(f"exact     {self.exact:.6g}, pull {self.pull:+.2f}{spread}")
        return "\n".join(lines)


def measure_energy(
    problem: Problem,
    schedule: Schedule,
    *,
    diffusion: float | None = None,
    shots: int = SHOTS,
    split: str | float = "optimal",
    backend: Any = "emulator",
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    compiler: Any = None,
    budget: Any = None,
    target: Any = None,
    effort: float | None = None,
    seed: int | None = None,
) -> EnergyEstimate:
    r"""Estimate ``<H> = <zeta> + D <k^2>`` at the end of an anneal from shots alone.

    Some shots measure positions, the others wave numbers, through a Fourier transform of every
    axis. With sigma_z and sigma_k the spreads of zeta and of ``D |k|^2``, the standard error

        sqrt(sigma_z^2 / N_z + sigma_k^2 / N_k)

    is least at ``N_z : N_k = sigma_z : sigma_k``, where it is ``(sigma_z + sigma_k) / sqrt(N)``.

    Args:
        problem: Grid and objective.
        schedule: Stages of D and time steps.
        diffusion: D of the Hamiltonian, positive; default that of the schedule at its end.
        shots: Shots of both settings together, at least 4; default 10,000.
        split: ``"optimal"`` (default): 5 % of the shots, and at least 32, measure each setting
            first; their spreads divide the rest, and all shots enter the estimate. Or the share of
            positions, between 0 and 1.
        backend: ``"emulator"`` (default), ``"aer"``, or any `BackendV2` or `SamplerV2`.
        formula: Product formula; see `anneal`.
        initial: Initial state; see `anneal`.
        compiler: How phases become gates; see `anneal`.
        budget: What may be left out of the objective; see `build`.
        target: Where two-qubit gates may stand; see `build`. Default the device's own.
        effort: Work of the search for networks; default as in `build`.
        seed: Seed of the sampling; default a fresh one, which the estimate records. A `SamplerV2`
            that is handed over keeps its own: give it none, or its runs repeat each other's draws.

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
    >>> found = measure_energy(free, drift, initial=packet, seed=1)
    >>> round(found.exact, 9)  # D (k^2 + 1 / (4 width^2))
    2.125
    >>> found.potential_error, abs(found.energy - found.exact) < 3 * found.error
    (0.0, True)
    """
    require_problem(problem)
    require_schedule(schedule)
    backend = as_backend(backend)
    shots = count("shots", shots)
    share = _as_share(split, shots)
    diffusion = _positive(schedule.final_diffusion if diffusion is None else diffusion)
    seed = secrets.randbelow(2**31) if seed is None else count("seed", seed, least=0)
    task = make_task(
        backend,
        problem,
        schedule,
        formula=formula,
        initial=initial,
        seed=seed,
        compiler=compiler,
        budget=budget,
        target=target,
        effort=effort,
    )
    need = backend.required_bytes(problem, schedule)
    require_memory(need, f"An energy on {problem.grid.num_qubits} qubits")
    sample, state = _sampler(task, backend)
    observables = _values_of(problem, diffusion)
    counts = _two_settings(sample, observables, shots, share, seed)
    means = [_mean(f, found) for f, found in zip(observables, counts, strict=True)]
    exact, deviation = _exact(task, diffusion, None if backend.gate_level else state)
    return EnergyEstimate(
        diffusion, *means[0], *means[1], *counts, exact, deviation, backend.name, seed
    )


def _values_of(problem: Problem, diffusion: float) -> tuple[Observable, Observable]:
    """Zeta, and ``D |k|^2``, of measured bit strings."""
    grid = problem.grid
    squares = [diffusion * axis.wave_numbers**2 for axis in grid.axes]

    def potential(counts: Counts) -> NDArray[np.float64]:
        return np.array([problem.values[grid.index_of(bits)] for bits in counts])

    def kinetic(counts: Counts) -> NDArray[np.float64]:
        places = (zip(squares, grid.index_of(bits), strict=True) for bits in counts)
        return np.array([math.fsum(square[k] for square, k in axes) for axes in places])

    return potential, kinetic


def _sampler(task: Task, backend: Backend) -> tuple[Sampler, NDArray[Any] | None]:
    """What takes the shots, and the state they are taken from where there is one."""
    start, state = None, None
    if backend.gate_level:
        _ = task.compiled  # Once for all runs.
    if backend.staged:
        state = backend.run(task, start=None, on_stage=_ignore).state
        assert state is not None
        start = (len(task.schedule.stages), state)

    def sample(basis: str, shots: int, seed: int) -> Counts:
        measured = task.measured(basis, shots, seed)
        found = backend.run(measured, start=start, on_stage=_ignore).counts
        assert found is not None
        return found

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
    for place, wanted in enumerate((position, shots - position)):
        more = wanted - least
        if more > 0:
            taken[place] = _pooled(taken[place], sample(BASES[place], more, seeds[2 + place]))
    return taken[0], taken[1]


def _pooled(first: Mapping[str, int], second: Mapping[str, int]) -> Counts:
    return dict(sorted((Counter(first) + Counter(second)).items()))


def _spread(observable: Observable, counts: Counts) -> float:
    """Standard deviation of an observable over shots."""
    return _mean(observable, counts)[1] * math.sqrt(sum(counts.values()))


def _mean(observable: Observable, counts: Counts) -> tuple[float, float]:
    """Mean over shots, and its standard error.

    Values that differ by rounding only are equal: the error is then 0, not noise.
    """
    values, hits = observable(counts), np.array(list(counts.values()))
    first, total = float(values[0]), int(hits.sum())
    if np.ptp(values) <= _ROUNDING * np.abs(values).max():
        return first, 0.0
    apart = values - first
    mean = float(hits @ apart) / total
    variance = float(hits @ (apart - mean) ** 2) / (total - 1)
    return first + mean, math.sqrt(variance / total)


def _exact(
    task: Task, diffusion: float, state: NDArray[Any] | None
) -> tuple[float | None, float | None]:
    """Energy and its spread from the emulator; None where that does not fit into memory."""
    if state is None:
        emulator = Emulator()
        if emulator.required_bytes(task.problem) > available_memory():
            return None, None
        state = emulator.run(task, start=None, on_stage=_ignore).state
        assert state is not None
    energy, variance = Hamiltonian(task.problem, diffusion).moments(state)
    return energy, math.sqrt(variance)


def _positive(diffusion: float) -> float:
    if number("diffusion", diffusion, zero=True) == 0:
        raise ValueError(
            argument(
                "diffusion",
                "be greater than 0",
                diffusion,
                "Without kinetic energy <zeta> is all there is: `anneal` with shots.",
            )
        )
    return float(diffusion)


def _as_share(split: str | float, shots: int) -> float | None:
    """Share of positions among the shots; None where the spreads are to decide."""
    if shots < 2 * _FEWEST:
        raise ValueError(
            argument(
                "shots", f"be at least {2 * _FEWEST}, two per setting", shots, "Use 1000 or more."
            )
        )
    if isinstance(split, str):
        if split != "optimal":
            raise ValueError(unknown("split", split, ["optimal"]))
        return None
    if isinstance(split, bool) or not isinstance(split, numbers.Real):
        raise TypeError(argument("split", "be `optimal` or a share", split, "Write 0.5."))
    share = float(split)
    if not 0 < share < 1:
        raise ValueError(
            argument("split", "lie between 0 and 1", share, "It is the share of positions.")
        )
    if not _FEWEST <= round(share * shots) <= shots - _FEWEST:
        raise ValueError(
            argument(
                "split",
                f"leave {_FEWEST} of {shots} shots or more for each setting",
                share,
                "Take more shots, or a share nearer to 0.5.",
            )
        )
    return share


def _pair(value: float, error: float) -> str:
    return f"{value:.6g} +- {error:.2g}"
