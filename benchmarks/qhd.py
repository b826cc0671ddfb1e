"""Quantum Hamiltonian descent on its 22 functions: our success probabilities and the published.

`ours` is `qhd_success` at time 10 on 128 x 128 points, `published` the column QHD of
arXiv:2303.01471 (256 x 256 points), `seconds` the wall time of ours. The last rows have the
means, of the absolute differences too, and the largest difference.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from common import arguments, finish
from tqdm.auto import tqdm

from qdml_quantum import qhd_success
from qdml_quantum.objectives.builtins.qhd import QHD_PUBLISHED

MEAN, WORST = 0.005, 0.03


def row(name: str, options: dict[str, Any]) -> dict[str, Any]:
    begun = time.perf_counter()
    ours = qhd_success(name, **options)
    return {
        "function": name,
        "ours": ours,
        "published": QHD_PUBLISHED[name],
        "difference": f"{ours - QHD_PUBLISHED[name]:+.4f}",
        "seconds": time.perf_counter() - begun,
        "ok": "ok" if abs(ours - QHD_PUBLISHED[name]) <= WORST else "NOT",
    }


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over all functions, and the function that differs most."""
    distances = np.array([abs(r["ours"] - r["published"]) for r in rows])
    mean, worst = float(distances.mean()), rows[int(distances.argmax())]
    means = {key: float(np.mean([r[key] for r in rows])) for key in ("ours", "published")}
    seconds = float(np.mean([r["seconds"] for r in rows]))
    middle = means | {"difference": f"{mean:.4f}", "seconds": seconds}
    return [
        {"function": "mean (of |difference|)"} | middle | {"ok": "ok" if mean <= MEAN else "NOT"},
        worst | {"function": f"largest: {worst['function']}"},
    ]


def main() -> None:
    options = arguments(__doc__)
    # A smoke test: too coarse in time and space for the published numbers.
    quick = {"num_qubits": 5, "time_step": 0.02} if options.quick else {}
    names = ["sumofsquares", "alpine1"] if options.quick else list(QHD_PUBLISHED)
    rows = [row(name, quick) for name in tqdm(names, unit="function")]
    rows += summary(rows)
    finish("qhd", rows, options.output)


if __name__ == "__main__":
    main()
