"""What `fit` tried, and how good it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.checks import MIN_SIGNAL, MOST_UNIFORM
from qdml_quantum.diagnostics.metrics import signal_over_uniform
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.hardware.planning.costs import signal_error, success_error
from qdml_quantum.hardware.planning.draft import Histogram
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.problem.goal import Goal
from qdml_quantum.support.store import finite_json

FEWEST_SHOTS = 256
"""Fewer shots than this are not worth a job."""
_SLACK = 1.1
_DOUBT = 0.8
"""Quick costs take all that is lost for uniform; simulations leave more of S than that."""


@dataclass(frozen=True)
class Option:
    """One anneal that was looked at, and what is to be expected of it.

    Attributes:
        goal: Its problem, and what counts as success.
        kind: Of its schedule.
        qubits_per_axis: Of its grid.
        num_steps: Trotter steps.
        schedule: The schedule.
        budget: What may be left out of the objective.
        two_qubit_gates: On the device; rounded where they were only estimated.
        fidelity: Expected, from the device's error rates.
        uniform_fidelity: Of the ideal histogram with a uniform one.
        ideal_success: Success probability without noise.
        success: With it.
        baseline: Of a uniform histogram.
        signal: S that is to be expected.
        shots: Of each circuit, that the QPU seconds allow.
        seconds: QPU seconds.
        score: What the goal asks for, less its error bar with these shots.
        how: ``"screened"`` (from gate counts), ``"simulated"``, or ``"planned"`` (compiled with
            all effort, then simulated).
        excluded: Why it cannot win; empty where it can.
    """

    goal: Goal = field(repr=False)
    kind: str
    qubits_per_axis: tuple[int, ...]
    num_steps: int
    schedule: Schedule = field(repr=False)
    budget: Any
    two_qubit_gates: int
    fidelity: float
    uniform_fidelity: float
    ideal_success: float
    success: float
    baseline: float
    signal: float
    shots: int
    seconds: float
    score: float
    how: str
    excluded: str = ""

    @property
    def num_qubits(self) -> int:
        """Qubits of all axes."""
        return sum(self.qubits_per_axis)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without the goal."""
        plain = vars(self) | {"schedule": self.schedule.to_dict()}
        del plain["goal"]
        return dict(finite_json(plain))

    def row(self) -> str:
        """One line of the table."""
        return (
            f"{self.kind:<12}{'x'.join(map(str, self.qubits_per_axis)):>6}{self.num_steps:>6}"
            f"{self.two_qubit_gates:>7}{self.fidelity:>9.3f}{self.uniform_fidelity:>7.3f}"
            f"{self.ideal_success:>8.3f}{self.success:>9.3f}{self.signal:>7.3f}{self.seconds:>8.1f}"
            f"{self.score:>8.3f}  {self.how}{': ' * bool(self.excluded)}{self.excluded}"
        )


_HEAD = (
    f"{'schedule':<12}{'qubits':>6}{'steps':>6}{'gates':>7}{'fidelity':>9}{'F_u':>7}{'ideal P':>8}"
    f"{'P':>9}{'S':>7}{'QPU s':>8}{'score':>8}"
)


@dataclass(frozen=True, eq=False)
class Fit:
    """What was tried, and the plan of the best.

    Attributes:
        goal: What was to be best.
        qpu_seconds: Budget.
        options: Everything that was tried, best first: planned ones, then simulated, then screened
            ones; excluded ones last.
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
        looked = sum(option.how != "screened" for option in self.options)
        lines = [
            f"{len(self.options)} options within {self.qpu_seconds:g} QPU seconds, {looked} "
            f"of them simulated with noise, {self.seconds:.0f} s; best lower end of {what}:",
            "",
            _HEAD,
            *(option.row() for option in self._shown()),
        ]
        lines += [f"{number} excluded: {why}" for why, number in self.excluded.items()]
        lines += [f"skipped {why}" for why in self.skipped]
        if not self.complete:
            lines.append("The time limit ended the search: not everything was tried.")
        if self.plan is None:
            return "\n".join([*lines, "", "No option can be recommended on this device."])
        return "\n".join([*lines, "", str(self.plan)])

    def _shown(self) -> Iterable[Option]:
        """The best, and of each reason to be excluded one that would have been good."""
        yield from [option for option in self.options if not option.excluded][:12]
        for why in self.excluded:
            yield max((o for o in self.options if o.excluded == why), key=lambda o: o.score)


def score(
    goal: str, expected: Histogram, ideal: Histogram, near: NDArray[np.bool_], shots: int
) -> float:
    """Lower end of the 95 % interval of what the goal asks for.

    Args:
        goal: ``"success"``: success probability above that of a uniform histogram. ``"signal"``: S.
        expected: Histogram with noise.
        ideal: Histogram without.
        near: Grid points within the success radius.
        shots: Of the position circuit.

    >>> import numpy as np
    >>> ideal = np.array([0.7, 0.1, 0.1, 0.1])
    >>> round(score("success", ideal, ideal, ideal > 0.5, 10_000), 3)  # 0.7 - 0.25 - 0.009
    0.441
    """
    if goal == "signal":
        return signal_over_uniform(expected, ideal) - signal_error(expected, ideal, shots)
    success = float(np.minimum(expected[near].sum(), 1.0))
    return success - float(near.mean()) - success_error(success, shots)


def at_best(goal: str, fidelity: float, baseline: float) -> float:
    """More than any schedule can score at a fidelity, if what is lost becomes uniform.

    ``f (1 - baseline)`` of the success probability, where the ideal one is 1; ``1 - (1 - f)^2`` of
    S, for ideal histograms that are nearly uniform. A tenth is added for what is not so.

    >>> round(at_best("success", 0.5, 0.2), 3), round(at_best("signal", 0.5, 0.2), 3)
    (0.44, 0.825)
    """
    best = 1 - (1 - fidelity) ** 2 if goal == "signal" else fidelity * (1 - baseline)
    return _SLACK * best


def why_not(option: Option, goal: str) -> str:
    """Why an option cannot win; quick costs give S the benefit of the doubt."""
    doubt = _DOUBT if option.how == "screened" else 1.0
    if option.uniform_fidelity > MOST_UNIFORM:
        return f"the ideal histogram is nearly uniform (fidelity above {MOST_UNIFORM:g})"
    if option.signal < doubt * MIN_SIGNAL:
        return f"S below {MIN_SIGNAL:g}: the noise hides it"
    if goal == "success" and option.score <= 0:
        return "success is not above chance by more than its error bar"
    if option.shots < FEWEST_SHOTS:
        return f"the QPU seconds pay for fewer than {FEWEST_SHOTS} shots"
    return ""


def rank(option: Option) -> tuple[Any, ...]:
    """Best first; ties by what is cheaper."""
    how = ("planned", "simulated", "screened").index(option.how)
    return bool(option.excluded), how, -option.score, option.two_qubit_gates, option.num_qubits
