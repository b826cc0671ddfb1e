"""What the user hands over to run circuits on: a backend or a sampler, as one noun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.primitives import BackendSamplerV2, BaseSamplerV2, BitArray
from qiskit.providers import BackendV2
from qiskit.transpiler import generate_preset_pass_manager

from qdml_quantum.hardware.devices.noise import is_simulated, part_of, reduced
from qdml_quantum.hardware.errors import HardwareError, asked
from qdml_quantum.support.digest import identity_of
from qdml_quantum.support.messages import bad_type, bad_value
from qdml_quantum.synthesis.circuits.targets import TWO_QUBIT_GATES

T = TypeVar("T")

REPETITION_DELAY = 250e-6
"""Seconds that pass between two shots where a backend does not say."""
_CLIFFORD = frozenset("id x y z h s sdg sx sxdg cx cy cz swap iswap ecr dcx pauli".split())
"""Gates that make no angle but multiples of pi / 2."""

_OTHERS = set(TWO_QUBIT_GATES) - {"rzz"}


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
            raise bad_type(
                "backend",
                "be a name, a BackendV2 or a SamplerV2",
                given,
                'Write backend="aer" or pass a Qiskit backend object.',
            )
        name = getattr(self.backend or given, "name", None)
        self.name = name if isinstance(name, str) else type(given).__name__

    @cached_property
    def target(self) -> Any:
        """Target that circuits are compiled for, or None where there is no known one.

        Asked for once: some backends, such as `AerSimulator`, make another object every time. One
        without a number of qubits, as that of `BasicSimulator`, says nothing of a device. A
        calibration by which rzz works on less than half of the edges is taken as one without it.

        Raises:
            ValueError: It has Clifford gates alone, which Qiskit tries for minutes to make do.
            HardwareError: Its service does not answer.
        """
        target: Any = self._loaded(lambda: getattr(self.backend, "target", None))
        self._require_angles([] if target is None else target.operations)
        if getattr(target, "num_qubits", None) is None:
            return None
        names = set(target.operation_names)
        if "rzz" in names and names & _OTHERS:
            broken = [
                getattr(known, "error", None) == 1 for known in (target["rzz"] or {}).values()
            ]
            if 2 * sum(broken) > len(broken):
                # Edges are left alone where one of their gates does not work: few would be left.
                return part_of(target, range(target.num_qubits), names - {"rzz"})
        return target

    def _loaded(self, call: Callable[[], T]) -> T:
        """What a device of a service loads when it is first looked at; without one it is there."""
        if getattr(self.backend, "service", None) is None:
            return call()
        return asked(f"the calibration of `{self.name}`", call)

    def _require_angles(self, operations: Iterable[Any]) -> None:
        """Refuse a backend whose gates make no angle but multiples of pi / 2."""
        gates = {one.name for one in operations if isinstance(one, Gate)}
        if getattr(getattr(self.backend, "options", None), "method", None) == "stabilizer":
            gates.discard("rz")  # Aer takes it, by multiples of pi / 2
        if gates and gates <= _CLIFFORD:
            must = "have a gate that turns by any angle, such as rz"
            actual = f"`{self.name}` with {', '.join(sorted(gates))} alone"
            raise bad_value("backend", must, actual, "Use another backend or method.")

    @property
    def most_shots(self) -> int | None:
        """Most shots that it takes of one circuit; None where it does not say.

        >>> from qiskit_ibm_runtime.fake_provider import FakeFez
        >>> Machine(FakeFez()).most_shots
        100000
        """
        most = self._told("max_shots")
        return None if most is None else int(most)

    def require_shots(self, shots: int) -> None:
        """Refuse more shots than a job takes."""
        if self.most_shots is not None and shots > self.most_shots:
            raise bad_value(
                "shots",
                f"be at most {self.most_shots} on {self.name}",
                shots,
                "Take fewer, and run several jobs where that is not enough.",
            )

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

    def sampled(
        self, circuits: Sequence[QuantumCircuit], shots: int, seed: int | None
    ) -> list[BitArray]:
        """Shots of circuits that suit the target; the seed is for backends without a sampler.

        A fake device runs on a simulator of the qubits in use, in hundredths of the time.
        """
        sampler = self.sampler
        if sampler is None:
            backend = self.backend
            if is_simulated(backend):
                backend, circuits = reduced(backend, circuits)
            sampler = sampler_of(backend, seed)
        result = sampler.run(list(circuits), shots=shots).result()
        return [pub.join_data() for pub in result]

    def identity(self) -> dict[str, Any]:
        """Plain JSON that tells it from all others; see `identity_of`.

        Name and class, and digests of the backend (gates, edges, calibration, noise model, options)
        and of the sampler with its own options.
        """
        kind = type(self.backend or self.sampler).__name__
        parts = self._loaded(lambda: identity_of(backend=self.backend, sampler=self.sampler))
        return {"name": self.name, "class": kind} | parts


def sampler_of(backend: BackendV2, seed: int | None) -> BackendSamplerV2:
    """Qiskit's sampler, which does not look whether a run succeeded: here its backend does."""
    return BackendSamplerV2(backend=_Watched(backend), options={"seed_simulator": seed})


class _Watched:
    """A backend whose failed runs are errors, in the words of the backend, and not no shots.

    It says that it is of the class of the backend, which Qiskit asks for.
    """

    def __init__(self, backend: BackendV2) -> None:
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._backend)

    def run(self, *args: Any, **options: Any) -> _Watched:
        """Run circuits; what comes back is a job that is watched, too."""
        return _Watched(self._backend.run(*args, **options))

    def result(self) -> Any:
        """The result of a job that succeeded."""
        result = self._backend.result()
        if not getattr(result, "success", True):
            raise HardwareError(
                f"The run failed: {getattr(result, 'status', 'no reason is given')}"
            )
        return result


def _backend_of(sampler: Any) -> Any:
    """Backend behind a sampler; None where it samples circuits as they are."""
    # That of Aer's sampler has no public name; that of the runtime's is asked for.
    behind = getattr(sampler, "backend", None) or getattr(sampler, "_backend", None)
    if callable(behind) and not isinstance(behind, BackendV2):
        behind = behind()
    return behind if isinstance(behind, BackendV2) else None
