"""Anneals of a sweep that are moved at once say what each of them says alone."""

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum import Schedule, sweep_anneals
from qdml_quantum.backends.engines.jax_engine import COARSE
from qdml_quantum.runs import together
from qdml_quantum.runs.anneal_sweep import annealed
from qdml_quantum.runs.spec import Spec, run_spec
from qdml_quantum.support.store import finite_json

FIXED = {"objective": "double_well", "backend": "emulator", "engine": "jax", "qubits": 6}
FIXED |= {"schedule": "geometric", "stages": 4, "steps": 5, "d_stop": 0.2, "time_step": 0.05}


def the_same(row, alone):
    """Every number to 1e-12, all else to the letter; seconds and company aside."""
    for name, value in alone.items():
        if name in ("seconds", "together", "alone"):
            continue
        if isinstance(value, float):
            np.testing.assert_allclose(row[name], value, rtol=1e-12, atol=1e-12, err_msg=name)
        else:
            assert row[name] == value, name


@pytest.mark.parametrize("fixed", [{}, {"backend": "imaginary-time"}, {"precision": "single"}])
def test_every_row_is_that_of_the_anneal_alone(fixed):
    given = FIXED | fixed
    over = {"d_start": [2.0, 3.0, 5.0], "seed": [0, 1]}
    table = sweep_anneals(over, **given)
    assert [row["together"] for row in table.rows] == [6] * 6
    assert {row["alone"] for row in table.rows} == {""}
    assert len({row["energy"] for row in table.rows}) == 3
    for row in table.rows:
        spec = Spec(**given, d_start=row["d_start"], seed=row["seed"])
        the_same(row, annealed({"spec": finite_json(spec.to_dict())}))


def test_objectives_of_one_grid_go_together_and_other_shapes_do_not():
    over = {"objective": ["x**2", "x**4", "abs(x)"], "steps": [4, 5]}
    given = {name: value for name, value in FIXED.items() if name not in over}
    given |= {"bounds": [(-2, 2)], "validate": False, "d_start": 2.0}
    table = sweep_anneals(over, **given)
    assert [row["together"] for row in table.rows] == [3] * 6
    for row in table.rows:
        spec = Spec(row["objective"], steps=row["steps"], **given)
        the_same(row, annealed({"spec": finite_json(spec.to_dict())}))


def test_what_is_alone_says_why(tmp_path, monkeypatch):
    """Coarse stages; none of its shape; no memory for two. And NumPy runs as ever."""
    coarse = tmp_path / "coarse.json"
    stages = [{"diffusion": 1.0, "time_step": 0.05, "num_steps": 4, "coarse": 1}]
    stages.append(stages[0] | {"coarse": 0})
    Schedule.from_dict({"stages": stages}).save(coarse)
    given = {"objective": "double_well", "backend": "emulator", "validate": False, "qubits": 5}
    table = sweep_anneals({"seed": [0, 1]}, engine="jax", schedule=str(coarse), **given)
    assert [row["alone"] for row in table.rows] == [COARSE] * 2
    given |= {"schedule": "geometric", "stages": 2, "steps": 3}
    given.pop("qubits")
    table = sweep_anneals({"engine": ["jax", "numpy"], "qubits": [4, 5]}, workers=1, **given)
    reasons = [together.NO_OTHER] * 2 + [""] * 2
    assert [(row["together"], row["alone"]) for row in table.rows] == [(1, why) for why in reasons]
    monkeypatch.setattr(together, "available_memory", lambda: 20 * 16 * 16 * 2)
    table = sweep_anneals({"seed": list(range(5))}, engine="jax", qubits=4, **given)
    assert [row["together"] for row in table.rows] == [4, 4, 4, 4, 1]
    assert table.rows[-1]["alone"] == together.NO_ROOM


def test_what_fails_together_is_found_alone(monkeypatch):
    def fails(self, anneals, goals=None):
        raise FloatingPointError("no norm")

    from qdml_quantum.backends.engines.jax_engine import JaxEngine

    monkeypatch.setattr(JaxEngine, "run_many", fails)
    table = sweep_anneals({"d_start": [2.0, 3.0]}, validate=False, **FIXED)
    assert [row["alone"] for row in table.rows] == ["together: no norm"] * 2
    the_same(table.rows[0], annealed({"spec": finite_json(
        Spec(**FIXED, validate=False, d_start=2.0).to_dict())}))  # fmt: skip
    with pytest.raises(RuntimeError, match=r"in task \{'of': \{'objective': '1/x'\}"):
        sweep_anneals({"objective": ["x**2", "1/x"]}, bounds=[(-1, 1)], engine="jax",
                      backend="emulator", qubits=4, stages=2, steps=2, validate=False)  # fmt: skip


def test_what_is_finished_is_kept(tmp_path, monkeypatch):
    over = {"d_start": [2.0, 3.0]}
    table = sweep_anneals(over, folder=tmp_path, validate=False, **FIXED)
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setattr(together.Company, "join", lambda *_: 1 / 0)
    assert sweep_anneals(over, folder=tmp_path, validate=False, **FIXED) == table


def test_records_and_checks_are_those_of_the_anneal_alone():
    """What no row shows: D of every stage, and how far halved steps move."""
    company = together.Company()
    specs = [Spec(**FIXED, d_start=start, seed=1) for start in (2.0, 3.0)]
    assert [company.join(number, spec) for number, spec in enumerate(specs)] == [None, None]
    for number, give in company.go():
        ours, alone = give().result, run_spec(specs[number])
        assert [s.diffusion for s in ours.stages] == [s.diffusion for s in alone.stages]
        values = [[check.value for check in one.checks] for one in (ours, alone)]
        np.testing.assert_allclose(*values, rtol=1e-9, atol=1e-9)
