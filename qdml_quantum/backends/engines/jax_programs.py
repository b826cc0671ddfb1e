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
END_FOLDS, ENDS, MASK, DIFFUSIONS = 10, 11, 12, 14
"""The same of what is seen at their ends."""
_NUM_SEEN = 5
_HALF_PI = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21)
"""Its first 33 bits, the next 33, and what is left."""
_SINE_TERMS, _COSINE_TERMS = 8, 9
"""The next ones are 5e-17 and 2e-18 at pi/4."""
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


@lru_cache(maxsize=_KEPT)
def seen_stages_of_many(
    layout: Layout, form: Form, end: Form | None, dtype: Any, imaginary: bool, own_zeta: bool
) -> Any:
    """The same where the end of every stage is looked at, with what is pending there.

    It answers with the states and a row for every stage: what `observing` says, the norm, and the
    most that was seen at the edges.
    """
    stages, observe = _stages(layout, form, dtype, imaginary), _seen(layout)
    ending = None if end is None else _stages(layout, end, dtype, imaginary)

    def program(psi: Any, *given: Any) -> Any:
        *moving, end_folds, ends, mask, resolved, diffusions = given
        zeta, squares, twiddles, folds, angles, times, num_stages, lowest, inner = moving
        arrays, rest = (zeta, squares, twiddles), (1, lowest, inner)

        def stage(number: Any, carried: Any) -> Any:
            psi, rows = carried
            row, often, last = (
                jax.lax.dynamic_slice_in_dim(some, number, 1) for some in (angles, times, ends)
            )
            psi, norm, edge = stages(psi, *arrays, folds, row, often, *rest)
            shown = psi
            if ending is not None:
                shown, _, _ = ending(psi, *arrays, end_folds, last, often, *rest)
            fixed = (zeta, mask, squares, twiddles, inner, resolved)
            seen = observe(shown, *fixed, diffusions[number])
            return psi, rows.at[number].set(jnp.append(seen, jnp.stack([norm, edge])))

        rows = jnp.zeros((angles.shape[0], _NUM_SEEN + 2))
        return jax.lax.fori_loop(0, num_stages, stage, (psi, rows))

    own = [STATE, FOLDS, ANGLES, END_FOLDS, ENDS, DIFFUSIONS]
    own += [ZETA, LOWEST, MASK] if own_zeta else []
    return jax.jit(_of_many(layout, program, own), donate_argnums=(STATE,))


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
        return unit_phase(exponent).astype(dtype)

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


def unit_phase(angle: Any) -> Any:
    """``exp(-i angle)`` of 64 bits, to 2e-16 and what rounding of the angle itself is.

    The library calls cosine and sine for every number, 17 ns for both on a processor; this runs on
    as many numbers as a register holds, 1.8 ns [2^12 numbers]. With ``angle = k pi/2 + r`` and
    ``|r| <= pi/4`` the series of both end where the next term is below rounding; ``pi/2`` is
    subtracted in three parts, of which ``k`` times the first is exact below ``k = 2^20`` (W. J.
    Cody and W. Waite, Software Manual for the Elementary Functions, 1980).
    """
    quarters = jnp.round(angle * (2 / np.pi))
    rest = angle
    for part in _HALF_PI:
        rest = rest - quarters * part
    square = rest * rest
    sine, cosine = rest * _series(square, 1, _SINE_TERMS), _series(square, 0, _COSINE_TERMS)
    turn = quarters - 4 * jnp.floor(quarters / 4)
    is_odd = (turn == 1) | (turn == 3)
    real, imaginary = jnp.where(is_odd, sine, cosine), jnp.where(is_odd, cosine, sine)
    real = jnp.where((turn == 1) | (turn == 2), -real, real)
    return jax.lax.complex(real, jnp.where(turn >= 2, imaginary, -imaginary))


def _series(square: Any, first: int, terms: int) -> Any:
    """``sum_n (-square)^n / (2 n + first)!``."""
    total = jnp.zeros_like(square)
    for n in reversed(range(terms)):
        total = total * square + (-1) ** n / math.factorial(2 * n + first)
    return total


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
