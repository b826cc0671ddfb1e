"""What is compiled: shared by engines of one layout, and one program for many stages."""

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum import Anneal, Grid, Problem, Schedule
from qdml_quantum.backends.engines import jax_programs
from qdml_quantum.backends.engines.jax_engine import JaxEngine
from qdml_quantum.backends.engines.jax_layout import POSITION, WAVE, Layout, jax


def anneal_of(bound, num_stages):
    problem = Problem(Grid([(-bound, bound)], 5), "double_well")
    return Anneal(
        problem, Schedule.geometric((2.0, 0.2), num_stages=num_stages, num_steps=9, time_step=0.05)
    )


def test_stages_and_problems_share_a_program():
    jax_programs.program_of.cache_clear()
    for bound, num_stages in ((2.5, 8), (2.5, 20), (3.0, 20)):
        anneal = anneal_of(bound, num_stages)
        engine = JaxEngine(anneal.problem)
        engine.run(engine.begin(anneal), anneal.recipe.stages)
    assert jax_programs.program_of.cache_info().currsize <= 2


@pytest.mark.parametrize("shape", [(32,), (4, 8), (4, 2, 8)])
@pytest.mark.parametrize("space", [POSITION, WAVE])
def test_chunks_come_in_register_order(monkeypatch, shape, space):
    """Axis 0 runs fastest."""
    layout = Layout(shape, tuple(jax.devices()[:1]))
    weights = np.arange(float(np.prod(shape))).reshape(shape)
    monkeypatch.setattr(jax_programs, "_CHUNK", 8)
    chunks = list(jax_programs.in_register_order(layout, weights, space))
    assert len(chunks) > 1
    np.testing.assert_array_equal(np.concatenate(chunks), weights.ravel(order="F"))
