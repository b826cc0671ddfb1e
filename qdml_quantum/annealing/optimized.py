"""Schedules of few steps, whose angles are optimised on the emulator."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.hamiltonian import Hamiltonian, squared_wave_numbers
from qdml_quantum.dynamics.propagate import interpolated, unit_phase
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.coarse import Coarse, aligned, as_coarse
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import amplitudes
from qdml_quantum.reference.spectrum import rough_ground_state
from qdml_quantum.support.messages import bad_value, count, number, unknown
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.typed import typed

Array = NDArray[Any]
Levels = tuple[tuple[Coarse, int], ...]
"""Pairs of idle qubits per axis and number of steps, coarsest first."""

TARGETS = ("ground_state", "energy", "cvar")
CVAR_SHARE = 0.1
"""Share of the probability, at the lowest zeta, that `cvar` averages over."""

Loss = Callable[[Array], tuple[Array, Array]]
"""Of states (with a leading axis, on the grid or a coarser one): values, and ``dL/dpsi*``."""
_Level = tuple[Array, ...]
"""Per step: states before and spectra, factors of both phases; then zeta and k^2."""

# A start: a crowd of that many sets of angles, fewer on large grids, of which one in so many (the
# best) goes on for so many iterations of L-BFGS.
_CROWD, _SMALLEST_CROWD, _CROWD_POINTS = 128, 4, 1 << 13
_ROUNDS = ((1, 30), (4, 100), (16, 200))
# One start in so many is fresh, others are jolts of one of so many best values, so far apart;
# widths of the jolts, by the mean angle, and of the jitter; ratios of D, lengths of a step.
_FRESH, _KEPT, _SAME = 4, 4, 1e-7
_JOLTS, _SPREAD = (0.05, 2.0), 0.3
_RATIOS, _SCALES = (1.0, 300.0), (0.03, 30.0)
# L-BFGS, on angles in units of one radian: pairs kept, first and longest move, least fall, least
# curvature, factor of the length where a move does not fall; least angle, so that D is finite.
_HISTORY, _FIRST, _FARTHEST = 12, 0.3, 2.0
_ARMIJO, _CURVED, _SHORTER, _LEAST = 1e-4, 1e-10, 0.35, 1e-4
_FINEST_START, _COARSEST_START = 5, 3  # Qubits of the coarse registers that a plan may start on.


@dataclass(frozen=True)
class OptimizedSchedule:
    """A schedule with a goal, and what the optimisation did.

    Attributes:
        schedule: One stage per step, to be used with the formula ``"lie"`` (its default).
        target: What was optimised.
        value: Of the target at the end: fidelity with the ground state (larger is better), mean
            energy, or conditional value at risk (smaller is better).
        start: The same before, for the best of all fresh sets of angles.
        fidelity: With the ground state at the goal, whatever the target was.
        starts: Starts made, each of a crowd of angles.
        evaluations: Anneals on the emulator, with gradients but for the first of each start.
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

    Many sets of angles at once: `angles` has shape (sets, 2 S), gamma_1 ... gamma_S first, then
    beta_1 ... beta_S. Starts in the uniform state of the coarsest level, which is interpolated to
    the next one (`interpolated`) where levels change. States are those of the last level.

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
        self._first = amplitudes("uniform", used[0].grid).astype(complex)
        self.shape = used[-1].grid.shape
        # Angles that turn phases by about one radian: 1 / spread of zeta and of k^2.
        spreads = (float(self._zeta[-1].std()), float(self._square[-1].std()))
        self.units = np.repeat([1 / (spread or 1.0) for spread in spreads], self.num_steps)

    def states(self, angles: Array) -> Array:
        """The states at the end."""
        return self._forward(angles, [])

    def values_and_gradients(self, angles: Array, loss: Loss) -> tuple[Array, Array]:
        """Losses, and their gradients by the angles."""
        tape: list[_Level] = []
        values, adjoint = loss(self._forward(angles, tape))
        parts = []
        for before, spectra, potential, kinetic, zeta, square in reversed(tape):
            adjoint = interpolated(adjoint, zeta.shape)
            axes = tuple(range(1, adjoint.ndim))
            at_end, at_start = np.empty_like(spectra), np.empty_like(before)
            for step in reversed(range(len(before))):
                at_end[step] = scipy.fft.fftn(adjoint, axes=axes, norm="ortho")
                adjoint = at_end[step] * kinetic[step].conj()
                adjoint = scipy.fft.ifftn(adjoint, axes=axes, norm="ortho", overwrite_x=True)
                adjoint *= potential[step].conj()
                at_start[step] = adjoint
            parts.append((_slopes(at_start, zeta, before), _slopes(at_end, square, spectra)))
        gamma, beta = (np.concatenate(part) for part in zip(*reversed(parts), strict=True))
        return values, np.concatenate([gamma, beta]).T

    def schedule(self, angles: Array, goal: float) -> Schedule:
        """One stage per step, for one set of angles: ``dt = gamma``, ``D = beta / gamma``."""
        idle = [coarse for coarse, steps in self.levels for _ in range(steps)]
        pairs = zip(*np.split(angles, 2), idle, strict=True)
        stages = (Stage(float(b / g), float(g), 1, coarse) for g, b, coarse in pairs)
        return Schedule(tuple(stages), goal)

    def _forward(self, angles: Array, tape: list[_Level]) -> Array:
        psi, done = np.repeat(self._first[None], len(angles), axis=0), 0
        axes = tuple(range(1, psi.ndim))
        gammas, betas = angles.T.reshape(2, self.num_steps, -1, *(1 for _ in axes))
        for (_, steps), zeta, square in zip(self.levels, self._zeta, self._square, strict=True):
            psi = interpolated(psi, zeta.shape)
            taken = slice(done, done + steps)
            potential, kinetic = unit_phase(gammas[taken] * zeta), unit_phase(betas[taken] * square)
            before, spectra = np.empty_like(potential), np.empty_like(kinetic)
            for step in range(steps):
                before[step] = psi
                psi = psi * potential[step]
                psi = scipy.fft.fftn(psi, axes=axes, norm="ortho", overwrite_x=True)
                psi *= kinetic[step]
                spectra[step] = psi
                psi = scipy.fft.ifftn(psi, axes=axes, norm="ortho", overwrite_x=True)
            tape.append((before, spectra, potential, kinetic, zeta, square))
            done += steps
        return psi


@typed
def optimize_schedule(
    problem: Problem,
    num_steps: int,
    *,
    diffusion: float,
    target: str = "ground_state",
    levels: Sequence[tuple[Coarse, int]] | None = None,
    num_starts: int = 64,
    time_limit: float | None = None,
    seed: int = 0,
    progress: bool = False,
) -> OptimizedSchedule:
    """Few Trotter steps that reach the ground state, by optimising all of their angles.

    The potential angle gamma and the kinetic angle beta of every step are free and positive. They
    are optimised by L-BFGS with adjoint gradients on the emulator: a classical computation that
    knows the objective on the whole grid. With ``target="ground_state"`` it also knows the answer;
    `energy` and `cvar` do not use it.

    A start is a crowd of up to 128 sets of angles, optimised together: all of them for a few
    iterations, the best quarter for more, the best sixteenth to the end. One crowd in four is
    fresh: falling D with random ratio, length and jitter, for one division of the steps among
    grids after the other. The next one are jolts, small and large, of what came of it, the other
    two of one of the best results so far.

    Args:
        problem: Grid and objective.
        num_steps: Trotter steps in all.
        diffusion: D of the Hamiltonian whose ground state is wanted.
        target: ``"ground_state"``: fidelity with it (default). ``"energy"``: mean of the
            Hamiltonian. ``"cvar"``: mean of zeta over the lowest tenth of the probability.
        levels: Pairs (idle qubits, steps), coarsest first, adding up to `num_steps`; idle qubits
            as in `Stage`, one number or one per axis. Default: registers of 3 to 5 qubits per axis
            at first, several divisions tried.
        num_starts: Crowds. 64 (default) take 20 to 30 s for 12 steps in one dimension.
        time_limit: Seconds after which no further start begins, or None (default).
        seed: Of the starts; equal seeds give equal schedules, but for the time limit.
        progress: Show a bar.

    Raises:
        ValueError: An unknown target, levels that do not fit the grid or do not add up.

    References:
        Alternating angles as parameters: E. Farhi, J. Goldstone and S. Gutmann, arXiv:1411.4028.
        Conditional value at risk: P. Barkoutsos et al., Quantum 4, 256 (2020), doi
        10.22331/q-2020-04-20-256.

    >>> from qdml_quantum.problem.grid import Grid
    >>> problem = Problem(Grid([(-4, 4)], 6), "harmonic")
    >>> found = optimize_schedule(problem, 4, diffusion=0.25, num_starts=4)
    >>> found.fidelity > 0.98, found.schedule.num_steps, found.schedule.goal
    (True, 4, 0.25)
    """
    begun, goal = time.monotonic(), number("diffusion", diffusion)
    steps, starts = count("num_steps", num_steps), count("num_starts", num_starts)
    limit = math.inf if time_limit is None else number("time_limit", time_limit, zero=True)
    ground = np.asarray(rough_ground_state(problem, goal), dtype=complex)
    ground /= np.linalg.norm(ground)
    loss = _loss(problem, goal, target, ground)
    plans = [Ansatz(problem, plan) for plan in _plans(problem, steps, levels)]
    rng = np.random.default_rng(count("seed", seed, least=0))
    best: list[tuple[float, int, Array]] = []
    recent = best
    initial, evaluations, done, fresh = math.inf, 0, 0, 0
    for attempt in progress_bar(range(starts), desc="optimize", unit="start", disable=not progress):
        if attempt and time.monotonic() - begun > limit:
            break
        if attempt < len(plans) or attempt % _FRESH == 0:
            plan, fresh, recent = fresh % len(plans), fresh + 1, []
            points = _fresh(rng, plans[plan], goal)
            values = loss(plans[plan].states(points * plans[plan].units))[0]
            evaluations += len(points)
            initial = min(initial, float(values.min()))
        else:
            pool = recent if attempt % _FRESH == 1 else best
            _, plan, point = pool[min(int(rng.exponential()), len(pool) - 1)]
            # Noise of random width, in units of the mean gamma and mean beta.
            unit = np.repeat(np.abs(point).reshape(2, -1).mean(axis=1), point.size // 2)
            width = _geometric(rng, *_JOLTS, _crowd(plans[plan]))
            points = point + width * unit * rng.normal(size=(len(width), point.size))
        values, points, spent = _narrowed(plans[plan], loss, points)
        evaluations += spent
        done += 1
        minima = [(float(v), plan, x) for v, x in zip(values, points, strict=True)]
        best, recent = _apart(best + minima), _apart(recent + minima)
    value, plan, point = best[0]
    angles = _positive(point) * plans[plan].units
    state = interpolated(plans[plan].states(angles[None]), problem.grid.shape)[0]
    sign = -1.0 if target == "ground_state" else 1.0
    return OptimizedSchedule(
        schedule=plans[plan].schedule(angles, goal),
        target=target,
        value=sign * value,
        start=sign * initial,
        fidelity=fidelity(ground, state),
        starts=done,
        evaluations=evaluations,
        seconds=time.monotonic() - begun,
    )


def _positive(points: Array) -> Array:
    """Angles, still in units, of points without bounds: they are reflected at zero."""
    return np.abs(points) + _LEAST


def _crowd(ansatz: Ansatz) -> int:
    """Sets of angles that are optimised at once; one transform in many is of the full grid."""
    points = max(math.prod(ansatz.shape), ansatz.problem.grid.size // 16)
    return int(np.clip(_CROWD_POINTS // points, _SMALLEST_CROWD, _CROWD))


def _apart(minima: list[tuple[float, int, Array]]) -> list[tuple[float, int, Array]]:
    """The best few, each value once."""
    minima = sorted(minima, key=lambda entry: entry[0])
    best = minima[:1]
    for entry in minima[1:]:
        if entry[0] > best[-1][0] + _SAME:
            best.append(entry)
    return best[:_KEPT]


def _narrowed(ansatz: Ansatz, loss: Loss, points: Array) -> tuple[Array, Array, int]:
    """A crowd goes downhill, and the best of it go on: values, points, evaluations."""

    def function(x: Array) -> tuple[Array, Array]:
        values, gradients = ansatz.values_and_gradients(_positive(x) * units, loss)
        return values, gradients * units * np.sign(x)

    units, spent, rows = ansatz.units, 0, len(points)
    for share, iterations in _ROUNDS:
        points = points[: max(1, rows // share)]
        values, points = _descend(function, points, iterations)
        order = np.argsort(values, kind="stable")
        values, points = values[order], points[order]
        spent += len(points) * (iterations + 1)
    return values, points, spent


def _descend(
    function: Callable[[Array], tuple[Array, Array]], x: Array, iterations: int
) -> tuple[Array, Array]:
    """L-BFGS on every row of `x`, in step, with backtracking; values and points.

    SciPy's takes one row at a time: on grids of some ten points its calls, and those of single
    transforms, cost many times what is computed.
    """
    value, gradient = function(x)
    direction = -gradient
    length = _FIRST / np.maximum(np.linalg.norm(gradient, axis=1), _FIRST)
    history: list[tuple[Array, Array, Array]] = []
    scale = length
    for _ in range(iterations):
        trial = x + length[:, None] * direction
        values, slope = function(trial)
        fell = values <= value + _ARMIJO * length * _dot(gradient, direction)
        moved = np.where(fell[:, None], trial - x, 0)
        change = np.where(fell[:, None], slope - gradient, 0)
        x, value = x + moved, np.where(fell, values, value)
        gradient = gradient + change
        curved = _dot(moved, change)
        square = _dot(change, change)
        usable = curved > _CURVED * np.sqrt(_dot(moved, moved) * square)
        # Rows that did not move, or saw no curvature, add nothing.
        inverse = np.where(usable, 1 / np.where(usable, curved, 1), 0)
        scale = np.where(usable, curved / np.where(usable, square, 1), scale)
        history = [*history[1 - _HISTORY :], (moved, change, inverse)]
        newton = -_two_loops(gradient, history, scale)
        uphill = _dot(newton, gradient) >= 0
        newton[uphill] = -scale[uphill, None] * gradient[uphill]
        newton /= np.maximum(np.linalg.norm(newton, axis=1) / _FARTHEST, 1)[:, None]
        direction = np.where(fell[:, None], newton, direction)
        length = np.where(fell, 1.0, _SHORTER * length)
    return value, x


def _two_loops(gradient: Array, history: list[tuple[Array, Array, Array]], scale: Array) -> Array:
    """The inverse Hessian of L-BFGS times the gradient, row by row."""
    result, factors = gradient.copy(), []
    for moved, change, inverse in reversed(history):
        factors.append(inverse * _dot(moved, result))
        result -= factors[-1][:, None] * change
    result *= scale[:, None]
    for (moved, change, inverse), factor in zip(history, reversed(factors), strict=True):
        result += (factor - inverse * _dot(change, result))[:, None] * moved
    return result


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(np.einsum("ij,ij->i", a, b))


def _fresh(rng: np.random.Generator, ansatz: Ansatz, goal: float) -> Array:
    """A crowd where D falls to the goal at equal ratios, and dt ~ 1/sqrt(D), with jitter.

    The length of a step is anywhere between a small phase and several turns of the potential.
    """
    steps, rows = ansatz.num_steps, _crowd(ansatz)
    ratio = _geometric(rng, *_RATIOS, rows)
    diffusions = goal * ratio ** np.linspace(1, 0, steps)
    spread = float(ansatz.problem.values.std()) or 1.0
    scale = _geometric(rng, *_SCALES, rows) / spread
    times = scale * np.sqrt(goal / diffusions)
    angles = np.concatenate([times, times * diffusions], axis=1) / ansatz.units
    return np.asarray(angles * np.exp(rng.normal(0, _SPREAD, angles.shape)))


def _geometric(rng: np.random.Generator, low: float, high: float, rows: int) -> Array:
    """Random numbers in a column, their logarithms uniform."""
    return np.asarray(low * (high / low) ** rng.random((rows, 1)))


def _loss(problem: Problem, goal: float, target: str, ground: Array) -> Loss:
    """A target, for normalised states; smaller is better."""
    full = problem.grid.shape
    if target == "ground_state":

        def missing(psi: Array) -> tuple[Array, Array]:
            reference = interpolated(ground[None], psi.shape[1:])
            overlap = np.sum(reference.conj() * psi, axis=tuple(range(1, psi.ndim)), keepdims=True)
            return -(np.abs(overlap.ravel()) ** 2), -overlap * reference

        return missing
    if target == "energy":
        hamiltonian = Hamiltonian(problem, goal)

        def energy(psi: Array) -> tuple[Array, Array]:
            fine = interpolated(psi, full)
            image = hamiltonian.apply(fine)
            values = np.sum((fine.conj() * image).real, axis=tuple(range(1, psi.ndim)))
            return values, interpolated(image, psi.shape[1:])

        return energy
    if target == "cvar":
        order = np.argsort(problem.values, axis=None, kind="stable")
        zeta = problem.values.ravel()[order]

        def at_risk(psi: Array) -> tuple[Array, Array]:
            fine = interpolated(psi, full)
            sorted_ = fine.reshape(len(psi), -1)[:, order]
            weights = np.abs(sorted_) ** 2
            below = np.cumsum(weights, axis=1) - weights
            taken = np.clip(CVAR_SHARE - below, 0, weights)
            edge = zeta[np.sum(below < CVAR_SHARE, axis=1) - 1, None]
            # More probability below the edge pushes as much of it, at the edge, out.
            derivative = np.empty_like(sorted_)
            derivative[:, order] = np.minimum(zeta - edge, 0) / CVAR_SHARE * sorted_
            return taken @ zeta / CVAR_SHARE, interpolated(
                derivative.reshape(fine.shape), psi.shape[1:]
            )

        return at_risk
    raise ValueError(unknown("target", target, TARGETS))


def _plans(
    problem: Problem, num_steps: int, levels: Iterable[tuple[Coarse, int]] | None
) -> list[Levels]:
    """Divisions of the steps among grids: as asked, or some that begin with few qubits."""
    if levels is not None:
        plan = tuple((as_coarse(coarse), count("levels", steps)) for coarse, steps in levels)
        # On no axis coarser again, and finer on one at least.
        falling = all(
            a != b and all(x >= y for x, y in zip(a, b, strict=True))
            for a, b in pairwise(aligned(coarse for coarse, _ in plan))
        )
        if sum(steps for _, steps in plan) != num_steps or not falling:
            must = f"be pairs (idle qubits, steps), idle qubits falling, {num_steps} steps in all"
            raise bad_value("levels", must, plan)
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
    plans = []
    for plan in asked:  # Without empty levels, and neighbours that are equal as one.
        groups = groupby((level for level in plan if level[1] > 0), key=itemgetter(0))
        plans.append(tuple((coarse, sum(n for _, n in group)) for coarse, group in groups))
    return list(dict.fromkeys(plans))


def _slopes(adjoint: Array, observable: Array, psi: Array) -> Array:
    """``2 Im <adjoint| observable |psi>`` for leading axes (steps, sets)."""
    product = (adjoint.conj() * psi).imag.reshape(*psi.shape[:2], -1)
    return np.asarray(2 * product @ observable.ravel())
