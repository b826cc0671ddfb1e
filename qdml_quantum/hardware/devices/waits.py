"""How long qubits wait, in which they relax: a schedule of a circuit, with delays where they do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, ControlFlowOp, Operation, Qubit
from qiskit.transpiler import PassManager, Target, TranspilerError
from qiskit.transpiler.passes import ALAPScheduleAnalysis, PadDelay

from qdml_quantum.hardware.devices.figures import completed
from qdml_quantum.support.messages import bad_value


def with_delays(
    target: Target, circuits: Sequence[QuantumCircuit], *, feed_forward: float | None = None
) -> list[QuantumCircuit]:
    """Every gate as late as possible, and delays where qubits wait, in which they relax.

    Where gates hang on measured bits, all up to the first measurement is as late as possible, and
    what follows as soon as its qubits are free and its bits have been known for `feed_forward`.

    Args:
        target: Of the circuits. Where it does not say how long the gates take, circuits come back
            as they are.
        circuits: On its qubits and in its gates.
        feed_forward: Seconds from the end of a measurement to the gate that hangs on it. No target
            tells them; default those of its slowest measurement, which is meant to be too many.

    Raises:
        ValueError: A negative or infinite time.
    """
    if feed_forward is not None and not 0 <= feed_forward < float("inf"):
        raise bad_value("feed_forward", "be 0 seconds or more", feed_forward, "Or None.")
    manager = PassManager([ALAPScheduleAnalysis(target=target), PadDelay(target=target)])
    with suppress(TranspilerError):
        return [_waiting(circuit, target, manager, feed_forward) for circuit in circuits]
    return list(circuits)


def _waiting(
    circuit: QuantumCircuit, target: Target, manager: PassManager, feed_forward: float | None
) -> QuantumCircuit:
    """One circuit with its delays."""
    if not any(isinstance(item.operation, ControlFlowOp) for item in circuit.data):
        return manager.run(circuit)
    names = [item.operation.name for item in circuit.data]
    first, head = names.index("measure"), circuit.copy_empty_like()
    head.data = circuit.data[:first]
    head.barrier()  # What comes later begins for all qubits at once.
    made = manager.run(head)
    ready = dict.fromkeys(circuit.qubits, 0)
    known: dict[Clbit, int] = {}
    waits = _ticks(target, feed_forward, circuit)
    for item in circuit.data[first:]:
        operation, qubits = item.operation, item.qubits
        start = max(ready[qubit] for qubit in qubits)
        if isinstance(operation, ControlFlowOp):
            start = max([start, *(known[bit] + waits for bit in item.clbits)])
        for qubit in qubits:
            if start > ready[qubit]:
                made.delay(start - ready[qubit], qubit, unit="dt")
        made.append(operation, qubits, item.clbits)
        end = start + _length(operation, qubits, target, circuit)
        ready |= dict.fromkeys(qubits, end)
        if operation.name == "measure":
            known |= dict.fromkeys(item.clbits, end)
    return made


def _ticks(target: Target, feed_forward: float | None, circuit: QuantumCircuit) -> int:
    """The time of feed-forward in ticks of the target."""
    if feed_forward is not None:
        return int(target.seconds_to_dt(feed_forward))
    used = {(circuit.find_bit(i.qubits[0]).index,) for i in circuit.get_instructions("measure")}
    times = completed(target, "measure")
    return int(target.seconds_to_dt(max(times[qubits].duration or 0.0 for qubits in used)))


def _length(
    operation: Operation, qubits: Sequence[Qubit], target: Target, circuit: QuantumCircuit
) -> int:
    """Ticks of an instruction; those of the longest branch where it hangs on bits."""
    if isinstance(operation, ControlFlowOp):
        branches = []
        for block in operation.blocks:
            outer = dict(zip(block.qubits, qubits, strict=True))
            inner = ((item.operation, [outer[q] for q in item.qubits]) for item in block.data)
            branches.append(sum(_length(one, on, target, circuit) for one, on in inner))
        return max(branches)
    name = operation.name
    if name in ("barrier", "delay"):
        return 0
    where = tuple(circuit.find_bit(qubit).index for qubit in qubits)
    return int(target.seconds_to_dt(completed(target, name)[where].duration or 0.0))
