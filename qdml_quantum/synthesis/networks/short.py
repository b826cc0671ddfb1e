"""Steps on axes of three qubits or fewer, which need no Fourier transform.

A Fourier transform tells k from -k, though their squares are equal. On one and two qubits H gates
alone are transform enough (see `PathSum.step`). On three, with an H on qubit 2 before and after,
``Z_2`` is the parity of k, and in units of ``(2 pi / L)^2``

    k^2 = 6 + 2 X_1 - 4 X_0 - 4 X_1 X_0      for even k (0, +-2, 4),
    k^2 = 5 - 4 (X_0 + Y_1 Y_0) / sqrt 2     for odd k (+-1, +-3).

The folded squares of `dispersion` are ``2 - 2 X_1`` (m = 2) and 0 (m = 1) for even k, and 1 for odd
k: they change the angles of what is there for k^2 anyway, and no folded phase costs a gate. Either
way qubit 0 is rotated by one angle, about an axis that depends on the other two qubits, and
for even k qubit 1 is rotated, too. After H on all three qubits, with bits y, that is

- a diagonal on the strings y1, y1 y2, y1 y2 y0 and y1 y0, which rotates qubit 1 for even k alone,
  and leaves it as y1 + y0;
- a rotation of qubit 0 by ``8 theta``, about Z or about a line at 45 degrees to it: half a turn
  about the line between the two, which is an H turned by pi/8, takes one to the other, where qubit
  2 asks for it, with a CX before and after;
- a CX from qubit 0 to qubit 1, which makes the line depend on qubit 1, and H on all three.

So a whole step on such axes is two parity networks, of the strings of the potential and of those
of all the y, with H on all wires between them, and what `close` appends. Neither network has to
bring the qubits home: H on all wires turns what they hold into its inverse transpose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from qiskit import QuantumCircuit

from qdml_quantum.problem.grid import Axis
from qdml_quantum.synthesis.networks.path_sum import TRIPLE, short_mask
from qdml_quantum.synthesis.networks.step import kinetic_terms

_EIGHTH, _QUARTER = math.pi / 8, math.pi / 4  # Of pi.
CLOSING = 3
"""Two-qubit gates that `close` appends on every axis of three qubits."""


def short_angles(
    potential: Mapping[int, float],
    axes: Sequence[Axis],
    kinetic: float,
    folds: Sequence[Sequence[float]] = (),
) -> dict[int, float]:
    """Theta of every term of a step, see `PathSum.short`.

    Args:
        potential: Theta of every ``exp(-i theta Z...Z)`` of the potential phase.
        axes: Axes; axis 0 on the lowest qubits.
        kinetic: Angle of the kinetic phase, ``D dt``.
        folds: Folded momentum phases of every axis, default none; see `dispersion`.
    """
    sizes = [axis.num_qubits for axis in axes]
    angles = {short_mask(mask, sizes): theta for mask, theta in potential.items()}
    y = sum(sizes)
    for axis, fold in zip(axes, folds or [()] * len(axes), strict=True):
        if axis.num_qubits == TRIPLE:
            theta, one, two = _units(axis, kinetic, fold)
            mean, turn = 5.5 * theta + 0.5 * one + 1.5 * two, theta - two
            terms = {0: mean, 3: _QUARTER + turn, 7: turn, 6: -2 * theta, 2: -2 * theta}
        else:
            terms = kinetic_terms(axis, kinetic, fold)
        for mask, value in terms.items():
            term = mask << y
            angles[term] = angles.get(term, 0.0) + value
        y += axis.num_qubits
    return angles


def close(
    circuit: QuantumCircuit,
    wires: Sequence[int],
    axes: Sequence[Axis],
    kinetic: float,
    folds: Sequence[Sequence[float]] = (),
) -> None:
    """Append what follows the networks; every slot ends on the wire where it is.

    Args:
        circuit: The networks, with their angles.
        wires: Wire of every slot.
        axes: As in `short_angles`.
        kinetic: As there.
        folds: As there.

    >>> axis, strings = Axis(-4, 4, 3), {3: 0.1, 5: 0.2, 6: 0.3}
    >>> from qdml_quantum.synthesis.networks.path_sum import PathSum
    >>> from qdml_quantum.synthesis.networks.synthesize import synthesize
    >>> from qdml_quantum.synthesis.networks.topology import Topology
    >>> network = synthesize(PathSum.short(3, strings, [3]), Topology(3), effort=0.1)
    >>> step = network.circuit(short_angles(strings, [axis], 0.1))
    >>> close(step, network.wires, [axis], 0.1)
    >>> step.count_ops()["cx"]
    9
    """
    first = 0
    for axis, fold in zip(axes, folds or [()] * len(axes), strict=True):
        on = wires[first : first + axis.num_qubits]
        first += axis.num_qubits
        if axis.num_qubits == TRIPLE:
            _close_triple(circuit, on, *_units(axis, kinetic, fold))
        circuit.h(on)


def _units(axis: Axis, kinetic: float, fold: Sequence[float]) -> tuple[float, float, float]:
    """Angles of k^2, k_1^2 and k_2^2 in units of ``(2 pi / L)^2``."""
    one, two = (*fold, 0.0, 0.0)[:2]
    unit = (2 * math.pi / axis.length) ** 2
    return unit * kinetic, unit * one, unit * two


def _close_triple(
    circuit: QuantumCircuit, wires: Sequence[int], theta: float, one: float, two: float
) -> None:
    b, a, t = wires
    for turn in (-8 * theta, None):
        circuit.h(b)
        circuit.rz(-_EIGHTH, b)
        circuit.cx(t, b)
        circuit.rz(_EIGHTH, b)
        circuit.h(b)
        if turn is not None:
            circuit.rz(turn, b)
    circuit.cx(b, a)
    circuit.rz(-2 * _QUARTER, a)
    circuit.rz(theta + two - one, t)
