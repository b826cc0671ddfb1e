"""Candidates: the best is the best, and what does something else is refused."""

import json

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from wells import ANNEAL, BOTH, WELL, compiler, search

from qdml_quantum import Anneal, Schedule, Stage
from qdml_quantum.hardware.devices import candidates
from qdml_quantum.hardware.devices.candidates import Candidate, Candidates
from qdml_quantum.hardware.devices.devices import find_backend, target_of
from qdml_quantum.hardware.devices.isa import isa_circuits


@pytest.fixture(scope="module")
def fez():
    return find_backend("fake_fez")


@pytest.fixture(scope="module")
def found(fez):
    return search(fez, bases=BOTH, budget="exact")


def test_the_best_has_the_highest_overlap_and_the_table_is_json(found):
    overlaps = [c.overlap for c in found.candidates if c.overlap is not None]
    assert overlaps == sorted(overlaps, reverse=True) and len(overlaps) > 2
    assert found.best is found.candidates[0]
    rows = json.loads(json.dumps([candidate.to_dict() for candidate in found.candidates]))
    assert any("level 3 of walsh" in row["method"] for row in rows)
    assert any("joint on 3 qubits" in row["method"] for row in rows)


def test_a_candidate_that_lost_a_gate_is_refused(fez, monkeypatch):
    """The same search, with a transpiler that forgets the last two-qubit gate."""
    whole = candidates.Candidates.placed

    def forgetful(self, small, piece, method):
        if "level 3" not in method:
            return whole(self, small, piece, method)
        broken = {}
        for basis, circuit in small.items():
            broken[basis] = circuit.copy()
            last = max(i for i, item in enumerate(circuit.data) if len(item.qubits) == 2)
            del broken[basis].data[last]
        return whole(self, broken, piece, method)

    monkeypatch.setattr(candidates.Candidates, "placed", forgetful)
    result = search(fez, seeds=1)
    refused = [c for c in result.candidates if c.refused]
    assert refused and all("level 3" in c.method and c.deviation > 1e-4 for c in refused)
    assert not result.best.refused and "level 3" not in result.method


def test_gates_of_error_one_are_avoided():
    """In the stored calibration of fake_fez rzz does not work on many edges where cz does."""
    backend = find_backend("fake_fez_fractional")
    target = backend.target
    bad = [pair for pair, figures in target["rzz"].items() if figures.error >= 1]
    assert len(bad) > 10
    result = search(backend)
    used = {
        tuple(result.circuits["position"].find_bit(q).index for q in item.qubits)
        for item in result.circuits["position"].data
        if item.operation.name == "rzz"
    }
    assert not used & set(bad)
    assert result.fidelity["position"] > 0.8


def test_coarse_stages_are_left_to_the_transpiler(fez):
    coarse = Schedule([Stage(1.0, 0.3, 1, coarse=1), Stage(0.3, 0.3, 1)])
    one = Anneal(WELL, coarse, "lie")
    result = isa_circuits(one, backend=fez, compiler=compiler(seeds=1))
    assert "level 3" in result.method and result.best.deviation < 1e-4


@pytest.mark.parametrize(("deviation", "refused"), [(None, False), (1e-4, False), (2e-4, True)])
def test_a_candidate_is_refused_by_its_deviation(deviation, refused):
    one = Candidate({}, "by hand", {"position": 0.9, "momentum": 0.5}, deviation)
    assert one.refused is refused and one.to_dict()["refused"] is refused
    assert one.score == 0.45


def test_as_many_are_looked_at_as_can_be_chosen(fez, monkeypatch):
    """The rest keeps no deviation, and comes last."""
    monkeypatch.setattr(candidates, "_SIMULATED", 2)
    makes = Candidates(ANNEAL, compiler(), ("position",), target_of(fez), 0, False)
    deviations = iter([0.0, 0.5, 1e-5])
    monkeypatch.setattr(Candidates, "deviation", lambda self, circuits: next(deviations))
    found = [Candidate({}, str(place), {"position": 0.9}) for place in range(5)]
    kept, refused = makes.checked(found)
    assert [one.method for one in kept] == ["0", "2", "3", "4"]
    assert [one.deviation for one in kept] == [0.0, 1e-5, None, None]
    assert [one.method for one in refused] == ["1"]
