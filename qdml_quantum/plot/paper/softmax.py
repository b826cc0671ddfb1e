"""Figure 4: Sigmoid and Softmax as level populations in imaginary time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from qdml_quantum.objectives import as_objective
from qdml_quantum.plot.paper.numbers import Contents, Numbers
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.reference.theory.diffusion import diffusion_reaction
from qdml_quantum.reference.theory.levels import Levels

TITLE = "Sigmoid and Softmax are level populations in imaginary time"
PANELS = 4

_D, _LEVELS = 0.5, 4  # D of mass 1; levels whose curves can be told apart.
_PROBLEM = Problem(Grid([(-4, 4)], 5), as_objective("double_well"))
# Gaps of two levels, and times at which the Sigmoid goes from nearly flat to nearly a step.
_GAPS, _STEEPNESS = np.linspace(-6.0, 6.0, 49), (0.25, 0.5, 1.0, 2.0, 5.0)
_TIMES = np.linspace(0.0, 2.0, 26)  # Long enough for the ground state to be nearly alone.
_STEPS_PER_TIME = 10_000  # The error of the steps is then about 1e-9, see the facts.


def numbers() -> Contents:
    """Populations of the state that imaginary time makes on the grid, beside the formulas."""
    energies, states = eigenstates(_PROBLEM, _D, _LEVELS)
    two, several = (_populations(energies[:n], states[:n]) for n in (2, _LEVELS))
    gap = float(energies[1] - energies[0])
    sigmoid = expit(2 * gap * _TIMES)
    expected = softmax(-2 * np.outer(_TIMES, energies), axis=1)
    weights = np.sqrt(np.arange(_LEVELS, 0, -1))[::-1]  # The lowest level starts with the least.
    unequal = Levels(energies, weights)
    exact = np.array([unequal.populations(t)[0] for t in _TIMES])
    printed = np.array([unequal.printed_populations(t)[0] for t in _TIMES])
    printed_form = {f"tau = {tau:g}": expit(_GAPS * tau) for tau in _STEEPNESS}
    # The square of psi doubles the exponent: what is printed for tau is there at half of it.
    of_levels = {
        f"levels, tau = {tau:g}": np.array(
            [Levels([0.0, gap], [1.0, 1.0]).populations(tau / 2)[0] for gap in _GAPS]
        )
        for tau in _STEEPNESS
    }
    wrong = [np.abs(of_levels[f"levels, {name}"] - s).max() for name, s in printed_form.items()]
    tables = {
        "gap": {"x": _GAPS, **printed_form, **of_levels},
        "sigmoid": {"tau": _TIMES, "ground state": two[:, 0], "sigmoid": sigmoid},
        "softmax": {
            "tau": _TIMES,
            **{f"level {n}": several[:, n] for n in range(_LEVELS)},
            **{f"softmax {n}": expected[:, n] for n in range(_LEVELS)},
        },
        "dropped": {"tau": _TIMES, "exact": exact, "printed": printed},
    }
    return tables, {
        "gap": gap,
        "largest difference from equation (25)": float(np.max(wrong)),
        "largest difference from the sigmoid": float(np.abs(two[:, 0] - sigmoid).max()),
        "largest difference from softmax": float(np.abs(several - expected).max()),
        "largest effect of what is dropped": float(np.abs(exact - printed).max()),
    }


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """Two levels against their gap and against time, several, and what the print leaves out."""
    zeroth, first, second, third = axes
    table = data.tables["gap"]
    for name in [name for name in table if name.startswith("tau")]:
        (line,) = zeroth.plot(table["x"], table[name], label=rf"$\{name}$")
        points = table[f"levels, {name}"][::4]
        zeroth.plot(table["x"][::4], points, "o", markersize=3, color=line.get_color())
    zeroth.set(
        xlabel="$x = E_1 - E_0$",
        ylabel=r"$S(x) = 1/(1 + e^{-x \tau})$",
        title="equation (25); dots: populations",
    )
    table = data.tables["sigmoid"]
    first.plot(table["tau"], table["sigmoid"], label=r"$1/(1 + e^{-2 (E_1 - E_0) \tau})$")
    first.plot(table["tau"], table["ground state"], "o", markersize=3, label="propagated state")
    first.set(
        xlabel=r"$\tau$", ylabel="population of the ground state", title="two levels: Sigmoid"
    )
    table = data.tables["softmax"]
    for n in range(_LEVELS):
        (line,) = second.plot(table["tau"], table[f"softmax {n}"], label=f"$E_{n}$")
        second.plot(table["tau"], table[f"level {n}"], "o", markersize=3, color=line.get_color())
    second.set(xlabel=r"$\tau$", ylabel="population", title="several: Softmax")
    table = data.tables["dropped"]
    third.plot(table["tau"], table["exact"], label=r"$|c_0|^2 e^{-2 E_0 \tau}$, normalised")
    third.plot(table["tau"], table["printed"], "--", label=r"as printed: $e^{-E_0 \tau}$")
    third.set(xlabel=r"$\tau$", ylabel="population of the ground state", title="unequal start")
    for ax in axes:
        ax.set_ylim(0, 1)
        ax.legend(frameon=False)


def _populations(energies: Any, states: Any) -> Any:
    """Propagate an equal mixture on the grid and read its levels at every time."""
    psi = states.sum(axis=0)
    populations = [Levels.of(psi, energies, states).weights]
    for before, after in pairwise(_TIMES):
        step = float(after - before)
        psi = diffusion_reaction(
            _PROBLEM, _D, step, psi, num_steps=max(1, round(step * _STEPS_PER_TIME))
        )
        psi = psi / np.linalg.norm(psi)
        populations.append(Levels.of(psi, energies, states).weights)
    return np.array(populations)
