"""Guide functions: derivatives of the logarithm, exact and by differences."""

import numpy as np
import pytest

from qdml_quantum.reference.walkers.guide import Guide

X = np.array([[0.3, -1.0], [2.0, 0.5], [0.0, 0.0]])


def test_gaussian_is_its_own_differences():
    """Measured: 1e-10 of the slope, 3e-9 of the Laplacian."""
    exact = Guide.gaussian([0.5, -0.2], [1.0, 3.0])
    rough = Guide.of(lambda x, y: -((x - 0.5) ** 2) / 2 - 3 * (y + 0.2) ** 2 / 2)
    np.testing.assert_allclose(rough.gradient(X), exact.gradient(X), atol=1e-9)
    np.testing.assert_allclose(rough.laplacian(X), exact.laplacian(X), atol=1e-7)


def test_differences_are_of_second_order():
    errors = [
        np.abs(
            Guide.of(lambda x, y: np.sin(x) * y, spacing=h).laplacian(X) + np.sin(X[:, 0]) * X[:, 1]
        ).max()
        for h in (0.02, 0.01)
    ]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.05)


def test_wrong_curvature():
    for wrong in (0.0, -1.0, [1.0, np.nan]):
        with pytest.raises(ValueError, match=r"positive|finite"):
            Guide.gaussian([0.0, 0.0], wrong)
