"""The noun `Evolution`: tables, files, words."""

import json
import sys

import numpy as np
import pytest

from qdml_quantum import DamagedFileError, Evolution, Gaussian, Grid, Problem, evolve
from qdml_quantum.support.check import Check

WELL = Problem(Grid([(-4, 4)], 5), "harmonic")
TIMES = np.linspace(0, 1, 21)
STEP = {"time_step": 0.05, "initial": Gaussian(0.5, 0.7), "times": TIMES}


@pytest.fixture(scope="module")
def moving():
    two = {"x": "x", "pair": lambda t, psi: [t, abs(psi[0]) ** 2]}
    return evolve(WELL, 0.5, observables=two, keep="states", **STEP)


def test_every_array_has_one_row_per_time(moving):
    assert moving.expect["x"].shape == (21,)
    assert moving.expect["pair"].shape == (21, 2)
    assert moving.states.shape == moving.densities.shape == (21, 32)
    assert np.array_equal(moving.states[-1], moving.state)
    cell = WELL.grid.axes[0].spacing
    assert np.allclose(moving.densities.sum(axis=1) * cell, 1)
    assert np.allclose(moving.densities[-1] * cell, moving.probabilities)
    assert list(moving.columns()) == ["t", "x", "pair[0]", "pair[1]"]


def test_nothing_is_kept_that_was_not_asked_for():
    plain = evolve(WELL, 0.5, **STEP)
    assert plain.states is None and plain.densities is None
    dense = evolve(WELL, 0.5, keep="densities", **STEP)
    assert dense.states is None and dense.densities is not None


def test_a_time_is_found_by_its_number(moving):
    assert moving.at(0.26) == 5
    with pytest.raises(ValueError, match="`time` must be from 0 to 1"):
        moving.at(3)


def test_a_data_frame_has_a_row_per_time(moving):
    pytest.importorskip("pandas")
    frame = moving.to_pandas()
    assert frame.index.name == "t"
    assert list(frame.columns) == ["x", "pair[0]", "pair[1]"]
    assert np.array_equal(frame["x"], moving.expect["x"])
    assert frame.loc[0.5, "pair[0]"] == 0.5


def test_a_dataset_is_labelled(moving):
    pytest.importorskip("xarray")
    data = moving.to_xarray()
    assert data["density"].dims == ("t", "x1")
    assert float(data["density"].sel(t=1.0).sum() * WELL.grid.axes[0].spacing) == pytest.approx(1)
    assert np.array_equal(data["D"], np.full(21, 0.5))


@pytest.mark.parametrize("library", ["pandas", "xarray"])
def test_a_missing_library_is_a_sentence(moving, library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf"need {library}, which is not installed. .*\[tables\]"):
        getattr(moving, f"to_{library}")()


@pytest.mark.parametrize("drive", [None, "x*t"], ids=["anneal", "driven"])
def test_what_is_saved_is_loaded(tmp_path, drive):
    saved = evolve(WELL, 0.5, observables=("x", "x < 0"), keep="states", drive=drive, **STEP)
    again = Evolution.load(saved.save(tmp_path))
    assert list(again.expect) == ["x", "x < 0"]
    for name in ("times", "diffusions", "state", "states", "densities"):
        assert np.array_equal(getattr(again, name), getattr(saved, name))
    assert again.checks == saved.checks
    assert np.array_equal(again.problem.values, WELL.values)
    assert str(again) == str(saved)
    if drive is None:
        assert again.anneal.id == saved.anneal.id
    else:
        assert again.anneal is None


def test_damaged_files_are_refused(tmp_path, moving):
    with pytest.raises(FileNotFoundError):
        Evolution.load(tmp_path)
    moving.save(tmp_path)
    path = tmp_path / "evolution.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"unitary": False}))
    with pytest.raises(DamagedFileError):
        Evolution.load(tmp_path)
    moving.save(tmp_path)
    (tmp_path / "evolution.npz").write_bytes(b"no")
    with pytest.raises(DamagedFileError):
        Evolution.load(tmp_path)
    moving.save(tmp_path)
    (tmp_path / "evolution.npz").unlink()
    with pytest.raises(DamagedFileError, match="missing"):
        Evolution.load(tmp_path)


def test_it_says_what_it_is_and_what_failed(moving):
    assert str(moving).splitlines()[0] == "harmonic on Grid([(-4, 4)], [5]), t = 0 to 1"
    assert "... 9 more times" in str(moving)
    assert repr(moving).startswith("Evolution('harmonic', 21 times to t = 1, expect=['x', 'pair']")
    assert "not to be trusted" not in moving.headline
    red = Check("aliasing", 1.0, 0.1, False, "meaning", "remedy")
    object.__setattr__(moving, "checks", (*moving.checks, red))
    assert moving.headline.endswith("not to be trusted as it is: aliasing")
    assert not moving.passed


def test_it_draws_itself(moving):
    pytest.importorskip("matplotlib")
    assert moving.plot(["x"]).figure.axes
