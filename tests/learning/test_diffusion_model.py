"""A diffusion model as one thing: it trains, draws, denoises, and comes back."""

import pytest

from qdml_quantum.learning import DiffusionModel, toy

RING = toy("ring")


TINY = {"hidden": (8,), "num_epochs": 2, "epoch_size": 256}


def test_a_model_trains_draws_and_denoises():
    pytest.importorskip("sklearn")
    model = DiffusionModel.train(RING.draw(200, seed=0), num_levels=5, **TINY)
    assert len(model.levels) == 5
    assert model.levels[0] == pytest.approx(model.network.largest)
    assert model.sample(30, seed=0).shape == (30, 2)
    assert model.sample(30, seed=0, flow=False, num_steps=2).shape == (30, 2)
