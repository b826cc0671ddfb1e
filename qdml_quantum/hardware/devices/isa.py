"""Circuits that a device runs: many candidates, the one that keeps most of its signal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qiskit import QuantumCircuit

from qdml_quantum.diagnostics.checks import MAX_DEVIATION
from qdml_quantum.diagnostics.metrics import require_basis
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.hardware.devices.candidates import Candidate, Candidates
from qdml_quantum.hardware.devices.devices import find_backend, is_local, target_of
from qdml_quantum.support.messages import argument
from qdml_quantum.synthesis.compiler import Compiler, as_compiler


@dataclass(frozen=True, eq=False)
class Isa:
    """The chosen circuits, and what they were chosen from.

    Attributes:
        best: The candidate that is to be run.
        abstract: The same circuits for all pairs of qubits, before anything was placed, by basis.
        truncation: What was left out of the objective; see `Truncation`.
        candidates: All that were tried, best first; those that were refused last.
    """

    best: Candidate
    abstract: Mapping[str, QuantumCircuit]
    truncation: Mapping[str, Any]
    candidates: tuple[Candidate, ...] = field(repr=False)

    @property
    def circuits(self) -> Mapping[str, QuantumCircuit]:
        """By basis."""
        return self.best.circuits

    @property
    def fidelity(self) -> Mapping[str, float]:
        """Expected fidelity by basis."""
        return self.best.fidelity

    @property
    def method(self) -> str:
        """How the circuits were made."""
        return self.best.method


def isa_circuits(
    anneal: Anneal,
    *,
    backend: Any,
    compiler: str | Compiler = "joint",
    bases: Sequence[str] = ("position",),
    seed: int = 0,
    idle: bool | None = None,
    simulate: bool = True,
) -> Isa:
    r"""The circuits of an anneal for a device, best of many.

    Candidates are networks searched on small pieces of the device of several shapes, with and
    without its fractional gates, as they are and after level 3 of Qiskit's transpiler; and level 3
    from circuits for all pairs of qubits. Each is moved to the place on the device where the
    calibration promises the highest fidelity, which is the same for all bases. Those that do
    something else than the emulator, by more than `MAX_DEVIATION`, are refused: level 3 drops
    rotations below 6e-5 rad even where they add up. Of the six of the highest
    expected fidelity the noise is simulated, up to 7 qubits, and the best of these is taken.

    Args:
        anneal: The anneal.
        backend: A `BackendV2`, a sampler that tells its backend, or a name; see `find_backend`.
        compiler: ``"joint"`` or ``"separate"``: searched networks; others: level 3 only. Its effort
            is shared by all searches, and there are as many candidates of each kind as seeds.
        bases: What is measured: ``"position"``, ``"momentum"``.
        seed: First seed.
        idle: Let waiting qubits relax: in the expected fidelity and in the simulation. Default as
            the backend itself does it: devices do, fake ones and simulators do not.
        simulate: Whether to simulate the noise of the best candidates.

    Raises:
        ValueError: The device has too few qubits, or every candidate was refused.

    >>> from qdml_quantum import Grid, Problem, Schedule
    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> step = Anneal(problem, Schedule.constant(0.5, num_steps=1, time_step=0.3), "lie")
    >>> isa = isa_circuits(step, backend=FakeFez(), compiler=Compiler("joint", seeds=2, effort=1))
    >>> isa.circuits["position"].count_ops()["cz"] <= 15, isa.best.deviation < 1e-9
    (True, True)
    """
    for basis in bases:
        require_basis(basis)
    backend = find_backend(backend, num_qubits=anneal.grid.num_qubits)
    search = Candidates(
        anneal,
        as_compiler(compiler),
        tuple(bases),
        target_of(backend),
        seed,
        not is_local(backend) if idle is None else idle,
    )
    abstract, truncation = search.abstract()
    candidates = _distinct(sorted(search.made(abstract), key=lambda candidate: -candidate.score))
    kept, refused = search.checked(candidates)
    if not kept:
        raise ValueError(_all_refused(refused))
    if simulate:
        kept = search.simulated(backend, kept)
    return Isa(kept[0], abstract, truncation, (*kept, *refused))


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """One candidate of those that have the same gates and the same fidelity."""
    seen: dict[tuple[Any, ...], Candidate] = {}
    for candidate in candidates:
        gates = tuple(tuple(sorted(c.count_ops().items())) for c in candidate.circuits.values())
        seen.setdefault((round(candidate.score, 4), gates), candidate)
    return list(seen.values())


def _all_refused(refused: Sequence[Candidate]) -> str:
    least = min((c.deviation for c in refused if c.deviation is not None), default=math.inf)
    return argument(
        "backend",
        f"run circuits within {MAX_DEVIATION:g} of the emulator in total variation",
        f"one whose best of {len(refused)} candidates is {least:.2g} away",
        "Leave less out: a smaller budget, or the compiler `walsh`.",
    )
