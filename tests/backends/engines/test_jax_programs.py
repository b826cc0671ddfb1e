"""What is compiled: shared by engines of one layout, and one program for many stages."""

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum import Anneal, Grid, Problem, Schedule
from qdml_quantum.backends.engines import jax_programs
from qdml_quantum.backends.engines.jax_engine import JaxEngine
from qdml_quantum.backends.engines.jax_layout import POSITION, WAVE, Layout, jax
from qdml_quantum.backends.engines.jax_programs import unit_phase


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


@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 1e3, 1e6])
def test_unit_phases_are_those_of_the_library(scale):
    """Measured: 2.5e-16, where the cosine of NumPy is right to half a unit of the last place."""
    rng = np.random.default_rng(0)
    angle = np.concatenate([scale * rng.uniform(-1, 1, 10_000), np.pi / 4 * np.arange(-20, 21)])
    with jax.enable_x64(True):
        found = [unit_phase(angle), jax.jit(unit_phase)(angle)]
    expected = np.cos(angle) - 1j * np.sin(angle)
    for one in found:
        np.testing.assert_allclose(one, expected, rtol=0, atol=5e-16)


def test_a_large_unit_phase_is_as_right_as_its_angle():
    """Of 1e12, which is known to 6e-5 itself; and no number is none."""
    angle = 1e12 * np.random.default_rng(1).uniform(-1, 1, 1000)
    with jax.enable_x64(True):
        found = np.asarray(unit_phase(angle))
        assert np.isnan(unit_phase(np.array([np.nan, np.inf]))).all()
    assert abs(found - np.exp(-1j * angle)).max() <= np.spacing(1e12)
    assert abs(abs(found) - 1).max() <= 1e-4
