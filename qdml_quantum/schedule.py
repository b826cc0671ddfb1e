"""Annealing schedules: the diffusion coefficient D and the time step, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from qdml_quantum.messages import argument, count, number, unknown

MAX_STEPS = 2_000_000
"""More Trotter steps than this are taken for a typing error; half of it in `anneal`."""


@dataclass(frozen=True)
class Stage:
    """`num_steps` Trotter steps of length `time_step` at fixed diffusion D.

    Args:
        diffusion: D, 0 or more.
        time_step: Positive.
        num_steps: 1 or more.
        coarse: Qubits that each axis has fewer than its grid meanwhile, default 0. The state stands
            on every 2^coarse-th point, and is interpolated by its spectrum before a finer stage.

    Raises:
        TypeError: A value is no number.
        ValueError: D is negative, the time step is not positive, or there are no steps.

    >>> Stage(diffusion=0.5, time_step=0.1, num_steps=20).time
    2.0
    """

    diffusion: float
    time_step: float
    num_steps: int
    coarse: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "coarse", count("coarse", self.coarse, least=0))
        object.__setattr__(self, "diffusion", number("diffusion", self.diffusion, zero=True))
        object.__setattr__(self, "time_step", number("time_step", self.time_step))
        object.__setattr__(self, "num_steps", count("num_steps", self.num_steps))

    @property
    def time(self) -> float:
        """Duration of the stage."""
        return self.time_step * self.num_steps


@dataclass(frozen=True)
class Schedule:
    """Stages of an anneal, D never rising from one to the next, and grids never coarser.

    The constructors take ``diffusion=(start, stop)``. Their `time_step` is that of the last,
    slowest stage of positive D; earlier ones use ``time_step (stop / D)^step_exponent``. At
    constant time step (exponent 0) the kinetic phase ``dt D k^2`` of the early stages wraps many
    times and Trotter resonances, at ``dt D k^2 = 2 pi``, heat the state. Exponent 1/2 (the default)
    keeps the phase per step of an oscillator equal, exponent 1 keeps the resonances at one, high
    wave number.

    Args:
        stages: One or more `Stage`.
        goal: D of the Hamiltonian whose ground state is wanted; default (None) that of the last
            stage. Where it is given the steps are free: their angles are what counts, D may rise,
            and halving the time step would not come nearer to anything.

    Raises:
        TypeError: `stages` holds something else than `Stage`.
        ValueError: There is no stage, D rises without a goal, a stage is coarser than the one
            before, or there are too many steps.

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
            raise TypeError(
                argument(
                    "stages",
                    "be one or more Stage objects",
                    stages,
                    "Write Schedule([Stage(diffusion=1.0, time_step=0.1, num_steps=100)]).",
                )
            )
        object.__setattr__(self, "stages", stages)
        for place, (before, after) in enumerate(pairwise(stages)):
            if after.coarse > before.coarse:
                raise ValueError(
                    argument(
                        "stages",
                        "never go to a coarser grid",
                        f"coarse={before.coarse}, then {after.coarse} at stage {place + 2}",
                    )
                )
            if after.diffusion > before.diffusion and self.goal is None:
                raise ValueError(
                    argument(
                        "stages",
                        "lower the diffusion, or keep it",
                        f"raising it from {before.diffusion:g} to {after.diffusion:g} at stage "
                        f"{place + 2}",
                        "Sort the stages by falling diffusion, or give a `goal`.",
                    )
                )
        if self.num_steps > MAX_STEPS:
            raise ValueError(
                argument("num_steps", f"be at most {MAX_STEPS} in all", self.num_steps)
            )

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
    def coarse(self) -> int:
        """Qubits of each axis that are idle at first."""
        return self.stages[0].coarse

    @property
    def max_time_step(self) -> float:
        """Longest time step."""
        return max(stage.time_step for stage in self.stages)

    def halved(self) -> Schedule:
        """The same anneal with every time step halved and twice as many of them."""
        return Schedule(
            tuple(
                replace(s, time_step=s.time_step / 2, num_steps=2 * s.num_steps)
                for s in self.stages
            ),
            self.goal,
        )

    @classmethod
    def constant(
        cls, diffusion: float, *, num_steps: int, time_step: float, num_stages: int = 1
    ) -> Schedule:
        """One diffusion throughout: plain Hamiltonian evolution, in `num_stages` equal pieces."""
        return cls((Stage(diffusion, time_step, num_steps),) * count("num_stages", num_stages))

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
            options: `num_stages` (default 12), `num_steps` (Trotter steps of each stage, default
                16), `time_step` (of the last stage, default 0.0625) and `step_exponent`
                (``dt ~ D^-step_exponent``, 0 or more, default 0.5).
        """
        start, stop = _ends(diffusion)
        if stop == 0:
            raise ValueError(
                argument("diffusion", "end above 0 for equal ratios", stop, "Use `linear`.")
            )
        return _staged(lambda s: start * (stop / start) ** s, **options)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schedule:
        """Inverse of `to_dict`."""
        return cls(tuple(Stage(**stage) for stage in data["stages"]), data.get("goal"))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        plain = {"stages": [asdict(stage) for stage in self.stages]}
        for stage in plain["stages"]:
            if not stage["coarse"]:
                del stage["coarse"]
        return plain if self.goal is None else plain | {"goal": self.goal}

    def __str__(self) -> str:
        first, last = self.stages[0], self.stages[-1]
        return (
            f"{len(self.stages)} stages, {self.num_steps} steps, time {self.time:g}, "
            f"D {first.diffusion:g} -> {last.diffusion:g}, "
            f"dt {first.time_step:g} -> {last.time_step:g}"
        )


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "geometric": Schedule.geometric,
    "linear": Schedule.linear,
    "power": Schedule.power,
}
"""Annealing schedules by name; `Schedule.constant` stands apart, having one diffusion only."""


def schedule_by_name(name: str, diffusion: Sequence[float], **options: Any) -> Schedule:
    """Build a schedule by name; ``"constant"`` uses the final diffusion throughout.

    >>> schedule_by_name("constant", (2, 1), num_stages=1, num_steps=5, time_step=0.1).time
    0.5
    """
    if name == "constant":
        options.pop("step_exponent", None)
        return Schedule.constant(_ends(diffusion)[1], **options)
    if name not in SCHEDULES:
        raise ValueError(unknown("schedule", name, [*SCHEDULES, "constant"]))
    return SCHEDULES[name](diffusion, **options)


def _staged(
    curve: Callable[[float], float],
    *,
    num_stages: int = 12,
    num_steps: int = 16,
    time_step: float = 0.0625,
    step_exponent: float = 0.5,
) -> Schedule:
    total = count("num_stages", num_stages)
    places: Iterable[float] = np.linspace(0, 1, total) if total > 1 else [1.0]
    values = [float(curve(float(s))) for s in places]
    step = number("time_step", time_step)
    exponent = number("step_exponent", step_exponent, zero=True)
    last = min((d for d in values if d > 0), default=1.0)
    scales = [(last / d) ** exponent if d > 0 else 1.0 for d in values]
    return Schedule(
        tuple(
            Stage(d, step * float(scale), num_steps)
            for d, scale in zip(values, scales, strict=True)
        )
    )


def _ends(diffusion: Sequence[float]) -> tuple[float, float]:
    try:
        start, stop = diffusion
    except (TypeError, ValueError):
        raise TypeError(
            argument("diffusion", "be a pair (start, stop)", diffusion, "Write (4.0, 0.05).")
        ) from None
    start = number("d_start", start, zero=True)
    stop = number("d_stop", stop, zero=True)
    if stop > start:
        raise ValueError(
            argument("d_stop", f"be at most `d_start` ({start:g})", stop, "D falls in an anneal.")
        )
    return start, stop
