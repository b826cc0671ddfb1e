"""What a device says of the qubits that a circuit uses, kept with every plan and result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from qdml_quantum.hardware.devices.devices import notes, target_of
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.devices.noise import readout_errors, used_qubits
from qdml_quantum.hardware.devices.placement import Tally


def snapshot(backend: Any, circuits: QuantumCircuit | Iterable[QuantumCircuit]) -> dict[str, Any]:
    """What the device says of the qubits, edges and measurements that circuits use.

    Args:
        backend: A `BackendV2`, or a sampler that tells its backend.
        circuits: One or several, on the qubits of the device and in its gates.

    Returns:
        Plain JSON: names and dates, and by qubit and by edge the error rates and times in seconds;
        None for what is not known.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> bell = QuantumCircuit(156, 2)
    >>> _ = bell.sx(7), bell.cz(7, 8), bell.measure([7, 8], [0, 1])
    >>> figures = snapshot(FakeFez(), bell)
    >>> figures["backend"], round(figures["edges"]["7-8"]["cz"]["error"], 4)
    ('fake_fez', 0.0049)
    """
    circuits = [circuits] if isinstance(circuits, QuantumCircuit) else list(circuits)
    device, target = Machine(backend).backend, target_of(backend)
    qubits = used_qubits(circuits)
    gates: dict[str, dict[str, Any]] = {}
    for circuit in circuits:
        for name, where in Tally.of(circuit, target).gates:
            figures = target[name].get(where) if name in target.operation_names else None
            if figures is not None and len(where) <= 2:
                entry = gates.setdefault("-".join(map(str, sorted(where))), {})
                entry[name] = {"error": figures.error, "seconds": figures.duration}
    report = getattr(device, "properties", None)
    report = report() if callable(report) else None
    updated = getattr(report, "last_update_date", None)
    return {
        "backend": str(getattr(device, "name", type(device).__name__)),
        "version": str(getattr(device, "backend_version", None) or ""),
        "num_qubits": target.num_qubits,
        "updated": updated.isoformat() if updated is not None else None,
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "notes": list(notes(device)),
        "qubits": _qubit_figures(device, target, qubits, gates),
        "edges": {edge: figures for edge, figures in gates.items() if "-" in edge},
    }


def _qubit_figures(
    device: Any, target: Target, qubits: Iterable[int], gates: Mapping[str, Any]
) -> dict[str, Any]:
    by_qubit = {}
    readout = readout_errors(device, qubits)
    for qubit in qubits:
        known = target.qubit_properties[qubit] if target.qubit_properties else None
        one, zero = readout.get(qubit, (None, None))
        by_qubit[str(qubit)] = {
            "t1": getattr(known, "t1", None),
            "t2": getattr(known, "t2", None),
            "read_1_for_0": one,
            "read_0_for_1": zero,
            "gates": gates.get(str(qubit), {}),
        }
    return by_qubit
