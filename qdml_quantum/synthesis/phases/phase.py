"""`compile_phase`: the cheapest circuit of one diagonal phase within a stated error."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit

from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value, finite
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.circuits.gates import two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.circuits.targets import Region, on_target
from qdml_quantum.synthesis.circuits.verify import phases_of
from qdml_quantum.synthesis.compiler import EFFORT, Budget, Compiler
from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.layout import choose_layout
from qdml_quantum.synthesis.networks.network import Network
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.phases.budget import errors_of, truncate
from qdml_quantum.synthesis.phases.sums import series_of
from qdml_quantum.synthesis.phases.walsh import DENSE_QUBITS, WalshSeries


@dataclass(frozen=True)
class PhaseReport:
    """What a compiled phase costs and how wrong it is.

    Attributes:
        num_qubits: Qubits of the phase.
        budget: Kind of the budget, and its limit in radians.
        strings: Walsh strings of two bits or more that were kept.
        strings_exact: How many an exact circuit has.
        max_error: Certified: half the range of the difference of the phases, which bounds the
            distance of the unitaries.
        rms_error: Root mean square of the difference.
        state_error: The same over the density, where one was given.
        actual_error: The first again, of the phases that the emitted gates make, followed parity by
            parity; None above 26 qubits.
        two_qubit_gates: Of the emitted circuit.
        two_qubit_depth: Of the emitted circuit.
        lower_bound: Two-qubit gates that any circuit of these strings needs between all pairs of
            qubits; see `lower_bound`.
        method: The method that won.
        seconds: Time it took.
    """

    num_qubits: int
    budget: tuple[str, float]
    strings: int
    strings_exact: int
    max_error: float
    rms_error: float
    state_error: float | None
    actual_error: float | None
    two_qubit_gates: int
    two_qubit_depth: int
    lower_bound: int
    method: str
    seconds: float

    @property
    def above_bound(self) -> float:
        """Gates above the lower bound, as a share of it."""
        return self.two_qubit_gates / self.lower_bound - 1 if self.lower_bound else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self) | {"budget": list(self.budget), "above_bound": self.above_bound}

    def __str__(self) -> str:
        actual = "not summed up" if self.actual_error is None else f"{self.actual_error:.3g} rad"
        kind, limit = self.budget
        asked = kind if kind == "exact" else f"{kind} {limit:g} rad"
        return "\n".join(
            (
                f"phase on {self.num_qubits} qubits, budget {asked}",
                f"  strings          {self.strings} of {self.strings_exact}",
                f"  two-qubit gates  {self.two_qubit_gates}, depth {self.two_qubit_depth}",
                f"  lower bound      {self.lower_bound} ({self.above_bound:+.0%})",
                f"  certified error  {self.max_error:.3g} rad max, {self.rms_error:.3g} rad rms",
                f"  actual error     {actual}",
                f"  method           {self.method or 'none needed'}, {self.seconds:.1f} s",
            )
        )


@dataclass(frozen=True, eq=False)
class CompiledPhase:
    """A diagonal phase as a circuit, and as a network that takes any angle.

    Attributes:
        series: Walsh series of the values that were kept.
        angle: The angle that `circuit` applies them with.
        network: Gates without angles.
        region: Qubits of the target in use.
        report: What it costs.
    """

    series: WalshSeries
    angle: float
    network: Network
    region: Region
    report: PhaseReport

    @cached_property
    def circuit(self) -> QuantumCircuit:
        """Circuit of ``exp(-i angle values)`` on the target, global phase included."""
        return self.at(self.angle)

    def at(self, angle: float) -> QuantumCircuit:
        """The same network with another angle.

        >>> phase = compile_phase(np.arange(4.0), angle=0.1)
        >>> phase.at(0.2).count_ops() == phase.circuit.count_ops()
        True
        """
        return on_target(_filled(self.network, self.series, angle), self.region, self.network.wires)


@typed
def compile_phase(
    values: ArrayLike | WalshSeries | Problem,
    *,
    angle: float = 1.0,
    budget: str | tuple[str, float] | Budget = "exact",
    density: ArrayLike | None = None,
    target: Any = None,
    effort: float = EFFORT,
    seed: int = 0,
    time_limit: float | None = None,
) -> CompiledPhase:
    r"""Circuit of ``exp(-i angle values)`` with as few two-qubit gates as can be found.

    The values are written as a sum of parities of bits (a Walsh series); strings that the budget
    does not need are left out; and a network of CX gates that makes the others one after another is
    searched. The result depends on the arguments alone unless `time_limit` cuts the search.

    Args:
        values: Real numbers in state-vector order, shape ``(2^n,)``; a `WalshSeries`, which never
            enumerates the grid; or a `Problem`, whose objective is taken on its grid.
        angle: Factor of the values; the budget is about the product.
        budget: ``"exact"`` (default), or a pair of kind and radians: ``("max", 1e-2)``,
            ``("rms", 1e-2)``, ``("state", 1e-2)``; see `Budget`.
        density: Probabilities for the kind ``state``, shape ``(2^n,)`` or that of the grid.
        target: None (default) for all pairs of qubits; ``"line"``, ``"heavy-hex"``, ``"square"``;
            a `CouplingMap`, a `Target` or a backend.
        effort: Work of the search, about seconds on a laptop (default 7).
        seed: Of the tie breaks of the search.
        time_limit: Seconds after which the best so far is taken; half of them at most go into the
            choice of the strings.

    Returns:
        The circuit, and a report of its cost and errors.

    Raises:
        TypeError: Values that are not real numbers; a target that is none.
        ValueError: Values that are not finite or not 2^n; a bad budget; a target that does not fit.

    >>> x = np.linspace(-1, 1, 64, endpoint=False)
    >>> phase = compile_phase(x**4 - x**2, budget=("max", 0.01), effort=0.5)
    >>> phase.report.strings < 20, phase.report.strings_exact
    (True, 49)
    >>> phase.report.actual_error <= 0.01, phase.report.two_qubit_gates < 25
    (True, True)
    """
    begun = time.perf_counter()
    budget = Budget.of(budget)
    search = Compiler("separate", effort=effort, seed=seed, time_limit=time_limit).search
    angle = finite("angle", angle, "Give radians.")
    series, weights = _series(values, density)
    if (budget.kind == "state") != (weights is not None):
        must = 'be given with budget=("state", ...) and only then'
        given = "missing" if weights is None else f"given with kind {budget.kind}"
        raise bad_value("density", must, given, "Give |psi|^2 averaged over time.")
    scaled = budget.over(angle)
    truncated = truncate(series, scaled, weights, time_limit=time_limit and time_limit / 2)
    if time_limit is not None:
        search["time_limit"] = max(0.0, time_limit - (time.perf_counter() - begun))
    path_sum = PathSum.diagonal(series.num_qubits, truncated.masks.tolist())
    region, network = choose_layout(path_sum, target, **search)
    assert network is not None, "rules apply to every diagonal"
    wide = _filled(network, truncated, angle)
    final = on_target(wide, region, network.wires)
    errors = errors_of(series, truncated, weights)
    report = PhaseReport(
        num_qubits=series.num_qubits,
        budget=(budget.kind, budget.limit),
        strings=len(path_sum.terms),
        strings_exact=int((series.weights > 1).sum()),
        max_error=abs(angle) * errors.max,
        rms_error=abs(angle) * errors.rms,
        state_error=None if errors.state is None else abs(angle) * errors.state,
        actual_error=_actual_error(series, angle, wide),
        two_qubit_gates=two_qubit_gates(final, native=region.native),
        two_qubit_depth=two_qubit_depth(final, native=region.native),
        lower_bound=lower_bound(path_sum, replace(region.topology, edges=None)),
        method=network.method,
        seconds=time.perf_counter() - begun,
    )
    return CompiledPhase(truncated, angle, network, region, report)


def _filled(network: Network, series: WalshSeries, angle: float) -> QuantumCircuit:
    return network.circuit({mask: angle * c for mask, c in series.to_dict().items()})


def _series(
    values: ArrayLike | WalshSeries | Problem, density: ArrayLike | None
) -> tuple[WalshSeries, Array | None]:
    if isinstance(values, Problem):
        grid = values.grid
        series = series_of(values)
        if density is not None and np.shape(density) == grid.shape:
            density = grid.to_vector(density)
    elif isinstance(values, WalshSeries):
        series = values
    else:
        series = WalshSeries.of_values(values)
    if density is None:
        return series, None
    weights = real_array("density", density, "Give |psi|^2.")
    if series.num_qubits > DENSE_QUBITS or weights.shape != (1 << series.num_qubits,):
        must = f"have the shape (2^{series.num_qubits},), at most 2^{DENSE_QUBITS}"
        remedy = "Give one probability per value."
        raise bad_value("density", must, f"of shape {weights.shape}", remedy)
    if weights.min() < 0 or not weights.sum() > 0:
        raise bad_value("density", "be probabilities", "not", "Give |psi|^2.")
    return series, np.asarray(weights / weights.sum(), dtype=float)


def _actual_error(series: WalshSeries, angle: float, circuit: QuantumCircuit) -> float | None:
    """Half of the shortest arc that holds the phases of the gates minus those asked for.

    Phases are known modulo 2 pi: the arc is the circle less the largest gap.
    """
    if series.num_qubits > DENSE_QUBITS:
        return None
    difference = phases_of(circuit).values() - angle * series.values()
    turns = np.sort(np.remainder(difference - difference[0] + math.pi, 2 * math.pi))
    around = turns[0] + 2 * math.pi - turns[-1]
    return float(2 * math.pi - max(around, np.diff(turns).max(initial=0.0))) / 2
