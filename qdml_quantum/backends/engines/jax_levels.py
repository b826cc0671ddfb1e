"""Between the grids of coarse stages: on any number of devices, none of which ever holds a whole.

The points of a coarse grid are some of those of the full one, so that its state is picked and put
back where it lies. Refinement pads the spectrum of every axis with zeros (`interpolated`). All axes
but the first lie whole on a device; the first one does after one exchange, which takes a second one
back. One axis that lies as a matrix of R rows has the wave number ``k = k1 + R k2`` in row k1 and
column k2 whatever its number of columns: the padding, of k2, is between two transforms that stay as
they are.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from qdml_quantum.backends.engines.jax_layout import POSITION, Layout, jax, jnp

_KEPT = 64
"""Compiled programs that are kept, of each kind."""


@lru_cache(maxsize=_KEPT)
def refining(coarse: Layout, fine: Layout) -> Any:
    """A state on a finer grid of the same box, from its own and the twiddles of both; compiled."""

    def program(psi: Any, there: Any, back: Any) -> Any:
        if fine.num_blocks == 1:  # Nothing is cut, whatever lies as a matrix.
            psi = psi.reshape(coarse.grid_shape)
            for axis, size in enumerate(fine.grid_shape):
                psi = _interpolated(psi, axis, size)
            return psi.reshape(fine.shape)
        if fine.is_matrix:
            return _matrix_refined(psi, coarse, fine, there, back)
        return _refined(psi, coarse, fine)

    position, twiddles = coarse.spec(POSITION), [coarse.spec(POSITION)] * coarse.is_matrix
    specs = (position, twiddles, [fine.spec(POSITION)] * fine.is_matrix)
    return coarse.mapped(program, specs, fine.spec(POSITION))


def _refined(psi: Any, coarse: Layout, fine: Layout) -> Any:
    """The same in two and more dimensions."""
    first, *others = fine.grid_shape
    before = coarse.grid_shape[0]
    if before >= fine.num_blocks:
        psi, coarse = _own_part(psi, 0, coarse, fine), fine
    for axis, size in enumerate(others, 1):
        psi = _interpolated(psi, axis, size)
    if before == first:
        return psi
    psi = coarse.exchanged(psi, 1, 0)
    psi = _interpolated(_own_part(psi, 1, coarse, fine), 0, first)
    return fine.exchanged(psi, 0, 1)


def _matrix_refined(psi: Any, coarse: Layout, fine: Layout, there: Any, back: Any) -> Any:
    """The same of one axis that becomes a matrix."""
    rows, columns = fine.shape
    spectrum = coarse.forward(psi, there)
    if not coarse.is_matrix:  # A few points, of which everyone has all: at least of two columns.
        spectrum = _padded(spectrum, 0, max(2 * rows, psi.size)).reshape(-1, rows).T
    spectrum = _padded(_own_part(spectrum, 0, coarse, fine), 1, columns)
    # Of the same norm, where both transforms are without one.
    scale = math.sqrt(fine.grid_shape[0] / coarse.grid_shape[0])
    return fine.backward(spectrum, back) * jnp.asarray(scale, psi.real.dtype)


@lru_cache(maxsize=_KEPT)
def picking(full: Layout, coarse: Layout) -> Any:
    """The state of a coarse grid out of an array of the full one, compiled."""
    box, cut = _box(full, coarse), full.cut(POSITION)

    def program(psi: Any) -> Any:
        few = psi[_steps(full, box)]
        if cut is not None:
            holders = full.names[: box[cut].bit_length() - 1]  # Of those with a point each.
            if rest := full.names[len(holders) :]:
                few = jax.lax.psum(jnp.where(jax.lax.axis_index(rest) == 0, few, 0), rest)
            if joined := holders[len(coarse.names) :]:
                few = jax.lax.all_gather(few, joined, axis=cut, tiled=True)
        return few if coarse.num_blocks > 1 else few.reshape(coarse.shape)

    return full.mapped(program, (full.spec(POSITION),), coarse.spec(POSITION))


@lru_cache(maxsize=_KEPT)
def putting(full: Layout, coarse: Layout) -> Any:
    """The array of the full grid with the state of a coarse one, zero between; compiled."""
    box, cut = _box(full, coarse), full.cut(POSITION)

    def program(few: Any) -> Any:
        few = few if coarse.num_blocks > 1 else few.reshape(box)
        shape = list(full.shape)
        if cut is not None:
            holders = full.names[: box[cut].bit_length() - 1]
            few = _own(few, cut, holders[len(coarse.names) :])
            if rest := full.names[len(holders) :]:
                few = jnp.where(jax.lax.axis_index(rest) == 0, few, 0)
            shape[cut] //= full.num_blocks
        return jnp.zeros(shape, few.dtype).at[_steps(full, box)].set(few)

    return full.mapped(program, (coarse.spec(POSITION),), full.spec(POSITION))


def _box(full: Layout, coarse: Layout) -> tuple[int, ...]:
    """Shape of the points of a coarse grid in an array of the full one."""
    if not full.is_matrix:
        return coarse.grid_shape
    points, rows = coarse.grid_shape[0], full.shape[0]
    return (rows, points // rows) if points > rows else (points, 1)


def _steps(full: Layout, box: tuple[int, ...]) -> tuple[slice, ...]:
    """Where they are."""
    return tuple(slice(None, None, n // few) for n, few in zip(full.shape, box, strict=True))


def _own_part(psi: Any, axis: int, whole: Layout, part: Layout) -> Any:
    """What a device keeps of an axis that was cut into fewer blocks, and is into more."""
    return _own(psi, axis, part.names[len(whole.names) :])


def _own(psi: Any, axis: int, names: tuple[str, ...]) -> Any:
    if not names:
        return psi
    size = psi.shape[axis] >> len(names)
    return jax.lax.dynamic_slice_in_dim(psi, jax.lax.axis_index(names) * size, size, axis)


def _interpolated(psi: Any, axis: int, size: int) -> Any:
    """`interpolated` along an axis that lies on one device."""
    if psi.shape[axis] == size:
        return psi
    spectrum = _padded(jnp.fft.fft(psi, axis=axis, norm="ortho"), axis, size)
    return jnp.fft.ifft(spectrum, axis=axis, norm="ortho")


def _padded(spectrum: Any, axis: int, size: int) -> Any:
    """Zeros between its two halves."""
    if spectrum.shape[axis] == size:
        return spectrum
    low, high = jnp.split(spectrum, 2, axis=axis)
    missing = list(spectrum.shape)
    missing[axis] = size - spectrum.shape[axis]
    return jnp.concatenate([low, jnp.zeros(missing, spectrum.dtype), high], axis=axis)
