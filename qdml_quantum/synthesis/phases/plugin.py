"""The phase compiler for any Qiskit user: a gate, and plugins for high-level synthesis.

Registered under ``qiskit.synthesis`` in pyproject.toml, so that with the package installed
`transpile` finds them by name: ``diagonal_phase.default`` and ``diagonal.qdml``, the latter for
Qiskit's own `DiagonalGate`.

>>> from qiskit import transpile
>>> from qiskit.circuit.library import DiagonalGate
>>> from qiskit.transpiler.passes import HLSConfig
>>> x = np.linspace(-1, 1, 32, endpoint=False)
>>> circuit = QuantumCircuit(5)
>>> _ = circuit.append(DiagonalGate(list(np.exp(-1j * x**2))), range(5))
>>> theirs = transpile(circuit, basis_gates=["cx", "rz", "sx", "x"], optimization_level=1)
>>> ours = transpile(circuit, basis_gates=["cx", "rz", "sx", "x"], optimization_level=1,
...                  hls_config=HLSConfig(diagonal=[("qdml", {})]))
>>> theirs.count_ops()["cx"], ours.count_ops()["cx"]
(30, 14)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.transpiler.passes.synthesis.plugin import HighLevelSynthesisPlugin

from qdml_quantum.support.arrays import Array, complex_array, real_array
from qdml_quantum.support.messages import bad_value
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.phase import compile_phase
from qdml_quantum.synthesis.phases.walsh import WalshSeries, checked_values


class DiagonalPhaseGate(Gate):  # type: ignore[misc]  # Qiskit is not typed
    """``exp(-i values)`` on n qubits, from its phases.

    Unlike Qiskit's `DiagonalGate`, which takes the exponentials, it knows the phases themselves:
    a polynomial stays one when it exceeds pi.

    Args:
        values: Phases in radians, in state-vector order, shape ``(2^n,)``, n at least 1.

    >>> gate = DiagonalPhaseGate([0.0, 0.1, 0.2, 0.3])
    >>> gate.num_qubits, gate.inverse().values.tolist()
    (2, [-0.0, -0.1, -0.2, -0.3])
    """

    def __init__(self, values: ArrayLike) -> None:
        samples = checked_values(values)
        if samples.size < 2:
            raise bad_value("values", "be 2 or more", samples.tolist(), "Use 2^n phases.")
        super().__init__("diagonal_phase", samples.size.bit_length() - 1, samples.tolist())

    @property
    def values(self) -> Array:
        """Phases in radians."""
        return np.array(self.params, dtype=float)

    def inverse(self, annotated: bool = False) -> DiagonalPhaseGate:
        """The gate with the opposite phases."""
        return DiagonalPhaseGate(-self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        matrix = np.diag(np.exp(-1j * self.values))
        return matrix if dtype is None else matrix.astype(dtype)

    def _define(self) -> None:
        self.definition = compile_phase(self.values, effort=_DEFINITION_EFFORT).circuit


_DEFINITION_EFFORT = 0.5  # A compromise below the default, `EFFORT`; never measured.
_OPTIONS = ("budget", "effort", "seed", "time_limit")


class DiagonalPhaseSynthesis(HighLevelSynthesisPlugin):  # type: ignore[misc]
    """Plugin ``diagonal_phase.default``; options `budget`, `effort`, `seed`, `time_limit`.

    Where the qubits are known and reach each other, the network is searched on their edges; Qiskit
    tells them only where a gate is synthesised after the layout.
    """

    def run(
        self,
        high_level_object: Any,
        coupling_map: Any = None,
        target: Any = None,
        qubits: Any = None,
        **options: Any,
    ) -> QuantumCircuit | None:
        """Circuit of the gate; see `HighLevelSynthesisPlugin.run`."""
        if coupling_map is None and target is not None:
            coupling_map = target.build_coupling_map()
        topology = None
        if coupling_map is not None and qubits is not None:
            # None where they are in pieces: Qiskit routes it.
            topology = Topology.of_coupling(coupling_map.get_edges(), qubits)
        # Qiskit adds options of its own, such as the number of clean ancillas.
        ours = {name: options[name] for name in _OPTIONS if name in options}
        return compile_phase(self.phases(high_level_object), target=topology, **ours).circuit

    def phases(self, gate: Any) -> Array:
        """Phases of a gate; one that was loaded from QPY has its parameters, but not its class."""
        return real_array("params", gate.params)


class DiagonalSynthesis(DiagonalPhaseSynthesis):
    """Plugin ``diagonal.qdml`` for Qiskit's `DiagonalGate`.

    The gate knows its phases modulo 2 pi. Of the phases as they are and made continuous along the
    index, those with fewer Walsh strings are compiled.
    """

    def phases(self, gate: Any) -> Array:
        """Phases of a `DiagonalGate`."""
        wrapped = -np.angle(complex_array("params", gate.params))
        choices = (wrapped, np.unwrap(wrapped))
        return min(choices, key=lambda phases: WalshSeries.of_values(phases).masks.size)
