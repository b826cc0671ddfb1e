"""Methods of the comparison keep to the box and to their evaluations."""

import numpy as np
import pytest

from qdml_quantum import Emulator, Windows, minimize
from qdml_quantum.optimize.bench import METHODS, make_case, methods
from qdml_quantum.optimize.bench.methods import EvaluationBudget

SMALL = EvaluationBudget(per_dimension=400, num_qubits=3, shots=32)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "qhd"])
def test_methods_keep_to_the_box_and_to_their_evaluations(method):
    case = make_case("griewank", shift=3)
    found = METHODS[method](case, 5, SMALL)
    low, high = np.array(case.bounds).T
    assert (low <= found.x).all() and (found.x <= high).all()
    assert found.fun == pytest.approx(float(case.objective(*found.x)), rel=1e-12)
    assert 0 < found.nfev <= SMALL.evaluations(2) == 800
    if not method.endswith("windows") and method != "quantum":
        assert found.num_steps == 0
    again = METHODS[method](case, 5, SMALL)
    assert again == found


def test_scipy_may_use_as_many_evaluations_as_minimize_and_stops_there():
    case = make_case("rastrigin")
    plan = EvaluationBudget(per_dimension=120, num_qubits=3, shots=16)
    assert METHODS["dual_annealing"](case, 1, plan).nfev == 240
    assert METHODS["quantum"](case, 1, plan).nfev <= 240


def test_uniform_windows_are_the_same_search_without_dynamics():
    """Where they look first is the same; what they measure there is not, and not as low."""
    case, parts = make_case("rastrigin", shift=1), []
    for seed in range(12):
        first = [
            minimize(
                case.objective, case.bounds, seed=seed, backend=backend, windows=Windows(most=1)
            )
            for backend in (Emulator(), methods.Uniform())
        ]
        ours, theirs = (found.windows[0] for found in first)
        assert (ours.origin, ours.lowest) == (theirs.origin, theirs.lowest)
        parts.append((ours.fun, theirs.fun))
    assert np.mean(parts, axis=0)[0] < np.mean(parts, axis=0)[1]


def test_greedy_windows_measure_the_lowest_point_of_the_phases_and_those_next_to_it():
    case = make_case("griewank", shift=2)
    seen = []

    class Watched(methods.Greedy):
        def run(self, task, **more):
            outcome = super().run(task, **more)
            seen.append((task.anneal.problem, outcome.counts))
            return outcome

    found = minimize(case.objective, case.bounds, seed=1, maxfev=1500, backend=Watched())
    for problem, counts in seen:
        indices = np.array([problem.grid.index_of(bits) for bits in counts])
        values = problem.values[tuple(indices.T)]
        assert len(counts) == 25 and values.min() == 0.0
        lowest = indices[np.argmin(values)]
        size = np.array(problem.grid.shape)
        assert (np.abs((indices - lowest + size // 2) % size - size // 2) <= 4).all()
    assert all(window.fun <= window.lowest for window in found.windows)


@pytest.mark.slow
def test_qhd_is_one_of_the_methods(monkeypatch):
    monkeypatch.setattr(methods, "_QHD_QUBITS", 5)
    found = METHODS["qhd"](make_case("sumofsquares"), 1, SMALL)
    assert found.num_steps == 10_000
    assert make_case("sumofsquares").distance(found.x) < 0.02
    with pytest.raises(ValueError, match="two dimensions"):
        METHODS["qhd"](make_case("levy", dimensions=3), 1, SMALL)
