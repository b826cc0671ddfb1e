"""Every built-in objective: its minima are what its entry says, its box is what a box has to be."""

import json

import numpy as np
import pytest
from scipy.optimize import minimize

from qdml_quantum.objectives import builtin, builtin_names, describe
from qdml_quantum.objectives.builtins.catalogue import BUILTINS, find_builtin

CASES = [(name, d) for name, e in BUILTINS.items() for d in range(e.fewest, min(e.most, 3) + 1)]


every = pytest.mark.parametrize(("name", "dimensions"), CASES)


SHARP = {"ackley", "ackley2", "ackley2_qhd", "alpine1", "salomon", "cross_in_tray", "csendes"}
"""Not differentiable at the minimizers (csendes: its derivative there is 0, but not its scale)."""


NEEDLES = {("salomon", 3)}
"""Where the random search below does not come upon the minimum."""


@every
def test_value_at_each_minimizer_is_the_minimum(name, dimensions):
    objective = builtin(name, dimensions)
    assert objective.minimizers
    for point in objective.minimizers:
        assert objective(*point).item() == pytest.approx(objective.minimum, abs=1e-9)


@every
def test_minimizers_are_distinct_and_in_the_inner_part_of_the_box(name, dimensions):
    objective = builtin(name, dimensions)
    assert len(set(objective.minimizers)) == len(objective.minimizers)
    lower, upper = np.array(objective.bounds).T
    margin = 0.1 * (upper - lower)
    for point in objective.minimizers:
        assert np.all(point > lower + margin) and np.all(point < upper - margin)


@every
def test_nothing_in_the_box_is_lower(name, dimensions):
    """Uniform samples, then rounds of ever smaller random steps from the best hundred of them."""
    objective = builtin(name, dimensions)
    rng = np.random.default_rng(0)
    lower, upper = np.array(objective.bounds).T
    points = rng.uniform(lower, upper, (20_000, dimensions))
    best = points[np.argsort(objective(*points.T))[:100]]
    for round_ in range(30):
        steps = rng.normal(size=(10, *best.shape)) * (upper - lower) * 0.2 * 0.6**round_
        tried = np.concatenate([best[None], np.clip(best + steps, lower, upper)])
        values = objective(*np.moveaxis(tried, -1, 0))
        best = tried[values.argmin(axis=0), np.arange(len(best))]
    lowest = objective(*best.T)
    scale = max(1.0, abs(objective.minimum))
    assert lowest.min() >= objective.minimum - 1e-9 * scale
    found = lowest.min() <= objective.minimum + 1e-2 * scale  # the search is strong enough
    assert found != ((name, dimensions) in NEEDLES)
    reached = best[lowest <= objective.minimum + 1e-10 * scale]
    distance = np.abs(reached[:, None] - np.array(objective.minimizers)[None]).max(axis=-1)
    flat = 0.06 if name in {"csendes", "quartic"} else 1e-3
    assert np.all(distance.min(axis=1, initial=np.inf) <= flat * (upper - lower).max())


@every
def test_local_search_finds_nothing_lower_nearby(name, dimensions):
    objective = builtin(name, dimensions)
    lower, upper = np.array(objective.bounds).T
    start = np.array(objective.minimizers[0])
    simplex = [start, *(start + 0.01 * (upper - lower) * unit for unit in np.eye(dimensions))]
    found = minimize(
        lambda p: objective(*p).item(),
        start,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 1e-9, "fatol": 1e-13, "maxiter": 200},
    )
    assert found.fun >= objective.minimum - 1e-9 * max(1.0, abs(objective.minimum))


@pytest.mark.parametrize(("name", "dimensions"), [c for c in CASES if c[0] not in SHARP])
def test_gradient_vanishes_at_the_minimizers(name, dimensions):
    objective = builtin(name, dimensions)
    lower, upper = np.array(objective.bounds).T
    width = upper - lower
    rng = np.random.default_rng(1)
    span = np.ptp(objective(*rng.uniform(lower, upper, (1000, dimensions)).T))
    steps = 1e-6 * width * np.eye(dimensions)
    for point in objective.minimizers[:8]:
        ahead = objective(*(np.array(point) + steps).T)
        behind = objective(*(np.array(point) - steps).T)
        assert np.all(np.abs(ahead - behind) / 2e-6 <= 1e-4 * span)


@every
def test_broadcasts_an_open_grid_to_float64(name, dimensions):
    objective = builtin(name, dimensions)
    axes = [np.linspace(*pair, 5, endpoint=False) for pair in objective.bounds]
    open_grid = np.ix_(*axes)
    values = objective(*open_grid)
    assert values.dtype == np.float64 and values.shape == (5,) * dimensions
    assert values.flags.c_contiguous and values.flags.writeable
    dense = objective(*np.meshgrid(*axes, indexing="ij"))
    np.testing.assert_array_equal(values, dense)
    corner = objective(*(float(axis[0]) for axis in axes))
    assert corner.shape == () and corner == pytest.approx(values.flat[0], rel=1e-12, abs=1e-12)


@every
def test_coordinates_are_left_alone(name, dimensions):
    objective = builtin(name, dimensions)
    points = [np.linspace(*pair, 7) for pair in objective.bounds]
    before = [p.copy() for p in points]
    objective(*points)
    np.testing.assert_array_equal(points, before)


@pytest.mark.parametrize("name", builtin_names())
def test_entry_is_complete(name):
    entry = describe(name)
    json.dumps(entry, allow_nan=False)
    assert entry["name"] == name and entry["description"].endswith(".")
    assert entry["equation"] and "`" not in entry["equation"]
    assert any(mark in entry["reference"] for mark in ("doi:10.", "arXiv:", "University"))
    fewest, most = BUILTINS[name].fewest, BUILTINS[name].most
    assert entry["dimensions"] == fewest <= most
    assert builtin(name, most).source == {"builtin": name, "dimensions": most}
    assert BUILTINS[name].function(*(np.float64(v) for v in entry["minimizers"][0])) is not None


@pytest.mark.parametrize("name", builtin_names())
def test_refuses_dimensions_where_it_is_not_defined(name):
    entry = BUILTINS[name]
    with pytest.raises(ValueError, match=f"for objective '{name}'"):
        builtin(name, entry.most + 1)
    with pytest.raises(ValueError, match="`dimensions` must be"):
        builtin(name, entry.fewest - 1)


def test_names_are_there_in_1d_where_defined():
    one = "harmonic double_well quartic morse rastrigin ackley levy styblinski_tang griewank"
    for name in [*one.split(), "drop_wave"]:
        assert builtin(name).dimensions == 1
    for name in ("rosenbrock", "himmelblau"):
        assert builtin(name).dimensions == 2


def test_names_are_unique_in_every_spelling():
    keys = [w.replace("_", "") for e in BUILTINS.values() for w in (e.name, *e.aliases)]
    assert len(keys) == len(set(keys))
    assert all(find_builtin(name) == name for name in builtin_names())


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Rastrigin", "rastrigin"),
        ("drop wave", "drop_wave"),
        ("Styblinski-Tang", "styblinski_tang"),
        ("DROP-WAVE ", "drop_wave"),
        ("dropwave", "drop_wave"),
        ("camel3", "three_hump_camel"),
        ("tilted double well", "double_well"),
    ],
)
def test_spelling_does_not_matter(typed, name):
    assert builtin(typed).name == name
