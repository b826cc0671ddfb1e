"""Grid and schedule from the objective alone: boxes, grids that are tried, and their limits."""

import numpy as np
import pytest

from qdml_quantum.annealing import suggest_anneal as module
from qdml_quantum.annealing.suggest import Wishes
from qdml_quantum.annealing.suggest_anneal import (
    bounds_of,
    problems_on,
    qubits_of_table,
    suggest_anneal,
)
from qdml_quantum.objectives import Objective, as_objective

TABLE = Objective.from_table(np.arange(32.0).reshape(8, 4), [(0, 1), (0, 2)])


def test_one_pair_stands_for_all_axes_and_none_for_the_box_of_the_objective():
    plane = as_objective("harmonic", 2)
    assert bounds_of(plane, (-1, 2)) == [(-1, 2), (-1, 2)]
    assert bounds_of(plane, [(-1, 2), (0, 3)]) == [(-1, 2), (0, 3)]
    assert bounds_of(plane) == [(-4.0, 4.0), (-4.0, 4.0)]
    with pytest.raises(ValueError, match=r"`x\*\*2` has no natural box"):
        bounds_of(as_objective("x**2"))


def test_a_table_has_its_qubits_axis_by_axis():
    assert qubits_of_table(TABLE) == [3, 2]


def test_grids_that_miss_a_well_are_passed_over_but_for_the_last():
    """The needle at 0.3 is thinner than the cells of 3 and 4 qubits."""

    def needle(x):
        return 1 - np.exp(-(((x - 0.3) / 0.03) ** 2))

    objective = Objective(needle, 1, bounds=[(-1, 1)])
    sizes = [problem.grid.num_qubits for problem in problems_on(objective, [(-1, 1)], (3, 4, 8))]
    assert sizes[-1] == 8
    assert 3 not in sizes
    flat = Objective(lambda x: 0 * x, 1, bounds=[(-1, 1)])
    assert len(list(problems_on(flat, [(-1, 1)], (3, 4)))) == 2
    assert len(list(problems_on(objective, [(-1, 1)], (3,)))) == 1


def test_given_qubits_are_taken_without_a_search(monkeypatch):
    monkeypatch.setattr(module, "last_diffusion", lambda *_, **__: pytest.fail("searched"))
    chosen = suggest_anneal(
        "harmonic", (-3, 3), qubits=4, formula="lie", wishes=Wishes(num_stages=3), max_steps=40
    )
    assert chosen.grid.bounds == ((-3.0, 3.0),)
    assert chosen.grid.qubits_per_axis == (4,)
    assert (chosen.formula.name, len(chosen.schedule.stages)) == ("lie", 3)
    assert chosen.schedule.num_steps <= 40


def test_several_pairs_say_how_many_axes_there_are():
    chosen = suggest_anneal("harmonic", [(-3, 3), (-2, 2)], qubits=[3, 2], max_steps=40)
    assert chosen.grid.bounds == ((-3.0, 3.0), (-2.0, 2.0))
    assert chosen.grid.qubits_per_axis == (3, 2)


@pytest.mark.parametrize(
    ("dimensions", "most", "sizes"),
    [(1, None, (6, 7, 8)), (1, 7, (6, 7)), (2, 12, (5, 6)), (3, 12, (4,)), (4, None, (3,))],
)
def test_sizes_fit_into_the_qubits_there_are(dimensions, most, sizes):
    assert module.sizes_of(dimensions, most) == sizes


def test_too_few_qubits_for_any_size_are_said():
    with pytest.raises(ValueError, match="fit into 9 in all, but is 5 on 2 axes"):
        suggest_anneal("harmonic", [(-4, 4), (-4, 4)], max_qubits=9)
