"""Files are either whole or not there; nothing is ever unpickled."""

import hashlib
import io
import json
import os
import pickle
import platform
import re
import subprocess
import sys
import time
from threading import Thread

import numpy as np
import pytest

from qdml_quantum.support import store
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import (
    content_id,
    finite_json,
    locked,
    read_arrays,
    read_json,
    read_sealed,
    remove_leftovers,
    write_arrays,
    write_bytes,
    write_json,
    write_sealed,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_written_file_holds_the_content_and_its_hash_is_returned(tmp_path):
    digest = write_bytes(tmp_path / "deep" / "file", b"content")
    assert (tmp_path / "deep" / "file").read_bytes() == b"content"
    assert digest == hashlib.sha256(b"content").hexdigest()
    assert names(tmp_path / "deep") == ["file"]


def test_file_has_the_permissions_of_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        write_bytes(tmp_path / "file", b"")
        assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(old)


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, MemoryError])
def test_failure_in_the_middle_leaves_the_old_file_and_nothing_else(
    tmp_path, monkeypatch, step, error
):
    file = tmp_path / "file"
    write_bytes(file, b"old")

    def fail(*args):
        raise error("now")

    monkeypatch.setattr(store.os, step, fail)
    with pytest.raises(error):
        write_bytes(file, b"new")
    monkeypatch.undo()
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


KILLED = """
import os, signal, sys
from pathlib import Path
from qdml_quantum.support import store
store.os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL)
store.write_bytes(Path(sys.argv[1]), b"new" * 100_000)
"""


def test_kill_in_the_middle_leaves_the_old_file_whole(tmp_path):
    file = tmp_path / "file"
    write_bytes(file, b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], timeout=60)
    assert done.returncode == -9
    assert file.read_bytes() == b"old"


def test_unserialisable_data_leave_the_old_file(tmp_path):
    file = tmp_path / "file.json"
    write_json(file, {"a": 1})
    for bad in ({"a": float("nan")}, {"a": object()}):
        with pytest.raises((ValueError, TypeError)):
            write_json(file, bad)
    assert read_json(file) == {"a": 1}
    assert names(tmp_path) == ["file.json"]


def test_arrays_come_back_bit_by_bit(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "complex": rng.standard_normal((4, 3)) + 1j * rng.standard_normal((4, 3)),
        "single": rng.standard_normal(5).astype(np.complex64),
        "empty": np.zeros((0, 2)),
        "special": np.array([np.nan, -0.0, np.inf]),
    }
    digest = write_arrays(tmp_path / "file.npz", arrays)
    back = read_arrays(tmp_path / "file.npz", digest)
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert back[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("where", [0, 10, -1])
def test_one_flipped_bit_is_seen(tmp_path, where):
    file = tmp_path / "file.npz"
    digest = write_arrays(file, {"a": np.arange(10)})
    content = bytearray(file.read_bytes())
    content[where] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedFileError, match="does not match its hash"):
        read_arrays(file, digest)


@pytest.mark.parametrize("kept", [0, 1, 30, 200])
def test_truncated_arrays_are_seen(tmp_path, kept):
    file = tmp_path / "file.npz"
    digest = write_arrays(file, {"a": np.arange(100)})
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(DamagedFileError, match="does not match its hash"):
        read_arrays(file, digest)


@pytest.mark.parametrize("kept", [0, 1, 30, 200])
def test_truncated_arrays_are_seen_even_with_a_matching_hash(tmp_path, kept):
    file = tmp_path / "file.npz"
    write_arrays(file, {"a": np.arange(100)})
    content = file.read_bytes()[:kept]
    file.write_bytes(content)
    with pytest.raises(DamagedFileError, match="is no array file"):
        read_arrays(file, hashlib.sha256(content).hexdigest())


def test_missing_arrays_are_named(tmp_path):
    with pytest.raises(DamagedFileError, match=r"nothing\.npz` is missing"):
        read_arrays(tmp_path / "nothing.npz", "0" * 64)


class Bomb:
    """Goes off when unpickled."""

    def __reduce__(self):
        return (os.mkdir, (os.environ["QDML_TEST_BOMB"],))


@pytest.mark.parametrize("kind", ["npz", "npy", "pickle"])
def test_objects_are_refused_and_never_unpickled(tmp_path, monkeypatch, kind):
    crater = tmp_path / "crater"
    monkeypatch.setenv("QDML_TEST_BOMB", str(crater))
    buffer = io.BytesIO()
    bomb = np.array([Bomb()], dtype=object)
    if kind == "npz":
        np.savez(buffer, state=bomb)
    elif kind == "npy":
        np.save(buffer, bomb)
    else:
        buffer.write(pickle.dumps(Bomb()))
    digest = write_bytes(tmp_path / "file.npz", buffer.getvalue())
    with pytest.raises(DamagedFileError):
        read_arrays(tmp_path / "file.npz", digest)
    assert not crater.exists()
    pickle.loads(pickle.dumps(Bomb()))
    assert crater.exists()  # the bomb was live


def test_objects_are_not_written_either(tmp_path):
    with pytest.raises(ValueError, match=r"[Oo]bject"):
        write_arrays(tmp_path / "file.npz", {"a": np.array([Bomb()], dtype=object)})
    assert names(tmp_path) == []


@pytest.mark.parametrize("text", ["", "{", '{"a": 1', "[1, 2]", "3", "\x00", "[" * 100_000])
def test_damaged_json_is_named(tmp_path, text):
    file = tmp_path / "file.json"
    file.write_text(text)
    with pytest.raises(DamagedFileError, match=r"file\.json"):
        read_json(file)


def test_json_in_another_encoding_is_named(tmp_path):
    (tmp_path / "file.json").write_bytes('{"a": "é"}'.encode("latin-1"))
    with pytest.raises(DamagedFileError, match=r"file\.json"):
        read_json(tmp_path / "file.json")


def test_no_json_at_all_is_another_matter(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "file.json")


def test_json_keeps_numbers_exactly(tmp_path):
    values = {"a": [0.1 + 0.2, 1e-320, -1.7976931348623157e308, 2**60]}
    write_json(tmp_path / "file.json", values)
    assert read_json(tmp_path / "file.json") == values
    assert json.loads((tmp_path / "file.json").read_text()) == values


def test_content_id_depends_on_content_only():
    assert content_id({"a": 1, "b": [2.0]}) == content_id({"b": [2.0], "a": 1})
    assert content_id({"a": 1}) != content_id({"a": 2})
    assert content_id({"a": 0.1}) != content_id({"a": 0.1 + 1e-17 + 1e-16})
    assert len(content_id({})) == 12


# Sealed files.


def test_a_sealed_file_comes_back_with_its_seal_and_is_plain_json(tmp_path):
    path, data = tmp_path / "file.json", {"a": 0.1, "b": [1, None], "c": "e"}
    digest = write_sealed(path, data)
    found = read_sealed(path)
    assert found.pop("sha256")
    assert found == data
    assert read_sealed(path, digest) == read_json(path)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_seal_is_the_hash_of_the_text_with_zeros_in_its_place(tmp_path):
    write_sealed(tmp_path / "file.json", {"a": 1})
    text = (tmp_path / "file.json").read_text()
    seal = json.loads(text)["sha256"]
    assert hashlib.sha256(text.replace(seal, "0" * 64).encode()).hexdigest() == seal


def test_every_changed_byte_of_a_sealed_file_is_seen(tmp_path):
    path = tmp_path / "file.json"
    write_sealed(path, {"a": 17, "b": "text"})
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(DamagedFileError, match="does not match its hash"):
            read_sealed(path)
    for damaged in (content[:-1], content + b" ", content + b"\n", b"", b"{}\n"):
        path.write_bytes(damaged)
        with pytest.raises(DamagedFileError, match="does not match its hash"):
            read_sealed(path)


def test_a_sealed_file_of_another_hash_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "file.json"
    old = write_sealed(path, {"a": 1})
    write_sealed(path, {"a": 2})
    with pytest.raises(
        DamagedFileError, match=r"file\.json` does not match its hash\. Run again\."
    ):
        read_sealed(path, old, "Run again.")
    assert read_sealed(path)["a"] == 2


def test_a_sealed_file_holds_no_nan_and_none_is_left_behind(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_sealed(tmp_path / "file.json", {"a": float("nan")})
    assert names(tmp_path) == []


def test_plain_json_of_what_is_not():
    data = {
        1: (np.float32(0.5), np.int64(3), np.bool_(True)),
        "nan": [float("nan"), float("inf"), -float("inf"), np.float64("nan")],
        "kept": {"text": "nan", "none": None, "deep": [{"x": 1e300}]},
    }
    found = finite_json(data)
    assert found == {
        "1": [0.5, 3, True],
        "nan": [None] * 4,
        "kept": {"text": "nan", "none": None, "deep": [{"x": 1e300}]},
    }
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [type(value) for value in found["1"]] == [float, int, bool]


def leftover(folder, pid, host=None):
    host = re.sub(r"[^A-Za-z0-9-]", "-", platform.node()) if host is None else host
    path = folder / f".result.json.abc.{pid}@{host}.tmp"
    path.write_text("half")
    return path


def test_only_what_killed_processes_left_behind_is_removed(tmp_path):
    """Of this machine, and of no process that is alive: its file is about to be renamed."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    dead, alive = leftover(tmp_path, child.pid), leftover(tmp_path, os.getpid())
    elsewhere = leftover(tmp_path, child.pid, "another-machine")
    users = tmp_path / ".mine.tmp"
    users.write_text("mine")
    with locked(tmp_path):
        assert names(tmp_path) == sorted([".lock", alive.name, elsewhere.name, users.name])
    assert not dead.exists()


def test_a_kill_while_writing_leaves_nothing_for_ever(tmp_path):
    child = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "file")], check=False)
    assert child.returncode == -9
    assert len(names(tmp_path)) == 1
    remove_leftovers(tmp_path)
    assert names(tmp_path) == []


def test_a_lock_is_held_against_threads_and_freed_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    order = []

    def second():
        with locked(tmp_path, order.append):
            order.append("second")

    with locked(tmp_path):
        thread = Thread(target=second)
        thread.start()
        while not order:
            time.sleep(0.01)
        order.append("first")
    thread.join(60)
    assert order == [
        f"another process is at work in {tmp_path}; waiting for it ...",
        "first",
        "second",
    ]
