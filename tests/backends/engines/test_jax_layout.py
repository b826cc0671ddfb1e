"""How a grid lies on devices: on one of them here, on four in processes of their own."""

import math
from itertools import product

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum.backends.engines import jax_layout
from qdml_quantum.backends.engines.jax_layout import (
    POSITION,
    WAVE,
    Layout,
    jax,
    matrix_shape,
    most_devices,
)


@pytest.mark.parametrize("points", [2, 4, 8, 1 << 11, 1 << 22])
def test_rows_and_columns_are_about_as_many(points):
    rows, columns = matrix_shape(points)
    assert rows * columns == points
    assert columns in (rows, 2 * rows)


@pytest.mark.parametrize(
    ("shape", "most"), [((64,), 8), ((2,), 1), ((4, 256), 4), ((256, 8, 2), 8), ((256, 256), 64)]
)
def test_devices_are_no_more_than_points_of_both_cuts(shape, most):
    assert most_devices(shape) == most


@pytest.mark.parametrize("shape", [(16,), (4, 8), (2, 4, 8), (2, 2, 4, 2)])
def test_one_device_transforms_the_whole(shape):
    layout = Layout(shape, tuple(jax.devices()[:1]))
    rng = np.random.default_rng(0)
    psi = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    spec = layout.spec(POSITION)
    with jax.enable_x64(True):
        there = layout.mapped(lambda psi: layout.forward(psi, []), (spec,), layout.spec(WAVE))
        back = layout.mapped(lambda psi: layout.backward(psi, []), (spec,), layout.spec(WAVE))
        spectrum = there(psi)
        np.testing.assert_allclose(spectrum, np.fft.fftn(psi), atol=1e-13)
        np.testing.assert_allclose(back(spectrum), psi, atol=1e-14)


SHAPES = [(1 << 9,), (1 << 18,), (16, 32), (1 << 10, 8), (8, 1 << 10), (8, 16, 8)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("number", [2, 4, 8])
@pytest.mark.parametrize("uncut", [1, 1 << 6])
def test_no_device_has_more_of_a_coarse_grid_than_of_the_full_one(
    monkeypatch, shape, number, uncut
):
    """And no small one is cut; whatever few points the axes have."""
    monkeypatch.setattr(jax_layout, "_UNCUT", uncut)
    full = Layout(shape, tuple(jax.devices()[:1]) * number)
    powers = [range(1, size.bit_length()) for size in shape]
    for few in product(*powers):
        coarse = full.thinned(tuple(1 << power for power in few))
        size = math.prod(coarse.shape)
        assert size == 1 << sum(few)
        assert coarse.num_blocks == 1 or size >= uncut
        assert size // coarse.num_blocks <= max(uncut - 1, math.prod(shape) // number)
        for space in (POSITION, WAVE):
            cut = coarse.cut(space)
            assert cut is None or coarse.shape[cut] % coarse.num_blocks == 0
    assert full.thinned(shape).num_blocks in (1, number)


def test_equal_layouts_share_what_is_compiled():
    devices = tuple(jax.devices()[:1])
    assert hash(Layout((8, 8), devices)) == hash(Layout((8, 8), devices))
    assert Layout((8, 8), devices) == Layout((8, 8), devices)
    assert Layout((8, 8), devices) != Layout((64,), devices)
