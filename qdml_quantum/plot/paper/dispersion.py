"""Figure 2: a wave packet without an objective disperses, which its phase shows first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import as_objective
from qdml_quantum.plot.paper.numbers import Contents, Numbers
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian
from qdml_quantum.reference.theory.packets import Moments, moments_of, packet_moments
from qdml_quantum.runs.evolve import evolve
from qdml_quantum.runs.result import Result
from qdml_quantum.runs.run import anneal
from qdml_quantum.support.arrays import Array

TITLE = "Zeroth order: without an objective the packet spreads"
PANELS = 3

# D of mass 1. At the last time the packet is 3.7 times as wide, and 5 widths from the edge.
_D, _WIDTH, _TIMES = 0.5, 0.8, (0.0, 1.5, 3.0, 4.5)
_GRID = Grid([(-16, 16)], 8)
# What is shown of the box; of the largest |psi|^2 what makes the phase more than rounding errors.
_SHOWN, _SEEN = 8.0, 1e-6
# Few, beside the curve of the emulator: each is a circuit that has to be simulated.
_AER_TIMES = (1.0, 2.0, 3.0, 4.0)


def numbers() -> Contents:
    """``|psi|^2``, phase and width: emulator, circuit on Aer, closed form.

    With ``a = D t / sigma_0^2`` the phase is ``a x^2 / (4 sigma_0^2 (1 + a^2))``, but for a
    constant: short waves run ahead, long ones stay, and the packet spreads.
    """
    free = Problem(_GRID, as_objective("0*x"))
    packet = Gaussian(0.0, _WIDTH)

    def after(time: float) -> Any:
        if time == 0:
            return packet.amplitudes(_GRID)
        return evolve(free, _drift(time), initial=packet).state

    x = _GRID.axes[0].points
    states = {time: after(time) for time in _TIMES}
    density = {f"t = {t:g}": np.abs(psi) ** 2 / _GRID.axes[0].spacing for t, psi in states.items()}
    phase = {f"t = {t:g}": _phase(psi) for t, psi in states.items()}
    wrong = [np.nanmax(np.abs(phase[f"t = {t:g}"] - _exact_phase(x, t))) for t in _TIMES]
    times = np.linspace(0, _TIMES[-1], 46)
    widths = np.array([moments_of(after(float(t)), _GRID).width for t in times])
    exact = np.array([_exact(float(t)) for t in times])
    circuits = [
        anneal(free, _drift(t), initial=packet, backend="aer", validate=False) for t in _AER_TIMES
    ]
    measured = np.array([moments_of(_state(run), _GRID).width for run in circuits])
    apart = measured - np.array([_exact(t) for t in _AER_TIMES])
    tables = {
        "density": {"x": x, **density},
        "phase": {"x": x, **phase},
        "width": {"time": times, "emulator": widths, "closed form": exact},
        "aer": {"time": np.array(_AER_TIMES), "width": measured},
    }
    return tables, {
        "largest error of the emulator": float(np.abs(widths - exact).max()),
        "largest error of the circuit": float(np.abs(apart).max()),
        "largest error of the phase": float(np.max(wrong)),
    }


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """Densities on the left, phases in the middle, widths on the right."""
    left, middle, right = axes
    for ax, kind in ((left, "density"), (middle, "phase")):
        table = data.tables[kind]
        for name, values in table.items():
            if name != "x":
                ax.plot(table["x"], values, label=name)
        ax.legend(frameon=False)
    left.set(xlabel="$x$", ylabel=r"$|\psi|^2$", xlim=(-_SHOWN, _SHOWN))
    middle.set(
        xlabel="$x$", ylabel=r"phase of $\psi$ / rad, 0 in the middle", xlim=(-_SHOWN, _SHOWN)
    )
    width, aer = data.tables["width"], data.tables["aer"]
    formula = r"$\sqrt{\sigma_0^2 + (D t / \sigma_0)^2}$"
    right.plot(width["time"], width["closed form"], label=formula)
    right.plot(aer["time"], aer["width"], "o", label="circuit on Aer")
    right.set(xlabel="$t$", ylabel=r"width $\sigma$", ylim=(0, None))
    right.legend(frameon=False)


def _phase(psi: NDArray[Any]) -> Array:
    """The phase along the grid, 0 in the middle; NaN where there is next to nothing."""
    middle = psi.size // 2
    right = np.unwrap(np.angle(psi[middle:]))
    left = np.unwrap(np.angle(psi[middle::-1]))[:0:-1]
    seen = np.abs(psi) ** 2 > _SEEN * np.max(np.abs(psi)) ** 2
    seen &= np.abs(_GRID.axes[0].points) <= _SHOWN
    return np.where(seen, np.concatenate([left, right]) - right[0], np.nan)


def _exact_phase(x: Array, time: float) -> Array:
    a = _D * time / _WIDTH**2
    return np.asarray(a * x**2 / (4 * _WIDTH**2 * (1 + a**2)))


def _state(run: Result) -> NDArray[Any]:
    assert run.state is not None
    return run.state


def _drift(time: float) -> Schedule:
    return Schedule.constant(_D, num_steps=1, time_step=time)


def _exact(time: float) -> float:
    return packet_moments(Moments(0.0, 0.0, _WIDTH), _D, time).width
