"""What changes with the time besides D: a potential that drives, and the anneal that it drives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.dynamics.formulas import Formula, as_formula
from qdml_quantum.dynamics.recipe import FORMULA, Recipe, recipe_of
from qdml_quantum.dynamics.schedule import Stage
from qdml_quantum.objectives.formulas.formula import ParsedFormula, parse_formula
from qdml_quantum.objectives.formulas.grammar import LETTERS, NUMBERED
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial, amplitudes, as_initial
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_type, bad_value


@dataclass(frozen=True, eq=False)
class Drive:
    """A potential that changes with the time, ``zeta(x, t) = zeta(x) + drive(x, t)``.

    Args:
        function: Of one array of positions per axis and of the time, answering with an array of
            their shape or one number; or a formula of them, with t for the time.

    Raises:
        TypeError: It is neither.
        FormulaError: The text is no formula of the coordinates and t.

    >>> from qdml_quantum.problem.grid import Grid
    >>> Drive("x*cos(2*pi*t)").values(Grid([(0, 4)], 2), 0.5).round(9) + 0.0
    array([ 0., -1., -2., -3.])
    """

    function: Callable[..., ArrayLike] | str

    def __post_init__(self) -> None:
        if not isinstance(self.function, str) and not callable(self.function):
            remedy = 'Write "x*cos(t)", or lambda x, t: x * np.cos(t).'
            raise bad_type("drive", "be a function of x and t, or a formula", self.function, remedy)

    def values(self, grid: Grid, time: float) -> Array:
        """The potential on the grid at one time, shape of the grid.

        Raises:
            TypeError: It is complex.
            ValueError: It is not finite, or of another shape.
        """
        answer = self._called(grid)(*grid.coordinates(), time)
        values = real_array("The answer of `drive`", answer)
        try:
            return np.broadcast_to(values, grid.shape)
        except ValueError:
            must = f"answer with one number for each of {grid.shape} points"
            actual = f"a function whose answer has the shape {values.shape}"
            raise bad_value("drive", must, actual, "Use NumPy's functions of arrays.") from None

    def _called(self, grid: Grid) -> Callable[..., ArrayLike]:
        if not isinstance(self.function, str):
            return self.function
        return _parsed(self.function, grid.dimensions)


@lru_cache(maxsize=16)
def _parsed(text: str, dimensions: int) -> ParsedFormula:
    """A formula of the coordinates and t; it is asked for in every step."""
    numbered, letters = NUMBERED[:dimensions], LETTERS[:dimensions]
    names = numbered if any(name in text for name in numbered) else letters
    return parse_formula(text, (*names, "t"))


@dataclass(frozen=True, eq=False)
class DrivenAnneal:
    """Everything that fixes ``i dpsi/dt = [-D(t) lap + zeta(x) + drive(x, t)] psi``.

    What `evolve` makes where D rises or the potential changes; `build` reads the same recipe. It is
    no `Anneal`: there is no one Hamiltonian whose ground state could be the goal, so that nothing
    judges it.

    A factor of the potential is taken at the time that the kinetic factors before it have reached,
    and a kinetic factor has the integral of D(t) over the time that it takes, as if the time were
    one more coordinate, moved along by them: every formula keeps its order.

    Args:
        problem: Grid and the part of the potential that stays.
        stages: D and time steps, in any order of D; where there is a `curve`, D is not read.
        formula: Product formula; default ``"strang"``.
        initial: Initial state, as for `Anneal`.
        drive: The part that changes; default none.
        curve: D(t), default that of the stages.

    Raises:
        TypeError: `stages` holds something else than `Stage`.
        ValueError: A stage is coarse or folded, the formula is unknown, or the initial state bad.

    >>> from qdml_quantum.problem.grid import Grid
    >>> well = Problem(Grid([(-4, 4)], 5), "harmonic")
    >>> shaken = DrivenAnneal(well, (Stage(0.5, 0.1, 2),), drive=Drive("x*sin(t)"))
    >>> [phase.time for phase in shaken.recipe.phases if phase.term == "potential"]
    [0.0, 0.1, 0.2]
    """

    problem: Problem
    stages: tuple[Stage, ...]
    formula: str | Formula = FORMULA
    initial: Initial = "uniform"
    drive: Drive | None = None
    curve: Callable[[float], float] | None = None

    def __post_init__(self) -> None:
        stages = tuple(self.stages)
        if not stages or not all(isinstance(stage, Stage) for stage in stages):
            remedy = "Write [Stage(diffusion=1.0, time_step=0.1, num_steps=100)]."
            raise bad_type("stages", "be one or more Stage objects", stages, remedy)
        if any(stage.coarse or stage.fold for stage in stages):
            raise bad_value("stages", "be neither coarse nor folded in a driven anneal", stages)
        object.__setattr__(self, "stages", stages)
        object.__setattr__(self, "formula", as_formula(self.formula))
        object.__setattr__(self, "initial", as_initial(self.initial, self.grid))

    @property
    def grid(self) -> Grid:
        """Grid of the problem."""
        return self.problem.grid

    @cached_property
    def recipe(self) -> Recipe:
        """Merged phases of all stages, those of the potential with their times; made once."""
        timed = self.drive is not None
        return recipe_of(self.stages, as_formula(self.formula), timed=timed, curve=self.curve)

    @property
    def start(self) -> NDArray[np.complex128]:
        """Amplitudes of the initial state, a fresh array of the shape of the grid."""
        return amplitudes(self.initial, self.grid)

    def at(self, time: float) -> Problem:
        """The problem with the potential of one time.

        >>> from qdml_quantum.problem.grid import Grid
        >>> flat = Problem(Grid([(0, 4)], 2), lambda x: 0 * x)
        >>> DrivenAnneal(flat, (Stage(1, 1, 1),), drive=Drive("t*x")).at(2.0).values
        array([0., 2., 4., 6.])
        """
        return self.problem if self.drive is None else driven(self.problem, self.drive, time)

    def halved(self) -> DrivenAnneal:
        """The same stages in twice as many steps of half the length."""
        halves = (
            replace(stage, time_step=stage.time_step / 2, num_steps=2 * stage.num_steps)
            for stage in self.stages
        )
        return replace(self, stages=tuple(halves))

    def __repr__(self) -> str:
        words = "" if self.drive is None else f", drive={self.drive.function!r}"
        steps = sum(stage.num_steps for stage in self.stages)
        return f"DrivenAnneal({self.problem!r}, {len(self.stages)} stages, {steps} steps{words})"


def driven(problem: Problem, drive: Drive, time: float | None) -> Problem:
    """A problem with what drives it at one time added to its values."""
    values: Any = problem.values
    if time is not None:
        values = values + drive.values(problem.grid, time)
    return Problem.from_table(values, problem.grid.bounds, name=problem.objective.name)
