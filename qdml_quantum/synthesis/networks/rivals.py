"""What others make of the same phases and steps: one list of public methods for each.

The benchmark, the tables of `qdml circuit --compare` and the docs all take these lists. Every
method gives a circuit of any gates, which Qiskit then transpiles to the same target as ours.
Methods of libraries that are not installed are left out, and named.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, reduce
from importlib.metadata import PackageNotFoundError, version
from operator import xor
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import DiagonalGate, PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp
from qiskit.synthesis import LieTrotter, synth_cnot_phase_aam, synth_qft_line
from qiskit.transpiler import Target, generate_preset_pass_manager
from qiskit.transpiler.passes import HLSConfig
from qiskit.transpiler.passes.synthesis.plugin import high_level_synthesis_plugin_names

from qdml_quantum.problem.grid import Axis
from qdml_quantum.support.messages import unknown
from qdml_quantum.synthesis.circuits.gates import native_of, two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.circuits.kinetic import to_momentum, to_position
from qdml_quantum.synthesis.networks.step import kinetic_terms
from qdml_quantum.synthesis.phases.walsh import WalshSeries, bits_of

IDEAL = ["cx", "rz", "sx", "x", "measure"]
"""Basis gates where no target is given."""
SEEDS = 4
"""Runs of Qiskit's transpiler, of which the best counts."""
GREEDY_SEEDS = 5
"""Runs of pytket's greedy method, of which the best counts."""
_PLAIN = ["cx", "rz", "h", "sx", "x"]
"""Gates in which circuits are handed to pytket."""


@dataclass(frozen=True)
class StepOf:
    """A step ``exp(-i kinetic k^2) exp(-i potential zeta)``, as public methods are given it.

    Args:
        series: zeta.
        potential: Angle of the potential phase.
        axes: Axes; axis 0 on the lowest qubits.
        kinetic: Angle of the kinetic phase, ``D dt``.
        line: Take Qiskit's `synth_qft_line`, made for neighbours on a line, instead of transforms
            without swaps between all pairs.
    """

    series: WalshSeries
    potential: float
    axes: tuple[Axis, ...]
    kinetic: float
    line: bool = False

    @property
    def scaled(self) -> WalshSeries:
        """The potential phase."""
        series = self.series
        return WalshSeries(series.num_qubits, series.masks, self.potential * series.coefficients)

    def after(self, potential: QuantumCircuit) -> QuantumCircuit:
        """The step after a circuit of its potential phase: k^2 as a Pauli evolution."""
        circuit = QuantumCircuit(self.series.num_qubits)
        circuit.compose(potential, inplace=True)
        first = 0
        for axis in self.axes:
            n = axis.num_qubits
            terms = sorted(kinetic_terms(axis).items())
            masks = [_reversed(mask, n) if self.line else mask for mask, _ in terms]
            squares = _series(n, masks, [self.kinetic * c for _, c in terms])
            qubits = range(first, first + n)
            forward = synth_qft_line(n).inverse() if self.line else to_momentum(n)
            circuit.compose(forward, qubits, inplace=True)
            circuit.compose(pauli_evolution(squares), qubits, inplace=True)
            back = synth_qft_line(n) if self.line else to_position(n)
            circuit.compose(back, qubits, inplace=True)
            first += n
        return circuit


@dataclass(frozen=True)
class Method:
    """A public method.

    Attributes:
        make: A circuit of a series, or of a `StepOf`, and a seed.
        needs: Distribution that it takes, empty for Qiskit.
        config: How Qiskit shall synthesise what is high-level in the circuit.
        seeds: Runs of the method itself, of which the best counts.
        edges: Whether it is worth a trial on edges only.
    """

    make: Callable[[Any, int], QuantumCircuit]
    needs: str = ""
    config: HLSConfig | None = field(default=None, compare=False)
    seeds: int = 1
    edges: bool = False

    @property
    def is_there(self) -> bool:
        """Whether its library is installed, and Qiskit has the plugins that it names."""
        known = not self.needs or _version(self.needs) is not None
        named = {} if self.config is None else self.config.methods
        return known and all(
            plugin in high_level_synthesis_plugin_names(gate)
            for gate, plugins in named.items()
            for plugin, _ in plugins
        )


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


def by_tket(circuit: QuantumCircuit, *, seed: int | None) -> QuantumCircuit:
    """A circuit as pytket makes it of its Pauli gadgets, up to a phase of the whole.

    Its `FullPeepholeOptimise` takes seconds and leaves as many CX as Qiskit's level 3, which comes
    after this anyway [a step on 6 qubits: 125 either way, 165 of `PauliSimp`].

    Args:
        circuit: Of any gates.
        seed: Of `GreedyPauliSimp`; None for `PauliSimp`.
    """
    from pytket.circuit import OpType
    from pytket.passes import AutoRebase, GreedyPauliSimp, PauliSimp

    tket = _to_tket(circuit)
    (PauliSimp() if seed is None else GreedyPauliSimp(seed=seed)).apply(tket)
    AutoRebase({OpType.CX, OpType.Rz, OpType.SX, OpType.X}).apply(tket)
    return _of_tket(tket)


def nwqlib_step(step: StepOf) -> QuantumCircuit:
    """The step as `nwqlib.QHD(encoding="binary", kinetic_model="spectral")` builds it, of order 1.

    Its QFT without swaps, and for every table (one of the potential per set of axes that its
    strings join, one of k^2 per axis) a Walsh ladder or a dense diagonal, whichever has fewer CX.
    Here they are its own functions on the strings of any objective, where `nwqlib` takes formulas.
    """
    from nwqlib.algorithms.qhd.binary import inverse_gates, qft_gates

    circuit = QuantumCircuit(step.series.num_qubits)
    axis_of = [i for i, axis in enumerate(step.axes) for _ in range(axis.num_qubits)]
    tables: dict[frozenset[int], dict[int, float]] = {}
    for mask, coefficient in step.scaled.to_dict().items():
        joined = frozenset(axis_of[bit] for bit in bits_of(mask))
        tables.setdefault(joined, {})[mask] = coefficient
    for joined, strings in tables.items():
        _nwqlib_table(circuit, [q for q, axis in enumerate(axis_of) if axis in joined], strings)
    first = 0
    for axis in step.axes:
        n = axis.num_qubits
        forward = qft_gates(n, swaps=False)
        _nwqlib_gates(circuit, forward, first)  # Qubit i then holds bit n - 1 - i of k.
        squares = {mask << first: c for mask, c in kinetic_terms(axis, step.kinetic).items()}
        _nwqlib_table(circuit, list(range(first, first + n)), squares)
        _nwqlib_gates(circuit, inverse_gates(forward), first)
        first += n
    return circuit


def _nwqlib_gates(circuit: QuantumCircuit, gates: Iterable[tuple[Any, ...]], first: int) -> None:
    for name, *rest in gates:
        if name == "h":
            circuit.h(first + rest[0])
        else:
            circuit.cp(rest[0], first + rest[1], first + rest[2])


def _nwqlib_table(circuit: QuantumCircuit, on: Sequence[int], strings: Mapping[int, float]) -> None:
    """``exp(-i sum c Z...)`` on some qubits, by the cheaper of its two constructions."""
    from nwqlib.subroutines._multiplexors import append_control_diagonal_phases
    from nwqlib.subroutines.hamiltonian_evolution.pauli_evolution import apply_pauli_rotation

    size = len(on)
    ladder = sum(2 * (mask.bit_count() - 1) for mask in strings if mask)
    if on and ladder > 2**size - 2:
        slot = {qubit: number for number, qubit in enumerate(on)}
        masks = [sum(1 << slot[bit] for bit in bits_of(mask)) for mask in strings]
        values = _series(size, masks, list(strings.values())).values()
        append_control_diagonal_phases(circuit, [circuit.qubits[q] for q in on], -values)
        return
    for mask, coefficient in strings.items():
        if mask:
            label = "".join(f"z{bit}" for bit in bits_of(mask))
            apply_pauli_rotation(circuit, label, 2 * coefficient)
        else:
            circuit.global_phase -= coefficient


def _free(order: str) -> HLSConfig:
    """Qiskit's plugin for Pauli evolutions, which may reorder what commutes."""
    return HLSConfig(PauliEvolution=[(order, {"preserve_order": False})])


PHASES: Mapping[str, Method] = MappingProxyType(
    {
        "DiagonalGate": Method(lambda series, seed: diagonal(series)),
        "PauliEvolution": Method(lambda series, seed: pauli_evolution(series)),
        "PauliEvolution, rustiq": Method(
            lambda series, seed: pauli_evolution(series), config=_free("rustiq")
        ),
        "PauliEvolution, mcts": Method(
            lambda series, seed: pauli_evolution(series), config=_free("mcts")
        ),
        "synth_cnot_phase_aam": Method(lambda series, seed: gray_synth(series)),
        "PauliSimp": Method(
            lambda series, seed: by_tket(pauli_evolution(series), seed=None), "pytket"
        ),
        "GreedyPauliSimp": Method(
            lambda series, seed: by_tket(pauli_evolution(series), seed=seed),
            "pytket",
            seeds=GREEDY_SEEDS,
        ),
    }
)
"""Public methods for one phase ``exp(-i series)``; a new one is a line here."""


def _with_phase(method: Method, *, line: bool = False) -> Method:
    """The step whose potential phase a method makes."""

    def make(step: StepOf, seed: int) -> QuantumCircuit:
        taken = StepOf(step.series, step.potential, step.axes, step.kinetic, line)
        return taken.after(method.make(taken.scaled, seed))

    return Method(make, method.needs, method.config, method.seeds, edges=line)


def _by_tket(step: StepOf, seed: int | None) -> QuantumCircuit:
    return by_tket(step.after(pauli_evolution(step.scaled)), seed=seed)


STEPS: Mapping[str, Method] = MappingProxyType(
    {
        **{name: _with_phase(method) for name, method in PHASES.items()},
        "PauliSimp, whole step": Method(lambda step, seed: _by_tket(step, None), "pytket"),
        "GreedyPauliSimp, whole step": Method(_by_tket, "pytket", seeds=GREEDY_SEEDS),
        "NWQLib": Method(lambda step, seed: nwqlib_step(step), "nwqlib"),
        **{
            f"{name}, line": _with_phase(method, line=True)
            for name, method in PHASES.items()
            if not method.needs
        },
    }
)
"""Public methods for a whole step `StepOf`: those for its potential phase, with the textbook
transform around a Pauli evolution of k^2, and with Qiskit's transform for a line on edges; and
those that take all of it."""


def usable(methods: Mapping[str, Method], *, edges: bool = False) -> dict[str, Method]:
    """Those whose libraries are installed, without those for edges where there are none."""
    return {
        name: method
        for name, method in methods.items()
        if method.is_there and (edges or not method.edges)
    }


def missing(methods: Mapping[str, Method]) -> list[str]:
    """Libraries that are not installed, or too old, and so left out."""
    absent = [method for method in methods.values() if not method.is_there]
    return sorted({method.needs or "a newer Qiskit" for method in absent})


def versions(methods: Mapping[str, Method]) -> dict[str, str]:
    """Version of every library that takes part.

    >>> sorted(versions({"one": PHASES["DiagonalGate"]}))
    ['qiskit']
    """
    names = sorted({method.needs or "qiskit" for method in methods.values() if method.is_there})
    return {name: str(_version(name)) for name in names}


def public_phase(method: str, series: WalshSeries, *, seed: int = 0) -> QuantumCircuit:
    """``exp(-i series)`` by a public method, before transpilation."""
    return _known(method, PHASES).make(series, seed)


def public_step(method: str, step: StepOf, *, seed: int = 0) -> QuantumCircuit:
    """A step by a public method, before transpilation."""
    return _known(method, STEPS).make(step, seed)


def best_public(
    method: Method, asked: WalshSeries | StepOf, target: Target, *, seeds: int = SEEDS
) -> QuantumCircuit:
    """The circuit of a method on a target with the fewest two-qubit gates of all seeds.

    Where the method has seeds of its own, each of its circuits is transpiled once between all pairs
    of qubits, and `seeds` times on edges, whose routing is a matter of luck.
    """
    routed = target.build_coupling_map() is not None
    count = seeds if routed or method.seeds == 1 else 1
    made = (
        best_transpiled(method.make(asked, seed), target, hls_config=method.config, seeds=count)
        for seed in range(method.seeds)
    )
    return min(made, key=partial(_counts, target=target))


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
        with _quietly():
            circuits.append(manager.run(circuit))
    return min(circuits, key=partial(_counts, target=target))


def _counts(circuit: QuantumCircuit, target: Target) -> tuple[int, int]:
    native = native_of(target)
    return two_qubit_gates(circuit, native=native), two_qubit_depth(circuit, native=native)


@contextmanager
def _quietly() -> Iterator[None]:
    """Without a warning of SciPy: Qiskit makes small Pauli evolutions matrices of a slow format."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.sparse.SparseEfficiencyWarning)
        yield


def _known(name: str, methods: Mapping[str, Method]) -> Method:
    if name not in methods:
        raise ValueError(unknown("method", name, methods))
    return methods[name]


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _series(size: int, masks: Sequence[int], coefficients: Sequence[float]) -> WalshSeries:
    return WalshSeries(size, np.array(masks, dtype=np.int64), np.array(coefficients))


def _reversed(mask: int, size: int) -> int:
    return int(f"{mask:0{size}b}"[::-1], 2)


def _to_tket(circuit: QuantumCircuit) -> Any:
    """The same circuit in pytket, up to a phase."""
    from pytket.circuit import Circuit

    with _quietly():
        plain = transpile(circuit, basis_gates=_PLAIN, optimization_level=0)
    made = Circuit(circuit.num_qubits)
    for item in plain.data:
        on = [plain.find_bit(qubit).index for qubit in item.qubits]
        name = item.operation.name
        if name == "cx":
            made.CX(*on)
        elif name == "rz":
            made.Rz(float(item.operation.params[0]) / math.pi, *on)  # In half turns.
        else:
            {"h": made.H, "sx": made.SX, "x": made.X}[name](*on)
    return made


def _of_tket(circuit: Any) -> QuantumCircuit:
    """The same circuit in Qiskit; wires that pytket has renamed are swapped."""
    circuit.replace_implicit_wire_swaps()
    made = QuantumCircuit(circuit.n_qubits, global_phase=float(circuit.phase) * math.pi)
    for command in circuit.get_commands():
        on = [qubit.index[0] for qubit in command.qubits]
        name = command.op.type.name
        if name == "Rz":
            made.rz(float(command.op.params[0]) * math.pi, *on)
        else:
            {"CX": made.cx, "SX": made.sx, "X": made.x, "SWAP": made.swap}[name](*on)
    return made
