"""Options of `fit_plan`: scores, their order, and why one cannot win."""

import dataclasses
import json

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import some_costs

from qdml_quantum import Anneal, Goal, Grid, Problem, Schedule
from qdml_quantum.hardware.planning.costs import ErrorBar
from qdml_quantum.hardware.planning.options import Fit, Option, by_rank

PROBLEM = Problem(Grid([(-1, 1)] * 2, [2, 1]), "harmonic")


def an_option(*, success=0.6, signal=0.7, wanted="success", shots=1000, how="simulated", **costs):
    bars = (
        ErrorBar("success", success, 0.03, 0.02, None),
        ErrorBar("signal", signal, 0.05, 0.05, None),
    )
    anneal = Anneal(PROBLEM, Schedule.constant(0.5, num_steps=1, time_step=0.3))
    costs = some_costs(**{"error_bars": bars, "uniform_fidelity": 0.8} | costs)
    return Option(wanted, Goal(PROBLEM), anneal, shots, costs, how)


def test_the_score_is_the_lower_end_above_chance():
    good = an_option()
    assert good.score == pytest.approx(0.6 - 0.03 - good.goal.baseline)
    assert an_option(wanted="signal").score == pytest.approx(0.65)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"uniform_fidelity": 0.99}, "nearly uniform"),
        ({"expected_fidelity": None}, "does not tell its errors"),
        ({"signal": 0.45}, "the noise hides it"),
        ({"success": 0.1}, "not above chance"),
        ({"success": 0.1, "wanted": "signal"}, ""),
        ({"shots": 255}, "fewer than 256 shots"),
    ],
)
def test_why_an_option_cannot_win(changes, words):
    why = an_option(**changes).excluded
    assert words in why and bool(why) == bool(words)


def test_the_rank_is_by_what_is_known_then_by_the_score():
    good = an_option(two_qubit_gates=10)
    planned = an_option(how="planned", success=0.55)
    cheaper = an_option(two_qubit_gates=5)
    better = an_option(success=0.7)
    out = an_option(how="planned", success=0.99, shots=1)
    ranked = sorted([out, good, better, cheaper, planned], key=by_rank)
    assert [id(option) for option in ranked] == [
        id(option) for option in (planned, better, cheaper, good, out)
    ]


def test_an_option_is_a_line_and_plain_json():
    good = an_option()
    data = json.loads(json.dumps(good.to_dict()))
    assert data["schedule"] == json.loads(json.dumps(good.anneal.schedule.to_dict()))
    assert data["qubits_per_axis"] == [2, 1] and data["score"] == pytest.approx(good.score)
    assert "2x1" in str(good) and str(good).endswith("simulated")
    untold = str(an_option(expected_fidelity=None))
    assert "nan" in untold and untold.endswith("simulated: the device does not tell its errors")


def test_a_fit_says_what_was_excluded_skipped_and_cut():
    options = (an_option(), an_option(shots=1), an_option(shots=2))
    fit = Fit("success", 10.0, options, None, ("4 qubits",), False, 1.0)
    assert fit.best is None
    assert fit.excluded == {options[1].excluded: 2}
    lines = str(fit).splitlines()
    assert f"2 excluded: {options[1].excluded}" in lines and "skipped 4 qubits" in lines
    assert lines[3] == str(options[0]) and lines[4] == str(options[1])
    assert "The time limit ended the search: not everything was tried." in lines
    assert lines[-1] == "No option can be recommended on this device."
    assert fit.to_dict()["plan"] is None and len(fit.to_dict()["options"]) == 3
    assert dataclasses.replace(fit, complete=True).complete
