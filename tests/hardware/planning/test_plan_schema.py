"""docs/plan.schema.json describes what every kind of plan gives, and nothing else."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import referencing

pytest.importorskip("qiskit_ibm_runtime")

from plans import QUICK

from qdml_quantum import Anneal, Schedule, plan
from qdml_quantum.hardware.devices.account import Account
from qdml_quantum.hardware.planning.plan import Plan

DOCS = Path(__file__).parents[3] / "docs"
RESULT, PLAN = (
    json.loads((DOCS / f"{name}.schema.json").read_text()) for name in ("result", "plan")
)
KNOWN = referencing.Registry().with_resource(
    "result.schema.json", referencing.Resource.from_contents(RESULT)
)
STRICT = jsonschema.Draft202012Validator(PLAN, registry=KNOWN)

pytestmark = pytest.mark.usefixtures("fewer_simulations", "schedules_once")


def errors(plain):
    return [f"{error.json_path}: {error.message}" for error in STRICT.iter_errors(plain)]


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(PLAN)


def test_a_plan_of_few_steps_has_its_controls_in_json(made, tmp_path):
    """In `--json`, in the file, and in what is read from it: the numbers of the table."""
    plain = json.loads(made.to_json())
    assert errors(plain) == []
    assert plain["controls"] == json.loads(json.dumps(made.controls.to_dict()))
    assert plain["controls"]["word"] in ("anneal", "prepared")
    made.save(tmp_path)
    stored = json.loads((tmp_path / "plan.json").read_text())
    assert stored["controls"] == plain["controls"]
    assert {key for key in stored if key not in plain} == {
        "arrays_sha256",
        "circuits_sha256",
        "sha256",
    }
    again = Plan.load(tmp_path)
    assert again.controls == made.controls and again.to_dict()["controls"] == plain["controls"]


def test_controls_are_not_measured_again_where_they_are_stored(made, tmp_path, monkeypatch):
    made.save(tmp_path)
    monkeypatch.setattr("qdml_quantum.hardware.planning.plan.controls_of", lambda _: 1 / 0)
    assert Plan.load(tmp_path).controls == made.controls


def test_the_id_of_a_plan_does_not_hang_on_controls(made):
    assert "controls" not in made.spec


def test_what_is_loaded_is_never_called_an_anneal(made):
    """The steps hold their controls; loaded, they follow no other zeta."""
    assert made.controls.word == "anneal" and "an anneal: every other zeta" in str(made)
    one = plan(made.anneal, backend="fake_fez", besides=[], preload=1, **QUICK)
    assert one.controls.word == "prepared" and "an anneal: every" not in str(one)
    assert one.controls.fidelity == pytest.approx(made.controls.fidelity)
    both = plan(made.anneal, backend="fake_fez", besides=[], preload=2, **QUICK)
    assert both.controls is None and "these steps are" not in str(both)
    assert json.loads(both.to_json())["controls"] is None


@pytest.mark.slow
def test_other_kinds_of_plans_are_as_the_schema_says(well):
    slow = Anneal(well, Schedule.geometric((2.0, 0.5), num_stages=2, num_steps=1, time_step=0.15))
    cut = plan(slow, backend="fake_fez", besides=["cuts", "readout"], preload=0, **QUICK)
    plain = json.loads(cut.to_json())
    assert errors(plain) == []
    assert plain["controls"] is None and plain["expected_dynamics"]["ratios"]
    loaded = plan(slow, backend="fake_fez", besides=[], preload=2, **QUICK)
    plain = json.loads(loaded.to_json())
    assert errors(plain) == []
    assert plain["preload"] == 2 and plain["dynamics"] is False


def test_whoever_pays_is_described(made):
    account = Account("crn:1", "open", 120.0, 600.0)
    assert errors(json.loads(replace(made, account=account).to_json())) == []


def test_a_key_more_or_less_is_refused(made):
    plain = json.loads(made.to_json())
    for key in plain:
        assert errors({other: value for other, value in plain.items() if other != key}), key
    assert errors(plain | {"more": 1})
    for part in ("controls", "costs", "goal", "compiler"):
        other = copy.deepcopy(plain)
        other[part]["more"] = 1
        assert errors(other), part


def test_titles_and_descriptions_are_there_in_whole_sentences():
    for name, schema in PLAN["properties"].items():
        if "$ref" not in schema:
            assert schema["description"].endswith("."), name
