"""How a grid lies on devices, and the transform between its two ways to lie.

A state is cut along one axis in position space and along another one in wave-number space, so that
every transform runs where the amplitudes are, and one exchange (`all_to_all`) lies between them. A
step takes two exchanges, and no device ever holds more than its part.

* Two and more axes: cut along axis 0, and in wave numbers along axis 1.
* One axis, on several devices: as a matrix of R rows and C columns, with ``j = j1 C + j2`` and
  ``k = k1 + R k2``, the four steps of

      sum_j psi_j exp(-2 pi i j k/N)
        = sum_j2 exp(-2 pi i j2 k2/C) exp(-2 pi i j2 k1/N) sum_j1 psi_j exp(-2 pi i j1 k1/R).

  The state stays a matrix, cut along its columns j2, and in wave numbers along its rows k1.
* One device: the array of the grid as it is; one axis of 2^18 points and more on a processor, where
  the transform of XLA takes 1.6 times as long as that of SciPy and more, in four steps as well.
* The grid of a coarse stage: in as many blocks as it can be cut for, and each block on as many
  devices as are left; see `Layout.thinned`.

References:
    D. H. Bailey, J. Supercomput. 4, 23 (1990), doi 10.1007/BF00162341.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.problem.survey import blocks_of
from qdml_quantum.support.extras import require

jax: Any = require("jax", "Engines of JAX")
jnp: Any = jax.numpy

BLOCKS = 64
"""Blocks that a state is handed out in, at most: the same on any number of devices."""
_LONG = 1 << 18
"""Points of one axis from which four steps are faster on one processor: there the one transform
takes 1.6, 1.8 and 1.5 times as long as that of SciPy with 2^18, 2^20 and 2^22 points, and four
steps 1.35, 1.45 and .95. With 2^16 it is 1.1 and 1.25."""
_UNCUT = 1 << 13
"""Points below which the grid of a coarse stage is not cut. On four devices that share two cores,
where doing it four times costs most, a step of 64 x 64 takes 181 us cut and 68 not, of 128 x 128
350 both; on a line 97 and 46 with 2^10 points, 124 and 234 with 2^12. Between machines an exchange
takes longer than here."""
_TOGETHER = 3
"""Axes that one transform of XLA takes."""

POSITION, WAVE = "position", "wave"
"""The two ways to lie."""
EVERYWHERE = jax.sharding.PartitionSpec()
"""What every device has."""


@dataclass(frozen=True)
class Layout:
    """A grid on some devices. Equal ones share what is compiled.

    Args:
        grid_shape: Points along each axis of the grid, powers of two.
        devices: A power of two of them.
        blocks: Parts that the grid is cut into, a power of two up to `most_devices` of the grid;
            default one for each device. Of fewer, each is on several devices, one after the other.
        rows: Of one axis that lies as a matrix; default as many as columns, or half of them.
    """

    grid_shape: tuple[int, ...]
    devices: tuple[Any, ...]
    blocks: int | None = None
    rows: int | None = None

    @property
    def num_blocks(self) -> int:
        """Parts that the grid is cut into."""
        return self.blocks or len(self.devices)

    @cached_property
    def mesh(self) -> Any:
        """The devices, halved again and again: 2^m blocks are the parts after m times."""
        halves = [2] * (len(self.devices).bit_length() - 1)
        names = ("all", *map(_half, range(len(halves))))
        return jax.sharding.Mesh(np.array(self.devices).reshape(1, *halves), names)

    @property
    def names(self) -> tuple[str, ...]:
        """Axes of the mesh that tell blocks apart."""
        return tuple(map(_half, range(self.num_blocks.bit_length() - 1)))

    def thinned(self, grid_shape: tuple[int, ...]) -> Layout:
        """A coarser grid of the same box, on the same devices.

        It is cut into as many blocks as the number of its points along the axes of both cuts
        allows. Where these are fewer than the devices, several have the same block and do the same.
        No device then has more points of it than of this grid: the longer one of both axes has no
        more than here, and the shorter one is cut to single points. Small grids are not cut: all
        have all of them, which is quicker than to exchange.

        One axis keeps the rows of its matrix, so that the points of a coarse grid are some of its
        columns, and its wave numbers some of the columns of the other space: refinements stay where
        they are.

        Args:
            grid_shape: Points along each axis, no more than here.
        """
        if len(self.devices) == 1:
            return Layout(grid_shape, self.devices)
        points, lengths, rows = math.prod(grid_shape), grid_shape[:2], None
        if self.is_matrix:
            rows = self.shape[0]
            lengths = (rows, points // rows)
        blocks = 1 if points < _UNCUT else max(1, min(self.num_blocks, *lengths))
        return Layout(grid_shape, self.devices, blocks, rows if blocks > 1 else None)

    @property
    def is_matrix(self) -> bool:
        """Whether one axis lies as a matrix."""
        if len(self.grid_shape) > 1:
            return False
        long = self.grid_shape[0] >= _LONG and self.devices[0].platform == "cpu"
        return self.num_blocks > 1 or long

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array that a state is, in both spaces."""
        if not self.is_matrix:
            return self.grid_shape
        points = self.grid_shape[0]
        return (self.rows, points // self.rows) if self.rows else matrix_shape(points)

    def cut(self, space: str) -> int | None:
        """Axis of that array along which a space is cut; None where it is not."""
        if self.num_blocks == 1:
            return None
        return int((space == POSITION) == self.is_matrix)

    def spec(self, space: str) -> Any:
        """How an array of one space is cut."""
        cut = self.cut(space)
        if cut is None:
            return EVERYWHERE
        return jax.sharding.PartitionSpec(*[None] * cut, self.names)

    def put(self, space: str, dtype: Any, block: Callable[..., NDArray[Any]]) -> Any:
        """An array that a function fills block by block, each where it lies.

        Args:
            space: How it is cut.
            dtype: Of its entries.
            block: Of one array of indices per axis of the grid; answers on every one with every
                other.
        """

        def fill(part: tuple[slice, ...]) -> NDArray[Any]:
            ranges = [range(size)[one] for one, size in zip(part, self.shape, strict=True)]
            filled = np.empty([len(one) for one in ranges], dtype=dtype)
            for piece in blocks_of(filled.shape):
                index = [np.array(one[few]) for one, few in zip(ranges, piece, strict=True)]
                if not self.is_matrix:
                    filled[piece] = block(*index)
                    continue
                rows, columns = np.ix_(*index)
                flat = rows * self.shape[1] + columns
                if space == WAVE:
                    flat = rows + self.shape[0] * columns
                filled[piece] = np.asarray(block(flat.ravel())).reshape(flat.shape)
            return filled

        return self._filled(self.shape, self.spec(space), dtype, fill)

    def axis_vectors(self, values: Sequence[NDArray[Any]], space: str) -> list[Any]:
        """One vector per axis of the grid, in the shape and cut that fit an array of one space.

        On one axis of several devices that is a matrix.
        """
        if self.is_matrix:
            whole = self._matrix(np.asarray(values[0]).ravel(), space)
            return [self._filled(whole.shape, self.spec(space), whole.dtype, whole.__getitem__)]
        placed = []
        for axis, vector in enumerate(values):
            flat = np.asarray(vector).reshape([-1 if a == axis else 1 for a in range(len(values))])
            spec = self.vector_specs(space)[axis]
            placed.append(self._filled(flat.shape, spec, flat.dtype, flat.__getitem__))
        return placed

    def vector_specs(self, space: str) -> list[Any]:
        """How the vectors of `axis_vectors` are cut."""
        if self.is_matrix:
            return [self.spec(space)]
        along, whole = self.spec(space), EVERYWHERE
        return [along if axis == self.cut(space) else whole for axis in range(len(self.shape))]

    def to_grid(self, array: NDArray[Any], space: str = POSITION) -> NDArray[Any]:
        """An array of one space in the shape of the grid."""
        if not self.is_matrix:
            return array
        return array.ravel() if space == POSITION else array.T.ravel()

    def twiddles(self) -> list[Any]:
        """``exp(-2 pi i j2 k1 / N)`` of a matrix, cut as positions are; nothing otherwise."""
        if not self.is_matrix:
            return []
        rows, columns = (np.arange(size) for size in self.shape)

        def fill(part: tuple[slice, ...]) -> NDArray[Any]:
            turns = rows[part[0], None] * columns[None, part[1]] / self.grid_shape[0]
            return np.asarray(np.exp(-2j * np.pi * turns))

        return [self._filled(self.shape, self.spec(POSITION), complex, fill)]

    def forward(self, psi: Any, twiddles: Sequence[Any]) -> Any:
        """The transform of the part of one device: in terms of what lies on it."""
        if self.num_blocks == 1:
            psi = _transformed(psi, range(psi.ndim), jnp.fft.fftn)
            if self.is_matrix:  # Of both axes: XLA turns a matrix slower than it transforms it.
                psi = jnp.fft.ifft(psi, axis=1) * twiddles[0].astype(psi.dtype)
                psi = jnp.fft.fft(psi, axis=1)
            return psi
        if self.is_matrix:
            psi = jnp.fft.fft(psi, axis=0) * twiddles[0].astype(psi.dtype)
            return jnp.fft.fft(self.exchanged(psi, 0, 1), axis=1)
        psi = _transformed(psi, range(1, psi.ndim), jnp.fft.fftn)
        return jnp.fft.fft(self.exchanged(psi, 1, 0), axis=0)

    def backward(self, psi: Any, twiddles: Sequence[Any]) -> Any:
        """The inverse of `forward`."""
        if self.num_blocks == 1:
            if self.is_matrix:
                psi = jnp.fft.ifft(psi, axis=1) * twiddles[0].conj().astype(psi.dtype)
                psi = jnp.fft.fft(psi, axis=1)
            return _transformed(psi, range(psi.ndim), jnp.fft.ifftn)
        if self.is_matrix:
            psi = self.exchanged(jnp.fft.ifft(psi, axis=1), 1, 0)
            return jnp.fft.ifft(psi * twiddles[0].conj().astype(psi.dtype), axis=0)
        psi = self.exchanged(jnp.fft.ifft(psi, axis=0), 0, 1)
        return _transformed(psi, range(1, psi.ndim), jnp.fft.ifftn)

    def exchanged(self, psi: Any, split: int, joined: int) -> Any:
        """Cut along one axis, and made whole along another: the exchange between blocks."""
        if self.num_blocks == 1:
            return psi
        return jax.lax.all_to_all(psi, self.names, split_axis=split, concat_axis=joined, tiled=True)

    def total(self, value: Any) -> Any:
        """Sum over all blocks of numbers that each of them has."""
        return value if self.num_blocks == 1 else jax.lax.psum(value, self.names)

    def largest(self, value: Any) -> Any:
        """The largest of numbers that each of the blocks has."""
        return value if self.num_blocks == 1 else jax.lax.pmax(value, self.names)

    def mapped(
        self, function: Callable[..., Any], specs: Any, out: Any, *, gives: bool = False
    ) -> Any:
        """A function of the parts of one device, compiled for all of them.

        Args:
            function: Of local arrays.
            specs: How its arguments are cut.
            out: How its answer is cut.
            gives: Whether the first argument may be overwritten.
        """
        one = jax.shard_map(
            function, mesh=self.mesh, in_specs=specs, out_specs=out, check_vma=False
        )
        return jax.jit(one, donate_argnums=(0,) if gives else ())

    def _matrix(self, values: NDArray[Any], space: str) -> NDArray[Any]:
        """A vector of the one axis as the matrix of a space."""
        rows, columns = self.shape
        return (
            values.reshape(rows, columns) if space == POSITION else values.reshape(columns, rows).T
        )

    def _filled(self, shape: tuple[int, ...], spec: Any, dtype: Any, fill: Any) -> Any:
        sharding = jax.sharding.NamedSharding(self.mesh, spec)

        def typed(part: tuple[slice, ...]) -> NDArray[Any]:
            return np.asarray(fill(part), dtype=dtype)

        return jax.make_array_from_callback(shape, sharding, typed)


def matrix_shape(points: int) -> tuple[int, int]:
    """Rows and columns of one axis, of a power of two: about as many of both.

    >>> matrix_shape(128)
    (8, 16)
    """
    rows = 1 << (points.bit_length() - 1) // 2
    return rows, points // rows


def most_devices(grid_shape: tuple[int, ...]) -> int:
    """The largest number of devices that a grid can be cut for.

    >>> most_devices((1 << 10,)), most_devices((8, 256))
    (32, 8)
    """
    shape = matrix_shape(grid_shape[0]) if len(grid_shape) == 1 else grid_shape
    return min(*shape[:2], BLOCKS)


def _half(number: int) -> str:
    """Name of the axis of the mesh that tells halves of halves apart, after so many halvings."""
    return f"half-{number}"


def _transformed(psi: Any, axes: Sequence[int], transform: Callable[..., Any]) -> Any:
    for first in range(0, len(axes), _TOGETHER):
        psi = transform(psi, axes=tuple(axes[first : first + _TOGETHER]))
    return psi
