"""Between grids of one box, on one device here; on four in `on_four_devices.py`."""

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum.backends.engines.jax_layout import Layout, jax
from qdml_quantum.backends.engines.jax_levels import picking, putting, refining
from qdml_quantum.dynamics.propagate import interpolated

GRIDS = [((4,), (64,)), ((4, 8), (8, 8)), ((2, 2, 4), (4, 8, 4)), ((1 << 17,), (1 << 18,))]


def layouts(*shapes):
    return [Layout(shape, tuple(jax.devices()[:1])) for shape in shapes]


@pytest.mark.parametrize(("few", "many"), GRIDS)
def test_refined_is_interpolated(few, many):
    """The last one of all becomes a matrix."""
    coarse, fine = layouts(few, many)
    rng = np.random.default_rng(0)
    psi = rng.standard_normal(few) + 1j * rng.standard_normal(few)
    with jax.enable_x64(True):
        twiddles = [coarse.twiddles(), fine.twiddles()]
        refined = np.asarray(refining(coarse, fine)(psi.reshape(coarse.shape), *twiddles))
    assert refined.shape == fine.shape
    np.testing.assert_allclose(refined.reshape(many), interpolated(psi, many), atol=1e-14)


@pytest.mark.parametrize(("few", "many"), GRIDS)
def test_picked_and_put_back(few, many):
    """Where the points of the coarse grid are, and nowhere else."""
    coarse, full = layouts(few, many)
    psi = np.arange(1.0, np.prod(many) + 1).reshape(many) + 0j
    steps = tuple(slice(None, None, n // m) for m, n in zip(few, many, strict=True))
    with jax.enable_x64(True):
        picked = picking(full, coarse)(psi.reshape(full.shape))
        whole = np.asarray(putting(full, coarse)(picked)).reshape(many)
    np.testing.assert_array_equal(np.asarray(picked).reshape(few), psi[steps])
    np.testing.assert_array_equal(whole[steps], psi[steps])
    assert np.count_nonzero(whole) == np.prod(few)
