"""Imaginary-time steps of a block of vectors on the first device of JAX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.backends.engines.jax_layout import jax, jnp
from qdml_quantum.dynamics.formulas import POTENTIAL, Term
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.reference.block import BlockSteps
from qdml_quantum.support.repeats import folded

_KEPT = 64
"""Compiled programs that are kept: one for each shape, formula, and whether a chunk is one step."""


class JaxBlockSteps(BlockSteps):
    """Every chunk of steps is one compiled loop, in double precision.

    The block goes to the device before it and comes back after it: between chunks it is turned to
    its Ritz vectors by NumPy.
    """

    def moved(
        self,
        block: NDArray[Any],
        phases: Sequence[Phase],
        factors: Mapping[Phase, NDArray[np.floating[Any]]],
    ) -> NDArray[Any]:
        """See `BlockSteps.moved`."""
        number = dict(zip(factors, range(len(factors)), strict=True))
        loops = folded([number[phase] for phase in phases])
        form = tuple(tuple(numbers) for _, numbers in loops)
        terms = tuple(phase.term for phase in factors)
        with jax.enable_x64(True):
            program = _program(form, terms, self.problem.grid.shape)
            times = np.array([count for count, _ in loops])
            return np.array(program(jnp.asarray(block), list(factors.values()), times))


@lru_cache(maxsize=_KEPT)
def _program(
    form: tuple[tuple[int, ...], ...], terms: tuple[Term, ...], shape: tuple[int, ...]
) -> Any:
    """Loops over factors by their numbers, one after the other; how often are arguments."""
    *others, last = range(-len(shape), 0)

    def times_factor(block: Any, number: int, factors: Sequence[Any]) -> Any:
        if terms[number] == POTENTIAL:
            return block * factors[number]
        # Axis by axis: those of JAX for several axes end at three.
        spectrum = jnp.fft.rfft(block, axis=last)
        for axis in others:
            spectrum = jnp.fft.fft(spectrum, axis=axis)
        spectrum = spectrum * factors[number]
        for axis in others:
            spectrum = jnp.fft.ifft(spectrum, axis=axis)
        return jnp.fft.irfft(spectrum, n=shape[-1], axis=last)

    def program(block: Any, factors: Sequence[Any], times: Any) -> Any:
        for loop, numbers in enumerate(form):

            def step(_: Any, moved: Any, numbers: tuple[int, ...] = numbers) -> Any:
                for number in numbers:
                    moved = times_factor(moved, number, factors)
                return moved

            block = jax.lax.fori_loop(0, times[loop], step, block)
        return block

    return jax.jit(program)
