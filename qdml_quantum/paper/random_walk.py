"""Figure 3: in imaginary time the same packet is a cloud of random walkers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import kstest, norm

from qdml_quantum.paper.numbers import Contents, Numbers
from qdml_quantum.reference.theory.diffusion import heat_kernel, random_walkers

TITLE = "Wick rotation, zeroth order: random walkers and the Green's function"
PANELS = 2

# D of mass 1; so many walkers that the highest bins scatter by 2 to 4 %, and so few paths that
# each can be followed.
_D, _TIMES, _WALKERS, _PATHS = 0.5, (0.5, 2.0, 6.0), 20_000, 16
# Out to 3.3 standard deviations at the last time; steps too short to be seen as such.
_BINS, _STEPS = np.linspace(-8, 8, 65), 60
_SEED = 3  # Any will do: that of the figure.


def numbers() -> Contents:
    """Paths of a few walkers, and where many are at three times beside the kernel."""
    rng = np.random.default_rng(_SEED)
    step = _TIMES[-1] / _STEPS
    moves = np.sqrt(2 * _D * step) * rng.standard_normal((_STEPS, _PATHS))
    paths = np.vstack([np.zeros(_PATHS), np.cumsum(moves, axis=0)])
    middles = (_BINS[1:] + _BINS[:-1]) / 2
    histograms: dict[str, Any] = {"x": middles}
    facts = {}
    for index, tau in enumerate(_TIMES):
        ends = random_walkers(np.zeros((_WALKERS, 1)), _D, tau, seed=_SEED + index)[:, 0]
        hits = np.histogram(ends, _BINS)[0]
        histograms[f"walkers, tau = {tau:g}"] = hits / (_WALKERS * np.diff(_BINS))
        histograms[f"kernel, tau = {tau:g}"] = heat_kernel(middles, _D, tau)
        same = kstest(ends, norm(scale=np.sqrt(2 * _D * tau)).cdf)
        facts[f"Kolmogorov-Smirnov p at tau = {tau:g}"] = float(same.pvalue)
    columns = {f"walker {i + 1}": paths[:, i] for i in range(_PATHS)}
    times = step * np.arange(_STEPS + 1)
    return {"paths": {"tau": times, **columns}, "density": histograms}, facts


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """Paths on the left, densities on the right."""
    left, right = axes
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
