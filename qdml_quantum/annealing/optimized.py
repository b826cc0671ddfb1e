"""Schedules of few steps, whose angles are optimised on the emulator."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.annealing.ansatz import Ansatz, idle_qubits, plans
from qdml_quantum.annealing.controls import MOST_POINTS, ROBUST, Controls, measure_controls
from qdml_quantum.annealing.descent import descend
from qdml_quantum.annealing.targets import Target
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.propagate import interpolated
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.typed import typed

Array = NDArray[Any]

# A start: a crowd of that many sets of angles, fewer on large grids and for many problems.
_CROWD, _SMALLEST_CROWD, _CROWD_POINTS, _FEW_MEMBERS = 128, 4, 1 << 13, 4
# Rounds of L-BFGS: one in so many sets (the best) goes on for so many iterations, with zeta scaled
# by so many factors, on a mean over the ensemble of so high a power. High powers mean the worst
# member, low ones lead there on a smoother way. With three factors angles break between them, with
# nine nothing is left between; but few sets can afford nine.
_ROUNDS = (
    (1, 30, 3, 4, np.complex64),
    (4, 100, 5, 8, np.complex64),
    (16, 60, 9, 30, np.complex128),
)
_POLISH = 200
# The first round scales zeta by this much at least: for less, too, it leads to angles that hold
# (a double well in four steps, 10 %: 0.926 for three seeds, and 0.883 to 0.926 without).
_WIDE = 0.2
# The last round is for what misses at most so many times what the best does, and so much more.
_REACH, _REACH_MORE = 1.5, 0.01
# One start in so many is fresh, others are jolts of one of so many best values, so far apart.
_FRESH, _KEPT, _SAME = 4, 4, 1e-7
# Of fresh angles: ratios of D, lengths of a step, folded phases in radians, which grow by
# themselves where they help, and widths of the jitter. The best anneals have one step some ten
# times as long as the others, which narrow jitter does not find.
_RATIOS, _SCALES, _FOLDS, _JITTER = (1.0, 300.0), (0.03, 3.0), (1e-3, 0.1), (0.3, 1.5)
# Widths of jolts by the mean angle, and the share of those that hit one step alone, harder. Double
# well, zeta 20 % off, three seeds: S = 4 0.868 0.902 0.902, S = 6 0.951 0.938 0.958; without this
# and with a jitter of 0.3 0.868 0.902 0.868 and 0.943 0.936 0.950. (With other draws of the same
# kind S = 4 was 0.902 for six seeds of six.) Fresh angles with a hump, steps that change places,
# chains of jolts that forget what was before, and best values farther apart do no better.
_JOLTS, _ALONE, _HARDER = (0.2, 2.0), 0.5, (0.2, 4.0)
_LEAST = 1e-4  # Least angle gamma and beta, in units of one radian, so that D is finite.
_CHAINS = 4
_WORK = 160  # Steps of all starts together: 15 to 20 s of one core on a register of four qubits.


@dataclass(frozen=True, kw_only=True, repr=False)
class OptimizedSchedule(Schedule):
    """A schedule with a goal, what the optimisation did, and the controls.

    One stage per step, to be used with the formula ``"lie"`` (the default of such schedules).

    Attributes:
        target: What was optimised.
        value: Of the target at the end, for the worst member of the ensemble: fidelity with the
            ground state (larger is better), mean energy, or conditional value at risk (smaller is
            better), the last two in units of the problem itself.
        start: The same before, for the best of all fresh sets of angles.
        fidelity: With the ground state at the goal, whatever the target was, of the problem itself.
        controls: What the same angles reach on changed objectives; None above 2^14 points.
        robust: Share by which zeta was scaled up and down in the ensemble.
        members: Problems in the ensemble.
        starts: Starts made, each of a crowd of angles.
        evaluations: Anneals on the emulator, with gradients but for the first of each start.
        seconds: Wall time.
    """

    target: str
    value: float
    start: float
    fidelity: float
    controls: Controls | None
    robust: float
    members: int
    starts: int
    evaluations: int
    seconds: float

    @property
    def schedule(self) -> Schedule:
        """The stages and the goal alone."""
        return Schedule(self.stages, self.goal)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> OptimizedSchedule:
        """Inverse of `to_dict`."""
        plain, controls = Schedule.from_dict(data), data["controls"]
        known = {item.name: data[item.name] for item in fields(cls) if item.name in data}
        known |= {"stages": plain.stages, "goal": plain.goal}
        return cls(**known | {"controls": controls and Controls.from_dict(controls)})

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form: that of the schedule, with what the optimisation did beside it."""
        controls = None if self.controls is None else self.controls.to_dict()
        return asdict(self) | self.schedule.to_dict() | {"controls": controls}

    def __str__(self) -> str:
        worst = "" if self.members == 1 else f", worst of {self.members}"
        lines = [
            f"{self.num_steps} steps, {self.target} {self.start:.6g} -> {self.value:.6g}"
            f"{worst}, fidelity {self.fidelity:.6g} ({self.starts} starts, {self.evaluations} "
            f"evaluations, {self.seconds:.1f} s)"
        ]
        if self.controls is not None:
            lines.append(f"{self.controls.word}: {self.controls}")
        return "\n".join(lines)


@typed
def optimize_schedule(
    problem: Problem,
    num_steps: int,
    *,
    diffusion: float,
    target: str = "ground_state",
    robust: float = ROBUST,
    ensemble: Sequence[Problem] = (),
    fold: bool = True,
    levels: Sequence[tuple[Coarse, int]] | None = None,
    num_starts: int | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    progress: bool = False,
) -> OptimizedSchedule:
    """Few Trotter steps that reach the ground state, by optimising all of their angles.

    The potential angle gamma and the kinetic angle beta of every step are free and positive, and so
    are, of any sign, the coefficients of its folded momentum phases (see `dispersion`), which take
    no two-qubit gate more. They are optimised by L-BFGS with adjoint gradients on the emulator: a
    classical computation that knows the objective on the whole grid. With ``target="ground_state"``
    it also knows the answer; `energy` and `cvar` do not use it.

    Angles that suit one zeta break when it is a tenth off. So the worst member of an ensemble is
    what is optimised: zeta times nine factors from ``1 - robust`` to ``1 + robust``, and zeta
    mirrored, of each problem.

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
        robust: Share by which zeta is scaled, below 1; default 0.2. With 0 nothing is scaled.
        ensemble: More problems on the same grid that the same angles are to solve, such as the
            other tilt of a double well, or other barriers; default none.
        fold: Whether folded momentum phases are free (default), or left out.
        levels: Pairs (idle qubits, steps), coarsest first, adding up to `num_steps`; idle qubits
            as in `Stage`, one number or one per axis. Default: several divisions among registers
            of 3 to 5 qubits per axis, more where four do not hold the ground state.
        num_starts: Crowds; default (None) 160 over the number of steps, which takes 15 to 20 s of
            one core on a register of four qubits.
        time_limit: Seconds after which no further start begins, or None (default).
        seed: Of the starts; equal seeds give equal schedules, but for the time limit.
        progress: Show a bar.

    Raises:
        ValueError: An unknown target, levels that do not fit the grid or do not add up, problems on
            different grids, or `robust` is not between 0 and 1.

    References:
        Alternating angles as parameters: E. Farhi, J. Goldstone and S. Gutmann, arXiv:1411.4028.
        Conditional value at risk: P. Barkoutsos et al., Quantum 4, 256 (2020), doi
        10.22331/q-2020-04-20-256.

    >>> from qdml_quantum.problem.grid import Grid
    >>> problem = Problem(Grid([(-4, 4)], 6), "harmonic")
    >>> optimized = optimize_schedule(problem, 4, diffusion=0.25, num_starts=2)
    >>> optimized.value > 0.98, optimized.controls.word, optimized.schedule.goal
    (True, 'anneal', 0.25)
    """
    begun, goal = time.monotonic(), number("diffusion", diffusion)
    steps = count("num_steps", num_steps)
    starts = max(1, _WORK // steps) if num_starts is None else count("num_starts", num_starts)
    limit = math.inf if time_limit is None else number("time_limit", time_limit, zero=True)
    share = number("robust", robust, zero=True)
    wide = float(np.maximum(share, _WIDE)) if share else 0.0
    crowds = [
        _members([problem, *ensemble], wide if number == 0 else share, factors)
        for number, (_, _, factors, *_) in enumerate(_ROUNDS)
    ]
    aims = [Target(members, goal, target) for members in crowds]
    ansatze = [
        [
            Ansatz(members, plan, folded=fold, dtype=dtype)
            for members, (*_, dtype) in zip(crowds, _ROUNDS, strict=True)
        ]
        for plan in plans(problem, steps, levels, idle_qubits(problem, aims[0].grounds[0]))
    ]
    search = _Crowds(ansatze, aims, np.random.default_rng(count("seed", seed, least=0)))
    for attempt in progress_bar(range(starts), desc="optimize", unit="start", disable=not progress):
        if attempt and time.monotonic() - begun > limit:
            break
        search.start(attempt)
    missing, ansatz, angles = search.result()
    schedule = ansatz.schedule(angles, goal)
    aim, state = aims[-1], interpolated(ansatz.states(angles[None])[:, 0], problem.grid.shape)[0]
    controls = None
    if problem.grid.size <= MOST_POINTS:
        controls = measure_controls(problem, schedule, robust=share or ROBUST)
    return OptimizedSchedule(
        stages=schedule.stages,
        goal=goal,
        target=target,
        value=aim.value(missing),
        start=aim.value(search.initial),
        fidelity=fidelity(aim.grounds[0], state),
        controls=controls,
        robust=share,
        members=len(crowds[-1]),
        starts=search.starts,
        evaluations=search.evaluations,
        seconds=time.monotonic() - begun,
    )


def _members(problems: Sequence[Problem], share: float, factors: int) -> list[Problem]:
    """The ensemble: every problem as it is first, then zeta mirrored and scaled.

    Mirrored, a coarse register sees other points of zeta, which says what lies between them.
    """
    if share >= 1:
        raise bad_value("robust", "be below 1", share, f"The default is {ROBUST}.")
    grid = problems[0].grid
    for other in problems[1:]:
        if other.grid.to_dict() != grid.to_dict():
            raise bad_value("ensemble", f"be on the grid of the problem, {grid}", other.grid)
    if not share:
        return list(problems)
    scales = [float(f) for f in np.linspace(1 - share, 1 + share, factors) if f != 1]
    tables = [np.flip(problem.values) for problem in problems]
    tables += [factor * problem.values for problem in problems for factor in scales]
    return [*problems, *(Problem.from_table(values, grid.bounds) for values in tables)]


@dataclass(eq=False)
class _Chain:
    """Starts that follow on each other: what was best in all, and since the last fresh crowd.

    Entries are what is missing, the division of the steps, and a point.
    """

    rng: np.random.Generator
    best: list[tuple[float, int, Array]] = field(default_factory=list)
    recent: list[tuple[float, int, Array]] = field(default_factory=list)

    def crowd(self, ansatze: Sequence[Ansatz], attempt: int, diffusion: float) -> tuple[int, Array]:
        """The next crowd, fresh or jolts: the number of its ansatz, and points."""
        fresh = _fresh_crowds(attempt, len(ansatze))
        if fresh is not None:
            self.recent, plan = [], fresh % len(ansatze)
            return plan, _fresh(self.rng, ansatze[plan], diffusion)
        pool = self.recent if attempt % _FRESH == 1 else self.best
        _, plan, point = pool[min(int(self.rng.exponential()), len(pool) - 1)]
        return plan, _jolted(self.rng, ansatze[plan], point)

    def add(self, minima: list[tuple[float, int, Array]]) -> None:
        """Keep the best of them."""
        self.best, self.recent = _apart(self.best + minima), _apart(self.recent + minima)


class _Crowds:
    """Chains of crowds that go downhill side by side: points are angles in units of a radian.

    Args:
        ansatze: One per division of the steps among grids and, within, per round.
        targets: What is optimised, one per round.
        rng: Of all that is random.
    """

    def __init__(
        self,
        ansatze: Sequence[Sequence[Ansatz]],
        targets: Sequence[Target],
        rng: np.random.Generator,
    ) -> None:
        self.ansatze, self.targets = ansatze, targets
        number = min(_chains(per_round[0]) for per_round in ansatze)
        self.chains = [_Chain(own) for own in rng.spawn(number)]
        self.initial, self.evaluations, self.starts = math.inf, 0, 0

    def start(self, attempt: int) -> None:
        """One crowd of every chain from its beginning to its end."""
        first = [per_round[0] for per_round in self.ansatze]
        crowds = [chain.crowd(first, attempt, self.targets[0].diffusion) for chain in self.chains]
        for plan in {plan for plan, _ in crowds}:
            owners = [number for number, (mine, _) in enumerate(crowds) if mine == plan]
            points = np.concatenate([crowds[number][1] for number in owners])
            owner = np.repeat(owners, len(points) // len(owners))
            if _fresh_crowds(attempt, len(first)) is not None:
                self.evaluations += len(points)
                self.initial = min(self.initial, float(self._worst(plan, points).min()))
            values, points, owner = self._narrowed(plan, points, owner)
            for number in owners:
                mine = owner == number
                found = zip(values[mine].tolist(), points[mine], strict=True)
                self.chains[number].add([(value, plan, point) for value, point in found])
        self.starts += 1

    def result(self) -> tuple[float, Ansatz, Array]:
        """What the best angles miss, the division they belong to, and the angles."""
        value, plan, point = min((chain.best[0] for chain in self.chains), key=itemgetter(0))
        ansatz = self.ansatze[plan][-1]
        function = _function(ansatz, self.targets[-1], _ROUNDS[-1][3])
        _, points = descend(function, point[None], _POLISH)
        self.evaluations += _POLISH + 1
        polished = float(self._worst(plan, points)[0])
        if polished < value:
            value, point = polished, points[0]
        return value, ansatz, _angles(ansatz, point[None])[0]

    def _worst(self, plan: int, points: Array) -> Array:
        """Of the whole ensemble."""
        ansatz = self.ansatze[plan][-1]
        return self.targets[-1].worst(ansatz.states(_angles(ansatz, points)))[0]

    def _narrowed(self, plan: int, points: Array, owner: Array) -> tuple[Array, Array, Array]:
        """Crowds go downhill, and the best of each go on: values, points, and whose they are."""
        rows, values = np.bincount(owner).max(), np.zeros(len(points))
        rounds = zip(_ROUNDS, self.ansatze[plan], self.targets, strict=True)
        for (share, iterations, _, power, _), ansatz, target in rounds:
            rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
            kept = rank < max(1, rows // share)
            values, points, owner = values[kept], points[kept], owner[kept]
            going = np.full(len(points), True)
            if share == _ROUNDS[-1][0]:
                best = [chain.best[0][0] if chain.best else math.inf for chain in self.chains]
                going = values <= _REACH * np.array(best)[owner] + _REACH_MORE
            if going.any():
                function = _function(ansatz, target, power)
                _, points[going] = descend(function, points[going], iterations)
                self.evaluations += int(going.sum()) * (iterations + 1)
                values[going] = self._worst(plan, points[going])
            order = np.lexsort((values, owner))
            values, points, owner = values[order], points[order], owner[order]
        return values, points, owner


def _function(
    ansatz: Ansatz, target: Target, power: float
) -> Callable[[Array], tuple[Array, Array]]:
    """Values of points, and gradients."""

    def function(points: Array) -> tuple[Array, Array]:
        values, gradients = ansatz.values_and_gradients(
            _angles(ansatz, points), lambda psi: target.worst(psi, power)
        )
        values, gradients = values.astype(float), gradients * ansatz.units
        gradients[:, : 2 * ansatz.num_steps] *= np.sign(points[:, : 2 * ansatz.num_steps])
        return values, gradients

    return function


def _angles(ansatz: Ansatz, points: Array) -> Array:
    """Angles of points without bounds: gamma and beta are reflected at zero."""
    positive = points.copy()
    main = positive[:, : 2 * ansatz.num_steps]
    main[...] = np.abs(main) + _LEAST
    return np.asarray(positive * ansatz.units)


def _crowd(ansatz: Ansatz) -> int:
    """Sets of angles that are optimised at once; one transform in many is of the full grid."""
    points = max(math.prod(ansatz.shape), ansatz.problem.grid.size // 16)
    most = _CROWD // max(1, ansatz.num_members // _FEW_MEMBERS)
    return int(np.clip(_CROWD_POINTS // points, _SMALLEST_CROWD, most))


def _chains(ansatz: Ansatz) -> int:
    """Chains side by side: on small grids several cost little more than one."""
    return int(np.clip(_CROWD_POINTS // (_crowd(ansatz) * math.prod(ansatz.shape)), 1, _CHAINS))


def _fresh_crowds(attempt: int, plans: int) -> int | None:
    """Fresh crowds before this attempt where it is one itself, else None."""
    if attempt < plans:
        return attempt
    return plans + (attempt - plans) // _FRESH if attempt % _FRESH == 0 else None


def _apart(minima: list[tuple[float, int, Array]]) -> list[tuple[float, int, Array]]:
    """The best few, each value once."""
    minima = sorted(minima, key=lambda entry: entry[0])
    best = minima[:1]
    for entry in minima[1:]:
        if entry[0] > best[-1][0] + _SAME:
            best.append(entry)
    return best[:_KEPT]


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
    main = np.concatenate([times, times * diffusions], axis=1) / ansatz.units[: 2 * steps]
    main = main * np.exp(_geometric(rng, *_JITTER, rows) * rng.normal(size=main.shape))
    folds = ansatz.units.size - 2 * steps
    if not folds:
        return np.asarray(main)
    random = _geometric(rng, *_FOLDS, rows) * rng.normal(size=(rows, folds))
    return np.concatenate([main, random], axis=1)


def _jolted(rng: np.random.Generator, ansatz: Ansatz, point: Array) -> Array:
    """Noise on all steps, or on one, in units of the means of gamma, of beta and of folds."""
    steps, rows = ansatz.num_steps, _crowd(ansatz)
    parts = np.split(np.abs(point), [steps, 2 * steps])
    unit = np.concatenate([np.full(part.size, part.mean()) for part in parts if part.size])
    noise = unit * rng.normal(size=(rows, point.size))
    alone = rng.random((rows, 1)) < _ALONE
    hit = ansatz.step_of == rng.integers(steps, size=(rows, 1))
    harder, usual = _geometric(rng, *_HARDER, rows) * hit, _geometric(rng, *_JOLTS, rows)
    return np.asarray(point + np.where(alone, harder, usual) * noise)


def _geometric(rng: np.random.Generator, low: float, high: float, rows: int) -> Array:
    """Random numbers in a column, their logarithms uniform."""
    return np.asarray(low * (high / low) ** rng.random((rows, 1)))
