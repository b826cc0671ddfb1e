"""The population of walkers: it dies or explodes with a word, and its control is undone."""

import math

import numpy as np
import pytest

from qdml_quantum.reference.walkers.monte_carlo import PopulationError, diffusion_monte_carlo
from qdml_quantum.support.messages import ObjectiveFailedError


def small(objective, diffusion, **options):
    options = {"num_walkers": 200, "num_steps": 1000, "seed": 0} | options
    return diffusion_monte_carlo(objective, diffusion, **options)


def test_control_of_the_population_is_undone():
    """100 walkers in ten dimensions: the plain mean is 1.8 % high, measured over 12 seeds."""
    runs = [
        small(
            "harmonic",
            1.0,
            dimensions=10,
            num_walkers=100,
            num_steps=3000,
            time_step=0.05,
            extrapolate=False,
            seed=seed,
        )
        for seed in range(3)
    ]
    exact = 10 / math.hypot(1, 0.05)
    plain = np.mean([run.history.mean() for run in runs]) - exact
    undone = np.mean([run.mixed for run in runs]) - exact
    assert plain > 0.1
    assert abs(undone) < 0.08


def test_populations_that_die_or_explode():
    with pytest.raises(PopulationError, match=r"died .* smaller `time_step`"):
        small("double_well", 0.5, time_step=1.5)
    with pytest.raises(PopulationError, match="bounded below"):
        small("-x**4", 1.0, bounds=[(-1, 1)])
    with pytest.raises(PopulationError, match="inside the walls"):
        small("alpine2", 0.5, start=[-1.0])
    with pytest.raises(ObjectiveFailedError, match="ZeroDivisionError"):
        small(lambda x: 1 / 0, 1.0, bounds=[(-1, 1)])
