"""Files of a plan: whole or not there, and never parsed before their hash was checked.

A file of circuits with wrong bytes can load as other circuits, or bring the interpreter down.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from qiskit import QuantumCircuit, qpy

from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import (
    packed_arrays,
    read_arrays,
    read_sealed,
    sealed,
    write_bytes,
)

PLAN_FILE, ARRAYS_FILE, CIRCUITS_FILE = "plan.json", "arrays.npz", "circuits.qpy"
REMEDY = "Plan again."


def write_plan(
    folder: Path,
    data: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    circuits: Sequence[QuantumCircuit],
) -> str:
    """Write arrays, circuits, and last the JSON file that holds their hashes; returns its hash.

    What is there already and the same stays; a JSON file of something else goes first.
    """
    written = io.BytesIO()
    qpy.dump(list(circuits), written)
    parts = {"arrays": packed_arrays(arrays), "circuits": written.getvalue()}
    hashes = {f"{name}_sha256": _sha256(part) for name, part in parts.items()}
    content = sealed({**data, **hashes})
    if not _holds(folder / PLAN_FILE, content):
        (folder / PLAN_FILE).unlink(missing_ok=True)
    for name, part in zip((ARRAYS_FILE, CIRCUITS_FILE), parts.values(), strict=True):
        if not _holds(folder / name, part):
            write_bytes(folder / name, part)
    return write_bytes(folder / PLAN_FILE, content)


def read_plan(
    folder: Path, sha256: str | None
) -> tuple[dict[str, Any], dict[str, NDArray[Any]], list[QuantumCircuit]]:
    """What `write_plan` wrote.

    Raises:
        FileNotFoundError: There is no JSON file.
        DamagedFileError: A file is missing, truncated, or does not match its hash.
        KeyError: The JSON file is sealed, but lacks hashes.
    """
    data = read_sealed(folder / PLAN_FILE, sha256, REMEDY)
    arrays = read_arrays(folder / ARRAYS_FILE, data["arrays_sha256"])
    return data, arrays, _from_qpy(folder / CIRCUITS_FILE, data["circuits_sha256"])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file is there and holds exactly that."""
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _from_qpy(path: Path, sha256: str) -> list[QuantumCircuit]:
    """Circuits of a file whose hash is right."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DamagedFileError(f"File `{path}` is missing. {REMEDY}") from None
    if _sha256(content) != sha256:
        raise DamagedFileError(f"File `{path}` does not match its hash. {REMEDY}")
    try:
        return list(qpy.load(io.BytesIO(content)))
    except qpy.QpyError as error:
        raise DamagedFileError(
            f"File `{path}` cannot be read by this version of Qiskit ({error}). Install the one "
            "that wrote it."
        ) from None
