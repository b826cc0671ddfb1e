"""The circuit library: about twenty small circuits as OpenQASM 3 files, made from plain data.

Every entry is a name, a title and a spec; the kind of the spec says which public building blocks
make the circuit. A new circuit is an entry in ``circuits.json``, then `qdml circuits`. A P in a
title is the probability of ending within a tenth of the box of a minimizer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from qiskit import QuantumCircuit

from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import Schedule, schedule_by_name
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import read_json, write_bytes, write_json
from qdml_quantum.support.versions import versions
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.builder import registers
from qdml_quantum.synthesis.circuits.circuit import build
from qdml_quantum.synthesis.circuits.export import first_difference, to_qasm3
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.circuits.initial import initial_circuit
from qdml_quantum.synthesis.circuits.kinetic import kinetic_phase, to_momentum
from qdml_quantum.synthesis.phases.potential import Walsh

MANIFEST = "manifest.json"
_FILE = Path(__file__).parent / "circuits.json"
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
        """The circuit, made anew from the spec; registers `x1`, `x2`, ..."""
        circuit = KINDS[self.spec["kind"]](self.spec)
        circuit.name = self.name
        return circuit


def _transform(spec: Mapping[str, Any]) -> QuantumCircuit:
    sizes = [spec["num_qubits"]]
    return _on_registers(Grid([(0, 1)], sizes), to_momentum(*sizes))


def _kinetic(spec: Mapping[str, Any]) -> QuantumCircuit:
    grid = _grid(spec)
    (axis,) = grid.axes
    return _on_registers(grid, kinetic_phase(axis, spec["angle"]))


def _potential(spec: Mapping[str, Any]) -> QuantumCircuit:
    problem = problem_of(spec)
    values = problem.grid.to_vector(problem.values).astype(float)
    return _on_registers(problem.grid, Walsh(values).circuit(spec["angle"]))


def _prepare(spec: Mapping[str, Any]) -> QuantumCircuit:
    grid = _grid(spec)
    return _on_registers(grid, initial_circuit(spec["initial"], grid))


def _step(spec: Mapping[str, Any]) -> QuantumCircuit:
    builder = BlockBuilder(problem_of(spec))
    circuit = builder.empty()
    builder.append(circuit, make_recipe(schedule_of(spec), spec["formula"]).moves)
    return circuit


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


def _on_registers(grid: Grid, block: QuantumCircuit) -> QuantumCircuit:
    return QuantumCircuit(*registers(grid)).compose(block)


@cache
def entries() -> tuple[Entry, ...]:
    """All circuits of the library.

    >>> entries()[0].file
    'transform-3.qasm'
    """
    return tuple(Entry(**entry) for entry in read_json(_FILE)["circuits"])


def default_folder() -> Path:
    """The folder `circuits` of the checkout: of the working directory, or around the package.

    Raises:
        FileNotFoundError: There is no checkout, as with an installed wheel.
    """
    for root in (Path.cwd(), Path(__file__).resolve().parents[3]):
        if all((root / name).exists() for name in ("circuits", "pyproject.toml", "qdml_quantum")):
            return root / "circuits"
    raise FileNotFoundError(
        "There is no checkout with a folder `circuits` here. Change into one, or name the folder "
        "with --output."
    )


def generate(folder: str | Path) -> list[Path]:
    """Write every circuit of the library and the manifest, each file atomically.

    The manifest has the keys `library`, `format`, `qiskit` (the version that wrote it) and
    `circuits`, a list of objects with `file, title, spec, num_qubits, registers, gates, num_gates,
    two_qubit_gates, depth, sha256`.

    Returns:
        The files that were written, the manifest last.

    Raises:
        OSError: The folder cannot be made or written.
    """
    folder = Path(folder)
    records = []
    for entry in entries():
        circuit = entry.circuit()
        digest = write_bytes(folder / entry.file, to_qasm3(circuit).encode())
        records.append(_record(entry, circuit) | {"sha256": digest})
    about = {"library": "qdml_quantum", "format": 1, "qiskit": _qiskit_version()}
    write_json(folder / MANIFEST, about | {"circuits": records})
    return [folder / name for name in (*(entry.file for entry in entries()), MANIFEST)]


def check(folder: str | Path) -> list[str]:
    """What differs between a folder and the library; empty when nothing does.

    Finds files that are missing, edited (by their hash), outdated (made anew, the circuit is
    another one) or unknown, and manifests that say something else. Angles may differ by 1e-9, so
    that another libm or another way to print numbers is no difference.

    Returns:
        One sentence per difference, the file first.
    """
    folder = Path(folder)
    try:
        manifest = read_json(folder / MANIFEST)
        stored = {record["file"]: record for record in manifest["circuits"]}
    except FileNotFoundError:
        return [f"{MANIFEST}: missing in `{folder}`. Write the library with `qdml circuits`."]
    except (DamagedFileError, KeyError, TypeError) as error:
        return [f"{MANIFEST}: damaged ({error}). Write the library anew with `qdml circuits`."]
    diffs = []
    for entry in entries():
        diffs += _check_entry(entry, folder / entry.file, stored.get(entry.file), manifest)
    known = {entry.file for entry in entries()}
    diffs += [f"{file}: in the manifest, but not in the library." for file in stored.keys() - known]
    diffs += [
        f"{path.name}: not part of the library. Remove it."
        for path in folder.iterdir()
        if path.name not in known.union(_BESIDE) and not path.name.startswith(".")
    ]
    return sorted(diffs)


def _check_entry(
    entry: Entry, path: Path, stored: Mapping[str, Any] | None, manifest: Mapping[str, Any]
) -> list[str]:
    diffs = []
    circuit = entry.circuit()
    if stored is None:
        diffs.append(f"{entry.file}: not in the manifest.")
    else:
        record = _record(entry, circuit)
        changed = sorted(key for key in record if record[key] != stored.get(key))
        if changed:
            diffs.append(f"{entry.file}: the manifest differs in {', '.join(changed)}.")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return [*diffs, f"{entry.file}: missing."]
    if stored is not None and hashlib.sha256(content).hexdigest() != stored.get("sha256"):
        diffs.append(f"{entry.file}: edited, it does not match the hash in the manifest.")
    difference = first_difference(content.decode(errors="replace"), to_qasm3(circuit))
    if difference:
        diffs.append(
            f"{entry.file}: outdated, {difference} (file by Qiskit {manifest.get('qiskit')}, "
            f"library by Qiskit {_qiskit_version()})."
        )
    return diffs


def _record(entry: Entry, circuit: QuantumCircuit) -> dict[str, Any]:
    return {
        "file": entry.file,
        "title": entry.title,
        "spec": dict(entry.spec),
        "num_qubits": circuit.num_qubits,
        "registers": {register.name: register.size for register in circuit.qregs},
        "gates": dict(sorted(circuit.count_ops().items())),
        "num_gates": circuit.size(),
        "two_qubit_gates": two_qubit_gates(circuit),
        "depth": circuit.depth(),
    }


def _qiskit_version() -> str:
    return versions(circuits=True)["qiskit"]
