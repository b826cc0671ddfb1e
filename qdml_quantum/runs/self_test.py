"""The self-test of a device: does it move a wave packet as quantum mechanics says?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.bootstrap import hits_on
from qdml_quantum.diagnostics.dynamics import NATS, Dynamics, judge_dynamics
from qdml_quantum.diagnostics.energy import mean_over_shots
from qdml_quantum.hardware.planning.costs import JOB_SECONDS
from qdml_quantum.hardware.planning.motion import FEWEST, Motion, motion_of
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.estimate import SHOTS, Estimate
from qdml_quantum.support.store import finite_json
from qdml_quantum.support.text import INDENT, columns, fact_rows
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.compiler import Compiler

if TYPE_CHECKING:
    from qdml_quantum.hardware.planning.plan import Plan

_MOTIONS = {"fall": "a packet in free fall on a slope", "turn": "a packet that turns in a bowl"}


@dataclass(frozen=True, eq=False)
class SelfTest:
    """Positions of a wave packet at several times, and whether they show that it moved.

    Attributes:
        motion: What was run, with <x> in closed form.
        plans: One for each time, with the expected histograms.
        hits: Counts of every time by grid point; None where nothing was run yet.
        job: Tag of the job in the ledger; empty where nothing was run yet.
        folder: Of the job.
    """

    motion: Motion
    plans: tuple[Plan, ...]
    hits: tuple[NDArray[np.int64], ...] | None = None
    job: str = ""
    folder: Path | None = None

    @property
    def backend(self) -> str:
        """Name of the device."""
        return self.plans[0].backend

    @property
    def points(self) -> Array:
        """Positions of the grid."""
        return self.plans[0].grid.axes[0].points

    @property
    def middle(self) -> float:
        """Mean of all positions: where <x> goes if noise makes all of them as likely."""
        return float(self.points.mean())

    @property
    def ideal(self) -> tuple[float, ...]:
        """<x> of the circuits without noise."""
        return tuple(float(one.ideal["position"] @ self.points) for one in self.plans)

    @property
    def expected(self) -> tuple[float, ...] | None:
        """<x> with the noise of the device; None where that is not known."""
        noisy = self._noisy
        return None if noisy is None else tuple(float(one @ self.points) for one in noisy)

    @property
    def _noisy(self) -> tuple[Array, ...] | None:
        """Expected histograms with noise; None where the device does not tell its errors."""
        noisy = [one.noisy["position"] for one in self.plans if one.noisy is not None]
        return tuple(noisy) if len(noisy) == len(self.plans) else None

    @property
    def measured(self) -> tuple[Estimate, ...]:
        """<x> with its 95 % interval; empty where nothing was run."""
        return tuple(mean_over_shots(self.points, one) for one in self.hits or ())

    @cached_property
    def dynamics(self) -> Dynamics | None:
        """T of the measured histograms, or of the expected ones; None where neither is known.

        Over uniform, one state and two states that stand still, each pulled towards the middle by
        noise of its own at every time.
        """
        ideal = [one.ideal["position"] for one in self.plans]
        if self.hits is not None:
            return judge_dynamics(self.hits, ideal, mixed=True)
        if self._noisy is None:
            return None
        expected = [self.plans[0].shots * one for one in self._noisy]
        return judge_dynamics(expected, ideal, mixed=True)

    @property
    def passed(self) -> bool:
        """Whether the motion was measured and seen."""
        return self.hits is not None and self.dynamics is not None and self.dynamics.shown

    @property
    def verdict(self) -> str:
        """In words, what the positions show."""
        dynamics = self.dynamics
        if dynamics is None:
            return "not run; what is to be expected is not known: the device tells no errors"
        value = f"T = {dynamics.value:.1f} nats, {NATS:g} are needed"
        if self.hits is None:
            return f"not run; the motion is {'' if dynamics.shown else 'not '}to be seen ({value})"
        if dynamics.shown:
            low, high = min(dynamics.strengths), max(dynamics.strengths)
            return (
                f"the motion is seen: no state that stands still, nor two in changing shares, "
                f"explains the positions, with any noise that pulls them to the middle ({value}). "
                f"{low:.2f} to {high:.2f} of the exact histograms is left"
            )
        return (
            "the motion is not seen: states that stand still, with noise that pulls them to the "
            f"middle, explain the positions as well ({value}). Take more shots, fewer qubits or "
            "another device"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        dynamics = self.dynamics
        plain = {
            "backend": self.backend,
            "motion": self.motion.name,
            "num_qubits": self.plans[0].grid.num_qubits,
            "shots": self.plans[0].shots,
            "times": self.motion.times,
            "exact": self.motion.exact,
            "ideal": self.ideal,
            "expected": self.expected,
            "measured": [one.to_dict() for one in self.measured],
            "middle": self.middle,
            "two_qubit_gates": [one.costs.two_qubit_gates for one in self.plans],
            "qpu_seconds": self.qpu_seconds,
            "plans": [one.spec_id for one in self.plans],
            "dynamics": None if dynamics is None else dynamics.to_dict(),
            "job": self.job,
            "passed": self.passed,
            "verdict": self.verdict,
        }
        return dict(finite_json(plain))

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    @property
    def qpu_seconds(self) -> float:
        """Estimated seconds for which the device is charged, all circuits in one job."""
        return JOB_SECONDS + sum(one.costs.qpu_seconds - JOB_SECONDS for one in self.plans)

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("time", "<x> exact", "expected", "measured", "gates")]
        expected, measured = self.expected, self.measured
        for index, (time, exact) in enumerate(
            zip(self.motion.times, self.motion.exact, strict=True)
        ):
            here = "-" if expected is None else f"{expected[index]:.2f}"
            seen = "-"
            if measured:
                seen = f"{measured[index].value:.2f} +- {measured[index].error:.2f}"
            gates = f"{self.plans[index].costs.two_qubit_gates}"
            rows.append((f"{time:.2f}", f"{exact:.2f}", here, seen, gates))
        size = self.plans[0].grid.num_qubits
        facts = [
            ("shots", f"{self.plans[0].shots} of each of {len(self.plans)} circuits, in one job"),
            ("QPU time", f"about {self.qpu_seconds:.1f} s, an estimate"),
            ("middle of the box", f"{self.middle:.2f}, where noise pulls <x>"),
        ]
        if self.dynamics is not None:
            facts.append(("dynamics" if self.hits else "expected dynamics", str(self.dynamics)))
        return "\n".join(
            [
                f"{_MOTIONS[self.motion.name]}, {size} qubits, on {self.backend}",
                "",
                *columns(rows),
                "",
                *fact_rows(facts),
                "",
                f"{INDENT}verdict: {self.verdict}",
            ]
        )


@typed
def plan_self_test(
    backend: Any,
    *,
    qubits: int = FEWEST,
    shots: int = SHOTS,
    seed: int = 0,
    compiler: str | Compiler = "joint",
    options: Mapping[str, Any] | None = None,
) -> SelfTest:
    """What `self_test` would run, with costs and what is to be expected. Submits nothing.

    Args:
        backend: See `plan`.
        qubits: 3 (default) for the fall, 4 to 6 for the turn.
        shots: Of each of five circuits.
        seed: See `plan`.
        compiler: See `plan`.
        options: See `plan`.

    Raises:
        ValueError: Fewer than 3 or more than 6 qubits, or see `plan`.
        HardwareError: See `plan`.
    """
    from qdml_quantum.hardware.planning.planning import plan

    motion = motion_of(qubits)
    plans = tuple(
        plan(
            one,
            backend=backend,
            shots=shots,
            seed=seed,
            compiler=compiler,
            options=options,
            besides=(),
        )
        for one in motion.anneals
    )
    return SelfTest(motion, plans)


@typed
def self_test(
    backend: Any,
    *,
    qubits: int = FEWEST,
    shots: int = SHOTS,
    seed: int = 0,
    compiler: str | Compiler = "joint",
    options: Mapping[str, Any] | None = None,
    ledger: Any = None,
    service: Any = None,
    again: bool = False,
    max_seconds: float | None = None,
    overdraw: bool = False,
    timeout: float | None = None,
    progress: bool = False,
) -> SelfTest:
    """Whether a device moves a wave packet as it should: five times, one job, exact answers.

    On 3 qubits a packet falls freely on a slope, on 4 to 6 it turns in a bowl. Both are exact in
    one step of phases, however long the time is, so that the depth does not grow with it: noise
    that did would drag <x> to the middle of the box and look like motion. The verdict is T of
    `judge_dynamics` over uniform, any one state, and any two in changing shares that stand still,
    each with noise of its own at every time.

    It goes through plan, ledger and verdict: asked again after a break, it is not sent twice.

    Args:
        backend: See `plan`.
        qubits: 3 (default) for the fall, 4 to 6 for the turn.
        shots: Of each of five circuits.
        seed: See `plan`.
        compiler: See `plan`.
        options: See `plan`.
        ledger: See `submit`.
        service: See `submit`.
        again: See `submit`.
        max_seconds: See `submit`.
        overdraw: See `submit`.
        timeout: See `fetch`.
        progress: See `fetch`.

    Raises:
        ValueError: Fewer than 3 or more than 6 qubits, or see `plan`.
        NotReadyError: It has not ended in time: ask again.
        HardwareError: See `submit` and `fetch`.
    """
    from qdml_quantum.hardware.jobs.submission import submit
    from qdml_quantum.runs.fetching import fetch

    planned = plan_self_test(
        backend, qubits=qubits, shots=shots, seed=seed, compiler=compiler, options=options
    )
    given = None if isinstance(backend, str) or not planned.plans[0].local else backend
    job = submit(
        planned.plans,
        ledger=ledger,
        backend=given,
        service=service,
        again=again,
        max_seconds=max_seconds,
        overdraw=overdraw,
    )
    results = fetch(
        job, ledger=ledger, backend=given, service=service, timeout=timeout, progress=progress
    )
    counts = [one.counts or {} for one in (results if isinstance(results, tuple) else (results,))]
    return judged_motion(planned, counts, job=job.tag, folder=job.folder)


def judged_motion(
    planned: SelfTest,
    counts: Sequence[Mapping[str, int]],
    *,
    job: str = "",
    folder: Path | None = None,
) -> SelfTest:
    """A self-test with the counts of its circuits, in order."""
    grid = planned.plans[0].grid
    hits = tuple(hits_on(grid, one) for one in counts)
    return SelfTest(planned.motion, planned.plans, hits, job, folder)
