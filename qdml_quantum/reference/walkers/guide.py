"""Guide functions: what is known about the ground state, for diffusion Monte Carlo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value, number


@dataclass(frozen=True)
class Guide:
    r"""A positive guide function psi_T, by the derivatives of its logarithm.

    Walkers drift with velocity ``2 D grad ln psi_T`` and branch by the local energy

        E_L = H psi_T / psi_T = zeta - D (lap ln psi_T + |grad ln psi_T|^2).

    Where psi_T is the ground state, E_L is E0 everywhere and the energy has no error at all.

    Args:
        gradient: grad ln psi_T: positions of shape ``(num_walkers, d)`` to the same shape.
        laplacian: lap ln psi_T: to the shape ``(num_walkers,)``.

    References:
        P. J. Reynolds, D. M. Ceperley, B. J. Alder and W. A. Lester, J. Chem. Phys. 77, 5593
        (1982), doi 10.1063/1.443766.

    >>> guide = Guide.gaussian([0.0, 1.0], 2.0)
    >>> guide.gradient(np.array([[0.5, 1.0]])), guide.laplacian(np.array([[0.5, 1.0]]))
    (array([[-1., -0.]]), array([-4.]))
    """

    gradient: Callable[[Array], Array]
    laplacian: Callable[[Array], Array]

    @classmethod
    def gaussian(cls, center: ArrayLike, curvature: ArrayLike) -> Guide:
        """``psi_T = exp(-sum c_i (x_i - m_i)^2 / 2)``.

        It is the ground state of ``zeta = a x^2`` for ``c = sqrt(a / D)``.

        Args:
            center: m, shape ``(d,)``.
            curvature: c, positive; one number, or one per axis.
        """
        middle = np.atleast_1d(real_array("center", center))
        strength = np.broadcast_to(real_array("curvature", curvature), middle.shape)
        if middle.ndim != 1 or not (strength > 0).all():
            raise bad_value("curvature", "be positive", curvature, "Give 1 per axis.")
        total = -float(strength.sum())
        return cls(
            lambda x: -strength * (x - middle),
            lambda x: np.full(len(x), total),
        )

    @classmethod
    def of(cls, logarithm: Callable[..., ArrayLike], *, spacing: float = 1e-3) -> Guide:
        """A guide from ``ln psi_T(x1, ..., xd)`` on arrays, by central differences.

        Args:
            logarithm: Elementwise function of d coordinate arrays, smooth.
            spacing: Distance of the differences, whose error is its square; default 1e-3.

        >>> guide = Guide.of(lambda x: -(x**4))
        >>> guide.gradient(np.array([[1.0]])).round(4), guide.laplacian(np.array([[1.0]])).round(4)
        (array([[-4.]]), array([-12.]))
        """
        h = number("spacing", spacing)
        answered = partial(real_array, "The answer of `logarithm`", finite=False)

        def neighbours(x: Array, axis: int) -> tuple[Array, Array]:
            shift = h * (np.arange(x.shape[1]) == axis)
            above, below = logarithm(*(x + shift).T), logarithm(*(x - shift).T)
            return answered(above), answered(below)

        def gradient(x: Array) -> Array:
            pairs = [neighbours(x, axis) for axis in range(x.shape[1])]
            return np.stack([(above - below) / (2 * h) for above, below in pairs], axis=1)

        def laplacian(x: Array) -> Array:
            middle = 2 * answered(logarithm(*x.T))
            bends = [sum(neighbours(x, axis)) - middle for axis in range(x.shape[1])]
            return np.asarray(sum(bends) / h**2)

        return cls(gradient, laplacian)
