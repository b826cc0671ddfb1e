"""An evolution in time: what was asked of the state at many times, and how it is read and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.drive import DrivenAnneal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support import html
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check, check_lines
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.store import (
    finite_json,
    read_arrays,
    read_sealed,
    unpacked,
    write_arrays,
    write_sealed,
)
from qdml_quantum.support.text import check_rows, columns

FORMAT = 1
EVOLUTION_FILE, ARRAYS_FILE = "evolution.json", "evolution.npz"
_ROWS = 12  # Times that a table in a terminal shows: about half a screen.


@dataclass(frozen=True, eq=False)
class Evolution:
    """What `evolve` returns: observables, one row per time, and the state at the end.

    Attributes:
        problem: Grid, and the part of zeta that stays.
        anneal: What was run, which `build` makes a circuit of. None where there is none: with an
            absorber, or read from a file of a driven one.
        times: Times, shape ``(times,)``, rising.
        diffusions: D at each of them.
        expect: Array of every observable by its name, one row per time.
        state: Amplitudes at the last time, shape of the grid.
        states: Amplitudes at all times, shape ``(times, *grid.shape)``; None unless kept.
        densities: ``|psi|^2 / (dx dy ...)`` at all times, which integrates to the norm; None unless
            kept, or states are.
        unitary: Whether the norm is kept: False with an absorber.
        error: Distance of the state from the one of infinitely many steps, about: from that of half
            as many. None where the time step was given.
        checks: Diagnostics, each passed or not.
    """

    problem: Problem
    anneal: Anneal | DrivenAnneal | None
    times: Array
    diffusions: Array
    expect: Mapping[str, Array]
    state: NDArray[Any]
    states: NDArray[Any] | None
    densities: Array | None
    unitary: bool
    error: float | None
    checks: tuple[Check, ...]

    @property
    def grid(self) -> Grid:
        """Grid of the problem."""
        return self.problem.grid

    @property
    def probabilities(self) -> Array:
        """``|psi|^2`` at the last time, shape of the grid."""
        return np.asarray(np.abs(self.state) ** 2, dtype=float)

    @property
    def passed(self) -> bool:
        """Whether every check that decides passed."""
        return all(check.passed for check in self.checks if check.decides)

    def at(self, time: float) -> int:
        """Number of the time that is nearest.

        Raises:
            ValueError: It is outside of the times.
        """
        first, last = float(self.times[0]), float(self.times[-1])
        if not first - 1e-9 <= time <= last + 1e-9:
            raise bad_value("time", f"be from {first:g} to {last:g}", time)
        return int(np.abs(self.times - time).argmin())

    def columns(self) -> dict[str, Array]:
        """The time, and every number of the observables, by name: what tables are made of.

        An observable that answers with an array has a column for each entry: ``name[0]``, ...
        """
        made: dict[str, Array] = {"t": self.times}
        for name, values in self.expect.items():
            if values.ndim == 1:
                made[name] = values
            else:
                rows = values.reshape(len(self.times), -1)
                made |= {f"{name}[{number}]": column for number, column in enumerate(rows.T)}
        return made

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`: a row per time, a column per observable.

        Raises:
            ImportError: pandas is not installed.
        """
        pandas = require("pandas", "Data frames")
        return pandas.DataFrame(self.columns()).set_index("t")

    def to_xarray(self) -> Any:
        """An `xarray.Dataset` over t, with ``density`` over t and the positions where it was kept.

        Raises:
            ImportError: xarray is not installed.
        """
        xarray = require("xarray", "Labelled arrays")
        values = {name: ("t", column) for name, column in self.columns().items() if name != "t"}
        variables: dict[str, Any] = dict(values)
        coordinates: dict[str, Any] = {"t": self.times, "D": ("t", self.diffusions)}
        if self.densities is not None:
            names = [f"x{number}" for number in range(1, self.grid.dimensions + 1)]
            axes = zip(names, self.grid.axes, strict=True)
            coordinates |= {name: axis.points for name, axis in axes}
            variables["density"] = (("t", *names), self.densities)
        return xarray.Dataset(variables, coords=coordinates)

    def plot(self, names: Sequence[str] | None = None) -> Any:
        """`plot_evolution` of this: a curve per observable, and the density where it was kept."""
        import qdml_quantum as qdml  # Figures stand above results: by their public name.

        return qdml.plot_evolution(self, names=names)

    def save(self, folder: str | Path) -> Path:
        """Write `evolution.npz` and last `evolution.json` with its hash, each atomically.

        Raises:
            OSError: The folder cannot be made or written.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        kept = {"states": self.states, "densities": self.densities}
        arrays: dict[str, Any] = {
            "times": self.times,
            "diffusions": self.diffusions,
            "state": self.state,
            "zeta": self.problem.values,
            **{name: values for name, values in kept.items() if values is not None},
            **{f"expect_{number}": values for number, values in enumerate(self.expect.values())},
        }
        anneal = self.anneal if isinstance(self.anneal, Anneal) else None
        if anneal is not None:
            arrays |= {f"anneal_{name}": values for name, values in anneal.arrays().items()}
        plain = {
            "format": FORMAT,
            "problem": self.problem.to_dict(),
            "anneal": None if anneal is None else anneal.to_dict(),
            "observables": list(self.expect),
            "unitary": self.unitary,
            "error": self.error,
            "checks": [check.to_dict() for check in self.checks],
            "arrays_sha256": write_arrays(folder / ARRAYS_FILE, arrays),
        }
        write_sealed(folder / EVOLUTION_FILE, finite_json(plain))
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Evolution:
        """Read what `save` wrote. Nothing is unpickled and no user code is run.

        Raises:
            FileNotFoundError: There is no `evolution.json`.
            DamagedFileError: A file is missing, truncated, of another version, or does not match
                its hash.
        """
        folder = Path(folder)
        path = folder / EVOLUTION_FILE
        data = read_sealed(path, remedy="Remove it and run again.")
        with unpacked(path, data, FORMAT):
            arrays = read_arrays(folder / ARRAYS_FILE, data["arrays_sha256"])
            problem = Problem.from_dict(data["problem"], arrays["zeta"])
            anneal = data["anneal"]
            if anneal is not None:
                own = {n.removeprefix("anneal_"): v for n, v in arrays.items() if "anneal_" in n}
                anneal = Anneal.from_dict(anneal, own)
            return cls(
                problem=problem if anneal is None else anneal.problem,
                anneal=anneal,
                times=arrays["times"],
                diffusions=arrays["diffusions"],
                expect={n: arrays[f"expect_{i}"] for i, n in enumerate(data["observables"])},
                state=arrays["state"],
                states=arrays.get("states"),
                densities=arrays.get("densities"),
                unitary=data["unitary"],
                error=data["error"],
                checks=tuple(Check.from_dict(check) for check in data["checks"]),
            )

    @property
    def headline(self) -> str:
        """One sentence: what moved for how long, and whether the numbers can be trusted."""
        first, last = float(self.times[0]), float(self.times[-1])
        words = f"{self.problem.objective.name} on {self.grid}, t = {first:g} to {last:g}"
        if not self.unitary:
            words += f", not unitary: {self.probabilities.sum():.3g} of the norm is left"
        if self.error is not None:
            words += f", state to {self.error:.1g}"
        failed = [check.name for check in self.checks if check.decides and not check.passed]
        return words + (f"; not to be trusted as it is: {', '.join(failed)}" if failed else "")

    def __str__(self) -> str:
        made = self.columns()
        shown = np.unique(np.linspace(0, len(self.times) - 1, _ROWS).astype(int))
        rows = [tuple(made), *(tuple(f"{c[row]:.6g}" for c in made.values()) for row in shown)]
        left = len(self.times) - len(shown)
        parts = [self.headline, "", *columns(rows)]
        parts += [f"  ... {left} more times: `expect` has all"] if left else []
        return "\n".join([*parts, "", *check_rows(self.checks)])

    def _repr_html_(self) -> str:
        made = self.columns()
        shown = np.unique(np.linspace(0, len(self.times) - 1, _ROWS).astype(int))
        rows = [tuple(f"{column[row]:.6g}" for column in made.values()) for row in shown]
        return html.block(self.headline, html.table(rows, tuple(made)), check_lines(self.checks))

    def __repr__(self) -> str:
        return (
            f"Evolution({self.problem.objective.name!r}, {len(self.times)} times to "
            f"t = {self.times[-1]:g}, expect={list(self.expect)}, passed={self.passed})"
        )
