"""What the same phases cost with Qiskit's public methods: the other columns of every cost table."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import reduce
from operator import xor
from typing import Any

import numpy as np
import scipy
from qiskit import QuantumCircuit
from qiskit.circuit.library import DiagonalGate, PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp
from qiskit.synthesis import LieTrotter, synth_cnot_phase_aam, synth_qft_line
from qiskit.transpiler import Target, generate_preset_pass_manager
from qiskit.transpiler.passes import HLSConfig

from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.grid import Axis
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import unknown
from qdml_quantum.synthesis.circuits.builder import NetworkBuilder
from qdml_quantum.synthesis.circuits.gates import two_qubit_depth
from qdml_quantum.synthesis.circuits.kinetic import to_momentum, to_position
from qdml_quantum.synthesis.circuits.targets import as_target, on_target
from qdml_quantum.synthesis.networks.step import kinetic_terms
from qdml_quantum.synthesis.phases.walsh import WalshSeries, bits_of

IDEAL = ["cx", "rz", "sx", "x", "measure"]
"""Basis gates where no target is given."""
SEEDS = 4
"""Runs of Qiskit's transpiler, of which the best counts."""


@dataclass(frozen=True)
class Cost:
    """A row of a cost table.

    Attributes:
        method: Name of the method.
        two_qubit_gates: Number of gates on two qubits.
        two_qubit_depth: Of them on the longest path.
        seconds: Time to make the circuit.
    """

    method: str
    two_qubit_gates: int
    two_qubit_depth: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def diagonal(series: WalshSeries) -> QuantumCircuit:
    """``exp(-i series)`` as Qiskit's `DiagonalGate`."""
    circuit = QuantumCircuit(series.num_qubits)
    circuit.append(DiagonalGate(list(np.exp(-1j * series.values()))), circuit.qubits)
    return circuit


def pauli_evolution(series: WalshSeries) -> QuantumCircuit:
    """``exp(-i series)`` as a `PauliEvolutionGate`, exact since all strings commute."""
    circuit = QuantumCircuit(series.num_qubits)
    terms = [
        ("Z" * mask.bit_count(), [b for b in range(series.num_qubits) if mask >> b & 1], c)
        for mask, c in series.to_dict().items()
        if mask
    ]
    if terms:
        operator = SparsePauliOp.from_sparse_list(terms, num_qubits=series.num_qubits)
        gate = PauliEvolutionGate(operator, time=1.0, synthesis=LieTrotter())
        circuit.append(gate, circuit.qubits)
    circuit.global_phase -= series.constant
    return circuit


def gray_synth(series: WalshSeries) -> QuantumCircuit:
    """``exp(-i series)`` by Qiskit's `synth_cnot_phase_aam`.

    Before Qiskit 2.6 that loses phases of pi: here they are a Z on each qubit of their parity.
    """
    coefficients = {mask: c for mask, c in series.to_dict().items() if mask}
    rows = [[mask >> bit & 1 for mask in coefficients] for bit in range(series.num_qubits)]
    # exp(-i c Z) is a phase of 2 c on the parity, and one of the whole.
    turns = {mask: divmod(2 * c, math.pi) for mask, c in coefficients.items()}
    circuit = QuantumCircuit(series.num_qubits)
    if coefficients:
        section = min(2, series.num_qubits)  # 2 is the default, and an error on one qubit
        circuit = synth_cnot_phase_aam(rows, [angle for _, angle in turns.values()], section)
    flipped = reduce(xor, (mask for mask, (half_turns, _) in turns.items() if half_turns % 2), 0)
    for bit in bits_of(flipped):
        circuit.z(bit)
    circuit.global_phase -= series.constant + sum(coefficients.values())
    return circuit


PHASES: dict[str, tuple[Callable[[WalshSeries], QuantumCircuit], HLSConfig | None]] = {
    "DiagonalGate": (diagonal, None),
    "PauliEvolution": (pauli_evolution, None),
    "PauliEvolution, rustiq": (
        pauli_evolution,
        HLSConfig(PauliEvolution=[("rustiq", {"preserve_order": False})]),
    ),
    "synth_cnot_phase_aam": (gray_synth, None),
}
"""Public methods for one phase: a circuit, and how Qiskit shall synthesise it."""


def public_phase(method: str, series: WalshSeries) -> QuantumCircuit:
    """``exp(-i series)`` by a public method, before transpilation."""
    if method not in PHASES:
        raise ValueError(unknown("method", method, PHASES))
    return PHASES[method][0](series)


def public_step(
    method: str,
    series: WalshSeries,
    potential: float,
    axes: Iterable[Axis],
    kinetic: float,
    *,
    line: bool = False,
) -> QuantumCircuit:
    """A potential phase by a public method, then k^2 as Pauli evolution between transforms.

    Args:
        method: Key of `PHASES`.
        series: zeta.
        potential: Angle of the potential phase.
        axes: Axes; axis 0 on the lowest qubits.
        kinetic: Angle of the kinetic phase, ``D dt``.
        line: Take Qiskit's `synth_qft_line`, made for neighbours on a line, instead of transforms
            without swaps between all pairs.
    """
    circuit = QuantumCircuit(series.num_qubits)
    scaled = WalshSeries(series.num_qubits, series.masks, potential * series.coefficients)
    circuit.compose(public_phase(method, scaled), inplace=True)
    first = 0
    for axis in axes:
        n = axis.num_qubits
        terms = sorted(kinetic_terms(axis).items())
        reverse = [int(f"{mask:0{n}b}"[::-1], 2) if line else mask for mask, _ in terms]
        masks = np.array(reverse, dtype=np.int64)
        squares = WalshSeries(n, masks, np.array([kinetic * c for _, c in terms]))
        qubits = range(first, first + n)
        forward = synth_qft_line(n).inverse() if line else to_momentum(n)
        circuit.compose(forward, qubits, inplace=True)
        circuit.compose(pauli_evolution(squares), qubits, inplace=True)
        circuit.compose(synth_qft_line(n) if line else to_position(n), qubits, inplace=True)
        first += n
    return circuit


def best_transpiled(
    circuit: QuantumCircuit,
    target: Target,
    *,
    hls_config: HLSConfig | None = None,
    seeds: int = SEEDS,
) -> QuantumCircuit:
    """The transpiled circuit with the fewest two-qubit gates of several seeds, at level 3."""
    circuits = []
    for seed in range(seeds):
        manager = generate_preset_pass_manager(
            optimization_level=3, target=target, seed_transpiler=seed, hls_config=hls_config
        )
        with warnings.catch_warnings():
            # Qiskit turns small Pauli evolutions into matrices with the wrong sparse format.
            warnings.simplefilter("ignore", scipy.sparse.SparseEfficiencyWarning)
            circuits.append(manager.run(circuit))
    return min(circuits, key=lambda one: (one.num_nonlocal_gates(), two_qubit_depth(one)))


def compare_step(
    problem: Problem,
    diffusion: float,
    time_step: float,
    *,
    kept: Problem | None = None,
    target: Any = None,
    seeds: int = SEEDS,
    **search: Any,
) -> list[Cost]:
    """Cost of one merged step ``exp(-i D dt k^2) exp(-i dt zeta)``: ours, and the public methods.

    Ours compile what is kept of zeta; the public methods get the same strings, but `DiagonalGate`,
    whose cost does not depend on them.

    Args:
        problem: Grid and objective.
        diffusion: D.
        time_step: dt.
        kept: The objective that ours compile, default all of it.
        target: See `build`.
        seeds: Runs of Qiskit's transpiler per method.
        search: `effort`, `seed`, `time_limit` of our search.
    """
    kept = kept or problem
    native = as_target(target, problem.grid.num_qubits)
    ideal = native or Target.from_configuration(IDEAL, num_qubits=problem.grid.num_qubits)
    rows = []
    phases = [Phase(POTENTIAL, time_step), Phase(KINETIC, diffusion * time_step)]
    for name in ("joint", "separate"):
        begun = time.perf_counter()
        builder = NetworkBuilder(kept, joint=name == "joint", target=target, **search)
        circuit = QuantumCircuit(problem.grid.num_qubits)
        wires = builder.append(circuit, phases)
        circuit = on_target(circuit, builder.region, wires)
        rows.append(_cost(f"ours, {name}", circuit, begun))
    series = WalshSeries.of_values(kept.grid.to_vector(kept.values))
    for method, (_, config) in PHASES.items():
        begun = time.perf_counter()
        step = public_step(method, series, time_step, problem.grid.axes, diffusion * time_step)
        circuit = best_transpiled(step, ideal, hls_config=config, seeds=seeds)
        rows.append(_cost(method, circuit, begun))
    return rows


def _cost(method: str, circuit: QuantumCircuit, begun: float) -> Cost:
    seconds = time.perf_counter() - begun
    return Cost(method, circuit.num_nonlocal_gates(), two_qubit_depth(circuit), seconds)
