"""What the user hands over to run circuits on: a backend or a sampler, as one noun."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2, BaseSamplerV2
from qiskit.providers import BackendV2
from qiskit.transpiler import generate_preset_pass_manager

from qdml_quantum.support.messages import argument

REPETITION_DELAY = 250e-6
"""Seconds that pass between two shots where a backend does not say."""


class Machine:
    """A `BackendV2`, or a `SamplerV2` and the backend behind it where it tells that.

    Args:
        given: The backend or sampler.

    Raises:
        TypeError: It is neither.
    """

    optimization_level = 1
    """Levels 2 and 3 of the transpiler drop rotations below 6e-5 rad even where they add up."""

    def __init__(self, given: Any) -> None:
        self.sampler: Any = None
        self.backend: Any = given
        if isinstance(given, BaseSamplerV2):
            self.sampler, self.backend = given, _backend_of(given)
        elif not isinstance(given, BackendV2):
            raise TypeError(
                argument(
                    "backend",
                    "be a name, a BackendV2 or a SamplerV2",
                    given,
                    'Write backend="aer" or pass a Qiskit backend object.',
                )
            )
        name = getattr(self.backend or given, "name", None)
        self.name = name if isinstance(name, str) else type(given).__name__

    @cached_property
    def target(self) -> Any:
        """Target that circuits are compiled for, or None where there is no known one.

        Asked for once: some backends, such as `AerSimulator`, make another object every time.
        """
        return getattr(self.backend, "target", None)

    @property
    def most_shots(self) -> int | None:
        """Most shots that it takes of one circuit; None where it does not say.

        >>> from qiskit_ibm_runtime.fake_provider import FakeFez
        >>> Machine(FakeFez()).most_shots
        100000
        """
        most = self._told("max_shots")
        return None if most is None else int(most)

    @property
    def repetition_delay(self) -> float:
        """Seconds between two shots: what the backend says, or 250 us."""
        delay = self._told("default_rep_delay")
        return REPETITION_DELAY if delay is None else float(delay)

    def _told(self, name: str) -> Any:
        """An attribute of the backend, or of its configuration."""
        chip = getattr(self.backend, "fake", self.backend)
        direct = getattr(chip, name, None)
        if direct is not None:
            return direct
        configuration = getattr(chip, "configuration", None)
        return getattr(configuration() if callable(configuration) else configuration, name, None)

    def transpiled(self, circuit: QuantumCircuit, seed: int | None = None) -> QuantumCircuit:
        """The circuit for the target of the backend, at level 1."""
        if self.backend is None:
            return circuit
        manager = generate_preset_pass_manager(
            optimization_level=self.optimization_level, backend=self.backend, seed_transpiler=seed
        )
        return manager.run(circuit)

    def counts(self, circuit: QuantumCircuit, shots: int, seed: int | None) -> dict[str, int]:
        """Counts of a circuit that suits the target; the seed is for backends without a sampler."""
        sampler = self.sampler or BackendSamplerV2(
            backend=self.backend, options={"seed_simulator": seed}
        )
        result = sampler.run([circuit], shots=shots).result()
        return dict(sorted(result[0].join_data().get_counts().items()))

    def identity(self) -> dict[str, Any]:
        """Name and kind."""
        return {"name": self.name, "class": type(self.backend or self.sampler).__name__}


def _backend_of(sampler: Any) -> Any:
    """Backend behind a sampler; None where it samples circuits as they are."""
    for attribute in ("backend", "_backend", "mode"):
        behind = getattr(sampler, attribute, None)
        behind = behind() if callable(behind) and not isinstance(behind, BackendV2) else behind
        if isinstance(behind, BackendV2):
            return behind
    return None
