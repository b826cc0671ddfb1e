"""What an anneal on the values of a window measures."""

import numpy as np
import pytest

from qdml_quantum import Emulator, Windows
from qdml_quantum.optimize.measured import Measured


@pytest.mark.parametrize(("shape", "times"), [((16,), 1.3), ((8, 8), 1.5), ((16, 4), 1.5)])
def test_points_near_the_lowest_value_are_measured_more_often(shape, times):
    places = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    lowest = np.array([size // 3 for size in shape])
    values = (((places - lowest) / shape) ** 2).sum(axis=-1)
    near, far = [], []
    for seed in range(8):
        measured = Measured(Windows(shots=16), Emulator(), np.random.default_rng(seed))
        indices = measured(values)
        assert indices.shape[1] == len(shape) and len(np.unique(indices, axis=0)) == len(indices)
        is_near = (np.abs(indices - 4 * lowest) <= 4).all(axis=1)
        near.append(is_near.sum())
        far.append((~is_near).sum())
    share = np.prod([9 / (4 * size) for size in shape])
    assert np.mean(near) / share > times * np.mean(far) / (1 - share)


def test_walls_are_the_highest_and_scale_is_nothing():
    values = np.add.outer(np.arange(4.0), np.arange(4.0))
    walls = np.where(values > 3, np.inf, values)
    drawn = [
        Measured(Windows(2), Emulator(), np.random.default_rng(1))(table)
        for table in (values, 1e9 * values - 3, walls)
    ]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert np.isfinite(drawn[2]).all()


def test_gates_are_counted_once_per_shape():
    measured = Measured(Windows(3), Emulator(), np.random.default_rng(1))
    rng = np.random.default_rng(3)
    for shape in ((8, 8), (8, 2), (8, 8)):
        measured(rng.random(shape))
    assert set(measured.gates) == {(8, 8), (8, 2)}
    assert measured.gates[8, 8] > measured.gates[8, 2] > 0
