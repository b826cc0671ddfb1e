"""The anneal: a problem, a schedule, a product formula and a start, with the recipe they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.dynamics.dispersion import fold_of_axes
from qdml_quantum.dynamics.formulas import FORMULAS, Formula
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import Recipe, formula_of, make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, Initial, amplitudes, as_initial, initial_to_dict
from qdml_quantum.support.store import content_id, finite_json
from qdml_quantum.support.typed import typed_fields


@typed_fields
@dataclass(frozen=True, eq=False, init=False)
class Anneal:
    """Everything that fixes ``i dpsi/dt = [-D lap + zeta(x)] psi`` with D falling in stages.

    The emulator, the circuit builder and the device planner all read the one `recipe`.

    Args:
        problem: Grid and objective.
        schedule: Stages of D and time steps.
        formula: Product formula, ``"lie"``, ``"strang"`` or ``"suzuki4"``, or a `Formula`; default
            ``"strang"``, and ``"lie"`` for a schedule with a goal.
        initial: ``"uniform"`` (default: the ground state at large D), a `Gaussian`, amplitudes of
            the shape of the grid, a function of one array of positions per axis, or a circuit that
            makes the state.

    Raises:
        TypeError: A part has the wrong type.
        ValueError: An unknown formula, a bad initial state, or stages too coarse for the grid, or
            with more folded phases than their registers have.

    >>> well = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> one = Anneal(well, Schedule.constant(0.5, num_steps=1, time_step=0.3))
    >>> one.formula.name, len(one.recipe.phases), one.id == one.halved().id
    ('strang', 3, False)
    """

    problem: Problem
    schedule: Schedule
    formula: Formula
    initial: str | Gaussian | NDArray[np.complex128]

    def __init__(
        self,
        problem: Problem,
        schedule: Schedule,
        formula: str | Formula | None = None,
        initial: Initial = "uniform",
    ) -> None:
        problem.grid.thinned(schedule.coarse)
        for stage in schedule.stages:
            if stage.fold:
                fold_of_axes(stage.fold, problem.grid.thinned(stage.coarse))
        parts = {
            "problem": problem,
            # What fixes the evolution, without what an optimisation knows besides.
            "schedule": Schedule(schedule.stages, schedule.goal),
            "formula": formula_of(schedule, formula),
            "initial": as_initial(initial, problem.grid),
        }
        for name, value in parts.items():
            object.__setattr__(self, name, value)

    @property
    def grid(self) -> Grid:
        """Grid of the problem."""
        return self.problem.grid

    @property
    def diffusion(self) -> float:
        """D of the Hamiltonian that energies refer to: that of the end of the schedule."""
        return self.schedule.final_diffusion

    def diffusion_after(self, number: int) -> float:
        """D of the Hamiltonian that the energy after a stage refers to."""
        free = self.schedule.is_free
        return self.diffusion if free else self.schedule.stages[number].diffusion

    @cached_property
    def recipe(self) -> Recipe:
        """Merged phases of all stages, made once."""
        return make_recipe(self.schedule, self.formula)

    @property
    def start(self) -> NDArray[np.complex128]:
        """Amplitudes of the initial state, a fresh array of the shape of the grid."""
        return amplitudes(self.initial, self.grid, self.schedule.coarse)

    def final_state(
        self, problem: Problem | None = None, *, imaginary: bool = False
    ) -> NDArray[np.complex128]:
        """State at the end, from the emulator.

        Args:
            problem: Another objective on the same grid, such as one with small terms left out.
            imaginary: Evolve in imaginary time, ``t = -i tau``, and normalise.
        """
        reader = Propagator(problem or self.problem, imaginary=imaginary)
        return reader.run(self.start, self.recipe.moves)

    @property
    def resources(self) -> dict[str, Any]:
        """Qubits, stages, steps and time, in plain JSON."""
        return {
            "num_qubits": self.grid.num_qubits,
            "qubits_per_axis": list(self.grid.qubits_per_axis),
            "num_stages": len(self.schedule.stages),
            "num_steps": self.schedule.num_steps,
            "evolution_time": self.schedule.time,
        }

    def halved(self) -> Anneal:
        """The same evolution in twice as many steps of half the length."""
        return replace(self, schedule=self.schedule.halved())

    def cut(self, num_steps: int) -> Anneal:
        """The first Trotter steps of it; its recipe begins like that of the whole."""
        return replace(self, schedule=self.schedule.cut(num_steps))

    def after(self, num_steps: int) -> Anneal:
        """The rest of it, which begins with the state that the first Trotter steps make.

        >>> well = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
        >>> one = Anneal(well, Schedule.constant(0.5, num_steps=3, time_step=0.3))
        >>> np.allclose(one.after(2).final_state(), one.final_state())
        True
        """
        if not num_steps:
            return self
        schedule, state = self.schedule.after(num_steps), self.cut(num_steps).final_state()
        return replace(self, schedule=schedule, initial=state)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form; samples and amplitudes are there as hashes."""
        told = asdict(self.formula)
        plain = {
            "problem": self.problem.to_dict(),
            "values_sha256": self.problem.values_hash,
            "schedule": self.schedule.to_dict(),
            "formula": {key: told[key] for key in ("name", "order", "factors")},
            "initial": initial_to_dict(self.initial, self.grid),
        }
        return dict(finite_json(plain))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the plain form has only hashes of: the samples, and amplitudes of the start."""
        start = {"initial": self.initial} if isinstance(self.initial, np.ndarray) else {}
        return {"values": self.problem.values, **start}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Anneal:
        """Read what `to_dict` wrote, with what `arrays` gave; no user code is run."""
        told = data["formula"]
        factors = tuple((term, fraction) for term, fraction in told["factors"])
        formula = Formula(told["name"], told["order"], factors)
        known = FORMULAS.get(formula.name)
        return cls(
            Problem.from_dict(data["problem"], arrays["values"]),
            Schedule.from_dict(data["schedule"]),
            known if known and replace(known, reference="") == formula else formula,
            arrays.get("initial", data["initial"]),
        )

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that are the same for the same anneal."""
        return content_id(self.to_dict())

    def __repr__(self) -> str:
        return f"Anneal({self.problem!r}, {self.schedule}, {self.formula.name!r})"


def as_anneal(
    problem: Problem | Anneal,
    schedule: Schedule | None = None,
    *,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
) -> Anneal:
    """An `Anneal` as it is, or made of its parts.

    Raises:
        TypeError: An `Anneal` together with other parts than its own, or no schedule.
    """
    if not isinstance(problem, Anneal):
        return Anneal(problem, schedule, formula, initial)  # type: ignore[arg-type]  # is checked
    if schedule is not None or formula is not None or not isinstance(initial, str):
        raise TypeError(
            "An `Anneal` has its schedule, formula and initial state already. Give them to "
            "`Anneal(...)`, or hand over a `Problem`."
        )
    return problem
