"""Schedules of few steps, whose angles are optimised on the emulator."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from qdml_quantum.annealing.ansatz import Ansatz, idle_qubits, plans
from qdml_quantum.annealing.controls import MOST_POINTS, ROBUST, Controls, measure_controls
from qdml_quantum.annealing.crowds import ROUNDS, Crowds
from qdml_quantum.annealing.targets import Target
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.propagate import interpolated
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.typed import typed

_WORK = 160  # Steps of all starts together: 12 to 15 s of one core on a register of four qubits.
# The first round scales zeta by this much at least: for less, too, it leads to angles that hold
# (a double well in four steps, 10 %: 0.926 for three seeds, and 0.883 to 0.926 without).
_WIDE = 0.2


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
        starts: Starts made, each of a crowd of angles per chain.
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

    A start is a crowd of up to 128 sets of angles on each of up to four chains, which know nothing
    of each other; a crowd is fresh, or jolts of what was found before on its chain.

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
        num_starts: Crowds of every chain; default (None) 160 over the number of steps, which takes
            12 to 15 s of one core on a register of four qubits.
        time_limit: Seconds after which no further start begins, or None (default).
        seed: Of the starts; equal seeds give equal schedules, but for the time limit, and for the
            last digits of linear algebra, which change with the number of its threads.
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
    crowds = [
        _members(
            [problem, *ensemble],
            max(share, _WIDE) if each is ROUNDS[0] and share else share,
            each.factors,
        )
        for each in ROUNDS
    ]
    aims = [Target(members, goal, target) for members in crowds]
    ansatze = [
        [
            Ansatz(members, plan, folded=fold, dtype=each.dtype)
            for members, each in zip(crowds, ROUNDS, strict=True)
        ]
        for plan in plans(problem, steps, levels, idle_qubits(problem, aims[0].grounds[0]))
    ]
    search = Crowds(ansatze, aims, np.random.default_rng(count("seed", seed, least=0)))
    for attempt in progress_bar(range(starts), desc="optimize", unit="start", disable=not progress):
        if attempt and time.monotonic() - begun > limit:
            break
        search.start()
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
