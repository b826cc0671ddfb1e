"""What was chosen for a run, kept beside the run folders: the search is made once.

Grid and schedule are part of the id of a run, so that a finished one can only be found again when
they are known, and choosing them takes longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import content_id, finite_json, read_sealed, write_sealed

_FOLDER = ".chosen"


def choice_for(parent: str | Path, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """Grid and schedule that were chosen for what is asked; None where that is not known.

    Args:
        parent: Of the run folders.
        asked: Everything that the choice depends on.
    """
    plain = finite_json(asked)
    try:
        data = read_sealed(_file(parent, plain))
    except (OSError, DamagedFileError):
        return None
    return data if data.get("asked") == plain else None


def keep_choice(parent: str | Path, asked: Mapping[str, Any], anneal: Anneal) -> None:
    """Keep what was chosen, with the hash of zeta on that grid."""
    plain = finite_json(asked)
    choice = {
        "asked": plain,
        "grid": anneal.grid.to_dict(),
        "schedule": anneal.schedule.to_dict(),
        "values_sha256": anneal.problem.values_hash,
    }
    write_sealed(_file(parent, plain), choice)


def _file(parent: str | Path, plain: Mapping[str, Any]) -> Path:
    return Path(parent) / _FOLDER / f"{content_id(plain)}.json"
