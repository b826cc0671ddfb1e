"""What others make of the same phases and steps: one list of public methods for each.

The benchmark, the tables of `qdml circuit --compare` and the docs all take these lists. Every
method gives a circuit of any gates, which Qiskit then transpiles to the same target as ours.
Methods of libraries that are not installed are left out, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any

from qiskit import QuantumCircuit
from qiskit.transpiler import Target, generate_preset_pass_manager
from qiskit.transpiler.passes import HLSConfig
from qiskit.transpiler.passes.synthesis.plugin import high_level_synthesis_plugin_names

from qdml_quantum.support.messages import unknown
from qdml_quantum.synthesis.circuits.gates import native_of, two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.networks.by_nwqlib import nwqlib_step
from qdml_quantum.synthesis.networks.by_pytket import by_tket
from qdml_quantum.synthesis.networks.textbook import (
    StepOf,
    diagonal,
    gray_synth,
    pauli_evolution,
    quietly,
)
from qdml_quantum.synthesis.phases.walsh import WalshSeries

IDEAL = ["cx", "rz", "sx", "x", "measure"]
"""Basis gates where no target is given."""
SEEDS = 4
"""Runs of Qiskit's transpiler, of which the best counts."""
GREEDY_SEEDS = 5
"""Runs of pytket's greedy method, of which the best counts."""


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
        taken = replace(step, line=line)
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
        with quietly():
            circuits.append(manager.run(circuit))
    return min(circuits, key=partial(_counts, target=target))


def _counts(circuit: QuantumCircuit, target: Target) -> tuple[int, int]:
    native = native_of(target)
    return two_qubit_gates(circuit, native=native), two_qubit_depth(circuit, native=native)


def _known(name: str, methods: Mapping[str, Method]) -> Method:
    if name not in methods:
        raise ValueError(unknown("method", name, methods))
    return methods[name]


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
