"""Linear models whose weights are found by anneals, as estimators of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from qdml_quantum.backends import as_backend
from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.optimize.measured import Measured
from qdml_quantum.optimize.start import Start
from qdml_quantum.optimize.windows import Windows
from qdml_quantum.problem.counted_function import seed_of
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value, count, number

_base: Any = require("sklearn.base", "Estimators")
_validation: Any = require("sklearn.utils.validation", "Estimators")
BaseEstimator: Any = _base.BaseEstimator
ClassifierMixin: Any = _base.ClassifierMixin
RegressorMixin: Any = _base.RegressorMixin

MOST_WEIGHTS = 40
"""With 136 weights the accuracy was .53, that of logistic regression .92."""
_NUM_QUBITS, _FINE = 2, 8
"""Small windows and few points between: with 2000 evaluations of 38 weights every pair is looked at
four times; with windows of 8 x 8 points the loss ended nearly twice as high."""
_SHRINK = 0.5
"""Of the sides, once all pairs were looked at. On 20 splits of the digits 3 and 8 that no reported
number is of, the loss ends at 0.082, with 0.6 at 0.085; the lowest there is is 0.078."""


class _Annealed(BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """What both share: standardised data, a box of weights, and blocks of two of them."""

    _model: str

    def __init__(
        self,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        bound: float = 5.0,
        max_evaluations: int = 2000,
        backend: Any = "emulator",
        shots: int = 128,
        random_state: Any = None,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.bound = bound
        self.max_evaluations = max_evaluations
        self.backend = backend
        self.shots = shots
        self.random_state = random_state

    def _fitted(self, X: Array, y: Array) -> Any:
        """Find the weights of standardised data, and write them in units of the data."""
        mean, scale = X.mean(axis=0), X.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        bound = number("bound", self.bound)
        size = X.shape[1] + bool(self.fit_intercept)
        if size > MOST_WEIGHTS:
            remedy = "Take fewer features (SelectKBest, PCA), or sklearn.linear_model."
            raise bad_value("X", f"lead to at most {MOST_WEIGHTS} weights", size, remedy)
        loss = Loss(
            self._model,
            (X - mean) / scale,
            y,
            bounds=((-bound, bound),) * size,
            intercept=bool(self.fit_intercept),
            C=number("C", self.C),
        )
        weights = self._annealed(loss, bound)
        slopes = weights[: X.shape[1]] / scale
        offset = weights[-1] if self.fit_intercept else 0.0
        self.coef_, self.intercept_ = slopes, float(offset - slopes @ mean)
        return self

    def _annealed(self, loss: Loss, bound: float) -> Array:
        """The lowest weights that were found, by anneals of two of them at a time."""
        most = count("max_evaluations", self.max_evaluations)
        windows = Windows(_NUM_QUBITS + 1, shots=self.shots)
        state = _validation.check_random_state(self.random_state)
        rng = np.random.default_rng(seed_of(state))
        measured = Measured(windows, as_backend(self.backend), rng)
        used = 0

        def value(units: Array) -> Array:
            nonlocal used
            used += len(units)
            return np.asarray(loss(*((2 * units - 1) * bound).T), dtype=float)

        start = Start(measured, value, windows, _FINE, rng, np.full(loss.dimensions, 0.5))
        start.fun = float(value(start.x[None])[0])
        blocks = 0
        while used + start.most_evaluations("local") <= most:
            start.side = _SHRINK ** (2 * blocks // loss.dimensions)
            start.look("local", askew=0)
            blocks += 1
        if not blocks:
            least = used + start.most_evaluations("local")
            raise bad_value("max_evaluations", f"be at least {least} for one anneal", most)
        sides = min(2, loss.dimensions)
        gates = measured.gates[windows.shape("local", sides)]
        self.loss_, self.n_iter_, self.n_evaluations_ = start.fun, blocks, used
        self.num_steps_ = blocks * windows.schedule_on(sides).num_steps
        self.two_qubit_gates_ = blocks * gates
        return np.asarray((2 * start.x - 1) * bound)

    def _outputs(self, X: ArrayLike) -> Array:
        _validation.check_is_fitted(self)
        points = _validation.validate_data(self, X, reset=False)
        return np.asarray(points @ self.coef_ + self.intercept_)


class AnnealedClassifier(ClassifierMixin, _Annealed):  # type: ignore[misc]
    """Logistic regression of two classes whose weights are found by anneals, for up to 40 weights.

    Blocks of two weights are annealed in turn: the loss on 4 x 4 points around the best weights is
    the potential (`Problem.ranked`), a trained schedule is run, and the best of what is measured is
    kept; the windows shrink from sweep to sweep. It is there to learn from and to study. Where the
    weights are wanted take `sklearn.linear_model.LogisticRegression`, which is as good, takes
    milliseconds and no quantum computer: on the digits 3 and 8 with 38 weights the accuracy is
    0.985(3) and 0.981(3).

    Args:
        C: Inverse strength of the penalty ``|w|^2/(2 C samples)`` on the weights of standardised
            features.
        fit_intercept: Whether there is one.
        bound: Weights of standardised features lie between minus this and this; default 5: those of
            the digits, at C = 1, reach 4.1, and with 2 the accuracy was 0.01 lower.
        max_evaluations: Of the loss on all samples, never one more.
        backend: See `anneal`.
        shots: Per anneal.
        random_state: An integer for equal results.

    Attributes:
        classes_: The two classes.
        coef_: Weights of the features, shape (features,).
        intercept_: The intercept.
        loss_: The loss that was reached.
        n_iter_: Anneals.
        n_evaluations_: Evaluations of the loss.
        num_steps_: Trotter steps in all.
        two_qubit_gates_: Of all circuits, before transpilation.

    >>> X = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]
    >>> model = AnnealedClassifier(max_evaluations=300, random_state=1)
    >>> model.fit(X, ["low"] * 3 + ["high"] * 3).predict([[0.5], [4.5]])
    array(['low', 'high'], dtype='<U4')
    """

    _model = "logistic"

    def fit(self, X: ArrayLike, y: ArrayLike) -> AnnealedClassifier:
        """Find the weights.

        Args:
            X: Features, shape (samples, features).
            y: Two classes, shape (samples,).

        Raises:
            ValueError: Not two classes, more than 40 weights, or a parameter is out of range.
        """
        X, y = _validation.validate_data(self, X, y)
        require("sklearn.utils.multiclass").check_classification_targets(y)
        self.classes_, which = np.unique(np.asarray(y), return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present in `y`.")
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported. `y` has "
                f"{len(self.classes_)} classes: use sklearn.multiclass.OneVsRestClassifier."
            )
        return self._fitted(np.asarray(X, dtype=float), which.astype(float))  # type: ignore[no-any-return]

    def decision_function(self, X: ArrayLike) -> Array:
        """Outputs of the model, positive for the second class, shape (samples,)."""
        return self._outputs(X)

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probabilities of the two classes, shape (samples, 2)."""
        second = expit(self._outputs(X))
        return np.stack([1 - second, second], axis=1)

    def predict(self, X: ArrayLike) -> Any:
        """Classes, shape (samples,)."""
        second = self._outputs(X) > 0
        return self.classes_[second.astype(int)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class AnnealedRegressor(RegressorMixin, _Annealed):  # type: ignore[misc]
    """Least squares whose weights are found by anneals, for up to 40 weights.

    As `AnnealedClassifier`, whose arguments and attributes it has; features and targets are
    standardised inside, so that `bound` means the same for all data. For weights that are wanted
    take `sklearn.linear_model.Ridge`.

    >>> X = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]
    >>> model = AnnealedRegressor(C=1e6, max_evaluations=600, random_state=1)
    >>> model.fit(X, [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]).predict([[10.0]]).round(1)
    array([21.])
    """

    _model = "linear"

    def fit(self, X: ArrayLike, y: ArrayLike) -> AnnealedRegressor:
        """Find the weights.

        Args:
            X: Features, shape (samples, features).
            y: Targets, shape (samples,).

        Raises:
            ValueError: More than 40 weights, or a parameter is out of range.
        """
        X, y = _validation.validate_data(self, X, y, y_numeric=True)
        points, targets = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        mean, scale = targets.mean(), targets.std() or 1.0
        self._fitted(points, (targets - mean) / scale)
        self.coef_ = self.coef_ * scale
        self.intercept_ = float(self.intercept_ * scale + (mean if self.fit_intercept else 0.0))
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Targets, shape (samples,)."""
        return self._outputs(X)
