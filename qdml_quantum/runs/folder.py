"""Run folders: what a run leaves behind, and how it goes on after it was killed."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from qdml_quantum.backends.engines.base import State
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.runs.result import SPEC_FILE, Result, StageRecord
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import (
    content_id,
    finite_json,
    locked,
    read_arrays,
    read_sealed,
    write_arrays,
    write_sealed,
)

MOST_KEPT = 2
"""Checkpoints that a folder holds: the last one, and the one before, should that be damaged."""
_PROBABILITIES = "probabilities"
"""Name of the histograms among the arrays of a checkpoint."""
_WORK_PER_SAVING = 10.0
"""How many times as long as the last saving took work goes on before the next. A checkpoint holds
all that was seen before it, so that saving every stage would cost the square of their number; this
way all savings are a tenth of the run, and being killed costs ten of them."""


def require_writable(parent: str | Path) -> None:
    """Refuse a parent folder that cannot hold run folders, before any work and without making it.

    Raises:
        OSError: An existing part of the path is no folder, or may not be written.
    """
    path = Path(parent).absolute()
    while not path.exists():
        path = path.parent
    if not path.is_dir():
        raise _unwritable(errno.ENOTDIR, "Not a directory", path)
    if not os.access(path, os.W_OK | os.X_OK):
        raise _unwritable(errno.EACCES, "Permission denied", path)


def _unwritable(number: int | None, reason: str | None, path: Path) -> OSError:
    text = f"Argument `folder` (--output) must be writable, but is not: {reason}"
    return OSError(number, text, str(path))


class RunFolder:
    """The folder ``<parent>/<name>-<id>`` of one run.

    `spec.json` says what is run, `checkpoint-*.npz` and `.json` are finished stages,
    `result.json`, `arrays.npz`, `circuit.qpy` and figures are there when it is finished. The id is
    a hash of the spec, so that the same run meets its own folder again. Every JSON file is sealed
    and names the run, so that nothing that was changed or comes from elsewhere is taken.

    Raises:
        OSError: On entering, where the folder cannot be made or written.
    """

    def __init__(self, parent: str | Path, name: str, spec: Mapping[str, Any]) -> None:
        self.spec = finite_json(spec)
        self.run_id = content_id(self.spec)
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "run"
        self.path = Path(parent) / f"{slug}-{self.run_id}"
        self._due = 0.0

    @contextmanager
    def entered(self, waiting: Callable[[str], None] | None = None) -> Iterator[RunFolder]:
        """Be the only one at work in it; see `locked`."""
        with ExitStack() as held:
            try:
                held.enter_context(locked(self.path, waiting))
                write_sealed(self.path / SPEC_FILE, self.spec | {"id": self.run_id})
            except OSError as error:
                raise _unwritable(error.errno, error.strerror, self.path) from None
            yield self

    def finished(self, versions: Mapping[str, str], anneal: Anneal | None = None) -> Result | None:
        """The result, if this run was finished with the same versions and is not damaged.

        Args:
            versions: Of the packages.
            anneal: What is run; see `Result.load`.
        """
        try:
            result = Result.load(self.path, run_id=self.run_id, anneal=anneal)
        except (FileNotFoundError, DamagedFileError):
            return None
        return result if dict(result.versions) == dict(versions) else None

    @property
    def is_due(self) -> bool:
        """Whether enough was computed since the last checkpoint to be worth another."""
        return time.monotonic() >= self._due

    def save_checkpoint(
        self,
        number: int,
        blocks: Mapping[str, NDArray[Any]],
        records: Sequence[StageRecord],
        probabilities: Array | None,
    ) -> None:
        """Keep the running state after stage `number`; the files before the last two go."""
        begun = time.monotonic()
        arrays = dict(blocks)
        if probabilities is not None:
            arrays[_PROBABILITIES] = probabilities
        stem = self._stem(number)
        digest = write_arrays(stem.with_suffix(".npz"), arrays)
        write_sealed(
            stem.with_suffix(".json"),
            {
                "stage": number,
                "records": [asdict(record) for record in records],
                "arrays_sha256": digest,
                "run_id": self.run_id,
            },
        )
        for old in self.kept_stages()[:-MOST_KEPT]:
            self._stem(old).with_suffix(".json").unlink(missing_ok=True)
            self._stem(old).with_suffix(".npz").unlink(missing_ok=True)
        saved = time.monotonic()
        self._due = saved + _WORK_PER_SAVING * (saved - begun)

    def load_checkpoint(
        self, state_of: Callable[[Mapping[str, NDArray[Any]]], State | None], number: int
    ) -> tuple[int, State, list[StageRecord], Array | None] | None:
        """Number, state, records and histograms of a stage, if it is there and not damaged.

        Args:
            state_of: Makes a state of blocks, or None where they are not those of one.
            number: One of `kept_stages`.
        """
        stem = self._stem(number)
        try:
            data = read_sealed(stem.with_suffix(".json"))
            arrays = read_arrays(stem.with_suffix(".npz"), data["arrays_sha256"])
            records = [StageRecord(**record) for record in data["records"]]
            probabilities = arrays.pop(_PROBABILITIES, None)
            state = state_of(arrays)
            mine = data["run_id"] == self.run_id and data["stage"] == number
        except (OSError, DamagedFileError, KeyError, TypeError):
            return None
        return (number, state, records, probabilities) if mine and state is not None else None

    def clear(self) -> None:
        """Remove the checkpoints, once the result is written or a fresh start is wanted."""
        for file in self.path.glob("checkpoint-*"):
            file.unlink(missing_ok=True)

    def _stem(self, number: int) -> Path:
        return self.path / f"checkpoint-{number:05d}"

    def kept_stages(self) -> list[int]:
        """Numbers of the stages that there are checkpoints of."""
        files = list(self.path.glob("checkpoint-*.json"))
        names = (file.stem.removeprefix("checkpoint-") for file in files)
        return sorted(int(name) for name in names if name.isdigit())
