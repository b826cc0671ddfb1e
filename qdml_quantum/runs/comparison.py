"""Runs of one problem beside each other, stage by stage: real time and imaginary time, say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from qdml_quantum.runs.result import Result
from qdml_quantum.support import html
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_type, bad_value
from qdml_quantum.support.store import finite_json
from qdml_quantum.support.text import INDENT, columns


@dataclass(frozen=True, eq=False, init=False)
class Comparison:
    """Results of the same problem, laid beside each other.

    Real and imaginary time of one schedule show what the paper's classical approximation shares
    with the quantum anneal, and where they part: tunnelling, excitations, phases.

    Args:
        results: Two results or more, of the same samples on the same grid.

    Raises:
        TypeError: Something is no `Result`.
        ValueError: Fewer than two, or results of other problems.

    >>> import qdml_quantum as qdml
    >>> well = qdml.Problem(qdml.Grid([(-2.5, 2.5)], 5), "double_well")
    >>> falling = qdml.Schedule.geometric((20, 0.3), num_stages=3, num_steps=8, time_step=0.05)
    >>> ways = ("emulator", "imaginary-time")
    >>> both = Comparison(*(qdml.anneal(well, falling, backend=way) for way in ways))
    >>> [row["D"] for row in both.rows()] == [stage.diffusion for stage in falling.stages]
    True
    """

    results: tuple[Result, ...]

    def __init__(self, *results: Result) -> None:
        for result in results:
            if not isinstance(result, Result):
                raise bad_type("results", "be results", result)
        if len(results) < 2:
            raise bad_value("results", "be two or more", len(results))
        known = {result.problem.values_hash for result in results}
        if len(known) > 1:
            names = ", ".join(repr(result.problem) for result in results)
            raise bad_value("results", "be of one problem", names)
        object.__setattr__(self, "results", results)

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of the backend of each; with a number where two are the same."""
        names = [result.backend for result in self.results]
        return tuple(
            name if names.count(name) == 1 else f"{name} {number + 1}"
            for number, name in enumerate(names)
        )

    @property
    def same_schedule(self) -> bool:
        """Whether all ran the same stages, so that these can be compared one by one."""
        return len({str(r.schedule and r.schedule.to_dict()) for r in self.results}) == 1

    def rows(self) -> Iterable[dict[str, Any]]:
        """Energy and success of every stage, where all ran the same stages and keep them."""
        if not self.same_schedule or not all(result.stages for result in self.results):
            return
        for number, stages in enumerate(
            zip(*(result.stages for result in self.results), strict=True), start=1
        ):
            row: dict[str, Any] = {"stage": number, "D": stages[0].diffusion}
            for label, stage in zip(self.labels, stages, strict=True):
                row |= {f"energy, {label}": stage.energy, f"success, {label}": stage.success}
            yield row

    def overlap(self) -> float | None:
        """Hellinger fidelity ``(sum sqrt(p q))^2`` of the first two final histograms."""
        p, q = (result.probabilities for result in self.results[:2])
        return float(np.sqrt(p * q).sum() ** 2)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form: what every run found, and the stages beside each other."""
        plain = {
            "problem": self.results[0].problem.to_dict(),
            "runs": [
                {
                    "label": label,
                    "minimizer": list(result.minimizer),
                    "minimum": result.minimum,
                    "success": result.success.to_dict(),
                    "energy": result.energy,
                    "fidelity": result.fidelity,
                    "passed": result.passed,
                }
                for label, result in zip(self.labels, self.results, strict=True)
            ],
            "overlap": self.overlap(),
            "stages": list(self.rows()),
        }
        return dict(finite_json(plain))

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`: a row per run, with what it found.

        Raises:
            ImportError: pandas is not installed.
        """
        rows = [
            {
                "run": label,
                "success": result.success_probability,
                "energy": result.energy,
                "fidelity": result.fidelity,
                "num_steps": None if result.schedule is None else result.schedule.num_steps,
                "passed": result.passed,
            }
            for label, result in zip(self.labels, self.results, strict=True)
        ]
        return require("pandas", "Data frames").DataFrame(rows).set_index("run")

    def _repr_html_(self) -> str:
        return html.block(f"{len(self.results)} runs", html.preformatted(str(self)))

    def __str__(self) -> str:
        first = self.results[0]
        facts = [("", *self.labels)]
        for name in ("minimizer", "minimum", "success", "energy", "fidelity", "checks"):
            facts.append((name, *(_words(result)[name] for result in self.results)))
        parts = [
            f"{first.problem.objective.name} on {first.grid}, {len(self.results)} runs",
            "",
            *columns(facts),
            "",
            f"{INDENT}overlap of the first two histograms: {self.overlap():.4f} (Hellinger)",
        ]
        rows = list(self.rows())
        if rows:
            body = [[f"{value:.4g}" for value in row.values()] for row in rows]
            parts += ["", *columns([list(rows[0]), *body])]
        return "\n".join(parts)


def _words(result: Result) -> dict[str, str]:
    """What a run found, in words."""
    point = ", ".join(f"{x:.4g}" for x in result.minimizer)
    return {
        "minimizer": f"({point})",
        "minimum": f"{result.minimum:.6g}",
        "success": f"{result.success.value:.3f}",
        "energy": "-" if result.energy is None else f"{result.energy:.6g}",
        "fidelity": "-" if result.fidelity is None else f"{result.fidelity:.4f}",
        "checks": ", ".join(check.name for check in result.failed) or "pass",
    }
