"""Bundled data sets: standardised, chosen by number or name, and refused by name."""

import sys

import numpy as np
import pytest

from qdml_quantum.objectives.losses.datasets import DATA, load_data


@pytest.mark.parametrize("name", DATA)
def test_bundled_data_are_standardised(name):
    pytest.importorskip("sklearn")
    data = load_data(name)
    spread = data.X.std(axis=0)
    np.testing.assert_allclose(data.X.mean(axis=0), 0, atol=1e-12)
    assert np.all(np.isclose(spread, 1) | (spread == 0))
    assert data.X.shape == (len(data.y), len(data.features))
    if data.classes:
        assert set(data.y.tolist()) == set(range(len(data.classes)))
    else:
        assert data.y.std() == pytest.approx(1)


def test_features_and_classes_by_number_or_name():
    pytest.importorskip("sklearn")
    one = load_data("iris", features=[3, 0], classes=[2, 0], standardize=False)
    names = ["petal width (cm)", "sepal length (cm)"]
    two = load_data("iris", features=names, classes=["virginica", "setosa"], standardize=False)
    np.testing.assert_array_equal(one.X, two.X)
    np.testing.assert_array_equal(one.y, two.y)
    assert one.features == tuple(names)
    assert one.classes == ("virginica", "setosa")
    assert one.X[one.y == 0, 0].mean() > one.X[one.y == 1, 0].mean()  # virginica is 0
    digits = load_data("digits", classes=["3", "8"])
    assert digits.X.shape[1] == 64
    assert set(digits.y.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("irises", {}), "Did you mean `iris`"),
        (("iris", {"features": ["petal widht (cm)"]}), "Did you mean `petal width"),
        (("iris", {"features": [4]}), "numbers from 0 to 3"),
        (("iris", {"features": [0, 0]}), "not name one twice"),
        (("iris", {"classes": [0]}), "a list of 2 or more"),
        (("diabetes", {"classes": [0, 1]}), "without classes"),
    ],
)
def test_wrong_names_of_data(arguments, words):
    pytest.importorskip("sklearn")
    name, options = arguments
    with pytest.raises(ValueError, match=words):
        load_data(name, **options)
    with pytest.raises(TypeError, match="`features` must be a sequence"):
        load_data("iris", features="petal width (cm)")


def test_without_scikit_learn_the_message_says_how_to_get_it(monkeypatch):
    for module in ("sklearn", "sklearn.datasets"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"pip install 'qdml-quantum\[learning\]'"):
        load_data("iris")
