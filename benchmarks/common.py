"""What the benchmarks share: interleaved timing, tables, JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qdml_quantum.support.versions import versions

RESULTS = Path(__file__).parent / "results"


def arguments(
    description: str, extra: Callable[[argparse.ArgumentParser], None] = lambda parser: None
) -> argparse.Namespace:
    """Command line of every benchmark; `extra` adds options of one."""
    parser = argparse.ArgumentParser(description=description)
    extra(parser)
    parser.add_argument("--quick", action="store_true", help="small sizes, for a smoke test")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON file")
    return parser.parse_args()


def interleaved(
    candidates: Mapping[str, Callable[[], Any]],
    *,
    seconds: float = 2.0,
    rounds: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Times of one call of each candidate, taken in turn so that all see the same machine load."""
    for run in candidates.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in candidates}
    end = time.perf_counter() + seconds * len(candidates)
    while time.perf_counter() < end or min(map(len, times.values())) < rounds:
        for name, run in candidates.items():
            begun = clock()
            run()
            times[name].append(clock() - begun)
    return times


def median(times: Sequence[float]) -> float:
    """Median in seconds."""
    return float(np.median(times))


def finish(
    name: str, rows: list[dict[str, Any]], folder: Path, *, more: Sequence[str] = ()
) -> None:
    """Print the rows as a table and write them as JSON, see `write`."""
    keys = list(rows[0])
    shown = [[_text(row[key]) for key in keys] for row in rows]
    widths = [max(len(key), *(len(line[i]) for line in shown)) for i, key in enumerate(keys)]
    print("  ".join(key.rjust(width) for key, width in zip(keys, widths, strict=True)))
    for line in shown:
        print("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)))
    print(f"written: {write(name, rows, folder, more=more)}")


def write(name: str, rows: list[dict[str, Any]], folder: Path, *, more: Sequence[str] = ()) -> Path:
    """Write the rows as JSON with the machine they came from; returns the path.

    Args:
        name: Of the file.
        rows: Of the table.
        folder: Made where it is missing.
        more: Packages whose versions are told too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    machine = {
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "versions": versions(circuits=True, more=more),
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(machine | {"rows": rows}, indent=2) + "\n")
    return path


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
