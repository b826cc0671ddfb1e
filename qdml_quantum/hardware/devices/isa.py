"""Circuits that a device runs: many candidates, the one that keeps most of its signal."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.transpiler import Target, generate_preset_pass_manager

from qdml_quantum.diagnostics.checks import MAX_DEVIATION
from qdml_quantum.diagnostics.metrics import (
    BASES,
    hellinger_fidelity,
    probabilities_in,
    require_basis,
    total_variation,
)
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import Move
from qdml_quantum.hardware.devices.devices import target_of
from qdml_quantum.hardware.devices.noise import (
    confined,
    measured_qubits,
    noisy_probabilities,
    part_of,
    perfect_probabilities,
    relaxes,
    used_qubits,
)
from qdml_quantum.hardware.devices.placement import Tally, layouts, moved
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value
from qdml_quantum.synthesis.circuits.circuit import (
    add_measurement,
    assemble,
    joined,
    make_builder,
    measure_in,
)
from qdml_quantum.synthesis.circuits.targets import TWO_QUBIT_GATES, has_our_gates, regions
from qdml_quantum.synthesis.compiler import Compiler, as_compiler
from qdml_quantum.synthesis.loading.loader import (
    LARGEST,
    Loader,
    fit_loader,
    loader_fits,
    price,
)
from qdml_quantum.synthesis.loading.prepare import prepare
from qdml_quantum.synthesis.loading.splitting import staircase
from qdml_quantum.synthesis.phases.truncation import Truncation, truncated

CUT = "cut-"
"""Kinds of circuits that begin with this measure positions after so many Trotter steps."""

_SHAPES = 3
_LOADINGS = 4
"""Lengths of circuits that load a state, of which the noise decides; by their price first."""
_LONG = 0.99
"""Fidelity of a loaded state where no noise is simulated: beyond, gates cost more than they win."""
_SIMULATED = 4
"""Candidates of which the noise is simulated, where it can be, each on other qubits: seen with 3
qubits, overlaps on the same ones differed by 0.001, on others by 0.03."""
_NEAR = 0.95
"""Share of the best expected fidelity that a candidate needs for that: winners had 0.97 or more."""
_FULL_SIZE = 1 << 5
"""Grid points from which on searches get all of the effort. States and levels of a search both fall
with them, and so does the share: a quarter for 4 qubits, where networks were as good."""
_ROUTED = 2
"""Seeds of level 3 by itself beside searched networks, none of which it beat on 3 to 5 qubits."""
_SIMULATED_QUBITS = 8
"""Above this the expected fidelity decides alone: with 8 a simulation takes 0.2 s for ten gates and
2 s for 300, and four times as long with each qubit more."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """The circuits of an anneal on a device, one per basis, all on the same qubits.

    Attributes:
        circuits: By basis; on the qubits of the device and in its gates.
        method: How they were made.
        fidelity: Expected fidelity by basis; see `expected_fidelity`.
        deviation: Largest total variation of an ideal run from the emulator, over the bases; None
            where it was not computed.
        overlap: Product over the bases of the Hellinger fidelity of a noisy run with the emulator;
            None where it was not simulated.
        noisy: What these runs gave, by basis.
        loader: What makes the state that it begins with; None where it begins as the anneal does.
    """

    circuits: Mapping[str, QuantumCircuit]
    method: str
    fidelity: Mapping[str, float]
    deviation: float | None = None
    overlap: float | None = None
    noisy: Mapping[str, Array] | None = None
    loader: Loader | None = None

    @property
    def score(self) -> float:
        """Product of the expected fidelities, and of that of what is loaded.

        Those of cuts are not what a candidate is for.
        """
        loaded = 1.0 if self.loader is None else self.loader.fidelity
        return loaded * math.prod(self.fidelity[kind] for kind in self.fidelity if kind in BASES)

    @property
    def qubits(self) -> tuple[tuple[int | None, ...], ...]:
        """Where every bit is read, by basis."""
        return tuple(measured_qubits(circuit) for circuit in self.circuits.values())

    @property
    def refused(self) -> bool:
        """Whether it does something else than the emulator."""
        return self.deviation is not None and self.deviation > MAX_DEVIATION


def share_of_effort(grid: Grid) -> float:
    """Part of the effort of a compiler that is used: small grids have few strings to search for.

    >>> share_of_effort(Grid([(0, 1)], 4)), share_of_effort(Grid([(0, 1)], 5))
    (0.25, 1.0)
    """
    return (grid.size / _FULL_SIZE) ** 2 if grid.size < _FULL_SIZE else 1.0


class Sketch(NamedTuple):
    """Circuits of all bases from one search, what was left out, and what loads their start."""

    circuits: Mapping[str, QuantumCircuit]
    truncation: Truncation
    loader: Loader | None


@dataclass(frozen=True, eq=False)
class Candidates:
    """Makes candidates; arguments as for `isa_circuits`."""

    anneal: Anneal
    backend: Any
    compiler: Compiler
    bases: Sequence[str]
    seed: int
    preload: int = 0

    @cached_property
    def rest(self) -> Anneal:
        """What is run as dynamics: the anneal, or what comes after the steps in `preload`.

        Where all are loaded nothing of it is run but its start.
        """
        if self.all_loaded:
            return replace(self.anneal, initial=self.anneal.final_state())
        return self.anneal.after(self.preload)

    @property
    def all_loaded(self) -> bool:
        """Whether the state at the end is loaded, and no step is run."""
        return self.preload == self.anneal.schedule.num_steps

    def loader(self, edges: Iterable[tuple[int, int]] | None) -> Loader | None:
        """What makes the state that is run from on some edges; the same ones are asked once.

        None for a uniform state, which takes no gates, for one that is too large to fit to, and on
        simulators, where gates cost nothing and the exact circuit is better.
        """
        small = self.anneal.grid.num_qubits <= LARGEST and not self.anneal.schedule.coarse
        worth = small and self.idle and not isinstance(self.anneal.initial, str)
        if not self.preload and not worth:
            return None
        key = None if edges is None else frozenset(edges)
        if key not in self._loaders:
            pairs = self.staircase if edges is None else sorted(edges, reverse=True)
            self._loaders[key] = fit_loader(self.wanted, pairs, seed=self.seed)
        return self._loaders[key]

    @cached_property
    def wanted(self) -> NDArray[np.complex128]:
        """Amplitudes that are loaded, in register order."""
        state = self.anneal.final_state() if self.all_loaded else self.rest.start
        return np.asarray(self.anneal.grid.to_vector(state), dtype=complex)

    @property
    def staircase(self) -> list[tuple[int, int]]:
        """Pairs of neighbouring bits of the grid; see `staircase`."""
        sizes = enumerate(self.anneal.grid.qubits_per_axis)
        return staircase([axis for axis, size in sizes for _ in range(size)])

    @cached_property
    def _loaders(self) -> dict[Any, Loader]:
        return {}

    @cached_property
    def target(self) -> Target:
        """Of the backend."""
        return target_of(self.backend)

    @property
    def idle(self) -> bool:
        """Whether qubits relax while they wait."""
        return relaxes(self.backend)

    @property
    def effort(self) -> float:
        """Of all searches together."""
        return self.compiler.effort * share_of_effort(self.anneal.grid)

    def build(self, target: Target | None, **changes: Any) -> Sketch:
        """Circuits of all bases from one search.

        The budget is the same for all candidates, whatever their compiler.
        """
        budget = self.compiler.budget_for(self.anneal.grid.num_qubits)
        if self.all_loaded:  # No phase is compiled, and nothing left out.
            budget, changes["name"] = "exact", "walsh"
        changed = replace(self.compiler, budget=budget, target=target, **changes)
        builder, truncation = make_builder(self.rest, changed)
        loader = self.loader(builder.region.topology.edges)
        circuits = {}
        for kind in self.bases:
            steps, measured = cut_of(kind)
            how: dict[str, Any] = {"measure": measured, "last": not self.cuts}
            if loader is None:
                part = self.anneal if steps is None else self.anneal.cut(steps)
                circuits[kind] = assemble(builder, part, **how)
            else:
                circuits[kind] = joined(builder, loader.circuit, self.moves(steps), **how)
        return Sketch(circuits, truncation, loader)

    def moves(self, steps: int | None) -> Sequence[Move]:
        """Of what is run up to a step of the anneal: none up to the last that is loaded."""
        if self.all_loaded:
            return ()
        if steps is None:
            return self.rest.recipe.moves
        left = steps - self.preload
        return self.rest.cut(left).recipe.moves if left else ()

    @property
    def cuts(self) -> list[str]:
        """Kinds that measure the anneal after some steps, the fewest first."""
        return [kind for kind in self.bases if kind.startswith(CUT)]

    def one_run(self, circuits: Mapping[str, QuantumCircuit]) -> bool:
        """Whether the circuit of each cut is a beginning of the next, and so of the whole."""
        order = [circuits[kind] for kind in (*self.cuts, BASES[0])]
        return all(begins(*pair) for pair in itertools.pairwise(order))

    def made(self, abstract: Sketch) -> Iterator[Candidate]:
        """All of them, each where it is best on the device."""
        if self.all_loaded:
            yield from self.loadings(self.wanted)
            return
        coupled, seeds = self.target.build_coupling_map() is not None, self.compiler.seeds
        able = has_our_gates(self.target) and not (self.anneal.schedule.coarse and coupled)
        if self.compiler.searched and able:
            yield from self.searched()
            seeds = min(_ROUTED, seeds)
        sources = {self.compiler.label: abstract}
        if self.compiler.name != "walsh":
            sources["walsh"] = self.build(None, name="walsh")
        for name, sketch in sources.items():
            for seed in range(self.seed, self.seed + seeds):
                made = self.transpiled(sketch.circuits, f"level 3 of {name}, seed {seed}", seed)
                yield replace(made, loader=sketch.loader)

    def loadings(self, wanted: NDArray[np.complex128]) -> Iterator[Candidate]:
        """Circuits that only load a state, of several lengths: noise decides which is best."""
        grid = self.anneal.grid
        fits = sorted(loader_fits(wanted, self.staircase, seed=self.seed), key=price)
        for fit in fits[:_LOADINGS]:
            loader, circuits = Loader.of(fit), {}
            for kind in self.bases:
                circuits[kind] = loader.circuit.copy()
                measure_in(circuits[kind], grid, tuple(range(grid.num_qubits)), cut_of(kind)[1])
            name = f"level 3 of {len(fit.ansatz.pairs)} fitted CX"
            yield replace(self.transpiled(circuits, name, self.seed), loader=loader)

    def searched(self) -> Iterator[Candidate]:
        """Networks on pieces of the device, as they are and after level 3."""
        pieces = list(self.pieces())
        count = max(self.compiler.seeds, len(pieces))
        share = self.effort / count
        for number in range(count):
            piece, words = pieces[number % len(pieces)]
            seed = self.seed + number // len(pieces)
            made = self.build(piece, effort=share, seed=seed)
            circuits = made.circuits.items()
            small = {basis: confined(c, range(c.num_qubits)) for basis, c in circuits}
            name = f"{self.compiler.label} on {words}, seed {seed}"
            yield replace(self.placed(small, piece, name), loader=made.loader)
            manager = generate_preset_pass_manager(
                3,
                target=piece,
                initial_layout=list(range(piece.num_qubits)),
                seed_transpiler=seed,
            )
            again = {basis: manager.run(circuit) for basis, circuit in small.items()}
            again_placed = self.placed(again, piece, f"{name}, then level 3")
            yield replace(again_placed, loader=made.loader)

    def pieces(self) -> Iterator[tuple[Target, str]]:
        """Parts of the device of different shapes, with and without its gate rzz."""
        n = self.anneal.grid.num_qubits
        names = set(self.target.operation_names)
        kinds = [names]
        if "rzz" in names and names & set(TWO_QUBIT_GATES) - {"rzz"}:
            kinds.append(names - {"rzz"})
        for region in regions(self.target, n, count=_SHAPES):
            pairs = region.topology.edges
            words = "all pairs" if pairs is None else f"{n} qubits with {len(pairs)} edges"
            for kind in kinds:
                more = " and rzz" if "rzz" in kind else ""
                yield part_of(self.target, region.qubits, kind), words + more

    def transpiled(
        self, circuits: Mapping[str, QuantumCircuit], method: str, seed: int
    ) -> Candidate:
        """Level 3 on the device for the first basis, for the others on the qubits it took."""
        first, *others = self.bases
        manager = generate_preset_pass_manager(3, target=self.target, seed_transpiler=seed)
        wide = manager.run(circuits[first])
        qubits = used_qubits([wide])
        piece = part_of(self.target, qubits)
        small = {first: confined(wide, qubits)}
        manager = generate_preset_pass_manager(3, target=piece, seed_transpiler=seed)
        small |= {basis: manager.run(circuits[basis]) for basis in others}
        return self.placed(small, piece, method)

    def placed(self, small: Mapping[str, QuantumCircuit], piece: Target, method: str) -> Candidate:
        """Circuits on a piece, moved to the place of the device with the highest fidelity."""
        tallies = {basis: Tally.of(circuit, piece) for basis, circuit in small.items()}
        where = layouts(tallies.values(), self.target, piece.num_qubits)
        losses = [tally.losses(self.target, where, idle=self.idle) for tally in tallies.values()]
        best = int(np.argmin(np.sum(losses, axis=0)))
        qubits = [int(q) for q in where[best]]
        circuits = {basis: moved(circuit, self.target, qubits) for basis, circuit in small.items()}
        fidelity = {
            basis: math.exp(-float(loss[best])) for basis, loss in zip(tallies, losses, strict=True)
        }
        return Candidate(circuits, method, fidelity)

    def checked(self, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
        """Candidates that do as the emulator, and those that do not; best first.

        As many are looked at as can be chosen, each on other qubits, or loading another state where
        that is all they do; the rest keeps no deviation, and comes last.
        """
        kept: dict[Any, Candidate] = {}
        refused: list[Candidate] = []
        rest: list[Candidate] = []
        for candidate in candidates:
            if self.cuts and not self.one_run(candidate.circuits):
                continue
            key = (candidate.qubits, candidate.loader if self.all_loaded else None)
            if len(kept) == _SIMULATED or key in kept:
                rest.append(candidate)
                continue
            candidate = replace(candidate, deviation=self.deviation(candidate))
            if candidate.refused:
                refused.append(candidate)
            else:
                kept[key] = candidate
        return [*kept.values(), *rest], refused

    def deviation(self, candidate: Candidate) -> float | None:
        """Largest total variation of an ideal run from the emulator, from the state it loads."""
        distances = []
        for kind, circuit in candidate.circuits.items():
            ideal = perfect_probabilities(circuit, self.anneal.grid)
            if ideal is None:
                return None
            distances.append(total_variation(ideal, self.emulated(kind, candidate.loader)))
        return max(distances)

    @cached_property
    def left(self) -> Problem:
        """The objective without what the budget leaves out."""
        budget = self.compiler.budget_for(self.anneal.grid.num_qubits)
        return truncated(self.rest, budget).problem

    def emulated(self, kind: str, loader: Loader | None) -> Array:
        """Distribution of the emulator for what was left of the objective."""
        if loader is None:
            return ideal_histogram(self.anneal, kind, self.left)
        steps, basis = cut_of(kind)
        start = np.array(self.anneal.grid.from_vector(loader.state))  # It is overwritten.
        state = Propagator(self.left).run(start, self.moves(steps))
        return probabilities_in(basis, state)

    def simulated(self, kept: list[Candidate]) -> list[Candidate]:
        """The same candidates with the best ones ranked by a simulation of their noise."""
        if self.anneal.grid.num_qubits > _SIMULATED_QUBITS:
            return kept
        ideal = {kind: ideal_histogram(self.anneal, kind) for kind in self.bases if kind in BASES}
        least = _NEAR * kept[0].score
        near = [one for one in kept if one.deviation is not None and one.score >= least]
        ranked: list[Candidate] = []
        for candidate in near:
            overlap, histograms = 1.0, {}
            for basis in (kind for kind in candidate.circuits if kind in BASES):
                circuit = candidate.circuits[basis]
                noisy = noisy_probabilities(self.backend, circuit, self.anneal.grid, idle=self.idle)
                if noisy is None:
                    return kept
                histograms[basis] = noisy
                overlap *= hellinger_fidelity(noisy, ideal[basis])
            ranked.append(replace(candidate, overlap=overlap, noisy=histograms))
        ranked.sort(key=lambda candidate: -(candidate.overlap or 0.0))
        return [*ranked, *(one for one in kept if one not in near)]


def loading_circuit(anneal: Anneal, *, backend: Any, seed: int = 0) -> QuantumCircuit:
    """The histogram at the end of an anneal without the anneal: a circuit that loads its root.

    It is fitted classically to the real amplitudes ``sqrt(p)``, with as many two-qubit gates as
    give the best histogram on the device, by its noise where that is simulated: what a run has at
    least to be measured against. Above 8 qubits it is the shortest with a fidelity of 0.99.

    Args:
        anneal: The anneal.
        backend: A `BackendV2`.
        seed: Of the fit and the transpiler.
    """
    root = np.sqrt(ideal_histogram(anneal, BASES[0]))
    steps = anneal.schedule.num_steps
    search = Candidates(anneal, backend, Compiler("walsh"), BASES[:1], seed, steps)
    if anneal.grid.num_qubits > LARGEST:
        circuits = {BASES[0]: add_measurement(prepare(root, _LONG).circuit)}
        return search.transpiled(circuits, "loading", seed).circuits[BASES[0]]
    vector = np.asarray(anneal.grid.to_vector(root), dtype=complex)
    made = sorted(search.loadings(vector), key=lambda candidate: -candidate.score)
    return search.simulated(search.checked(made)[0])[0].circuits[BASES[0]]


def cut_of(kind: str) -> tuple[int | None, str]:
    """Steps after which a kind of circuit ends, None for all of them, and what it measures.

    >>> cut_of("cut-2"), cut_of("momentum")
    ((2, 'position'), (None, 'momentum'))
    """
    if kind.startswith(CUT):
        return int(kind.removeprefix(CUT)), BASES[0]
    require_basis(kind)
    return None, kind


def ideal_histogram(anneal: Anneal, kind: str, problem: Problem | None = None) -> Array:
    """Distribution of the emulator for a kind of circuit; see `Anneal.final_state`."""
    steps, basis = cut_of(kind)
    part = anneal if steps is None else anneal.cut(steps)
    return probabilities_in(basis, part.final_state(problem))


def begins(short: QuantumCircuit, long: QuantumCircuit) -> bool:
    """Whether a circuit begins with all two-qubit gates of another, and all that comes before them.

    >>> one, two = QuantumCircuit(2), QuantumCircuit(2)
    >>> _ = one.cz(0, 1), two.cz(0, 1), two.sx(0), two.cz(0, 1)
    >>> begins(one, two), begins(two, one)
    (True, False)
    """
    waiting: dict[int, deque[Any]] = {}
    for wires, gate in _gates(long):
        for wire in wires:
            waiting.setdefault(wire, deque()).append(gate)
    other: set[int] = set()
    for wires, gate in _gates(short):
        heads = [waiting.get(wire) for wire in wires]
        if other.isdisjoint(wires) and all(queue and queue[0] == gate for queue in heads):
            for wire in wires:
                waiting[wire].popleft()
        elif len(wires) > 1:
            return False
        else:
            other.update(wires)
    return True


def _gates(circuit: QuantumCircuit) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Qubits, and what tells an instruction from others; angles to 1e-9."""
    for item in circuit.data:
        if item.operation.name not in ("barrier", "measure"):
            wires = tuple(circuit.find_bit(qubit).index for qubit in item.qubits)
            angles = tuple(round(float(angle), 9) for angle in item.operation.params)
            yield wires, (item.operation.name, wires, angles)


@dataclass(frozen=True, eq=False)
class Isa:
    """The chosen circuits, and what they were chosen from.

    Attributes:
        abstract: The same circuits for all pairs of qubits, before anything was placed, by basis.
        truncation: What was left out of the objective; see `Truncation`.
        candidates: All that were tried, best first; those that were refused last.
    """

    abstract: Mapping[str, QuantumCircuit]
    truncation: Mapping[str, Any]
    candidates: tuple[Candidate, ...] = field(repr=False)

    @property
    def best(self) -> Candidate:
        """The candidate that is to be run."""
        return self.candidates[0]

    @property
    def circuits(self) -> Mapping[str, QuantumCircuit]:
        """By basis."""
        return self.best.circuits


def isa_circuits(
    anneal: Anneal,
    *,
    backend: Any,
    compiler: str | Compiler = "joint",
    bases: Sequence[str] = ("position",),
    seed: int = 0,
    preload: int = 0,
) -> Isa:
    r"""The circuits of an anneal for a device, best of many.

    Candidates are networks searched on small pieces of the device of several shapes, with and
    without its fractional gates, as they are and after level 3 of Qiskit's transpiler; and level 3
    from circuits for all pairs of qubits. Each is moved to the place on the device where the
    calibration promises the highest fidelity, which is the same for all bases. Those that do
    something else than the emulator, by more than `MAX_DEVIATION`, are refused: level 3 drops
    rotations below 6e-5 rad even where they add up. Of up to four, each on other qubits, whose
    expected fidelity is within 5 % of the highest, the noise is simulated, up to 7 qubits, and the
    best of these is taken.

    Args:
        anneal: The anneal.
        backend: A `BackendV2`. Qubits that wait relax, in the expected fidelity and in the
            simulation; but those of an `AerSimulator` do what its own noise model says.
        compiler: ``"joint"`` or ``"separate"``: searched networks; others: level 3 only. Its effort
            is shared by all searches, as many as seeds; below 5 qubits each less takes a quarter.
        bases: What is measured: ``"position"``, ``"momentum"``; or ``"cut-1"`` and so on, positions
            after so many steps, in a circuit with which those of more steps begin.
        seed: First seed.
        preload: First steps of which the state is loaded, as initial states other than uniform are
            on up to 8 qubits, by a circuit that is fitted to it (`fit_loader`). The cuts then begin
            with that state.

    Raises:
        ValueError: An unknown basis, every candidate was refused, or too many qubits to fit to.

    >>> from qdml_quantum import Grid, Problem, Schedule
    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> step = Anneal(problem, Schedule.constant(0.5, num_steps=1, time_step=0.3), "lie")
    >>> isa = isa_circuits(step, backend=FakeFez(), compiler=Compiler("joint", seeds=2, effort=1))
    >>> isa.circuits["position"].count_ops()["cz"] <= 15, isa.best.deviation < 1e-9
    (True, True)
    """
    search = Candidates(anneal, backend, as_compiler(compiler), bases, seed, preload)
    abstract = search.build(None, effort=search.effort / 5, seed=seed)
    distinct: dict[tuple[Any, ...], Candidate] = {}
    for candidate in sorted(search.made(abstract), key=lambda candidate: -candidate.score):
        gates = (tuple(sorted(c.count_ops().items())) for c in candidate.circuits.values())
        distinct.setdefault((round(candidate.score, 4), *gates), candidate)
    kept, refused = search.checked(list(distinct.values()))
    if not kept and not refused:
        must = "be joint or separate where the anneal is cut: networks begin alike, others do not"
        raise bad_value("compiler", must, search.compiler.label)
    if not kept:
        least = min((c.deviation for c in refused if c.deviation is not None), default=math.inf)
        raise bad_value(
            "backend",
            f"run circuits within {MAX_DEVIATION:g} of the emulator in total variation",
            f"one whose best of {len(refused)} candidates is {least:.2g} away",
            "Leave less out: a smaller budget, or the compiler `walsh`.",
        )
    return Isa(
        abstract.circuits, abstract.truncation.to_dict(), (*search.simulated(kept), *refused)
    )
