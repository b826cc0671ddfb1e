"""MQHOA: scales fall when the centres have settled, four forms, five minima in ten dimensions."""

import numpy as np
import pytest

from qdml_quantum import as_objective
from qdml_quantum.optimize.baselines import mqhoa
from qdml_quantum.optimize.baselines.mqhoa import FORMS, _Cloud
from qdml_quantum.optimize.baselines.search import CountedSearch

FIVE = ("sphere", "griewank", "ackley", "levy", "zakharov")


def distance(objective, x):
    """From the nearest minimizer, in units of the diagonal of the box."""
    diagonal = np.linalg.norm(np.ptp(objective.bounds, axis=1))
    return np.linalg.norm(np.subtract(objective.minimizers, x), axis=1).min() / diagonal


@pytest.mark.parametrize("name", FIVE)
def test_minimum_of_five_functions_of_ten_variables(name):
    """Within a hundredth of the diagonal; measured 7,000 to 9,000 evaluations."""
    objective = as_objective(name, 10)
    found = mqhoa(objective, seed=0)
    assert distance(objective, found.x) < 1e-3
    assert found.success
    assert found.scale < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", FIVE)
def test_ten_seeds(name):
    """Measured: 10 of 10 (Styblinski-Tang, not among the five: 5 of 10 in 50,000)."""
    objective = as_objective(name, 10)
    hits = sum(distance(objective, mqhoa(objective, seed=s).x) < 0.01 for s in range(10))
    assert hits == 10


def test_it_does_not_find_everything():
    """Rastrigin in ten dimensions: the centres sit in different minima. Measured: 0 of 10."""
    objective = as_objective("rastrigin", 10)
    assert distance(objective, mqhoa(objective, seed=0, maxfev=50_000).x) > 0.01


@pytest.mark.parametrize("name", ["sphere", "ackley", "levy"])
def test_the_form_of_2013(name):
    objective = as_objective(name, 10)
    found = mqhoa(objective, seed=0, form="selection")
    assert distance(objective, found.x) < 0.01
    assert found.nfev % 400 == 20  # k samples around k centres in every move


@pytest.mark.parametrize("form", FORMS)
def test_every_form_finds_the_bottom_of_a_bowl(form):
    found = mqhoa("sphere", [(-5, 7)] * 3, form=form, seed=0)
    assert found.success and found.fun < 1e-4


def test_the_program_of_the_authors_on_griewank():
    """Published with k = 30 and 10^4 evaluations a variable. Measured: 39 of 40 reach 1e-2."""
    found = mqhoa(as_objective("griewank", 10), form="halving", seed=0)
    assert found.success and found.fun < 1e-2 and found.nfev <= 100_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "dimensions", "least", "most"),
    [("schwefel", 2, 8, 10), ("griewank", 10, 9, 10), ("rastrigin", 10, 0, 5)],
)
def test_the_program_of_the_authors_at_its_evaluations(name, dimensions, least, most):
    """Measured with an own copy of the loop, 40 seeds: 37, 39 and 8 to 11 of 40."""
    objective = as_objective(name, dimensions)
    most_evaluations = 10_000 * dimensions
    runs = [mqhoa(objective, form="halving", seed=s, maxfev=most_evaluations) for s in range(10)]
    hits = sum(run.fun - objective.minimum < 1e-2 for run in runs)
    assert least <= hits <= most


@pytest.mark.slow
def test_subpopulations_spend_ten_times_as_much():
    runs = [
        mqhoa(as_objective("griewank", 10), form=form, seed=0) for form in ("levels", FORMS[-1])
    ]
    assert [run.fun < 1e-2 for run in runs] == [True, True]
    assert runs[1].nfev > 5 * runs[0].nfev


@pytest.mark.parametrize("form", ["levels", "selection"])
def test_a_scale_is_halved_only_after_the_centres_have_settled(form):
    found = mqhoa("sphere", [(-5, 5)] * 4, form=form, seed=1, smallest_scale=0.01)
    assert found.scale == 2.0**-7
    assert found.spread <= 2 * found.scale
    stopped = mqhoa("rastrigin", [(-5, 5)] * 10, form="selection", seed=1, maxfev=20_000)
    assert stopped.spread > stopped.scale > 1e-4
    assert (stopped.status, stopped.success) == (1, False)


@pytest.fixture
def cloud():
    search = CountedSearch(
        "x**2 + y**2", [(-1, 3), (0, 8)], (), maxfev=10**6, callback=None, seed=4
    )
    made = _Cloud(search, samples=5)
    made.centers = search.uniform(20)
    made.values = search(made.centers)
    return made


def test_samples_are_gaussian_around_their_centres(cloud):
    """Standard deviation sigma in units of the box; outside it uniform again."""
    cloud.scale = 0.05
    middle = np.tile([1.0, 4.0], (20_000, 1))
    points = cloud.around(middle)
    np.testing.assert_allclose(points.mean(axis=0), [1, 4], atol=0.01)
    np.testing.assert_allclose(points.std(axis=0), [0.05 * 4, 0.05 * 8], rtol=0.02)
    cloud.scale = 100.0
    np.testing.assert_allclose(cloud.around(middle).std(axis=0), [4, 8] / np.sqrt(12), rtol=0.02)


def test_centres_never_get_worse(cloud):
    cloud.scale, before = 0.1, np.sort(cloud.values)
    cloud.selection()
    assert len(cloud.values) == 20
    assert (np.sort(cloud.values) <= before).all()
    np.testing.assert_allclose(cloud.values, (cloud.centers**2).sum(axis=1))
    for form in ("levels", "halving", "subpopulations"):
        cloud.scale, best = 0.001, cloud.values.min()
        getattr(cloud, form)()
        assert cloud.values.min() <= best
        np.testing.assert_allclose(cloud.values, (cloud.centers**2).sum(axis=1))


def test_a_round_in_which_nothing_falls(cloud):
    """The worst goes to the mean and the scale is halved; or the scale falls to 5/6."""
    cloud.values -= 1e9
    before, worst = cloud.centers.copy(), int(np.argmax(cloud.values))
    cloud.scale = 1e-3
    cloud.halving()
    assert cloud.scale == 0.5e-3
    np.testing.assert_array_equal(np.delete(cloud.centers, worst, 0), np.delete(before, worst, 0))
    np.testing.assert_allclose(cloud.centers[worst], before.mean(axis=0))
    cloud.values[:] = -1e9
    before = cloud.centers.copy()
    cloud.subpopulations()
    assert cloud.scale == 0.5e-3 / 1.2
    np.testing.assert_array_equal(cloud.centers, before)


def test_the_best_subpopulation_is_sampled_most(cloud):
    """300 samples by the cube of the rank among 20: 57 of the best, at least one of each."""
    cloud.samples, asked = 15, []
    cloud.search = lambda points: asked.append(points) or np.full(len(points), 1e9)
    cloud.around = lambda centers: centers
    cloud.subpopulations()
    counts = [int((asked[0] == center).all(axis=1).sum()) for center in cloud.centers]
    order = np.argsort(cloud.values)
    assert counts[order[0]] == round(300 * 20**3 / sum(k**3 for k in range(1, 21)))
    assert counts[order[-1]] == 1 and sorted(counts, reverse=True) == [counts[i] for i in order]


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"Unknown form 'level'\. Did you mean `levels`"):
        mqhoa("ackley", form="level")
    with pytest.raises(ValueError, match="`num_centers` must be at least 2"):
        mqhoa("ackley", num_centers=1)
    with pytest.raises(ValueError, match="`num_samples` must be 1 where form='halving', but is 5"):
        mqhoa("ackley", form="halving", num_samples=5)
    with pytest.raises(ValueError, match="below 1"):
        mqhoa("ackley", smallest_scale=2.0)
