"""Gates of one Strang step on Aer and on PennyLane's lightning, the same ones, in turn.

The step is that of the Morse potential with the Walsh compiler, its circuit made before. `gates` is
`GateByGate` of this package on Aer's state vector; `device` is the device `lightning.qubit`, its
tape made before; `bindings` calls the methods of the C++ state vector below that device gate by
gate, which PennyLane documents for C++ only. Processor time, medians; the states are compared.
Needs `pip install pennylane-lightning`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pennylane
from common import arguments, finish, median
from pennylane_lightning.lightning_qubit_ops import StateVectorC128

from qdml_quantum import Anneal, Grid, Problem, Schedule, build
from qdml_quantum.backends.aer import GateByGate

NAMES = {
    "h": "Hadamard",
    "x": "PauliX",
    "cx": "CNOT",
    "p": "PhaseShift",
    "rz": "RZ",
    "cp": "ControlledPhaseShift",
    "swap": "SWAP",
}


def compare(qubits: int, rounds: int) -> dict[str, Any]:
    problem = Problem(Grid([(-4.0, 8.0)], qubits), "morse")
    circuit = build(Anneal(problem, Schedule.constant(0.5, num_steps=1, time_step=0.01)))
    index = {qubit: qubits - 1 - number for number, qubit in enumerate(circuit.qubits)}
    gates = [
        (NAMES[item.name], [index[qubit] for qubit in item.qubits], [float(a) for a in item.params])
        for item in circuit.data
        if item.name != "barrier"
    ]
    start = np.zeros(1 << qubits, dtype=complex)
    start[0] = 1
    ours, device = GateByGate(), pennylane.device("lightning.qubit", wires=qubits)
    operations = [getattr(pennylane, name)(*angles, wires=on) for name, on, angles in gates]
    tape = pennylane.tape.QuantumScript(operations, [pennylane.state()])

    def bindings() -> Any:
        vector = StateVectorC128(qubits)
        vector.resetStateVector()
        for name, on, angles in gates:
            getattr(vector, name)(on, False, angles)
        state = np.empty_like(start)
        vector.getState(state)
        return state

    candidates: dict[str, Callable[[], Any]] = {
        "gates": lambda: ours.run(start, [circuit]),
        "device": lambda: device.execute(tape),
        "bindings": bindings,
    }
    states = {name: run() for name, run in candidates.items()}
    turn = np.exp(1j * float(circuit.global_phase))
    off = max(np.abs(states[name] * turn - states["gates"]).max() for name in list(states)[1:])
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            begun = time.process_time()
            run()
            times[name].append(time.process_time() - begun)
    ms = {name: 1e3 * median(found) for name, found in times.items()}
    return {
        "qubits": qubits,
        "number": len(gates),
        **ms,
        "gates / device": ms["gates"] / ms["device"],
        "gates / bindings": ms["gates"] / ms["bindings"],
        "distance": float(off),
    }


def main() -> None:
    options = arguments(__doc__ or "")
    sizes, rounds = ([4], 1) if options.quick else ([6, 8, 10, 12, 14], 9)
    rows = []
    for qubits in sizes:
        rows.append(compare(qubits, rounds if qubits < 14 else 3))
        print(rows[-1], flush=True)
    finish("lightning", rows, options.output)


if __name__ == "__main__":
    main()
