"""The circuit interpreter of the recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.transpiler import CouplingMap, generate_preset_pass_manager

from qdml_quantum.diagnostics.metrics import require_basis
from qdml_quantum.dynamics.anneal import Anneal, as_anneal
from qdml_quantum.dynamics.drive import DrivenAnneal
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL, Formula
from qdml_quantum.dynamics.recipe import Move, Refine
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.coarse import Coarse, per_axis
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial, as_initial, thinned
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.repeats import folded
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.builder import Builder, Wires
from qdml_quantum.synthesis.circuits.ends import measure_as_it_goes, require_feed_forward
from qdml_quantum.synthesis.circuits.initial import active, initial_circuit
from qdml_quantum.synthesis.circuits.kinetic import to_momentum
from qdml_quantum.synthesis.circuits.network_builder import NetworkBuilder
from qdml_quantum.synthesis.circuits.targets import Region, on_target, regions
from qdml_quantum.synthesis.compiler import Compiler, as_compiler
from qdml_quantum.synthesis.loading import require_fidelity
from qdml_quantum.synthesis.phases.potential import PhaseCompiler
from qdml_quantum.synthesis.phases.truncation import Truncation, truncated


def make_builder(anneal: Anneal | DrivenAnneal, compiler: Compiler) -> tuple[Builder, Truncation]:
    """What makes the circuits of an anneal, and what was left out of its objective.

    Raises:
        ValueError: A bad budget or target, a network for coarse stages on a target with edges, or
            one for a potential that changes, whose steps have no gates in common.
    """
    target = compiler.target
    if isinstance(anneal, DrivenAnneal):
        if compiler.searched or compiler.budget_for(anneal.grid.num_qubits) != "exact":
            must = "make every phase by rule and leave nothing out where the potential changes"
            raise bad_value("compiler", must, compiler.label, 'Use Compiler("walsh").')
        builder = BlockBuilder(anneal.problem, compiler.name, target, anneal.drive)
        return builder, Truncation(anneal.problem, ("exact", 0.0))
    schedule = anneal.schedule
    truncation = truncated(anneal, compiler.budget_for(anneal.grid.num_qubits))
    if not compiler.searched:
        return BlockBuilder(truncation.problem, compiler.name, target), truncation
    region = regions(target, anneal.grid.num_qubits, count=1)[0] if schedule.coarse else None
    if region is not None and region.topology.edges is not None:
        must = "be `walsh` for coarse stages on a target with edges"
        remedy = "Qiskit routes that; or compile for all pairs of qubits."
        raise bad_value("compiler", must, compiler.label, remedy)
    networks = NetworkBuilder(
        truncation.problem,
        joint=compiler.name == "joint",
        target=target,
        coarse=schedule.stages[-1].coarse,
        **compiler.search,
    )
    return networks, truncation


@typed
def build(
    problem: Problem | Anneal | DrivenAnneal,
    schedule: Schedule | None = None,
    *,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    compiler: str | Compiler | PhaseCompiler = "walsh",
    measure: bool | str = False,
    fidelity: float = 1.0,
    dynamic: bool = False,
) -> QuantumCircuit:
    r"""Circuit of an anneal: initial state, then every phase of the merged recipe.

    Args:
        problem: Grid and objective; or an `Anneal`, which has the next three parts already, such
            as ``evolve(...).anneal``; or a `DrivenAnneal`.
        schedule: Stages of D and time steps.
        formula: Product formula, ``"lie"``, ``"strang"`` or ``"suzuki4"``; default ``"strang"``,
            and ``"lie"`` for a schedule with a goal.
        initial: ``"uniform"`` (default), a `Gaussian`, amplitudes of the shape of the grid, a
            function of one array of positions per axis, or a `QuantumCircuit` that makes the state.
        compiler: How phases become gates: a `Compiler`, or a name for its defaults.
        measure: Measure all qubits into one classical register `meas`: positions (True or
            ``"position"``), or wave numbers in FFT order (``"momentum"``). The latter takes a
            Fourier transform. Phases at the end that no probability depends on are left out.
        fidelity: Of the circuit of the initial state with that state. Below 1 it is a short one
            that is fitted (`prepare`); the default, 1, is exact, with up to 2^n - 2 CX for real
            amplitudes. A state that is handed over as a circuit is made by that one.
        dynamic: Measure positions as they come, and turn the phases of the last transform by the
            bits that are known (`measure_as_it_goes`), instead of two-qubit gates: n (n - 1)/2
            fewer on n qubits with a network, twice that by rule. The qubits that are left wait for
            n - 1 measurements and their feed-forward. Default False; axes of three qubits or fewer
            gain nothing with a network, and are measured at once.

    Returns:
        A `QuantumCircuit`; without a target of h, p, cp, rz, ry, cx gates (and rzz) with one
        register per axis, `x1`, `x2`, ...; axis 0 on the lowest qubits. Searched networks leave
        the qubits permuted: bits of `meas` are in order, `circuit.layout` says it otherwise.
        `circuit.metadata` tells what was left out, and what its gates do (`plot_circuit`).

    Raises:
        ValueError: An unknown formula, compiler, target or basis, a bad initial state or budget,
            stages too coarse for the grid, or `dynamic` without a measurement of positions or on a
            target without feed-forward.

    >>> from qdml_quantum.problem.grid import Grid
    >>> problem = Problem(Grid([(-4, 4)], 3), "harmonic")
    >>> circuit = build(problem, Schedule.constant(1.0, num_steps=1, time_step=0.1))
    >>> [register.name for register in circuit.qregs], circuit.num_qubits
    (['x1'], 3)
    >>> step = Schedule.constant(1.0, num_steps=1, time_step=0.1)
    >>> few = Compiler("joint", budget="exact")
    >>> build(problem, step, formula="lie", compiler=few).count_ops()["cx"]
    9
    """
    if isinstance(measure, str):
        require_basis(measure)
    anneal: Anneal | DrivenAnneal
    if isinstance(problem, DrivenAnneal):
        if schedule is not None or formula is not None or not isinstance(initial, str):
            must = "be left out with a `DrivenAnneal`, which has its own"
            raise bad_value("schedule", must, schedule)
        anneal = problem
    else:
        anneal = as_anneal(problem, schedule, formula=formula, initial=initial)
    coarse = anneal.schedule.coarse if isinstance(anneal, Anneal) else 0
    builder, truncation = make_builder(anneal, as_compiler(compiler))
    made: QuantumCircuit | None = None
    told: dict[str, Any] = {}
    if isinstance(initial, QuantumCircuit):
        made = initial.remove_final_measurements(inplace=False)
    elif require_fidelity(fidelity) < 1 and not isinstance(anneal.initial, str):
        made, told = _prepared(anneal, fidelity, coarse)
    first = start(anneal.initial, anneal.grid, builder.region, coarse, made)
    circuit = joined(builder, first, anneal.recipe.moves, measure=measure, dynamic=dynamic)
    known = circuit.metadata or {}
    circuit.metadata = {**known, "truncation": truncation.to_dict(), **told}
    return circuit


def _prepared(
    anneal: Anneal | DrivenAnneal, fidelity: float, coarse: Coarse
) -> tuple[QuantumCircuit, dict[str, Any]]:
    """A short circuit of the initial state, idle qubits left in 0, and what is known of it."""
    # Here: it is compiled by Numba, which circuits with exact initial states do without.
    from qdml_quantum.synthesis.loading.prepare import prepare

    grid = anneal.grid
    state, thin = thinned(anneal.initial, grid, coarse)
    preparation = prepare(state, fidelity, grid=thin)
    circuit = QuantumCircuit(grid.num_qubits)
    circuit.compose(preparation.circuit, active(grid, coarse), inplace=True)
    return circuit, {"preparation": preparation.to_dict()}


def assemble(
    builder: Builder,
    anneal: Anneal,
    *,
    measure: bool | str = False,
    last: bool = True,
    dynamic: bool = False,
) -> QuantumCircuit:
    """The circuit of a builder: initial state, all phases, measurement, target.

    Args:
        builder: Of the anneal, or of one that it is a beginning of.
        anneal: What is run.
        measure: See `build`. Phases at the end that turn no probability of what is measured are
            left out.
        last: Whether the circuit may end as is cheapest. Else it is the beginning of that of every
            longer anneal.
        dynamic: See `build`.
    """
    first = start(anneal.initial, anneal.grid, builder.region, anneal.schedule.coarse)
    return joined(builder, first, anneal.recipe.moves, measure=measure, last=last, dynamic=dynamic)


def joined(
    builder: Builder,
    first: QuantumCircuit,
    moves: Sequence[Move],
    *,
    measure: bool | str = False,
    last: bool = True,
    dynamic: bool = False,
) -> QuantumCircuit:
    """As `assemble`, of moves after a circuit that makes the initial state.

    Args:
        builder: See `assemble`.
        first: On the edges of the region of the builder, with slot i on wire i at its end.
        moves: Of a recipe; there may be none.
        measure: See `assemble`.
        last: See `assemble`.
        dynamic: See `build`.
    """
    basis = measure if isinstance(measure, str) else "position" if measure else ""
    if dynamic:
        if basis != "position":
            must, given = "be False unless positions are measured", f"True, with {measure=}"
            raise bad_value("dynamic", must, given, "Say measure=True too.")
        require_feed_forward(builder.region.target)
    coarse: Coarse = 0
    if basis:
        moves, coarse = seen(moves, basis)
    circuit = builder.empty()
    circuit.name = "anneal"
    circuit.compose(first, inplace=True)
    parts = [("start", len(circuit.data))]
    if dynamic:
        wires, momentum = builder.append_open(circuit, moves, parts=parts)
        before = len(circuit.data)
        measure_as_it_goes(circuit, wires, momentum)
        parts.append(("transform and measurement", len(circuit.data) - before))
    else:
        wires = builder.append(circuit, moves, last=last, parts=parts)
    if basis and not dynamic:
        before = len(circuit.data)
        wires = measure_in(circuit, builder.problem.grid, wires, basis, coarse)
        parts.append(("measurement", len(circuit.data) - before))
    made = on_target(circuit, builder.region, wires)
    return with_parts(made, parts) if made is circuit else made


def with_parts(circuit: QuantumCircuit, parts: Sequence[tuple[str, int]]) -> QuantumCircuit:
    """The circuit with ``metadata["parts"]``: what its gates do, one after the other, for pictures.

    Blocks ``[times, [[name, number of gates], ...]]``, repeated ones once.

    >>> with_parts(QuantumCircuit(1), [("a", 2), ("b", 1), ("a", 2), ("b", 1)]).metadata
    {'parts': [[2, [['a', 2], ['b', 1]]]]}
    """
    blocks = [[times, [list(part) for part in block]] for times, block in folded(parts)]
    circuit.metadata = {**(circuit.metadata or {}), "parts": blocks}
    return circuit


def start(
    initial: Initial,
    grid: Grid,
    region: Region,
    coarse: Coarse = 0,
    made: QuantumCircuit | None = None,
) -> QuantumCircuit:
    """Circuit of the initial state on the edges of a region, with slot i on wire i at its end.

    It is `made`, or else the exact one. Routing leaves qubits permuted. Here the inverse is routed,
    and the result inverted: the permutation then comes first, on qubits that are all in 0.
    """
    circuit = initial_circuit(initial, grid, coarse) if made is None else made
    edges = region.topology.edges
    if edges is None or (made is None and isinstance(as_initial(initial, grid), str)):
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
    reversed_wires: list[int] = []
    for size, few in zip(grid.qubits_per_axis, per_axis(coarse, grid.dimensions), strict=True):
        axis = wires[len(reversed_wires) : len(reversed_wires) + size]
        idle, used = axis[:few], axis[few:]
        circuit.compose(to_momentum(len(used)), used, inplace=True)
        for wire in reversed(idle):
            circuit.cx(used[0], wire)
        reversed_wires += reversed(axis)
    return tuple(reversed_wires)


def seen(moves: Sequence[Move], basis: str) -> tuple[tuple[Move, ...], Coarse]:
    """The moves that probabilities depend on, and the qubits of each axis that are idle after them.

    Phases of a term at the end turn no probability in its own basis; refinements at the end add
    wave numbers of probability 0.
    """
    blind = KINETIC if basis == "momentum" else POTENTIAL
    end = len(moves)
    coarse: Coarse = 0
    while end:
        move = moves[end - 1]
        if isinstance(move, Refine) and blind == KINETIC:
            coarse = move.coarse
        elif isinstance(move, Refine) or move.term != blind:
            break
        end -= 1
    return tuple(moves[:end]), coarse


def add_measurement(circuit: QuantumCircuit, wires: Wires | None = None) -> QuantumCircuit:
    """Measure slot i into bit i of one classical register `meas`; by default it is on qubit i."""
    bits = ClassicalRegister(circuit.num_qubits, "meas")
    circuit.add_register(bits)
    circuit.measure([circuit.qubits[wire] for wire in wires or range(circuit.num_qubits)], bits)
    return circuit
