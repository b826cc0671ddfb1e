"""Files that are either whole or not there: atomic writes, hashes, no pickle."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.messages import DamagedFileError


def write_bytes(path: Path, content: bytes) -> str:
    """Write a file atomically (temporary file, fsync, rename) and return its SHA-256.

    Raises:
        OSError: The folder cannot be made or written; nothing half-written stays behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return hashlib.sha256(content).hexdigest()


def write_json(path: Path, data: Mapping[str, Any]) -> str:
    """Write a JSON file atomically and return its SHA-256."""
    return write_bytes(path, (json.dumps(data, indent=2, allow_nan=False) + "\n").encode())


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Write an `.npz` file atomically and return its SHA-256."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return write_bytes(path, buffer.getvalue())


def read_json(path: Path, remedy: str = "Remove it.") -> dict[str, Any]:
    """Read a JSON object; `remedy` is what to do about a damaged file.

    Raises:
        FileNotFoundError: There is no such file.
        DamagedFileError: It does not hold one JSON object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise DamagedFileError(f"File `{path}` is no valid JSON ({error}). {remedy}") from None
    if not isinstance(data, dict):
        raise DamagedFileError(f"File `{path}` holds no JSON object. {remedy}")
    return data


def read_arrays(path: Path, sha256: str) -> dict[str, NDArray[Any]]:
    """Read an `.npz` file after checking its hash; objects are never unpickled.

    Raises:
        DamagedFileError: The file is missing, does not match its hash, or holds objects.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DamagedFileError(f"File `{path}` is missing. Run again.") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedFileError(f"File `{path}` does not match its hash. Remove it and run again.")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedFileError(f"File `{path}` is no array file ({error}). Remove it.") from None


def content_id(data: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits that are the same for the same plain data.

    >>> content_id({"a": 1, "b": 2}) == content_id({"b": 2, "a": 1})
    True
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
