"""Numerical diagnostics: each is a value with a limit, a meaning and a remedy.

Every check here stands for a failure that was made to happen once and that gives wrong numbers
without any error (docs/checks.md lists them). A new check is one function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.diagnostics.bootstrap import deviations_from_flat
from qdml_quantum.diagnostics.metrics import total_variation, uniform_fidelity
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.survey import is_parted
from qdml_quantum.support.arrays import Array, squared_norm
from qdml_quantum.support.check import Check, at_least, at_most
from qdml_quantum.support.estimate import Estimate
from qdml_quantum.support.memo import once_each
from qdml_quantum.support.processes import floats_of_all, part_of

ALIASING, EDGE = 1e-6, 1e-4
"""Limits of `aliasing` and `wrap_around`."""
MIN_SIGNAL = 0.5
"""The claim: at least half of what tells the ideal histogram from a uniform one is there."""
MOST_UNIFORM = 0.98
"""An ideal histogram with more fidelity with the uniform one than this proves nothing."""
SHOTS_PER_POINT, FEWEST_SHOTS = 4, 100
"""Below this the interval of S is not to be trusted."""
FLAT_DEVIATIONS = 5.0
"""Standard deviations from a uniform histogram: chance makes that once in three million runs."""
MAX_DEVIATION = 1e-4
"""Largest total variation between what a circuit does without noise and the emulator."""
OF_THE_ANNEAL = "time_step rough_objective missed_well truncation small_rotations".split()
"""Checks of a plan that say whether the ideal anneal, and the circuit for it, are good ones."""

REFINEMENT = 8
"""How many times finer than the grid the objective is sampled to see what the grid misses."""

_MAX_FINE_POINTS, _BLOCK_POINTS = 1 << 22, 1 << 16
"""Points of the finer grid at most, and in one call of the objective: half a megabyte an array, and
few calls; smaller blocks cost their calls, 1400 ms of 1909 at 2^20 points."""


def norm(psi: ArrayLike) -> Check:
    """The evolution is unitary: ``|sum |psi|^2 - 1|``."""
    value = abs(squared_norm(np.asarray(psi)) - 1)
    return at_most(
        "norm",
        value,
        1e-4 if np.asarray(psi).dtype == np.complex64 else 1e-9,
        "deviation of the total probability from 1",
        "Use double precision; if it stays, report a bug.",
    )


def aliasing_weight(psi: ArrayLike, grid: Grid, spectrum: NDArray[Any] | None = None) -> float:
    """Probability of wave numbers above 90 % of the Nyquist number on any axis.

    Args:
        psi: State of the shape of the grid.
        grid: Its grid.
        spectrum: `scipy.fft.fftn` of the state, or its moduli, where they are known.
    """
    spectrum = scipy.fft.fftn(np.asarray(psi)) if spectrum is None else spectrum
    return sum(squared_norm(spectrum[part]) for part in _near_nyquist(grid)) / squared_norm(
        spectrum
    )


def _near_nyquist(grid: Grid) -> Iterator[tuple[slice, ...]]:
    """Boxes of wave numbers above 90 % of the Nyquist number on any axis, each point once."""
    below: list[tuple[slice, ...]] = [()]
    for size in grid.shape:
        first = math.floor(0.9 * (size // 2)) + 1
        end = size - first + 1
        yield from ((*box, slice(first, end)) for box in below)
        below = [(*box, low) for box in below for low in (slice(first), slice(end, None))]


def aliasing(
    psi: ArrayLike,
    grid: Grid,
    before: Sequence[float] = (),
    spectrum: NDArray[Any] | None = None,
) -> Check:
    """The grid resolves the state; and did, but for a hundredfold, at the ends of stages before.

    What aliases on the way costs its weight; what is left in the end costs its energy besides.
    """
    on_the_way = 0.01 * float(np.max(before, initial=0.0))
    return at_most(
        "aliasing",
        float(np.maximum(aliasing_weight(psi, grid, spectrum), on_the_way)),
        ALIASING,
        "probability of wave numbers above 0.9 of the largest the grid can hold; on the way, 1 %",
        "Use --backend emulator, which affords more --qubits and smaller steps, narrower --bounds, "
        "or --compress where high walls dominate the range.",
    )


def edge_weight(psi: ArrayLike) -> float:
    """Probability in the outer 5 % of the box on each side of any axis."""
    return edge_sum(psi) / squared_norm(np.asarray(psi))


def edge_sum(psi: ArrayLike) -> float:
    """``sum |psi|^2`` there: `edge_weight` of a state of norm 1, in a few microseconds."""
    array, weight = np.asarray(psi), 0.0
    inner: tuple[slice, ...] = ()
    for size in array.shape:
        low, high = math.ceil(0.05 * size), math.ceil(0.95 * size)
        for part in (slice(low), slice(high, None)):
            weight += squared_norm(array[(*inner, part)])
        inner = (*inner, slice(low, high))
    return weight


def wrap_around(psi: ArrayLike, before: Sequence[float] = ()) -> Check:
    """The periodic box does not join what is far apart; nor did it on the way, once it was away.

    Args:
        psi: Final state.
        before: `edge_weight` of the start, and the largest of every stage. They count a tenth,
            once the state was away: a uniform start has to leave the edges first.
    """
    away = next((number for number, edge in enumerate(before) if edge <= EDGE), len(before))
    on_the_way = 0.1 * float(np.max(before[away:], initial=0.0))
    return at_most(
        "wrap_around",
        float(np.maximum(edge_weight(psi), on_the_way)),
        EDGE,
        "probability in the outer 5 % of the box on each side, which is periodic; on the way, 10 %",
        "Use --bounds that keep the edges high, a slower anneal on a finer grid, which the "
        "emulator affords, or --compress where high walls dominate the range.",
    )


def seam(problem: Problem) -> Check:
    """Zeta does not jump where the periodic box joins its ends."""
    low, high = problem.span
    ends = (
        (problem.values.take(0, axis), problem.values.take(-1, axis))
        for axis in range(problem.grid.dimensions)
    )
    jump = max(float(np.abs(first - last).max()) for first, last in ends)
    return at_most(
        "seam",
        jump / (high - low) if high > low else 0.0,
        0.1,
        "jump of the objective across the seam of the periodic box, as a part of its range",
        "The state reaches the edges, which the wave joins: choose --bounds with high walls at "
        "both ends, or say that the objective is periodic.",
    )


def time_step(
    probabilities: ArrayLike = (), halved: ArrayLike = (), *, moved: float | None = None
) -> Check:
    """Halving every time step does not move the outcome.

    Args:
        probabilities: Outcome.
        halved: The same with halved steps.
        moved: The probability that moves, where it is known and they are not.
    """
    return at_most(
        "time_step",
        total_variation(probabilities, halved) if moved is None else moved,
        0.1,
        "probability that moves when every Trotter step is halved",
        "Use a smaller --time-step with more --steps, or --formula suzuki4.",
    )


def rough_objective(problem: Problem, schedule: Schedule) -> Check:
    """The potential phase of one step does not wrap between neighbouring points."""
    return at_most(
        "rough_objective",
        schedule.max_time_step * problem.largest_jump,
        math.pi / 2,
        "largest change of the potential phase of one step between neighbouring points",
        "Use a smaller --time-step, or more --qubits.",
    )


@once_each
def missed_well(problem: Problem) -> Check | None:
    """The grid does not step over a minimum; None for a table, which has no points between.

    Where a finer grid has too many points to be looked at, the value is NaN, for information.
    """
    if not problem.objective.continuous:
        return None
    grid = problem.grid
    low, high = problem.span
    factor = REFINEMENT
    while factor > 1 and grid.size * factor**grid.dimensions > max(_MAX_FINE_POINTS, grid.size):
        factor //= 2
    lowest = _lowest_on(problem, factor) if factor > 1 else math.nan
    meaning = f"how much deeper a grid {factor} times finer reaches, as a part of the range"
    if factor == 1:
        meaning = f"not checked: a finer grid has more than {_MAX_FINE_POINTS:,} points"
    check = at_most(
        "missed_well",
        (low - lowest) / (high - low) if high > low else 0.0 * lowest,
        0.1,
        meaning,
        "Use more qubits per axis (--qubits), or a smaller box (--bounds).",
    )
    return replace(check, decides=factor > 1)


def _lowest_on(problem: Problem, factor: int) -> float:
    """Lowest value on a grid that is so many times finer, sampled in blocks."""
    parts = [
        axis.lower + axis.spacing / factor * np.arange(axis.size * factor)
        for axis in problem.grid.axes
    ]
    others = math.prod(part.size for part in parts[1:])
    blocks = np.array_split(parts[0], math.ceil(parts[0].size * others / _BLOCK_POINTS))
    mine = part_of(blocks) if is_parted(problem.grid.size) else blocks
    meshes = (np.meshgrid(block, *parts[1:], indexing="ij", sparse=True) for block in mine)
    lowest = min((float(np.min(problem.objective(*mesh))) for mesh in meshes), default=math.inf)
    return min(row[0] for row in floats_of_all([lowest])) if mine is not blocks else lowest


def ground_state(fidelity: float, limit: float = 0.9, *, free: bool = False) -> Check:
    """The anneal ended in the ground state that imaginary time finds.

    Args:
        fidelity: With it.
        limit: Least that passes.
        free: Whether the angles were free: such steps are made longer by no slower anneal.
    """
    more = "Use --backend emulator, which affords slower anneals"
    if free:
        more = "Optimise more --steps, or search longer (--time-limit) or from another --seed; use"
    return at_least(
        "ground_state",
        fidelity,
        limit,
        "fidelity with the imaginary-time ground state at the final D",
        f"{more}{'' if free else ','} narrower --bounds where other minima are nearly as low, or "
        "--compress where high walls dominate the range.",
    )


def focused(success: float, ground: float) -> Check:
    """The anneal ends no nearer to the minimum than the ground state at the final D itself.

    A D that rises can focus the wave at one moment, as a lens does. That finds the minimum, and is
    no anneal: a moment later, or with a longer schedule, it is gone.
    """
    return at_most(
        "focused",
        success - ground,
        0.01,
        "success above that of the ground state at the final D: the run ends focused, not in the "
        "ground state",
        "Take it for a focus in time, or let D fall (Schedule.geometric) for an anneal.",
    )


def localised(success: float, baseline: float) -> Check:
    """The ground state at the final D says where the minimum is.

    An anneal can follow the ground state faithfully to a D at which it is still spread out, or sits
    in a wide valley beside the minimum.
    """
    return at_least(
        "localised",
        (success - baseline) / (1 - baseline) if baseline < 1 else math.nan,
        0.2,
        "(P - P_uniform)/(1 - P_uniform) of the imaginary-time ground state: 1 at the minimum",
        "Use narrower --bounds, with --compress where high walls dominate the range, or a lower "
        "--d-stop with more --qubits (--backend emulator affords them).",
    )


def claim(
    hits: NDArray[np.int64],
    ideal: Array,
    goal: Goal,
    success: Estimate,
    measured: Estimate,
    min_signal: float = MIN_SIGNAL,
    *,
    seed: int = 0,
) -> list[Check]:
    """Whether counts alone show that noise did not make them; `enough_shots` comes first.

    Args:
        hits: Measured positions, shape of the grid.
        ideal: Probabilities of the ideal anneal.
        goal: What counts as success.
        success: Measured success probability.
        measured: S, `signal_interval`.
        min_signal: Least S that is claimed.
        seed: Of the synthetic histograms.
    """
    away = deviations_from_flat(hits, ideal, seed=seed)
    checks = [
        enough_shots(int(hits.sum()), hits.size),
        far_from_uniform(ideal),
        not_flat(away),
        signal(measured, min_signal),
    ]
    if goal.share(ideal) > goal.baseline:
        checks.append(above_chance(success, goal.baseline))
    return checks


def enough_shots(shots: int, points: int) -> Check:
    """The intervals of a histogram can be trusted."""
    wanted = max(FEWEST_SHOTS, SHOTS_PER_POINT * points)
    return at_least(
        "enough_shots",
        shots,
        wanted,
        f"shots; {SHOTS_PER_POINT} for every grid point, and {FEWEST_SHOTS}, are needed",
        f"Take --shots {wanted} or more.",
    )


def far_from_uniform(ideal: ArrayLike) -> Check:
    """The ideal histogram can be told from a flat one."""
    return at_most(
        "far_from_uniform",
        uniform_fidelity(ideal),
        MOST_UNIFORM,
        "Hellinger fidelity of the ideal histogram with a uniform one, which noise alone makes",
        "Anneal to a lower --d-stop, or with more steps: this outcome would prove nothing.",
    )


def not_flat(deviations: float) -> Check:
    """Chance alone did not make the histogram."""
    return at_least(
        "not_flat",
        deviations,
        FLAT_DEVIATIONS,
        "standard deviations from uniform histograms, towards the ideal one",
        "Use fewer steps, fewer qubits or another device: noise alone makes such a histogram.",
    )


def signal(measured: Estimate, least: float = MIN_SIGNAL) -> Check:
    """The histogram differs from a uniform one as the ideal outcome does, beyond doubt."""
    return at_least(
        "signal",
        measured.low,
        least,
        "lower end of the interval of S = (F - F_uniform)/(1 - F_uniform): 1 ideal, 0 uniform",
        "Use more --shots where the interval is wide, else fewer steps or fewer qubits: "
        "`qdml plan --fit` looks for them.",
    )


def above_chance(success: Estimate, baseline: float) -> Check:
    """The minimum was found more often than a uniform histogram finds it, beyond doubt."""
    return at_least(
        "above_chance",
        success.low - baseline,
        0.0,
        "lower end of the success probability above that of a uniform histogram",
        "Use more --shots, fewer steps, or a lower --d-stop.",
    )


def energy_tail(
    psi: ArrayLike,
    problem: Problem,
    diffusion: float,
    energy: float,
    spectrum: NDArray[Any] | None = None,
) -> Check:
    """The energy is not made by rounding errors at the largest wave numbers.

    On fine grids ``D k_max^2`` is so large that a tail of weight 1e-12, as single precision leaves
    it, can carry more energy than the state.
    """
    spectrum = scipy.fft.fftn(np.asarray(psi)) if spectrum is None else spectrum
    squares = np.broadcast_arrays(*(k**2 for k in problem.grid.wave_numbers()))
    weight = 0.0
    for part in _near_nyquist(problem.grid):
        powers = np.abs(spectrum[part]) ** 2
        weight += float(sum((powers * square[part]).sum() for square in squares))
    carried = diffusion * weight / squared_norm(spectrum)
    above = max(energy - problem.span[0], np.finfo(float).tiny)
    return at_most(
        "energy_tail",
        carried / above,
        0.01,
        "part of the energy above min zeta that sits near the largest wave number",
        "Use --precision double, or fewer --qubits.",
    )


def of_few_steps(
    psi: ArrayLike, ground: ArrayLike, problem: Problem, diffusion: float, energy: float
) -> list[Check]:
    """Grid and box of steps with free angles: `aliasing`, `wrap_around` and `energy_tail`.

    They are judged by the state that the steps are to reach. Such steps approximate no evolution
    which a coarse grid or the seam of the box could falsify, and folded phases go around the ring
    by design. What is wrong with them is what they miss of the ground state: `ground_state`
    measures it, and it lies at all positions and wave numbers, at the edges too.

    Args:
        psi: Final state.
        ground: The ground state at the goal.
        problem: Grid and objective.
        diffusion: D at the goal.
        energy: Of the ground state.
    """
    made = [
        (aliasing(ground, problem.grid), aliasing_weight(psi, problem.grid)),
        (energy_tail(ground, problem, diffusion, energy), math.nan),
    ]
    if not problem.objective.periodic:
        made.insert(1, (wrap_around(ground), edge_weight(psi)))
    return [
        replace(check, meaning=_of_the_ground_state(check, own), remedy=_FEW[check.name])
        for check, own in made
    ]


_FEW = {
    "aliasing": "Use more --qubits, narrower --bounds or a higher --d-stop.",
    "wrap_around": "Use --bounds that are wider and keep the edges high, or a lower --d-stop.",
    "energy_tail": "Use more --qubits, or a higher --d-stop.",
}


def _of_the_ground_state(check: Check, own: float) -> str:
    first, _, _ = check.meaning.partition(";")
    of = f"{first}; of the ground state"
    return of if math.isnan(own) else f"{of} (the few steps have {own:.2g})"


def circuit_agrees(distance: float) -> Check:
    """The gate-level state is that of the recipe."""
    return at_most(
        "circuit",
        distance,
        1e-8,
        "distance of the circuit's state from the NumPy recipe, up to the global phase",
        "Please report this as a bug.",
    )


def truncation(distance: float) -> Check:
    """What was left out of the objective hardly moves the final state."""
    return at_most(
        "truncation",
        distance,
        0.1,
        "distance of the final state from that of the whole objective, on the emulator",
        'Give a smaller budget, or budget="exact" (--budget exact).',
    )


def reference_converged(deviation: float) -> Check:
    """Imaginary time ended in an eigenstate: ``sqrt(<H^2> - <H>^2)`` over `Hamiltonian.scale`."""
    return at_most(
        "reference_converged",
        deviation,
        0.01,
        "standard deviation of H over the energy above min zeta, in the imaginary-time state",
        "Give `relax` more steps (max_steps) or a smaller time_step.",
    )


def reference_exact(difference: float, scale: float = 1.0, largest: float = 1.0) -> Check:
    """Imaginary time and diagonalisation agree on the ground-state energy.

    Args:
        difference: Of the two energies.
        scale: `Hamiltonian.scale` of the state.
        largest: Largest eigenvalue of H: 64 rounding errors of it are allowed where that is more
            than 1e-8 of the scale.
    """
    return at_most(
        "reference_exact",
        abs(difference) / scale,
        max(1e-8, 64 * float(np.finfo(float).eps) * largest / scale),
        "energy of imaginary time minus the exact one, over the energy above min zeta",
        "Give `relax` more steps (max_steps) or a lower tolerance.",
    )


def degenerate(deviation: float, gap: float) -> Check:
    """Imaginary time told the two lowest states apart.

    The angle between an approximate and the true ground state is at most ``deviation / gap``
    (Davis and Kahan, doi 10.1137/0707001). Without a gap, as from a single vector, nothing is
    known.
    """
    known = math.isfinite(gap) and gap > 0
    return at_most(
        "degenerate",
        deviation / gap if known else math.nan,
        0.01,
        "largest possible admixture (amplitude) of excited states to the reference",
        "The lowest states are nearly degenerate: tilt the objective, raise --d-stop, or give "
        "`relax` more steps; with num_vectors=1 use more vectors.",
    )


def symmetry_sector(drop: float) -> Check:
    """A little noise does not let the energy fall: the state is not stuck by symmetry."""
    return at_most(
        "symmetry_sector",
        drop,
        1e-6,
        "fall of the energy when imaginary time goes on after 1e-4 of noise",
        "Start `relax` from another state, or with num_vectors=3.",
    )


def told_apart(names: Sequence[str]) -> Check:
    """Everything that changes a number is in the id of the run, so that it can be found again."""
    check = at_most(
        "told_apart",
        len(names),
        0,
        f"parts without a digest: {', '.join(names) or 'none'}; nothing is resumed or loaded",
        "Give a seed instead of a generator, and an object that tells its settings (`identity`).",
    )
    return replace(check, decides=False)


def two_qubits(num_qubits: int) -> Check:
    """A transpiled two-qubit circuit proves nothing about Trotterisation."""
    return at_least(
        "more_than_two_qubits",
        num_qubits,
        3,
        "qubits; a transpiler resynthesises every 2-qubit circuit to 3 two-qubit gates",
        "Use at least 3 --qubits on a device.",
    )


def small_rotations(deviation: float) -> Check:
    """The transpiled circuit still does what the recipe says: no small rotation was dropped.

    Levels 2 and 3 of Qiskit's transpiler drop rotations below 6e-5 rad even where they add up.
    """
    return at_most(
        "small_rotations",
        deviation,
        MAX_DEVIATION,
        "total variation of the circuit without noise from the recipe; level 3 drops small angles",
        "Use another --compiler, or another --seed.",
    )


def of_the_anneal(
    anneal: Anneal,
    probabilities: ArrayLike | None = None,
    *,
    imaginary: bool = False,
    final_state: Callable[[Anneal], NDArray[Any]] | None = None,
) -> list[Check]:
    """Is the ideal anneal a good one: step size, roughness, wells between the points?

    Args:
        anneal: What is run.
        probabilities: Outcome of the emulator, to compare with halved steps; or None.
        imaginary: Whether time is imaginary, where no phase can wrap.
        final_state: Of an anneal; default `Anneal.final_state`.
    """
    checks = []
    if not anneal.schedule.is_free:
        if probabilities is not None:
            halved = anneal.halved()
            if final_state is None:
                fine = halved.final_state(imaginary=imaginary)
            else:
                fine = final_state(halved)
            checks.append(time_step(probabilities, np.abs(fine) ** 2))
        if not imaginary:
            checks.append(rough_objective(anneal.problem, anneal.schedule))
    missed = missed_well(anneal.problem)
    return [*checks, *([missed] if missed else [])]
