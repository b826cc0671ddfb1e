"""The table a person reads before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qdml_quantum.hardware.planning.costs import JOB_SECONDS, Costs
from qdml_quantum.support.text import INDENT, check_rows, fact_rows

if TYPE_CHECKING:
    from qdml_quantum.hardware.planning.plan import Plan

_NAMES = {"success": "success probability", "signal": "signal S", "energy": "energy"}


def plan_table(plan: Plan) -> str:
    """Resources, expectations, error bars, checks and verdict of a plan as aligned text."""
    where = "no service behind it" if plan.local else "nothing was submitted"
    parts = [
        f"{plan.problem.objective.name} on {plan.grid}, planned for {plan.backend} ({where})",
        "",
        *fact_rows(_resources(plan)),
        "",
        *fact_rows(_expectations(plan)),
        "",
        *fact_rows((_NAMES[bar.quantity], str(bar)) for bar in plan.costs.error_bars),
    ]
    if plan.checks:
        parts += ["", *check_rows(plan.checks)]
    return "\n".join([*parts, "", f"{INDENT}verdict: {plan.verdict}"])


def _resources(plan: Plan) -> Iterable[tuple[str, str]]:
    costs = plan.costs
    yield "qubits", f"{costs.num_qubits}"
    yield "steps", f"{costs.num_steps}   ({plan.schedule})"
    yield "compiler", f"{plan.compiler}, formula {plan.formula}"
    yield (
        "two-qubit gates",
        f"{costs.two_qubit_gates_before} -> {costs.two_qubit_gates} on the device, "
        f"depth {costs.two_qubit_depth_before} -> {costs.two_qubit_depth}",
    )
    yield "layout", f"qubits {', '.join(map(str, costs.layout))}"
    yield "mitigation", str(plan.mitigation)
    yield "circuits", f"{costs.num_circuits} of {plan.shots} shots each (equal in one job)"
    yield "duration of a shot", duration_text(costs)
    yield (
        "QPU time",
        f"about {costs.qpu_seconds:.1f} s, an estimate: {JOB_SECONDS:g} s + shots x (delay + "
        "duration)",
    )


def _expectations(plan: Plan) -> Iterable[tuple[str, str]]:
    costs = plan.costs
    fidelity = "unknown: the device does not tell its errors"
    if costs.expected_fidelity is not None:
        fidelity = f"{costs.expected_fidelity:.3f}, from the device's own error rates"
    yield "expected fidelity", fidelity
    if plan.expected_signal is not None:
        signal = f"{plan.expected_signal:.3f}, simulated with the noise of the device"
    elif costs.estimated_signal is not None:
        signal = (
            f"about {costs.estimated_signal:.2f} from the fidelity alone; {costs.signal_reason}"
        )
    else:
        signal = f"unknown: {costs.signal_reason}"
    yield "expected S", signal
    yield "F of uniform", f"{costs.uniform_fidelity:.3f} with the ideal histogram"


def duration_text(costs: Costs) -> str:
    """Duration of a shot in words."""
    if costs.duration is None:
        return "unknown: the device does not tell how long its gates take"
    return f"{costs.duration * 1e6:.2f} us"
