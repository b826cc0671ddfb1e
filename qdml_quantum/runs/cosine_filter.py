"""Imaginary time as a circuit: what one ancilla takes away from a state, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.anneal import Anneal, as_anneal
from qdml_quantum.dynamics.formulas import Formula, as_formula
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value, finite, number
from qdml_quantum.support.text import columns
from qdml_quantum.support.typed import typed

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_LEVELS = 5
"""Levels that default times are chosen by: after an anneal the higher ones hold next to nothing."""
_DEGENERATE = 1e-9  # Of the energy above the ground state: below it two levels are one.


@dataclass(frozen=True, eq=False)
class CosineFilter:
    """A state before and after a filter of cosines.

    Attributes:
        anneal: What made the state.
        energy: E that the cosines are centred on.
        times: t of every round.
        kept: Probability that the ancilla is 0 in a round, if it was 0 in all rounds before.
        fidelity: With the ground state, before the first round and after each one.
        num_steps: Trotter steps of each round.
        state: After the last round, normalised, of the shape of the grid.
        circuit: All of it, with the bits `lost` of the rounds and `meas`.
        gates: Two-qubit gates of the anneal and of the rounds, before transpilation.
    """

    anneal: Anneal
    energy: float
    times: tuple[float, ...]
    kept: tuple[float, ...]
    fidelity: tuple[float, ...]
    num_steps: tuple[int, ...]
    state: NDArray[np.complex128]
    circuit: QuantumCircuit
    gates: tuple[int, int]

    @property
    def probability(self) -> float:
        """Probability that a run is kept: all bits of `lost` are 0."""
        return math.prod(self.kept)

    @property
    def gates_per_state(self) -> float:
        """Two-qubit gates that are spent, on average, for a run that is kept."""
        return sum(self.gates) / self.probability

    def __str__(self) -> str:
        rows = [("", "steps", "kept", "fidelity")]
        rows.append(("anneal", f"{self.anneal.schedule.num_steps}", "", f"{self.fidelity[0]:.4f}"))
        for t, steps, kept, after in zip(
            self.times, self.num_steps, self.kept, self.fidelity[1:], strict=True
        ):
            rows.append((f"cos((H - E) {t:.3g})", f"{steps}", f"{kept:.4f}", f"{after:.4f}"))
        return "\n".join(
            [
                f"fidelity {self.fidelity[0]:.4f} -> {self.fidelity[-1]:.4f}, kept with "
                f"probability {self.probability:.4f}; two-qubit gates {self.gates[0]} -> "
                f"{self.gates_per_state:.0f} for each run that is kept",
                "",
                *columns(rows),
            ]
        )


@typed
def cosine_filter(
    problem: Problem | Anneal,
    schedule: Schedule | None = None,
    *,
    energy: float | None = None,
    times: Sequence[float] | None = None,
    time_step: float | None = None,
    formula: str | Formula = "strang",
) -> CosineFilter:
    r"""Take excited states away from the state of an anneal, with one ancilla.

    Evolving forward and backward in time at once, and keeping the runs in which an ancilla says
    that the two agree, multiplies a state by

        (e^(-i (H - E) t) + e^(i (H - E) t)) / 2 = cos((H - E) t).

    M such rounds are ``exp(-M (H - E)^2 t^2 / 2)`` near E: imaginary time, of the square of H - E,
    by a circuit. A round with ``t = pi / (2 (E_1 - E))`` leaves nothing of the level E_1 at all,
    and halving the time from round to round makes ``sin(2 t x) / (2^M sin(2 t x / 2^M))`` of
    x = H - E, which is small up to ``x = pi 2^(M - 1) / t``.

    The price: runs are lost with the weight of what is taken away, at least ``1 - fidelity``, and
    every round has Trotter steps of its own. What an anneal has not found is not made: a filter
    only tells good runs from bad ones. Of its steps only the phases are controlled, which takes a
    tenth to a third more two-qubit gates than steps without an ancilla (`SignedSteps`).

    Args:
        problem: Grid and objective; or an `Anneal`, which has the schedule already.
        schedule: Of the anneal before the filter. D of the filter is that of its end.
        energy: E; default the exact ground-state energy, which a computer without a reference has
            to measure (`measure_energy`).
        times: t of every round; default ``pi / (2 (E_1 - E_0))``, halved until it is at most
            ``pi / (2 (E_4 - E_0))``, of the exact levels (`measure_gap` measures the first).
        time_step: Longest Trotter step; default half of the shortest time. Twice as long ones lose
            0.2 of fidelity on Rastrigin and 0.001 on a double well, half as long ones gain 0.006
            and nothing [measured].
        formula: Product formula of the rounds, which has to be the same read backwards: default
            ``"strang"``.

    Returns:
        State, probability, circuit and price; what is kept is computed, not sampled.

    Raises:
        TypeError: A schedule is missing, or there are two.
        ValueError: Times or steps that are not positive, a formula that is not its own mirror
            image, or a ground state that is degenerate, where times have to be given.

    References:
        Y. Ge, J. Tura and J. I. Cirac, J. Math. Phys. 60, 022202 (2019), doi 10.1063/1.5027484.
        S. Lu, M. C. Banuls and J. I. Cirac, PRX Quantum 2, 020321 (2021), doi
        10.1103/PRXQuantum.2.020321.

    >>> from qdml_quantum import Grid
    >>> well = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    >>> short = Schedule.geometric((4.0, 0.1), num_stages=4, num_steps=4, time_step=0.2)
    >>> filtered = cosine_filter(well, short)
    >>> [round(value, 2) for value in (filtered.fidelity[0], filtered.fidelity[-1])]
    [0.41, 0.99]
    >>> 0.9 * filtered.fidelity[0] < filtered.probability < 1.1 * filtered.fidelity[0]
    True
    """
    from qdml_quantum.synthesis.circuits.circuit import build  # Qiskit, where it is needed.
    from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
    from qdml_quantum.synthesis.circuits.signed import filter_circuit

    anneal = as_anneal(problem, schedule)
    formula = as_formula(formula)
    if formula.factors != formula.factors[::-1]:
        must = "be the same read backwards, so that a step with -dt undoes one with dt"
        raise bad_value("formula", must, formula.name, "Use strang or suzuki4.")
    levels, states = eigenstates(anneal.problem, anneal.diffusion, min(_LEVELS, anneal.grid.size))
    middle = float(levels[0]) if energy is None else finite("energy", energy)
    instants = _times(levels) if times is None else real_array("times", times)
    if instants.ndim != 1 or not instants.size or not (instants > 0).all():
        raise bad_value("times", "be positive, one for each round", times, "Write [4.6, 2.3].")
    longest = float(instants.min()) / 2 if time_step is None else number("time_step", time_step)
    psi, phases, sizes, kept = anneal.final_state(), [], [], []
    overlap = [fidelity(psi, states[0])]
    propagator = Propagator(anneal.problem)
    for t in instants.tolist():
        steps = math.ceil(t / longest - 1e-9)
        constant = Schedule.constant(anneal.diffusion, num_steps=steps, time_step=t / steps)
        recipe = make_recipe(constant, formula)
        forward = propagator.run(psi.copy(), recipe.moves) * np.exp(1j * middle * t)
        # H is real: a step backward is one forward of the conjugate, conjugated.
        backward = propagator.run(psi.conj(), recipe.moves).conj() * np.exp(-1j * middle * t)
        psi = (forward + backward) / 2
        norm = float(np.linalg.norm(psi))
        if not norm > 0:
            must = "leave something of the state"
            raise bad_value("times", must, f"none after {t:g}", "Give others, or another `energy`.")
        psi /= norm
        phases.append(recipe.phases)
        sizes.append(steps)
        kept.append(norm**2)
        overlap.append(fidelity(psi, states[0]))
    first = build(anneal)
    circuit = filter_circuit(first, anneal.problem, phases, middle)
    before = two_qubit_gates(first)
    return CosineFilter(
        anneal,
        middle,
        tuple(instants.tolist()),
        tuple(kept),
        tuple(overlap),
        tuple(sizes),
        psi,
        circuit,
        (before, two_qubit_gates(circuit) - before),
    )


def _times(levels: Array) -> Array:
    """The time that leaves nothing of the first excited level, halved until it is short enough."""
    above = levels[1:] - levels[0]
    if not above[0] > _DEGENERATE * above[-1]:
        must = "have one ground state for times to follow from its gap"
        raise bad_value("problem", must, f"a gap of {above[0]:.3g}", "Give `times`.")
    rounds = math.ceil(math.log2(above[-1] / above[0]) - 1e-9)
    return np.asarray(math.pi / (2 * above[0]) / 2.0 ** np.arange(rounds + 1))
