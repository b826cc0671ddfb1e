"""The circuit library: about twenty small circuits as OpenQASM 3 files, made from plain data.

Every entry is a name, a title and a spec; the kind of the spec says which public building blocks
make the circuit. A new circuit is one line in `_ENTRIES`, then `qdml circuits`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from qdml_quantum.synthesis.circuits.builder import BlockBuilder, registers
from qdml_quantum.synthesis.circuits.circuit import build
from qdml_quantum.synthesis.circuits.export import first_difference, to_qasm3
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.circuits.kinetic import kinetic_phase, to_momentum
from qdml_quantum.synthesis.circuits.prepare import prepare
from qdml_quantum.synthesis.phases.potential import Walsh

MANIFEST = "manifest.json"
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
    return _on_registers(grid, prepare(spec["initial"], grid))


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


def _on(objective: str, *axes: tuple[float, float, int]) -> dict[str, Any]:
    """Objective and grid; an axis is (lower, upper, qubits)."""
    return {"objective": objective} | _box(*axes)


def _box(*axes: tuple[float, float, int]) -> dict[str, Any]:
    return {
        "bounds": [[lower, upper] for lower, upper, _ in axes],
        "num_qubits": [count for _, _, count in axes],
    }


def _packet(center: object, width: object, momentum: object) -> dict[str, Any]:
    return {"initial": {"center": center, "width": width, "momentum": momentum}}


def _constant(diffusion: float, time_step: float) -> dict[str, Any]:
    """One step."""
    pair = [diffusion, diffusion]
    schedule = {"name": "constant", "diffusion": pair, "num_steps": 1, "time_step": time_step}
    return {"schedule": schedule}


def _falling(
    start: float, stop: float, num_stages: int, num_steps: int, time_step: float, **options: Any
) -> dict[str, Any]:
    schedule = {"name": "geometric", "diffusion": [start, stop], "num_stages": num_stages}
    return {"schedule": schedule | {"num_steps": num_steps, "time_step": time_step} | options}


def _potential_entry(name: str, title: str, where: dict[str, Any], angle: float) -> Entry:
    title = f"Potential phase exp(-{angle:g} i zeta) of {title}"
    return Entry(name, title, {"kind": "potential", **where, "angle": angle})


def _step_entry(
    name: str, title: str, where: dict[str, Any], diffusion: float, time_step: float
) -> Entry:
    formula = name.rpartition("-")[2]
    title = f"One {formula.capitalize()} step of {title}, D = {diffusion:g}, dt = {time_step:g}"
    spec = {"kind": "step", **where, "formula": formula, **_constant(diffusion, time_step)}
    return Entry(name, title, spec)


def _anneal_entry(
    name: str, title: str, *parts: Mapping[str, Any], formula: str = "strang"
) -> Entry:
    spec: dict[str, Any] = {"kind": "anneal", "formula": formula}
    for part in parts:
        spec |= part
    return Entry(name, title, spec)


_DOUBLE_WELL = _on("double_well", (-2.5, 2.5, 3)) | _falling(0.5, 0.2, 16, 1, 0.5)

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
        {"kind": "kinetic", **_box((-4, 4, 4)), "angle": 0.1},
    ),
    _potential_entry(
        "potential-quadratic-4", "the oscillator: p and cp only", _on("harmonic", (-4, 4, 4)), 0.1
    ),
    _potential_entry(
        "potential-quartic-5",
        "the tilted double well: parities of up to 4 bits",
        _on("double_well", (-2.5, 2.5, 5)),
        0.1,
    ),
    _potential_entry(
        "potential-generic-4",
        "the Forrester function: every parity",
        _on("forrester", (0, 1, 4)),
        0.1,
    ),
    _potential_entry(
        "potential-separable-3-4",
        "Rastrigin in 2-D: no gate between the registers",
        _on("rastrigin", (-5.12, 5.12, 3), (-5.12, 5.12, 4)),
        0.05,
    ),
    Entry(
        "prepare-packet-4",
        "Gaussian wave packet in the middle of [-8, 8), width 1, momentum 1.5",
        {"kind": "prepare", **_box((-8, 8, 4)), **_packet(0.0, 1.0, 1.5)},
    ),
    Entry(
        "prepare-packet-4-3",
        "Gaussian wave packet in 2-D, moving along the first axis",
        {
            "kind": "prepare",
            **_box((-8, 8, 4), (-4, 4, 3)),
            **_packet([-2.0, 0.5], [1.0, 0.8], [2.0, 0.0]),
        },
    ),
    # One step, without a preparation.
    _step_entry("step-harmonic-4-lie", "the oscillator", _on("harmonic", (-4, 4, 4)), 0.5, 0.1),
    _step_entry(
        "step-double-well-4-strang",
        "the tilted double well",
        _on("double_well", (-2.5, 2.5, 4)),
        0.2,
        0.1,
    ),
    _step_entry(
        "step-rastrigin-4-suzuki4", "Rastrigin", _on("rastrigin", (-5.12, 5.12, 4)), 1.0, 0.05
    ),
    _step_entry(
        "step-himmelblau-3-3-strang",
        "Himmelblau",
        _on("himmelblau", (-5, 5, 3), (-5, 5, 3)),
        4.0,
        0.01,
    ),
    _step_entry(
        "step-rosenbrock-4-3-strang",
        "Rosenbrock, 4 qubits along x and 3 along y",
        _on("rosenbrock", (-2, 2, 4), (-1, 3, 3)),
        1.0,
        0.005,
    ),
    _step_entry(
        "step-muller-brown-3-3-suzuki4",
        "the Mueller-Brown surface",
        _on("muller_brown", (-1.7, 1.3, 3), (-0.5, 2, 3)),
        1.0,
        0.004,
    ),
    _step_entry(
        "step-styblinski-tang-2-2-2-strang",
        "Styblinski-Tang in 3-D",
        _on("styblinski_tang", *[(-5, 5, 2)] * 3),
        1.0,
        0.02,
    ),
    _step_entry(
        "step-ackley-2-3-2-lie",
        "Ackley in 3-D, the middle axis finer",
        _on("ackley", (-5, 5, 2), (-5, 5, 3), (-5, 5, 2)),
        0.5,
        0.1,
    ),
    # Anneals from the uniform superposition. P is the probability of ending within a tenth of the
    # box of a minimizer.
    _anneal_entry(
        "anneal-harmonic-4",
        "Oscillator, 3 stages of 2 steps: P = 0.98, uniform 0.19",
        _on("harmonic", (-4, 4, 4)),
        _falling(2.0, 0.25, 3, 2, 0.5, step_exponent=1.0),
    ),
    _anneal_entry(
        "anneal-double-well-3",
        "Tilted double well, 16 steps: P = 0.77, uniform 0.25",
        _DOUBLE_WELL,
    ),
    _anneal_entry(
        "anneal-double-well-3-measured",
        "The same, with all qubits measured into `meas`",
        _DOUBLE_WELL,
        {"measure": True},
    ),
    _anneal_entry(
        "anneal-double-well-4",
        "Tilted double well, 12 stages of 2 steps: P = 0.79, uniform 0.19",
        _on("double_well", (-2.5, 2.5, 4)),
        _falling(0.3, 0.1, 12, 2, 0.4, step_exponent=0.0),
    ),
    _anneal_entry(
        "anneal-rastrigin-4",
        "Rastrigin, 12 steps: P = 0.87, uniform 0.19",
        _on("rastrigin", (-5.12, 5.12, 4)),
        _falling(10.0, 0.1, 12, 1, 0.3, name="linear"),
    ),
    _anneal_entry(
        "anneal-himmelblau-3-3",
        "Himmelblau, 12 steps: P = 0.72, uniform 0.14",
        _on("himmelblau", (-5, 5, 3), (-5, 5, 3)),
        _falling(200.0, 2.0, 12, 1, 0.02),
    ),
    _anneal_entry(
        "free-packet-5",
        "Free wave packet from -2, momentum 2, D = 0.5, for a time of 2: it moves by 2 D k t = 4",
        _on("0*x", (-8, 8, 5)),
        _packet(-2.0, 1.0, 2.0),
        _constant(0.5, 2.0),
        formula="lie",
    ),
)


def entries() -> tuple[Entry, ...]:
    """All circuits of the library.

    >>> entries()[0].file
    'transform-3.qasm'
    """
    return _ENTRIES


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
