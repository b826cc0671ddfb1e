"""What `fit_plan` tried, and how good it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qdml_quantum.diagnostics.checks import MIN_SIGNAL, MOST_UNIFORM
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.hardware.planning.costs import GOALS, Costs
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.problem.goal import Goal
from qdml_quantum.support.store import finite_json

FEWEST_SHOTS = 256
"""Fewer shots than this are not worth a job: error bars are then wider than 0.06."""
_SHOWN = 12
"""Options in the table that could win."""


@dataclass(frozen=True, eq=False)
class Option:
    """An anneal that was compiled for the device, and what it shows with the shots it can have.

    Attributes:
        wanted: ``"success"`` or ``"signal"``.
        goal: Its problem, and what counts as success.
        anneal: What would be run.
        shots: Of each circuit, that the QPU seconds pay for.
        costs: Gates, seconds, and error bars with these shots.
        how: ``"simulated"`` (compiled with little effort), or ``"planned"`` (with all of it).
    """

    wanted: str
    goal: Goal
    anneal: Anneal
    shots: int
    costs: Costs
    how: str

    @property
    def score(self) -> float:
        """Lower end of the 95 % interval of S, or of the success probability above chance."""
        bar = self.costs.error_bar(self.wanted)
        chance = self.goal.baseline if self.wanted == GOALS[0] else 0.0
        return math.nan if bar is None else bar.expected - bar.error - chance

    @property
    def excluded(self) -> str:
        """Why it cannot win; empty where it can."""
        if self.costs.uniform_fidelity > MOST_UNIFORM:
            return f"the ideal histogram is nearly uniform (fidelity above {MOST_UNIFORM:g})"
        if self.costs.expected_fidelity is None:
            return "the device does not tell its errors"
        if self._expected("signal") < MIN_SIGNAL:
            return f"S below {MIN_SIGNAL:g}: the noise hides it"
        if self.wanted == GOALS[0] and self.score <= 0:
            return "success is not above chance by more than its error bar"
        if self.shots < FEWEST_SHOTS:
            return f"the QPU seconds pay for fewer than {FEWEST_SHOTS} shots"
        return ""

    def _expected(self, quantity: str) -> float:
        bar = self.costs.error_bar(quantity)
        return math.nan if bar is None else bar.expected

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without the goal."""
        plain = {
            "qubits_per_axis": self.anneal.grid.qubits_per_axis,
            "schedule": self.anneal.schedule.to_dict(),
            "costs": self.costs.to_dict(),
        }
        names = ("shots", "score", "how", "excluded")
        return dict(finite_json(plain | {name: getattr(self, name) for name in names}))

    def __str__(self) -> str:
        costs, size = self.costs, "x".join(map(str, self.anneal.grid.qubits_per_axis))
        fidelity = math.nan if costs.expected_fidelity is None else costs.expected_fidelity
        return (
            f"{size:>6}{costs.num_steps:>6}{costs.two_qubit_gates:>7}{fidelity:>9.3f}"
            f"{costs.uniform_fidelity:>7.3f}{self._expected('success'):>7.3f}"
            f"{self._expected('signal'):>7.3f}{costs.qpu_seconds:>7.1f}{self.score:>7.3f}"
            f"  {self.how}{': ' * bool(self.excluded)}{self.excluded}"
        )


_HEAD = "qubits steps  gates fidelity    F_u      P      S  QPU s  score"


@dataclass(frozen=True, eq=False)
class Fit:
    """What was tried, and the plan of the best.

    Attributes:
        goal: What was to be best.
        qpu_seconds: Budget.
        options: Everything that was compiled, best first: planned ones, then simulated ones;
            excluded ones last.
        plan: Plan of the best option; None where all are excluded.
        skipped: Sizes of which nothing was tried, with the reason.
        complete: Whether everything was tried that was meant to be; False after a time limit.
        seconds: Wall time.
    """

    goal: str
    qpu_seconds: float
    options: tuple[Option, ...]
    plan: Plan | None
    skipped: tuple[str, ...]
    complete: bool
    seconds: float

    @property
    def best(self) -> Option | None:
        """The option of the plan."""
        return self.options[0] if self.plan is not None else None

    @property
    def excluded(self) -> dict[str, int]:
        """How many options could not win, by reason."""
        return dict(Counter(option.excluded for option in self.options if option.excluded))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "goal": self.goal,
            "qpu_seconds": self.qpu_seconds,
            "complete": self.complete,
            "seconds": self.seconds,
            "excluded": self.excluded,
            "skipped": list(self.skipped),
            "options": [option.to_dict() for option in self.options],
            "plan": None if self.plan is None else self.plan.to_dict(),
        }

    def __str__(self) -> str:
        what = "S" if self.goal == "signal" else "success probability above chance"
        lines = [
            f"{len(self.options)} options within {self.qpu_seconds:g} QPU seconds, simulated with "
            f"noise, {self.seconds:.0f} s; best lower end of {what}:",
            "",
            _HEAD,
            *map(str, self._shown()),
        ]
        lines += [f"{number} excluded: {why}" for why, number in self.excluded.items()]
        lines += [f"skipped {why}" for why in self.skipped]
        if not self.complete:
            lines.append("The time limit ended the search: not everything was tried.")
        last = self.plan or "No option can be recommended on this device."
        return "\n".join([*lines, "", str(last)])

    def _shown(self) -> Iterator[Option]:
        """The best, and of each reason to be excluded one that would have been good."""
        yield from [option for option in self.options if not option.excluded][:_SHOWN]
        for why in self.excluded:
            yield next(option for option in self.options if option.excluded == why)


def by_rank(option: Option) -> tuple[Any, ...]:
    """Key that sorts the best first; ties by what is cheaper."""
    simulated = option.how != "planned"
    return bool(option.excluded), simulated, -option.score, option.costs.two_qubit_gates
