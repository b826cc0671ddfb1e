"""Echoes: an anneal and its inverse, after which all qubits should be in 0 again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager

from qdml_quantum.diagnostics.metrics import BASES, ECHOES
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.hardware.devices.devices import target_of
from qdml_quantum.hardware.devices.isa import Candidates
from qdml_quantum.hardware.devices.noise import confined, measured_qubits, part_of, used_qubits
from qdml_quantum.hardware.devices.placement import moved
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.circuits.circuit import (
    add_measurement,
    assemble,
    joined,
    make_builder,
    seen,
)
from qdml_quantum.synthesis.compiler import Compiler

_DETUNINGS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_HALF = 0.5
"""Return probability that a Loschmidt echo is to have: both that it returns and that it does not
can then be seen."""
_SEEDS = 4


def detuned(anneal: Anneal) -> tuple[Anneal, float, float]:
    """The anneal with zeta times ``1 + d``, d, and the probability that it undoes the other.

    d is the one of a few with which that probability is nearest to one half.
    """
    moves, _ = seen(anneal.recipe.moves, BASES[0])  # As the circuits, which end without the rest.
    problem = anneal.problem
    final = Propagator(problem).run(anneal.start, moves)
    options = []
    for d in _DETUNINGS:
        other = Problem.from_table(problem.values * (1 + d), problem.grid.bounds)
        overlap = np.vdot(Propagator(other).run(anneal.start, moves), final)
        options.append((float(abs(overlap) ** 2), d, other))
    share, d, other = min(options, key=lambda option: abs(option[0] - _HALF))
    return replace(anneal, problem=other), d, share


def echo_histogram(anneal: Anneal, kind: str) -> Array:
    """Ideal share of "all bits 0" at the first point; the rest, of a Loschmidt echo, is spread.

    Where the rest goes no verdict asks.
    """
    share = detuned(anneal)[2] if kind == ECHOES[1] else 1.0
    size = anneal.grid.size
    shares = np.full(size, (1 - share) / (size - 1))
    shares[0] = share
    return np.asarray(anneal.grid.from_vector(shares))


def coherence_echo(forward: QuantumCircuit, backend: Any) -> QuantumCircuit:
    """A circuit of a device, then its inverse, all measured.

    Args:
        forward: On the qubits of the device and in its gates, measured at its end.
        backend: A `BackendV2`.
    """
    target = target_of(backend)
    qubits, ends = used_qubits([forward]), measured_qubits(forward)
    first = _unmeasured(confined(forward, qubits))
    layout = list(range(len(qubits)))
    piece = part_of(target, qubits)
    manager = generate_preset_pass_manager(
        1, target=piece, initial_layout=layout, seed_transpiler=0
    )
    whole = _there_and_back(first, manager.run(first.inverse()), layout)
    measured = whole.copy_empty_like()
    measured.add_register(ClassicalRegister(len(ends), "meas"))
    measured.compose(whole, inplace=True)
    for bit, qubit in enumerate(ends):
        measured.measure(qubits.index(qubit), bit)
    return moved(measured, target, qubits)


def loschmidt_echo(
    anneal: Anneal, *, backend: Any, compiler: Compiler, seed: int = 0, preload: int = 0
) -> QuantumCircuit:
    """The anneal, then the inverse of the one of `detuned`: routed as one circuit, best of a few.

    It is made anew: circuits that are measured leave out phases at their end, which are others in
    the two.

    Args:
        anneal: The anneal.
        backend: A `BackendV2`.
        compiler: Of both.
        seed: First seed of the transpiler.
        preload: First steps whose state is loaded; see `isa_circuits`.
    """
    search = Candidates(anneal, backend, compiler, BASES[:1], seed, preload)
    forward, other = search.build(None), detuned(search.rest)[0]
    there = forward.circuits[BASES[0]]
    builder, _ = make_builder(other, compiler)
    if forward.loader is None:
        back = assemble(builder, other, measure=BASES[0])
    else:
        back = joined(builder, forward.loader.circuit, other.recipe.moves, measure=BASES[0])
    pairs = zip(measured_qubits(back), measured_qubits(there), strict=True)
    wires = [int(wire) for _, wire in sorted(pairs) if wire is not None]
    whole = _there_and_back(_unmeasured(there), _unmeasured(back).inverse(), wires)
    circuits = {BASES[0]: add_measurement(whole)}
    made = (search.transpiled(circuits, "echo", seed + more) for more in range(_SEEDS))
    return max(made, key=lambda candidate: candidate.score).circuits[BASES[0]]


def _there_and_back(
    first: QuantumCircuit, second: QuantumCircuit, wires: Sequence[int]
) -> QuantumCircuit:
    """Two circuits, the second on wires of the first, with a barrier that keeps them apart."""
    whole = QuantumCircuit(first.num_qubits)
    whole.compose(first, inplace=True)
    whole.barrier()
    plain = QuantumCircuit(second.num_qubits)
    plain.compose(second, inplace=True)
    whole.compose(plain, wires, inplace=True)
    return whole


def _unmeasured(circuit: QuantumCircuit) -> QuantumCircuit:
    """Its gates alone, on one register."""
    plain = QuantumCircuit(circuit.num_qubits)
    for item in circuit.data:
        if item.operation.name not in ("measure", "barrier"):
            wires = [circuit.find_bit(qubit).index for qubit in item.qubits]
            plain.append(item.operation, wires)
    return plain


def returned(counts: Mapping[str, int]) -> tuple[int, int]:
    """Shots in which all bits are 0 again, and all shots.

    >>> returned({"000": 70, "010": 30})
    (70, 100)
    """
    hits = sum(number for bits, number in counts.items() if "1" not in bits)
    return hits, sum(counts.values())
