"""The population of diffusion Monte Carlo: how it moves, branches, and is kept in number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import logsumexp

from qdml_quantum.objectives import Objective
from qdml_quantum.problem.counted_function import CountedFunction
from qdml_quantum.reference.walkers.guide import Guide
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import argument, bad_value

# Time step in units of 1 / (spread of zeta over the walkers): weights differ by a quarter.
_SPREAD_STEP = 0.25
# Steps in which the population is led back. A reference that followed a slow average of the energy
# instead let populations of 100 walkers die out [measured].
_FEEDBACK = 10
_MOST = 4  # Times the size that was asked for: beyond it the population has run away.


class PopulationError(ValueError):
    """The walkers died out, or became too many."""


class Population:
    """Walkers with one reference energy, branching after every step.

    Args:
        objective: zeta.
        diffusion: D.
        guide: Guide function or None.
        size: Number of walkers to keep.
        rng: Source of the noise.
        positions: Where they start.

    Raises:
        PopulationError: All of them stand behind walls.
    """

    def __init__(
        self,
        objective: Objective,
        diffusion: float,
        guide: Guide | None,
        size: int,
        rng: np.random.Generator,
        positions: Array,
    ) -> None:
        self.zeta = CountedFunction(objective)
        self.diffusion, self.guide, self.size, self.rng = diffusion, guide, size, rng
        self.lowest, self.spread, self.reference = math.inf, 0.0, math.nan
        local = self.local_energy(positions)
        inside = np.isfinite(local)
        if not inside.any():
            remedy = "Start where the objective is finite."
            raise PopulationError(argument("start", "be inside the walls", "outside", remedy))
        self.positions, self.local = positions[inside], local[inside]

    def local_energy(self, x: Array) -> Array:
        """zeta, or ``H psi_T / psi_T``; infinite behind walls."""
        values = self.zeta(x)
        inside = values[np.isfinite(values)]
        if inside.size:
            self.spread = float(inside.std())
            self.lowest = min(self.lowest, float(inside.min()))
        if self.guide is None:
            return values
        slope, bend = self.guide.gradient(x), self.guide.laplacian(x)
        return np.asarray(values - self.diffusion * (bend + (slope**2).sum(axis=1)))

    def drift(self, x: Array, time: float) -> Array:
        """Along ``2 D grad ln psi_T``, midpoint rule."""
        if self.guide is None:
            return x
        half = x + self.diffusion * time * self.guide.gradient(x)
        return np.asarray(x + 2 * self.diffusion * time * self.guide.gradient(half))

    def step(self, dtau: float) -> tuple[float, float, float]:
        """Move and branch; local energy, growth energy, and the reference of the step."""
        before = len(self.positions)
        x = self.drift(self.positions, dtau / 2)
        x = x + math.sqrt(2 * self.diffusion * dtau) * self.rng.standard_normal(x.shape)
        x = self.drift(x, dtau / 2)
        local = self.local_energy(x)
        middle = (self.local + local) / 2
        if math.isnan(self.reference):  # The first step: as many walkers after it as before.
            self.reference = -float(logsumexp(-dtau * middle) - math.log(before)) / dtau
        with np.errstate(over="ignore"):
            weights = np.exp(-dtau * (middle - self.reference))
        total = float(weights.sum())
        self._alive(total, dtau)
        inside = weights > 0  # Nobody is behind a wall, where 0 * inf is no number.
        energy = float(weights[inside] @ local[inside]) / total
        used = self.reference
        growth = used - math.log(total / before) / dtau
        # Copies from one comb with a random offset: w of each on average, sum(w) in all to
        # within one, so that chance moves the population less than walker by walker.
        teeth = np.floor(np.cumsum(weights) + self.rng.uniform())
        copies = np.diff(teeth, prepend=0.0).astype(int)
        self.positions = np.repeat(x, copies, axis=0)
        self.local = np.repeat(local, copies)
        self._alive(len(self.positions), dtau)
        lead = math.log(self.size / len(self.positions)) / (_FEEDBACK * dtau)
        self.reference = energy + lead
        return energy, growth, used

    def _alive(self, population: float, dtau: float) -> None:
        if not population >= 1:
            raise PopulationError(
                f"All walkers died in one of the steps of {dtau:.3g}. Give a smaller `time_step`, "
                f"more `num_walkers`, or a `start` inside the wells of the objective."
            )
        if population > _MOST * self.size:
            raise PopulationError(
                f"The population exploded to {population:.3g} walkers from {self.size} in steps of "
                f"{dtau:.3g}; the lowest value of the objective so far is {self.lowest:.3g}. Is it "
                f"bounded below? If it is, give a smaller `time_step`."
            )

    def equilibrate(self, step: float | None, steps: int, bar: Any) -> float:
        """Steps that are not counted; the step to go on with, where none is given."""
        chosen = []
        for _ in range(steps):
            chosen.append(self._own_step() if step is None else step)
            self.step(chosen[-1])
            bar.update()
        if step is not None:
            return step
        return float(np.mean(chosen[-max(1, steps // 2) :])) if chosen else self._own_step()

    def _own_step(self) -> float:
        if not self.spread > 0:
            must = "be given where the objective is the same at all walkers"
            raise bad_value("time_step", must, "None", "Or start the walkers apart.")
        return _SPREAD_STEP / self.spread
