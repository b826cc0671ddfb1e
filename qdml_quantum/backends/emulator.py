"""The ideal outcome, straight from the recipe, in real or imaginary time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from qdml_quantum.backends.base import OnStage, Outcome, Task
from qdml_quantum.backends.engines import DEFAULT_ENGINE, engine_class
from qdml_quantum.backends.engines.base import PRECISIONS, Engine, State
from qdml_quantum.backends.engines.numpy_engine import NumPyEngine
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.propagate import required_bytes
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import bad_value, unknown
from qdml_quantum.support.processes import number_of_processes
from qdml_quantum.support.typed import typed


class Emulator:
    """Applies the phases of the recipe to an array.

    Args:
        precision: ``"double"`` (default) or ``"single"``: half the memory, about twice the speed,
            errors of about 1e-6 per hundred steps.
        workers: Threads of the FFT; default all cores where they gain: from 2^14 points in two and
            more dimensions. Of the engine ``"numpy"``.
        engine: What holds and moves the state: ``"numpy"`` (default), or ``"jax"``, which is for
            accelerators and several devices and needs the extra ``jax``.
        devices: Of the engine ``"jax"``; default one below 2^18 points, and all that fit the grid
            above.

    Raises:
        ImportError: The engine is not installed.
        ValueError: An unknown precision or engine, or an option of the other engine.
    """

    name = "emulator"
    imaginary = False
    staged = True
    gate_level = False
    compiler = "walsh"

    @typed
    def __init__(
        self,
        *,
        precision: str = "double",
        workers: int | None = None,
        engine: str = DEFAULT_ENGINE,
        devices: int | None = None,
    ) -> None:
        if precision not in PRECISIONS:
            raise ValueError(unknown("precision", precision, PRECISIONS))
        self.precision, self.engine = precision, engine
        self._engine_class = engine_class(engine)
        self._options: dict[str, Any] = {"workers": workers, "devices": devices}
        other = self._options.pop("devices" if engine == DEFAULT_ENGINE else "workers")
        if other is not None:
            name = "devices" if other is devices else "workers"
            raise bad_value(name, f"be left out of the engine {engine}", other)
        self._last: Engine | None = None
        self._end: State = None
        if self.is_shared:  # A script may have called JAX's own `initialize`.
            from qdml_quantum.backends.engines.jax_hosts import tell

            tell()

    def engine_for(self, problem: Problem) -> Engine:
        """What holds the states of a problem; the same one as long as the problem is asked for."""
        if self._last is None or self._last.problem is not problem:
            shared = {"imaginary": self.imaginary, "precision": self.precision}
            self._last = self._engine_class(problem, **shared, **self._options)
        assert self._last is not None
        return self._last

    def observer(self, problem: Problem) -> Engine:
        """What understands the states: of arrays one of its own, in double precision."""
        if self.engine == DEFAULT_ENGINE:
            return NumPyEngine(problem, imaginary=self.imaginary)
        return self.engine_for(problem)

    @property
    def is_shared(self) -> bool:
        """Whether several processes hold one state, which is then nowhere as a whole."""
        return len(self.together([0])) > 1

    def together(self, numbers: Sequence[int]) -> list[tuple[int, ...]]:
        """The numbers that every process of the run has; see `jax_hosts`."""
        if self.engine == DEFAULT_ENGINE:
            return [tuple(numbers)]
        from qdml_quantum.backends.engines.jax_hosts import together  # Late: NumPy has one process.

        return together(numbers)

    @property
    def final_state(self) -> Callable[[Anneal], NDArray[Any]] | None:
        """Evolves an anneal by the engine; None where `Anneal.final_state` does just that."""
        return None if self.engine == DEFAULT_ENGINE else self._evolved

    def _evolved(self, anneal: Anneal) -> NDArray[Any]:
        engine = self.engine_for(anneal.problem)
        whole = engine.whole(engine.run(engine.begin(anneal), anneal.recipe.stages))
        return anneal.final_state(imaginary=self.imaginary) if whole is None else whole

    def moved_by_halving(self, anneal: Anneal) -> float:
        """Probability that moves when every step is halved, where the last run left its state.

        Args:
            anneal: What was run last.
        """
        engine = self.engine_for(anneal.problem)
        fine = anneal.halved()
        return engine.distance(self._end, engine.run(engine.begin(fine), fine.recipe.stages))

    def run(self, task: Task, *, start: tuple[int, State] | None, on_stage: OnStage) -> Outcome:
        """Run every stage in turn; see `Backend.run`."""
        anneal = task.anneal
        engine = self.engine_for(anneal.problem)
        if start is None:
            first, state = 0, engine.begin(anneal)
        else:
            first, state = start[0], engine.place(start[1])
        for number, moves in enumerate(anneal.recipe.stages[first:], first):
            state = engine.run(state, [moves], task.look)
            on_stage(number, state)
        counts = None
        if task.shots is not None:
            counts = engine.sample(state, task.basis, task.shots, task.seed)
        self._end = state if self.is_shared else None
        return Outcome(engine.whole(state), counts)

    def required_bytes(self, problem: Problem, schedule: Schedule | None = None) -> int:
        """What the arrays of the propagator take in this process; see `Backend.required_bytes`."""
        whole = required_bytes(problem.grid.size, PRECISIONS[self.precision])
        return whole // number_of_processes()

    def step_budget(self, problem: Problem) -> int:
        """Steps in about 15 s at 20 us + 40 ns per point [measured, two cores], at most 60,000.

        Trials and the check of the time step take several times that.
        """
        return int(max(1, min(60_000, 15 / (20e-6 + 40e-9 * problem.grid.size))))

    def identity(self) -> dict[str, Any]:
        """Name and precision; and the engine, unless it is NumPy.

        Devices are left out: on another number of them a run goes on, to the last digits but two.
        """
        engine = {} if self.engine == DEFAULT_ENGINE else {"engine": self.engine}
        return {"name": self.name, "precision": self.precision} | engine


class ImaginaryTime(Emulator):
    """Runs the stages under ``t = -i tau``: ``dpsi/dtau = -(H - min zeta) psi``, normalised.

    The same schedule as in real time, ready to be laid beside it (`Comparison`). Where `relax`
    goes on until it has converged at one D, this follows D stage by stage as the anneal does.
    Options are those of `Emulator`.

    References:
        P. Wang and M. Maimaitiabudula, Quantum Dynamics of Machine Learning, Acta Phys. Sin. 74,
        060701 (2025), doi 10.7498/aps.74.20240999.
    """

    name = "imaginary-time"
    imaginary = True

    def run(self, task: Task, *, start: tuple[int, State] | None, on_stage: OnStage) -> Outcome:
        """Run every stage in turn; see `Backend.run`.

        Raises:
            ValueError: The formula has negative fractions: high energies would grow without bound.
        """
        formula = task.anneal.formula
        if formula.has_negative_fractions:
            must = "have no negative fractions in imaginary time"
            remedy = "High energies would grow without bound: use strang (--formula strang)."
            raise bad_value("formula", must, f"`{formula.name}`", remedy)
        return super().run(task, start=start, on_stage=on_stage)
