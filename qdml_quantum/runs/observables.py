"""What is asked of a state at many times: by name, as a formula, as an array, or as a function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.objectives.formulas.formula import parse_formula
from qdml_quantum.objectives.formulas.grammar import LETTERS, NUMBERED
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.support.arrays import Array, real_array, squared_norm
from qdml_quantum.support.messages import FormulaError, bad_type, bad_value

Observables: TypeAlias = str | Iterable[Any] | Mapping[str, Any]
"""Names, formulas and functions, or a mapping of names to formulas, arrays and functions."""

_NAMED = re.compile(r"(x|p|level|entropy)(\d*)(_width)?")
_SIDE = re.compile(r"\s*(\w+)\s*([<>])\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*")
_USAGE = 'Write "x", "p", "x_width", "energy", "entropy", "level0", "x < 0.5" or "x**2".'


@dataclass(eq=False)
class Moment:
    """A state at one time, with what several observables share.

    Attributes:
        time: t.
        psi: Amplitudes, shape of the grid; of norm 1 but for what an absorber took.
        problem: Grid, and zeta at that time.
        diffusion: D at that time.
    """

    time: float
    psi: NDArray[Any]
    problem: Problem
    diffusion: float

    @cached_property
    def norm(self) -> float:
        """``sum |psi|^2``."""
        return squared_norm(self.psi)

    @cached_property
    def probabilities(self) -> Array:
        """``|psi|^2`` over its sum."""
        return _squares(self.psi, self.norm)

    @cached_property
    def moduli(self) -> Array:
        """``|scipy.fft.fftn(psi)|``."""
        return np.asarray(np.abs(scipy.fft.fftn(self.psi)))

    @cached_property
    def momenta(self) -> Array:
        """Probabilities of the wave numbers, in FFT order."""
        return _squares(self.moduli, squared_norm(self.moduli))


Read: TypeAlias = Callable[[Moment], Any]
"""From a moment to a number or an array."""


def read_observables(observables: Observables, grid: Grid) -> dict[str, Read]:
    """Observables by name, each as a function of a moment.

    Args:
        observables: See `evolve`.
        grid: Of the states.

    Raises:
        TypeError: Something is no text, array or function.
        ValueError: An unknown name, an axis that the grid does not have, an array of another shape,
            or a name that stands twice.

    >>> read = read_observables(("x", "x**2", "x < 1"), Grid([(0, 4)], 2))
    >>> here = Moment(0.0, np.array([0, 0, 1j, 0]), None, 1.0)
    >>> [float(one(here)) for one in read.values()]
    [2.0, 4.0, 0.0]
    """
    if isinstance(observables, str) or callable(observables):
        observables = (observables,)
    if isinstance(observables, Mapping):
        pairs = list(observables.items())
    else:
        pairs = [(_name_of(one), one) for one in observables]
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        must = "have names of their own"
        raise bad_value("observables", must, f"{twice[0]!r} twice", 'Write {"mine": function}.')
    return {name: _read(name, one, grid) for name, one in pairs}


def _name_of(observable: object) -> str:
    if isinstance(observable, str):
        return observable
    if not callable(observable):
        remedy = 'Write {"name": array} for what has no name of its own.'
        raise bad_type("observables", "hold names, formulas or functions", observable, remedy)
    return str(getattr(observable, "__name__", type(observable).__name__))


def _read(name: str, observable: object, grid: Grid) -> Read:
    if isinstance(observable, str):
        return _of_text(observable, grid)
    if callable(observable):
        return lambda moment: observable(moment.time, moment.psi)
    values = real_array(f"observables[{name!r}]", observable)
    if values.shape != grid.shape:
        must = f"have the shape of the grid {grid.shape}"
        raise bad_value(f"observables[{name!r}]", must, f"of shape {values.shape}")
    return lambda moment: np.vdot(moment.probabilities, values)


def _of_text(text: str, grid: Grid) -> Read:
    if text == "norm":
        return lambda moment: moment.norm
    if text == "energy":
        return _energy(grid)
    if side := _SIDE.fullmatch(text):
        axis, limit = _axis(side[1], grid, text), float(side[3])
        points = grid.axes[axis].points
        inside = points < limit if side[2] == "<" else points > limit
        return lambda moment: moment.norm * _along(moment.probabilities, axis)[inside].sum()
    if named := _NAMED.fullmatch(text):
        kind, number, width = named[1], named[2], bool(named[3])
        if kind == "level" and number and not width:
            return _population(int(number))
        if kind == "entropy" and not width:
            return _entropy(int(number or 1) - 1, grid)
        if kind in "xp":
            return _mean(kind, _axis(f"x{number}", grid, text), width, grid)
    if text.endswith("_width") and text.removesuffix("_width") in LETTERS:
        return _mean("x", _axis(text.removesuffix("_width"), grid, text), True, grid)
    numbered = any(name in text for name in NUMBERED)
    try:
        formula = parse_formula(text, (NUMBERED if numbered else LETTERS)[: grid.dimensions])
    except FormulaError as error:
        must = "be names, or formulas of the position"
        raise bad_value("observables", must, text, f"{_USAGE} {error}") from None
    values = np.broadcast_to(formula(*grid.coordinates()), grid.shape)
    return lambda moment: np.vdot(moment.probabilities, values)


def _axis(name: str, grid: Grid, text: str) -> int:
    """Number of the axis of a coordinate: x, y, z, w or x1, x2, ...; x alone is the first."""
    names = LETTERS if name in LETTERS else NUMBERED
    if name not in names[: grid.dimensions]:
        known = ", ".join(NUMBERED[: grid.dimensions])
        raise bad_value("observables", f"be of the coordinates {known}", text, _USAGE)
    return names.index(name)


def _energy(grid: Grid) -> Read:
    """``<D k^2> + <zeta>``, from what the momenta and the positions share."""
    squares = [axis.wave_numbers**2 for axis in grid.axes]

    def read(moment: Moment) -> float:
        pairs = enumerate(squares)
        kinetic = sum(square @ _along(moment.momenta, axis) for axis, square in pairs)
        potential = np.vdot(moment.probabilities, moment.problem.values)
        return float(moment.diffusion * kinetic + potential)

    return read


def _mean(kind: str, axis: int, width: bool, grid: Grid) -> Read:
    ruler = grid.axes[axis]
    values = ruler.points if kind == "x" else ruler.wave_numbers

    def read(moment: Moment) -> float:
        weights = _along(moment.probabilities if kind == "x" else moment.momenta, axis)
        mean = weights @ values
        return float(np.sqrt(weights @ (values - mean) ** 2) if width else mean)

    return read


def _population(level: int) -> Read:
    """``|<level|psi>|^2`` of the Hamiltonian of the moment; levels are found once for each."""
    known: dict[tuple[Problem, float], Array] = {}

    def read(moment: Moment) -> float:
        key = (moment.problem, moment.diffusion)
        if key not in known:
            known.clear()
            known[key] = eigenstates(moment.problem, moment.diffusion, level + 1)[1][level]
        return float(np.abs(np.vdot(known[key], moment.psi)) ** 2)

    return read


def _entropy(axis: int, grid: Grid) -> Read:
    """``-sum_i p_i log p_i``, p_i the squared Schmidt coefficients between an axis and the rest."""
    if grid.dimensions == 1 or axis not in range(grid.dimensions):
        must = "ask for the entropy between an axis and the others, of which there must be some"
        actual = f"entropy{axis + 1} on a grid of {grid.dimensions}"
        raise bad_value("observables", must, actual)

    def read(moment: Moment) -> float:
        matrix = np.moveaxis(moment.psi, axis, 0).reshape(grid.shape[axis], -1)
        weights = np.linalg.svd(matrix, compute_uv=False) ** 2 / moment.norm
        weights = weights[weights > 0]
        return float(np.abs(weights @ np.log(weights)))

    return read


def _squares(amplitudes: NDArray[Any], norm: float) -> Array:
    """``|a|^2 / norm``, in one array: another costs as much as two of these passes."""
    weights = np.asarray(np.abs(amplitudes), dtype=np.float64)
    weights *= weights
    weights /= norm
    return weights


def _along(weights: Array, axis: int) -> Array:
    others = tuple(other for other in range(weights.ndim) if other != axis)
    return np.asarray(weights.sum(axis=others) if others else weights)


def hamiltonian_spread(moment: Moment) -> float:
    """``sqrt(<H^2> - <H>^2)`` of a moment: about the rate at which its phases turn."""
    variance = Hamiltonian(moment.problem, moment.diffusion).variance(moment.psi)
    return float(np.sqrt(variance))
