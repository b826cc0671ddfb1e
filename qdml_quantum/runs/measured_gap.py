"""The gap between the two lowest levels from counts: the frequency at which a packet tunnels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qdml_quantum.backends import as_backend, make_task, seed_on
from qdml_quantum.diagnostics.bootstrap import hits_on
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.estimate import CONFIDENCE, Estimate
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.store import finite_json
from qdml_quantum.support.text import columns
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.compiler import Compiler

TIMES, PERIODS = 17, 1.25
"""Instants of a default series, and how many periods it lasts: the frequency is then determined by
the phase that has run up, and still cannot be taken for another one."""
_CLEAR = 2.0
"""Times what does not fit, from which an oscillation is seen: 0.6 to 0.8 for a packet in one level,
where a gap of 0.34 was measured as 0.71, and 6 to 15 for packets that tunnel [measured]."""
_UNCLEAR = (
    "What oscillates is hardly more than what does not fit: the interval is not to be trusted. "
    "Give an `initial` that is in both of the two lowest levels, or a larger `diffusion`."
)
_FREQUENCIES = np.linspace(0.5, 1.8, 53)
"""Where the fit starts, in units of one turn in the time of the series over `PERIODS`."""


@dataclass(frozen=True, eq=False)
class Oscillation:
    """One series of counts with Trotter steps of one length, and the oscillation fitted to it.

    Attributes:
        time_step: Of a Trotter step.
        times: When it was measured, shape (K,).
        signal: Mean of the observable over the shots, shape (K,).
        errors: Its standard errors.
        frequency: Fitted: ``offset + amplitude cos(frequency t)``.
        error: Standard error of the frequency, with the misfit of a single cosine in it.
        offset: Fitted.
        amplitude: Fitted.
        misfit: Chi squared per degree of freedom: far above 1 where other levels take part.
        num_steps: Trotter steps of all circuits together.
        two_qubit_gates: Of all circuits, before transpilation.
    """

    time_step: float
    times: Array
    signal: Array
    errors: Array
    frequency: float
    error: float
    offset: float
    amplitude: float
    misfit: float
    num_steps: int
    two_qubit_gates: int

    @property
    def is_clear(self) -> bool:
        """Whether the oscillation is larger than what does not fit it, root mean square, by far."""
        rest = self.signal - self.curve(self.times)
        return bool(abs(self.amplitude) >= _CLEAR * math.sqrt(float((rest**2).mean())))

    def curve(self, times: ArrayLike) -> Array:
        """The fitted oscillation."""
        turns = self.frequency * np.asarray(times, dtype=float)
        return np.asarray(self.offset + self.amplitude * np.cos(turns))


@dataclass(frozen=True, eq=False)
class GapEstimate:
    """A gap from counts.

    Attributes:
        gap: ``E_1 - E_0`` with its interval.
        exact: By diagonalisation.
        diffusion: D of the Hamiltonian.
        series: With steps as asked for and, where it was extrapolated, with steps half as long.
        shots: Of every circuit.
        backend: Name.
        seed: Of the sampling.
    """

    gap: Estimate
    exact: float
    diffusion: float
    series: tuple[Oscillation, ...]
    shots: int
    backend: str
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        plain = {
            "gap": self.gap.to_dict(),
            "exact": self.exact,
            "diffusion": self.diffusion,
            "shots": self.shots,
            "backend": self.backend,
            "seed": self.seed,
            "series": [
                {
                    key: value.tolist() if isinstance(value, np.ndarray) else value
                    for key, value in vars(one).items()
                }
                for one in self.series
            ],
        }
        return dict(finite_json(plain))

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("time step", "frequency", "misfit", "steps", "gates")]
        for one in self.series:
            frequency = f"{one.frequency:.4f} +- {one.error:.4f}"
            sizes = (f"{one.num_steps}", f"{one.two_qubit_gates}")
            rows.append((f"{one.time_step:.4g}", frequency, f"{one.misfit:.1f}", *sizes))
        circuits = sum(int((one.times > 0).sum()) for one in self.series)
        words = f"gap {self.gap}, exact {self.exact:.4f}; {circuits} circuits, {self.shots} shots"
        lines = [f"{words} each, on {self.backend}", "", *columns(rows)]
        if not all(one.is_clear for one in self.series):
            lines += ["", _UNCLEAR]
        return "\n".join(lines)


@typed
def measure_gap(
    problem: Problem,
    diffusion: float,
    *,
    initial: Initial,
    formula: str | Formula = "strang",
    backend: Any = "emulator",
    shots: int = 1024,
    seed: int | None = None,
    compiler: str | Compiler | None = None,
    times: Sequence[float] | None = None,
    time_step: float = 0.15,
    extrapolate: bool = True,
    observable: Callable[..., ArrayLike] | None = None,
) -> GapEstimate:
    r"""The gap ``E_1 - E_0`` of ``-D lap + zeta`` from counts after a quench.

    A packet that is made of the two lowest states tunnels to and fro. With ``c_0, c_1`` its parts,

        <g>(t) = c_0^2 g_00 + c_1^2 g_11 + 2 c_0 c_1 g_01 cos((E_1 - E_0) t),

    whatever is measured. A cosine is fitted to the means of g over the shots; other levels that
    take part show as its misfit, by which the error is widened. A step of Strang's formula shifts
    the levels by ``O(dt^2)``; with two lengths of steps that is extrapolated to zero.

    Args:
        problem: Grid and objective.
        diffusion: D, positive and the same all the time.
        initial: The packet, such as ``Gaussian(-1.0, 0.4)`` in one of two wells.
        formula: Product formula, default ``"strang"``; the extrapolation is for its order 2.
        backend: As for `anneal`.
        shots: Of every circuit, default 1024.
        seed: Of the sampling; default a fresh one, and 0 on a device of an account.
        compiler: How phases become gates, see `anneal`.
        times: When it is measured, each a multiple of the first one after 0; default 17 over a
            period and a quarter of the gap, which diagonalisation tells.
        time_step: Longest Trotter step, default 0.15; shortened until it divides the times.
        extrapolate: Measure with steps half as long as well (default).
        observable: g of the coordinates; default the sign of the product of the two lowest states,
            1 in one well and -1 in the other.

    Returns:
        The estimate, with the exact gap beside it.

    Raises:
        ValueError: D is not positive, time is imaginary, the times are no multiples, or g is
            constant.
        TooLargeError: The run does not fit into memory.

    References:
        S. Coleman, The uses of instantons, in Aspects of Symmetry (1985), ch. 7, doi
        10.1017/CBO9780511565045.

    >>> from qdml_quantum import Gaussian, Grid
    >>> well = Problem(Grid([(-2.5, 2.5)], 4), "symmetric_double_well")
    >>> found = measure_gap(well, 0.4, initial=Gaussian(-1.0, 0.4), seed=1)
    >>> abs(found.gap.value - found.exact) < 0.03 * found.exact
    True
    """
    diffusion = number("diffusion", diffusion)
    shots = count("shots", shots, least=2)
    backend = as_backend(backend)
    if getattr(backend, "imaginary", False):
        remedy = "Packets do not tunnel in imaginary time; use backend='emulator'."
        raise bad_value("backend", "run in real time", backend.name, remedy)
    seed = seed_on(backend, seed)
    require_memory(backend.required_bytes(problem), f"A gap on {problem.grid.num_qubits} qubits")
    energies, states = eigenstates(problem, diffusion, 2)
    exact = float(energies[1] - energies[0])
    if observable is None:
        values = np.sign(np.real(states[0] * states[1]))
    else:
        grid = np.meshgrid(*problem.grid.coordinates(), indexing="ij")
        values = np.broadcast_to(real_array("observable", observable(*grid)), problem.grid.shape)
    if not np.ptp(values):
        raise bad_value("observable", "tell two places apart", "constant", "Leave it out.")
    stretch = PERIODS * 2 * math.pi / exact
    instants = _instants(np.linspace(0, stretch, TIMES) if times is None else times)
    rng = np.random.default_rng(seed)
    shortest = instants[1]

    def series_of(pieces: int) -> Oscillation:
        step = float(shortest / pieces)
        means, errors, gates = [], [], 0
        for multiple in np.rint(instants / shortest).astype(int):
            steps = int(pieces * multiple) or 1
            schedule = Schedule.constant(diffusion, num_steps=steps, time_step=step)
            anneal = Anneal(problem, schedule, formula, initial)
            draw = int(rng.integers(2**31))
            if multiple:
                task = make_task(backend, anneal, compiler=compiler, shots=shots, seed=draw)
                gates += task.cost(backend)["two_qubit_gates"]
                outcome = backend.run(task, start=None, on_stage=lambda number, psi: None)
                assert outcome.counts is not None  # there are shots
                p = hits_on(problem.grid, outcome.counts) / shots
            else:  # The packet itself, which is known.
                p = np.abs(anneal.start) ** 2
            means.append(float((p * values).sum()))
            spread = float((p * values**2).sum()) - means[-1] ** 2
            least = float(np.ptp(values)) ** 2 / (4 * shots)  # Where all shots were the same.
            errors.append(math.sqrt(float(np.maximum(spread, least)) / shots))
        total = int(pieces * np.rint(instants / shortest).sum())
        return _fitted(step, instants, np.array(means), np.array(errors), total, gates)

    pieces = math.ceil(float(shortest) / number("time_step", time_step) - 1e-9)
    with getattr(backend, "series", nullcontext)((1 + extrapolate) * (len(instants) - 1)):
        series = tuple(series_of(pieces * more) for more in ((1, 2) if extrapolate else (1,)))
    return GapEstimate(
        _extrapolated(series), exact, diffusion, series, shots, backend.name, int(seed)
    )


def _instants(times: ArrayLike) -> Array:
    """Times from 0 on, once they are multiples of the first one after it."""
    given = np.unique(np.append(real_array("times", times).ravel(), 0.0))
    multiples = given / given[1] if len(given) > 1 else given
    if len(given) < 6 or given[0] < 0 or np.abs(multiples - np.rint(multiples)).max() > 1e-6:
        must = "hold five or more multiples of the first one after 0"
        raise bad_value("times", must, given.tolist(), "Write np.linspace(0, 20, 17).")
    return given


def _fitted(
    step: float, times: Array, signal: Array, errors: Array, num_steps: int, gates: int
) -> Oscillation:
    """The cosine of least squares, from the best of many starts."""
    turn = 2 * math.pi * PERIODS / times[-1]

    def solved(frequency: float) -> tuple[float, Array]:
        terms = np.stack([np.ones_like(times), np.cos(frequency * times)], axis=1) / errors[:, None]
        parts = np.linalg.lstsq(terms, signal / errors, rcond=None)[0]
        return float(((terms @ parts - signal / errors) ** 2).sum()), np.asarray(parts, dtype=float)

    start = min(turn * _FREQUENCIES, key=lambda frequency: solved(frequency)[0])

    def residuals(x: Array) -> Array:
        return np.asarray((x[0] + x[1] * np.cos(x[2] * times) - signal) / errors)

    best = scipy.optimize.least_squares(residuals, [*solved(start)[1], start])
    misfit = 2 * float(best.cost) / (len(times) - 3)
    variance = float(np.linalg.pinv(best.jac.T @ best.jac)[2, 2]) * float(np.maximum(1.0, misfit))
    offset, amplitude, frequency = best.x.tolist()
    return Oscillation(
        step,
        times,
        signal,
        errors,
        abs(frequency),
        math.sqrt(variance),
        offset,
        amplitude,
        misfit,
        num_steps,
        gates,
    )


def _extrapolated(series: Sequence[Oscillation]) -> Estimate:
    """The frequency at steps of length zero, with an interval of Student's t.

    The misfit is common to both series, so that their errors add up and do not cancel.
    """
    coarse, fine = series[0], series[-1]
    value, error = coarse.frequency, coarse.error
    if len(series) > 1:
        value = (4 * fine.frequency - coarse.frequency) / 3
        error = math.hypot(4 * fine.error, coarse.error) / 3
    reach = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(coarse.times) - 3)) * error
    return Estimate(value, value - reach, value + reach)
