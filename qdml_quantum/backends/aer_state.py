"""Circuits on an Aer state vector gate by gate, without assembling them first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator
from qiskit_aer.quantum_info.states.aer_state import AerState

Program = list[tuple[str, tuple[Any, ...]]]
"""Names of `AerState` methods with their arguments."""


class GateByGate:
    """Applies circuits to a state vector held by Aer.

    `AerSimulator.run` spends 14 us per gate on the Python assembly of a circuit before the first
    amplitude moves; below about 12 qubits that is most of the time. Here the gates of a block are
    looked up once and then handed to Aer's state vector for every step: 1.4 us per gate at 6
    qubits, 2.8 at 10, 8.4 at 12 (`benchmarks/aer.py`). Aer uses one thread this way.

    >>> import numpy as np
    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1)
    >>> GateByGate().run(np.array([1, 0, 0, 0]), [bell]).real.round(3)
    array([0.707, 0.   , 0.   , 0.707])
    """

    def __init__(self) -> None:
        self._programs: dict[int, tuple[QuantumCircuit, Program]] = {}

    def run(
        self, vector: NDArray[Any], circuits: Iterable[QuantumCircuit]
    ) -> NDArray[np.complex128]:
        """Apply circuits on all qubits in order.

        Args:
            vector: Amplitudes in Qiskit's order, shape ``(2^n,)``; not changed.
            circuits: Unitary circuits on n qubits; a circuit that comes again is not read again.

        Raises:
            QiskitError: A circuit holds something that is no gate.
        """
        state = AerState(method="statevector", fusion_enable=False)
        state.initialize(np.array(vector, dtype=np.complex128))
        for circuit in circuits:
            for method, given in self._program(circuit):
                getattr(state, method)(*given)
        state.flush()
        result = np.array(state.move_to_ndarray())
        state.close()
        return result

    def _program(self, circuit: QuantumCircuit) -> Program:
        known = self._programs.get(id(circuit))
        if known is None or known[0] is not circuit:
            while len(self._programs) >= _KEPT:
                del self._programs[next(iter(self._programs))]
            known = self._programs[id(circuit)] = (circuit, _translate(circuit))
        return known[1]


_KEPT = 8


def _translate(circuit: QuantumCircuit) -> Program:
    """What Aer has a kernel for is named, ``rz`` becomes ``p``; any other gate is a matrix."""
    program: Program = []
    phase = float(circuit.global_phase)
    index_of = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    for item in circuit.data:
        name = item.operation.name
        qubits = [index_of[qubit] for qubit in item.qubits]
        if name in ("h", "x", "y", "z", "cx", "cy", "cz"):
            program.append((f"apply_{name}", tuple(qubits)))
        elif name == "swap":
            program.append(("apply_mcswap", ([], *qubits)))
        elif name in ("p", "cp", "rz"):
            angle = float(item.operation.params[0])
            program.append(("apply_mcphase", (qubits[:-1], qubits[-1], angle)))
            if name == "rz":
                phase -= angle / 2
        elif name != "barrier":
            program.append(("apply_unitary", (qubits, Operator(item.operation).data)))
    if phase:
        program.append(("apply_global_phase", (phase,)))
    return program
