"""The last transform to positions, measured as it goes: feed-forward instead of two-qubit gates."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.transpiler import Target

from qdml_quantum.support.messages import bad_value

FEED_FORWARD = "if_else"
"""Name of the instruction that a target with feed-forward has."""


def require_feed_forward(target: Target | None) -> None:
    """Refuse a target on which no gate can hang on a measured bit; None has everything.

    Raises:
        ValueError: It has no `if_else`.
    """
    if target is None or FEED_FORWARD in target.operation_names:
        return
    must = f"be False on a target without feed-forward, the instruction `{FEED_FORWARD}`"
    given = f"True, on a target with {', '.join(sorted(target.operation_names))}"
    raise bad_value("dynamic", must, given, "Leave `dynamic` out, or take another target.")


def measure_as_it_goes(
    circuit: QuantumCircuit, wires: Sequence[int], momentum: Sequence[Sequence[int]]
) -> None:
    r"""Transform some axes to positions and measure all slots, slot i into bit i of `meas`.

    The transform is ``H`` on every slot, the lowest first, and before that on slot i the phases
    ``pi / 2^(i-j)`` for every slot ``j < i`` whose new bit is 1. A controlled phase may be measured
    first on its control: so each of these is a phase that hangs on a measured bit, and takes no
    two-qubit gate. All phases of one bit are in one block, and the axes go side by side: the
    longest one has n - 1 rounds of feed-forward.

    Args:
        circuit: With slot i on ``wires[i]``.
        wires: Wire of every slot.
        momentum: For every axis that is in momentum its slots, the lowest first, where slot i holds
            bit ``n - 1 - i`` of the wave number (`to_momentum`). All other slots are measured as
            they are.

    References:
        R. B. Griffiths and C.-S. Niu, Phys. Rev. Lett. 76, 3228 (1996),
        doi 10.1103/PhysRevLett.76.3228.

    >>> circuit = QuantumCircuit(3)
    >>> measure_as_it_goes(circuit, range(3), [range(3)])
    >>> dict(circuit.count_ops())
    {'h': 3, 'measure': 3, 'if_else': 2}
    """
    bits = ClassicalRegister(circuit.num_qubits, "meas")
    circuit.add_register(bits)
    for rank in range(max(map(len, momentum), default=0)):
        axes = [slots for slots in momentum if rank < len(slots)]
        for slots in axes:
            circuit.h(wires[slots[rank]])
        for slots in axes:
            circuit.measure(wires[slots[rank]], bits[slots[rank]])
        for slots in axes:
            later = slots[rank + 1 :]
            if later:
                with circuit.if_test((bits[slots[rank]], 1)):
                    for distance, slot in enumerate(later, 1):
                        circuit.p(math.pi / 2**distance, wires[slot])
    moved = {slot for slots in momentum for slot in slots}
    for slot, wire in enumerate(wires):
        if slot not in moved:
            circuit.measure(wire, bits[slot])
