"""Estimators: scikit-learn's conventions, their baselines, their limits."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.datasets import load_digits, make_regression
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from qdml_quantum import AnnealedClassifier, AnnealedRegressor

pytestmark = pytest.mark.extra("learning")
FEW = {"max_evaluations": 400, "random_state": 0}


def checks():
    for estimator in (AnnealedClassifier(**FEW), AnnealedRegressor(**FEW)):
        for one, check in estimator_checks_generator(estimator):
            yield pytest.param(one, check, id=f"{type(one).__name__}-{check.func.__name__}")


@pytest.mark.few(8)
@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_conventions_of_scikit_learn(estimator, check):
    check(estimator)


def two_digits(seed):
    X, y = load_digits(return_X_y=True)
    kept = (y == 3) | (y == 8)
    return train_test_split(X[kept], y[kept], test_size=0.3, random_state=seed, stratify=y[kept])


def reduced(model):
    return make_pipeline(StandardScaler(), PCA(37, random_state=0), model)


@pytest.mark.slow
def test_three_and_eight_with_38_weights():
    """0.985(3) over 10 splits, logistic regression 0.981(3), chance 0.5 [measured].

    With weights of at most 2, which cuts off those of the minimum, it was 0.969(6).
    """
    scores = []
    for seed in range(10):
        X, more, y, truth = two_digits(seed)
        ours = reduced(AnnealedClassifier(random_state=seed)).fit(X, y)
        theirs = reduced(make_pipeline(StandardScaler(), LogisticRegression())).fit(X, y)
        scores.append((ours.score(more, truth), theirs.score(more, truth)))
        assert ours[-1].n_evaluations_ <= 2000
    ours, theirs = np.mean(scores, axis=0)
    assert 0.975 < ours <= theirs + 0.01


def test_what_it_took_is_said():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 3))
    model = AnnealedClassifier(**FEW).fit(X, X[:, 0] > X[:, 1])
    assert model.n_evaluations_ <= 400 and model.num_steps_ == 10 * model.n_iter_
    assert model.two_qubit_gates_ % model.n_iter_ == 0 and model.two_qubit_gates_ > 0
    assert model.score(X, X[:, 0] > X[:, 1]) > 0.9
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert ((model.decision_function(X) > 0) == model.predict(X)).all()
    assert model.loss_ < np.log(2)  # of weights that are 0


def test_least_squares_of_data_on_any_scale():
    X, y = make_regression(80, 4, noise=1.0, random_state=3)
    X, y = 1e4 * X - 7, 1e-3 * y + 5
    model = AnnealedRegressor(C=1e6, max_evaluations=1500, random_state=1).fit(X, y)
    exact = LinearRegression().fit(X, y)
    assert model.score(X, y) > 0.97
    np.testing.assert_allclose(model.coef_, exact.coef_, atol=0.15 * np.abs(exact.coef_).max())


def test_a_grid_search_in_a_pipeline():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 2)) * [1, 100]
    y = np.where(X[:, 1] > 20, "far", "near")
    pipeline = make_pipeline(StandardScaler(), AnnealedClassifier(**FEW))
    found = GridSearchCV(pipeline, {"annealedclassifier__C": [0.01, 10.0]}, cv=2).fit(X, y)
    assert found.best_params_["annealedclassifier__C"] == 10.0 and found.score(X, y) > 0.9


def test_other_backends():
    X = np.arange(12.0)[:, None]
    model = AnnealedClassifier(backend="aer", max_evaluations=60, random_state=1, C=100.0).fit(
        X, X[:, 0] > 5
    )
    assert model.n_iter_ >= 1 and model.score(X, X[:, 0] > 5) > 0.7


@pytest.mark.parametrize(
    ("options", "columns", "message"),
    [
        ({}, 40, "`X` must lead to at most 40 weights, but is 41.*sklearn.linear_model"),
        ({"max_evaluations": 10}, 2, "`max_evaluations` must be at least 25 for one anneal"),
        ({"bound": 0}, 2, "`bound` must be finite and greater than 0"),
        ({"C": -1.0}, 2, "`C` must be finite and greater than 0"),
    ],
)
def test_limits_are_named(options, columns, message):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(20, columns))
    with pytest.raises(ValueError, match=message):
        AnnealedClassifier(**options).fit(X, X[:, 0] > 0)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(20), "one class"),
        (np.arange(20) % 3, "OneVsRestClassifier"),
        (np.full(20, np.nan), "NaN"),
        (np.linspace(0, 1, 20), "continuous"),
    ],
)
def test_targets_that_are_no_two_classes_are_named(y, message):
    X = np.random.default_rng(1).normal(size=(20, 2))
    with pytest.raises(ValueError, match=message):
        AnnealedClassifier(**FEW).fit(X, y)
