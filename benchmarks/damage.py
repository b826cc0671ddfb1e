"""Damaged files: is a number ever loaded that is not the one that was written?

Every file of a finished and of an interrupted run folder, of a result, a plan, a sweep, a saved
network and a ledger is damaged in turn: a bit flipped, a digit changed, the end cut off, emptied,
removed, or swapped with another file of its kind. Then the store is read as a user would read it.
It must say that something is wrong, or give the numbers that were written; from a run folder it may
run again. `silent` counts the reads that gave other numbers, `lost` those that ended in anything
but a message of the package.

`--pairs` starts as many pairs of processes on one run folder, each pair at the same moment: both
must end with the same numbers, and leave nothing but the result.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, finish

from qdml_quantum import (
    Compiler,
    DamagedFileError,
    Grid,
    LedgerError,
    Plan,
    Problem,
    Result,
    Schedule,
    anneal,
    fetch,
    jobs,
    plan,
    submit,
    sweep,
)
from qdml_quantum.learning.network import ScoreNetwork
from qdml_quantum.learning.training import learn_score

PROBLEM = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
SCHEDULE = Schedule.geometric((4, 0.3), num_stages=4, num_steps=2, time_step=0.1)
TASKS = [{"seed": seed} for seed in range(3)]
MESSAGES = (DamagedFileError, LedgerError, FileNotFoundError)
"""What the package raises about files. A file that is not there may be named by Python's own."""


def draw(task: Any) -> dict[str, float]:
    """What the sweep computes."""
    return {"value": float(np.random.default_rng(task["seed"]).normal())}


def numbers(result: Result) -> Any:
    """What a result says, without when and where."""
    plain = json.loads(result.to_json())
    return {key: plain[key] for key in plain if key not in ("resources", "folder", "versions")}


@dataclass(frozen=True)
class Store:
    """Something that is kept in files: how it is written, and how a user reads it."""

    name: str
    write: Callable[[Path, int], None]
    read: Callable[[Path], Any]


def run(folder: Path, seed: int, **options: Any) -> Result:
    """The run of the folders."""
    return anneal(PROBLEM, SCHEDULE, shots=200, seed=seed, folder=folder, **options)


def interrupted(folder: Path, seed: int) -> None:
    """The same run, stopped after three stages."""
    left = [3]

    def stop(record: Any) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    try:
        run(folder, seed, progress=stop)
    except KeyboardInterrupt:
        return
    raise AssertionError("it was not interrupted")


def saved_plan(folder: Path, seed: int) -> None:
    """A plan for a simulator of two qubits."""
    small = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
    schedule = Schedule.geometric((2, 0.3), num_stages=2, num_steps=1, time_step=0.3)
    compiler = Compiler("joint", effort=0.1, seeds=1)
    plan(small, schedule, backend="aer", shots=100, seed=seed, compiler=compiler).save(folder)


def read_plan(folder: Path) -> Any:
    """All of a plan."""
    read = Plan.load(folder)
    return read.to_json(), [setting.circuit for setting in read.settings]


def ledger(folder: Path, seed: int) -> None:
    """Two jobs of a ledger, one of them fetched."""
    for number in (seed, seed + 1):
        with tempfile.TemporaryDirectory() as other:
            saved_plan(Path(other), number)
            job = submit(Plan.load(other), ledger=folder)
    fetch(job, ledger=folder)


def read_ledger(folder: Path) -> Any:
    """All jobs, and their results."""
    known = sorted(jobs(ledger=folder), key=lambda job: job.created)
    plain = [job.to_dict() | {"folder": None, "state": None} for job in known]
    return plain, [numbers(fetch(job, ledger=folder)) for job in known]


def network(folder: Path, seed: int) -> None:
    """A score that was learned, for a moment."""
    data = np.random.default_rng(seed).normal(size=(64, 2))
    learn_score(data, hidden=(4,), num_epochs=2, epoch_size=64, batch_size=32, seed=seed).save(
        folder
    )


def read_network(folder: Path) -> Any:
    """What it answers."""
    return ScoreNetwork.load(folder).score(np.ones((3, 2)), 0.5).tolist()


STORES = (
    Store("run, finished", lambda f, s: void(run(f, s)), lambda f: numbers(run(f, 1))),
    Store("run, interrupted", interrupted, lambda f: numbers(run(f, 1))),
    Store("result", lambda f, s: void(run(f, s)), lambda f: numbers(Result.load(only(f)))),
    Store("plan", saved_plan, read_plan),
    Store(
        "sweep",
        lambda f, s: void(sweep(draw, TASKS, folder=f, workers=1)),
        lambda f: sweep(draw, TASKS, folder=f, workers=1),
    ),
    Store("network", network, read_network),
    Store("ledger", ledger, read_ledger),
)


def void(value: Any) -> None:
    """Take a value and give none."""


def only(folder: Path) -> Path:
    """The one folder in a folder."""
    (found,) = (path for path in folder.iterdir() if path.is_dir())
    return found


# -- damage ------------------------------------------------------------------------------------


def flip(content: bytes, rng: random.Random) -> bytes:
    """One bit."""
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def digit(content: bytes, rng: random.Random) -> bytes:
    """One digit, to another one."""
    places = [at for at, byte in enumerate(content) if 48 <= byte < 58]
    if not places:
        return flip(content, rng)
    at = rng.choice(places)
    other = rng.choice([byte for byte in range(48, 58) if byte != content[at]])
    return content[:at] + bytes([other]) + content[at + 1 :]


def truncate(content: bytes, rng: random.Random) -> bytes:
    """The end is missing."""
    return content[: rng.randrange(len(content))]


def empty(content: bytes, rng: random.Random) -> bytes:
    """All of it is missing."""
    return b""


DAMAGES = {"flip": flip, "digit": digit, "truncate": truncate, "empty": empty}
KINDS = (*DAMAGES, "remove", "swap")


def damage(folder: Path, other: Path, kind: str, rng: random.Random) -> str:
    """Damage one file of a folder; `other` is a store of the same kind with other numbers."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.stat().st_size and not path.name.endswith((".lock", "-shm"))
    )
    file = rng.choice(files)
    if kind == "remove":
        file.unlink()
    elif kind == "swap":
        same = [p for p in (*files, *other.rglob(f"*{file.suffix}")) if p.suffix == file.suffix]
        file.write_bytes(rng.choice([p for p in same if p != file]).read_bytes())
    else:
        file.write_bytes(DAMAGES[kind](file.read_bytes(), rng))
    return str(file.relative_to(folder))


@contextmanager
def written(store: Store) -> Iterator[tuple[Path, Path, Any]]:
    """A store, another one with other numbers, and what the first one says."""
    with tempfile.TemporaryDirectory() as name:
        mine, other, copy = (Path(name) / part for part in ("mine", "other", "copy"))
        store.write(mine, 1)
        store.write(other, 2)
        shutil.copytree(mine, copy)
        yield mine, other, store.read(copy)


def damages(store: Store, cases: int, rng: random.Random) -> dict[str, Any]:
    """A row of the table."""
    outcomes: Counter[str] = Counter()
    with written(store) as (mine, other, right):
        for number in range(cases):
            kind = KINDS[number % len(KINDS)]
            copy = mine.with_name("damaged")
            shutil.copytree(mine, copy)
            where = damage(copy, other, kind, rng)
            try:
                outcome = "same" if store.read(copy) == right else "silent"
            except MESSAGES:
                outcome = "refused"
            except Exception as error:
                outcome = "lost"
                print(f"{store.name}, {kind} of {where}: {error!r}", file=sys.stderr)
            if outcome == "silent":
                print(f"{store.name}, {kind} of {where}: other numbers", file=sys.stderr)
            outcomes[outcome] += 1
            shutil.rmtree(copy)
    kinds = ("refused", "same", "lost", "silent")
    return {"store": store.name, "cases": cases} | {kind: outcomes[kind] for kind in kinds}


# -- pairs -------------------------------------------------------------------------------------

PAIR = """
import sys
import damage
print("ready", flush=True)
sys.stdin.readline()
print(damage.json.dumps(damage.numbers(damage.run(damage.Path(sys.argv[1]), 1, fresh=True))))
"""


def pair() -> str:
    """Two processes on one folder at the same moment."""
    with tempfile.TemporaryDirectory() as name:
        both = [
            subprocess.Popen(
                [sys.executable, "-c", PAIR, name],
                cwd=Path(__file__).parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for _ in range(2)
        ]
        for one in both:
            assert one.stdout is not None
            one.stdout.readline()
        for one in both:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        said = {one.communicate(timeout=120)[0] for one in both}
        left = {path.name for path in only(Path(name)).iterdir()}
        if any(one.returncode for one in both):
            return "lost"
        clean = left == {".lock", "arrays.npz", "result.json", "spec.json"}
        return "same" if len(said) == 1 and clean else "silent"


def main() -> None:
    """Damage, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few cases, for a smoke test")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON file")
    parser.add_argument("--cases", type=int, default=600, help="damages in all (default 600)")
    parser.add_argument("--pairs", type=int, default=50, help="pairs of processes (default 50)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.quick:
        options.cases, options.pairs = 6 * len(STORES), 1
    rng = random.Random(options.seed)
    rows = [damages(store, options.cases // len(STORES), rng) for store in STORES]
    outcomes = Counter(pair() for _ in range(options.pairs))
    kinds = ("refused", "same", "lost", "silent")
    row = {"store": "two processes", "cases": options.pairs}
    rows.append(row | {kind: outcomes[kind] for kind in kinds})
    finish("damage", rows, options.output)
    if any(row["lost"] or row["silent"] for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
