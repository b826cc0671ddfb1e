"""What a plan costs and what its shots can tell: numbers before anything is sent."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.diagnostics.metrics import signal_over_uniform, uniform_fidelity
from qdml_quantum.support.arrays import real_array
from qdml_quantum.support.estimate import CONFIDENCE, quantile
from qdml_quantum.support.messages import bad_value, number

_Z = quantile(CONFIDENCE)
"""Error bars are half the width of the interval that holds the truth with this confidence."""
GOALS = ("success", "signal")
"""What is to be best: success probability above that of a uniform histogram, or S."""
JOB_SECONDS = 2.0
"""Seconds that a job takes besides its shots."""
QPU_SECONDS = 10.0
"""Default budget: every device job takes about 2 s, and 10 s pay for some ten thousand shots."""
MOST_SHOTS = 1 << 40
"""More shots than this are not worth counting: the answer is then None."""


@dataclass(frozen=True)
class ErrorBar:
    """What the shots of a plan say about one number.

    Attributes:
        quantity: ``"success"``, ``"signal"`` or ``"energy"``.
        expected: Its expected value, with the noise where that could be simulated.
        error: Half the width of its 95 % interval with the shots of the plan.
        wanted: The error bar that is asked for.
        shots_needed: Shots of each circuit that reach it; None where no number of shots does.
    """

    quantity: str
    expected: float
    error: float
    wanted: float
    shots_needed: int | None

    @property
    def reached(self) -> bool:
        """Whether the shots of the plan are enough."""
        return self.error <= self.wanted

    def __str__(self) -> str:
        needed = "no number of" if self.shots_needed is None else f"{self.shots_needed}"
        return (
            f"{self.expected:.3g} +- {self.error:.2g}; +- {self.wanted:.2g} takes {needed} shots "
            "per circuit" + ("" if self.reached else ", NOT REACHED")
        )


@dataclass(frozen=True)
class Costs:
    """What is needed, and what is to be expected of it.

    Gates, depth, duration and fidelity are those of the position circuit without folded gates;
    "before" is the same circuit on all pairs of qubits, before it meets the device.

    Attributes:
        num_qubits: Qubits.
        num_steps: Trotter steps.
        two_qubit_gates_before: Two-qubit gates before transpilation.
        two_qubit_depth_before: Layers of them.
        two_qubit_gates: Two-qubit gates on the device.
        two_qubit_depth: Layers of them.
        layout: Physical qubits in use.
        duration: Seconds of one shot without the delay after it; gates of which the device does not
            know how long they take count as 0.
        expected_fidelity: Product of (1 - error) over gates and measurements; None where the device
            tells no error of one of them.
        estimated_signal: S if all that this loses became uniform; None without it.
        signal_reason: Why there is no noise simulation; empty where there is one.
        uniform_fidelity: Hellinger fidelity of the ideal positions with a uniform histogram.
        signal_at_work: S of a simulation in which qubits that wait do not relax; None without one,
            or where the backend is a simulator, whose own noise is all there is.
        loaded_gates: Two-qubit gates of a circuit that loads the ideal histogram; see
            `loading_circuit`.
        loaded_signal: S that it is expected to have; None where `expected_signal` is not simulated.
        prefix_gates: Two-qubit gates of the circuit that was fitted to the state that is run from,
            an initial one or that after the first steps.
        prefix_fidelity: Of what that makes with this state; None where nothing is fitted. What is
            lost is coherent, and is in every expected figure.
        num_circuits: Circuits of the job, each with all shots.
        qpu_seconds: Estimated time for which the device is charged; see `qpu_seconds`.
        error_bars: What the shots can tell.
    """

    num_qubits: int
    num_steps: int
    two_qubit_gates_before: int
    two_qubit_depth_before: int
    two_qubit_gates: int
    two_qubit_depth: int
    layout: tuple[int, ...]
    duration: float
    expected_fidelity: float | None
    estimated_signal: float | None
    signal_reason: str
    uniform_fidelity: float
    num_circuits: int
    qpu_seconds: float
    error_bars: tuple[ErrorBar, ...] = ()
    signal_at_work: float | None = None
    loaded_gates: int = 0
    loaded_signal: float | None = None
    prefix_gates: int = 0
    prefix_fidelity: float | None = None

    def error_bar(self, quantity: str) -> ErrorBar | None:
        """The error bar of a quantity, or None."""
        return next((bar for bar in self.error_bars if bar.quantity == quantity), None)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        bars = [asdict(bar) | {"reached": bar.reached} for bar in self.error_bars]
        return asdict(self) | {"layout": list(self.layout), "error_bars": bars}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Costs:
        """Inverse of `to_dict`."""
        bars = ({k: v for k, v in bar.items() if k != "reached"} for bar in data["error_bars"])
        known = {"layout": tuple(data["layout"]), "error_bars": tuple(ErrorBar(**b) for b in bars)}
        return cls(**{**data, **known})


def qpu_seconds(durations: Iterable[float], shots: int, delay: float) -> float:
    """``2 + shots * sum(delay + duration)`` over the circuits: an estimate of the charged seconds.

    Args:
        durations: Seconds of every circuit.
        shots: Of each circuit.
        delay: Seconds between two shots.

    References:
        IBM Quantum documentation, Workload usage (a job takes about 2 s besides its executions,
        each of them the repetition delay, by default 250 us, and the length of the circuit):
        https://quantum.cloud.ibm.com/docs/guides/estimate-job-run-time

    >>> round(qpu_seconds([10e-6, 10e-6], 4096, 250e-6), 2)
    4.13
    """
    return JOB_SECONDS + shots * math.fsum(delay + duration for duration in durations)


def depolarised(ideal: ArrayLike, share: float) -> np.ndarray:
    """``share ideal + (1 - share) uniform``: what is left where errors make everything uniform.

    >>> depolarised([1.0, 0.0], 0.5).tolist()
    [0.75, 0.25]
    """
    q = real_array("ideal", ideal)
    return np.asarray(share * q + (1 - share) / q.size)


def depolarised_signal(ideal: ArrayLike, share: float) -> float:
    """S of `depolarised` against the ideal: an estimate from gate errors alone.

    >>> round(depolarised_signal([0.7, 0.1, 0.1, 0.1], 0.8), 3)
    0.956
    """
    return signal_over_uniform(depolarised(ideal, share), ideal)


def success_error(probability: float, shots: int) -> float:
    """Half the width of the Wilson interval of a probability (doi 10.2307/2276774).

    ``z / (1 + z^2/N) sqrt(p (1 - p) / N + z^2 / (4 N^2))``

    >>> round(success_error(0.9, 100), 4)
    0.0596
    """
    spread = math.sqrt(probability * (1 - probability) / shots + _Z**2 / (4 * shots**2))
    return _Z * spread / (1 + _Z**2 / shots)


def signal_error(expected: ArrayLike, ideal: ArrayLike, shots: int) -> float:
    """Half the width of the interval of S, from the delta method, and its bias.

    Counts of a distribution p have ``var F = F (Q - F) / N`` to first order, where
    ``F = (sum sqrt(p q))^2`` and Q is the probability of the ideal q where p is not zero. To second
    order ``sum sqrt(p q)`` is too small by ``sum sqrt(q / p) (1 - p) / (8 N)``: few shots look
    like noise.

    Args:
        expected: Distribution that is sampled.
        ideal: Distribution it is compared with.
        shots: N.

    >>> p = [0.7, 0.1, 0.1, 0.1]
    >>> round(signal_error(depolarised(p, 0.8), p, 1000), 3)
    0.032
    """
    p, q = (real_array("ideal", part).ravel() for part in (expected, ideal))
    flat = uniform_fidelity(q)
    if flat > 1 - 1e-9:
        return 0.0
    there = p > 0
    p, q = p[there], q[there]
    overlap = float(np.sqrt(p * q).sum())
    spread = overlap * math.sqrt(max(float(q.sum()) - overlap**2, 0.0) / shots)
    # A point that is hardly ever hit can not add more than all of its share.
    lost = np.minimum(np.sqrt(q / p) * (1 - p) / (8 * shots), np.sqrt(p * q))
    bias = 2 * overlap * float(lost.sum())
    return (_Z * spread + bias) / (1 - flat)


def energy_error(variances: Iterable[float], shots: int) -> float:
    """``z sqrt(sum of variances / N)``: both settings have N shots each, and are independent.

    >>> round(energy_error([1.0, 1.0], 200), 3)
    0.196
    """
    return _Z * math.sqrt(math.fsum(variances) / shots)


def shots_for(error: Callable[[int], float], wanted: float) -> int | None:
    """Least number of shots whose error bar is small enough; None where there is none.

    Args:
        error: Error bar by number of shots, never growing.
        wanted: Positive.

    >>> shots_for(lambda shots: energy_error([1.0], shots), 0.02)
    9604
    """
    wanted = number("max_error", wanted)
    counts = range(1, MOST_SHOTS + 1)
    fewer = bisect_left(counts, True, key=lambda shots: error(shots) <= wanted)
    return counts[fewer] if fewer < len(counts) else None


def as_wanted(max_error: float | Mapping[str, float] | None, span: float) -> dict[str, float]:
    """Wanted error bars: 0.02 of success and 0.05 of S, and 0.02 of the range for the energy.

    Args:
        max_error: One number for success and S and, in units of the range of zeta, the energy; or
            numbers by name, ``"success"``, ``"signal"``, ``"energy"`` (then in its own units).
        span: Range of zeta.

    Raises:
        TypeError: A value is no number.
        ValueError: A value is not positive, or a name is unknown.

    >>> as_wanted(0.01, 5.0)
    {'success': 0.01, 'signal': 0.01, 'energy': 0.05}
    """
    wanted = {"success": 0.02, "signal": 0.05, "energy": 0.02 * (span or 1.0)}
    if isinstance(max_error, Mapping):
        strange = sorted(set(max_error) - set(wanted))
        if strange:
            raise bad_value("max_error", f"name some of {', '.join(wanted)}", strange[0])
        return wanted | {name: number(f"max_error {name}", e) for name, e in max_error.items()}
    if max_error is not None:
        error = number("max_error", max_error)
        wanted = {"success": error, "signal": error, "energy": error * (span or 1.0)}
    return wanted
