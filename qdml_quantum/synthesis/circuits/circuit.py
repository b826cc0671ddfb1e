"""The circuit interpreter of the recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.transpiler import CouplingMap, generate_preset_pass_manager

from qdml_quantum.diagnostics.metrics import require_basis
from qdml_quantum.dynamics.formulas import KINETIC, Formula
from qdml_quantum.dynamics.recipe import Move, Refine, formula_of, make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.coarse import Coarse, per_axis
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial, as_initial
from qdml_quantum.support.messages import argument, unknown
from qdml_quantum.synthesis.circuits.builder import BlockBuilder, Builder, NetworkBuilder, Wires
from qdml_quantum.synthesis.circuits.fourier import to_momentum
from qdml_quantum.synthesis.circuits.options import EFFORT, NETWORKS, search_options
from qdml_quantum.synthesis.circuits.prepare import prepare
from qdml_quantum.synthesis.circuits.targets import Region, on_target, regions
from qdml_quantum.synthesis.phases.potential import COMPILERS, PhaseCompiler
from qdml_quantum.synthesis.phases.truncation import Truncation, truncated

COMPILER_NAMES = (*NETWORKS, *COMPILERS)


def make_builder(
    problem: Problem,
    schedule: Schedule,
    *,
    formula: Formula,
    initial: Initial,
    compiler: str | PhaseCompiler,
    budget: Any = None,
    target: Any = None,
    **search: Any,
) -> tuple[Builder, Truncation]:
    """The builder of an anneal; arguments as for `build`."""
    if isinstance(compiler, str) and compiler not in COMPILER_NAMES:
        raise ValueError(unknown("compiler", compiler, COMPILER_NAMES))
    searched = compiler in NETWORKS
    if budget is None:
        budget = "trotter" if searched else "exact"
    truncation = truncated(problem, schedule, formula, initial, budget)
    if searched:
        joint = compiler == "joint"
        if schedule.coarse and _has_edges(target, problem.grid.num_qubits):
            raise ValueError(
                argument(
                    "compiler",
                    "be `walsh` for coarse stages on a target with edges",
                    compiler,
                    "Qiskit routes that; or compile for all pairs of qubits.",
                )
            )
        finest = schedule.stages[-1].coarse
        builder = NetworkBuilder(
            truncation.problem, joint=joint, target=target, coarse=finest, **search
        )
        return builder, truncation
    return BlockBuilder(truncation.problem, compiler, target), truncation


def _has_edges(target: Any, num_qubits: int) -> bool:
    return regions(target, num_qubits, count=1)[0].topology.edges is not None


def build(
    problem: Problem,
    schedule: Schedule,
    *,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    measure: bool | str = False,
    compiler: str | PhaseCompiler = "walsh",
    budget: Any = None,
    target: Any = None,
    effort: float = EFFORT,
    seed: int = 0,
    time_limit: float | None = None,
) -> QuantumCircuit:
    r"""Circuit of an anneal: initial state, then every phase of the merged recipe.

    Args:
        problem: Grid and objective.
        schedule: Stages of D and time steps.
        formula: Product formula, ``"lie"``, ``"strang"`` or ``"suzuki4"``; default ``"strang"``,
            and ``"lie"`` for a schedule with a goal.
        initial: ``"uniform"`` (default), a `Gaussian`, or amplitudes of the shape of the grid.
        measure: Measure all qubits into one classical register `meas`: positions (True or
            ``"position"``), or wave numbers in FFT order (``"momentum"``). The latter takes a
            Fourier transform, and saves a kinetic phase where the recipe ends in one.
        compiler: ``"walsh"`` (default): fewest gates in all, which is what a simulator pays for.
            ``"joint"``: few two-qubit gates, which is what a device pays for: a network searched
            for a whole step. ``"separate"``: the same for every phase by itself. ``"qiskit"``:
            `DiagonalGate`, the public baseline. Or a callable, see `PhaseCompiler`.
        budget: What may be left out of zeta: ``"exact"``; ``"trotter"``, at most half of the error
            that the steps make anyway; or a pair such as ``("max", 1e-2)``, in radians over the
            whole anneal. Default ``"trotter"`` where networks are searched, else ``"exact"``.
        target: None (default) for all pairs of qubits and our own gates; ``"line"``,
            ``"heavy-hex"``, ``"square"``; a `CouplingMap`, a `Target` or a backend: the circuit
            then has its qubits and gates.
        effort: Work of the search of networks, about seconds on a laptop (default 7).
        seed: Of the tie breaks of the search.
        time_limit: Seconds after which a search takes the best so far.

    Returns:
        A `QuantumCircuit`; without a target of h, p, cp, rz, ry, cx gates (and rzz) with one
        register per axis, `x1`, `x2`, ...; axis 0 on the lowest qubits. Searched networks leave
        the qubits permuted: bits of `meas` are in order, `circuit.layout` says it otherwise.
        `circuit.metadata` tells what was left out.

    Raises:
        ValueError: An unknown formula, compiler, target or basis, a bad initial state or budget, or
            stages too coarse for the grid.

    >>> from qdml_quantum.problem.grid import Grid
    >>> problem = Problem(Grid([(-4, 4)], 3), "harmonic")
    >>> circuit = build(problem, Schedule.constant(1.0, num_steps=1, time_step=0.1))
    >>> [register.name for register in circuit.qregs], circuit.num_qubits
    (['x1'], 3)
    >>> step = Schedule.constant(1.0, num_steps=1, time_step=0.1)
    >>> build(problem, step, formula="lie", compiler="joint", budget="exact").count_ops()["cx"]
    9
    """
    if isinstance(measure, str):
        require_basis(measure)
    problem.grid.thinned(schedule.coarse)
    formula = formula_of(schedule, formula)
    builder, truncation = make_builder(
        problem,
        schedule,
        formula=formula,
        initial=initial,
        compiler=compiler,
        budget=budget,
        target=target,
        **search_options(compiler, effort=effort, seed=seed, time_limit=time_limit),
    )
    circuit = assemble(builder, schedule, formula, initial, measure=measure)
    circuit.metadata = {"truncation": truncation.to_dict()}
    return circuit


def assemble(
    builder: Builder,
    schedule: Schedule,
    formula: Formula,
    initial: Initial,
    *,
    measure: bool | str = False,
) -> QuantumCircuit:
    """The circuit of a builder: initial state, all phases, measurement, target."""
    basis = measure if isinstance(measure, str) else "position" if measure else ""
    moves = make_recipe(schedule, formula).moves
    coarse: Coarse = 0
    if basis == "momentum":
        moves, coarse = _up_to_momentum(moves)
    circuit = builder.empty()
    circuit.name = "anneal"
    circuit.compose(
        start(initial, builder.problem.grid, builder.region, schedule.coarse), inplace=True
    )
    wires = builder.append(circuit, moves)
    if basis:
        wires = measure_in(circuit, builder.problem.grid, wires, basis, coarse)
    return on_target(circuit, builder.region, wires)


def start(initial: Initial, grid: Grid, region: Region, coarse: Coarse = 0) -> QuantumCircuit:
    """Circuit of the initial state on the edges of a region, with slot i on wire i at its end.

    Routing leaves qubits permuted. Here the inverse is routed, and the result inverted: the
    permutation then comes first, on qubits that are all in 0.
    """
    circuit = prepare(initial, grid, coarse)
    edges = region.topology.edges
    if edges is None or isinstance(as_initial(initial, grid), str):
        return circuit
    coupling = CouplingMap([pair for a, b in edges for pair in ((a, b), (b, a))])
    manager = generate_preset_pass_manager(
        optimization_level=1,
        coupling_map=coupling,
        initial_layout=list(range(grid.num_qubits)),
        seed_transpiler=0,
    )
    routed = manager.run(circuit.inverse()).inverse()
    plain = QuantumCircuit(grid.num_qubits)
    plain.compose(routed, inplace=True)
    return plain


def measure_in(
    circuit: QuantumCircuit, grid: Grid, wires: Wires, basis: str, coarse: Coarse = 0
) -> Wires:
    """Append a measurement into one classical register `meas`.

    Args:
        circuit: With slot i on ``wires[i]``.
        grid: Of the registers.
        wires: Wire of every slot.
        basis: ``"position"``; or ``"momentum"``, after a transform of every axis.
        coarse: Lowest qubits of each axis that are still idle before that transform.

    Returns:
        Wire of every measured bit.

    Raises:
        ValueError: An unknown basis.
    """
    require_basis(basis)
    if basis == "momentum":
        wires = _to_momentum(circuit, grid, wires, coarse)
    add_measurement(circuit, wires)
    return wires


def _to_momentum(circuit: QuantumCircuit, grid: Grid, wires: Wires, coarse: Coarse) -> Wires:
    """Transform every axis; returns the wires of the bits of its wave numbers.

    The transform has no swaps: bit k is on qubit ``n - 1 - k``, and the sign on the lowest. Qubits
    that were idle, below it, take copies, as in a refinement.
    """
    found: list[int] = []
    for size, few in zip(grid.qubits_per_axis, per_axis(coarse, grid.dimensions), strict=True):
        axis = wires[len(found) : len(found) + size]
        idle, used = axis[:few], axis[few:]
        circuit.compose(to_momentum(len(used)), used, inplace=True)
        for wire in reversed(idle):
            circuit.cx(used[0], wire)
        found += reversed(axis)
    return tuple(found)


def _up_to_momentum(moves: Sequence[Move]) -> tuple[tuple[Move, ...], Coarse]:
    """The moves that wave numbers depend on, and the qubits of each axis that are idle after them.

    Kinetic phases at the end turn no probability of a wave number; refinements at the end add
    wave numbers of probability 0.
    """
    end = len(moves)
    coarse: Coarse = 0
    while end:
        move = moves[end - 1]
        if isinstance(move, Refine):
            coarse = move.coarse
        elif move.term != KINETIC:
            break
        end -= 1
    return tuple(moves[:end]), coarse


def add_measurement(circuit: QuantumCircuit, wires: Wires | None = None) -> QuantumCircuit:
    """Measure slot i into bit i of one classical register `meas`; by default it is on qubit i."""
    bits = ClassicalRegister(circuit.num_qubits, "meas")
    circuit.add_register(bits)
    circuit.measure([circuit.qubits[wire] for wire in wires or range(circuit.num_qubits)], bits)
    return circuit
