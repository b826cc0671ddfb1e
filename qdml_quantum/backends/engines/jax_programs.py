"""What runs on devices: stages, and what is seen of a state; compiled once for each layout.

A stage is a compiled loop. What its steps multiply with is computed once, before the loop; angles
and numbers of steps are arguments, so that all stages of one form are one program, and one call
where nothing is looked at between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.backends.engines.jax_forms import LOOK, Form, Slot
from qdml_quantum.backends.engines.jax_layout import (
    EVERYWHERE,
    POSITION,
    WAVE,
    Layout,
    jax,
    jnp,
)
from qdml_quantum.dynamics.formulas import POTENTIAL

_CHUNK = 1 << 20
"""Points whose probabilities are brought to the host at once, to be drawn from."""
_SMALL = 1e-12
"""Norm below which the squares of amplitudes get lost, in single precision first."""
_KEPT = 64
"""Compiled programs that are kept, of each kind."""
STATE, ZETA, FOLDS, ANGLES, LOWEST = 0, 1, 4, 5, 8
"""Places of what many states do not share, among the arguments of stages."""
_MASK, _DIFFUSION = 2, 7
"""The same of what is seen."""
_IN_CACHE = 1 << 12
"""Amplitudes that a processor moves at a time, of many states: 64 kB. With 2^12 points each, 64
states one by one within the program take .61 of what they take as one array, which no cache
holds."""


@lru_cache(maxsize=_KEPT)
def program_of(layout: Layout, form: Form, dtype: Any, imaginary: bool) -> Any:
    """Stages of one form, compiled; all engines of one layout share it."""
    position, vectors = layout.spec(POSITION), layout.vector_specs(WAVE)
    folds = [vectors] * len(form.folds)
    specs = (position, position, vectors, _twiddle_specs(layout), folds, *[EVERYWHERE] * 4)
    specs = (*specs, layout.vector_specs(POSITION))
    stages = _stages(layout, form, dtype, imaginary)
    return layout.mapped(stages, specs, (position, EVERYWHERE, EVERYWHERE), gives=True)


@lru_cache(maxsize=_KEPT)
def program_of_many(layout: Layout, form: Form, dtype: Any, imaginary: bool, own_zeta: bool) -> Any:
    """The same for many states on one device, each with angles of its own, compiled.

    Args:
        layout: See `program_of`, as for what follows.
        form: Of all of them.
        dtype: Of amplitudes.
        imaginary: Whether time is imaginary.
        own_zeta: Whether each has a zeta of its own, too.
    """
    own = [STATE, FOLDS, ANGLES, *([ZETA, LOWEST] if own_zeta else [])]
    stages = _of_many(layout, _stages(layout, form, dtype, imaginary), own)
    return jax.jit(stages, donate_argnums=(STATE,))


def _of_many(
    layout: Layout, function: Callable[..., Any], own: Sequence[int]
) -> Callable[..., Any]:
    """A function of one state as one of many, on one device.

    Args:
        layout: Of the states.
        function: Of a state and more.
        own: Places of the arguments that each state has for itself, along a first axis.
    """
    together = None  # All at once, by one vmap: an accelerator has room for them.
    if layout.devices[0].platform == "cpu":
        together = max(1, _IN_CACHE // math.prod(layout.shape))

    def many(*given: Any) -> Any:
        def one(mine: Sequence[Any]) -> Any:
            arguments = list(given)
            for number, argument in zip(own, mine, strict=True):
                arguments[number] = argument
            return function(*arguments)

        mine = [given[number] for number in own]
        return jax.lax.map(one, mine, batch_size=together or len(given[STATE]))

    return many


def _stages(layout: Layout, form: Form, dtype: Any, imaginary: bool) -> Callable[..., Any]:
    """Stages of one form, of the part that lies on one device.

    They answer with the state, its norm, and the most that a look saw at the edges of the box.
    """

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
        times: Any,
        num_stages: Any,
        lowest: Any,
        inner: Any,
    ) -> Any:
        def factors(slot: Slot, row: Any) -> list[Any]:
            term, number, fold = slot
            if term == POTENTIAL:
                return [turn(row[number] * (zeta - lowest))]
            more = folds[form.folds.index(number)] if fold else [0.0] * len(squares)
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

        def stage(number: Any, carried: Any) -> Any:
            (psi, edge), row, loops = carried, angles[number], 0
            kept: dict[Slot, list[Any]] = {}
            for repeated, slots in form.blocks:
                if slots == (LOOK,):
                    edge = jnp.maximum(edge, _edge(layout)(psi, inner))
                    continue
                if not repeated:
                    for slot in slots:
                        if slot not in kept:
                            # Used once, and made when it is: XLA would make it before the loop
                            # over stages, and keep it, 4 of 25 bytes an amplitude on 4 devices.
                            psi, own = jax.lax.optimization_barrier((psi, row))
                        psi = applied(psi, slot, kept.get(slot) or factors(slot, own))
                    continue
                kept.update({slot: factors(slot, row) for slot in slots if slot not in kept})

                def step(_: Any, psi: Any, slots: tuple[Slot, ...] = slots) -> Any:
                    for slot in slots:
                        psi = applied(psi, slot, kept[slot])
                    return psi

                psi = jax.lax.fori_loop(0, times[number, loops], step, psi)
                loops += 1
            return psi, edge

        psi, edge = jax.lax.fori_loop(0, num_stages, stage, (psi, 0.0))
        return psi, layout.total(_weight(psi)), edge

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
            total(_outside(power, resolved, layout, WAVE)) / total(jnp.sum(power)),
            total(_outside(weight, inner, layout, POSITION)) / norm,
        ]
        return jnp.stack(seen)

    return observe


@lru_cache(maxsize=_KEPT)
def observing(layout: Layout) -> Any:
    """What is seen of a state, compiled."""
    position, twiddles = layout.spec(POSITION), _twiddle_specs(layout)
    waves, positions = layout.vector_specs(WAVE), layout.vector_specs(POSITION)
    specs = (position, position, position, waves, twiddles, positions, waves, EVERYWHERE)
    return layout.mapped(_seen(layout), specs, EVERYWHERE)


@lru_cache(maxsize=_KEPT)
def observing_many(layout: Layout, own_zeta: bool) -> Any:
    """What is seen of many states on one device, each at a diffusion of its own; compiled."""
    own = [STATE, *([ZETA, _MASK] if own_zeta else []), _DIFFUSION]
    return jax.jit(_of_many(layout, _seen(layout), own))


@lru_cache(maxsize=_KEPT)
def edging(layout: Layout) -> Any:
    """What a state has at the edges of the box, compiled."""
    specs = (layout.spec(POSITION), layout.vector_specs(POSITION))
    return layout.mapped(_edge(layout), specs, EVERYWHERE)


def _edge(layout: Layout) -> Callable[..., Any]:
    def edge(psi: Any, inner: Any) -> Any:
        return layout.total(_outside(_squared(psi), inner, layout, POSITION))

    return edge


@lru_cache(maxsize=_KEPT)
def comparing(layout: Layout) -> Any:
    """Total variation distance of the positions of two states, compiled."""

    def distance(one: Any, other: Any) -> Any:
        shares = [weight / layout.total(jnp.sum(weight)) for weight in map(_squared, (one, other))]
        return layout.total(jnp.sum(jnp.abs(shares[0] - shares[1]))) / 2

    return layout.mapped(distance, (layout.spec(POSITION),) * 2, EVERYWHERE)


@lru_cache(maxsize=_KEPT)
def weighing(layout: Layout, space: str) -> Any:
    """Probabilities of a space, compiled."""

    def weigh(psi: Any, twiddles: Any) -> Any:
        return _squared(psi if space == POSITION else layout.forward(psi, twiddles))

    specs = (layout.spec(POSITION), _twiddle_specs(layout))
    return layout.mapped(weigh, specs, layout.spec(space))


@lru_cache(maxsize=_KEPT)
def _cutting(layout: Layout, space: str, axis: int, width: int) -> Any:
    """A slice of probabilities along an axis, brought to every device; compiled."""
    cut = layout.cut(space)
    local = layout.shape[axis] // layout.num_blocks

    def piece(weights: Any, first: Any) -> Any:
        if axis != cut:
            own = jax.lax.dynamic_slice_in_dim(weights, first, width, axis)
            return (
                own if cut is None else jax.lax.all_gather(own, layout.names, axis=cut, tiled=True)
            )
        inside = first - jax.lax.axis_index(layout.names) * local
        own = jax.lax.dynamic_slice_in_dim(weights, inside, width, axis)
        return layout.total(jnp.where((inside >= 0) & (inside < local), own, 0.0))

    return layout.mapped(piece, (layout.spec(space), EVERYWHERE), EVERYWHERE)


def in_register_order(layout: Layout, weights: Any, space: str) -> Iterator[NDArray[np.float64]]:
    """Probabilities a chunk at a time, axis 0 running fastest."""
    # Positions of a matrix run along its rows, everything else along the first axis.
    by_rows = layout.is_matrix and space == POSITION
    axis = 0 if by_rows else len(layout.shape) - 1
    length = layout.shape[axis]
    local = length // layout.num_blocks if axis == layout.cut(space) else length
    width = min(local, max(1, _CHUNK * length // math.prod(layout.shape)))
    cutter = _cutting(layout, space, axis, width)
    for first in range(0, length, width):
        yield np.asarray(cutter(weights, first)).ravel(order="C" if by_rows else "F")


def _twiddle_specs(layout: Layout) -> list[Any]:
    return [layout.spec(POSITION)] * layout.is_matrix


def _squared(psi: Any) -> Any:
    """``|psi|^2`` in 64 bits."""
    return psi.real.astype(float) ** 2 + psi.imag.astype(float) ** 2


def _weight(psi: Any) -> Any:
    return jnp.sum(_squared(psi))


def inner_and_fine(size: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Points that are not in the outer 5 %, and wave numbers up to 90 % of the Nyquist number."""
    index = np.arange(size)
    inner = (index >= math.ceil(0.05 * size)) & (index < math.ceil(0.95 * size))
    first = math.floor(0.9 * (size // 2)) + 1
    return inner, (index < first) | (index > size - first)


def _outside(weight: Any, inner: Sequence[Any], layout: Layout, space: str) -> Any:
    """Weight of what is not inside on every axis: of the inner points, or the fine wave numbers."""
    if layout.num_blocks > 1 or layout.is_matrix:
        return jnp.sum((1 - math.prod(vector.astype(float) for vector in inner)) * weight)
    total = 0.0  # The array of the grid as it is: only what is outside has to be read.
    for box in _outer_boxes(layout.shape, space):
        total = total + jnp.sum(weight[box])
    return total


@lru_cache(maxsize=_KEPT)
def _outer_boxes(shape: tuple[int, ...], space: str) -> list[tuple[slice, ...]]:
    """What is not inside on every axis, each point once."""
    outer: list[tuple[slice, ...]] = []
    inner: list[tuple[slice, ...]] = [()]
    for size in shape:
        inside = inner_and_fine(size)[space == WAVE]
        edges = [0, *(np.flatnonzero(np.diff(inside)) + 1).tolist(), size]
        runs = [(bool(inside[low]), slice(low, high)) for low, high in pairwise(edges)]
        outer += [(*box, run) for box in inner for within, run in runs if not within]
        inner = [(*box, run) for box in inner for within, run in runs if within]
    return outer


def _normalised(psi: Any, layout: Layout) -> Any:
    norm = jnp.sqrt(layout.total(_weight(psi)))
    largest = layout.largest(jnp.max(jnp.abs(psi)).astype(float))
    tiny = float(np.finfo(psi.dtype).tiny)
    scale = jnp.where(norm < _SMALL, 1 / jnp.maximum(largest, tiny), 1.0)
    psi = psi * scale.astype(psi.real.dtype)
    norm = jnp.sqrt(layout.total(_weight(psi)))
    return psi / jnp.where(norm > 0, norm, 1.0).astype(psi.real.dtype)
