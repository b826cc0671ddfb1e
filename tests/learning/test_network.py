"""A learned score: what it sees, on disk, and what it refuses."""

import json
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn")

from qdml_quantum.learning import DiffusionModel, ScoreNetwork, denoise, learn_score, toy
from qdml_quantum.learning.network import Frame
from qdml_quantum.learning.score import GaussianScore
from qdml_quantum.learning.training import _noised
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import write_sealed

RING = toy("ring")


TINY = {"hidden": (8,), "num_epochs": 2, "epoch_size": 256}


@pytest.fixture(scope="module")
def tiny():
    return learn_score(RING.draw(100, seed=0), **TINY)


def test_what_the_network_sees_and_is_asked_for_has_size_one():
    """At every level; this is what `Frame` is for."""
    data = RING.draw(5000, seed=0) * [3.0, 0.5] + 7
    frame, rng = Frame(GaussianScore.of(data)), np.random.default_rng(0)
    for sigma in (0.1, 1.0, 5.0):
        inputs, target = _noised(data, frame, (sigma, sigma * 1.001), 20_000, rng)
        for values in (inputs[:, :2], target):
            assert np.sqrt((values**2).mean()) == pytest.approx(1, rel=0.03)


def test_it_comes_back_from_disk_without_scikit_learn(tiny, tmp_path, monkeypatch):
    tiny.save(tmp_path / "model")
    monkeypatch.setitem(sys.modules, "sklearn.neural_network", None)
    back = ScoreNetwork.load(tmp_path / "model")
    x = RING.draw(20, seed=1)
    np.testing.assert_array_equal(back.score(x, 0.3), tiny.score(x, 0.3))
    assert (back.losses, back.smallest, back.largest) == (tiny.losses, tiny.smallest, tiny.largest)
    again = DiffusionModel.load(tmp_path / "model", num_levels=4)
    np.testing.assert_array_equal(
        again.sample(5, seed=0), DiffusionModel(tiny, num_levels=4).sample(5, seed=0)
    )
    np.testing.assert_array_equal(again.denoise(x, 0.3), denoise(tiny, x, 0.3))
    with pytest.raises(ImportError, match=r"qdml-quantum\[learning\]"):
        learn_score(RING.draw(100, seed=0))


def test_damaged_files_are_refused(tiny, tmp_path):
    with pytest.raises(FileNotFoundError):
        ScoreNetwork.load(tmp_path)
    tiny.save(tmp_path)
    settings = json.loads((tmp_path / "network.json").read_text())
    arrays = (tmp_path / "network.npz").read_bytes()
    (tmp_path / "network.npz").write_bytes(arrays[:-1] + b"x")
    with pytest.raises(DamagedFileError, match="hash"):
        ScoreNetwork.load(tmp_path)
    (tmp_path / "network.npz").write_bytes(arrays)
    for broken, words in (
        (settings | {"kind": "recipe"}, "no score network"),
        ({k: v for k, v in settings.items() if k != "smallest"}, "lacks"),
        (settings | {"layers": 5}, "lacks"),
    ):
        write_sealed(tmp_path / "network.json", broken)
        with pytest.raises(DamagedFileError, match=words):
            ScoreNetwork.load(tmp_path)


def test_levels_that_were_not_trained_are_refused(tiny):
    with pytest.raises(ValueError, match="trained range"):
        tiny.score([[0.0, 0.0]], 100.0)
    with pytest.raises(ValueError, match="2 columns"):
        tiny.score([[0.0]], 1.0)


def test_layers_must_fit(tiny):
    with pytest.raises(ValueError, match="fit each other"):
        ScoreNetwork(tiny.linear, tiny.weights[::-1], tiny.biases[::-1], 0.1, 1.0)
    with pytest.raises(ValueError, match="one output per axis"):
        ScoreNetwork(tiny.linear, tiny.weights[:1], tiny.biases[:1], 0.1, 1.0)
    with pytest.raises(ValueError, match="smallest"):
        ScoreNetwork(tiny.linear, tiny.weights, tiny.biases, 2.0, 1.0)
