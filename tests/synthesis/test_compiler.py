"""The compiler as one noun: names, defaults, refusals, and what tells two of them apart."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from qiskit.circuit import Measure
from qiskit.circuit.library import CZGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap, Target

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.circuit import build, make_builder
from qdml_quantum.synthesis.compiler import (
    COMPILERS,
    EFFORT,
    NETWORKS,
    SEEDS,
    Compiler,
    as_compiler,
    target_identity,
)
from qdml_quantum.synthesis.phases.potential import PHASE_COMPILERS, Walsh

WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
SCHEDULE = Schedule.constant(0.5, num_steps=2, time_step=0.1)


class Mine(Walsh):
    """A phase compiler of one's own."""

    made = 0

    def __init__(self, values):
        super().__init__(values)
        type(self).made += 1


def test_every_name_makes_circuits_or_networks():
    assert set(COMPILERS) == set(PHASE_COMPILERS) | set(NETWORKS)
    assert [name for name in COMPILERS if Compiler(name).searched] == list(NETWORKS)
    for name in COMPILERS:
        circuit = build(WELL, SCHEDULE, compiler=Compiler(name, effort=0.05))
        assert circuit.num_qubits == 3


@pytest.mark.parametrize("name", COMPILERS)
def test_defaults(name):
    compiler = Compiler(name)
    assert (compiler.effort, compiler.seeds, compiler.seed) == (EFFORT, SEEDS, 0)
    assert (compiler.budget, compiler.target, compiler.time_limit) == (None, None, None)
    assert compiler.budget_for(20) == ("trotter" if name in NETWORKS else "exact")
    assert Compiler(name, ("max", 0.1)).budget_for(20) == ("max", 0.1)
    assert compiler.label == name


def test_nothing_is_left_out_by_default_where_no_state_is_made(monkeypatch):
    """Six axes with all products took 89 s and 2 GB, all of it for states of 24 qubits."""

    def never(*_):
        raise AssertionError("a state was made")

    monkeypatch.setattr(Anneal, "final_state", never)
    formula = "+".join(f"x{axis}**4" for axis in range(1, 8))
    for qubits, most in ((3, "exact"), (2, "trotter")):
        problem = Problem(Grid([(-2, 2)] * 7, qubits), formula)
        run = Anneal(problem, Schedule.constant(0.5, num_steps=1, time_step=0.1))
        compiler = Compiler("joint", effort=0.1)
        assert compiler.budget_for(problem.grid.num_qubits) == most
        if most == "exact":
            _, truncation = make_builder(run, compiler)
            assert truncation.is_exact and truncation.budget == ("exact", 0.0)
    assert Compiler("joint", "trotter").budget_for(24) == "trotter"
    assert Compiler("joint", ("max", 0.1)).budget_for(24) == ("max", 0.1)


def test_only_what_searches_has_options_of_a_search():
    options = {"effort": 2, "seed": 3, "time_limit": 1.5}
    for name in COMPILERS:
        expected = options if name in NETWORKS else {}
        assert Compiler(name, **options).search == expected
    assert type(Compiler("joint", effort=2).search["effort"]) is float


def test_a_callable_compiles_phases():
    compiler = Compiler(Mine)
    assert (compiler.label, compiler.searched, compiler.search) == ("Mine", False, {})
    assert compiler.budget_for(20) == "exact"
    before = Mine.made
    circuit = build(WELL, SCHEDULE, compiler=Mine)
    assert Mine.made > before
    assert circuit.count_ops() == build(WELL, SCHEDULE).count_ops()


def test_labels_of_objects_are_those_of_their_class():
    class Nested:
        def __call__(self, values):
            return Walsh(values)

    assert Compiler(Nested()).label.endswith("Nested")


def test_a_compiler_from_what_there_is():
    own = Compiler("joint", effort=1)
    assert as_compiler(own) is own
    assert as_compiler(own, "walsh") is own
    assert as_compiler().name == "walsh"
    assert as_compiler(None, "joint").name == "joint"
    assert as_compiler("separate", "joint").name == "separate"
    assert as_compiler(Mine).name is Mine


def test_the_target_of_a_backend_is_taken_unless_there_is_one():
    line, square = CouplingMap.from_line(4), CouplingMap.from_grid(2, 2)
    compiler = Compiler("joint", effort=1, seeds=3)
    moved = compiler.on(line)
    assert moved.target is line
    assert (moved.name, moved.effort, moved.seeds) == ("joint", 1.0, 3)
    assert compiler.target is None  # the first one stays
    assert moved.on(square) is moved
    assert compiler.on(None) is compiler


def described(**options):
    return json.dumps(Compiler(**options).to_dict(), sort_keys=True)


def test_json_tells_compilers_apart():
    line = CouplingMap.from_line(4)
    cz = Target(num_qubits=2)
    cz.add_instruction(CZGate(), {(0, 1): None})
    more = Target(num_qubits=2)
    more.add_instruction(CZGate(), {(0, 1): None})
    more.add_instruction(Measure(), {(0,): None, (1,): None})
    different = [
        {},
        {"name": "qiskit"},
        {"name": "joint"},
        {"name": "separate"},
        {"name": Mine},
        {"budget": "exact"},
        {"budget": ("max", 0.1)},
        {"budget": ("max", 0.2)},
        {"budget": ("rms", 0.1)},
        {"target": "line"},
        {"target": line},
        {"target": CouplingMap.from_ring(4)},
        {"target": cz},
        {"target": more},
        {"seeds": 9},
        {"name": "joint", "effort": 1},
        {"name": "joint", "seed": 1},
        {"name": "joint", "time_limit": 5.0},
    ]
    texts = [described(**options) for options in different]
    assert len(set(texts)) == len(texts)


def test_json_is_the_same_where_nothing_that_matters_differs():
    assert described() == described(name="walsh", effort=3, seed=4)  # nothing is searched
    assert described(name="joint", effort=7) == described(name="joint", effort=7.0)
    assert described(target=CouplingMap.from_line(4)) == described(target=CouplingMap.from_line(4))


def test_targets_of_backends_are_their_targets():
    backend = GenericBackendV2(3, coupling_map=[(0, 1), (1, 2)], seed=1)
    assert target_identity(backend) == target_identity(backend.target)
    edges = target_identity(backend)["edges"]
    assert edges == sorted(edges) and [0, 1] in edges
    assert target_identity(None) is None
    assert target_identity("line") == "line"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"name": "wlash"}, ValueError, "Unknown compiler 'wlash'. Did you mean `walsh`?"),
        ({"name": 3}, TypeError, "`name` must be the name of a compiler, or a PhaseCompiler"),
        ({"name": None}, TypeError, "`name` must be"),
        ({"effort": 0}, ValueError, "`effort` must be more than 0"),
        ({"effort": -1}, ValueError, "`effort` must be more than 0"),
        ({"effort": math.inf}, ValueError, "`effort` must be more than 0"),
        ({"effort": math.nan}, ValueError, "`effort` must be more than 0"),
        ({"effort": "much"}, ValueError, "`effort` must be more than 0"),
        ({"time_limit": 0}, ValueError, "`time_limit` must be more than 0 seconds"),
        ({"time_limit": -1.0}, ValueError, "`time_limit` must be more than 0 seconds"),
        ({"time_limit": math.nan}, ValueError, "`time_limit` must be more than 0 seconds"),
        ({"time_limit": "soon"}, ValueError, "`time_limit` must be more than 0 seconds"),
        ({"seeds": 0}, ValueError, "`seeds` must be at least 1"),
        ({"seeds": 1.5}, TypeError, "`seeds` must be an integer"),
        ({"seed": -1}, ValueError, "`seed` must be at least 0"),
        ({"seed": True}, TypeError, "`seed` must be an integer"),
    ],
    ids=str,
)
def test_wrong_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        Compiler(**options)


@pytest.mark.parametrize("compiler", ["wlash", 3])
def test_build_refuses_what_is_no_compiler(compiler):
    with pytest.raises((ValueError, TypeError), match="compiler"):
        build(WELL, SCHEDULE, compiler=compiler)


def test_a_budget_is_of_the_whole_anneal():
    """More steps of the same length leave less of it for each."""
    problem = Problem(Grid([(-2.5, 2.5)], 6), "double_well")
    kept = []
    for steps in (1, 100):
        schedule = Schedule.constant(0.5, num_steps=steps, time_step=0.01)
        circuit = build(Anneal(problem, schedule), compiler=Compiler(budget=("max", 0.05)))
        told = circuit.metadata["truncation"]
        assert told["max_error"] <= 0.05 * (1 + 1e-12)
        kept.append(told["strings"])
    assert kept[0] < kept[1] <= told["strings_exact"]


def test_equal_compilers_make_equal_circuits():
    first, again, other = (
        build(WELL, SCHEDULE, compiler=Compiler("joint", effort=0.05, budget=budget))
        for budget in ("exact", "exact", ("max", 1.0))
    )
    assert first == again
    assert first != other


def test_naming_a_compiler_imports_no_qiskit():
    script = "import sys; from qdml_quantum.synthesis.compiler import Compiler; Compiler('joint')"
    done = subprocess.run(
        [sys.executable, "-c", script + "; sys.exit('qiskit' in sys.modules)"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_numpy_numbers_are_plain_in_json():
    compiler = Compiler("joint", effort=np.float64(0.5), seed=np.int64(3), seeds=np.int32(2))
    assert json.loads(json.dumps(compiler.to_dict()))["seed"] == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "mars"}, "Unknown target 'mars'"),
        ({"budget": "max"}, "`budget` must be"),
        ({"budget": ("max", math.nan)}, "`budget` must be more than 0 radians"),
        ({"budget": ("most", 0.1)}, "`budget` must be of kind"),
        ({"budget": ("max", 0)}, "`budget` must be more than 0"),
    ],
)
def test_what_no_backend_looks_at_is_refused_as_well(options, words):
    """The emulator has no gates: `Compiler(target="mars")` was accepted there."""
    with pytest.raises(ValueError, match=words):
        Compiler(**options)
