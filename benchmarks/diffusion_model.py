"""Diffusion models: one noise level against many, and a denoiser in front of a classifier.

Generation: sliced Wasserstein distance (order 1) and 1000 MMD^2 to held-out data, mean over five
seeds, of samples that took 201 evaluations of the score each (the flow: 39). `of best` is the
distance over that of the best single level, of a scan over six levels and three step sizes that is
judged by the same number. Digits: two seeds, one step size. Denoising: accuracy in per cent over
noise levels, mean of three divisions of the digits into training and test images.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from common import arguments, finish

from qdml_quantum.learning import denoising_study, generation_study, learn_score, toy, toy_names
from qdml_quantum.learning.generation import SCAN, GenerationRow, GenerationStudy

STEPS = (0.1, 0.5)
"""Besides the default, 0.3."""


def scan_rows(name: str, quick: bool) -> tuple[GenerationStudy, list[GenerationRow]]:
    """The study, and the single levels with other steps."""
    settings: dict[str, Any] = {"progress": True}
    if name == "digits":
        settings |= {"num_points": 200, "seeds": (0, 1)}
    if quick:
        settings |= {"num_points": 60, "budget": 60, "seeds": (0, 1), "scan": SCAN[:2]}
        settings |= {"training": {"num_epochs": 4}}
    study = generation_study(name, **settings)
    more = (
        []
        if quick or name == "digits"
        else [generation_study(name, step=step, **settings) for step in STEPS]
    )
    rows = [row for s in (study, *more) for row in s.rows if row.method == "one level"]
    return study, rows


def generation(name: str, quick: bool) -> list[dict[str, Any]]:
    study, singles = scan_rows(name, quick)
    best = {
        score: min((r for r in singles if r.score == score), key=lambda row: row.distance)
        for score in ("exact", "learned")
    }
    found = [row for row in study.rows if row.method != "one level" or row.sigma == SCAN[0]]
    rows = [shown(name, row.score, row, best.get(row.score)) for row in found]
    return rows + [shown(name, score, row, row, best_of=True) for score, row in best.items()]


def shown(
    name: str,
    score: str,
    row: GenerationRow,
    best: GenerationRow | None,
    best_of: bool = False,
) -> dict[str, Any]:
    level = "" if row.sigma is None else f" {row.sigma:g}"
    return {
        "data": name,
        "score": score,
        "method": ("best " if best_of else "") + row.method + level,
        "evaluations": row.evaluations,
        "distance": row.distance,
        "error": f"{row.error:.4f}",
        "mmd": f"{1000 * np.mean(row.mmd):.2f}",
        "of best": "" if best is None else f"{row.distance / best.distance:.2f}",
    }


def denoising(quick: bool) -> list[dict[str, Any]]:
    settings: dict[str, Any] = {"progress": True, "large": True}
    if quick:
        settings |= {"levels": (0.0, 0.5), "seeds": (0,), "training": {"num_epochs": 4}}
        settings["training"]["hidden"] = (64,)
    study = denoising_study(**settings)
    levels = sorted({row.sigma for row in study.rows})
    kinds = dict.fromkeys((row.classifier, row.denoiser) for row in study.rows)
    rows = []
    for classifier, denoiser in kinds:
        found = {
            r.sigma: r for r in study.rows if (r.classifier, r.denoiser) == (classifier, denoiser)
        }
        rows.append(
            {"classifier": classifier, "denoiser": denoiser}
            | {f"{s:g}": f"{100 * found[s].mean:.1f}" if s in found else "" for s in levels}
            | {"error": f"{100 * max(row.error for row in found.values()):.1f}"}
        )
    return rows


def training(quick: bool) -> list[dict[str, Any]]:
    rows = []
    for name in toy_names():
        begun = time.process_time()
        network = learn_score(toy(name).draw(2000, seed=0), num_epochs=4 if quick else 100)
        rows.append(
            {
                "data": name,
                "parameters": network.num_parameters,
                "seconds": time.process_time() - begun,
                "loss": network.losses[-1],
            }
        )
    return rows


def main() -> None:
    options = arguments(__doc__)
    folder: Path = options.output
    finish("diffusion_model_training", training(options.quick), folder)
    finish("diffusion_model_denoising", denoising(options.quick), folder)
    names = toy_names()[:1] if options.quick else [*toy_names(), "digits"]
    rows = [row for name in names for row in generation(name, options.quick)]
    finish("diffusion_model", rows, folder)


if __name__ == "__main__":
    main()
