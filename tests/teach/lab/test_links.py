"""Links: a problem into the page, and a drawn D(t) out of it."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from qdml_quantum import Grid, Problem, Schedule, as_objective, evolve
from qdml_quantum.problem.goal import Goal
from qdml_quantum.teach.lab.links import (
    EVEN,
    FORMULAS,
    LEVELS,
    PLANES,
    TIME_STEPS,
    TIMES,
    diffusion_of,
    link_of,
    problem_of,
    schedule_of,
)
from qdml_quantum.teach.lab.page import SOURCES

TOOLKIT = "#k=d66666666666665334&dt=0.1&T=6"
"""The curve that the page calls the toolkit's."""


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_are_the_built_ins(name):
    objective = as_objective(name, dimensions=1)
    x = np.linspace(*objective.bounds[0], 201)
    np.testing.assert_allclose(as_objective(FORMULAS[name])(x), objective(x), atol=1e-12)


def test_a_formula_is_sent_as_it_stands():
    link = link_of(Problem(Grid([(-3, 3)], 5), "x**4 - 3*x**2 + x"))
    assert link == "#f=x%2A%2A4+-+3%2Ax%2A%2A2+%2B+x&b=-3.0%2C3.0&n=5"


def node(script):
    module = json.dumps((SOURCES / "model.js").as_uri())
    done = subprocess.run(
        ["node", "--input-type=module", "-e", f"import * as m from {module};\n{script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
@pytest.mark.parametrize("objective", ["forrester", "levy", lambda x: np.abs(x) ** 1.5])
def test_the_page_reads_the_problem(objective):
    box = (0, 1) if objective == "forrester" else (-4, 4)
    problem = Problem(Grid([box], 6), objective)
    link = json.dumps(link_of(problem))
    read = node(
        f"const lab = new m.Lab(m.fromHash({link}));"
        "console.log(JSON.stringify([Array.from(lab.zeta), lab.settings.upper]))"
    )
    span = np.ptp(problem.values)
    np.testing.assert_allclose(
        read[0], problem.values, atol=1e-12 if objective == "forrester" else span / 500
    )
    assert read[1] == box[1]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_drawn_curve_is_the_schedule():
    read = node(
        "const s = {...m.defaults(), ...m.GAME, knots: m.TOOLKIT};"
        "console.log(JSON.stringify([m.TOOLKIT, m.toHash(s), m.LEVELS,"
        " new m.Lab(m.GAME).score(m.TOOLKIT).success, m.TIME_STEPS, m.TIMES]))"
    )
    schedule = schedule_of(read[1])
    assert schedule == schedule_of(TOOLKIT)
    assert read[2] == LEVELS
    assert read[4:] == [list(TIME_STEPS), list(TIMES)]
    assert schedule.num_steps == 60
    assert schedule.stages[0].diffusion < diffusion_of(read[0][0])
    problem = Problem(Grid([(-2.5, 2.5)], 6), "double_well")
    result = evolve(problem, schedule)
    assert abs(Goal(problem).share(result.probabilities) - read[3]) < 1e-12


MOVED = "#f=x**2%2Bx&b=-2,3&n=5&o=0.7"
HAND = "#b=-2,2&n=6&z=" + bytes(range(10, 74)).hex() + ",-1,4&o=-0.3"


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
@pytest.mark.parametrize("link", [MOVED, HAND, "", link_of(Problem(Grid([(0, 1)], 4), "levy"))])
def test_the_landscape_of_a_link_is_the_problem(link):
    read = node(
        f"const lab = new m.Lab(m.fromHash({json.dumps(link)}));"
        "console.log(JSON.stringify([Array.from(lab.zeta), Array.from(lab.grid.x)]))"
    )
    problem = problem_of(link)
    np.testing.assert_allclose(problem.values, read[0], atol=1e-12)
    np.testing.assert_allclose(problem.grid.axes[0].points, read[1], atol=1e-12)


@pytest.mark.parametrize("link", ["#b=3,1", "#n=40", "#n=x", "#z=00,0,1", "#b=1"])
def test_links_without_a_problem_are_refused(link):
    with pytest.raises(ValueError, match="`link` must hold"):
        problem_of(link)


def test_a_schedule_is_drawn_as_nine_points():
    falling = Schedule.geometric(
        (8, 0.1), num_stages=90, num_steps=2, time_step=0.1, step_exponent=0
    )
    link = link_of(None, falling)
    again = schedule_of(link)
    assert (again.num_steps, again.time) == (240, pytest.approx(24))  # 18, on the list of the page
    for share in (0.1, 0.5, 0.9):
        ours = falling.stages[int(90 * share)].diffusion
        assert again.stages[int(240 * share)].diffusion == pytest.approx(ours, rel=0.06)
    assert link_of(None) == ""


@pytest.mark.parametrize(
    "link", ["", "#k=00", "#k=" + "ff" * 9 + "&dt=0.1&T=6", "#k=" + "11" * 9, "#k=" + "zz" * 9]
)
def test_links_without_a_curve_are_refused(link):
    with pytest.raises(ValueError, match=r"`link` must hold a D\(t\)"):
        schedule_of(link)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (Problem(Grid([(0, 1), (0, 1)], 3), "himmelblau"), "must lie between 4 and 6"),
        (Problem(Grid([(0, 1)], 10), "x**2"), "must lie between 3 and 9"),
        (Problem(Grid([(0, 2000)], 5), "x**2"), "`bounds` must lie within 1000"),
    ],
)
def test_problems_that_do_not_fit_are_refused(problem, message):
    with pytest.raises(ValueError, match=message):
        link_of(problem)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_page_begins_with_the_even_curve():
    link = node("console.log(JSON.stringify(m.toHash(m.defaults())))")
    assert schedule_of(link) == schedule_of(EVEN)


@pytest.mark.parametrize("name", PLANES)
def test_formulas_of_planes_are_the_built_ins(name):
    objective = as_objective(name, dimensions=2)
    grid = Grid(objective.bounds, 4)
    typed = Problem(grid, PLANES[name]).values
    np.testing.assert_allclose(typed, Problem(grid, objective).values, atol=1e-9)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
@pytest.mark.parametrize("objective", ["himmelblau", "x1**2 + 3*abs(x2)"])
def test_a_plane_goes_to_the_page_and_back(objective):
    problem = Problem(Grid([(-5, 4), (-3, 5)], 5), objective)
    link = link_of(problem)
    read = node(
        f"const lab = new m.Lab(m.fromHash({json.dumps(link)}));"
        "console.log(JSON.stringify([Array.from(lab.zeta), m.toHash(lab.settings)]))"
    )
    np.testing.assert_allclose(read[0], problem.values.ravel(), atol=1e-9)
    for one in (link, read[1]):
        again = problem_of(one)
        assert again.grid == problem.grid
        np.testing.assert_allclose(again.values, problem.values, atol=1e-9)


@pytest.mark.parametrize(
    ("grid", "objective", "words"),
    [
        (Grid([(-1, 1)] * 3, 4), "x + y + z", "at most two dimensions"),
        (Grid([(-1, 1)] * 2, 7), "x*y", "between 4 and 6"),
        (Grid([(-1, 1)] * 2, [4, 5]), "x*y", "the same on both axes"),
        (Grid([(-1, 1), (-1, 1e4)], 4), "x*y", "within 1000"),
        (Grid([(-1, 1)] * 2, 4), lambda x, y: x * y, "be a formula of x and y"),
    ],
)
def test_planes_that_do_not_fit_are_refused(grid, objective, words):
    with pytest.raises(ValueError, match=words):
        link_of(Problem(grid, objective))


@pytest.mark.parametrize(
    "link", ["#f=x%2By&n=7", "#f=x%2By&y=1,1", "#f=x%2By&y=a,b,0,0", "#f=x%2By%2Bz&n=4"]
)
def test_planes_that_are_none_are_refused(link):
    with pytest.raises(ValueError, match="Argument `link` must hold"):
        problem_of(link)
