"""What runs on devices: stages, and what is seen of a state; compiled once for each layout.

A stage is a compiled loop. What its steps multiply with is computed once, before the loop; angles
and numbers of steps are arguments, so that all stages of one form are one program, and one call
where nothing is looked at between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.backends.engines.jax_forms import Form, Slot
from qdml_quantum.backends.engines.jax_layout import (
    BLOCK,
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
ANGLES = 4
"""Place of the angles among the arguments of a program of stages."""


@lru_cache(maxsize=_KEPT)
def program_of(layout: Layout, form: Form, dtype: Any, imaginary: bool) -> Any:
    """Stages of one form, compiled; all engines of one layout share it."""
    position, vectors = layout.spec(POSITION), layout.vector_specs(WAVE)
    folds = [vectors] * len(form.folds)
    specs = (position, position, vectors, _twiddle_specs(layout), folds, *[EVERYWHERE] * 4)
    stages = _stages(layout, form, dtype, imaginary)
    return layout.mapped(stages, specs, (position, EVERYWHERE), gives=True)


@lru_cache(maxsize=_KEPT)
def program_of_many(layout: Layout, form: Form, dtype: Any, imaginary: bool) -> Any:
    """The same for many states on one device, each with angles of its own, compiled."""
    stages = _stages(layout, form, dtype, imaginary)
    along = (0, None, None, None, None, 0, None, None, None)
    return jax.jit(jax.vmap(stages, in_axes=along), donate_argnums=(0,))


def _stages(layout: Layout, form: Form, dtype: Any, imaginary: bool) -> Callable[..., Any]:
    """Stages of one form, of the part that lies on one device."""

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

        def stage(number: Any, psi: Any) -> Any:
            row, loops = angles[number], 0
            kept: dict[Slot, list[Any]] = {}
            for repeated, slots in form.blocks:
                if not repeated:
                    for slot in slots:
                        psi = applied(psi, slot, kept.get(slot) or factors(slot, row))
                    continue
                kept.update({slot: factors(slot, row) for slot in slots if slot not in kept})

                def step(_: Any, psi: Any, slots: tuple[Slot, ...] = slots) -> Any:
                    for slot in slots:
                        psi = applied(psi, slot, kept[slot])
                    return psi

                psi = jax.lax.fori_loop(0, times[number, loops], step, psi)
                loops += 1
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
def observing(layout: Layout) -> Any:
    """What is seen of a state, compiled."""
    position, twiddles = layout.spec(POSITION), _twiddle_specs(layout)
    waves, positions = layout.vector_specs(WAVE), layout.vector_specs(POSITION)
    specs = (position, position, position, waves, twiddles, positions, waves, EVERYWHERE)
    return layout.mapped(_seen(layout), specs, EVERYWHERE)


@lru_cache(maxsize=_KEPT)
def observing_many(layout: Layout) -> Any:
    """What is seen of many states on one device, each at a diffusion of its own; compiled."""
    return jax.jit(jax.vmap(_seen(layout), in_axes=(0, *[None] * 6, 0)))


@lru_cache(maxsize=_KEPT)
def edging(layout: Layout) -> Any:
    """What a state has at the edges of the box, compiled."""

    def edge(psi: Any, inner: Any) -> Any:
        return layout.total(_outside(_squared(psi), inner))

    specs = (layout.spec(POSITION), layout.vector_specs(POSITION))
    return layout.mapped(edge, specs, EVERYWHERE)


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
    local = layout.shape[axis] // layout.num_devices

    def piece(weights: Any, first: Any) -> Any:
        if axis != cut:
            own = jax.lax.dynamic_slice_in_dim(weights, first, width, axis)
            return own if cut is None else jax.lax.all_gather(own, BLOCK, axis=cut, tiled=True)
        inside = first - jax.lax.axis_index(BLOCK) * local
        own = jax.lax.dynamic_slice_in_dim(weights, inside, width, axis)
        return layout.total(jnp.where((inside >= 0) & (inside < local), own, 0.0))

    return layout.mapped(piece, (layout.spec(space), EVERYWHERE), EVERYWHERE)


def in_register_order(layout: Layout, weights: Any, space: str) -> Iterator[NDArray[np.float64]]:
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
