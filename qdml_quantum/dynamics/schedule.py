"""Annealing schedules: the diffusion coefficient D and the time step, stage by stage."""

from __future__ import annotations

import bisect
import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.dynamics.dispersion import Fold, as_fold, scaled
from qdml_quantum.problem.coarse import Coarse, aligned, as_coarse
from qdml_quantum.support import html
from qdml_quantum.support.arrays import real_array
from qdml_quantum.support.messages import (
    DamagedFileError,
    bad_type,
    bad_value,
    count,
    finite,
    number,
    unknown,
)
from qdml_quantum.support.store import read_json, write_json
from qdml_quantum.support.typed import typed_fields

MAX_STEPS = 2_000_000
"""More Trotter steps than this are taken for a typing error; half of it in `anneal`."""
_ROWS = 8  # Stages that a table in a notebook shows, the first and the last among them.
_SHOWN = 3  # Stages that a repr shows one by one: about two lines.


@typed_fields
@dataclass(frozen=True)
class Stage:
    """`num_steps` Trotter steps of length `time_step` at fixed diffusion D.

    Args:
        diffusion: D, 0 or more.
        time_step: Positive.
        num_steps: 1 or more.
        coarse: Qubits that each axis has fewer than its grid meanwhile, default 0: one number for
            all axes or one per axis; equal numbers are kept as one. The state stands on every
            2^coarse-th point of an axis, and is interpolated by its spectrum before a finer stage.
        fold: Folded momentum phases of each step, default none: coefficients c_1, c_2, ... of
            ``(k mod 2^m, signed)^2`` beside ``D dt k^2``, at most one less than the register has
            qubits in that stage (see `dispersion`); for all axes, or one such tuple per axis. Only
            in schedules with a goal, whose steps are free.

    Raises:
        TypeError: A value is no number.
        ValueError: D or `coarse` is negative, the time step is not positive, a coefficient is not
            finite, or there are no steps.

    >>> Stage(diffusion=0.5, time_step=0.1, num_steps=20).time
    2.0
    >>> Stage(1.0, 0.1, 4, coarse=(2, 0)).coarse, Stage(1.0, 0.1, 4, coarse=(1, 1)).coarse
    ((2, 0), 1)
    >>> Stage(1.0, 0.1, 1, fold=(0.2, -0.1)).fold
    (0.2, -0.1)
    """

    diffusion: float
    time_step: float
    num_steps: int
    coarse: Coarse = 0
    fold: Fold = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "coarse", as_coarse(self.coarse))
        object.__setattr__(self, "fold", as_fold(self.fold))
        object.__setattr__(self, "diffusion", number("diffusion", self.diffusion, zero=True))
        object.__setattr__(self, "time_step", number("time_step", self.time_step))
        object.__setattr__(self, "num_steps", count("num_steps", self.num_steps))

    @property
    def time(self) -> float:
        """Duration of the stage."""
        return self.time_step * self.num_steps


@typed_fields
@dataclass(frozen=True)
class Schedule:
    """Stages of an anneal, D of each, and no axis ever coarser than before.

    D falls in an anneal. It may rise, too: that can focus the wave at one moment, outside the
    ground state; the check `focused` says so (`rises`).

    Most constructors take ``diffusion=(start, stop)``. Their `time_step` is that of the last,
    slowest stage of positive D; earlier ones use ``time_step (stop / D)^step_exponent``. At
    constant time step (exponent 0) the kinetic phase ``dt D k^2`` of the early stages wraps many
    times and Trotter resonances, at ``dt D k^2 = 2 pi``, heat the state. Exponent 1/2 (the default)
    keeps the phase per step of an oscillator equal, exponent 1 keeps the resonances at one, high
    wave number.

    Args:
        stages: One or more `Stage`.
        goal: D of the Hamiltonian whose ground state is wanted; default (None) that of the last
            stage. Where it is given the steps are free: their angles are what counts, and halving
            the time step would not come nearer to anything.

    Raises:
        TypeError: `stages` holds something else than `Stage`.
        ValueError: There is no stage, a stage is folded without a goal, a stage is coarser on some
            axis than the one before, `coarse` is for different numbers of axes, or there are too
            many steps.

    >>> schedule = Schedule.geometric((4, 0.25), num_stages=3, num_steps=10, time_step=0.2)
    >>> [stage.diffusion for stage in schedule.stages]
    [4.0, 1.0, 0.25]
    >>> [stage.time_step for stage in schedule.stages]
    [0.05, 0.1, 0.2]
    """

    stages: tuple[Stage, ...]
    goal: float | None = None

    def __post_init__(self) -> None:
        stages = tuple(self.stages)
        if self.goal is not None:
            object.__setattr__(self, "goal", number("goal", self.goal))
        if not stages or not all(isinstance(stage, Stage) for stage in stages):
            remedy = "Write Schedule([Stage(diffusion=1.0, time_step=0.1, num_steps=100)])."
            raise bad_type("stages", "be one or more Stage objects", stages, remedy)
        object.__setattr__(self, "stages", stages)
        levels = aligned(stage.coarse for stage in stages)
        for index, (before, after) in enumerate(pairwise(stages)):
            if any(map(operator.gt, levels[index + 1], levels[index])):
                actual = f"coarse={before.coarse}, then {after.coarse} at stage {index + 2}"
                remedy = "Let `coarse` fall or stay on every axis."
                raise bad_value("stages", "never go to a coarser grid", actual, remedy)
        if self.goal is None and any(stage.fold for stage in stages):
            must = "have no `fold` without a goal: the steps would approximate no Hamiltonian"
            raise bad_value("stages", must, "folded", "Give a `goal`, or leave `fold` out.")
        _all_steps(self.num_steps)

    @property
    def num_steps(self) -> int:
        """Trotter steps of all stages together."""
        return sum(stage.num_steps for stage in self.stages)

    @property
    def time(self) -> float:
        """Duration of the whole anneal."""
        return sum(stage.time for stage in self.stages)

    @property
    def final_diffusion(self) -> float:
        """D of the Hamiltonian whose ground state is the goal."""
        return self.stages[-1].diffusion if self.goal is None else self.goal

    @property
    def is_free(self) -> bool:
        """Whether there is a goal, and the steps approximate nothing."""
        return self.goal is not None

    @property
    def rises(self) -> bool:
        """Whether D rises from a stage to the next, where the steps are not free.

        >>> Schedule([Stage(0.2, 0.1, 1), Stage(0.5, 0.1, 1)]).rises
        True
        """
        pairs = pairwise(self.stages)
        return not self.is_free and any(a.diffusion < b.diffusion for a, b in pairs)

    @property
    def coarse(self) -> Coarse:
        """Qubits of each axis that are idle at first: one number, or one per axis if any stage has.

        No stage leaves more idle: a grid that can be thinned by them fits all stages.

        >>> Schedule((Stage(1.0, 0.1, 4, coarse=2), Stage(1.0, 0.1, 4, coarse=(1, 0)))).coarse
        (2, 2)
        """
        first = aligned(stage.coarse for stage in self.stages)[0]
        return first if len(first) > 1 else first[0]

    @property
    def max_time_step(self) -> float:
        """Longest time step."""
        return max(stage.time_step for stage in self.stages)

    def halved(self) -> Schedule:
        """The same anneal with every time step halved and twice as many of them."""
        halves = (
            replace(
                s,
                time_step=s.time_step / 2,
                num_steps=2 * s.num_steps,
                fold=scaled(s.fold, 0.5),
            )
            for s in self.stages
        )
        return Schedule(tuple(halves), self.goal)

    def cut(self, num_steps: int) -> Schedule:
        """The first steps of this schedule, with its goal.

        Raises:
            ValueError: There are not so many.

        >>> whole = Schedule.geometric((4, 1), num_stages=2, num_steps=3, time_step=0.2)
        >>> [stage.num_steps for stage in whole.cut(4).stages]
        [3, 1]
        """
        left = count("num_steps", num_steps)
        if left > self.num_steps:
            raise bad_value("num_steps", f"be at most the {self.num_steps} of the schedule", left)
        stages = []
        for stage in self.stages:
            if left:
                stages.append(replace(stage, num_steps=min(left, stage.num_steps)))
                left -= stages[-1].num_steps
        return Schedule(tuple(stages), self.goal)

    def after(self, num_steps: int) -> Schedule:
        """What is left of this schedule after its first steps, with its goal.

        Raises:
            ValueError: Nothing is left.

        >>> whole = Schedule.geometric((4, 1), num_stages=2, num_steps=3, time_step=0.2)
        >>> [stage.num_steps for stage in whole.after(2).stages]
        [1, 3]
        """
        gone = count("num_steps", num_steps, least=0)
        if gone >= self.num_steps:
            raise bad_value("num_steps", f"be less than the {self.num_steps} of the schedule", gone)
        stages = []
        for stage in self.stages:
            left = stage.num_steps - min(gone, stage.num_steps)
            gone -= stage.num_steps - left
            if left:
                stages.append(replace(stage, num_steps=left))
        return Schedule(tuple(stages), self.goal)

    @classmethod
    def constant(
        cls, diffusion: float, *, time_step: float, num_steps: int, num_stages: int = 1
    ) -> Schedule:
        """One diffusion throughout, in `num_stages` equal stages of `num_steps` steps each.

        To look at many times of an evolution give them to `evolve` (``times=``) instead.

        >>> Schedule.constant(0.5, time_step=0.1, num_steps=40, num_stages=3).num_steps
        120
        """
        return cls((Stage(diffusion, time_step, num_steps),) * count("num_stages", num_stages))

    @classmethod
    def of_time(
        cls, curve: Callable[[float], float], *, time_step: float, num_steps: int
    ) -> Schedule:
        """``D(t)``, t = 0 ... num_steps time_step, given as a function: a stage for every step.

        A step has the mean of D over its time (Gauss, three points), which is exact for what
        kinetic phases do: they commute. With the potential between them the error falls as the
        square of the time step, whatever the formula.

        Args:
            curve: D at a time; it must not rise. (`evolve` takes any D(t).)
            time_step: Of every step.
            num_steps: Steps in all.

        Raises:
            TypeError: It answers with something else than a number.
            ValueError: D is negative, not finite, or rises.

        >>> falling = Schedule.of_time(lambda t: 4 / (1 + t), time_step=0.5, num_steps=2)
        >>> [round(stage.diffusion, 3) for stage in falling.stages]  # 8 ln 1.5, 8 ln 4/3
        [3.244, 2.301]
        """
        step = number("time_step", time_step)
        begins = (step * index for index in range(_all_steps(num_steps)))
        means = (mean_diffusion(curve, begin, step) for begin in begins)
        return cls(tuple(Stage(mean, step, 1) for mean in means))

    @classmethod
    def linear(cls, diffusion: Sequence[float], **options: Any) -> Schedule:
        """``D(s) = start + (stop - start) s`` at ``s = 0 ... 1``; options as for `geometric`.

        >>> [s.diffusion for s in Schedule.linear((3, 1), num_stages=3, num_steps=1).stages]
        [3.0, 2.0, 1.0]
        """
        return cls.power(diffusion, exponent=1.0, **options)

    @classmethod
    def power(
        cls, diffusion: Sequence[float], *, exponent: float = 2.0, **options: Any
    ) -> Schedule:
        """``D(s) = stop + (start - stop) (1 - s)^exponent``; options as for `geometric`."""
        start, stop = _ends(diffusion)
        power = number("exponent", exponent)
        return _staged(lambda s: stop + (start - stop) * (1 - s) ** power, **options)

    @classmethod
    def geometric(cls, diffusion: Sequence[float], **options: Any) -> Schedule:
        """``D(s) = start (stop / start)^s`` at ``s = 0 ... 1``: equal ratios from stage to stage.

        Args:
            diffusion: ``(start, stop)``, both positive, start at least stop.
            options: `num_stages` (default 12), `time_step` (of the last stage, default 0.0625),
                `num_steps` (Trotter steps of each stage, default 16) and `step_exponent`
                (``dt ~ D^-step_exponent``, 0 or more, default 0.5).
        """
        start, stop = _ends(diffusion, positive=True)
        return _staged(lambda s: start * (stop / start) ** s, **options)

    @classmethod
    def equal_phase(
        cls, diffusion: Sequence[float], *, num_steps: int = 192, phase: float = 0.1
    ) -> Schedule:
        """``dt sqrt(D)`` the same in every step, D in equal ratios: `geometric`, step by step.

        An oscillator ``zeta = x^2`` has the frequency ``2 sqrt(D)``, so that it turns by
        ``phase = 2 sqrt(D) dt`` in every step, and one with ``zeta = c x^2`` by sqrt(c) times that.
        It is ``geometric(diffusion, num_stages=num_steps, num_steps=1,
        time_step=phase / (2 sqrt(stop)), step_exponent=0.5)`` under a name that says what is kept.

        Args:
            diffusion: ``(start, stop)``, both positive, start at least stop.
            num_steps: Steps in all; each is a stage of its own. Default 192, as `geometric`.
            phase: Radians per step. Default 0.1: with 192 steps from D = 40 to 0.25, halving them
                moves 0.3 % of the probability of the oscillator.

        Raises:
            TypeError: `diffusion` is no pair, or a value is no number.
            ValueError: D rises or ends at 0, or a value is not positive.

        >>> schedule = Schedule.equal_phase((4, 0.25), num_steps=3, phase=0.2)
        >>> [(stage.diffusion, stage.time_step) for stage in schedule.stages]
        [(4.0, 0.05), (1.0, 0.1), (0.25, 0.2)]
        """
        _, stop = _ends(diffusion, positive=True)
        steps = _all_steps(num_steps)
        time_step = number("phase", phase) / (2 * math.sqrt(stop))
        return cls.geometric(diffusion, num_stages=steps, num_steps=1, time_step=time_step)

    @classmethod
    def piecewise(
        cls, knots: Iterable[Sequence[float]], *, ratios: bool = False, **options: Any
    ) -> Schedule:
        """D through given points, straight in between (as `numpy.interp` draws it).

        For stages that are known one by one write ``Schedule([Stage(...), ...])``.

        Args:
            knots: Pairs ``(s, D)``: s rising from 0 to 1.
            ratios: Straight in log D instead: equal ratios between knots, as in `geometric`.
            options: As for `geometric`. The stages are at ``s = 0 ... 1``, equally spaced, so that
                a knot between two of them is passed, not met.

        Raises:
            TypeError: `knots` holds something else than pairs of numbers.
            ValueError: s does not rise from 0 to 1, or D is 0 where `ratios` is true.

        >>> knots = [(0, 4.0), (0.5, 1.0), (1, 0.5)]
        >>> [s.diffusion for s in Schedule.piecewise(knots, num_stages=5).stages]
        [4.0, 2.5, 1.0, 0.75, 0.5]
        >>> [s.diffusion for s in Schedule.piecewise(knots, ratios=True, num_stages=3).stages]
        [4.0, 1.0, 0.5]
        """
        positions, diffusions = _knots(knots)
        if not ratios:
            return _staged(lambda s: float(np.interp(s, positions, diffusions)), **options)
        if min(diffusions) == 0:
            raise bad_value("knots", "stay above 0 for equal ratios", 0.0, "Leave out `ratios`.")

        def curve(s: float) -> float:
            after = min(bisect.bisect_right(positions, s), len(positions) - 1)
            left, right = positions[after - 1], positions[after]
            share = (s - left) / (right - left)
            before = diffusions[after - 1]
            return float(before * (diffusions[after] / before) ** share)

        return _staged(curve, **options)

    @classmethod
    def qhd(
        cls,
        *,
        time: float = 10.0,
        num_steps: int = 10_000,
        start: float = 1e-3,
        exponent: float = 3.0,
        length: float = 1.0,
    ) -> Schedule:
        """Quantum Hamiltonian descent: the kinetic term fades, the objective grows.

        ``H(t) = 2/(start + t^p) (-lap/2) + 2 t^p F``, t = 0 ... time, p = `exponent`, on the unit
        box with ``F = zeta / length``. This is the equation of this package with ``D(t) = a/b``
        and the clock ``b dt``, where ``a = length^2/(start + t^p)`` and ``b = 2 t^p / length`` are
        the factors of ``-lap`` and of zeta in the units of the problem. Both are taken at the
        middle of a step, where neither is 0; every step is a stage of its own. ``dt sqrt(D) b`` is
        nearly constant for ``t^p`` above `start`: equal steps of t keep the phase per step of an
        oscillator.

        Args:
            time: Duration on the clock t. Default 10, the published one.
            num_steps: Equal steps of t. Default 10,000: dt = 0.001, the published one. Twice that
                moves success probabilities by 0.004 at most (`qhd_success`).
            start: What keeps the kinetic term finite at t = 0. Default 1e-3.
            exponent: p. Default 3.
            length: Side of the (square) box. Default 1: the problem is on the unit box already.

        Raises:
            TypeError: A value is no number.
            ValueError: A value is not positive, there are too many steps, or a coefficient leaves
                the range of floating point.

        References:
            J. Leng, E. Hickman, J. Li and X. Wu, Quantum Hamiltonian Descent, arXiv:2303.01471.

        >>> schedule = Schedule.qhd(num_steps=10)
        >>> schedule.num_steps, round(1e5 * schedule.stages[5].diffusion, 3)  # t = 5.5
        (10, 1.806)
        >>> schedule.stages[5].time_step  # 2 t^3 dt
        332.75
        """
        steps, duration = _all_steps(num_steps), number("time", time)
        power, side = number("exponent", exponent), number("length", length)
        t = (np.arange(steps) + 0.5) * (duration / steps)
        with np.errstate(all="ignore"):
            grown = t**power
            kinetic = np.float64(side) ** 2 / (number("start", start) + grown)
            potential = 2 * grown / side
        return cls._clocked(kinetic, potential, duration / steps)

    @classmethod
    def gradient_qhd(
        cls,
        *,
        time: float = 10.0,
        num_steps: int = 1000,
        beta: float = -0.05,
        gamma: float = 5.0,
    ) -> Schedule:
        r"""Gradient-based quantum Hamiltonian descent, without its gradient.

        The published program evolves with

            H(t) = t^-3 p^2 + (beta/2) (p grad zeta + grad zeta p) + (t^3 + gamma t^2) zeta.

        p and the gradient together are the square ``t^-3 (p + grad phi)^2`` of a shifted momentum
        less ``(beta^2/4) t^3 |grad zeta|^2``, with ``phi = (beta/2) t^3 zeta``. A phase
        ``exp(i phi)`` undoes the shift and turns no probability of a position. As phi grows with
        time, ``dphi/dt`` comes off the potential::

            H'(t) = t^-3 p^2 + [t^3 + (gamma - 3 beta/2) t^2] zeta - (beta^2/4) t^3 |grad zeta|^2.

        So the mixed term takes no gate at all. The last term, which would be a second diagonal
        phase, is left out here: it moves the success probability by less than 0.001 on the
        published example. What is left is `qhd` with a potential that begins with t^2.
        Coefficients are those of the middle of a step; coordinates are those of the problem.

        Args:
            time: Duration on the clock t. Default 10; 5 in the published figure 1.
            num_steps: Equal steps of t, a stage each. Default 1000.
            beta: Weight of the mixed term. Default -0.05; -0.03 in figure 1.
            gamma: Weight of t^2. Default 5, that of the program.

        Raises:
            TypeError: A value is no number.
            ValueError: A value is not positive, there are too many steps, or the potential is
                negative at the beginning: gamma is below 3 beta/2.

        References:
            J. Leng and B. Shi, Quantum Optimization via Gradient-Based Hamiltonian Descent, ICML
            2025, arXiv:2505.14670; program: github.com/jiaqileng/Gradient-Based-QHD.

        >>> schedule = Schedule.gradient_qhd(time=5.0, num_steps=500, beta=-0.03)
        >>> round(schedule.stages[100].time_step, 4)  # (t^3 + 5.045 t^2) / 100 at t = 1.005
        0.0611
        """
        steps, duration = _all_steps(num_steps), number("time", time)
        boost = finite("gamma", gamma) - 1.5 * finite("beta", beta)
        t = (np.arange(steps) + 0.5) * (duration / steps)
        potential = t**3 + boost * t**2
        if not (potential > 0).all():
            must = f"be at least 3 `beta`/2 ({1.5 * beta:g}), or zeta is turned upside down"
            raise bad_value("gamma", must, gamma)
        return cls._clocked(t**-3, potential, duration / steps)

    @classmethod
    def _clocked(cls, kinetic: NDArray[Any], potential: NDArray[Any], step: float) -> Schedule:
        """A stage of one step per factor of ``-lap`` and of zeta, on a clock that zeta sets."""
        with np.errstate(all="ignore"):
            diffusions, clocks = kinetic / potential, potential * step
        values = np.concatenate([diffusions, clocks])
        if not np.all((values >= sys.float_info.min) & (values <= sys.float_info.max)):
            raise ValueError(
                "The coefficients of a QHD schedule must stay within floating point, but D runs "
                f"from {diffusions[0]:g} to {diffusions[-1]:g} and the clock from {clocks[0]:g} to "
                f"{clocks[-1]:g}. Bring `time`, `exponent` and `length` nearer to 1."
            )
        steps_of = zip(diffusions, clocks, strict=True)
        return cls(tuple(Stage(float(d), float(dt), 1) for d, dt in steps_of))

    def save(self, path: str | Path) -> Path:
        """Write the schedule as JSON (`to_dict`), atomically, and return the path.

        Raises:
            OSError: The file cannot be written; nothing half-written stays behind.
        """
        path = Path(path)
        write_json(path, self.to_dict())
        return path

    @classmethod
    def load(cls, path: str | Path) -> Schedule:
        """Read a schedule that `save` wrote, or that was written by hand in the same form.

        Raises:
            FileNotFoundError: There is no such file.
            DamagedFileError: It is no JSON, or holds no schedule.

        >>> import tempfile
        >>> schedule = Schedule.constant(1.0, num_steps=5, time_step=0.1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Schedule.load(schedule.save(f"{folder}/mine.json")) == schedule
        True
        """
        path = Path(path)
        data = read_json(path, remedy="Save it again.")
        try:
            return cls.from_dict(data)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            reason = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
            raise DamagedFileError(
                f"File `{path}` holds no schedule: {reason.rstrip('.')}. Save it again."
            ) from None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schedule:
        """Inverse of `to_dict`."""
        return cls(tuple(Stage(**stage) for stage in data["stages"]), data.get("goal"))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        plain = {"stages": [asdict(stage) for stage in self.stages]}
        for stage in plain["stages"]:
            for key in ("coarse", "fold"):
                if not stage[key]:
                    del stage[key]
                elif isinstance(stage[key], tuple):
                    stage[key] = [list(e) if isinstance(e, tuple) else e for e in stage[key]]
        return plain if self.goal is None else plain | {"goal": self.goal}

    def __repr__(self) -> str:
        name = type(self).__name__
        if len(self.stages) <= _SHOWN:
            goal = "" if self.goal is None else f", goal={self.goal!r}"
            return f"{name}({list(self.stages)!r}{goal})"
        return f"{name}({Schedule.__str__(self)})"

    def _repr_html_(self) -> str:
        total = len(self.stages)
        picked = sorted({round(part * (total - 1) / (_ROWS - 1)) for part in range(_ROWS)})
        rows = [
            (f"{n + 1}", f"{s.diffusion:.4g}", f"{s.time_step:.4g}", f"{s.num_steps}")
            for n, s in ((number, self.stages[number]) for number in picked)
        ]
        head = ("stage", "D", "time step", "steps")
        words = html.preformatted(str(self))
        return html.block(type(self).__name__, words, html.table(rows, head))

    def __str__(self) -> str:
        first, last = self.stages[0], self.stages[-1]
        return (
            f"{len(self.stages)} stages, {self.num_steps} steps, time {self.time:g}, "
            f"D {first.diffusion:g} -> {last.diffusion:g}, "
            f"dt {first.time_step:g} -> {last.time_step:g}"
        )


def _equal_phase(diffusion: Sequence[float], **options: Any) -> Schedule:
    """`Schedule.geometric` with the exponent that keeps ``dt sqrt(D)``, and no other."""
    exponent = options.pop("step_exponent", 0.5)
    if exponent != 0.5:
        remedy = 'Leave it out, or use the schedule "geometric".'
        raise bad_value("step_exponent", "be 0.5 in an equal-phase schedule", exponent, remedy)
    return Schedule.geometric(diffusion, **options)


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "geometric": Schedule.geometric,
    "equal_phase": _equal_phase,
    "linear": Schedule.linear,
    "power": Schedule.power,
}
"""Annealing schedules by name, from ``(start, stop)`` and the options of `Schedule.geometric`.

`Schedule.constant` and `Schedule.qhd` stand apart: the one has one diffusion only, the other none
to choose. `Schedule.piecewise` has knots instead.
"""


def schedule_by_name(
    name: str, diffusion: Sequence[float] | None = None, **options: Any
) -> Schedule:
    """Build a schedule by name; ``"constant"`` uses the final diffusion, ``"qhd"`` none.

    Raises:
        TypeError: `diffusion` is missing, or no pair.
        ValueError: The name is unknown, or `diffusion` is given for ``"qhd"``.

    >>> schedule_by_name("constant", (2, 1), num_stages=1, num_steps=5, time_step=0.1).time
    0.5
    """
    if name == "qhd":
        if diffusion is not None:
            must = "be left out of a QHD schedule, which follows from `time` and `exponent`"
            raise bad_value("diffusion", must, diffusion)
        return Schedule.qhd(**options)
    if name == "constant":
        options.pop("step_exponent", None)
        return Schedule.constant(_ends(diffusion)[1], **options)
    if name not in SCHEDULES:
        raise ValueError(unknown("schedule", name, [*SCHEDULES, "constant", "qhd"]))
    return SCHEDULES[name](diffusion, **options)


def _staged(
    curve: Callable[[float], float],
    *,
    num_stages: int = 12,
    time_step: float = 0.0625,
    num_steps: int = 16,
    step_exponent: float = 0.5,
) -> Schedule:
    total = count("num_stages", num_stages)
    _all_steps(total * count("num_steps", num_steps))
    positions: Iterable[float] = np.linspace(0, 1, total) if total > 1 else [1.0]
    values = [float(real_array("The answer of `curve`", curve(float(s)))) for s in positions]
    step = number("time_step", time_step)
    exponent = number("step_exponent", step_exponent, zero=True)
    last = min((d for d in values if d > 0), default=1.0)
    scales = [(last / d) ** exponent if d > 0 else 1.0 for d in values]
    pairs = zip(values, scales, strict=True)
    return Schedule(tuple(Stage(d, step * float(scale), num_steps) for d, scale in pairs))


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
"""Of the mean of D over a step: exact for polynomials up to the fifth degree."""


def mean_diffusion(curve: Callable[[float], float], begin: float, length: float) -> float:
    """Mean of D(t) from a time on; the length may be negative, as in steps that run backwards.

    Raises:
        TypeError: D is no number somewhere.
        ValueError: It is negative or not finite.

    >>> round(mean_diffusion(lambda t: 3 * t**2, 1.0, 1.0), 9)
    7.0
    """
    times = begin + length * (1 + _NODES) / 2
    values = [diffusion_at(curve, float(t)) for t in times]
    return float(np.array(values) @ _WEIGHTS) / 2


def diffusion_at(curve: Callable[[float], float], time: float) -> float:
    """D(t), checked.

    >>> diffusion_at(lambda t: 1 - t, 3.0)
    Traceback (most recent call last):
    ValueError: Argument `D(3)` must be finite and at least 0, but is -2.0.
    """
    answer = curve(time)
    if isinstance(answer, float) and 0 <= answer < math.inf:
        return float(answer)  # It is asked for several times in every step.
    value = real_array(f"The answer of `D({time:g})`", answer)
    if value.ndim:
        raise bad_type("D", "answer with one number", f"an array of shape {value.shape}")
    return number(f"D({time:g})", float(value), zero=True)


def _all_steps(num_steps: object) -> int:
    """Number of steps in all, refused before anything of that size is made."""
    total = count("num_steps", num_steps)
    if total > MAX_STEPS:
        raise bad_value("num_steps", f"be at most {MAX_STEPS} in all", total)
    return total


def _knots(knots: Iterable[Sequence[float]]) -> tuple[list[float], list[float]]:
    """Positions and diffusions of knots that make sense."""
    remedy = "Write [(0, 4.0), (0.5, 1.0), (1, 0.1)]."
    try:
        pairs = [(s, d) for s, d in knots]
    except (TypeError, ValueError):
        raise bad_type("knots", "be pairs (s, D)", knots, remedy) from None
    positions = [number("knots", s, zero=True) for s, _ in pairs]
    diffusions = [number("knots", d, zero=True) for _, d in pairs]
    rising = all(a < b for a, b in pairwise(positions))
    if len(pairs) < 2 or not rising or (positions[0], positions[-1]) != (0.0, 1.0):
        raise bad_value("knots", "have s rising from 0 to 1", positions, remedy)
    return positions, diffusions


def _ends(diffusion: Sequence[float] | None, *, positive: bool = False) -> tuple[float, float]:
    try:
        start, stop = diffusion  # type: ignore[misc]
    except (TypeError, ValueError):
        must = "be a pair (start, stop)"
        raise bad_type("diffusion", must, diffusion, "Write (4.0, 0.05).") from None
    start = number("d_start", start, zero=True)
    stop = number("d_stop", stop, zero=True)
    if stop > start:
        must = f"be at most `d_start` ({start:g})"
        raise bad_value("d_stop", must, stop, "D falls in an anneal.")
    if positive and stop == 0:
        must = "end above 0 for equal ratios"
        raise bad_value("diffusion", must, stop, "Use `linear`.")
    return start, stop
