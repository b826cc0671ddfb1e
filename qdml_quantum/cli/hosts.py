"""One run of several processes: how each of them is started, and ends where another one did.

The work is done in a child. Where a process of the run ends, JAX aborts the others with a page of
addresses; the parent, which holds nothing of JAX, says it in a sentence instead.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, TextIO

from qdml_quantum.cli import options as shared

_CHILD = "QDML_HOST_CHILD"
LOST = 75
"""Exit code of a child that lost the others."""
_NOISE = re.compile(rb"[WI]\d{4} |\[Gloo\]")
_ERROR = re.compile(rb"[EF]\d{4} |Additional GRPC error information")
"""How lines begin in which C++ logs. After an error more may follow, which look like anything."""
_ENDED = (
    "qdml: another process of this run ended, so that this one ended too. Start all of them again "
    "with the same commands: they go on from the last stage that all have kept."
)


def add_hosts(parser: argparse.ArgumentParser) -> None:
    """Add what says that a run has several processes."""
    add = shared.group(parser, "where").add_argument
    text = "auto: one of the processes that a cluster (SLURM) started, with --engine jax"
    add("--hosts", choices=["auto"], help=text)
    add("--coordinator", metavar="HOST:PORT", help="the same without a cluster: where process 0 is")
    add("--num-hosts", type=int, metavar="N", help="how many processes there are")
    add("--host-id", type=int, metavar="K", help="number of this one, from 0 on")


def is_one_of_several(options: argparse.Namespace) -> bool:
    """Whether the command line says so.

    Raises:
        ValueError: It says only a part, or of another engine.
    """
    given = shared.given_of(options, "coordinator num_hosts host_id")
    if not given and options.hosts is None:
        return False
    if options.engine != "jax":
        raise ValueError("Several processes need the engine jax. Write --engine jax.")
    if options.hosts is None and len(given) < 3:
        raise ValueError(
            "Several processes need --coordinator HOST:PORT, --num-hosts N and --host-id K, all "
            "three; or --hosts auto, on a cluster."
        )
    return True


def joined(options: argparse.Namespace) -> int:
    """Become one of them; returns which one."""
    from qdml_quantum.backends.engines.jax_hosts import join

    return join(options.coordinator, options.num_hosts, options.host_id)


@contextmanager
def leaving_with_others() -> Iterator[None]:
    """End at once where others have ended: what JAX does at the end would wait for them."""
    try:
        yield
    except Exception as error:
        from qdml_quantum.backends.engines.jax_hosts import is_of_others

        if is_of_others(error):
            os._exit(LOST)
        raise


def output_of(output: str, host: int) -> str:
    """Where a process keeps what is its own: its blocks, and the result, which all have."""
    return output if host == 0 else str(Path(output) / f"host-{host}")


def is_child() -> bool:
    """Whether this process does the work; it ends with its parent."""
    if _CHILD not in os.environ:
        return False
    parent = int(os.environ[_CHILD])

    def follow() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(shared.BUG)

    Thread(target=follow, daemon=True).start()
    return True


def watched(given: list[str]) -> int:
    """Run a command line in a child, and say in a sentence when another process has ended."""
    command = [sys.executable, "-m", "qdml_quantum", *given]
    environment = os.environ | {_CHILD: str(os.getpid())}
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stderr is not None
    printed = Thread(target=_pass_on, args=(child.stdout, sys.stdout))
    printed.start()
    try:
        kept = _pass_on(child.stderr, sys.stderr)
        code = child.wait()
    except KeyboardInterrupt:
        child.wait()
        raise
    finally:
        printed.join()
    if code < 0 or code == LOST:
        print(_ENDED, file=sys.stderr)
        return shared.BUG
    sys.stderr.write(kept)
    return code


def _pass_on(pipe: IO[bytes], stream: TextIO) -> str:
    """Show what people are told; returns what came after an error of C++."""
    kept = b""
    for line in _lines(pipe):
        start = line.lstrip(b"\r")
        if kept or _ERROR.match(start):
            kept += line
        elif not _NOISE.match(start):
            stream.write(line.decode(errors="replace"))
            stream.flush()
    return kept.decode(errors="replace")


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines as they come; a bar ends its own by going back to the beginning."""
    kept = b""
    while part := os.read(stream.fileno(), 1 << 16):
        *whole, kept = re.split(rb"(?<=[\r\n])", kept + part)
        yield from whole
    if kept:
        yield kept
