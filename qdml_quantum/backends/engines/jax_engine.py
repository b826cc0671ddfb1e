"""States as arrays of JAX, on one device or cut over several.

How they lie is in `jax_layout`, what is compiled in `jax_programs`, and how stages are told apart
for that in `jax_forms`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.backends.engines.base import PRECISIONS, Sight, Trail
from qdml_quantum.backends.engines.jax_block import JaxBlockSteps
from qdml_quantum.backends.engines.jax_devices import chosen_devices
from qdml_quantum.backends.engines.jax_forms import Work, segments, shape_of, work_of
from qdml_quantum.backends.engines.jax_layout import (
    BLOCKS,
    POSITION,
    WAVE,
    Layout,
    jax,
    jnp,
    matrix_shape,
)
from qdml_quantum.backends.engines.jax_levels import picking, putting, refining
from qdml_quantum.backends.engines.jax_programs import (
    ANGLES,
    FOLDS,
    LOWEST,
    ZETA,
    comparing,
    edging,
    in_register_order,
    inner_and_fine,
    observing,
    program_of,
    program_of_many,
    seen_stages_of_many,
    weighing,
)
from qdml_quantum.diagnostics.metrics import BASES, require_basis, sample_blocks
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.dispersion import fold_of_axes, folded_squares
from qdml_quantum.dynamics.propagate import look_after, refuse_imaginary, vanished
from qdml_quantum.dynamics.recipe import Move, Phase, Refine
from qdml_quantum.problem.coarse import Coarse, per_axis
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, strides
from qdml_quantum.reference.block import BlockSteps
from qdml_quantum.support.memory import available_memory
from qdml_quantum.support.messages import bad_value

SEVERAL, COARSE = "its grid lies on several devices", "it has coarse stages"
"""Why an anneal is not moved with others."""
_NORM = 1e-2
"""A norm that is off by more means that a transform went wrong: rounding never gets there."""


class _Placed:
    """What is placed of a problem on one grid: zeta, and vectors along its axes.

    Args:
        problem: On the full grid.
        coarse: Idle qubits of the one that is placed.
        layout: How that lies on devices.
        imaginary: Whether time is imaginary.
    """

    def __init__(self, problem: Problem, coarse: Coarse, layout: Layout, imaginary: bool) -> None:
        self.grid = problem.grid.thinned(coarse)
        self.layout = layout
        idle = per_axis(coarse, problem.grid.dimensions)

        def zeta(*indices: NDArray[Any]) -> NDArray[Any]:
            return problem.values_at(*(j << few for j, few in zip(indices, idle, strict=True)))

        self.zeta = layout.put(POSITION, float, zeta)
        self.lowest = float(jnp.min(self.zeta)) if imaginary else 0.0
        waves = [axis.wave_numbers for axis in self.grid.axes]
        self.squares = layout.axis_vectors([k**2 for k in waves], WAVE)
        self.twiddles = layout.twiddles()
        inner, fine = zip(*(inner_and_fine(size) for size in self.grid.shape), strict=True)
        self.inner = layout.axis_vectors(inner, POSITION)
        self.resolved = layout.axis_vectors(fine, WAVE)


class JaxEngine:
    """Applies the recipe to arrays of JAX.

    The state is cut over the devices (see `jax_layout`), zeta is asked for block by block, and only
    sums come back. Angles are of 64 bits in single precision too: of 32 bits they cost 2e-3 per
    hundred steps.

    Args:
        problem: Grid and objective.
        imaginary: Whether time is imaginary.
        precision: ``"double"`` (default) or ``"single"``.
        devices: How many; default one below 2^18 points, and all that fit the grid above.

    Raises:
        ImportError: JAX is not installed.
        ValueError: So many devices there are not, or the grid cannot be cut for them.

    >>> from qdml_quantum.dynamics.schedule import Schedule
    >>> from qdml_quantum.problem.grid import Grid
    >>> bowl = Problem(Grid([(-4, 4)], 6), "harmonic")
    >>> anneal = Anneal(bowl, Schedule.constant(1.0, num_steps=3, time_step=0.1))
    >>> engine = JaxEngine(bowl)
    >>> psi = engine.run(engine.begin(anneal), anneal.recipe.stages)
    >>> bool(abs(engine.whole(psi) - anneal.final_state()).max() < 1e-14)
    True
    """

    block_steps: ClassVar[type[BlockSteps]] = JaxBlockSteps

    def __init__(
        self,
        problem: Problem,
        *,
        imaginary: bool = False,
        precision: str = "double",
        devices: int | None = None,
    ) -> None:
        self.problem, self.imaginary = problem, imaginary
        self._dtype = PRECISIONS[precision]
        self._devices = chosen_devices(problem, devices)
        self._levels: dict[Coarse, _Placed] = {}
        self._masks: dict[Any, Any] = {}

    @property
    def num_devices(self) -> int:
        """Devices that the state is cut over."""
        return len(self._devices)

    @property
    def room(self) -> int:
        """See `Engine.room`; of the first device."""
        told = self._devices[0].memory_stats()
        if not told:  # A processor, whose memory is that of the machine.
            return available_memory()
        return int(told["bytes_limit"] - told["bytes_in_use"])

    def begin(self, anneal: Anneal) -> Any:
        """See `Engine.begin`."""
        initial, coarse = anneal.initial, anneal.schedule.coarse
        if isinstance(initial, np.ndarray):
            return self.place(anneal.start)
        grid = self.problem.grid.thinned(coarse)
        few: Sequence[NDArray[Any]]
        if isinstance(initial, Gaussian):
            few = initial.factors(grid)
        else:
            few = [np.full(axis.size, 1 / np.sqrt(axis.size)) for axis in grid.axes]
        factors = []
        full = self.problem.grid
        for size, part, own in zip(full.shape, strides(full, coarse), few, strict=True):
            factors.append(np.zeros(size, own.dtype))
            factors[-1][part] = own

        def block(*indices: NDArray[Any]) -> NDArray[Any]:
            parts = [factor[index] for factor, index in zip(factors, indices, strict=True)]
            product: NDArray[Any] = parts[0]
            for part in parts[1:]:
                product = product[..., None] * part
            return product

        return self._put(block)

    def place(self, psi: Any) -> Any:
        """See `Engine.place`."""
        if isinstance(psi, jax.Array) and psi.shape == self._level(0).layout.shape:
            with jax.enable_x64(True):
                return jnp.copy(psi)
        array = np.asarray(psi)
        return self._put(lambda *indices: array[np.ix_(*indices)])

    def run(
        self,
        state: Any,
        stages: Sequence[Sequence[Move]],
        look: Callable[[Any], None] | None = None,
    ) -> Any:
        """See `Engine.run`.

        Raises:
            FloatingPointError: A transform lost the norm.
            ValueError: Imaginary time cannot follow.
        """
        with jax.enable_x64(True):
            for piece, shown in self._pieces(stages, look):
                state = self._apply(state, piece)
                if shown and look is not None:
                    look(state)
            full, level = self._level(0).layout, self._level_of(state).layout
            return state if level is full else putting(full, level)(state)

    def shown(self, state: Any, coarse: Coarse) -> Any:
        """See `Engine.shown`."""
        return self.run(state, [[Refine(coarse, 0)]]) if coarse else state

    def observe(self, state: Any, diffusion: float, goal: Goal) -> Sight:
        """See `Engine.observe`."""
        level = self._level(0)
        with jax.enable_x64(True):
            seen = observing(level.layout)(state, *self._observed(level, goal), float(diffusion))
            return _sight(np.asarray(seen).tolist())

    def why_alone(self, anneal: Anneal) -> str:
        """See `Engine.why_alone`."""
        if self.num_devices > 1:
            return SEVERAL
        return COARSE if anneal.schedule.coarse else ""

    def run_many(
        self, anneals: Sequence[Anneal], goals: Sequence[Goal] | None = None
    ) -> list[Trail]:
        """See `Engine.run_many`: all at once, by one program, on one device.

        Raises:
            FloatingPointError: A transform lost the norm of one of them.
            ValueError: They have other forms or coarse stages, or there are several devices.
        """
        why = self.why_alone(anneals[0])
        if not why and {shape_of(anneal) for anneal in anneals} != {shape_of(anneals[0])}:
            why = "others have another grid, or other numbers of stages or steps"
        if why or anneals[0].grid != self.problem.grid:
            must = "be on one grid, with as many stages of as many steps, and none of them coarse"
            raise bad_value("anneals", must, why or "on another one", "Run them one by one.")
        with jax.enable_x64(True):
            return _Many(self, anneals, goals).trails()

    def distance(self, one: Any, other: Any) -> float:
        """See `Engine.distance`."""
        with jax.enable_x64(True):
            return float(comparing(self._level(0).layout)(one, other))

    def edge(self, state: Any) -> float:
        """See `Engine.edge`."""
        level = self._level_of(state)
        with jax.enable_x64(True):
            return float(edging(level.layout)(state, level.inner))

    def sample(self, state: Any, basis: str, shots: int, seed: int | None) -> dict[str, int]:
        """See `Engine.sample`; of probabilities no more than 2^20 are in one place."""
        require_basis(basis)
        level = self._level(0)
        space = POSITION if basis == BASES[0] else WAVE
        with jax.enable_x64(True):
            weights = weighing(level.layout, space)(state, level.twiddles)
            total = float(jnp.sum(weights))
            blocks = in_register_order(level.layout, weights, space)
            return sample_blocks(blocks, total, self.problem.grid.num_qubits, shots, seed)

    def whole(self, state: Any) -> NDArray[Any] | None:
        """See `Engine.whole`."""
        if not state.is_fully_addressable:
            return None
        return self._level(0).layout.to_grid(np.array(state))

    def blocks(self, state: Any) -> dict[str, NDArray[Any]]:
        """Those that lie in this process; at most 64 in all, whatever the number of devices."""
        axis, number, size = self._cut()
        blocks = {}
        for shard in state.addressable_shards:
            first = (shard.index[axis].start or 0) // size if self.num_devices > 1 else 0
            local = np.asarray(shard.data).reshape(_as_matrix(shard.data.shape))
            for part, values in enumerate(np.split(local, local.shape[axis] // size, axis)):
                blocks[_name(first + part, number)] = np.ascontiguousarray(values)
        return blocks

    def from_blocks(self, blocks: Mapping[str, NDArray[Any]]) -> Any:
        """See `Engine.from_blocks`."""
        layout = self._level(0).layout
        axis, number, size = self._cut()
        sharding = jax.sharding.NamedSharding(layout.mesh, layout.spec(POSITION))
        shape = list(_as_matrix(layout.shape))
        shape[axis] = size
        wanted = {
            _name(block, number)
            for part in sharding.addressable_devices_indices_map(layout.shape).values()
            for block in self._blocks_in(part, axis, number, size)
        }
        if any(name not in blocks or blocks[name].shape != tuple(shape) for name in wanted):
            return None
        if any(blocks[name].dtype != self._dtype for name in wanted):
            return None

        def fill(part: tuple[slice, ...]) -> NDArray[Any]:
            names = [_name(n, number) for n in self._blocks_in(part, axis, number, size)]
            local = np.concatenate([blocks[name] for name in names], axis)
            return local if layout.num_blocks > 1 else local.reshape(layout.shape)

        with jax.enable_x64(True):
            return jax.make_array_from_callback(layout.shape, sharding, fill)

    def compiled(self, moves: Sequence[Move]) -> Any:
        """The compiled program of a stage, for its text and the memory that it takes.

        Args:
            moves: Of a stage on one grid, or one refinement.
        """
        level, first = self._level(moves[0].coarse), moves[0]
        with jax.enable_x64(True):
            given: tuple[Any, ...]
            if isinstance(first, Refine):
                finer = self._level(first.after)
                program = refining(level.layout, finer.layout)
                given = (level.twiddles, finer.twiddles)
            else:
                (work,) = work_of([moves])
                program = program_of(level.layout, work.form, self._dtype, self.imaginary)
                given = self._arguments(level, work)
            sharding = jax.sharding.NamedSharding(level.layout.mesh, level.layout.spec(POSITION))
            state = jax.ShapeDtypeStruct(level.layout.shape, self._dtype, sharding=sharding)
            return program.lower(state, *given).compile()

    # What is placed

    def _level(self, coarse: Coarse) -> _Placed:
        if coarse not in self._levels:
            self._levels[coarse] = self._placed(self.problem, coarse)
        return self._levels[coarse]

    def _placed(self, problem: Problem, coarse: Coarse = 0) -> _Placed:
        layout = Layout(problem.grid.shape, tuple(self._devices))
        if coarse:
            layout = layout.thinned(problem.grid.thinned(coarse).shape)
        with jax.enable_x64(True):
            return _Placed(problem, coarse, layout, self.imaginary)

    def _level_of(self, state: Any) -> _Placed:
        return next(one for one in self._levels.values() if one.layout.shape == state.shape)

    def _put(self, block: Callable[..., NDArray[Any]]) -> Any:
        with jax.enable_x64(True):
            return self._level(0).layout.put(POSITION, self._dtype, block)

    def _observed(self, level: _Placed, goal: Goal) -> tuple[Any, ...]:
        """What a state is observed with, in the order of the programs."""
        masks = (level.zeta, self._mask(goal), level.squares, level.twiddles)
        return (*masks, level.inner, level.resolved)

    def _mask(self, goal: Goal) -> Any:
        known = self._masks.get("goal")
        if known is None or known[0] is not goal:
            mask = self._level(0).layout.put(POSITION, bool, goal.mask_at)
            known = self._masks["goal"] = (goal, mask)
        return known[1]

    # What is run

    def _pieces(
        self, stages: Sequence[Sequence[Move]], look: Any
    ) -> Iterator[tuple[list[Sequence[Move]], bool]]:
        """Stages as they are, or each of them cut where it is looked at."""
        if look is None:
            yield list(stages), False
            return
        for moves in stages:
            first = 0
            for number in sorted(look_after(moves)):
                yield [moves[first : number + 1]], True
                first = number + 1
            if moves[first:]:
                yield [moves[first:]], False

    def _apply(self, state: Any, stages: list[Sequence[Move]]) -> Any:
        alike = itertools.groupby(
            segments(stages), key=lambda part: (part[0].coarse, isinstance(part[0], Refine))
        )
        for (coarse, refines), group in alike:
            level, parts = self._level(coarse), list(group)
            if state.shape != level.layout.shape:
                state = picking(self._level(0).layout, level.layout)(state)
            if not refines:
                for work in work_of(parts):
                    state = self._call(level, work, state)
                continue
            for (move,) in parts:
                assert isinstance(move, Refine)
                finer = self._level(move.after)
                refined = refining(level.layout, finer.layout)
                state, level = refined(state, level.twiddles, finer.twiddles), finer
        return state

    def _call(self, level: _Placed, work: Work, state: Any) -> Any:
        program = program_of(level.layout, work.form, self._dtype, self.imaginary)
        state, norm, _ = program(state, *self._arguments(level, work))
        self._require_norm(float(norm))
        return state

    def _require_norm(self, weight: float) -> None:
        """Refuse what a stage left of the norm, 1 before, if it is something else."""
        if self.imaginary and not weight > 0:
            raise vanished()
        if not abs(weight - 1) < _NORM:
            raise FloatingPointError(
                f"The norm of the state must stay 1, but a stage left {math.sqrt(weight):.3g}: a "
                "transform of JAX went wrong. Use more devices, whose parts are smaller "
                "(--devices), or the engine numpy."
            )

    def _arguments(self, level: _Placed, work: Work) -> tuple[Any, ...]:
        """What stages are called with behind the state, in the order of their program."""
        angles, folds = self._angles_of(work.phases, level)
        times = np.zeros((len(angles), max(1, len(work.times[0]))), dtype=np.int64)
        for row, few in zip(times, work.times, strict=False):
            row[: len(few)] = few
        fixed = (level.zeta, level.squares, level.twiddles)
        numbers = (folds, angles, times, len(work.phases))
        return (*fixed, *numbers, level.lowest, level.inner)

    def _angles_of(
        self, stages: Sequence[tuple[Phase, ...]], level: _Placed
    ) -> tuple[NDArray[np.float64], list[Any]]:
        """Angles of the phases of stages of one form, and what those of the first are folded by.

        There are as many rows as the next power of two, so that few programs are compiled.
        """
        size = 1 << (len(stages) - 1).bit_length()
        angles = np.zeros((size, max(1, len(stages[0]))))
        for row, phases in zip(angles, stages, strict=False):
            row[: len(phases)] = [phase.angle for phase in phases]
            if self.imaginary:
                for phase in phases:
                    refuse_imaginary(phase)
        folds = []
        for phase in stages[0]:
            if phase.fold:
                own = fold_of_axes(phase.fold, level.grid)
                extra = [
                    np.asarray(fold) @ folded_squares(axis)[: len(fold)]
                    if fold
                    else np.zeros(axis.size)
                    for axis, fold in zip(level.grid.axes, own, strict=True)
                ]
                folds.append(level.layout.axis_vectors(extra, WAVE))
        return angles, folds

    # What is handed out

    def _cut(self) -> tuple[int, int, int]:
        """Axis along which blocks are cut, how many there are, and their size along it."""
        axis = 1 if self.problem.grid.dimensions == 1 else 0
        length = _as_matrix(self._level(0).layout.shape)[axis]
        number = min(BLOCKS, length)
        return axis, number, length // number

    def _blocks_in(
        self, part: tuple[slice, ...], axis: int, number: int, size: int
    ) -> Sequence[int]:
        if self.num_devices == 1:
            return range(number)
        first, last = part[axis].start or 0, part[axis].stop
        return range(first // size, (number * size if last is None else last) // size)


class _Many:
    """Anneals of one shape, moved at once: every array has one more axis, the first.

    What they share (vectors along axes, and zeta where all have the same problem) has not.
    """

    def __init__(
        self, engine: JaxEngine, anneals: Sequence[Anneal], goals: Sequence[Goal] | None
    ) -> None:
        self.engine, self.anneals, self.goals = engine, anneals, goals
        goal = goals[0] if goals else None
        self.own = any(one.problem is not anneals[0].problem for one in anneals)
        self.own = self.own or any(one is not goal for one in goals or ())
        known: dict[int, _Placed] = {id(engine.problem): engine._level(0)}
        for anneal in anneals:
            if id(anneal.problem) not in known:
                known[id(anneal.problem)] = engine._placed(anneal.problem)
        self.placed = [known[id(anneal.problem)] for anneal in anneals]
        self.layout = self.placed[0].layout
        self.zeta = self._each([one.zeta for one in self.placed])
        self.lowest = self._each([one.lowest for one in self.placed])

    def _each(self, values: Sequence[Any]) -> Any:
        return jnp.stack(values) if self.own else values[0]

    def trails(self) -> list[Trail]:
        """Move all, look at all, and hand all over."""
        states = jnp.stack([self.engine.begin(anneal) for anneal in self.anneals])
        sights: list[list[Sight]] = [[] for _ in self.anneals]
        if self.goals is None:
            states = self._moved(states)
        else:
            states = self._followed(states, self.goals, sights)
        whole = (self.layout.to_grid(array) for array in np.array(states))
        return [Trail(state, tuple(seen)) for state, seen in zip(whole, sights, strict=True)]

    def _moved(self, states: Any) -> Any:
        """States at the end."""
        for works in zip(*(work_of(one.recipe.stages) for one in self.anneals), strict=True):
            program = program_of_many(self.layout, works[0].form, *self._kind)
            states, norms, _ = program(states, *self._given(works))
            self._require_norms(norms)
        return states

    def _followed(self, states: Any, goals: Sequence[Goal], sights: list[list[Sight]]) -> Any:
        """The same, with what is seen at the end of every stage."""
        masks, level = self._each([self.engine._mask(goal) for goal in goals]), self.placed[0]
        recipes = [anneal.recipe for anneal in self.anneals]
        each = (work_of(one.stages, one.pending, looking=True) for one in recipes)
        first = 0
        for works in zip(*each, strict=True):
            form, end, number = works[0].form, works[0].end, len(works[0].phases)
            ends = [self.engine._angles_of(work.pending, level) for work in works]
            diffusions = np.zeros((len(works), len(ends[0][0])))
            for row, anneal in zip(diffusions, self.anneals, strict=True):
                row[:number] = [anneal.diffusion_after(first + n) for n in range(number)]
            first += number
            given = (*self._given(works), *_stacked(ends), masks, level.resolved, diffusions)
            program = seen_stages_of_many(self.layout, form, end, *self._kind)
            states, rows = program(states, *given)
            for seen, some in zip(sights, np.asarray(rows)[:, :number].tolist(), strict=True):
                self._require_norms([norm for *_, norm, _ in some])
                for *row, _, edge in some:
                    sight = _sight(row)
                    seen.append(replace(sight, edge=float(np.maximum(sight.edge, edge))))
        return states

    @property
    def _kind(self) -> tuple[Any, ...]:
        return self.engine._dtype, self.engine.imaginary, self.own

    def _given(self, works: Sequence[Work]) -> tuple[Any, ...]:
        """What stages are called with: angles and folds of each, and what all have in common."""
        level = self.placed[0]
        common = list(self.engine._arguments(level, works[0]))
        common[ZETA - 1], common[LOWEST - 1] = self.zeta, self.lowest  # They follow the state.
        own = [self.engine._angles_of(work.phases, level) for work in works]
        common[FOLDS - 1], common[ANGLES - 1] = _stacked(own)
        return tuple(common)

    def _require_norms(self, norms: Any) -> None:
        for norm in np.asarray(norms).tolist():
            self.engine._require_norm(norm)


def _stacked(each: Sequence[tuple[NDArray[np.float64], list[Any]]]) -> tuple[Any, Any]:
    """Folds and angles of many, one of them after the other."""
    angles, folds = zip(*each, strict=True)
    return jax.tree.map(lambda *some: jnp.stack(some), *folds), np.stack(angles)


def _sight(numbers: Sequence[float]) -> Sight:
    energy, variance, success, aliasing, edge = numbers
    return Sight(energy, variance, float(np.minimum(success, 1.0)), aliasing, edge)


def _as_matrix(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape in which blocks are cut: one axis is a matrix also on one device."""
    return matrix_shape(shape[0]) if len(shape) == 1 else shape


def _name(block: int, number: int) -> str:
    return f"block-{block:02d}-of-{number:02d}"
