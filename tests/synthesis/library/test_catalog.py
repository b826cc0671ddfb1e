"""The circuit library: every stored file against NumPy, and what `check` finds."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from qiskit import qasm3
from qiskit.quantum_info import Operator, Statevector

from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import Phase, make_recipe
from qdml_quantum.problem.goal import success_mask
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.states import amplitudes
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.library import catalog

FOLDER = Path(__file__).parents[3] / "circuits"
ENTRIES = {entry.name: entry for entry in catalog.entries()}
every = pytest.mark.parametrize("name", ENTRIES)
some = "anneal-double-well-3.qasm"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small library in a folder that a test may spoil."""
    few = tuple(ENTRIES[name] for name in ("transform-3", "kinetic-4", "prepare-packet-4"))
    monkeypatch.setattr(catalog, "entries", lambda: (*few, ENTRIES["anneal-double-well-3"]))
    catalog.generate(tmp_path / "circuits")
    return tmp_path / "circuits"


@cache
def load(file):
    """A stored circuit; leave it as it is."""
    return qasm3.load(FOLDER / file)


def grid_of(spec):
    if spec["kind"] == "transform":
        return Grid([(0, 1)], spec["num_qubits"])
    return Grid(spec["bounds"], spec["num_qubits"])


def apply(spec, psi):
    """What the circuit of a spec does to an array on the grid, by NumPy."""
    kind = spec["kind"]
    if kind == "transform":
        spectrum = np.fft.fft(psi, norm="ortho")
        n = spec["num_qubits"]
        return spectrum[[int(f"{j:0{n}b}"[::-1], 2) for j in range(2**n)]]
    if kind == "kinetic":
        k = grid_of(spec).axes[0].wave_numbers
        return np.fft.ifft(np.exp(-1j * spec["angle"] * k**2) * np.fft.fft(psi))
    if kind == "potential":
        phases = [Phase("potential", spec["angle"])]
    else:
        phases = make_recipe(catalog.schedule_of(spec), spec["formula"]).phases
    return Propagator(catalog.problem_of(spec)).run(psi.astype(complex), phases)


def start(spec):
    return amplitudes(spec.get("initial", "uniform"), grid_of(spec))


@pytest.mark.few(8)
@every
def test_stored_circuit_against_numpy(name):
    """Operators as a whole, the others from all qubits in 0; up to the global phase."""
    spec = ENTRIES[name].spec
    grid = grid_of(spec)
    circuit = load(f"{name}.qasm").remove_final_measurements(inplace=False)
    # Measured: 3e-14 at most (anneal-double-well-4).
    if spec["kind"] in ("prepare", "anneal"):
        psi = start(spec) if spec["kind"] == "prepare" else apply(spec, start(spec))
        assert circuit.num_qubits == grid.num_qubits
        state, exact = Statevector(circuit).data, grid.to_vector(psi)
        if spec.get("measure"):  # Phases at the end that no probability depends on are left out.
            np.testing.assert_allclose(np.abs(state) ** 2, np.abs(exact) ** 2, atol=1e-10)
        else:
            assert state_distance(state, exact) <= 1e-10
        return
    columns = [
        grid.to_vector(apply(spec, grid.from_vector(unit))) for unit in np.eye(2**grid.num_qubits)
    ]
    exact, operator = np.array(columns).T, Operator(circuit).data
    scale = 2 ** (grid.num_qubits / 2)
    assert state_distance(operator.ravel() / scale, exact.ravel() / scale) <= 1e-10
    np.testing.assert_allclose(np.abs(operator), np.abs(exact), atol=1e-10)


@every
def test_library_makes_the_stored_circuit(name):
    entry = ENTRIES[name]
    stored, fresh = load(entry.file), entry.circuit()
    assert [i.operation.name for i in stored.data] == [i.operation.name for i in fresh.data]
    assert [(r.name, r.size) for r in stored.qregs] == [(r.name, r.size) for r in fresh.qregs]


def test_nothing_differs():
    assert catalog.check(FOLDER) == []


def test_manifest_tells_what_the_files_are():
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    assert set(manifest) == {"library", "format", "qiskit", "circuits"}
    for record in manifest["circuits"]:
        circuit = load(record["file"])
        assert record["num_qubits"] == circuit.num_qubits
        assert record["registers"] == {r.name: r.size for r in circuit.qregs}
        assert record["gates"] == dict(circuit.count_ops())
        assert record["depth"] == circuit.depth()
        assert record["two_qubit_gates"] == two_qubit_gates(circuit)
        assert record["num_gates"] == len(circuit.data)


def test_names_specs_and_files():
    files = [entry.file for entry in catalog.entries()]
    assert len(set(files)) == len(files) >= 20
    specs = [json.dumps(entry.spec, sort_keys=True) for entry in catalog.entries()]
    assert len(set(specs)) == len(specs)
    readme = (FOLDER / "README.md").read_text()
    for entry in catalog.entries():
        assert f"| {entry.title} |" in readme
        assert f"({entry.file})" in readme
        assert (FOLDER / entry.file).stat().st_size < 150_000


def test_readme_has_the_counts_of_the_manifest():
    readme = (FOLDER / "README.md").read_text()
    for record in json.loads((FOLDER / "manifest.json").read_text())["circuits"]:
        qubits = " + ".join(str(size) for size in record["registers"].values())
        counts = [record["num_gates"], record["two_qubit_gates"], record["depth"]]
        assert f"| {record['title']} | {qubits} | {' | '.join(map(str, counts))} |" in readme


@pytest.mark.parametrize("name", [n for n, e in ENTRIES.items() if "P = " in e.title])
def test_titles_tell_the_success_probability(name):
    entry = ENTRIES[name]
    problem = catalog.problem_of(entry.spec)
    mask = success_mask(problem.grid, problem.objective.minimizers, 0.1)
    found = float((np.abs(apply(entry.spec, start(entry.spec))) ** 2)[mask].sum())
    assert f"P = {found:.2f}, uniform {mask.mean():.2f}" in entry.title


def test_free_packet_moves_as_its_title_says():
    spec = ENTRIES["free-packet-5"].spec
    psi = apply(spec, start(spec))
    x = grid_of(spec).axes[0].points
    # Its tails reach around the box: 2.0 up to a percent.
    assert float((np.abs(psi) ** 2 * x).sum()) == pytest.approx(-2 + 4, abs=0.02)


@pytest.mark.slow
def test_generate_twice_gives_the_same_files(tmp_path):
    written = catalog.generate(tmp_path / "a")
    again = catalog.generate(tmp_path / "b")
    assert [p.name for p in written] == [p.name for p in again]
    assert {p.name for p in (tmp_path / "a").iterdir()} == {p.name for p in written}
    for one, other in zip(written, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert catalog.check(tmp_path / "a") == []
    assert catalog.generate(tmp_path / "a") == written  # over what is there


def test_generate_mends_what_check_finds(folder):
    (folder / some).write_text("nonsense")
    assert catalog.check(folder)
    catalog.generate(folder)
    assert catalog.check(folder) == []


def test_check_finds_a_missing_file(folder):
    (folder / some).unlink()
    assert catalog.check(folder) == [f"{some}: missing."]


def test_check_finds_an_edited_file(folder):
    text = (folder / some).read_text()
    (folder / some).write_text(text + "// a comment\n")
    edited, outdated = catalog.check(folder)
    assert edited == f"{some}: edited, it does not match the hash in the manifest."
    assert "outdated, line 482 is `// a comment` instead of ``" in outdated


def rewrite(folder, old, new):
    """Change a file and its hash in the manifest, so that only the circuit can tell."""
    text = (folder / some).read_text()
    assert old in text
    digest = catalog.write_bytes(folder / some, text.replace(old, new, 1).encode())
    manifest = json.loads((folder / "manifest.json").read_text())
    for record in manifest["circuits"]:
        if record["file"] == some:
            record["sha256"] = digest
    (folder / "manifest.json").write_text(json.dumps(manifest))


def first_angle(folder):
    """Text of the first angle that is a decimal number."""
    lines = (folder / some).read_text().splitlines()
    line = next(line for line in lines if line.startswith("rz(") and "pi" not in line)
    return line.split("(")[1].split(")")[0]


def test_check_finds_a_changed_angle(folder):
    angle = first_angle(folder)
    rewrite(folder, angle, repr(float(angle) + 1e-6))
    (difference,) = catalog.check(folder)
    assert difference.startswith(f"{some}: outdated, line ")


@pytest.mark.parametrize("shift", [1e-11, -5e-10, 2 * np.pi])
def test_check_overlooks_the_last_digits(folder, shift):
    """Another libm, another way to print numbers, another turn: no false alarm."""
    angle = first_angle(folder)
    rewrite(folder, angle, repr(float(angle) + shift))
    assert catalog.check(folder) == []


def test_check_overlooks_how_angles_are_written(folder):
    rewrite(folder, "(pi/2)", "(1.5707963267948966)")
    assert catalog.check(folder) == []


@pytest.mark.parametrize(("old", "new"), [("h x1[0]", "h x1[1]"), ("cx ", "cz "), ("x1;", "q;")])
def test_check_finds_another_gate(folder, old, new):
    rewrite(folder, old, new)
    (difference,) = catalog.check(folder)
    assert difference.startswith(f"{some}: outdated, line ")


def test_check_finds_extra_files(folder):
    (folder / "mine.qasm").write_text("OPENQASM 3.0;\n")
    (folder / ".hidden").write_text("")
    assert catalog.check(folder) == ["mine.qasm: not part of the library. Remove it."]


def test_check_finds_what_the_manifest_lacks_or_has_too_much(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    records = manifest["circuits"]
    records[0]["depth"] += 1
    records[1]["spec"]["angle"] = 7
    removed = records.pop(2)
    records.append({"file": "old.qasm"})
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert catalog.check(folder) == sorted(
        [
            f"{records[0]['file']}: the manifest differs in depth.",
            f"{records[1]['file']}: the manifest differs in spec.",
            f"{removed['file']}: not in the manifest.",
            "old.qasm: in the manifest, but not in the library.",
        ]
    )


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"circuits": 3}', '{"circuits": [1]}'])
def test_check_of_a_missing_or_damaged_manifest(folder, content):
    if content is None:
        (folder / "manifest.json").unlink()
    else:
        (folder / "manifest.json").write_text(content)
    (difference,) = catalog.check(folder)
    assert difference.startswith("manifest.json: ")
    assert "qdml circuits" in difference


def test_check_of_a_folder_that_is_not_there(tmp_path):
    (difference,) = catalog.check(tmp_path / "nowhere")
    assert "nowhere" in difference


def test_binary_rubbish_is_a_difference(folder):
    (folder / some).write_bytes(b"\xff\xfe\x00")
    assert len(catalog.check(folder)) == 2


def test_generate_in_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        catalog.generate(tmp_path / "file")


def test_default_folder_is_that_of_the_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert catalog.default_folder() == FOLDER  # around the package
    (tmp_path / "circuits").mkdir()
    assert catalog.default_folder() == FOLDER  # any folder of that name is not ours
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "qdml_quantum").mkdir()
    assert catalog.default_folder() == tmp_path / "circuits"


def test_default_folder_of_an_installed_wheel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        catalog, "__file__", str(tmp_path / "site-packages/qdml_quantum/library/catalog.py")
    )
    with pytest.raises(FileNotFoundError, match="--output"):
        catalog.default_folder()
