"""How phases become gates, as one noun; nothing here imports Qiskit."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from qdml_quantum.support.digest import digest, identity_of
from qdml_quantum.support.messages import as_float, bad_type, bad_value, count, unknown
from qdml_quantum.support.store import finite_json

COMPILERS: Mapping[str, str] = MappingProxyType(
    {
        "walsh": "fewest gates in all, which is what a simulator pays for",
        "joint": "few two-qubit gates, from a network searched for a whole step",
        "separate": "few two-qubit gates, from a network searched for every phase by itself",
        "qiskit": "Qiskit's DiagonalGate, the public baseline",
        "diagonal": "on Aer only, its own diagonals for phases: fast, and no test of our gates",
    }
)
"""Compilers by name, and what each is for."""
NETWORKS = ("joint", "separate")
"""Compilers that search networks; the others make every phase by rule."""
NATIVE = "diagonal"
"""The compiler whose phases are instructions of the simulator, which no device has."""
BUDGETS = ("exact", "trotter")
MEASURED_QUBITS = 20
"""Above, ``"trotter"``, which is measured on the emulator, has to be asked for: six axes of four
qubits took 89 s and 2 GB, and 3 s and 0.35 GB where nothing is left out (265 and 407 CX a step)."""
"""Budgets by name: the default, and that where networks are searched."""
BUDGET_KINDS = ("max", "rms", "state")
"""Budgets in radians; see `phases.budget`."""
LATTICES = ("all-to-all", "line", "heavy-hex", "square")
"""Targets by name."""
EFFORT = 7.0
"""Default work of a search, about seconds on a laptop: the aim of 10 s for a step on 8 qubits holds
on two busy cores (8.7 s), and 6 costs 1 % more gates."""
SEEDS = 8
"""Default seeds of Qiskit's transpiler on a device; each takes 10 to 60 ms."""


_KINDS = ("exact", *BUDGET_KINDS)
_USAGE = 'Write budget="exact" or budget=("max", 0.01).'


@dataclass(frozen=True)
class Budget:
    """A limit on the difference between two phases, in radians.

    - ``max``: half the range h of the difference. Up to a global phase, the two unitaries are
      ``2 sin(h/2) <= h`` apart in the operator norm. A limit for the worst case, which most
      points come near to: where the dynamics count, the others leave a better state.
    - ``rms``: root mean square over all points.
    - ``state``: root mean square over a density, such as that of the state, averaged over time.

    >>> Budget.of(("max", 0.01))
    Budget(kind='max', limit=0.01)
    """

    kind: str = "exact"
    limit: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise bad_value("budget", f"be of kind {', '.join(_KINDS)}", self.kind, _USAGE)
        known = isinstance(self.limit, numbers.Real) and math.isfinite(as_float(self.limit))
        if not known or (self.kind != "exact" and self.limit <= 0):
            raise bad_value("budget", "be more than 0 radians", self.limit, _USAGE)
        object.__setattr__(self, "limit", float(self.limit))

    @classmethod
    def of(cls, budget: object) -> Budget:
        """Read ``"exact"`` or a pair such as ``("max", 0.01)``.

        Raises:
            ValueError: An unknown kind, or a limit that is not positive.
        """
        if isinstance(budget, Budget):
            return budget
        if budget is None or (isinstance(budget, str) and budget == "exact"):
            return cls()
        if isinstance(budget, str) or not isinstance(budget, Sequence) or len(budget) != 2:
            raise bad_value("budget", 'be "exact" or a pair (kind, radians)', budget, _USAGE)
        kind, limit = budget
        if kind == "exact":
            raise bad_value("budget", "be of kind max, rms, state", kind, _USAGE)
        return cls(kind, limit)

    def over(self, angle: float) -> Budget:
        """The budget of values that an angle multiplies; kept within what floats can square."""
        if self.kind == "exact" or angle == 0:
            return self
        limit = float(np.clip(self.limit / max(abs(angle), 1e-150), 1e-150, 1e150))
        return Budget(self.kind, limit)


@dataclass(frozen=True, eq=False)
class Compiler:
    """How the phases of an anneal become gates.

    Args:
        name: One of `COMPILERS`, default ``"walsh"``; or a callable, see `PhaseCompiler`.
        budget: What may be left out of zeta: ``"exact"``; ``"trotter"``, at most half of the error
            that the steps make anyway; or a pair such as ``("max", 1e-2)``, in radians over the
            whole anneal. Default ``"trotter"`` where networks are searched on up to 20 qubits, else
            ``"exact"``.
        target: Where two-qubit gates may stand. None (default) for all pairs of qubits and our own
            gates, and for the backend's own where there is one; one of `LATTICES`; a `CouplingMap`,
            a `Target` or a backend: the circuit then has its qubits and gates.
        effort: Work of the search of networks, about seconds on a laptop; default 7.
        seeds: Seeds of Qiskit's transpiler that are tried on a device; default 8.
        seed: Of the tie breaks of the search.
        time_limit: Seconds after which a search takes the best so far; default none.

    Raises:
        ValueError: An unknown name, budget or target, no effort, no seeds, or no time.
        TypeError: The name is neither text nor callable.

    >>> Compiler("joint", effort=1).search
    {'effort': 1.0, 'seed': 0, 'time_limit': None}
    >>> Compiler().search, Compiler().budget_for(20)
    ({}, 'exact')
    """

    name: str | Callable[..., Any] = "walsh"
    budget: Any = None
    target: Any = None
    effort: float = EFFORT
    seeds: int = SEEDS
    seed: int = 0
    time_limit: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.name, str):
            if self.name not in COMPILERS:
                raise ValueError(unknown("compiler", self.name, COMPILERS))
        elif not callable(self.name):
            raise bad_type("name", "be the name of a compiler, or a PhaseCompiler", self.name)
        if not isinstance(self.budget, str) or self.budget not in BUDGETS:
            Budget.of(self.budget)
        if isinstance(self.target, str) and self.target not in LATTICES:
            raise ValueError(unknown("target", self.target, LATTICES))
        if self.name == NATIVE and self.target is not None:
            must = f"be left out with compiler `{NATIVE}`, whose phases no device has"
            raise bad_value("target", must, self.target, "Use `walsh` or `joint`.")
        effort, limit = self.effort, self.time_limit
        if not isinstance(effort, numbers.Real) or not 0 < as_float(effort) < math.inf:
            raise bad_value("effort", "be more than 0", effort, f"The default is {EFFORT}.")
        if limit is not None and not (isinstance(limit, numbers.Real) and limit > 0):
            raise bad_value("time_limit", "be more than 0 seconds", limit, "Or None.")
        object.__setattr__(self, "effort", float(effort))
        object.__setattr__(self, "seeds", count("seeds", self.seeds))
        object.__setattr__(self, "seed", count("seed", self.seed, least=0))

    @property
    def searched(self) -> bool:
        """Whether networks are searched."""
        return self.name in NETWORKS

    @property
    def search(self) -> dict[str, Any]:
        """Options of the search; empty for a compiler that makes every phase by rule."""
        if not self.searched:
            return {}
        return {"effort": self.effort, "seed": self.seed, "time_limit": self.time_limit}

    def budget_for(self, num_qubits: int) -> Any:
        """The budget that is asked for, or the default of this compiler on so many qubits.

        All is kept by default where states are too long to measure what may be left out.
        """
        if self.budget is not None:
            return self.budget
        return BUDGETS[self.searched and num_qubits <= MEASURED_QUBITS]

    @property
    def label(self) -> str:
        """Name in words."""
        if isinstance(self.name, str):
            return self.name
        return str(getattr(self.name, "__qualname__", type(self.name).__qualname__))

    def on(self, target: Any) -> Compiler:
        """The same compiler for the target of a backend, unless it has one of its own."""
        return self if self.target is not None or target is None else replace(self, target=target)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON that tells compilers apart; one that is code only is like no other."""
        code = {} if isinstance(self.name, str) else identity_of(compiler=self.name)
        plain = {
            "name": self.label,
            "budget": self.budget,
            "target": target_identity(self.target),
            "seeds": self.seeds,
            **self.search,
            **code,
        }
        return dict(finite_json(plain))


def as_compiler(compiler: Any = None, default: str = "walsh") -> Compiler:
    """A `Compiler` from a name, from a callable, or (where it is None) from a default name.

    >>> as_compiler(None, "joint").name, as_compiler("separate").name
    ('joint', 'separate')
    """
    if isinstance(compiler, Compiler):
        return compiler
    if not (compiler is None or isinstance(compiler, str) or callable(compiler)):
        raise bad_type("compiler", "be a name, a Compiler or a PhaseCompiler", compiler)
    return Compiler(default if compiler is None else compiler)


def require_gates(compiler: Compiler) -> None:
    """Refuse a compiler whose phases are instructions of a simulator, where there is none of them.

    Raises:
        ValueError: It is `NATIVE`.
    """
    if compiler.name == NATIVE:
        must = "be one of gates where Aer does not run them"
        raise bad_value("compiler", must, f"`{NATIVE}`", "Use `walsh` or `joint`.")


def target_identity(target: Any) -> Any:
    """Plain JSON that tells targets apart: a name; or edges, gates, and a digest of errors too."""
    if target is None or isinstance(target, str):
        return target
    target = getattr(target, "target", target)
    edges = getattr(target, "build_coupling_map", lambda: target)()
    pairs = sorted(map(list, edges.get_edges())) if edges is not None else None
    gates = sorted(getattr(target, "operation_names", []))
    return {"edges": pairs, "gates": gates, "digest": digest(target)}
