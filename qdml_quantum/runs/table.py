"""The table a person reads after a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qdml_quantum.runs.result import Result
from qdml_quantum.support.text import INDENT, check_rows, fact_rows


def result_table(result: Result) -> str:
    """Outcome, reference, resources and checks of a run as aligned text."""
    parts = [
        f"{result.problem.objective.name} on {result.problem.grid}, backend {result.backend}",
        "",
        *fact_rows(_outcome(result)),
        "",
        *fact_rows(_resources(result)),
    ]
    if result.checks:
        parts += ["", *check_rows(result.checks)]
    if result.folder is not None:
        parts += ["", f"{INDENT}saved in {result.folder}"]
    return "\n".join(parts)


def _outcome(result: Result) -> Iterable[tuple[str, str]]:
    made = result.problem.objective.source.get("compressed")
    if isinstance(made, Mapping):
        yield (
            "zeta compressed",
            f"s asinh((zeta - z0)/s), s = {made['scale']:.6g}, z0 = {made['floor']:.6g}; "
            "energies are of this",
        )
    known = result.known_minimizers
    kind = "known" if result.minimizers_known else "found classically"
    more = f" and {len(known) - 1} more" if len(known) > 1 else ""
    yield "minimizer", f"{_point(result.minimizer)}   ({kind}: {_point(known[0])}{more})"
    exact = result.known_minimum
    yield "minimum", f"{result.minimum:.6g}" + ("" if exact is None else f"   (known: {exact:.6g})")
    s = result.success
    interval = f"   [{s.low:.3f}, {s.high:.3f}] 95 %" if result.shots else ""
    yield (
        "success probability",
        f"{s.probability:.3f}{interval}   "
        f"(uniform: {s.baseline:.3f}; within {s.radius:g} of the box)",
    )
    reference = result.reference
    if result.energy is not None:
        spread = f" +- {result.energy_deviation:.2g}" if result.energy_deviation is not None else ""
        yield "energy", f"{result.energy:.6g}{spread}"
    if reference is not None:
        if reference.exact_energy is not None:
            yield (
                "exact ground energy",
                f"{reference.exact_energy:.6g}   at D = {result.diffusion:.4g}",
            )
        yield (
            "imaginary time",
            f"{reference.energy:.6g}   gap {reference.gap:.3g}, success {reference.success:.3f}",
        )
    if result.fidelity is not None and result.schedule is not None:
        yield "fidelity with ground", f"{result.fidelity:.4f}"


def _resources(result: Result) -> Iterable[tuple[str, str]]:
    r = result.resources
    yield "qubits", f"{r['num_qubits']}"
    if result.schedule is not None:
        yield "schedule", str(result.schedule)
        yield "formula", result.formula
    else:
        yield "steps", f"{r['num_steps']}"
    if "gates" in r:
        yield "gates", f"{r['gates']}"
        yield "two-qubit gates", f"{r['two_qubit_gates']}"
        yield "depth", f"{r['depth']}"
    if result.shots:
        yield "shots", f"{result.shots} (seed {result.seed})"
    yield "time", f"{r['seconds']:.2f} s"


def _point(point: Sequence[float]) -> str:
    return "(" + ", ".join(f"{x:.4g}" for x in point) + ")"
