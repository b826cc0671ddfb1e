"""One entry of the list of built-ins, and the words that entries are written with."""

import pytest

from qdml_quantum.objectives import Objective
from qdml_quantum.objectives.builtins.builtin import (
    Builtin,
    box,
    diagonal,
    per_axis,
)


def bowl(*x):
    """Bowl: round
    all the way.

    ``sum(x**2)``, d = 1 ... 3.

    Nobody reads this.
    """
    return sum(xi**2 for xi in x)


BOWL = Builtin(bowl, 1, 3, box(-1, 2), diagonal(0.0), 0.0, "doi:10.1/x", ("dish",))


def test_adding_one_is_one_function_and_one_entry():
    assert (BOWL.name, BOWL.description) == ("bowl", "Bowl: round all the way.")
    assert BOWL.equation == "sum(x**2), d = 1 ... 3"
    objective = BOWL.objective()
    assert isinstance(objective, Objective)
    assert objective.dimensions == 1
    assert objective.source == {"builtin": "bowl", "dimensions": 1}


def test_an_entry_makes_its_objective_in_every_dimension_it_has():
    objective = BOWL.objective(3)
    assert objective.bounds == ((-1.0, 2.0),) * 3
    assert objective.minimizers == ((0.0, 0.0, 0.0),)
    assert objective(1.0, 2.0, 0.5) == 5.25
    with pytest.raises(ValueError, match=r"be 1 to 3 .*but is 4. Use dimensions=3"):
        BOWL.objective(4)


def test_an_entry_of_one_dimension_names_that_one():
    entry = Builtin(bowl, 2, 2, box(-1, 1), diagonal(0.0), 0.0, "")
    with pytest.raises(ValueError, match=r"be 2 .*but is 1. Use dimensions=2"):
        entry.objective(1)


def test_words_spread_over_the_axes_as_they_say():
    assert box(-1, 2)(3) == ((-1, 2),) * 3
    assert diagonal(1.0, -1.0)(2) == ((1.0, 1.0), (-1.0, -1.0))
    assert per_axis(-2.0)(3) == -6.0


def test_what_is_the_same_in_every_dimension_is_given_as_it_is():
    entry = Builtin(bowl, 2, 2, ((0, 1), (2, 3)), ((1.0, 2.0),), 5.0, "")
    objective = entry.objective()
    assert objective.bounds == ((0.0, 1.0), (2.0, 3.0))
    assert (objective.minimizers, objective.minimum) == (((1.0, 2.0),), 5.0)


def test_a_function_without_an_equation_has_an_empty_one():
    entry = Builtin(lambda x: x, 1, 1, box(0, 1), diagonal(0.0), 0.0, "")
    assert (entry.description, entry.equation) == ("", "")
