"""The circuit library: about twenty small circuits as OpenQASM 3 files, made from plain data.

Every entry is a name, a title and a spec; the kind of the spec says which public building blocks
make the circuit. A new circuit is one line in `_ENTRIES`, then `qdml circuits`.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from qiskit import QuantumCircuit, QuantumRegister

from qdml_quantum.grid import Grid
from qdml_quantum.messages import DamagedFileError
from qdml_quantum.problem import Problem
from qdml_quantum.recipe import make_recipe
from qdml_quantum.schedule import Schedule, schedule_by_name
from qdml_quantum.store import read_json, write_bytes, write_json
from qdml_quantum.synthesis.circuit import CircuitBuilder, build, registers, two_qubit_gates
from qdml_quantum.synthesis.export import angle_of, to_qasm3
from qdml_quantum.synthesis.fourier import to_momentum
from qdml_quantum.synthesis.kinetic import kinetic_phase
from qdml_quantum.synthesis.potential import Walsh
from qdml_quantum.synthesis.prepare import prepare
from qdml_quantum.versions import versions

MANIFEST = "manifest.json"
TOLERANCE = 1e-9
"""Angles that differ by less are the same circuit: another libm moves the last digits."""

_BESIDE = (MANIFEST, "README.md")


@dataclass(frozen=True)
class Entry:
    """One circuit of the library.

    Args:
        name: Name of the file without ``.qasm``.
        title: What it is, in one line.
        spec: Plain JSON; its `kind` is a key of `KINDS`, the rest is read by that function.
    """

    name: str
    title: str
    spec: Mapping[str, Any]

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.qasm"

    def circuit(self) -> QuantumCircuit:
        """The circuit, made anew from the spec; registers `x0`, `x1`, ..."""
        circuit = KINDS[self.spec["kind"]](self.spec)
        circuit.name = self.name
        return circuit


def _transform(spec: Mapping[str, Any]) -> QuantumCircuit:
    return _on_register(to_momentum(spec["num_qubits"]))


def _kinetic(spec: Mapping[str, Any]) -> QuantumCircuit:
    (axis,) = _grid(spec).axes
    return _on_register(kinetic_phase(axis, spec["angle"]))


def _potential(spec: Mapping[str, Any]) -> QuantumCircuit:
    problem = problem_of(spec)
    values = problem.grid.to_vector(problem.values).astype(float)
    circuit = QuantumCircuit(*registers(problem.grid))
    circuit.compose(Walsh(values).circuit(spec["angle"]), inplace=True)
    return circuit


def _prepare(spec: Mapping[str, Any]) -> QuantumCircuit:
    grid = _grid(spec)
    circuit = QuantumCircuit(*registers(grid))
    circuit.compose(prepare(spec["initial"], grid), inplace=True)
    return circuit


def _step(spec: Mapping[str, Any]) -> QuantumCircuit:
    builder = CircuitBuilder(problem_of(spec))
    return builder.append(builder.empty(), make_recipe(schedule_of(spec), spec["formula"]).phases)


def _anneal(spec: Mapping[str, Any]) -> QuantumCircuit:
    return build(
        problem_of(spec),
        schedule_of(spec),
        formula=spec["formula"],
        initial=spec.get("initial", "uniform"),
        measure=spec.get("measure", False),
    )


KINDS: dict[str, Callable[[Mapping[str, Any]], QuantumCircuit]] = {
    "transform": _transform,
    "kinetic": _kinetic,
    "potential": _potential,
    "prepare": _prepare,
    "step": _step,
    "anneal": _anneal,
}
"""What makes the circuit of a spec.

`transform`, `kinetic`, `potential` and `step` are operators, to be used within other circuits;
`prepare` and `anneal` start from all qubits in 0.
"""


def problem_of(spec: Mapping[str, Any]) -> Problem:
    """Grid and objective of a spec.

    >>> problem_of({"objective": "x**2", "bounds": [[-4, 4]], "num_qubits": [3]}).grid
    Grid([(-4, 4)], [3])
    """
    return Problem(_grid(spec), spec["objective"])


def schedule_of(spec: Mapping[str, Any]) -> Schedule:
    """Schedule of a spec of kind `step` or `anneal`."""
    options = dict(spec["schedule"])
    return schedule_by_name(options.pop("name"), options.pop("diffusion"), **options)


def _grid(spec: Mapping[str, Any]) -> Grid:
    return Grid(spec["bounds"], spec["num_qubits"])


def _on_register(block: QuantumCircuit) -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(block.num_qubits, "x0"))
    circuit.compose(block, inplace=True)
    return circuit


def _one_step(diffusion: float, time_step: float) -> dict[str, Any]:
    return {
        "name": "constant",
        "diffusion": [diffusion, diffusion],
        "num_steps": 1,
        "time_step": time_step,
    }


def _falling(
    start: float, stop: float, num_stages: int, num_steps: int, time_step: float
) -> dict[str, Any]:
    return {
        "name": "geometric",
        "diffusion": [start, stop],
        "num_stages": num_stages,
        "num_steps": num_steps,
        "time_step": time_step,
    }


def _on(objective: str, *axes: tuple[float, float, int]) -> dict[str, Any]:
    """Objective and grid; an axis is (lower, upper, qubits)."""
    return {
        "objective": objective,
        "bounds": [[lower, upper] for lower, upper, _ in axes],
        "num_qubits": [count for _, _, count in axes],
    }


_DOUBLE_WELL = _falling(0.27, 0.09, 12, 2, 0.6)
_PACKET = {"center": -2.0, "width": 0.7, "momentum": 2.5}

_ENTRIES = (
    # Building blocks.
    Entry(
        "transform-3",
        "Position to momentum on 3 qubits, without swaps: the bits of the result are reversed",
        {"kind": "transform", "num_qubits": 3},
    ),
    Entry(
        "kinetic-4",
        "Kinetic phase exp(-0.1 i k^2) on [-4, 4)",
        {"kind": "kinetic", "bounds": [[-4, 4]], "num_qubits": [4], "angle": 0.1},
    ),
    Entry(
        "potential-quadratic-4",
        "Potential phase exp(-0.1 i zeta) of the oscillator: p and cp only",
        {"kind": "potential", **_on("harmonic", (-4, 4, 4)), "angle": 0.1},
    ),
    Entry(
        "potential-quartic-5",
        "Potential phase exp(-0.1 i zeta) of the tilted double well: parities of up to 4 bits",
        {"kind": "potential", **_on("double_well", (-2.5, 2.5, 5)), "angle": 0.1},
    ),
    Entry(
        "potential-generic-4",
        "Potential phase exp(-0.1 i zeta) of Forrester: every parity, 2^4 - 2 CX",
        {"kind": "potential", **_on("forrester", (0, 1, 4)), "angle": 0.1},
    ),
    Entry(
        "potential-separable-3-4",
        "Potential phase exp(-0.05 i zeta) of Rastrigin in 2-D: no gate between the registers",
        {
            "kind": "potential",
            **_on("rastrigin", (-5.12, 5.12, 3), (-5.12, 5.12, 4)),
            "angle": 0.05,
        },
    ),
    Entry(
        "prepare-packet-4",
        "Gaussian wave packet at -2, width 0.7, momentum 2.5, on [-8, 8)",
        {"kind": "prepare", "bounds": [[-8, 8]], "num_qubits": [4], "initial": _PACKET},
    ),
    Entry(
        "prepare-packet-4-3",
        "Gaussian wave packet in 2-D, moving along the first axis",
        {
            "kind": "prepare",
            "bounds": [[-8, 8], [-4, 4]],
            "num_qubits": [4, 3],
            "initial": {"center": [-2.0, 0.5], "width": [1.0, 0.8], "momentum": [2.0, 0.0]},
        },
    ),
    # One step, without a preparation.
    Entry(
        "step-harmonic-4-lie",
        "One Lie step of the oscillator, D = 0.5, dt = 0.1",
        {
            "kind": "step",
            **_on("harmonic", (-4, 4, 4)),
            "formula": "lie",
            "schedule": _one_step(0.5, 0.1),
        },
    ),
    Entry(
        "step-double-well-4-strang",
        "One Strang step of the tilted double well, D = 0.2, dt = 0.1",
        {
            "kind": "step",
            **_on("double_well", (-2.5, 2.5, 4)),
            "formula": "strang",
            "schedule": _one_step(0.2, 0.1),
        },
    ),
    Entry(
        "step-rastrigin-4-suzuki4",
        "One fourth-order Suzuki step of Rastrigin, D = 1, dt = 0.05",
        {
            "kind": "step",
            **_on("rastrigin", (-5.12, 5.12, 4)),
            "formula": "suzuki4",
            "schedule": _one_step(1.0, 0.05),
        },
    ),
    Entry(
        "step-himmelblau-3-3-strang",
        "One Strang step of Himmelblau, D = 4, dt = 0.01",
        {
            "kind": "step",
            **_on("himmelblau", (-5, 5, 3), (-5, 5, 3)),
            "formula": "strang",
            "schedule": _one_step(4.0, 0.01),
        },
    ),
    Entry(
        "step-rosenbrock-4-3-strang",
        "One Strang step of Rosenbrock, 4 qubits along x and 3 along y, D = 1, dt = 0.005",
        {
            "kind": "step",
            **_on("rosenbrock", (-2, 2, 4), (-1, 3, 3)),
            "formula": "strang",
            "schedule": _one_step(1.0, 0.005),
        },
    ),
    Entry(
        "step-muller-brown-3-3-suzuki4",
        "One fourth-order Suzuki step of the Mueller-Brown surface, D = 1, dt = 0.004",
        {
            "kind": "step",
            **_on("muller_brown", (-1.7, 1.3, 3), (-0.5, 2, 3)),
            "formula": "suzuki4",
            "schedule": _one_step(1.0, 0.004),
        },
    ),
    Entry(
        "step-styblinski-tang-2-2-2-strang",
        "One Strang step of Styblinski-Tang in 3-D, D = 1, dt = 0.02",
        {
            "kind": "step",
            **_on("styblinski_tang", *[(-5, 5, 2)] * 3),
            "formula": "strang",
            "schedule": _one_step(1.0, 0.02),
        },
    ),
    Entry(
        "step-ackley-2-3-2-lie",
        "One Lie step of Ackley in 3-D, the middle axis finer, D = 0.5, dt = 0.1",
        {
            "kind": "step",
            **_on("ackley", (-5, 5, 2), (-5, 5, 3), (-5, 5, 2)),
            "formula": "lie",
            "schedule": _one_step(0.5, 0.1),
        },
    ),
    # Anneals, from the uniform superposition unless the title says otherwise.
    Entry(
        "anneal-harmonic-4",
        "Oscillator, 3 stages of 2 steps: within a tenth of the box of the minimum with P = 0.98",
        {
            "kind": "anneal",
            **_on("harmonic", (-4, 4, 4)),
            "formula": "strang",
            "schedule": _falling(5.5, 0.04, 3, 2, 1.5),
        },
    ),
    Entry(
        "anneal-double-well-3",
        "Tilted double well",
        {
            "kind": "anneal",
            **_on("double_well", (-2.5, 2.5, 3)),
            "formula": "strang",
            "schedule": _falling(3.6, 0.09, 12, 1, 0.6),
        },
    ),
    Entry(
        "anneal-double-well-3-measured",
        "The same, with all qubits measured into `meas`",
        {
            "kind": "anneal",
            **_on("double_well", (-2.5, 2.5, 3)),
            "formula": "strang",
            "schedule": _falling(3.6, 0.09, 12, 1, 0.6),
            "measure": True,
        },
    ),
    Entry(
        "anneal-double-well-4",
        "Tilted double well",
        {
            "kind": "anneal",
            **_on("double_well", (-2.5, 2.5, 4)),
            "formula": "strang",
            "schedule": _DOUBLE_WELL,
        },
    ),
    Entry(
        "anneal-rastrigin-4",
        "Rastrigin",
        {
            "kind": "anneal",
            **_on("rastrigin", (-5.12, 5.12, 4)),
            "formula": "strang",
            "schedule": {**_falling(11, 0.056, 12, 1, 0.4), "name": "linear"},
        },
    ),
    Entry(
        "anneal-himmelblau-3-3",
        "Himmelblau",
        {
            "kind": "anneal",
            **_on("himmelblau", (-5, 5, 3), (-5, 5, 3)),
            "formula": "strang",
            "schedule": _falling(150, 2.3, 6, 2, 0.0175),
        },
    ),
    Entry(
        "free-packet-5",
        "Free wave packet",
        {
            "kind": "anneal",
            **_on("0*x", (-8, 8, 5)),
            "formula": "lie",
            "initial": {"center": -3.0, "width": 0.8, "momentum": 2.0},
            "schedule": _one_step(0.5, 2.0),
        },
    ),
)
