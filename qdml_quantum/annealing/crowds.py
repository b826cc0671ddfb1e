"""The search for angles of few steps: chains of crowds that go downhill side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.annealing.ansatz import Ansatz
from qdml_quantum.annealing.descent import descend
from qdml_quantum.annealing.targets import Target

Array = NDArray[Any]
Found = tuple[float, int, Array]
"""What is missing, the number of the division of the steps among grids, and a point."""


@dataclass(frozen=True)
class Round:
    """L-BFGS on a part of a crowd.

    Attributes:
        share: One in so many sets of angles, the best, take part.
        iterations: Of L-BFGS.
        factors: By which zeta is scaled in the ensemble.
        power: Of the mean over the ensemble. High ones mean the worst member, low ones lead there
            on a smoother way.
        dtype: Of the states.
    """

    share: int
    iterations: int
    factors: int
    power: int
    dtype: type


ROUNDS = (
    Round(1, 30, 3, 4, np.complex64),
    Round(4, 100, 5, 8, np.complex64),
    Round(16, 60, 9, 30, np.complex128),
)
"""With three factors angles break between them, with nine nothing is left between; but few sets can
afford nine. Single precision takes a third of the time, cosines of which a fourteenth, and the
first rounds need no more. In the last, what a crowd leads to is there after 50 iterations."""

# Iterations for the best of all at the end, by the function of the last round.
_POLISH = 200
# A crowd: that many sets of angles, fewer on large grids and for many problems.
_CROWD, _SMALLEST_CROWD, _CROWD_POINTS, _FEW_MEMBERS = 128, 4, 1 << 13, 4
# Chains, fewer on large grids. A chain that settles does not come back: of single chains of 40
# crowds seven of twelve reached 0.902 (double well, zeta 20 % off, S = 4), and nothing that was
# tried made that surer. Side by side four cost twice what one does, since on small grids the calls
# take as long as what is computed: all of twelve seeds reach it.
_CHAINS = 4
# The last round is for what misses at most so many times what the best does, and so much more.
_REACH, _REACH_MORE = 1.5, 0.01
# One crowd in so many is fresh, others are jolts of one of so many best values, so far apart.
_FRESH, _KEPT, _SAME = 4, 4, 1e-7
# Of fresh angles: ratios of D, lengths of a step, folded phases in radians, which grow by
# themselves where they help, and widths of the jitter. The best anneals have one step some ten
# times as long as the others, which narrow jitter does not find.
_RATIOS, _SCALES, _FOLDS, _JITTER = (1.0, 300.0), (0.03, 3.0), (1e-3, 0.1), (0.3, 1.5)
# Widths of jolts by the mean angle, and the share of those that hit one step alone, harder. Noise
# by the size of each angle, or steps made anew one after the other, do no better.
_JOLTS, _ALONE, _HARDER = (0.2, 2.0), 0.5, (0.2, 4.0)
_LEAST = 1e-4  # Least angle gamma and beta, in units of one radian, so that D is finite.


@dataclass(eq=False)
class _ChainOfCrowds:
    """Crowds that follow on each other: what was best in all, and since the last fresh one."""

    rng: np.random.Generator
    best: list[Found] = field(default_factory=list)
    recent: list[Found] = field(default_factory=list)

    def fresh(self, plan: int, ansatz: Ansatz, diffusion: float) -> tuple[int, Array]:
        """A crowd that owes nothing to those before: the division of the steps, and points."""
        self.recent = []
        return plan, _fresh(self.rng, ansatz, diffusion)

    def jolts(self, ansatze: Sequence[Ansatz], pool: list[Found]) -> tuple[int, Array]:
        """A crowd of jolts of one of the pool, mostly of the first."""
        _, plan, point = pool[min(int(self.rng.exponential()), len(pool) - 1)]
        return plan, _jolted(self.rng, ansatze[plan], point)

    def add(self, minima: list[Found]) -> None:
        """Keep the best of them."""
        self.best, self.recent = _apart(self.best + minima), _apart(self.recent + minima)


class Crowds:
    """Chains of crowds that go downhill side by side: points are angles in units of a radian.

    A crowd of up to 128 sets of angles is optimised together: all of them for a few iterations, the
    best quarter for more, the best sixteenth to the end. One crowd in four is fresh: falling D with
    random ratio, length and jitter, for one division of the steps after the other. The next one are
    jolts, small and large, of what came of it, the other two of one of the best of the chain.

    Args:
        ansatze: One per division of the steps among grids and, within, per round.
        targets: What is optimised, one per round.
        rng: Of all that is random.

    Attributes:
        starts: Made so far.
        evaluations: Anneals, with gradients but for the first of each fresh crowd.
        initial: What the best of all fresh angles missed.
    """

    def __init__(
        self,
        ansatze: Sequence[Sequence[Ansatz]],
        targets: Sequence[Target],
        rng: np.random.Generator,
    ) -> None:
        self.ansatze, self.targets = ansatze, targets
        number = min(_chains(per_round[0]) for per_round in ansatze)
        self.chains = [_ChainOfCrowds(own) for own in rng.spawn(number)]
        self.initial, self.evaluations, self.starts, self._fresh = math.inf, 0, 0, 0

    def start(self) -> None:
        """One crowd of every chain, from its beginning to its end."""
        ansatze, made = [per_round[0] for per_round in self.ansatze], self.starts
        # One crowd of each division first, and then one in so many.
        fresh = made < len(ansatze) or made % _FRESH == 0
        if fresh:
            plan, self._fresh = self._fresh % len(ansatze), self._fresh + 1
            diffusion = self.targets[0].diffusion
            crowds = [chain.fresh(plan, ansatze[plan], diffusion) for chain in self.chains]
        elif made % _FRESH == 1:
            crowds = [chain.jolts(ansatze, chain.recent) for chain in self.chains]
        else:
            crowds = [chain.jolts(ansatze, chain.best) for chain in self.chains]
        for plan in sorted({plan for plan, _ in crowds}):
            owners = [number for number, (mine, _) in enumerate(crowds) if mine == plan]
            points = np.concatenate([crowds[number][1] for number in owners])
            owner = np.repeat(owners, len(points) // len(owners))
            if fresh:
                self.evaluations += len(points)
                self.initial = min(self.initial, float(self._worst(plan, points).min()))
            values, points, owner = self._narrowed(plan, points, owner)
            for number in owners:
                mine = owner == number
                ends = zip(values[mine].tolist(), points[mine], strict=True)
                self.chains[number].add([(value, plan, point) for value, point in ends])
        self.starts += 1

    def result(self) -> tuple[float, Ansatz, Array]:
        """What the best angles miss, the division they belong to, and the angles."""
        value, plan, point = min((chain.best[0] for chain in self.chains), key=itemgetter(0))
        ansatz = self.ansatze[plan][-1]
        function = _function(ansatz, self.targets[-1], ROUNDS[-1].power)
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
        """Crowds go downhill, and the best of each go on: values, points, and whose they are.

        `owner` are the numbers of the chains, in order.
        """
        rows, values = np.bincount(owner).max(), np.zeros(len(points))
        rounds = zip(ROUNDS, self.ansatze[plan], self.targets, strict=True)
        for each, ansatz, target in rounds:
            rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
            kept = rank < max(1, rows // each.share)
            values, points, owner = values[kept], points[kept], owner[kept]
            going = np.full(len(points), True)
            if each is ROUNDS[-1]:
                best = [chain.best[0][0] if chain.best else math.inf for chain in self.chains]
                going = values <= _REACH * np.array(best)[owner] + _REACH_MORE
            if going.any():
                function = _function(ansatz, target, each.power)
                _, points[going] = descend(function, points[going], each.iterations)
                self.evaluations += int(going.sum()) * (each.iterations + 1)
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


def _apart(minima: list[Found]) -> list[Found]:
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
