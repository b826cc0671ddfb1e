"""Train schedules once, on random landscapes, for any objective.

Writes `qdml_quantum/annealing/trained.json`, which the package ships.

The potential is the logarithm of the rank of zeta (`Problem.ranked`), the grid that of the unit
box, so that one schedule fits objectives of any scale and shape. None of the built-in objectives is
among the landscapes: bowls of random power and axes, with ripples, smooth noise, wells, and needles
of about one grid point. Two targets:

`lowest`  that one of 128 shots hits the lowest grid point: mean of (1 - P)^128, P its probability;
`near`    the probability within a tenth of the box of the lowest grid point.

It takes about half an hour on one core; `--quick` trains one schedule of four steps and leaves the
package alone.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.fft
from common import RESULTS, finish
from scipy.optimize import minimize
from scipy.stats import rankdata
from tqdm.auto import tqdm

import qdml_quantum
from qdml_quantum import Grid
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.problem.goal import success_mask
from qdml_quantum.support.store import write_json

FILE = Path(qdml_quantum.__file__).parent / "annealing" / "trained.json"
SHOTS, RADIUS = 128, 0.1
GRIDS = {1: (4, 6, 8), 2: (3, 4, 5), 3: (2, 3), 4: (2, 3)}
"""Qubits per axis that are trained for together, by dimension."""
STEPS = {"lowest": (2, 4, 6, 8, 10, 15, 20), "near": (10, 20)}

Array = np.ndarray[Any, Any]
Batch = tuple[Array, Array, Array]
"""Potentials, marked points (both of shape (count, *grid)), and |k|^2."""


def landscape(rng: np.random.Generator, points: list[Array], needle: float) -> Array:
    """Random values on a grid of the unit box; a needle has a width of about `needle`, or none."""
    d = len(points)
    away = [x - c for x, c in zip(points, rng.uniform(0.1, 0.9, d), strict=True)]
    axes, _ = np.linalg.qr(rng.normal(size=(d, d)))
    scales = np.exp(rng.uniform(-1.5, 1.5, d))
    squares = sum(
        (s * sum(a * x for a, x in zip(row, away, strict=True))) ** 2
        for s, row in zip(scales, axes, strict=True)
    )
    bowl = _scaled(squares ** log_uniform(rng, 0.25, 2))
    kind = rng.integers(4)
    if kind >= 1:
        waves = 2 * math.pi * rng.integers(1, 7)
        ripples = sum(1 - np.cos(waves * x) for x in away)
        if rng.random() < 0.5:
            ripples = -math.prod(np.cos(waves / 2 * x) for x in away)
        bowl = bowl * (rng.random() < 0.8) + log_uniform(rng, 0.2, 3) * _scaled(ripples)
    if kind >= 2:
        noise = 0.0
        for _ in range(6):
            waves = 2 * math.pi * rng.integers(-3, 4, d)
            phase = rng.uniform(0, 2 * math.pi)
            along = sum(k * x for k, x in zip(waves, points, strict=True))
            noise = noise + rng.normal() * np.cos(along + phase)
        bowl = bowl + log_uniform(rng, 0.2, 3) * _scaled(noise)
    if kind == 3:
        for _ in range(rng.integers(1, 6)):
            width, depth = log_uniform(rng, 0.03, 0.2), rng.uniform(0.5, 4)
            bowl = bowl - depth * _well(points, rng.uniform(0.1, 0.9, d), width)
    if needle:
        depth = 1.5 * np.ptp(bowl)
        bowl = bowl - depth * _well(points, rng.uniform(0.1, 0.9, d), needle * rng.uniform(0.4, 1))
    return bowl


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _scaled(values: Any) -> Array:
    return np.asarray(values) / (np.std(values) + 1e-9)


def _well(points: list[Array], center: Array, width: float) -> Array:
    around = [(x - c + 0.5) % 1 - 0.5 for x, c in zip(points, center, strict=True)]
    return np.exp(-sum(x**2 for x in around) / (2 * width**2))


def batch(dimensions: int, num_qubits: int, target: str, count: int, seed: int) -> Batch:
    """Ranked landscapes on a grid; one in three has a needle where the target is `lowest`."""
    rng = np.random.default_rng([seed, dimensions, num_qubits])
    grid = Grid([(0, 1)] * dimensions, num_qubits)
    points = list(np.broadcast_arrays(*grid.coordinates()))
    potentials, marked = [], []
    for number in range(count):
        sharp = target == "lowest" and number % 3 == 0
        values = landscape(rng, points, 2.0**-num_qubits if sharp else 0.0)
        potentials.append(np.log(rankdata(values, method="max")).reshape(grid.shape))
        lowest = np.unravel_index(np.argmin(values), grid.shape)
        mask = np.zeros(grid.shape, dtype=bool)
        mask[lowest] = True
        if target == "near":
            mask = success_mask(grid, [grid.position([int(i) for i in lowest])], RADIUS)
        marked.append(mask)
    return np.stack(potentials), np.stack(marked).astype(float), squared_wave_numbers(grid)


def missed(target: str, probability: Array) -> tuple[float, Array]:
    """What is made small, and its derivative by each probability."""
    if target == "near":
        return -float(probability.mean()), np.full(probability.shape, -1 / probability.size)
    rest = np.clip(1 - probability, 1e-12, 1)
    return float((rest**SHOTS).mean()), -SHOTS * rest ** (SHOTS - 1) / probability.size


def loss(logarithms: Array, batches: list[Batch], target: str) -> tuple[float, Array]:
    """Mean over batches, and the gradient by the logarithms of the angles: one sweep back."""
    angles = np.exp(logarithms)
    total, gradient = 0.0, np.zeros_like(angles)
    for potentials, marked, square in batches:
        tape: list[tuple[Array, Array]] = []
        psi = evolved(angles, potentials, square, tape)
        axes = tuple(range(1, psi.ndim))
        value, slope = missed(target, (np.abs(psi) ** 2 * marked).sum(axis=axes))
        total += value
        adjoint = slope.reshape(-1, *[1] * len(axes)) * marked * psi
        for step in reversed(range(len(tape))):
            before, spectrum = tape[step]
            adjoint = scipy.fft.fftn(adjoint, axes=axes, norm="ortho")
            kinetic = len(tape) + step
            gradient[kinetic] += 2 * np.sum(adjoint.conj() * square * spectrum).imag
            adjoint *= np.exp(1j * angles[kinetic] * square)
            adjoint = scipy.fft.ifftn(adjoint, axes=axes, norm="ortho")
            adjoint *= np.exp(1j * angles[step] * potentials)
            gradient[step] += 2 * np.sum(adjoint.conj() * potentials * before).imag
    return total / len(batches), gradient * angles / len(batches)


def evolved(
    angles: Array, potentials: Array, square: Array, tape: list[tuple[Array, Array]] | None = None
) -> Array:
    """Uniform states after all steps: gamma_1 ... gamma_S, beta_1 ... beta_S."""
    axes = tuple(range(1, potentials.ndim))
    psi = np.full(potentials.shape, potentials[0].size ** -0.5, dtype=complex)
    for gamma, beta in zip(*np.split(angles, 2), strict=True):
        before = psi
        psi = psi * np.exp(-1j * gamma * potentials)
        spectrum = scipy.fft.fftn(psi, axes=axes, norm="ortho", overwrite_x=True)
        spectrum *= np.exp(-1j * beta * square)
        psi = scipy.fft.ifftn(spectrum, axes=axes, norm="ortho")
        if tape is not None:
            tape.append((before, spectrum))
    return psi


def stretched(angles: Array, steps: int) -> Array:
    """The same course of both angles with another number of steps, their sums kept."""
    old = (np.arange(angles.size // 2) + 0.5) / (angles.size // 2)
    new = (np.arange(steps) + 0.5) / steps
    halves = [np.interp(new, old, half) * old.size / steps for half in np.split(angles, 2)]
    return np.concatenate(halves)


def train(
    batches: list[Batch], target: str, steps: int, guesses: list[Array], starts: int, seed: int
) -> Any:
    """The best of local optimisations from guesses, then from screened random courses."""
    rng = np.random.default_rng(seed)
    best: Any = None
    for attempt in range(len(guesses) + starts):
        if attempt < len(guesses):
            start = np.log(guesses[attempt])
        else:
            drawn = [_random_start(rng, steps) for _ in range(30)]
            start = min(drawn, key=lambda point: loss(point, batches[:1], target)[0])
        found = minimize(
            loss,
            start,
            args=(batches, target),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 150},
        )
        if best is None or found.fun < best.fun:
            best = found
    return best


def _random_start(rng: np.random.Generator, steps: int) -> Array:
    falling = log_uniform(rng, 1, 300) ** np.linspace(1, 0, steps)
    times = log_uniform(rng, 0.05, 15) / np.sqrt(falling)
    angles = np.concatenate([times, times * falling * log_uniform(rng, 1e-5, 1e-1)])
    return np.log(angles) + rng.normal(0, 0.2, angles.size)


def hit(angles: Array, batches: list[Batch], target: str) -> float:
    """The target on landscapes that were not trained on: share of hits, or mean probability."""
    found = []
    for potentials, marked, square in batches:
        psi = evolved(angles, potentials, square)
        value, _ = missed(target, (np.abs(psi) ** 2 * marked).sum(axis=tuple(range(1, psi.ndim))))
        found.append(-value if target == "near" else 1 - value)
    return float(np.mean(found))


def run(
    plan: list[tuple[str, int, int]], count: int, starts: int, seed: int, save: Callable[[Any], Any]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    previous: dict[tuple[str, int], Array] = {}
    for target, dimensions, steps in tqdm(plan, desc="train", unit="schedule"):
        grids = GRIDS[dimensions]
        batches = [batch(dimensions, n, target, count, seed) for n in grids]
        unseen = [batch(dimensions, n, target, count, seed + 1) for n in grids]
        guesses = [
            stretched(angles, steps)
            for (of, d), angles in previous.items()
            if of == target and d in (dimensions, dimensions - 1)
        ]
        found = train(batches, target, steps, guesses, starts, seed)
        angles = np.exp(found.x)
        previous[target, dimensions] = angles
        entry = {"target": target, "dimensions": dimensions, "num_steps": steps}
        gamma, beta = (half.tolist() for half in np.split(angles, 2))
        kept.append(entry | {"gamma": gamma, "beta": beta})
        rows.append(
            entry | {"trained": hit(angles, batches, target), "unseen": hit(angles, unseen, target)}
        )
        save(kept)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one small schedule, nothing replaced")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON table")
    parser.add_argument("--write", type=Path, default=FILE, help="file of the schedules")
    parser.add_argument("--landscapes", type=int, default=36, help="per grid")
    parser.add_argument("--starts", type=int, default=2, help="random starts per schedule")
    parser.add_argument("--seed", type=int, default=0, help="of landscapes and starts")
    options = parser.parse_args()
    about = {"landscapes": options.landscapes, "starts": options.starts, "seed": options.seed}

    def save(schedules: list[dict[str, Any]]) -> None:
        if not options.quick or options.write != FILE:
            write_json(options.write, {"format": 1, "trained": about, "schedules": schedules})

    plan = [
        (target, dimensions, steps)
        for target, counts in STEPS.items()
        for dimensions in GRIDS
        for steps in counts
    ]
    if options.quick:
        plan = [("lowest", 1, 4)]
    rows = run(plan, options.landscapes, options.starts, options.seed, save)
    finish("train_schedules", rows, options.output)


if __name__ == "__main__":
    main()
