"""Figure 3: from a packet that disperses to a cloud of random walkers, by turning time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy

from qdml_quantum.plot.paper.numbers import Contents, Numbers
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.states import Gaussian
from qdml_quantum.reference.theory.diffusion import heat_kernel, random_walkers

TITLE = "Wick rotation, zeroth order: dispersion becomes diffusion"
PANELS = 3

# D of mass 1; so many walkers that the highest bins scatter by 2 to 4 %, and so few paths that
# each can be followed.
_D, _TIMES, _WALKERS, _PATHS = 0.5, (0.5, 2.0, 6.0), 20_000, 16
# Out to 3.3 standard deviations at the last time; steps too short to be seen as such.
_BINS, _STEPS = np.linspace(-8, 8, 65), 60
_SEED = 3  # Any will do: that of the figure.
# The packet of figure 2 with a momentum, of a time at which it has moved and spread, in a box that
# holds it; time is turned in thirds of a right angle.
_GRID, _WIDTH, _MOMENTUM = Grid([(-16, 16)], 8), 0.8, 1.5
_TURNED, _ANGLES = 3.0, (0, 30, 60, 90)


def numbers() -> Contents:
    """The turned packet; paths of a few walkers, and where many are beside the kernel.

    Time is turned by theta, ``t exp(-i theta)``: a wave of number k gets the factor
    ``exp(-i D k^2 t exp(-i theta))``, a phase at theta = 0, where the packet moves and disperses,
    and a damping at 90 degrees, where it stays and is the start folded with the Green's function.
    """
    x, turned, wrong = _turned()
    rng = np.random.default_rng(_SEED)
    step = _TIMES[-1] / _STEPS
    moves = np.sqrt(2 * _D * step) * rng.standard_normal((_STEPS, _PATHS))
    paths = np.vstack([np.zeros(_PATHS), np.cumsum(moves, axis=0)])
    middles = (_BINS[1:] + _BINS[:-1]) / 2
    histograms: dict[str, Any] = {"x": middles}
    facts = {"largest error of the turned packet": wrong}
    for index, tau in enumerate(_TIMES):
        ends = random_walkers(np.zeros((_WALKERS, 1)), _D, tau, seed=_SEED + index)[:, 0]
        hits = np.histogram(ends, _BINS)[0]
        histograms[f"walkers, tau = {tau:g}"] = hits / (_WALKERS * np.diff(_BINS))
        histograms[f"kernel, tau = {tau:g}"] = heat_kernel(middles, _D, tau)
        same = scipy.stats.kstest(ends, scipy.stats.norm(scale=np.sqrt(2 * _D * tau)).cdf)
        facts[f"Kolmogorov-Smirnov p at tau = {tau:g}"] = float(same.pvalue)
    columns = {f"walker {i + 1}": paths[:, i] for i in range(_PATHS)}
    times = step * np.arange(_STEPS + 1)
    tables = {
        "turned": {"x": x, **turned},
        "paths": {"tau": times, **columns},
        "density": histograms,
    }
    return tables, facts


def _turned() -> tuple[Any, dict[str, Any], float]:
    """Densities of the packet after turned times, and how far they are from the closed form.

    With ``A = w^2 + i D t exp(-i theta)``, w the width and k the momentum of the start, psi is
    ``exp((2 w^2 k + i x)^2 / (4 A))``, but for a factor.
    """
    (axis,) = _GRID.axes
    x, square, wrong = axis.points, axis.wave_numbers**2, 0.0
    spectrum, densities = np.fft.fft(Gaussian(0.0, _WIDTH, _MOMENTUM).amplitudes(_GRID)), {}
    w, k = _WIDTH, _MOMENTUM
    for angle in _ANGLES:
        turned = 1j * _D * _TURNED * np.exp(-1j * np.deg2rad(angle))
        psi = np.fft.ifft(np.exp(-square * turned) * spectrum)
        exact = np.exp((2 * w**2 * k + 1j * x) ** 2 / (4 * (w**2 + turned)))
        density, expected = (np.abs(one) ** 2 for one in (psi, exact))
        density, expected = (one / (one.sum() * axis.spacing) for one in (density, expected))
        wrong = max(wrong, float(np.abs(density - expected).max()))
        densities[f"theta = {angle}"] = density
    return x, densities, wrong


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """The turned packet, paths, densities."""
    first, left, right = axes
    turned = data.tables["turned"]
    for name, values in turned.items():
        if name != "x":
            angle = name.partition("= ")[2]
            words = {"0": "real time", "90": "imaginary time"}.get(angle, "")
            first.plot(turned["x"], values, label=rf"$\theta = {angle}°$  {words}")
    title = r"a moving packet after $t\,e^{-i\theta}$"
    first.set(xlabel="$x$", ylabel=r"$|\psi|^2$", xlim=(-6, 12), title=title)
    first.legend(frameon=False, fontsize=8)
    paths = data.tables["paths"]
    for name, positions in paths.items():
        if name != "tau":
            left.plot(paths["tau"], positions, linewidth=0.8)
    left.set(xlabel=r"$\tau$", ylabel="$x$")
    density = data.tables["density"]
    for name, values in density.items():
        if name.startswith("walkers"):
            kernel = density[name.replace("walkers", "kernel")]
            (line,) = right.plot(density["x"], kernel)
            dots = {"color": line.get_color(), "markersize": 4}
            time = name.partition("tau = ")[2]
            right.plot(density["x"], values, ".", label=rf"$\tau = {time}$", **dots)
    right.set(xlabel="$x$", ylabel="density")
    right.legend(frameon=False, title="walkers: dots\nkernel: lines", loc="upper left")
