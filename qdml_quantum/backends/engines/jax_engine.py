"""States as arrays of JAX, on one device or cut over several: compiled loops of stages and steps.

A stage is a compiled loop. What its steps multiply with is computed once, before the loop; angles
and numbers of steps are arguments, so that all stages of one form are one program, and one call
where nothing is looked at between them.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.backends.engines.base import PRECISIONS, Sight
from qdml_quantum.backends.engines.jax_block import JaxBlockSteps
from qdml_quantum.backends.engines.jax_layout import (
    BLOCK,
    BLOCKS,
    EVERYWHERE,
    POSITION,
    WAVE,
    Layout,
    jax,
    jnp,
    matrix_shape,
    most_devices,
)
from qdml_quantum.diagnostics.metrics import BASES, require_basis, sample_blocks
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.dispersion import fold_of_axes, folded_squares
from qdml_quantum.dynamics.formulas import POTENTIAL, Term
from qdml_quantum.dynamics.propagate import look_after, refuse_imaginary, vanished
from qdml_quantum.dynamics.recipe import Move, Phase, Refine
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, strides
from qdml_quantum.reference.block import BlockSteps
from qdml_quantum.support.messages import bad_value, count

_WORTH = 1 << 18
"""Points from which several devices gain over one, where nothing is said."""
_CHUNK = 1 << 20
"""Points whose probabilities are brought to the host at once, to be drawn from."""
_SHARD = 1 << 27
"""Amplitudes on one accelerator at most: plans of cuFFT above 4 GB abort (jax#9591), and from 2^31
elements on its normalisation is wrong without a word (openxla#45009)."""
_NORM = 1e-2
"""A norm that is off by more means that a transform went wrong: rounding never gets there."""
_SMALL = 1e-12
"""Norm below which the squares of amplitudes get lost, in single precision first."""
_KEPT = 64
"""Compiled programs that are kept, of each kind."""
_ANGLES = 4
"""Place of the angles among the arguments of a program."""
_LONGEST_STEP = 16
"""Phases of one step at most; that of the fourth order has eleven."""
_COUNT_FLAG = "xla_force_host_platform_device_count"

Slot = tuple[Term, int, bool]
"""Term of a phase, its number among the different ones of a stage, whether it is folded."""


@dataclass(frozen=True)
class Form:
    """Stages that differ in angles and number of steps only: what is compiled once.

    Attributes:
        head: Phases before the loop.
        body: Phases that are repeated.
        tail: Phases after it.
    """

    head: tuple[Slot, ...]
    body: tuple[Slot, ...]
    tail: tuple[Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All of them in order."""
        return self.head + self.body + self.tail


@dataclass
class _Work:
    """Stages of one form, ready to be called."""

    form: Form
    phases: list[tuple[Phase, ...]]
    repeats: list[int]


class _Placed:
    """What is placed of a problem on one grid: zeta, and vectors along its axes."""

    def __init__(self, problem: Problem, devices: Sequence[Any], imaginary: bool) -> None:
        self.grid = problem.grid
        self.layout = layout = Layout(problem.grid.shape, tuple(devices))
        self.zeta = layout.put(POSITION, float, problem.values_at)
        self.lowest = float(jnp.min(self.zeta)) if imaginary else 0.0
        waves = [axis.wave_numbers for axis in self.grid.axes]
        self.squares = layout.axis_vectors([k**2 for k in waves], WAVE)
        self.twiddles = layout.twiddles()
        inner, fine = zip(*(_inner_and_fine(size) for size in self.grid.shape), strict=True)
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
        self._devices = _chosen_devices(problem, devices)
        self._levels: dict[Coarse, _Placed] = {}
        self._masks: dict[Any, Any] = {}

    @property
    def num_devices(self) -> int:
        """Devices that the state is cut over."""
        return len(self._devices)

    def begin(self, anneal: Anneal) -> Any:
        """See `Engine.begin`."""
        initial = anneal.initial
        if anneal.schedule.coarse:
            self._refuse_coarse(anneal.schedule.coarse)
            return self.place(anneal.start)
        if isinstance(initial, np.ndarray):
            return self.place(initial)
        grid = self.problem.grid
        factors: Sequence[NDArray[Any]]
        if isinstance(initial, Gaussian):
            factors = initial.factors(grid)
        else:
            factors = [np.full(axis.size, 1 / np.sqrt(axis.size)) for axis in grid.axes]

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
            ValueError: Imaginary time cannot follow, or coarse stages on several devices.
        """
        with jax.enable_x64(True):
            for piece, shown in self._pieces(stages, look):
                state = self._apply(state, piece)
                if shown and look is not None:
                    look(state)
        return state

    def shown(self, state: Any, coarse: Coarse) -> Any:
        """See `Engine.shown`."""
        return self.run(self.place(state), [[Refine(coarse, 0)]]) if coarse else state

    def observe(self, state: Any, diffusion: float, goal: Goal) -> Sight:
        """See `Engine.observe`."""
        level = self._level(0)
        with jax.enable_x64(True):
            seen = _observing(level.layout)(state, *self._observed(level, goal), float(diffusion))
            return _sight(np.asarray(seen).tolist())

    def ends(self, anneals: Sequence[Anneal], goal: Goal) -> list[Sight]:
        """What is seen at the end of many anneals, all moved at once, each at its last diffusion.

        Of this problem, and alike but for angles and initial states: as many stages, of as many
        steps, without refinements. On one device.

        Args:
            anneals: One or more.
            goal: What counts as success.

        Raises:
            ValueError: They differ in more than that, or there are several devices.
        """
        placed = self._level(0)
        works = [_work_of(anneal.recipe.stages) for anneal in anneals]
        shapes = {tuple((work.form, tuple(work.repeats)) for work in some) for some in works}
        alike = len(shapes) == 1 and not any(anneal.schedule.coarse for anneal in anneals)
        if not alike or any(anneal.problem is not self.problem for anneal in anneals):
            must = "be of one problem and differ in nothing but angles and initial states"
            raise bad_value("anneals", must, "others", "Run them one by one.")
        if self.num_devices > 1:
            raise bad_value("devices", "be 1 for many anneals at once", self.num_devices)
        with jax.enable_x64(True):
            states = jnp.stack([self.begin(anneal) for anneal in anneals])
            for pieces in zip(*works, strict=True):
                each = [self._arguments(placed, work) for work in pieces]
                form, first = pieces[0].form, each[0]
                program = _program_of_many(placed.layout, form, self._dtype, self.imaginary)
                angles = np.stack([some[_ANGLES] for some in each])
                states, norms = program(states, *first[:_ANGLES], angles, *first[_ANGLES + 1 :])
                for norm in np.asarray(norms).tolist():
                    self._require_norm(norm)
            seen = _observing_many(placed.layout)(
                states, *self._observed(placed, goal), np.array([a.diffusion for a in anneals])
            )
            return [_sight(row) for row in np.asarray(seen).tolist()]

    def edge(self, state: Any) -> float:
        """See `Engine.edge`."""
        level = self._level_of(state)
        with jax.enable_x64(True):
            return float(_edging(level.layout)(state, level.inner))

    def sample(self, state: Any, basis: str, shots: int, seed: int | None) -> dict[str, int]:
        """See `Engine.sample`; of probabilities no more than 2^20 are in one place."""
        require_basis(basis)
        level = self._level(0)
        space = POSITION if basis == BASES[0] else WAVE
        with jax.enable_x64(True):
            weights = _weighing(level.layout, space)(state, level.twiddles)
            total = float(jnp.sum(weights))
            blocks = _in_register_order(level.layout, weights, space)
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
            return local if layout.num_devices > 1 else local.reshape(layout.shape)

        with jax.enable_x64(True):
            return jax.make_array_from_callback(layout.shape, sharding, fill)

    def compiled(self, moves: Sequence[Phase]) -> Any:
        """The compiled program of a stage, for its text and the memory that it takes.

        Args:
            moves: Of a stage on the full grid.
        """
        level = self._level(0)
        (work,) = _work_of([moves])
        with jax.enable_x64(True):
            program = _program(level.layout, work.form, self._dtype, self.imaginary)
            state = jax.ShapeDtypeStruct(
                level.layout.shape,
                self._dtype,
                sharding=jax.sharding.NamedSharding(level.layout.mesh, level.layout.spec(POSITION)),
            )
            return program.lower(state, *self._arguments(level, work)).compile()

    # What is placed

    def _level(self, coarse: Coarse) -> _Placed:
        if coarse not in self._levels:
            self._refuse_coarse(coarse)
            problem = self.problem.thinned(coarse) if coarse else self.problem
            with jax.enable_x64(True):
                self._levels[coarse] = _Placed(problem, self._devices, self.imaginary)
        return self._levels[coarse]

    def _level_of(self, state: Any) -> _Placed:
        return next(one for one in self._levels.values() if one.layout.shape == state.shape)

    def _refuse_coarse(self, coarse: Coarse) -> None:
        if coarse and self.num_devices > 1:
            must = "have no coarse stages on several devices, over which their grid is not cut"
            raise bad_value("schedule", must, f"coarse {coarse}", "Use devices=1.")

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
        for coarse, group in itertools.groupby(
            _segments(stages), key=lambda segment: _coarse_of(segment[0])
        ):
            level = self._level(coarse)
            if state.shape != level.layout.shape:
                state = state[strides(self.problem.grid, coarse)]
            segments = list(group)
            if isinstance(segments[0][0], Refine):
                for (move,) in segments:
                    assert isinstance(move, Refine)
                    finer = self._level(move.after)
                    state = _refined(state, finer.layout.shape)
                continue
            for work in _work_of([list(segment) for segment in segments]):
                state = self._call(level, work, state)
        whole = self._level(0).layout.shape
        if state.shape != whole:
            coarse = next(c for c, one in self._levels.items() if one.layout.shape == state.shape)
            state = jnp.zeros(whole, state.dtype).at[strides(self.problem.grid, coarse)].set(state)
        return state

    def _call(self, level: _Placed, work: _Work, state: Any) -> Any:
        program = _program(level.layout, work.form, self._dtype, self.imaginary)
        state, norm = program(state, *self._arguments(level, work))
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

    def _arguments(self, level: _Placed, work: _Work) -> tuple[Any, ...]:
        for phases in work.phases:
            for phase in phases:
                if self.imaginary:
                    refuse_imaginary(phase)
        size = 1 << (len(work.phases) - 1).bit_length()
        angles = np.zeros((size, max(1, len(work.phases[0]))))
        repeats = np.zeros(size, dtype=np.int64)
        for stage, phases in enumerate(work.phases):
            angles[stage, : len(phases)] = [phase.angle for phase in phases]
            repeats[stage] = work.repeats[stage]
        folds = []
        for phase in work.phases[0]:
            if phase.fold:
                own = fold_of_axes(phase.fold, level.grid)
                extra = [
                    np.asarray(fold) @ folded_squares(axis)[: len(fold)]
                    if fold
                    else np.zeros(axis.size)
                    for axis, fold in zip(level.grid.axes, own, strict=True)
                ]
                folds.append(level.layout.axis_vectors(extra, WAVE))
        return (
            level.zeta,
            level.squares,
            level.twiddles,
            folds,
            angles,
            repeats,
            len(work.phases),
            level.lowest,
        )

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


@lru_cache(maxsize=_KEPT)
def _program(layout: Layout, form: Form, dtype: Any, imaginary: bool) -> Any:
    """Stages of one form, compiled; all engines of one layout share it."""
    position, vectors = layout.spec(POSITION), layout.vector_specs(WAVE)
    folds = [vectors] * len(_folded(form))
    specs = (position, position, vectors, _twiddle_specs(layout), folds, *[EVERYWHERE] * 4)
    stages = _stages(layout, form, dtype, imaginary)
    return layout.mapped(stages, specs, (position, EVERYWHERE), gives=True)


@lru_cache(maxsize=_KEPT)
def _program_of_many(layout: Layout, form: Form, dtype: Any, imaginary: bool) -> Any:
    """The same for many states on one device, each with angles of its own, compiled."""
    stages = _stages(layout, form, dtype, imaginary)
    along = (0, None, None, None, None, 0, None, None, None)
    return jax.jit(jax.vmap(stages, in_axes=along), donate_argnums=(0,))


def _folded(form: Form) -> list[int]:
    """Numbers of the phases of a form that are folded."""
    return [number for _, number, fold in dict.fromkeys(form.slots) if fold]


def _stages(layout: Layout, form: Form, dtype: Any, imaginary: bool) -> Callable[..., Any]:
    """Stages of one form, of the part that lies on one device."""
    folded = _folded(form)

    def turn(exponent: Any) -> Any:
        if imaginary:
            return jnp.exp(-exponent).astype(dtype)
        return jax.lax.complex(jnp.cos(exponent), -jnp.sin(exponent)).astype(dtype)

    def program(
        psi: Any,
        zeta: Any,
        squares: Any,
        twiddles: Any,
        folds: Any,
        angles: Any,
        repeats: Any,
        num_stages: Any,
        lowest: Any,
    ) -> Any:
        def factors(slot: Slot, row: Any) -> list[Any]:
            term, number, fold = slot
            if term == POTENTIAL:
                return [turn(row[number] * (zeta - lowest))]
            more = folds[folded.index(number)] if fold else [0.0] * len(squares)
            return [
                turn(row[number] * square + extra)
                for square, extra in zip(squares, more, strict=True)
            ]

        def applied(psi: Any, slot: Slot, by: list[Any]) -> Any:
            if slot[0] == POTENTIAL:
                psi = psi * by[0]
            else:
                psi = layout.forward(psi, twiddles)
                for factor in by:
                    psi = psi * factor
                psi = layout.backward(psi, twiddles)
            return _normalised(psi, layout) if imaginary else psi

        def stage(number: Any, psi: Any) -> Any:
            row = angles[number]
            for slot in form.head:
                psi = applied(psi, slot, factors(slot, row))
            kept = {slot: factors(slot, row) for slot in form.body}

            def step(_: Any, psi: Any) -> Any:
                for slot in form.body:
                    psi = applied(psi, slot, kept[slot])
                return psi

            if form.body:
                psi = jax.lax.fori_loop(0, repeats[number], step, psi)
            for slot in form.tail:
                psi = applied(psi, slot, kept.get(slot) or factors(slot, row))
            return psi

        psi = jax.lax.fori_loop(0, num_stages, stage, psi)
        return psi, layout.total(_weight(psi))

    return program


def _seen(layout: Layout) -> Callable[..., Any]:
    """Energy, variance, success, aliasing and edge, of the part that lies on one device."""

    def observe(
        psi: Any,
        zeta: Any,
        mask: Any,
        squares: Any,
        twiddles: Any,
        inner: Any,
        resolved: Any,
        diffusion: Any,
    ) -> Any:
        total, weight, real = layout.total, _squared(psi), psi.real.dtype
        norm = total(jnp.sum(weight))
        spectrum = layout.forward(psi, twiddles)
        power = _squared(spectrum)
        kinetic = diffusion * sum(squares)
        image = layout.backward(spectrum * kinetic.astype(real), twiddles)
        image = image + zeta.astype(real) * psi
        energy = total(jnp.sum((psi.conj() * image).real.astype(float))) / norm
        image = image - energy.astype(real) * psi
        seen = [
            energy,
            total(_weight(image)) / norm,
            total(jnp.sum(jnp.where(mask, weight, 0.0))),
            total(_outside(power, resolved)) / total(jnp.sum(power)),
            total(_outside(weight, inner)) / norm,
        ]
        return jnp.stack(seen)

    return observe


@lru_cache(maxsize=_KEPT)
def _observing(layout: Layout) -> Any:
    """What is seen of a state, compiled."""
    position, twiddles = layout.spec(POSITION), _twiddle_specs(layout)
    waves, positions = layout.vector_specs(WAVE), layout.vector_specs(POSITION)
    specs = (position, position, position, waves, twiddles, positions, waves, EVERYWHERE)
    return layout.mapped(_seen(layout), specs, EVERYWHERE)


@lru_cache(maxsize=_KEPT)
def _observing_many(layout: Layout) -> Any:
    """What is seen of many states on one device, each at a diffusion of its own; compiled."""
    return jax.jit(jax.vmap(_seen(layout), in_axes=(0, *[None] * 6, 0)))


@lru_cache(maxsize=_KEPT)
def _edging(layout: Layout) -> Any:
    """What a state has at the edges of the box, compiled."""

    def edge(psi: Any, inner: Any) -> Any:
        return layout.total(_outside(_squared(psi), inner))

    specs = (layout.spec(POSITION), layout.vector_specs(POSITION))
    return layout.mapped(edge, specs, EVERYWHERE)


@lru_cache(maxsize=_KEPT)
def _weighing(layout: Layout, space: str) -> Any:
    """Probabilities of a space, compiled."""

    def weigh(psi: Any, twiddles: Any) -> Any:
        return _squared(psi if space == POSITION else layout.forward(psi, twiddles))

    specs = (layout.spec(POSITION), _twiddle_specs(layout))
    return layout.mapped(weigh, specs, layout.spec(space))


@lru_cache(maxsize=_KEPT)
def _cutting(layout: Layout, space: str, axis: int, width: int) -> Any:
    """A slice of probabilities along an axis, brought to every device; compiled."""
    cut = layout.cut(space)
    local = layout.shape[axis] // layout.num_devices

    def piece(weights: Any, first: Any) -> Any:
        if axis != cut:
            own = jax.lax.dynamic_slice_in_dim(weights, first, width, axis)
            return own if cut is None else jax.lax.all_gather(own, BLOCK, axis=cut, tiled=True)
        inside = first - jax.lax.axis_index(BLOCK) * local
        own = jax.lax.dynamic_slice_in_dim(weights, inside, width, axis)
        return layout.total(jnp.where((inside >= 0) & (inside < local), own, 0.0))

    return layout.mapped(piece, (layout.spec(space), EVERYWHERE), EVERYWHERE)


def _in_register_order(layout: Layout, weights: Any, space: str) -> Iterator[NDArray[np.float64]]:
    """Probabilities a chunk at a time, axis 0 running fastest."""
    # Positions of a matrix run along its rows, everything else along the first axis.
    by_rows = layout.is_matrix and space == POSITION
    axis = 0 if by_rows else len(layout.shape) - 1
    length = layout.shape[axis]
    local = length // layout.num_devices if axis == layout.cut(space) else length
    width = min(local, max(1, _CHUNK * length // math.prod(layout.shape)))
    cutter = _cutting(layout, space, axis, width)
    for first in range(0, length, width):
        yield np.asarray(cutter(weights, first)).ravel(order="C" if by_rows else "F")


def _twiddle_specs(layout: Layout) -> list[Any]:
    return [layout.spec(POSITION)] * layout.is_matrix


def _sight(numbers: Sequence[float]) -> Sight:
    energy, variance, success, aliasing, edge = numbers
    return Sight(energy, variance, float(np.minimum(success, 1.0)), aliasing, edge)


def _chosen_devices(problem: Problem, devices: int | None) -> list[Any]:
    """Devices of JAX, as many as are asked for."""
    most = most_devices(problem.grid.shape)
    if devices is not None:
        count("devices", devices)
        if devices & (devices - 1) or devices > most:
            must = f"be a power of two up to {most}, for which {problem.grid!r} can be cut"
            raise bad_value("devices", must, devices)
        have = available_devices(devices)
    else:
        have = available_devices()
        alone = problem.grid.size < _WORTH and jax.process_count() == 1
        devices = 1 if alone else 1 << (min(len(have), most).bit_length() - 1)
    if devices > len(have):
        remedy = f"Set XLA_FLAGS=--{_COUNT_FLAG}={devices} before Python starts."
        must = f"be at most {len(have)}: the number is fixed when JAX is first used"
        raise bad_value("devices", must, devices, remedy)
    chosen: list[Any] = have[:devices]
    shard = problem.grid.size // devices
    if chosen[0].platform != "cpu" and shard > _SHARD:
        must = f"be at least {problem.grid.size // _SHARD}, for 2^27 amplitudes on each"
        raise bad_value("devices", must, devices, "Or use fewer qubits per axis (--qubits).")
    return chosen


def available_devices(wanted: int = 1) -> list[Any]:
    """Devices of JAX; of processors as many as are wanted, where that is not fixed yet."""
    if wanted > 1 and _COUNT_FLAG not in os.environ.get("XLA_FLAGS", ""):
        with suppress(RuntimeError):  # JAX is in use already.
            jax.config.update("jax_num_cpu_devices", wanted)
    return list(jax.devices())


def _as_matrix(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape in which blocks are cut: one axis is a matrix also on one device."""
    return matrix_shape(shape[0]) if len(shape) == 1 else shape


def _name(block: int, number: int) -> str:
    return f"block-{block:02d}-of-{number:02d}"


def _coarse_of(move: Move) -> Coarse:
    return move.coarse


def _segments(stages: Sequence[Sequence[Move]]) -> Iterator[tuple[Move, ...]]:
    """Stages cut at refinements, which stand alone."""
    for moves in stages:
        for is_refine, group in itertools.groupby(moves, lambda move: isinstance(move, Refine)):
            if is_refine:
                yield from ((move,) for move in group)
            else:
                yield tuple(group)


def _work_of(stages: Sequence[Sequence[Move]]) -> list[_Work]:
    """Stages in a row that are of one form, as one piece of work."""
    result: list[_Work] = []
    for moves in stages:
        phases = [move for move in moves if isinstance(move, Phase)]
        form, different, repeats = form_of(phases)
        folded = any(fold for _, _, fold in form.slots)
        if result and result[-1].form == form and not folded:
            result[-1].phases.append(different)
            result[-1].repeats.append(repeats)
        else:
            result.append(_Work(form, [different], [repeats]))
    return result


def form_of(phases: Sequence[Phase]) -> tuple[Form, tuple[Phase, ...], int]:
    """The loop that phases are, their different ones, and how often its body is repeated.

    >>> v, k, first = Phase(POTENTIAL, 0.2), Phase(KINETIC, 0.1), Phase(POTENTIAL, 0.1)
    >>> form, different, repeats = form_of([first, k, v, k, v, k, first])
    >>> [slot[0][0] for slot in form.head], [slot[0][0] for slot in form.body], repeats
    (['p'], ['k', 'p'], 2)
    """
    codes: list[int] = []
    known: dict[Phase, int] = {}
    seen: dict[int, int] = {}
    for phase in phases:  # Most are one object many times: that is quicker to see than equality.
        if id(phase) not in seen:
            seen[id(phase)] = known.setdefault(phase, len(known))
        codes.append(seen[id(phase)])
    first, length, repeats = _loop(codes)
    end = first + length * repeats
    # The head is numbered by itself: it is often, and not always, what the loop has as well.
    different = list(dict.fromkeys(codes[first:]))
    looped = {code: first + number for number, code in enumerate(different)}
    numbers = [*range(first), *(looped[code] for code in codes[first:])]
    kept = [*range(first + length), *range(end, len(phases))]
    slots = {n: (phases[n].term, numbers[n], bool(phases[n].fold)) for n in kept}
    parts = (range(first), range(first, first + length), range(end, len(phases)))
    form = Form(*(tuple(slots[n] for n in part) for part in parts))
    distinct = tuple(known)
    return form, (*phases[:first], *(distinct[code] for code in different)), repeats


def _loop(codes: Sequence[int]) -> tuple[int, int, int]:
    """Where the longest repetition begins, how long its body is, and how often it comes.

    Behind the first one where there is a choice, which differs from stage to stage: so all the
    stages of one formula have one form.
    """
    best = (len(codes), 0, 0)
    for length in range(1, min(_LONGEST_STEP, len(codes) // 2) + 1):
        for first in (1, *range(2, length + 1), 0):
            end = first + length
            while end < len(codes) and codes[end] == codes[end - length]:
                end += 1
            repeats = (end - first) // length
            if repeats > 1 and length * (repeats - (first != 1)) > best[1] * best[2]:
                best = (first, length, repeats)
    return best


def _inner_and_fine(size: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Points that are not in the outer 5 %, and wave numbers up to 90 % of the Nyquist number."""
    index = np.arange(size)
    inner = (index >= math.ceil(0.05 * size)) & (index < math.ceil(0.95 * size))
    first = math.floor(0.9 * (size // 2)) + 1
    return inner, (index < first) | (index > size - first)


def _squared(psi: Any) -> Any:
    """``|psi|^2`` in 64 bits."""
    return psi.real.astype(float) ** 2 + psi.imag.astype(float) ** 2


def _weight(psi: Any) -> Any:
    return jnp.sum(_squared(psi))


def _outside(weight: Any, inner: Sequence[Any]) -> Any:
    """Weight of what is not inside on every axis."""
    return jnp.sum((1 - math.prod(vector.astype(float) for vector in inner)) * weight)


def _normalised(psi: Any, layout: Layout) -> Any:
    norm = jnp.sqrt(layout.total(_weight(psi)))
    largest = layout.largest(jnp.max(jnp.abs(psi)).astype(float))
    tiny = float(np.finfo(psi.dtype).tiny)
    scale = jnp.where(norm < _SMALL, 1 / jnp.maximum(largest, tiny), 1.0)
    psi = psi * scale.astype(psi.real.dtype)
    norm = jnp.sqrt(layout.total(_weight(psi)))
    return psi / jnp.where(norm > 0, norm, 1.0).astype(psi.real.dtype)


def _refined(psi: Any, shape: tuple[int, ...]) -> Any:
    """`interpolated` for arrays of JAX."""
    changed = [axis for axis, size in enumerate(shape) if size != psi.shape[axis]]
    for axis in changed:
        spectrum = jnp.fft.fft(psi, axis=axis, norm="ortho")
        half = psi.shape[axis] // 2
        low, high = jnp.split(spectrum, [half], axis=axis)
        missing = list(spectrum.shape)
        missing[axis] = shape[axis] - 2 * half
        padded = jnp.concatenate([low, jnp.zeros(missing, psi.dtype), high], axis=axis)
        psi = jnp.fft.ifft(padded, axis=axis, norm="ortho")
    return psi
