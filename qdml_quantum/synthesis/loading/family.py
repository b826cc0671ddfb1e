"""Circuits of a state, one for every number of two-qubit gates, built and measured in Qiskit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qdml_quantum.synthesis.loading.cz_circuit import turn
from qdml_quantum.synthesis.loading.pruning import Curve, StateFit, effort_for, fitted_curve
from qdml_quantum.synthesis.loading.splitting import Split, split_product
from qdml_quantum.synthesis.loading.wanted import Wanted

LARGEST = 12
"""Qubits of a core above which nothing is fitted: an iteration takes 1 ms, half a minute in all."""
EXACT = 16
"""Most qubits of the exact circuit, which has 2^n - 2 CX, and of a measurement in Qiskit."""
_SPLIT = 0.1
"""Share of the loss that may go into what takes no gates, so that less has to be fitted."""
_FINEST = 1e-5
"""Least loss that a fit is asked for: it takes 30 CX and half a minute on 8 qubits."""
_COARSEST = 0.05
"""Largest loss that may go into a split where less of it leaves too much to fit."""

_NEARLY = 1.02
"""Factor of the loss that is worth no gate: 5 CX of a well kept 0.99122 and 6 of them 0.99124."""


class Member(NamedTuple):
    """One circuit of a family: its two-qubit gates, its fidelity, and the fit of every core."""

    gates: int
    fidelity: float
    fits: tuple[StateFit, ...]


@dataclass(frozen=True, eq=False)
class Family:
    """Circuits of rising fidelity for a state.

    Attributes:
        wanted: The state.
        split: What of it is fitted.
        members: With more gates, and a higher fidelity, each than the one before.
    """

    wanted: Wanted
    split: Split
    members: tuple[Member, ...]

    def shortest(self, fidelity: float) -> Member:
        """The first with a fidelity, or else the best."""
        return next((one for one in self.members if one.fidelity >= fidelity), self.members[-1])

    def best(self, most: int) -> Member:
        """The best with so many two-qubit gates or fewer; the first that is nearly as good."""
        able = [one for one in self.members if one.gates <= most]
        enough = _NEARLY * (1 - able[-1].fidelity)
        return next(one for one in able if 1 - one.fidelity <= enough)

    def circuit(self, member: Member) -> tuple[QuantumCircuit, float]:
        """The circuit of a member and the fidelity that Qiskit measures."""
        size = len(self.wanted.qubits)
        circuit = QuantumCircuit(size)
        twists = dict(enumerate(self.split.twists.tolist()))
        for core, fit in zip(self.split.cores, member.fits, strict=True):
            ansatz = fit.ansatz
            if ansatz.complex:
                turned = [twists.pop(qubit) for qubit in core.qubits]
                ansatz = replace(ansatz, angles=ansatz.angles.copy())
                ansatz.angles[-ansatz.num_qubits :] += turned
            circuit.compose(ansatz.circuit(), core.qubits, inplace=True)
        for qubit, angles in self.split.singles.items():
            turn(circuit, "ry", angles[0], qubit)
            turn(circuit, "rz", angles[1] + twists.pop(qubit), qubit)
        for qubit, angle in twists.items():
            turn(circuit, "rz", angle, qubit)
        fidelity = 1 - self.wanted.loss
        if size <= EXACT:
            fidelity *= measured(circuit, self.wanted.vector)
        else:
            parts = zip(self.split.cores, member.fits, strict=True)
            cores = (measured(fit.ansatz.circuit(), core.vector) for core, fit in parts)
            fidelity *= math.prod(cores, start=1 - self.split.loss)
        return (circuit if self.wanted.is_whole else self._widened(circuit)), fidelity

    def _widened(self, small: QuantumCircuit) -> QuantumCircuit:
        """With the bits below those that were sampled: uniform, with the same linear phase."""
        wide = QuantumCircuit(self.wanted.num_qubits)
        wide.compose(small, self.wanted.qubits, inplace=True)
        first = at = 0
        for size, idle in zip(self.wanted.sizes, self.wanted.idle, strict=True):
            for bit in range(idle):
                wide.ry(math.pi / 2, first + bit)
                turn(wide, "rz", float(self.split.twists[at]) / 2.0 ** (idle - bit), first + bit)
            first, at = first + idle + size, at + size
        return wide


def family_of(
    wanted: Wanted,
    loss: float,
    *,
    least: int = 0,
    seed: int = 0,
) -> Family | None:
    """Circuits for a state, up to one with the loss, and with `least` two-qubit gates.

    Args:
        wanted: The state.
        loss: ``1 - F``, what sampling loses included.
        least: Gates that the longest shall have.
        seed: Of the search.

    Returns:
        None where a part that does not split has more than 12 qubits.
    """
    allowed = _SPLIT * max(loss - wanted.loss, _FINEST)
    parts = split_product(wanted.parts, allowed)
    while any(len(core.qubits) > LARGEST for core in parts.cores):
        allowed *= 4  # What a bit loses grows by this from one to the next.
        if allowed > _COARSEST:
            return None
        parts = split_product(wanted.parts, allowed)
    kept = (1 - parts.loss) * (1 - wanted.loss)
    share = max(1 - (1 - loss) / kept, _FINEST) / max(len(parts.cores), 1)
    curves = [
        fitted_curve(
            core.vector,
            core.edges,
            share,
            least=least,
            effort=effort_for(len(core.qubits), share, hard=core.is_hard),
            seed=seed,
        )
        for core in parts.cores
    ]
    return Family(wanted, parts, tuple(_rising(_together(curves, kept))))


def _together(curves: Iterable[Curve], kept: float) -> list[Member]:
    """The best members for every number of gates in all cores."""
    best = {0: Member(0, kept, ())}
    for curve in curves:
        more: dict[int, Member] = {}
        for member in best.values():
            for gates, fit in curve.items():
                fidelity = member.fidelity * (1 - fit.loss)
                one = Member(member.gates + gates, fidelity, (*member.fits, fit))
                if one.gates not in more or more[one.gates].fidelity < fidelity:
                    more[one.gates] = one
        best = more
    return sorted(best.values())


def _rising(members: Iterable[Member]) -> Iterable[Member]:
    """Those that are better than all with fewer gates."""
    least = 0.0
    for member in members:
        if member.fidelity > least:
            least = member.fidelity
            yield member


def measured(circuit: QuantumCircuit, vector: NDArray[Any]) -> float:
    """``|<vector|made>|^2`` by Qiskit."""
    return float(abs(np.vdot(vector, Statevector(circuit).data)) ** 2)
