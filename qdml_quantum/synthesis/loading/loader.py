"""Short circuits that load a state on the edges that there are, with as many gates as pay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qdml_quantum.support.messages import bad_value
from qdml_quantum.synthesis.loading.cz_circuit import Pair
from qdml_quantum.synthesis.loading.pruning import StateFit, fitted_curve

LARGEST = 8
"""Most qubits, for which it takes seconds: no device of today carries a step of more."""
GATE_LOSS = 0.005
"""Infidelity that a two-qubit gate costs, waiting included: a CZ of today's devices has 0.003."""


@dataclass(frozen=True, eq=False)
class Loader:
    """A circuit from all qubits in 0, and the state that it makes in place of the wanted one.

    Attributes:
        circuit: Of ry, rz and cx, on the edges that were given.
        state: What it makes, exactly; qubit i is bit i of the index.
        fidelity: With the wanted state.
    """

    circuit: QuantumCircuit
    state: NDArray[np.complex128]
    fidelity: float

    @classmethod
    def of(cls, fit: StateFit) -> Loader:
        """From a fit."""
        state = np.asarray(fit.ansatz.state(), dtype=complex)
        return cls(fit.ansatz.circuit(), state, min(1 - fit.loss, 1.0))  # It rounds.


def fit_loader(
    wanted: NDArray[np.complex128], edges: Iterable[Pair] | None = None, *, seed: int = 0
) -> Loader:
    """Fit a circuit to a state: as many two-qubit gates as pay for themselves.

    Of the circuits of `fitted_curve` that for which ``1 - fidelity`` plus 0.005 per two-qubit gate
    is least.

    Args:
        wanted: ``2^n`` amplitudes of norm 1.
        edges: Pairs of qubits that a gate can join, in the order of a staircase; default neighbours
            on a line, from the top down.
        seed: Of the starts.

    Raises:
        ValueError: More than 8 qubits.

    >>> w = np.array([0, 1, 1, 0, 1, 0, 0, 0]) / np.sqrt(3)
    >>> loader = fit_loader(w)
    >>> loader.circuit.count_ops()["cx"], round(loader.fidelity, 6)
    (3, 1.0)
    """
    return Loader.of(min(loader_fits(wanted, edges, seed=seed), key=price))


def price(fit: StateFit) -> float:
    """What a circuit costs on a device: what it misses, and what its gates lose."""
    return fit.loss + GATE_LOSS * len(fit.ansatz.pairs)


def loader_fits(
    wanted: NDArray[np.complex128], edges: Iterable[Pair] | None = None, *, seed: int = 0
) -> list[StateFit]:
    """Circuits on the edges with ever more two-qubit gates; arguments as for `fit_loader`."""
    n = wanted.size.bit_length() - 1
    if n > LARGEST:
        raise bad_value("preload", f"be 0 on more than {LARGEST} qubits", f"with {n}")
    line = [(q, q - 1) for q in range(n - 1, 0, -1)]
    pairs = line if edges is None else list(edges)
    real = wanted if wanted.imag.any() else np.ascontiguousarray(wanted.real)
    # Below this no gate can win as much as it costs.
    curve = fitted_curve(real, pairs, GATE_LOSS, least=1, seed=seed)
    return [curve[gates] for gates in sorted(curve)]
