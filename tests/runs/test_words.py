"""A result in two sentences."""

from dataclasses import replace

import pytest

from qdml_quantum import Grid, Problem, Schedule, anneal, relax
from qdml_quantum.support.estimate import Estimate

WELL = Problem(Grid([(-2.5, 2.5)], 6), "double_well")
FAST = Schedule.geometric((4, 0.2), num_stages=2, num_steps=3, time_step=0.3)


@pytest.fixture(scope="module")
def measured():
    return anneal(WELL, shots=4096, seed=1)


def test_what_was_found_how_sure_against_chance_and_the_truth(measured):
    first, second = measured.summary.split(" %. ")
    success, truth = measured.success, measured.reference.success
    assert first.startswith(
        f"Found x = {measured.minimizer[0]:.4g}, near the known minimum at x = -1.024"
    )
    assert f"with {100 * success.value:.3g} % of 4096 shots" in first
    assert f"({100 * success.low:.3g} to {100 * success.high:.3g} at 95 % confidence)" in first
    assert first.endswith(f"chance gives 20 %, the exact ground state {100 * truth:.3g}")
    total = sum(check.decides for check in measured.checks)
    assert measured.passed and second == f"All {total} checks passed."


def test_a_failure_is_said_with_its_reason_and_what_to_do():
    fast = anneal(WELL, FAST)
    assert fast.summary.startswith("Did not find the known minimum at x = -1.024: x = -0.4688 is")
    assert "Do not trust it as it is: `ground_state` failed (" in fast.summary
    assert "0.653, at least 0.9)" in fast.summary
    assert ", besides 1 more. " in fast.summary
    assert fast.summary.endswith(fast.failed[0].remedy)


def test_what_was_not_compared_is_said(measured):
    assert "but nothing was compared" in anneal(measured.anneal, validate=False).summary
    assert "exact ground state" not in relax(WELL, 0.05).summary
    assert "All 7 checks passed." in relax(WELL, 0.05).summary


def test_no_better_than_chance_is_said(measured):
    poor = replace(measured, success=Estimate(0.21, 0.18, 0.24, 0.95))
    assert "%: this is no better than chance." in poor.summary


def test_several_minima_and_classical_ones_are_named_as_such():
    square = Problem(Grid([(-5, 5)] * 2, 4), "himmelblau")
    assert "nearest of 4 known minima" in relax(square, 0.5).summary
    bowl = Problem(Grid([(-3, 3)], 5), "x**4 - 3*x**2 + x")
    assert "near the minimum of a classical search at x = -1.301" in relax(bowl, 0.1).summary


def test_it_stands_first_in_print_and_in_notebooks(measured):
    lines = [line.strip() for line in str(measured).splitlines()]
    begin = " ".join(lines[2 : lines.index("", 2)])
    assert begin == measured.summary
    html = measured._repr_html_()
    assert html.index("Found x = ") < html.index("success probability")
    assert "All " in html and "<script" not in html


def test_the_spread_of_h_is_no_error_bar(measured):
    (line,) = (line for line in str(measured).splitlines() if line.startswith("  energy  "))
    assert "+-" not in line
    assert f"(H spreads by {measured.energy_deviation:.2g} in this state)" in line
