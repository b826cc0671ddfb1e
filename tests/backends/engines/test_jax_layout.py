"""How a grid lies on devices: on one of them here, on four in processes of their own."""

import numpy as np
import pytest

pytest.importorskip("jax")

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


def test_equal_layouts_share_what_is_compiled():
    devices = tuple(jax.devices()[:1])
    assert hash(Layout((8, 8), devices)) == hash(Layout((8, 8), devices))
    assert Layout((8, 8), devices) == Layout((8, 8), devices)
    assert Layout((8, 8), devices) != Layout((64,), devices)
