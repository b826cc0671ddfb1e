"""Two-qubit gates of the phase compiler against public methods, on the same phases.

All counts are CX (`synthesis.circuits.gates`): every circuit is in the neutral basis cx, rz, sx, x.
Every phase has a range of 1 rad. Ours and theirs get the same Walsh strings, those that the budget
keeps: for a largest error few, but with a larger mean error (see `minimax.py`). `DiagonalGate` gets
all values, as it costs the same whatever they are: 2^n - 2 CX as Qiskit defines it (optimisation
level 1); what level 3 makes of that is in `DiagonalGate_3`. `public` is the best of all methods of
`synthesis.networks.rivals` that are installed, `method` which: transpiled at level 3, the best of
four seeds, or of the five of the method. Ours is counted as emitted, and for steps also after the
same level 3 (`ours_3`), which resynthesises blocks of two qubits and so wins where an axis has no
more than those. Parts:

- `phase`: one potential phase between all pairs of 8 and 10 qubits;
- `step`: potential, transform, kinetic phase, transform back, between all pairs of 4 to 10 qubits;
- `heavy-hex`: the same on a heavy-hex lattice;
- `half_cell`: exact steps on the box as it is, and moved by half a cell;
- `ends`: measured anneals of the double well, Strang, measured at the end and as it goes;
- `large`: one exact step of many axes, each in a process of its own, whose memory is told.

`bound` is the least number of gates: `lower_bound` for a phase, the number of terms for a step
(`least_gates`), below which no network is that follows one of the path sums that are known.
Phases that were emitted are followed parity by parity (`actual_error`), steps compared as dense
operators, ours and the best public one between all pairs. `seconds` are of the processor, of ours
(`public_seconds` of all public methods together).

Rows are written as they come, and those that `synthesis.json` in the folder has are not made again:
a run that was stopped goes on. With `--again` phases and steps that are there are made anew, ours
alone: what public methods take does not depend on ours. With `--bounds` only the bounds of phases
that are there are proven anew. `synthesis_ratios.json` and `synthesis_aims.json` are means of them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from common import arguments, finish, write
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap, Target, generate_preset_pass_manager
from tqdm.auto import tqdm

from qdml_quantum import (
    Compiler,
    Grid,
    Phase,
    Problem,
    Schedule,
    WalshSeries,
    as_objective,
    build,
    compile_phase,
)
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.gates import two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.circuits.network_builder import NetworkBuilder
from qdml_quantum.synthesis.circuits.targets import on_target
from qdml_quantum.synthesis.circuits.verify import phases_of
from qdml_quantum.synthesis.compiler import EFFORT, Budget
from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.path_sum import TRIPLE, PathSum
from qdml_quantum.synthesis.networks.rivals import (
    IDEAL,
    PHASES,
    STEPS,
    best_public,
    best_transpiled,
    missing,
    public_phase,
    usable,
    versions,
)
from qdml_quantum.synthesis.networks.short import CLOSING
from qdml_quantum.synthesis.networks.textbook import StepOf
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.budget import truncate

Case = tuple[str, Any, tuple[float, float], int]
BUDGET = 1e-2
KINETIC_ANGLE = 0.037


def logistic(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """Regularised logistic loss of two weights on 40 points in the plane."""
    rng = np.random.default_rng(7)
    points = rng.normal(size=(40, 2))
    noise = 0.5 * rng.normal(size=40)
    labels = np.where(points @ np.array([1.5, -1.0]) + noise > 0, 1.0, -1.0)
    x, y = np.broadcast_arrays(x, y)
    margin = labels * (x[..., None] * points[:, 0] + y[..., None] * points[:, 1])
    return np.logaddexp(0, -margin).mean(axis=-1) + 0.01 * (x**2 + y**2)


CASES: tuple[Case, ...] = (
    ("harmonic", "harmonic", (-4, 4), 1),
    ("double well", "double_well", (-2.5, 2.5), 1),
    ("Rastrigin", "rastrigin", (-5.12, 5.12), 1),
    ("soft Coulomb", "soft_coulomb", (-10, 10), 1),
    ("Levy", "levy", (-10, 10), 1),
    ("random", None, (0, 1), 1),
    ("harmonic, cross term", "x**2 + y**2 + x*y", (-4, 4), 2),
    ("Rastrigin 2-D", "rastrigin", (-5.12, 5.12), 2),
    ("Ackley 2-D", "ackley", (-5, 5), 2),
    ("Levy 2-D", "levy", (-10, 10), 2),
    ("Himmelblau", "himmelblau", (-5, 5), 2),
    ("soft Coulomb 2-D", "soft_coulomb", (-10, 10), 2),
    ("logistic loss", logistic, (-6, 6), 2),
)


def problem_of(case: Case, num_qubits: int) -> Problem:
    """The case on so many qubits in all, scaled to a range of 1."""
    name, objective, bounds, dimensions = case
    sizes = [num_qubits] if dimensions == 1 else [num_qubits // 2, num_qubits - num_qubits // 2]
    grid = Grid([bounds] * dimensions, sizes)
    if objective is None:
        values = np.random.default_rng(num_qubits).uniform(size=grid.shape)
    else:
        values = Problem(grid, as_objective(objective, dimensions)).values
    scaled = (values - values.min()) / (values.max() - values.min())
    return Problem.from_table(scaled, grid.bounds, name=name)


def series_of(problem: Problem) -> WalshSeries:
    return WalshSeries.of_values(problem.grid.to_vector(problem.values))


class Rows:
    """The rows of a folder, kept as they are made."""

    def __init__(self, folder: Path, *, again: bool = False) -> None:
        self._again = again
        self._path = folder / "synthesis.json"
        self._folder = folder
        there = self._path.exists()
        self.made: list[dict[str, Any]] = (
            json.loads(self._path.read_text())["rows"] if there else []
        )

    def get(self, part: str, num_qubits: int, case: Case) -> dict[str, Any] | None:
        """The row, if it is there."""
        which = part, num_qubits, case[0]
        return next((row for row in self.made if _which(row) == which), None)

    def has(self, part: str, num_qubits: int, case: Case) -> bool:
        """Whether the row is there, and not to be made again."""
        return not self._again and self.get(part, num_qubits, case) is not None

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row, in the place of an older one, and write all of them."""
        places = {_which(one): number for number, one in enumerate(self.made)}
        place = places.get(_which(row), len(self.made))
        self.made[place : place + 1] = [row]
        write("synthesis", self.made, self._folder, more=tuple(versions(STEPS)))


def _which(row: dict[str, Any]) -> tuple[str, int, str]:
    return row["part"], row["qubits"], row["case"]


def phase_rows(
    rows: Rows, sizes: tuple[int, ...], cases: tuple[Case, ...], effort: float
) -> Iterator[dict[str, Any]]:
    for num_qubits in sizes:
        ideal = Target.from_configuration(IDEAL, num_qubits=num_qubits)
        for kind in ("max", "rms"):
            for case in cases:
                part = f"phase, {kind}"
                if rows.has(part, num_qubits, case):
                    continue
                problem = problem_of(case, num_qubits)
                series = series_of(problem)
                begun = time.process_time()
                ours = compile_phase(problem, budget=(kind, BUDGET), effort=effort)
                seconds = time.process_time() - begun
                kept = truncate(series, Budget(kind, BUDGET))
                if old := rows.get(part, num_qubits, case):
                    theirs = {key: old[key] for key in PHASE_THEIRS}
                else:
                    theirs = public_phases(kept, ideal)
                report = ours.report
                limited = report.actual_error if kind == "max" else report.rms_error
                assert limited is not None
                assert limited <= BUDGET * (1 + 1e-9)
                again = truncated_error(series, ours.circuit, kind)
                assert again <= BUDGET * (1 + 1e-6), again
                yield {
                    "part": part,
                    "qubits": num_qubits,
                    "case": case[0],
                    "strings": report.strings,
                    "bound": least_of(kept),
                    "ours": report.two_qubit_gates,
                    "depth": report.two_qubit_depth,
                    "to_public": ratio(report.two_qubit_gates, theirs["public"]),
                    "to_diagonal": ratio(report.two_qubit_gates, theirs["DiagonalGate"]),
                    "seconds": seconds,
                    **theirs,
                }


PHASE_THEIRS = ("public", "method", "DiagonalGate", "public_seconds", "methods")


def public_phases(series: WalshSeries, target: Target) -> dict[str, Any]:
    """What public methods take for a phase, and which of them takes least."""
    begun = time.process_time()
    public = {
        name: two_qubit_gates(best_public(method, series, target))
        for name, method in usable(PHASES).items()
        if name != "DiagonalGate"
    }
    seconds = time.process_time() - begun
    diagonal, best = diagonal_costs(series, target), min(public, key=public.__getitem__)
    methods = public | {"DiagonalGate": diagonal[3]}
    found = (public[best], best, diagonal[1], seconds, methods)
    return dict(zip(PHASE_THEIRS, found, strict=True))


def least_of(series: WalshSeries) -> int:
    """Below which no network of CX and Rz is for these strings, as far as that is proven."""
    path_sum = PathSum.diagonal(series.num_qubits, series.masks.tolist())
    return lower_bound(path_sum, Topology(series.num_qubits))


def prove_again(folder: Path) -> None:
    """Bounds of the phases that a folder has, and the means with them; all else stays."""
    made = json.loads((folder / "synthesis.json").read_text())
    cases, rows = {case[0]: case for case in CASES}, made["rows"]
    for row in tqdm([row for row in rows if row["part"].startswith("phase")], unit="phase"):
        series = series_of(problem_of(cases[row["case"]], row["qubits"]))
        kept = truncate(series, Budget(row["part"].removeprefix("phase, "), BUDGET))
        assert int((kept.weights > 1).sum()) == row["strings"], row
        row["bound"] = least_of(kept)
        assert row["bound"] <= row["ours"], row
    tables = {"": rows, "_ratios": list(ratio_rows(rows)), "_aims": list(aim_rows(rows))}
    for name, table in tables.items():
        text = json.dumps(made | {"rows": table}, indent=2) + "\n"
        (folder / f"synthesis{name}.json").write_text(text)


def diagonal_costs(series: WalshSeries, target: Target) -> dict[int, int]:
    """Two-qubit gates of `DiagonalGate` at levels 1 and 3."""
    circuit = public_phase("DiagonalGate", series)
    found = {}
    for level in (1, 3):
        manager = generate_preset_pass_manager(
            optimization_level=level, target=target, seed_transpiler=0
        )
        found[level] = two_qubit_gates(manager.run(circuit))
    return found


def truncated_error(series: WalshSeries, circuit: QuantumCircuit, kind: str) -> float:
    """Error of the emitted gates, by following their parities."""
    difference = phases_of(circuit).values() - series.values()
    difference = np.angle(np.exp(1j * (difference - difference[0])))
    if kind == "max":
        return float(np.ptp(difference)) / 2
    return float(difference.std())


def step_rows(
    rows: Rows,
    part: str,
    sizes: tuple[int, ...],
    cases: tuple[Case, ...],
    effort: float,
    budget: Any = ("max", BUDGET),
) -> Iterator[dict[str, Any]]:
    for num_qubits in sizes:
        target = "heavy-hex" if part == "heavy-hex" else None
        coupling = CouplingMap.from_heavy_hex(3) if target else None
        native = Target.from_configuration(IDEAL, num_qubits=num_qubits)
        if coupling is not None:
            native = Target.from_configuration(IDEAL, coupling_map=coupling)
        for case in cases:
            if rows.has(part, num_qubits, case):
                continue
            problem = problem_of(case, num_qubits)
            begun = time.process_time()
            series = series_of(problem)
            kept = truncate(series, Budget.of(budget))
            values = problem.grid.from_vector(kept.values())
            rest = Problem.from_table(values, problem.grid.bounds, name=case[0])
            builder = NetworkBuilder(rest, joint=True, target=target, effort=effort)
            circuit, wires = step_circuit(builder)
            seconds = time.process_time() - begun
            assert np.ptp((series - kept).values()) / 2 <= Budget.of(budget).limit
            assert dense_error(rest, circuit, wires) < 1e-9
            ours = on_target(circuit, builder.region, wires)
            step = StepOf(kept, 1.0, problem.grid.axes, KINETIC_ANGLE)
            if old := rows.get(part, num_qubits, case):
                theirs = {key: old[key] for key in THEIRS}
            else:
                theirs = public_step(rest, step, native, edges=target is not None)
            again = best_transpiled(ours, native, seeds=1)
            counts = {two_qubit_gates(ours): ours, two_qubit_gates(again): again}
            gates = min(counts)
            yield {
                "part": part,
                "qubits": num_qubits,
                "case": case[0],
                "strings": int((kept.weights > 1).sum()),
                "bound": least_gates(builder),
                "ours": two_qubit_gates(ours),
                "depth": two_qubit_depth(ours),
                "ours_3": two_qubit_gates(again),
                "to_public": ratio(gates, theirs["public"]),
                "depth_to_public": ratio(two_qubit_depth(counts[gates]), theirs["public_depth"]),
                "seconds": seconds,
                **theirs,
            }


THEIRS = ("public", "method", "public_depth", "public_seconds", "methods")
"""What a row tells of public methods."""


def public_step(problem: Problem, step: StepOf, native: Target, *, edges: bool) -> dict[str, Any]:
    """What all public methods take for a step; between all pairs the best one is verified."""
    begun = time.process_time()
    circuits = {
        name: best_public(method, step, native)
        for name, method in usable(STEPS, edges=edges).items()
    }
    seconds = time.process_time() - begun
    costs = {
        name: (two_qubit_gates(made), two_qubit_depth(made)) for name, made in circuits.items()
    }
    best = min(costs, key=costs.__getitem__)
    if not edges:
        assert public_error(problem, circuits[best]) < 1e-9
    methods = {name: gates for name, (gates, _) in costs.items()}
    return dict(zip(THEIRS, (costs[best][0], best, costs[best][1], seconds, methods), strict=True))


def least_gates(builder: NetworkBuilder) -> int:
    """One gate for every term of a step, by the path sum with the fewest.

    Beside longer axes one of three qubits can be made alone, by six gates instead of nine.
    """
    main, sizes = builder.main, builder.problem.grid.qubits_per_axis
    alone = sizes.count(TRIPLE) if max(sizes) > TRIPLE else 0
    return len(main.terms) + CLOSING * len(main.chains) - 3 * alone


HALF_CELLS = (("double_well", (-2.5, 2.5)), ("rastrigin", (-5.12, 5.12)), ("x**2", (-2.0, 2.0)))


def half_cell_rows(sizes: tuple[int, ...], effort: float) -> Iterator[dict[str, Any]]:
    """An exact step on the box as it is, and on the box moved by half a cell."""
    for (name, bounds), num_qubits in itertools.product(HALF_CELLS, sizes):
        counts = {}
        begun = time.perf_counter()
        for kind, make in (("plain", Grid), ("ours", Grid.centred)):
            problem = Problem(make([bounds], num_qubits), name)
            builder = NetworkBuilder(problem, joint=True, effort=effort)
            circuit, wires = step_circuit(builder)
            assert dense_error(problem, circuit, wires) < 1e-9
            counts[kind] = two_qubit_gates(circuit)
        yield {
            "case": name,
            "qubits": num_qubits,
            **counts,
            "seconds": (time.perf_counter() - begun) / 2,
        }


PHASE_PAIR = [Phase(POTENTIAL, 1.0), Phase(KINETIC, KINETIC_ANGLE)]


def step_circuit(builder: NetworkBuilder) -> tuple[QuantumCircuit, tuple[int, ...]]:
    circuit = QuantumCircuit(builder.problem.grid.num_qubits)
    return circuit, builder.append(circuit, PHASE_PAIR)


def public_error(problem: Problem, circuit: QuantumCircuit) -> float:
    """The same of a public circuit, up to a phase of the whole."""
    textbook = QuantumCircuit(circuit.num_qubits)
    BlockBuilder(problem).append(textbook, PHASE_PAIR)
    made, exact = Operator.from_circuit(circuit).data, Operator(textbook).data
    phase = np.vdot(exact, made)
    return float(np.abs(made * abs(phase) / phase - exact).max())


def end_rows(sizes: tuple[int, ...], effort: float) -> Iterator[dict[str, Any]]:
    """Measured anneals, ended by a measurement and by one as it goes."""
    for num_qubits, (target, steps) in itertools.product(
        sizes, itertools.product((None, "line"), (1, 2, 4))
    ):
        problem = Problem(Grid([(-2.5, 2.5)], num_qubits), "double_well")
        schedule = Schedule.constant(0.5, num_steps=steps, time_step=0.3)
        compiler = Compiler("joint", budget="exact", target=target, effort=effort)
        begun = time.perf_counter()
        plain, dynamic = (
            build(problem, schedule, compiler=compiler, measure=True, dynamic=dynamic)
            for dynamic in (False, True)
        )
        yield {
            "target": target or "all pairs",
            "qubits": num_qubits,
            "steps": steps,
            "plain": two_qubit_gates(plain),
            "dynamic": two_qubit_gates(dynamic),
            "feed_forward": dynamic.count_ops()["if_else"],
            "seconds": time.perf_counter() - begun,
        }


def dense_error(problem: Problem, circuit: QuantumCircuit, wires: tuple[int, ...]) -> float:
    """Largest element of the difference to the textbook step, with the wires undone."""
    textbook = QuantumCircuit(circuit.num_qubits)
    BlockBuilder(problem).append(textbook, PHASE_PAIR)
    index = np.arange(1 << circuit.num_qubits)
    source = sum((index >> slot & 1) << wire for slot, wire in enumerate(wires))
    return float(np.abs(Operator(circuit).data[source] - Operator(textbook).data).max())


def coupled(dimensions: int, pairs: str) -> str:
    """Squares of all coordinates, and products of none, of neighbours or of all pairs."""
    names = [f"x{i}" for i in range(1, dimensions + 1)]
    joined = {"none": [], "chain": itertools.pairwise(names)}.get(
        pairs, itertools.combinations(names, 2)
    )
    return " + ".join([*(f"{a}**2" for a in names), *(f"{a}*{b}" for a, b in joined)])


LARGE = tuple(
    (*size, pairs)
    for size in ((5, 4), (6, 4), (10, 3), (10, 4))
    for pairs in ("none", "chain", "all")
)


def large_rows(cases: tuple[tuple[int, int, str], ...], effort: float) -> Iterator[dict[str, Any]]:
    """Steps of many axes: CX, the least there could be, seconds, and memory of the process."""
    for case in cases:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            yield alone.submit(large_row, *case, effort).result()


def large_row(dimensions: int, size: int, pairs: str, effort: float) -> dict[str, Any]:
    begun = time.perf_counter()
    problem = Problem(Grid([(-2, 2)] * dimensions, size), coupled(dimensions, pairs))
    builder = NetworkBuilder(problem, joint=True, effort=effort)
    circuit, _ = step_circuit(builder)
    return {
        "axes": f"{dimensions} x {size}",
        "products": pairs,
        "bound": least_gates(builder),
        "ours": two_qubit_gates(circuit),
        "seconds": time.perf_counter() - begun,
        "MB": peak_megabytes(),
    }


def peak_megabytes() -> float:
    """Of this process; its `ru_maxrss` is no less than what the process that started it had."""
    known = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(known["VmHWM"].split()[0]) / 1024


def ratio(ours: int, theirs: int) -> float:
    return ours / theirs if theirs else 1.0


def geometric(values: list[float]) -> float:
    return math.exp(float(np.mean([math.log(value) for value in values]))) if values else math.nan


def mean(rows: list[dict[str, Any]], key: str) -> float:
    return geometric([row[key] for row in rows])


def ratio_rows(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Geometric means over the objectives, for every part and number of qubits."""
    for part, num_qubits in sorted({(row["part"], row["qubits"]) for row in rows}):
        these = [r for r in rows if (r["part"], r["qubits"]) == (part, num_qubits)]
        yield {
            "part": part,
            "qubits": num_qubits,
            "cases": len(these),
            "to_public": mean(these, "to_public"),
            "worst": max(row["to_public"] for row in these),
            "bound_to_public": geometric([ratio(r["bound"], r["public"]) for r in these]),
            "to_bound": geometric([ratio(r["ours"], r["bound"]) for r in these]),
            "worst_to_bound": max(ratio(row["ours"], row["bound"]) for row in these),
        }


EXACT_HARMONIC = {4: 28, 6: 71, 8: 137}
"""CX of an exact harmonic step, by qubits."""


def aim_rows(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The measures of the design: what was aimed at, what is there, the least that can be.

    Means are geometric, over all objectives and the sizes that are named. `least` is the mean if
    every circuit of ours had as many gates as its `bound`.
    """

    def of(part: str, sizes: Collection[int] = range(99)) -> list[dict[str, Any]]:
        return [r for r in rows if r["part"].startswith(part) and r["qubits"] in sizes]

    def row(measure: str, aim: float, of: list[dict[str, Any]], values: list[float], **more: Any):
        sizes = sorted({one["qubits"] for one in of})
        made = {"measure": measure, "qubits": ", ".join(map(str, sizes)), "aim": aim}
        made |= {"ours": geometric(values), "worst": max(values), "least": None} | more
        beyond = made["least"] is not None and made["least"] > aim
        made["reached"] = "below the least" if beyond else "yes" if made["ours"] <= aim else "no"
        return made

    def least(these: list[dict[str, Any]], key: str = "public") -> float:
        return geometric([ratio(one["bound"], one[key]) for one in these])

    for kind, aim in (("max", 0.34), ("rms", 0.20)):
        these = of(f"phase, {kind}")
        if these:
            name = f"phase within {BUDGET} rad, {kind}, to `DiagonalGate` (2^n - 2 CX)"
            values = [one["to_diagonal"] for one in these]
            yield row(name, aim, these, values, least=least(these, "DiagonalGate"))
    there = {one["qubits"] for one in of("phase")}
    for sizes in dict.fromkeys(tuple({*some} & there) for some in ((8, 10), (8,), (10,))):
        these = of("phase", sizes)
        if these:
            values = [one["to_public"] for one in these]
            yield row("phase to the best public", 0.86, these, values, least=least(these))
    if eight := of("phase", (8,)):
        values = [ratio(one["ours"], one["bound"]) for one in eight]
        yield row("phase to its lower bound", 1.04, eight, values)
    for part, name, aim in (
        ("step", "step, all pairs, to the best public", 0.66),
        ("heavy-hex", "step, heavy-hex, to the best public", 0.50),
    ):
        every = [one for one in of(part) if one["part"] == part]
        there = sorted({one["qubits"] for one in every})
        up_to_8 = tuple(size for size in there if size <= 8)
        for sizes in dict.fromkeys((up_to_8, tuple(there))):
            these = [one for one in every if one["qubits"] in sizes]
            if these:
                values = [one["to_public"] for one in these]
                yield row(name, aim, these, values, least=least(these))
        if every and part == "step":
            values = [one["depth_to_public"] for one in every]
            yield row("two-qubit depth of it", 0.75, every, values)
        if every:
            eight = [one for one in every if one["qubits"] <= 8]
            seconds = [max(one["seconds"] for one in eight)]
            name = f"processor seconds of a step, worst, {part.replace('step', 'all pairs')}"
            yield row(name, 10.0, eight, seconds)
    for one in of("step, exact", EXACT_HARMONIC):
        values = [float(one["ours"])]
        aim = EXACT_HARMONIC[one["qubits"]]
        yield row("exact harmonic step, CX", aim, [one], values, least=float(one["bound"]))


PARTS = ("phase", "step", "heavy-hex", "half_cell", "ends", "large")


def add_parts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--sizes", nargs="+", type=int, help="qubits; default those of the part")
    parser.add_argument(
        "--again",
        action="store_true",
        help="make phases and steps again that are there, ours alone",
    )
    parser.add_argument(
        "--bounds",
        action="store_true",
        help="prove the bounds of phases again that are there, and nothing else",
    )


def main() -> None:
    options = arguments(__doc__, add_parts)
    if options.bounds:
        return prove_again(options.output)
    quick = options.quick
    cases = CASES[:2] if quick else CASES
    sizes = (4,) if quick else tuple(options.sizes or range(4, 11))
    effort = 0.02 if quick else EFFORT
    print(versions(STEPS), *(f"left out: {name}" for name in missing(STEPS)))
    rows = Rows(options.output, again=options.again)
    rivals = tuple(versions(STEPS))
    of_phases = (4,) if quick else tuple(options.sizes or (8, 10))
    parts = {
        "phase": [phase_rows(rows, of_phases, cases, effort)],
        "step": [
            step_rows(rows, "step", sizes, cases, effort),
            step_rows(rows, "step, exact", sizes, cases[:1], effort, "exact"),
        ],
        "heavy-hex": [step_rows(rows, "heavy-hex", sizes, cases, effort)],
    }
    chosen = itertools.chain.from_iterable(parts[name] for name in options.parts if name in parts)
    for row in tqdm(itertools.chain.from_iterable(chosen), unit="circuit"):
        rows.add(row)
        shown = ("part", "qubits", "case", "ours", "public", "method", "seconds")
        tqdm.write("  ".join(str(row[key]) for key in shown), file=sys.stderr)
    if rows.made:
        finish("synthesis_ratios", list(ratio_rows(rows.made)), options.output, more=rivals)
        finish("synthesis_aims", list(aim_rows(rows.made)), options.output, more=rivals)
    if "half_cell" in options.parts:
        moved = list(half_cell_rows((4,) if quick else (4, 6, 8), effort))
        finish("synthesis_half_cell", moved, options.output)
    if "ends" in options.parts:
        finish("synthesis_ends", list(end_rows((4,) if quick else (4, 5), effort)), options.output)
    if "large" in options.parts:
        wide = list(large_rows(LARGE[:1] if quick else LARGE, effort))
        finish("synthesis_large", wide, options.output)


if __name__ == "__main__":
    main()
