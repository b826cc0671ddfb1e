"""An anneal on a device before it is a plan: what it compiles to, and what that gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import signal_over_uniform, uniform_fidelity
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.hardware.devices.devices import is_local, target_of
from qdml_quantum.hardware.devices.isa import Isa, isa_circuits
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.devices.noise import QUBIT_LIMIT, noisy_probabilities
from qdml_quantum.hardware.devices.placement import duration
from qdml_quantum.hardware.planning.costs import (
    REPETITION_DELAY,
    Costs,
    ErrorBar,
    depolarised,
    depolarised_signal,
    qpu_seconds,
)
from qdml_quantum.hardware.planning.forecast import (
    Histogram,
    beats_chance,
    error_bars,
    error_reached,
    expected_signal,
    histograms,
)
from qdml_quantum.hardware.planning.setting import Setting
from qdml_quantum.problem.goal import Goal
from qdml_quantum.support.check import Check
from qdml_quantum.synthesis.circuits.gates import largest_block, two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.compiler import Compiler


@dataclass(frozen=True, eq=False)
class Draft:
    """An anneal on a device before it is a plan: what it compiles to, and what that gives.

    Everything is made when it is asked for, once.
    """

    anneal: Anneal
    goal: Goal
    compiler: Compiler
    device: Any
    bases: Sequence[str]
    seed: int = 0

    @property
    def chip(self) -> Any:
        """The backend; the one behind a sampler."""
        return Machine(self.device).backend

    @cached_property
    def isa(self) -> Isa:
        """Circuits in the gates and on the qubits of the device."""
        return isa_circuits(
            self.anneal,
            backend=self.chip,
            compiler=self.compiler,
            bases=self.bases,
            seed=self.seed,
            idle=self.idle,
        )

    @property
    def idle(self) -> bool:
        """Whether qubits relax while they wait: on a device they do, on a simulator they do not."""
        return not is_local(self.device)

    @cached_property
    def ideal(self) -> dict[str, Histogram]:
        """Histograms of the emulator."""
        return histograms(self.anneal.final_state(), self.bases)

    @cached_property
    def noisy(self) -> dict[str, Histogram] | None:
        """Histograms with noise; None where that is too large."""
        by_basis = {}
        for basis in self.bases:
            values = noisy_probabilities(
                self.chip, self.isa.circuits[basis], self.anneal.grid, idle=self.idle
            )
            if values is None:
                return None
            by_basis[basis] = values
        return by_basis

    @property
    def fidelity(self) -> float:
        """Expected fidelity of the position circuit, from the errors that the device tells."""
        return self.isa.fidelity["position"]

    @property
    def signal(self) -> float:
        """S that is to be expected: simulated, or else from the fidelity alone."""
        if self.noisy is not None:
            return signal_over_uniform(self.noisy["position"], self.ideal["position"])
        return self.estimated_signal

    @property
    def estimated_signal(self) -> float:
        """S if all that the fidelity loses became uniform."""
        return depolarised_signal(self.ideal["position"], self.fidelity)

    @property
    def expected(self) -> dict[str, Histogram]:
        """Histograms with noise, simulated or estimated."""
        if self.noisy is not None:
            return self.noisy
        return {basis: depolarised(values, self.fidelity) for basis, values in self.ideal.items()}

    @property
    def success(self) -> float:
        """Expected success probability."""
        return self.goal.share(self.expected["position"])

    def error_bars(self, shots: int, wanted: Mapping[str, float]) -> tuple[ErrorBar, ...]:
        """What so many shots can tell."""
        return error_bars(
            self.goal,
            self.anneal.diffusion,
            self.ideal,
            self.expected,
            shots,
            wanted,
        )

    def checks(self, bars: Sequence[ErrorBar] = ()) -> list[Check]:
        """Can it show anything, is the anneal a good one, do the shots reach the error bars?"""
        positions, left_out = self.ideal["position"], self.isa.truncation
        how = "from simulated noise" if self.noisy is not None else "from gate errors alone"
        deciding = [
            expected_signal(self.signal, how),
            checks.far_from_uniform(positions),
            *(error_reached(bar) for bar in bars),
        ]
        informing = [
            beats_chance(positions, self.goal),
            checks.two_qubits(largest_block(self.isa.circuits["position"])),
        ]
        if self.isa.best.deviation is not None:
            informing.append(checks.small_rotations(self.isa.best.deviation))
        if left_out["strings"] != left_out["strings_exact"]:
            informing.append(checks.truncation(left_out["state_error"]))
        informing += checks.of_the_anneal(self.anneal, positions)
        return deciding + [replace(check, decides=False) for check in informing]

    def seconds(self, circuits: Sequence[Any], shots: int) -> float:
        """Estimated QPU seconds of circuits."""
        target = target_of(self.device)
        times = [duration(circuit, target) for circuit in circuits]
        return qpu_seconds(times, shots, delay=repetition_delay(self.chip))

    def costs(self, settings: Sequence[Setting], shots: int, bars: tuple[ErrorBar, ...]) -> Costs:
        """All that is printed."""
        circuit, before = self.isa.circuits["position"], self.isa.abstract["position"]
        reason = f"noise is simulated on up to {QUBIT_LIMIT} qubits, and where there is memory"
        return Costs(
            num_qubits=self.anneal.grid.num_qubits,
            num_steps=self.anneal.schedule.num_steps,
            two_qubit_gates_before=two_qubit_gates(before),
            two_qubit_depth_before=two_qubit_depth(before),
            two_qubit_gates=two_qubit_gates(circuit),
            two_qubit_depth=two_qubit_depth(circuit),
            layout=settings[0].qubits,
            duration=duration(circuit, target_of(self.device)),
            expected_fidelity=self.fidelity,
            estimated_signal=self.estimated_signal,
            signal_reason="" if self.noisy is not None else reason,
            uniform_fidelity=uniform_fidelity(self.ideal["position"]),
            num_circuits=len(settings),
            qpu_seconds=self.seconds([setting.circuit for setting in settings], shots),
            error_bars=bars,
        )


def repetition_delay(chip: Any) -> float:
    """Seconds between two shots: what the backend says, or 250 us."""
    delay = asked_of(chip, "default_rep_delay")
    return REPETITION_DELAY if delay is None else float(delay)


def asked_of(chip: Any, name: str) -> Any:
    """An attribute of a backend, or of its configuration."""
    chip = getattr(chip, "fake", chip)
    direct = getattr(chip, name, None)
    if direct is not None:
        return direct
    configuration = getattr(chip, "configuration", None)
    return getattr(configuration() if callable(configuration) else configuration, name, None)
