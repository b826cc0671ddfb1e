"""Short loading circuits for any Qiskit user: a gate, and a plugin for high-level synthesis.

The plugin stands under ``qiskit.synthesis`` in pyproject.toml as ``state_preparation.qdml``:
with the package installed ``"qdml"`` means it, for Qiskit's own `StatePreparation`.

>>> from qiskit import transpile
>>> from qiskit.circuit.library import StatePreparation
>>> from qiskit.transpiler.passes import HLSConfig
>>> psi = np.exp(-(np.linspace(-4, 4, 32, endpoint=False) ** 2))
>>> circuit = QuantumCircuit(5)
>>> _ = circuit.append(StatePreparation(psi / np.linalg.norm(psi)), range(5))
>>> basis = {"basis_gates": ["cx", "rz", "sx", "x"], "optimization_level": 1}
>>> theirs = transpile(circuit, **basis)
>>> short = HLSConfig(state_preparation=[(LoadSynthesis(), {"fidelity": 0.99})])
>>> ours = transpile(circuit, hls_config=short, **basis)
>>> ours.count_ops()["cx"] < theirs.count_ops()["cx"] / 3
True
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.transpiler.passes.synthesis.plugin import HighLevelSynthesisPlugin

from qdml_quantum.support.arrays import complex_array
from qdml_quantum.support.messages import bad_value
from qdml_quantum.synthesis.loading import FIDELITY
from qdml_quantum.synthesis.loading.prepare import prepare

_OPTIONS = ("fidelity", "two_qubit_gates", "seed")


class LoadGate(Gate):  # type: ignore[misc]  # Qiskit is not typed
    """A gate that makes a state of all qubits in 0, to a fidelity; see `prepare`.

    What it does to other states is whatever its circuit does.

    Args:
        state: Amplitudes in state-vector order, shape ``(2^n,)``.
        fidelity: Of what it makes with them, in (0, 1]; default 0.999.

    >>> gate = LoadGate(np.exp(-(np.linspace(-3, 3, 16) ** 2)), 0.99)
    >>> gate.num_qubits, gate.definition.count_ops()["cx"] < 14
    (4, True)
    """

    def __init__(self, state: ArrayLike, fidelity: float = FIDELITY) -> None:
        vector = complex_array("state", state)
        if vector.ndim != 1:
            remedy = "Order an array of a grid with Grid.to_vector."
            raise bad_value("state", "have one axis", f"of shape {vector.shape}", remedy)
        self._made = prepare(vector, fidelity)
        super().__init__("load", vector.size.bit_length() - 1, [fidelity, *vector.tolist()])

    def validate_parameter(self, parameter: Any) -> Any:
        """Amplitudes are complex numbers, which parameters of a gate otherwise are not."""
        return parameter

    def _define(self) -> None:
        self.definition = self._made.circuit


class LoadSynthesis(HighLevelSynthesisPlugin):  # type: ignore[misc]
    """Plugin ``state_preparation.qdml``; options `fidelity`, `two_qubit_gates`, `seed`."""

    def run(
        self,
        high_level_object: Any,
        coupling_map: Any = None,
        target: Any = None,
        qubits: Any = None,
        **options: Any,
    ) -> QuantumCircuit | None:
        """Circuit of the gate; see `HighLevelSynthesisPlugin.run`.

        None where its parameters are no amplitudes, as of `StatePreparation` from a number or a
        text: Qiskit then makes it as it always does.
        """
        state = np.asarray(high_level_object.params)
        if state.size != 1 << high_level_object.num_qubits or state.dtype.kind not in "fc":
            return None
        # Qiskit adds options of its own, such as the number of clean ancillas.
        ours = {name: options[name] for name in _OPTIONS if name in options}
        return prepare(state, **ours).circuit
