"""The widget of notebooks: what is drawn comes back to Python."""

import pytest

from qdml_quantum import Grid, Problem, Schedule
from qdml_quantum.teach.lab.notebook import Lab

pytestmark = pytest.mark.extra("lab")


def test_what_is_put_in_is_on_the_page():
    problem = Problem(Grid([(-3, 3)], 5), "x**4 - 3*x**2 + x")
    schedule = Schedule.geometric(
        (4, 0.2), num_stages=60, num_steps=1, time_step=0.1, step_exponent=0
    )
    lab = Lab(problem, schedule)
    assert lab.problem.grid == problem.grid
    assert (lab.problem.values == problem.values).all()
    assert lab.schedule.stages[0].diffusion == pytest.approx(4, rel=0.05)
    assert lab.schedule.num_steps == 60


def test_what_is_drawn_comes_back():
    """The front end sets the trait, as a browser does."""
    lab = Lab()
    lab.widget.set_state({"state": "#n=4&k=d66666666666665334&dt=0.1&T=6"})
    assert lab.problem.grid.num_qubits == 4
    assert lab.schedule.num_steps == 60
    lab.link = "#n=7"
    assert lab.widget.get_state()["state"] == "#n=7"


def test_before_anything_is_drawn_it_is_what_the_page_begins_with():
    problem = Problem(Grid([(-3, 3)], 5), "x**4 - 3*x**2 + x")
    schedule = Lab(problem).schedule
    assert schedule.num_steps == 400
    assert schedule.stages[0].diffusion == pytest.approx(8, rel=0.05)
    assert Lab().schedule.num_steps == 400


def test_two_labs_keep_apart():
    one, other = Lab(), Lab()
    one.link = "#n=4"
    assert other.link == ""


def test_notebooks_are_given_the_widget():
    bundle = Lab()._repr_mimebundle_()
    first = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in first
