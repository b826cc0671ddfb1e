"""docs/result.schema.json describes what every kind of run gives, and nothing else."""

import copy
import json
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from qiskit.primitives import StatevectorSampler
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error

from qdml_quantum import (
    Anneal,
    Compiler,
    Gaussian,
    Grid,
    Problem,
    Schedule,
    anneal,
    fetch,
    plan,
    relax,
    submit,
    trained_schedule,
)
from qdml_quantum.runs.result import Result
from qdml_quantum.support.store import finite_json

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "result.schema.json").read_text())
STRICT = jsonschema.Draft202012Validator(SCHEMA)

WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
STEPS = Schedule.geometric((2.0, 0.5), num_stages=2, num_steps=1, time_step=0.15)
SHORT = Anneal(WELL, STEPS)
QUICK = Compiler("joint", effort=0.3, seeds=1)
OPEN = {"objective", "job", "options"}
"""Objects that others fill: whoever makes an objective, and the service that ran a job."""


def noisy():
    """A backend with a noise model: it counts as a device."""
    pytest.importorskip("qiskit_ibm_runtime")
    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(depolarizing_error(0.01, 2), ["cx", "cz"])
    return AerSimulator(noise_model=noise)


def cut_short():
    def stop(record):
        raise StopIteration

    return anneal(SHORT, progress=stop)


def by_fetch(folder):
    pytest.importorskip("qiskit_ibm_runtime")
    options = {"shots": 512, "compiler": QUICK, "besides": ["momentum", "readout", "cuts"]}
    made = plan(SHORT, backend="fake_manila", **options)
    return fetch(submit(made, ledger=folder), ledger=folder)


@cache
def on_a_fake_device():
    pytest.importorskip("qiskit_ibm_runtime")
    return anneal(SHORT, backend="fake_manila", shots=512, seed=1, compiler=QUICK)


def loaded(folder, result):
    result.save(folder)
    return Result.load(folder)


MAKERS = {
    "relax": lambda _: relax(WELL, 0.5),
    "relax from a packet": lambda _: relax(WELL, 0.5, initial=Gaussian(0.0, 0.5), num_vectors=1),
    "without comparison": lambda _: anneal(WELL, STEPS, validate=False),
    "emulator": lambda _: anneal(SHORT),
    "emulator with shots": lambda _: anneal(SHORT, shots=200, seed=1),
    "emulator, not validated": lambda _: anneal(SHORT, validate=False),
    "emulator from amplitudes": lambda _: anneal(WELL, STEPS, initial=SHORT.start),
    "optimised angles on two axes": lambda _: anneal(
        Problem(Grid([(0, 1)] * 2, 3), "x**2 + (y - 1)**2").ranked(),
        trained_schedule(2, coarse=1),
    ),
    "imaginary time": lambda _: anneal(SHORT, backend="imaginary-time"),
    "aer": lambda _: anneal(SHORT, backend="aer", shots=200, seed=1),
    "aer, truncated": lambda _: anneal(
        SHORT, backend="aer", compiler=Compiler("walsh", budget=("max", 0.5))
    ),
    "noisy AerSimulator": lambda _: anneal(
        SHORT, backend=noisy(), shots=512, seed=1, compiler=QUICK
    ),
    "sampler": lambda _: anneal(
        SHORT, backend=StatevectorSampler(seed=1), shots=512, compiler=QUICK
    ),
    "fake device by anneal": lambda _: on_a_fake_device(),
    "fake device by fetch": by_fetch,
    "cut short": lambda _: cut_short(),
    "loaded": lambda folder: loaded(folder, anneal(SHORT, shots=200, seed=1)),
    "loaded, of a device": lambda folder: loaded(folder, on_a_fake_device()),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Every kind of result, made once: by name the JSON that a program reads."""
    known = {}

    def make(name):
        if name not in known:
            result = MAKERS[name](tmp_path_factory.mktemp("run"))
            known[name] = json.loads(result.to_json())
            assert known[name] == finite_json(result.to_dict())
        return copy.deepcopy(known[name])

    return make


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_of_result_is_as_the_schema_says(name, made):
    errors = [f"{error.json_path}: {error.message}" for error in STRICT.iter_errors(made(name))]
    assert errors == []


def test_the_kinds_differ_where_they_should(made):
    """So that the test above is about what it says."""
    assert made("relax")["anneal"] is None
    assert made("emulator, not validated")["reference"] is None
    assert made("emulator")["counts"] is None and made("emulator with shots")["shots"] == 200
    assert "amplitudes_sha256" in made("emulator from amplitudes")["anneal"]["initial"]
    assert made("aer, truncated")["resources"]["truncation"]["max_error"] > 0
    assert len(made("cut short")["anneal"]["schedule"]["stages"]) == 1
    assert made("optimised angles on two axes")["anneal"]["schedule"]["goal"] > 0
    assert made("sampler")["device"] is None and made("sampler")["stages"] == []
    for name in ("noisy AerSimulator", "fake device by anneal", "loaded, of a device"):
        assert len(made(name)["device"]["counts"]) == 2
    assert len(made("fake device by fetch")["device"]["variants"]) == 2
    assert made("loaded")["folder"] is not None


@pytest.mark.parametrize("name", ["relax", "emulator with shots", "fake device by fetch"])
def test_a_key_more_or_less_is_refused(name, made):
    for key in made(name):
        less = made(name)
        del less[key]
        assert not STRICT.is_valid(less), key
    assert not STRICT.is_valid(made(name) | {"more": 1})


def parts(plain, where=()):
    """All objects of a result, with the keys that lead there."""
    if isinstance(plain, dict):
        yield where, plain
    items = plain.items() if isinstance(plain, dict) else enumerate(plain)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from parts(value, (*where, key))


def test_a_key_more_deep_down_is_refused(made):
    plain, tried = made("fake device by fetch"), 0
    for where, part in parts(plain):
        if OPEN.isdisjoint(where):
            part["more key"] = 1
            assert not STRICT.is_valid(plain), where
            del part["more key"]
            tried += 1
    assert tried > 50
    assert STRICT.is_valid(plain)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 1),
        (("success", "value"), "0.5"),
        (("success_probability",), 1.5),
        (("checks", 0, "name"), "Ground state"),
        (("checks", 0, "decides"), None),
        (("counts",), {"01a": 3}),
        (("anneal", "initial"), "unifrom"),
        (("goal", "radius"), 0),
        (("seed",), -1),
        (("verdict",), ""),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused(path, value, made):
    plain = made("emulator with shots")
    part = plain
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert not STRICT.is_valid(plain)


def described(schema, where="schema"):
    """Titles and descriptions, and where they stand."""
    for key in ("title", "description"):
        if isinstance(schema.get(key), str):
            yield where, key, schema[key]
    for key, value in schema.items():
        if key in ("title", "description", "const", "enum"):
            continue
        values = value if isinstance(value, list) else [value]
        for number, inner in enumerate(values):
            if isinstance(inner, dict):
                yield from described(inner, f"{where}.{key}.{number}")


def test_titles_and_descriptions_are_there_in_whole_sentences():
    for where, key, words in described(SCHEMA):
        assert words[0].isupper() or words.startswith("`"), where
        assert words.endswith(".") == (key == "description"), where
    for name, schema in SCHEMA["$defs"].items():
        assert "description" in schema, name
        if schema.get("additionalProperties") is False:
            assert "title" in schema, name
    for name, schema in SCHEMA["properties"].items():
        target = schema.get("$ref", "").rpartition("/")[2]
        assert "description" in schema or "description" in SCHEMA["$defs"][target], name
