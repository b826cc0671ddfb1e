"""Files that are either whole or not there: atomic writes, seals, locks, no pickle."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import platform
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.messages import DamagedFileError, bad_value

_HOST = re.sub(r"[^A-Za-z0-9-]", "-", platform.node())
_OWNER = re.compile(r"\.(\d+)@([A-Za-z0-9-]*)\.tmp\Z")
_NO_HASH = b'"sha256": "' + b"0" * 64 + b'"\n}\n'
_SEAL = re.compile(rb'"sha256": "([0-9a-f]{64})"\n\}\n\Z')


def write_bytes(path: Path, content: bytes) -> str:
    """Write a file atomically (temporary file, fsync, rename) and return its SHA-256.

    Raises:
        OSError: The folder cannot be made or written; nothing half-written stays behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.", suffix=f".{os.getpid()}@{_HOST}.tmp"
    )
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


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes of this machine that were killed; no others."""
    for file in folder.glob(".*.tmp"):
        import psutil  # Only here: there is seldom one.

        owner = _OWNER.search(file.name)
        if owner and owner[2] == _HOST and not psutil.pid_exists(int(owner[1])):
            file.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
    """Be the only one at work in a folder, which is made if need be; others wait for their turn.

    The system frees the lock when the process ends, however it does. What killed processes left
    behind is removed.

    Args:
        folder: Guarded by the file ``.lock`` in it, which stays.
        waiting: Is told in words that another process (or thread) is at work there.

    >>> with tempfile.TemporaryDirectory() as name, locked(Path(name)):
    ...     os.listdir(name)
    ['.lock']
    """
    from filelock import FileLock, Timeout  # Late: it brings asyncio with it.

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        if waiting is not None:
            waiting(f"another process is at work in {folder}; waiting for it ...")
        lock.acquire()
    try:
        remove_leftovers(folder)
        yield
    finally:
        lock.release()


def write_json(path: Path, data: Mapping[str, Any]) -> str:
    """Write a JSON file atomically and return its SHA-256."""
    return write_bytes(path, (json.dumps(data, indent=2, allow_nan=False) + "\n").encode())


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Write an `.npz` file atomically and return its SHA-256."""
    return write_bytes(path, packed_arrays(arrays))


def packed_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Content of an `.npz` file.

    Raises:
        ValueError: An array holds objects, which would be pickled.
    """
    # NumPy's own `allow_pickle=False` is, before 2.2, written as an array of that name.
    objects = [name for name, values in arrays.items() if np.asarray(values).dtype.hasobject]
    if objects:
        raise bad_value(objects[0], "hold numbers, no Python objects", "an object array")
    buffer = io.BytesIO()
    named: Any = dict(arrays)
    np.savez(buffer, **named)
    return buffer.getvalue()


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


def write_sealed(path: Path, data: Mapping[str, Any]) -> str:
    """Write a JSON file that ends in its own hash, atomically, and return the hash of the file."""
    return write_bytes(path, sealed(data))


def sealed(data: Mapping[str, Any]) -> bytes:
    """JSON whose last entry is the SHA-256 of the text with zeros in its place."""
    text = json.dumps({**data, "sha256": "0" * 64}, indent=2, allow_nan=False) + "\n"
    content = text.encode()
    assert content.endswith(_NO_HASH)
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[: -len(_NO_HASH)] + _NO_HASH.replace(b"0" * 64, digest)


def read_sealed(
    path: Path, sha256: str | None = None, remedy: str = "Remove it."
) -> dict[str, Any]:
    """Read a file of `write_sealed`, once its seal was checked.

    Args:
        path: The file.
        sha256: Hash of the whole file, where another file tells it.
        remedy: What to do about a damaged file.

    Raises:
        FileNotFoundError: There is no such file.
        DamagedFileError: It does not match its hash, or that of the other file.
    """
    content = path.read_bytes()
    seal = _SEAL.search(content)
    whole = sha256 is None or hashlib.sha256(content).hexdigest() == sha256
    if seal is not None and whole:
        plain = content[: -len(_NO_HASH)] + _NO_HASH
        if hashlib.sha256(plain).hexdigest().encode() == seal[1]:
            return dict(json.loads(content))
    raise DamagedFileError(f"File `{path}` does not match its hash. {remedy}")


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


@contextmanager
def unpacked(path: Path, data: Mapping[str, Any], version: int) -> Iterator[None]:
    """Read what a sealed file says: another version, and what does not fit, is damage.

    Raises:
        DamagedFileError: The format is another one, a file is missing, or a key or value is wrong.

    >>> with unpacked(Path("a.json"), {"format": 2, "energy": 1.5}, 2):
    ...     energy = 1.5
    """
    try:
        if data["format"] != version:
            raise DamagedFileError(
                f"File `{path}` has format {data['format']}, and this version reads {version}. "
                "Run again."
            )
        yield
    except FileNotFoundError as error:
        raise DamagedFileError(f"File `{error.filename}` is missing. Run again.") from None
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, DamagedFileError):
            raise
        raise DamagedFileError(f"File `{path}` lacks or garbles {error}. Remove it.") from None


def finite_json(value: Any) -> Any:
    """Copy plain data: NaN and infinities become None, NumPy's numbers and arrays Python's."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): finite_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


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
