"""Wrong input to the Python API: the right type of error, and a message that names the argument."""

import math
import re

import numpy as np
import pytest

import qdml_quantum as qdml
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.diagnostics.bootstrap import signal_interval
from qdml_quantum.dynamics.schedule import Schedule, Stage, schedule_by_name
from qdml_quantum.learning.score import GaussianScore, Mixture
from qdml_quantum.objectives.formulas.formula import parse_formula
from qdml_quantum.objectives.function import Function
from qdml_quantum.objectives.taylor import taylor
from qdml_quantum.optimize.baselines import gradient_descent
from qdml_quantum.problem.counted_function import CountedFunction
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, amplitudes
from qdml_quantum.reference.theory.diffusion import diffuse, random_walkers
from qdml_quantum.reference.theory.fokker_planck import langevin
from qdml_quantum.reference.theory.levels import Levels
from qdml_quantum.reference.walkers.correlated import correlated_mean
from qdml_quantum.reference.walkers.guide import Guide
from qdml_quantum.support.messages import (
    TooLargeError,
    argument,
    count,
    did_you_mean,
    number,
    unknown,
)

GRID = Grid((-2.5, 2.5), 4)
WELL = Problem(GRID, "double_well")
SHORT = Schedule.geometric((4, 0.3), num_stages=2, num_steps=2, time_step=0.05)
NAN, INF = math.nan, math.inf


def refused(error, part, call, *args, **options):
    """The call raises this error; the message has this part and its first line is a sentence."""
    with pytest.raises(error) as caught:
        call(*args, **options)
    message = str(caught.value)
    assert re.search(part, message), message
    assert message.splitlines()[0].endswith((".", "?")), message


@pytest.mark.parametrize(
    ("bounds", "error"),
    [
        ((1, -1), ValueError),
        ((1, 1), ValueError),
        ((NAN, 1), ValueError),
        ((-1, NAN), ValueError),
        ((-INF, 1), ValueError),
        ((-1, INF), ValueError),
        ((-1e308, 1e308), ValueError),
        ((1e17, 1e17 + 16), ValueError),
        ([(-1, 1), (1, -1)], ValueError),
        (("a", "b"), TypeError),
        ((True, False), TypeError),
        ((-1, 1j), TypeError),
        ((-1, None), TypeError),
        ((-1, 0, 1), TypeError),
        ([(-1, 0, 1)], TypeError),
        ([], TypeError),
        (3, TypeError),
        (None, TypeError),
        ("ab", TypeError),
    ],
    ids=repr,
)
def test_bounds(bounds, error):
    refused(error, "`bounds`", Grid, bounds, 4)


@pytest.mark.parametrize(
    ("num_qubits", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (40, TooLargeError),
        ([20, 40], TooLargeError),
        ([3, 0], ValueError),
        ([3], ValueError),
        ([3, 3, 3], ValueError),
        (2.0, TypeError),
        ("3", TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
    ids=repr,
)
def test_num_qubits(num_qubits, error):
    refused(error, "`num_qubits`", Grid, [(-1, 1), (-1, 1)], num_qubits)


def test_one_qubit_is_right_input():
    result = qdml.anneal(Problem(Grid((-1, 1), 1), "x**2"), SHORT)
    assert result.state.shape == (2,)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("diffusion", -1.0, ValueError),
        ("diffusion", NAN, ValueError),
        ("diffusion", INF, ValueError),
        ("diffusion", "1", TypeError),
        ("diffusion", None, TypeError),
        ("diffusion", True, TypeError),
        ("diffusion", 1j, TypeError),
        ("time_step", 0.0, ValueError),
        ("time_step", -0.1, ValueError),
        ("time_step", NAN, ValueError),
        ("time_step", INF, ValueError),
        ("time_step", "fast", TypeError),
        ("num_steps", 0, ValueError),
        ("num_steps", -3, ValueError),
        ("num_steps", 2.5, TypeError),
        ("num_steps", True, TypeError),
    ],
)
def test_stage(name, value, error):
    refused(
        error,
        f"`{name}`",
        Stage,
        **({"diffusion": 1, "time_step": 1, "num_steps": 1} | {name: value}),
    )


@pytest.mark.parametrize("kind", [Schedule.geometric, Schedule.linear, Schedule.power])
@pytest.mark.parametrize(
    ("ends", "part", "error"),
    [
        ((1, 2), "`d_stop`", ValueError),
        ((-1, -2), "`d_start`", ValueError),
        ((1, -1), "`d_stop`", ValueError),
        ((NAN, 1), "`d_start`", ValueError),
        ((1, INF), "`d_stop`", ValueError),
        (1, "`diffusion`", TypeError),
        ((3, 2, 1), "`diffusion`", TypeError),
        (("4", 1), "`d_start`", TypeError),
    ],
    ids=repr,
)
def test_ends_of_a_schedule(kind, ends, part, error):
    refused(error, part, kind, ends)


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ({"num_stages": 0}, ValueError),
        ({"num_stages": 1.5}, TypeError),
        ({"num_steps": 0}, ValueError),
        ({"time_step": -1}, ValueError),
        ({"step_exponent": -0.5}, ValueError),
        ({"step_exponent": NAN}, ValueError),
    ],
    ids=str,
)
def test_options_of_a_schedule(option, error):
    refused(error, f"`{next(iter(option))}`", Schedule.geometric, (4, 1), **option)


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ({"num_steps": 0}, ValueError),
        ({"num_steps": 1.5}, TypeError),
        ({"phase": 0.0}, ValueError),
        ({"phase": NAN}, ValueError),
        ({"phase": "fast"}, TypeError),
    ],
    ids=str,
)
def test_options_of_equal_phase(option, error):
    refused(error, f"`{next(iter(option))}`", Schedule.equal_phase, (4, 1), **option)


def test_equal_phase_that_ends_at_zero_or_has_another_exponent():
    refused(ValueError, "`diffusion` must end above 0", Schedule.equal_phase, (4, 0))
    exponent = {"step_exponent": 1.0}
    part = "`step_exponent` must be 0.5"
    refused(ValueError, part, schedule_by_name, "equal_phase", (4, 1), **exponent)


@pytest.mark.parametrize(
    ("option", "error", "part"),
    [
        ({"time": 0}, ValueError, "`time`"),
        ({"time": INF}, ValueError, "`time`"),
        ({"time": "long"}, TypeError, "`time`"),
        ({"num_steps": 0}, ValueError, "`num_steps`"),
        ({"num_steps": 2.5}, TypeError, "`num_steps`"),
        ({"start": 0}, ValueError, "`start`"),
        ({"exponent": -3}, ValueError, "`exponent`"),
        ({"length": 0}, ValueError, "`length`"),
        ({"exponent": 200}, ValueError, "must stay within floating point.*`exponent`.*nearer to 1"),
        ({"time": 1e300}, ValueError, "must stay within floating point.*`time`"),
        ({"time": 1e-200}, ValueError, "must stay within floating point.*`time`"),
        ({"length": 1e200}, ValueError, "must stay within floating point.*`length`"),
    ],
    ids=str,
)
def test_options_of_qhd(option, error, part):
    refused(error, part, Schedule.qhd, **({"num_steps": 100} | option))


@pytest.mark.parametrize(
    ("knots", "error", "part"),
    [
        ([], ValueError, "rising from 0 to 1"),
        ([(0, 1.0)], ValueError, "rising from 0 to 1"),
        ([(0, 2.0), (0.5, 1.0)], ValueError, "rising from 0 to 1"),
        ([(0.1, 2.0), (1, 1.0)], ValueError, "rising from 0 to 1"),
        ([(0, 2.0), (0.5, 1.5), (0.5, 1.2), (1, 1.0)], ValueError, "rising from 0 to 1"),
        ([(0, 2.0), (1, -3.0)], ValueError, "at least 0"),
        ([(0, 2.0), (1, NAN)], ValueError, "finite"),
        ([(0, 2.0), (1, "1")], TypeError, "number"),
        ([(0, 2.0, 3), (1, 1, 3)], TypeError, "pairs"),
        ([1, 2], TypeError, "pairs"),
        (3, TypeError, "pairs"),
    ],
    ids=repr,
)
def test_knots(knots, error, part):
    refused(error, f"`knots` must .*{part}", Schedule.piecewise, knots)


def test_name_and_ends_of_a_schedule():
    refused(ValueError, "Did you mean `qhd`", schedule_by_name, "qdh")
    refused(ValueError, "`diffusion` must be left out", schedule_by_name, "qhd", (4, 1))
    refused(TypeError, "`diffusion` must be a pair", schedule_by_name, "linear")


@pytest.mark.parametrize(
    ("arguments", "error", "part"),
    [
        ({"name": "rastrign"}, ValueError, r"Did you mean `rastrigin`\?"),
        ({"name": "drop_wave"}, ValueError, r"Unknown function .* Did you mean `dropwave`\?"),
        ({"name": 3}, TypeError, "`name` must be text"),
        ({"name": ["ackley"]}, TypeError, "`name` must be text"),
        ({"time": 0}, ValueError, "`time`"),
        ({"time": "10"}, TypeError, "`time`"),
        ({"num_qubits": 0}, ValueError, "`num_qubits`"),
        ({"num_qubits": 2.0}, TypeError, "`num_qubits`"),
        ({"num_qubits": 20}, TooLargeError, "`num_qubits`"),
        ({"time_step": 0}, ValueError, "`time_step`"),
        ({"time_step": 11.0}, ValueError, r"`time_step` must be at most `time` \(10\)"),
        ({"time_step": 1e-9}, ValueError, "`num_steps` must be at most"),
    ],
    ids=str,
)
def test_arguments_of_qhd_success(arguments, error, part):
    refused(error, part, lambda: qdml.qhd_success(**({"name": "rastrigin"} | arguments)))


@pytest.mark.parametrize("stages", [[], [3], "ab", [(1, 0.1, 1)]], ids=repr)
def test_stages_of_another_kind(stages):
    refused(TypeError, "`stages`", Schedule, stages)


def raises(x):
    raise RuntimeError("no such file")


@pytest.mark.parametrize(
    ("objective", "error", "part"),
    [
        (lambda x: x[:-1], ValueError, r"one number for a point, but is of shape \(0,\)"),
        (lambda x: np.stack([x, x]), ValueError, "shape"),
        (lambda x: np.where(x > 0, NAN, x), ValueError, "must be finite.*Choose bounds"),
        (lambda x: 1 / (x * 0), ValueError, "must be finite"),
        (lambda x: x + 1j, TypeError, "complex"),
        (lambda x: "text", TypeError, "numbers"),
        (lambda x: None, TypeError, "None"),
        (raises, ValueError, "raised RuntimeError at x = -2.5: no such file"),
    ],
    ids=["shape", "two values", "NaN", "infinite", "complex", "text", "None", "raises"],
)
@pytest.mark.parametrize(
    "verb",
    [
        lambda problem: qdml.anneal(problem, SHORT),
        lambda problem: qdml.anneal(problem),
        lambda problem: qdml.evolve(problem, SHORT),
        lambda problem: qdml.relax(problem, 1.0),
    ],
    ids=["anneal", "suggest", "evolve", "relax"],
)
def test_objective_that_answers_badly(verb, objective, error, part):
    refused(error, part, lambda: verb(Problem(GRID, objective)))


@pytest.mark.parametrize(
    ("objective", "error", "part"),
    [
        ("double_wel", ValueError, r"Unknown objective 'double_wel'. Did you mean `double_well`\?"),
        ("__import__('os')", ValueError, "Unknown name '__import__'"),
        ("x**2 + z", ValueError, "`"),
        ("", ValueError, "."),
        (3, TypeError, "`objective`"),
        (None, TypeError, "`objective`"),
        (lambda x, y: x, ValueError, "1 coordinate|`objective`"),
        ("himmelblau", ValueError, "himmelblau"),
    ],
    ids=lambda value: value.__name__ if callable(value) else repr(value),
)
def test_objective_that_is_none(objective, error, part):
    refused(error, part, Problem, GRID, objective)


@pytest.mark.parametrize(
    ("option", "error", "part"),
    [
        ({"formula": "strung"}, ValueError, r"formula 'strung'. Did you mean `strang`\?"),
        ({"formula": 2}, (ValueError, TypeError), "formula"),
        ({"backend": "emulater"}, ValueError, r"backend 'emulater'. Did you mean `emulator`\?"),
        ({"backend": "quantum"}, ValueError, "Choose from: .*emulator"),
        ({"backend": 3}, TypeError, "backend"),
        ({"initial": "unifrom"}, ValueError, r"Did you mean `uniform`\?"),
        ({"initial": np.ones(3)}, ValueError, "`initial`"),
        ({"shots": 0}, ValueError, "`shots`"),
        ({"shots": -5}, ValueError, "`shots`"),
        ({"shots": 1.5}, TypeError, "`shots`"),
        ({"shots": 10, "seed": -1}, ValueError, "`seed`"),
        ({"shots": 10, "seed": "x"}, TypeError, "`seed`"),
        ({"radius": 0.0}, ValueError, "`radius`"),
        ({"radius": 1.5}, ValueError, "`radius`"),
        ({"radius": NAN}, ValueError, "`radius`"),
    ],
    ids=str,
)
def test_options_of_anneal(option, error, part):
    refused(error, part, qdml.anneal, WELL, SHORT, **option)


@pytest.mark.parametrize(
    ("option", "error", "part"),
    [
        ({"diffusion": -1.0}, ValueError, "`diffusion`"),
        ({"diffusion": 0.0}, ValueError, "`diffusion`"),
        ({"diffusion": NAN}, ValueError, "`diffusion`"),
        ({"diffusion": "1"}, TypeError, "`diffusion`"),
        ({"formula": "suzuki4"}, ValueError, "`formula`"),
        ({"formula": "strung"}, ValueError, "Did you mean `strang`"),
        ({"time_step": 1e9}, ValueError, "`time_step`"),
        ({"time_step": -1.0}, ValueError, "`time_step`"),
        ({"tolerance": 0.0}, ValueError, "`tolerance`"),
        ({"max_steps": 0}, ValueError, "`max_steps`"),
        ({"num_vectors": 0}, ValueError, "`num_vectors`"),
        ({"max_seconds": -1}, ValueError, "`max_seconds`"),
        ({"radius": 2.0}, ValueError, "`radius`"),
    ],
    ids=str,
)
def test_options_of_relax(option, error, part):
    refused(error, part, qdml.relax, WELL, **({"diffusion": 1.0} | option))


@pytest.mark.parametrize("problem", [3, None, "double_well", GRID], ids=repr)
def test_problem_of_another_type(problem):
    refused(TypeError, "`problem`", qdml.anneal, problem, SHORT)


@pytest.mark.parametrize("schedule", [3, "geometric", [1, 2]], ids=repr)
def test_schedule_of_another_type(schedule):
    refused(TypeError, "`schedule`", qdml.anneal, WELL, schedule)


def test_precision_of_the_emulator():
    refused(
        ValueError,
        "Unknown precision 'doubel'. Did you mean `double`",
        Emulator,
        precision="doubel",
    )


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_run_folder_that_cannot_be_made(tmp_path, place):
    """An OSError that names the path; nothing was computed and nothing is left behind."""
    (tmp_path / "file").write_text("mine")
    stages = []
    with pytest.raises(OSError, match="file"):
        qdml.anneal(WELL, SHORT, folder=tmp_path / place, progress=stages.append)
    assert stages == []
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def test_a_failed_run_leaves_no_half_written_result(tmp_path):
    def fail(record):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        qdml.anneal(WELL, SHORT, folder=tmp_path, progress=fail)
    assert not list(tmp_path.glob("*/result.json"))
    assert {path.name for path in tmp_path.glob("*/.*")} == {".lock"}


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: number("a", "1"), TypeError),
        (lambda: number("a", True), TypeError),
        (lambda: number("a", 0), ValueError),
        (lambda: number("a", -1, zero=True), ValueError),
        (lambda: number("a", INF), ValueError),
        (lambda: count("a", 1.0), TypeError),
        (lambda: count("a", False), TypeError),
        (lambda: count("a", 0), ValueError),
        (lambda: count("a", 2, least=3), ValueError),
    ],
)
def test_messages_name_the_argument(call, error):
    refused(error, "^Argument `a` must be .*, but is ", call)


def test_numbers_that_pass_come_back_plain():
    assert type(number("a", np.float32(2))) is float
    assert number("a", 0, zero=True) == 0
    assert type(count("a", np.int64(3))) is int


def test_wording():
    assert argument("n", "be even", 3, "Add 1.") == "Argument `n` must be even, but is 3. Add 1."
    assert did_you_mean("LIE", ["lie", "strang"]) == "Did you mean `lie`?"
    assert unknown("thing", "qq", ["a", "b"]) == "Unknown thing 'qq'. Choose from: a, b."


@pytest.mark.parametrize("wrong", [None, 1j, 2.5, True, b"x", {1}, {"a": object()}, object()])
@pytest.mark.parametrize(
    ("argument_name", "call"),
    [
        ("objective", lambda a: qdml.as_objective(objective=a)),
        ("objective", lambda a: Problem(GRID, objective=a)),
        ("name", lambda a: qdml.Compiler(name=a)),
        ("compiler", lambda a: qdml.build(WELL, SHORT, compiler=a)),
        ("num_qubits", lambda a: qdml.Windows(num_qubits=[1])),
    ],
)
def test_the_argument_is_named_as_the_caller_wrote_it(argument_name, call, wrong):
    if argument_name == "compiler" and wrong is None:
        return
    with pytest.raises((TypeError, ValueError), match=f"`{argument_name}`"):
        call(wrong)


SMALL = Grid([(0, 4)], 2)
FLOOR = qdml.Objective(lambda x: x, 1, style="arrays")
TAKERS = {
    "Problem.from_table": lambda a: Problem.from_table(a, (0, 4)),
    "Objective.from_table": lambda a: qdml.Objective.from_table(a, [(0, 4)]),
    "Objective()": lambda a: FLOOR(a),
    "answer": lambda a: qdml.Objective(lambda x: a, 1, style="arrays")(np.zeros(4)),
    "answer in a search": lambda a: CountedFunction(Function(lambda x: a, 1, style="columns"))(
        np.zeros((4, 1))
    ),
    "parse_formula()": lambda a: parse_formula("x")(a),
    "compile_phase": lambda a: qdml.compile_phase(a),
    "compile_phase(density)": lambda a: qdml.compile_phase(
        np.arange(4.0), budget=("state", 0.1), density=a
    ),
    "Problem to compile_phase": lambda a: qdml.compile_phase(SMALL.to_vector(a)),
    "taylor": lambda a: taylor(qdml.as_objective(lambda x, y, z, w: x, 4), a, 0),
    "Gaussian": lambda a: Gaussian(a, 0.5).amplitudes(Grid([(-9, 9)] * 4, 1)),
    "Goal(minimizers)": lambda a: Goal(WELL, minimizers=[[value] for value in a]),
    "gradient_descent(start)": lambda a: gradient_descent(np.sum, [(0, 9)] * 4, start=a),
    "gradient_descent(gradient)": lambda a: gradient_descent(
        np.sum, [(0, 9)] * 4, gradient=lambda x: a
    ),
    "Mixture": lambda a: Mixture([a]),
    "Mixture(weights)": lambda a: Mixture(np.zeros((4, 1)), a),
    "GaussianScore": lambda a: GaussianScore(a, np.eye(4)),
    "Levels": lambda a: Levels(a, np.ones(4)),
    "diffuse": lambda a: diffuse(a, SMALL, 1.0, 1.0),
    "random_walkers": lambda a: random_walkers([a], 1.0, 1.0),
    "langevin": lambda a: langevin(lambda x: [a], np.zeros((1, 4)), 1.0, 1.0, num_steps=1),
    "correlated_mean": lambda a: correlated_mean(list(a) * 8),
    "Guide.gaussian": lambda a: Guide.gaussian(a, 1.0),
    "signal_interval": lambda a: signal_interval(a, [0.7, 0.1, 0.1, 0.1]),
    "linear loss": lambda a: qdml.Loss("linear", a, [1.0, 2.0, 3.0, 4.0], bounds=[(0, 1)] * 2),
    "targets": lambda a: qdml.Loss("linear", [1.0, 2.0, 3.0, 4.0], a, bounds=[(0, 1)] * 2),
    "amplitudes": lambda a: amplitudes(a, SMALL),
}
BAD = {
    "masked": np.ma.masked_equal([1.0, 2.0, -9.0, 4.0], -9.0),
    "complex": np.array([1.0, 2.0, 1j, 4.0]),
    "text": np.array(["1", "2", "3", "4"]),
    "None": [1.0, 2.0, None, 4.0],
    "dates": np.array(["2020-01-01"] * 4, "M8[D]"),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("taker", TAKERS)
def test_no_array_is_cast_before_it_is_checked(taker, bad):
    good = np.array([1.0, 2.0, 3.0, 4.0])
    # These are taken, of hits whole ones.
    TAKERS[taker](good if taker == "signal_interval" else good / 10)
    if (taker, bad) == ("amplitudes", "complex"):
        return
    with pytest.raises((TypeError, ValueError)) as caught:
        TAKERS[taker](BAD[bad])
    assert re.search("`.*` .*(at index [0-9(]|hold tuples of numbers)", str(caught.value))
