"""An anneal on a device before it is a plan: what it compiles to, and what that can show."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import ECHOES, signal_over_uniform, uniform_fidelity
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.hardware.devices.echo import (
    coherence_echo,
    echo_histogram,
    loschmidt_echo,
)
from qdml_quantum.hardware.devices.figures import untold_errors
from qdml_quantum.hardware.devices.isa import Isa, ideal_histogram, isa_circuits, loading_circuit
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.devices.noise import QUBIT_LIMIT, noisy_probabilities, relaxes
from qdml_quantum.hardware.devices.placement import duration, reset_duration
from qdml_quantum.hardware.planning.costs import (
    Costs,
    ErrorBar,
    depolarised,
    depolarised_signal,
    energy_error,
    qpu_seconds,
    shots_for,
    signal_error,
    success_error,
)
from qdml_quantum.hardware.planning.setting import Setting
from qdml_quantum.problem.goal import Goal
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check, at_least, at_most
from qdml_quantum.support.messages import any_of
from qdml_quantum.synthesis.circuits.gates import (
    largest_block,
    native_of,
    two_qubit_depth,
    two_qubit_gates,
)
from qdml_quantum.synthesis.compiler import Compiler

Histogram = Array

_QUICK, _FEW_SEEDS = 0.5, 1
"""Effort and seeds where circuits are compared only: on few qubits all of it gains 0.01 of S."""


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
    preload: int = 0
    echoes: Sequence[str] = ()

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
            preload=self.preload,
        )

    @property
    def gates(self) -> int:
        """Two-qubit gates of the position circuit on the device."""
        native = native_of(Machine(self.device).target)
        return two_qubit_gates(self.isa.circuits["position"], native=native)

    @cached_property
    def circuits(self) -> dict[str, QuantumCircuit]:
        """All that are run, by kind: those of the anneal, then its echoes."""
        circuits = dict(self.isa.circuits)
        for kind in self.echoes:
            if kind == ECHOES[0]:
                circuits[kind] = coherence_echo(circuits["position"], self.chip)
            else:
                circuits[kind] = loschmidt_echo(
                    self.anneal,
                    backend=self.chip,
                    compiler=quick_compiler(self.compiler),
                    seed=self.seed,
                    preload=self.preload,
                )
        return circuits

    @cached_property
    def ideal(self) -> dict[str, Histogram]:
        """Histograms of the emulator."""
        ideal = {kind: ideal_histogram(self.anneal, kind) for kind in self.bases}
        if not self.echoes:
            return ideal
        rest = self.anneal.after(self.preload)
        return ideal | {kind: echo_histogram(rest, kind) for kind in self.echoes}

    @cached_property
    def noisy(self) -> dict[str, Histogram] | None:
        """Histograms with noise; None where that is too large, or errors are not known."""
        if self.untold and not isinstance(self.chip, AerSimulator):
            return None
        by_basis = dict(self.isa.best.noisy or {})
        for kind in (*self.bases, *self.echoes):
            if kind in by_basis:
                continue
            values = noisy_probabilities(self.chip, self.circuits[kind], self.anneal.grid)
            if values is None:
                return None
            by_basis[kind] = values
        return by_basis

    @property
    def signal_at_work(self) -> float | None:
        """S of a simulation in which qubits that wait do not relax; see `Costs`."""
        if self.noisy is None or not relaxes(self.chip):
            return None
        circuit, grid = self.isa.circuits["position"], self.anneal.grid
        values = noisy_probabilities(self.chip, circuit, grid, idle=False)
        return None if values is None else signal_over_uniform(values, self.ideal["position"])

    @cached_property
    def loading(self) -> QuantumCircuit:
        """A circuit that loads the ideal histogram, on the same device."""
        return loading_circuit(self.anneal, backend=self.chip, seed=self.seed)

    @property
    def loaded_signal(self) -> float | None:
        """S of that circuit, as that of the anneal is simulated; else None."""
        if self.noisy is None:
            return None
        values = noisy_probabilities(self.chip, self.loading, self.anneal.grid)
        return None if values is None else signal_over_uniform(values, self.ideal["position"])

    @cached_property
    def untold(self) -> tuple[str, ...]:
        """Instructions of which no error is known; those of an ideal simulator have none."""
        ideal = isinstance(self.chip, AerSimulator) and self.chip.options.noise_model is None
        circuit = self.isa.circuits["position"]
        return () if ideal else untold_errors(circuit, Machine(self.device).target)

    @property
    def fidelity(self) -> float | None:
        """Expected fidelity of the position circuit, from the errors that the device tells."""
        return None if self.untold else self.isa.best.fidelity["position"]

    @property
    def signal(self) -> float:
        """S that is to be expected: simulated, or else from the fidelity alone; NaN if unknown."""
        if self.noisy is not None:
            return signal_over_uniform(self.noisy["position"], self.ideal["position"])
        return math.nan if self.estimated_signal is None else self.estimated_signal

    @property
    def estimated_signal(self) -> float | None:
        """S if all that the fidelity loses became uniform."""
        if self.fidelity is None:
            return None
        return depolarised_signal(self.ideal["position"], self.fidelity)

    @property
    def expected(self) -> dict[str, Histogram]:
        """Histograms with noise, simulated or estimated; where nothing is known of it, without."""
        if self.noisy is not None:
            return self.noisy
        if self.fidelity is None:
            return self.ideal
        return {basis: depolarised(values, self.fidelity) for basis, values in self.ideal.items()}

    @property
    def success(self) -> float:
        """Expected success probability."""
        return self.goal.share(self.expected["position"])

    def error_bars(self, shots: int, wanted: Mapping[str, float]) -> tuple[ErrorBar, ...]:
        """Error bars of success and S, and of the energy where wave numbers are measured.

        Args:
            shots: Of each circuit.
            wanted: Error bars that are asked for; see `as_wanted`.
        """
        p, q = self.expected["position"], self.ideal["position"]
        errors: dict[str, tuple[float, Callable[[int], float]]] = {
            "success": (self.success, partial(success_error, self.success)),
            "signal": (signal_over_uniform(p, q), partial(signal_error, p, q)),
        }
        if "momentum" in self.bases:
            energy, variances = self._energy()
            errors["energy"] = energy, partial(energy_error, variances)
        return tuple(
            ErrorBar(name, value, error(shots), wanted[name], shots_for(error, wanted[name]))
            for name, (value, error) in errors.items()
        )

    def _energy(self) -> tuple[float, list[float]]:
        """``<zeta> + D <k^2>``, and the variances of one shot of each."""
        total, variances = 0.0, []
        for basis, values in energy_terms(self.anneal).items():
            weights = self.expected[basis]
            mean = float((weights * values).sum())
            total += mean
            variances.append(float((weights * (values - mean) ** 2).sum()))
        return total, variances

    def checks(self, bars: Sequence[ErrorBar] = ()) -> list[Check]:
        """Can it show anything, is the anneal a good one, do the shots reach the error bars?"""
        positions, left_out = self.ideal["position"], self.isa.truncation
        how = "from simulated noise" if self.noisy is not None else "from gate errors alone"
        if math.isnan(self.signal):
            how = f"not known: the device tells no errors of {any_of(self.untold)}"
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

    def costs(self, settings: Sequence[Setting], shots: int, bars: tuple[ErrorBar, ...]) -> Costs:
        """All that is printed."""
        circuit, before = self.isa.circuits["position"], self.isa.abstract["position"]
        machine, loader = Machine(self.device), self.isa.best.loader
        target, native = machine.target, native_of(machine.target)
        times = [
            duration(setting.circuit, target) + reset_duration(setting.circuit, target)
            for setting in settings
        ]
        reason = f"noise is simulated on up to {QUBIT_LIMIT} qubits, and where there is memory"
        if self.untold:
            reason = f"the device tells no errors of {any_of(self.untold)}"
        return Costs(
            num_qubits=self.anneal.grid.num_qubits,
            num_steps=self.anneal.schedule.num_steps,
            two_qubit_gates_before=two_qubit_gates(before, native=native),
            two_qubit_depth_before=two_qubit_depth(before, native=native),
            two_qubit_gates=self.gates,
            two_qubit_depth=two_qubit_depth(circuit, native=native),
            layout=settings[0].qubits,
            duration=duration(circuit, target),
            expected_fidelity=self.fidelity,
            estimated_signal=self.estimated_signal,
            signal_reason="" if self.noisy is not None else reason,
            uniform_fidelity=uniform_fidelity(self.ideal["position"]),
            num_circuits=len(settings),
            qpu_seconds=qpu_seconds(times, shots, machine.repetition_delay),
            error_bars=bars,
            signal_at_work=self.signal_at_work,
            loaded_gates=two_qubit_gates(self.loading, native=native),
            loaded_signal=self.loaded_signal,
            prefix_gates=0 if loader is None else two_qubit_gates(loader.circuit, native=native),
            prefix_fidelity=None if loader is None else loader.fidelity,
        )


def energy_terms(anneal: Anneal) -> dict[str, Histogram]:
    """``zeta`` at positions and ``D |k|^2`` at wave numbers: their means add up to the energy."""
    kinetic = anneal.diffusion * squared_wave_numbers(anneal.grid)
    return {"position": anneal.problem.values, "momentum": kinetic}


def expected_signal(signal: float, how: str) -> Check:
    """Enough of the ideal histogram is left."""
    return at_least(
        "expected_signal",
        signal,
        checks.MIN_SIGNAL,
        f"S = (F - F_uniform)/(1 - F_uniform) that is to be expected, {how}",
        "Use fewer --steps, fewer --qubits, a larger --budget or --fractional gates.",
    )


def beats_chance(ideal: Histogram, goal: Goal) -> Check:
    """The ideal anneal finds the minimum more often than chance does."""
    return at_least(
        "beats_chance",
        goal.share(ideal) - goal.baseline,
        0.0,
        "success probability of the ideal anneal above that of a uniform histogram",
        "Anneal to a lower --d-stop, or with more steps.",
    )


def error_reached(bar: ErrorBar) -> Check:
    """The shots reach the error bar that was asked for."""
    needed = "No number of shots does"
    if bar.shots_needed is not None:
        needed = f"Take --shots {bar.shots_needed}"
    return at_most(
        f"error_of_{bar.quantity}",
        bar.error,
        bar.wanted,
        f"half the 95 % interval of the {bar.quantity} with these shots",
        f"{needed}, or ask for less (--max-error).",
    )


def quick_compiler(compiler: Compiler) -> Compiler:
    """The same with little effort: to compare circuits that will not be run.

    >>> quick_compiler(Compiler("joint")).seeds
    1
    """
    less = min(compiler.effort, _QUICK)
    return replace(compiler, effort=less, seeds=min(compiler.seeds, _FEW_SEEDS))
