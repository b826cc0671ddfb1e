"""Which figures of a run were drawn, so that a finished run is shown without drawing it again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from qdml_quantum.runs.result import RESULT_FILE
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import read_sealed, write_sealed

_FILE = "figures.json"


def drawn_figures(folder: Path) -> list[Path] | None:
    """Figures of a run folder; None where they are to be drawn: not there, changed, or older."""
    try:
        data = read_sealed(folder / _FILE)
        whole = all(_hash(folder / name) == sha256 for name, sha256 in data["files"].items())
    except (OSError, DamagedFileError, KeyError):
        return None
    return [folder / name for name in data["files"] if name != RESULT_FILE] if whole else None


def keep_drawn(folder: Path, figures: Sequence[Path]) -> None:
    """Say which figures were drawn of the result in a folder."""
    names = [RESULT_FILE, *(figure.name for figure in figures)]
    write_sealed(folder / _FILE, {"files": {name: _hash(folder / name) for name in names}})


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
