"""Training by quantum dynamics against gradient descent, on the same losses.

`anneal` is one anneal on Aer, read from 1024 counts; its phases take the loss at every point of
the grid, and `lowest of the grid` is what these values alone give. `minimize` is the search by
windows, on Aer as well. `gradient descent` starts at a random place of the box and halves its step
where the loss does not fall enough (Armijo); an evaluation is a loss or a gradient, which in the
plane is four losses. The last row of a case is scikit-learn where it has the model (its iterations
as evaluations), else the best of 30 runs of L-BFGS-B. Each seed moves the box by up to half a cell,
so that no minimum sits on a grid point by luck; gradient descent has ten starts per seed.

`above` is the mean distance of the loss from the lowest one that any method found; `hits` counts
the seeds within 1 % of the range of the loss.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from common import arguments, finish
from scipy.optimize import minimize as scipy_minimize

from qdml_quantum import Grid, Problem, anneal, minimize, suggest_schedule
from qdml_quantum.objectives.losses.datasets import load_data
from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.objectives.losses.networks import NetworkLoss, plane_through, weights_of

MAX_STEPS, DESCENT_STEPS = 600, 200


@dataclass
class Case:
    """A loss, what judges it, and the reference.

    Attributes:
        label: Name in the table.
        loss: The landscape.
        reference: Name, and function without arguments that gives weights and iterations.
        slope: Loss whose gradient is followed; the loss itself where it has one.
        accuracy: Share of right classes at weights, or None.
    """

    label: str
    loss: Loss
    reference: tuple[str, Callable[[], tuple[Any, int]]] | None = None
    slope: Loss | None = None
    accuracy: Callable[[Any], float] | None = None


def main() -> None:
    options = arguments(__doc__.splitlines()[0])
    warnings.filterwarnings("ignore", message="Stochastic Optimizer")
    cases = _cases()[1:2] if options.quick else _cases()
    rows = []
    for case in cases:
        case.loss.require_inside()
        rows += _compare(case, seeds=1 if options.quick else 3, qubits=3 if options.quick else 5)
    finish("training", rows, options.output)


def _compare(case: Case, seeds: int, qubits: int) -> list[dict[str, Any]]:
    found: dict[str, list[tuple[Any, float, float]]] = {}  # weights, evaluations, CX

    def note(method: str, weights: Any, evaluations: float, gates: float = 0.0) -> None:
        found.setdefault(method, []).append((np.asarray(weights, float), evaluations, gates))

    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        loss = _shifted(case.loss, rng, qubits)
        problem = Problem(Grid(loss.bounds, qubits), loss)
        schedule = suggest_schedule(problem, max_steps=MAX_STEPS)
        result = anneal(problem, schedule, backend="aer", shots=1024, seed=seed, validate=False)
        size = problem.values.size
        note("anneal", result.minimizer, size, result.resources["two_qubit_gates"])
        place = np.unravel_index(int(problem.values.argmin()), problem.values.shape)
        note("lowest of the grid", problem.grid.position([int(k) for k in place]), size)
        search = minimize(loss, seed=seed, backend="aer")
        note("minimize", search.x, search.nfev, search.two_qubit_gates)
    for seed in range(10 * seeds):
        rng = np.random.default_rng(seed)
        note("gradient descent", *_descend(case.slope or case.loss, rng))
    name, fit = case.reference or ("L-BFGS-B, best of 30", lambda: _best_of_30(case.loss))
    note(name, *fit())
    return _rows(case, found)


def _rows(case: Case, found: dict[str, list[tuple[Any, float, float]]]) -> list[dict[str, Any]]:
    losses = {m: [case.loss(*w).item() for w, _, _ in runs] for m, runs in found.items()}
    lowest = min(min(values) for values in losses.values())
    box = [np.linspace(a, b, 33) for a, b in case.loss.bounds]
    span = float(np.ptp(case.loss(*np.meshgrid(*box, sparse=True))))
    judge = case.accuracy or (case.loss.accuracy if case.loss.classes else None)
    return [
        {
            "case": case.label,
            "method": method,
            "loss": float(np.mean(losses[method])),
            "above": f"{above:.1e}" if (above := np.mean(losses[method]) - lowest) else "0",
            "hits": f"{sum(v <= lowest + 0.01 * span for v in losses[method])} of {len(runs)}",
            "accuracy": float(np.mean([judge(w) for w, _, _ in runs])) if judge else None,
            "evaluations": round(float(np.mean([n for _, n, _ in runs]))),
            "two_qubit_gates": round(float(np.mean([g for _, _, g in runs]))),
        }
        for method, runs in found.items()
    ]


def _shifted(loss: Loss, rng: np.random.Generator, qubits: int) -> Loss:
    moved = [(rng.random() - 0.5) * (b - a) / 2**qubits for a, b in loss.bounds]
    pairs = zip(loss.bounds, moved, strict=True)
    return replace(loss, bounds=[(a + shift, b + shift) for (a, b), shift in pairs])


def _descend(loss: Loss, rng: np.random.Generator) -> tuple[Any, int]:
    """Gradient descent with halved steps, from a random place of the box."""
    w = np.array([rng.uniform(a, b) for a, b in loss.bounds])
    value, step, used = loss(*w).item(), 1.0, 1
    each = 2 * w.size if callable(loss.model) else 1
    for _ in range(DESCENT_STEPS):
        slope, step = loss.gradient(w), 2 * step
        used += each
        while step > 1e-12:
            ahead, used = loss(*(w - step * slope)).item(), used + 1
            if ahead <= value - step * (slope @ slope) / 2:
                break
            step /= 2
        if step <= 1e-12 or np.linalg.norm(slope) < 1e-6:
            break
        w, value = w - step * slope, ahead
    return w, used


def _best_of_30(loss: Loss) -> tuple[Any, int]:
    rng = np.random.default_rng(0)
    starts = [[rng.uniform(a, b) for a, b in loss.bounds] for _ in range(30)]
    runs = [
        scipy_minimize(lambda w: loss(*w).item(), s, jac=loss.gradient, bounds=loss.bounds)
        for s in starts
    ]
    best = min(runs, key=lambda run: run.fun)
    return best.x, sum(run.nfev for run in runs)


def _cases() -> list[Case]:
    from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
    from sklearn.svm import LinearSVC

    bmi = load_data("diabetes", features=["bmi"])
    iris = load_data("iris", features=[2, 3], classes=[1, 2])
    cancer = load_data("breast_cancer", features=["mean radius", "mean texture"])
    plain: dict[str, Any] = {"intercept": False, "C": 1.0}
    left = [(-6, 2), (-6, 2)]
    options: dict[str, Any] = {"fit_intercept": False, "C": 1.0, "tol": 1e-8}
    hinge = Loss("perceptron", cancer.X, cancer.y, bounds=left, **plain)

    def fitted(model: Any, data: Any) -> Callable[[], tuple[Any, int]]:
        def fit() -> tuple[Any, int]:
            model.fit(data.X, data.y)
            extra = [model.intercept_] if np.any(model.intercept_) or data is bmi else []
            iterations = int(np.max(getattr(model, "n_iter_", 1)))
            return np.ravel([*np.ravel(model.coef_), *extra]), iterations

        return fit

    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 60)
    bent = 1.2 * np.tanh(1.8 * x) + 0.1 * rng.normal(size=60)
    torn_x, torn_y = np.array([3.0, 1.0, -0.5, -0.7]), np.array([0.8, -0.6, 0.8, 0.8])
    logistic = LogisticRegression(**options)
    machine = LinearSVC(loss="hinge", max_iter=100_000, **options)
    return [
        Case(
            "linear, bmi",
            Loss("linear", bmi.X, bmi.y, bounds=[(-1, 2), (-1, 1)]),
            ("scikit-learn", fitted(LinearRegression(), bmi)),
        ),
        Case(
            "logistic, iris",
            Loss("logistic", iris.X, iris.y, bounds=[(-1, 7)] * 2, **plain),
            ("scikit-learn", fitted(logistic, iris)),
        ),
        Case(
            "logistic, cancer",
            Loss("logistic", cancer.X, cancer.y, bounds=left, **plain),
            ("scikit-learn", fitted(LogisticRegression(**options), cancer)),
        ),
        Case("perceptron, cancer", hinge, ("scikit-learn", fitted(machine, cancer))),
        Case(
            "errors, cancer",
            Loss("zero_one", cancer.X, cancer.y, bounds=[(-4, 4)] * 2, intercept=False),
            ("scikit-learn", fitted(Perceptron(fit_intercept=False), cancer)),
            slope=hinge,
        ),
        Case("neuron, torn", Loss("neuron", torn_x, torn_y, bounds=[(-5, 5), (-5, 5)])),
        Case("c tanh(a x)", Loss("tanh2", x, bent, bounds=[(-0.5, 5), (-1, 3)])),
        _network(),
    ]


def _network() -> Case:
    """A plane through the weights of a network: where it started, and two places it ended."""
    from sklearn.neural_network import MLPClassifier

    wine = load_data("wine")

    def net(seed: int, iterations: int) -> Any:
        return MLPClassifier(
            (6,), "tanh", random_state=seed, max_iter=iterations, learning_rate_init=0.02
        ).fit(wine.X, wine.y)

    start, one, two = net(0, 1), net(0, 30), net(1, 30)
    whole = NetworkLoss.of(one, wine.X, wine.y)
    center, directions = plane_through([weights_of(net) for net in (start, one, two)])
    plane = Loss.plane(whole, center, directions, [(-2, 6), (-4, 4)], name="network")

    def fit() -> tuple[Any, int]:
        return [1.0, 0.0], one.n_iter_

    return Case(
        f"plane, {whole.num_weights} weights",
        plane,
        ("scikit-learn, 30 epochs", fit),
        accuracy=lambda w: whole.accuracy(plane.model.at(w)),  # type: ignore[union-attr]
    )


if __name__ == "__main__":
    main()
