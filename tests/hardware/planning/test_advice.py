"""What is advised is true: the plan that it leads to is better."""

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_48
from plans import QUICK

from qdml_quantum import (
    Anneal,
    Compiler,
    Goal,
    Grid,
    Problem,
    Schedule,
    Stage,
    eigenstates,
    find_backend,
    plan,
)
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.hardware.planning import advice
from qdml_quantum.hardware.planning.advice import LARGER_BUDGET, advise
from qdml_quantum.hardware.planning.draft import Draft

pytestmark = pytest.mark.usefixtures("fewer_simulations")


@pytest.mark.parametrize(
    ("backend", "size", "steps"),
    [
        ("fake_manila", 3, 10),
        pytest.param("fake_fez", 3, 30, marks=pytest.mark.slow),
        pytest.param("fake_fez", 4, 15, marks=pytest.mark.slow),
    ],
)
def test_a_deep_anneal_is_not_worth_it_and_the_plan_says_what_to_shrink(backend, size, steps):
    problem = Problem(Grid([(-2.5, 2.5)], size), "double_well")
    deep = Schedule.geometric((2, 0.1), num_stages=steps, num_steps=1, time_step=0.5)
    planned = plan(problem, deep, backend=backend, besides=(), **QUICK)
    assert not planned.worth and planned.expected_signal < 0.5
    assert "not worth running as it is (expected_signal)" in planned.verdict
    words = next(w for w in planned.advice if f"steps instead of {steps}" in w)
    assert size == 3 or any("Use 3 qubits" in words for words in planned.advice)
    # What is advised is true: with so few steps S is about 0.5 or more.
    fewer = Schedule(deep.stages[: int(words.split()[1])])
    shrunk = plan(problem, fewer, backend=backend, besides=(), **QUICK)
    assert shrunk.expected_signal > 0.4


WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
STEP = Schedule.constant(0.5, num_steps=1, time_step=0.3)


def a_draft(**changes):
    parts = {
        "anneal": Anneal(WELL, STEP),
        "goal": Goal(WELL, 0.2),
        "compiler": Compiler("joint", effort=5, seeds=4),
        "device": find_backend("fake_fez"),
        "bases": ("position", "momentum"),
    }
    return Draft(**parts | changes)


@since_48
def test_alternatives_are_smaller_moved_leave_more_out_or_use_other_gates():
    found = dict(advice._alternatives(a_draft()))
    assert list(found) == [
        "Use 3 qubits",
        "Move the box by half a cell (Grid([(-2.34375, 2.65625)], [4]): 7 strings on several "
        "qubits instead of 11)",
        f"Leave out {LARGER_BUDGET[1]:g} rad of the objective (--budget)",
        "Use fractional gates",
    ]
    small, moved, less, fractional = found.values()
    assert small.anneal.grid.num_qubits == 3 and small.goal.problem is small.anneal.problem
    assert small.goal.radius == 0.2 and small.anneal.schedule == STEP
    assert moved.anneal.grid == Grid.centred([(-2.5, 2.5)], 4)
    assert moved.goal.problem is moved.anneal.problem and moved.anneal.schedule == STEP
    assert less.compiler.budget == LARGER_BUDGET
    assert "rzz" in fractional.device.target.operation_names
    for other in found.values():
        assert other.bases == ("position",)
        assert other.compiler.seeds < 4 and other.compiler.effort < 5


@since_48
def test_free_angles_are_optimised_again_for_fewer_qubits():
    """Those of four qubits fold bits that three do not have, and suit other points."""
    stages = (Stage(0.6, 0.3, 1, fold=(0.1, 0.2, 0.3)), Stage(0.2, 0.4, 1, fold=(0.1, 0.2, 0.3)))
    free = Anneal(WELL, Schedule(stages, goal=0.2))
    small = dict(advice._alternatives(a_draft(anneal=free)))["Use 3 qubits"].anneal
    assert small.grid.num_qubits == 3 and small.schedule.num_steps == 2
    assert small.schedule.goal == 0.2
    ground = eigenstates(small.problem, 0.2, 1)[1][0]
    assert fidelity(small.final_state(), ground) > 0.75  # two robust steps: 0.82


@since_48
def test_there_is_no_alternative_where_nothing_can_shrink():
    small = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
    fixed = a_draft(
        anneal=Anneal(small, STEP),
        goal=Goal(small),
        compiler=Compiler("joint", budget="exact"),
        device=find_backend("fake_fez_fractional"),
    )
    assert list(advice._alternatives(fixed)) == []


def test_a_box_that_was_moved_is_said(monkeypatch):
    monkeypatch.setattr(Draft, "signal", 0.9)
    moved = Problem(Grid.centred([(-2.5, 2.5)], 4), "double_well")
    anneal = Anneal(moved, Schedule.constant(0.3, num_steps=2, time_step=1.0))
    (words,) = advise(a_draft(anneal=anneal, goal=Goal(moved, 0.2)))
    assert "half a cell off" in words and "7 strings on several qubits instead of 11" in words


def test_a_good_plan_needs_no_advice(monkeypatch):
    """And one whose ideal is nearly uniform is told so."""
    monkeypatch.setattr(Draft, "signal", 0.9)
    assert (
        advise(a_draft(anneal=Anneal(WELL, Schedule.constant(0.3, num_steps=2, time_step=1.0))))
        == ()
    )
    idle = Anneal(WELL, Schedule.constant(1.0, num_steps=1, time_step=1e-3))
    (words,) = advise(a_draft(anneal=idle))
    assert "nearly uniform" in words


@pytest.mark.slow
def test_a_prefix_that_is_loaded_is_offered_where_it_shows_more():
    problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    deep = Schedule.geometric((2, 0.1), num_stages=8, num_steps=1, time_step=0.5)
    planned = plan(problem, deep, backend="fake_manila", besides=(), **QUICK)
    (words,) = [words for words in planned.advice if "--preload 7" in words]
    promised = float(words.rpartition("S = ")[2].rstrip("."))
    made = plan(problem, deep, backend="fake_manila", besides=(), preload=7, **QUICK)
    assert made.expected_signal == pytest.approx(promised, abs=0.05)
    assert promised > planned.expected_signal + 0.2 and words in str(planned)
    assert not any("--preload" in words for words in made.advice)
