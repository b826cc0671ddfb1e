"""Half a cell: which strings vanish, on which axes the box moves, and when it stays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum import Anneal, Goal, Grid, Problem, Schedule
from qdml_quantum.synthesis.phases.half_cell import fewest_strings, shared_strings
from qdml_quantum.synthesis.phases.walsh import WalshSeries

numbers = st.floats(-3, 3, allow_nan=False).map(lambda value: round(value, 3))


@given(st.lists(numbers, min_size=1, max_size=4), numbers, st.integers(2, 7))
def test_an_even_objective_has_strings_of_even_weight_and_a_tilt_single_bits(even, tilt, size):
    zeta = " + ".join(f"{c}*x**{2 * k}" for k, c in enumerate(even)) + f" + {tilt}*x"
    problem = Problem(Grid.centred([(-2, 2)], size), zeta)
    series = WalshSeries.of_values(problem.grid.to_vector(problem.values))
    scale = np.abs(problem.values).max() * 1e-12
    weights = [mask.bit_count() for mask, c in series.to_dict().items() if abs(c) > scale and mask]
    assert all(weight == 1 or weight % 2 == 0 for weight in weights)


@pytest.mark.parametrize(
    ("zeta", "size", "plain", "moved"),
    [("double_well", 4, 11, 7), ("double_well", 8, 154, 98), ("rastrigin", 4, 11, 7)],
)
def test_strings_that_are_saved(zeta, size, plain, moved):
    bounds = [(-2.5, 2.5)] if zeta == "double_well" else [(-5.12, 5.12)]
    problem = Problem(Grid(bounds, size), zeta)
    assert shared_strings(problem) == plain
    assert shared_strings(fewest_strings(problem)) == moved


def test_only_the_axes_that_gain_are_moved():
    box = [(-2.0, 2.0), (-2.0, 2.0)]
    one = fewest_strings(Problem(Grid(box, 3), "x**4 - x**2 + exp(y)"))
    assert one.grid.bounds == ((-1.75, 2.25), (-2.0, 2.0))
    both = fewest_strings(Problem(Grid(box, 3), "x**4 - x**2 + y**4 + x**2*y**2"))
    assert both.grid.bounds == ((-1.75, 2.25), (-1.75, 2.25))


def test_the_box_stays_where_nothing_is_saved():
    for problem in (
        Problem(Grid([(-4, 4)], 5), "harmonic"),  # pairs only, with and without
        Problem(Grid([(-2, 2)], 5), "exp(x)"),
        Problem.from_table(Problem(Grid([(-2, 2)], 4), "x**4").values, [(-2, 2)]),
    ):
        assert fewest_strings(problem) is problem


def test_success_is_that_of_the_plain_box():
    """What is left to chance is where the points lie: the shares within the radius are compared."""
    plain = Problem(Grid([(-2.5, 2.5)], 8), "double_well")
    shares = []
    slow = Schedule.geometric((20, 0.1), num_stages=12, num_steps=8, time_step=0.1)
    for problem in (plain, fewest_strings(plain)):
        shares.append(Goal(problem).share(np.abs(Anneal(problem, slow).final_state()) ** 2))
    assert shares[0] > 0.4
    assert shares[1] == pytest.approx(shares[0], abs=0.01)


def test_strings_of_a_large_sum_take_no_table():
    """Forty qubits: six pairs of bits of each square."""
    wide = Problem(Grid([(-2, 2)] * 10, 4), "+".join(f"x{i}**2" for i in range(1, 11)))
    assert shared_strings(wide) == 60
    assert "values" not in vars(wide)
