"""Small data sets that come with scikit-learn, as two arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.arrays import Array
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value, did_you_mean, unknown
from qdml_quantum.support.typed import typed

DATA = ("breast_cancer", "diabetes", "digits", "iris", "wine")
"""Data sets that need no download."""


@dataclass(frozen=True, eq=False)
class Data:
    """A data set.

    Attributes:
        X: Inputs, shape (samples, inputs).
        y: Targets: classes as integers, for two classes 0 and 1; numbers for a regression.
        features: Name of each column of X.
        classes: Name of each class; empty for a regression.
    """

    X: Array
    y: NDArray[Any]
    features: tuple[str, ...]
    classes: tuple[str, ...]


@typed
def load_data(
    name: str,
    *,
    features: Sequence[int | str] | None = None,
    classes: Sequence[int | str] | None = None,
    standardize: bool = True,
) -> Data:
    """One of scikit-learn's bundled data sets; nothing is downloaded.

    Args:
        name: ``"iris"``, ``"breast_cancer"``, ``"digits"``, ``"diabetes"`` or ``"wine"``.
        features: Columns to keep, by number or name, in this order; default all.
        classes: Two or more to keep, by number or name. They become 0, 1, ... in this order.
        standardize: Whether each input, and the target of a regression, gets mean 0 and variance
            1 over the samples that are kept. Default: then one box serves all weights. A column
            without variance is only moved.

    Raises:
        ImportError: scikit-learn is missing.
        ValueError: There is no such data set, feature or class.

    References:
        F. Pedregosa et al., J. Mach. Learn. Res. 12, 2825 (2011), arXiv:1201.0490.

    >>> data = load_data("iris", features=["petal width (cm)"], classes=["versicolor", "virginica"])
    >>> data.X.shape, data.classes, data.y.tolist()[48:52]
    ((100, 1), ('versicolor', 'virginica'), [0, 0, 1, 1])
    """
    if name not in DATA:
        raise ValueError(unknown("data set", name, DATA))
    datasets = require("sklearn.datasets", "Data sets by name")
    loaded = getattr(datasets, f"load_{name}")()
    columns = tuple(map(str, loaded.feature_names))
    X, y = np.asarray(loaded.data, dtype=float), np.asarray(loaded.target)
    labels = tuple(str(label) for label in getattr(loaded, "target_names", ()))
    if features is not None:
        indices = _indices("features", features, columns, least=1)
        X, columns = X[:, indices], tuple(columns[k] for k in indices)
    if classes is not None:
        if not labels:
            raise bad_value("classes", "be left out for a data set without classes", list(classes))
        indices = _indices("classes", classes, labels, least=2)
        X, y = X[np.isin(y, indices)], y[np.isin(y, indices)]
        y = np.array([indices.index(int(label)) for label in y])
        labels = tuple(labels[k] for k in indices)
    if standardize:
        X = _standard(X)
        y = y if labels else _standard(y.astype(float))
    return Data(X, y, columns, labels)


def _standard(values: Array) -> Array:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _indices(
    name: str, choices: Sequence[int | str], names: tuple[str, ...], *, least: int
) -> list[int]:
    """Numbers of what was given by number or name."""
    if isinstance(choices, str) or len(choices) < least:
        remedy = f"Write {name}={list(names[:2])}."
        raise bad_value(name, f"be a list of {least} or more", choices, remedy)
    indices = []
    for one in choices:
        if isinstance(one, str) and one in names:
            indices.append(names.index(one))
        elif isinstance(one, int | np.integer) and 0 <= one < len(names):
            indices.append(int(one))
        else:
            must = f"be names, or numbers from 0 to {len(names) - 1}"
            raise bad_value(name, must, one, did_you_mean(str(one), names))
    if len(set(indices)) < len(indices):
        raise bad_value(name, "not name one twice", list(choices))
    return indices
