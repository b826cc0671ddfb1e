"""Schedules of few steps, whose angles are optimised on the emulator."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.optimize import minimize
from tqdm.auto import tqdm

from qdml_quantum.hamiltonian import Hamiltonian, squared_wave_numbers
from qdml_quantum.messages import argument, count, number, unknown
from qdml_quantum.metrics import fidelity
from qdml_quantum.problem import Problem, require_problem
from qdml_quantum.reference.propagate import interpolated, unit_phase
from qdml_quantum.reference.spectrum import rough_ground_state
from qdml_quantum.schedule import Schedule, Stage
from qdml_quantum.states import amplitudes

Array = NDArray[Any]
Levels = tuple[tuple[int, int], ...]
"""Pairs of idle qubits per axis and number of steps, coarsest first."""

TARGETS = ("ground_state", "energy", "cvar")
CVAR_SHARE = 0.1
"""Share of the probability, at the lowest zeta, that `cvar` averages over."""

# Random starts of which the best is taken, L-BFGS iterations, results kept for jolts; widths of the
# jitter and of the jolts, and how far L-BFGS may go, in logarithms; ratios of D, lengths of a step.
_SCREENED, _ITERATIONS, _KEPT = 40, 300, 4
_SPREAD, _JOLTS, _ROOM = 0.3, (0.05, 1.0), 6.0
_RATIOS, _SCALES = (1.0, 300.0), (0.03, 30.0)
_FINEST_START, _COARSEST_START = 5, 3


@dataclass(frozen=True)
class OptimizedSchedule:
    """A schedule with a goal, and what the optimisation did.

    Attributes:
        schedule: One stage per step, to be used with the formula ``"lie"`` (its default).
        target: What was optimised.
        value: Of the target at the end: fidelity with the ground state (larger is better), mean
            energy, or conditional value at risk (smaller is better).
        start: The same before, for the best of all starts.
        fidelity: With the ground state at the goal, whatever the target was.
        starts: Local optimisations.
        evaluations: Anneals on the emulator, with gradients but for the choice of starts.
        seconds: Wall time.
    """

    schedule: Schedule
    target: str
    value: float
    start: float
    fidelity: float
    starts: int
    evaluations: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self) | {"schedule": self.schedule.to_dict()}

    def __str__(self) -> str:
        return (
            f"{self.schedule.num_steps} steps, {self.target} {self.start:.6g} -> {self.value:.6g}, "
            f"fidelity {self.fidelity:.6g} ({self.starts} starts, {self.evaluations} evaluations, "
            f"{self.seconds:.1f} s)"
        )


class Ansatz:
    r"""Steps with free angles, ``prod_j exp(-i beta_j k^2) exp(-i gamma_j zeta)``, and gradients.

    Starts in the uniform state of the coarsest level and is interpolated to the next one
    (`interpolated`) where levels change, and to the full grid in the end.

    The gradient costs one sweep back. With ``lambda = dL/dpsi*`` at the end of a gate
    ``exp(-i theta A)``, ``dL/dtheta = 2 Re <lambda| -i A |psi>``; lambda goes backwards by the
    inverse gates. The adjoint of the interpolation cuts the spectrum.

    Args:
        problem: Grid and objective.
        levels: Idle qubits per axis and steps, coarsest first.

    Raises:
        ValueError: A level leaves no qubit on an axis.
    """

    def __init__(self, problem: Problem, levels: Levels) -> None:
        self.problem, self.levels = problem, levels
        self.num_steps = sum(steps for _, steps in levels)
        used = [problem.thinned(coarse) for coarse, _ in levels]
        # A constant of zeta is a phase of the whole; the middle keeps gradients small.
        middle = sum(problem.span) / 2
        self._zeta = [level.values - middle for level in used]
        self._square = [squared_wave_numbers(level.grid) for level in used]
        self._first = amplitudes("uniform", used[0].grid)

    def state(self, angles: Array) -> Array:
        """The state on the full grid, for gamma_1 ... gamma_S, beta_1 ... beta_S."""
        return self._forward(angles, None)

    def value_and_gradient(
        self, angles: Array, loss: Callable[[Array], tuple[float, Array]]
    ) -> tuple[float, Array]:
        """Loss and its gradient; `loss` gives its value and ``dL/dpsi*`` of a state."""
        tape: list[tuple[Array, Array]] = []
        value, adjoint = loss(self._forward(angles, tape))
        gradient = np.zeros(2 * self.num_steps)
        step = self.num_steps
        for (_, steps), zeta, square in reversed(
            list(zip(self.levels, self._zeta, self._square, strict=True))
        ):
            adjoint = _cut(adjoint, zeta.shape)
            for _ in range(steps):
                step -= 1
                gamma, beta = angles[step], angles[self.num_steps + step]
                before, spectrum = tape[step]
                adjoint = scipy.fft.fftn(adjoint, norm="ortho")
                gradient[self.num_steps + step] = 2 * np.vdot(adjoint, square * spectrum).imag
                adjoint *= unit_phase(-beta * square)
                adjoint = scipy.fft.ifftn(adjoint, norm="ortho", overwrite_x=True)
                adjoint *= unit_phase(-gamma * zeta)
                gradient[step] = 2 * np.vdot(adjoint, zeta * before).imag
        return value, gradient

    def schedule(self, angles: Array, goal: float) -> Schedule:
        """One stage per step: ``dt = gamma``, ``D = beta / gamma``."""
        stages, step = [], 0
        for coarse, steps in self.levels:
            for _ in range(steps):
                gamma, beta = float(angles[step]), float(angles[self.num_steps + step])
                stages.append(Stage(beta / gamma, gamma, 1, coarse))
                step += 1
        return Schedule(tuple(stages), goal)

    def _forward(self, angles: Array, tape: list[tuple[Array, Array]] | None) -> Array:
        psi, step = self._first, 0
        for (_, steps), zeta, square in zip(self.levels, self._zeta, self._square, strict=True):
            if psi.shape != zeta.shape:
                psi = interpolated(psi, zeta.shape)
            for _ in range(steps):
                before = psi
                psi = psi * unit_phase(angles[step] * zeta)
                spectrum = scipy.fft.fftn(psi, norm="ortho", overwrite_x=True)
                spectrum *= unit_phase(angles[self.num_steps + step] * square)
                psi = scipy.fft.ifftn(spectrum, norm="ortho")
                if tape is not None:
                    tape.append((before, spectrum))
                step += 1
        full = self.problem.grid.shape
        return psi if psi.shape == full else interpolated(psi, full)


def optimize_schedule(
    problem: Problem,
    num_steps: int,
    *,
    diffusion: float,
    target: str = "ground_state",
    levels: Sequence[tuple[int, int]] | None = None,
    num_starts: int = 32,
    time_limit: float | None = None,
    seed: int = 0,
    progress: bool = False,
) -> OptimizedSchedule:
    """Few Trotter steps that reach the ground state, by optimising all of their angles.

    The potential angle gamma and the kinetic angle beta of every step are free and positive. They
    are optimised from many starts (falling D with random ratio, length and jitter, the best of 40
    each; every second one a jolt of one of the best so far) by L-BFGS, with adjoint gradients, on
    the emulator: a classical computation that knows the objective on the whole grid. With
    ``target="ground_state"`` it also knows the answer; `energy` and `cvar` do not.

    Args:
        problem: Grid and objective.
        num_steps: Trotter steps in all.
        diffusion: D of the Hamiltonian whose ground state is wanted.
        target: ``"ground_state"``: fidelity with it (default). ``"energy"``: mean of the
            Hamiltonian. ``"cvar"``: mean of zeta over the lowest tenth of the probability.
        levels: Pairs (idle qubits per axis, steps), coarsest first, adding up to `num_steps`.
            Default: registers of 3 to 5 qubits per axis at first, several divisions tried.
        num_starts: Local optimisations.
        time_limit: Seconds after which no further one begins, or None (default).
        seed: Of the starts; equal seeds give equal schedules, but for the time limit.
        progress: Show a bar.

    Raises:
        ValueError: An unknown target, levels that do not fit the grid or do not add up.

    References:
        Alternating angles as parameters: E. Farhi, J. Goldstone and S. Gutmann, arXiv:1411.4028.
        Conditional value at risk: P. Barkoutsos et al., Quantum 4, 256 (2020), doi
        10.22331/q-2020-04-20-256.

    >>> from qdml_quantum.grid import Grid
    >>> problem = Problem(Grid([(-4, 4)], 6), "harmonic")
    >>> found = optimize_schedule(problem, 4, diffusion=0.25, num_starts=16)
    >>> found.fidelity > 0.98, found.schedule.num_steps, found.schedule.goal
    (True, 4, 0.25)
    """
    require_problem(problem)
    begun, goal = time.monotonic(), number("diffusion", diffusion)
    steps, starts = count("num_steps", num_steps), count("num_starts", num_starts)
    ground = np.asarray(rough_ground_state(problem, goal), dtype=complex)
    loss = _loss(problem, goal, target, ground / np.linalg.norm(ground))
    plans = [Ansatz(problem, plan) for plan in _plans(problem, steps, levels)]
    rng = np.random.default_rng(seed)
    best: list[tuple[float, int, Array]] = []
    initial = math.inf
    evaluations = done = 0
    for attempt in tqdm(range(starts), desc="optimize", unit="start", disable=not progress):
        if time_limit is not None and attempt and time.monotonic() - begun > time_limit:
            break
        if attempt % 2 and best:
            place = min(int(rng.exponential()), len(best) - 1)
            _, plan, point = best[place]
            jolt = math.exp(rng.uniform(*np.log(_JOLTS)))
            point = point + rng.normal(0, jolt, point.size)
        else:
            plan = attempt // 2 % len(plans)
            points = [_start(rng, plans[plan], goal) for _ in range(_SCREENED)]
            values = [loss(plans[plan].state(np.exp(point)))[0] for point in points]
            evaluations += _SCREENED
            initial = min(initial, *values)
            point = points[int(np.argmin(values))]
        found = _descend(plans[plan], loss, point)
        evaluations += found.nfev
        done += 1
        best.append((float(found.fun), plan, found.x))
        best = sorted(best, key=lambda entry: entry[0])[:_KEPT]
    value, plan, point = best[0]
    angles = np.exp(point)
    reached = fidelity(ground, plans[plan].state(angles))
    sign = -1.0 if target == "ground_state" else 1.0
    return OptimizedSchedule(
        schedule=plans[plan].schedule(angles, goal),
        target=target,
        value=sign * value,
        start=sign * initial,
        fidelity=reached,
        starts=done,
        evaluations=evaluations,
        seconds=time.monotonic() - begun,
    )


def _descend(ansatz: Ansatz, loss: Callable[[Array], tuple[float, Array]], point: Array) -> Any:
    """L-BFGS on the logarithms of the angles, which keeps them positive."""

    def logarithmic(x: Array) -> tuple[float, Array]:
        angles = np.exp(x)
        value, gradient = ansatz.value_and_gradient(angles, loss)
        return value, gradient * angles

    bounds = [(x - _ROOM, x + _ROOM) for x in point]
    options = {"maxiter": _ITERATIONS}
    return minimize(logarithmic, point, jac=True, method="L-BFGS-B", bounds=bounds, options=options)


def _start(rng: np.random.Generator, ansatz: Ansatz, goal: float) -> Array:
    """Logarithms of angles: D falls to the goal at equal ratios, and dt ~ 1/sqrt(D), with jitter.

    The length of a step is anywhere between a small phase and several turns of the potential.
    """
    steps = ansatz.num_steps
    ratio = math.exp(rng.uniform(*np.log(_RATIOS)))
    diffusions = goal * ratio ** np.linspace(1, 0, steps)
    spread = float(ansatz.problem.values.std()) or 1.0
    scale = math.exp(rng.uniform(*np.log(_SCALES))) / spread
    times = scale * np.sqrt(goal / diffusions)
    angles = np.concatenate([times, times * diffusions])
    return np.asarray(np.log(angles) + rng.normal(0, _SPREAD, 2 * steps))


def _loss(
    problem: Problem, goal: float, target: str, ground: Array
) -> Callable[[Array], tuple[float, Array]]:
    """Value and derivative by psi* of a target, for normalised states; smaller is better."""
    if target == "ground_state":

        def missing(psi: Array) -> tuple[float, Array]:
            overlap = np.vdot(ground, psi)
            return -float(abs(overlap) ** 2), np.negative(overlap * ground)

        return missing
    if target == "energy":
        hamiltonian = Hamiltonian(problem, goal)

        def energy(psi: Array) -> tuple[float, Array]:
            image = hamiltonian.apply(psi)
            return float(np.vdot(psi, image).real), image

        return energy
    if target == "cvar":
        order = np.argsort(problem.values, axis=None, kind="stable")
        zeta = problem.values.ravel()[order]

        def at_risk(psi: Array) -> tuple[float, Array]:
            weights = np.abs(psi.ravel()[order]) ** 2
            below = np.concatenate([[0.0], np.cumsum(weights)])
            taken = np.clip(CVAR_SHARE - below[:-1], 0, weights)
            last = min(int(np.searchsorted(below, CVAR_SHARE)), zeta.size) - 1
            # More probability below the edge pushes as much of it, at the edge, out.
            slope = np.where(zeta < zeta[last], zeta - zeta[last], 0) / CVAR_SHARE
            derivative = np.empty_like(psi.ravel())
            derivative[order] = slope * psi.ravel()[order]
            return float(taken @ zeta) / CVAR_SHARE, derivative.reshape(psi.shape)

        return at_risk
    raise ValueError(unknown("target", target, TARGETS))


def _plans(
    problem: Problem, num_steps: int, levels: Iterable[tuple[int, int]] | None
) -> list[Levels]:
    """Divisions of the steps among grids: as asked, or some that begin with few qubits."""
    if levels is not None:
        plan = tuple((int(coarse), int(steps)) for coarse, steps in levels)
        falling = all(a > b for (a, _), (b, _) in pairwise(plan))
        if sum(steps for _, steps in plan) != num_steps or not falling:
            raise ValueError(
                argument(
                    "levels",
                    f"be pairs (idle qubits, steps), idle qubits falling, {num_steps} steps in all",
                    plan,
                )
            )
        return [plan]
    least = min(problem.grid.qubits_per_axis)
    # Idle qubits for a coarse register of 3, 4 and 5 qubits, where the grid has more.
    three, four, five = (max(0, least - size) for size in range(_COARSEST_START, _FINEST_START + 1))
    few = round(num_steps / 5)
    asked = (
        ((four, num_steps),),
        ((three, few), (four, num_steps - few)),
        ((four, num_steps - num_steps // 3), (five, num_steps // 3)),
        ((three, few), (four, num_steps - 2 * few), (five, few)),
    )
    plans = [_merged(plan) for plan in asked]
    return list(dict.fromkeys(plans))


def _merged(plan: Levels) -> Levels:
    """Without empty levels, and equal ones as one."""
    found: list[tuple[int, int]] = []
    for coarse, steps in plan:
        if found and found[-1][0] == coarse:
            found[-1] = (coarse, found[-1][1] + steps)
        elif steps > 0:
            found.append((coarse, steps))
    return tuple(found)


def _cut(psi: Array, shape: tuple[int, ...]) -> Array:
    """Adjoint of `interpolated`: keep the wave numbers of the coarser grid."""
    if psi.shape == shape:
        return psi
    spectrum = scipy.fft.fftn(psi, norm="ortho")
    for axis, size in enumerate(shape):
        index = np.r_[0 : size // 2, spectrum.shape[axis] - size // 2 : spectrum.shape[axis]]
        spectrum = np.take(spectrum, index, axis=axis)
    return np.asarray(scipy.fft.ifftn(spectrum, norm="ortho", overwrite_x=True))
