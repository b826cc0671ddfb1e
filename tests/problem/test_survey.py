"""What several processes find of zeta, each on its part, against the whole array."""

import numpy as np
import pytest

from qdml_quantum import Grid, Objective, Problem
from qdml_quantum.diagnostics.checks import missed_well
from qdml_quantum.problem import survey
from qdml_quantum.problem.goal import Goal, find_minimizers, most_probable, of_counts
from qdml_quantum.support.processes import become

BLOCK = 1 << 7


def as_each(number, work):
    """What `work` gives in each of so many processes, one after the other.

    What a process shares depends on its own part only, so that a first round is enough to learn it,
    call by call; a call that depends on the answer of one before takes another round.
    """
    told = [[] for _ in range(number)]
    try:
        for _ in range(8):
            answers, before = [], [list(rows) for rows in told]
            for mine in range(number):
                calls = iter(range(1 << 20))

                def gather(numbers, mine=mine, calls=calls):
                    call = next(calls)
                    del told[mine][call:]
                    told[mine].append(tuple(numbers))
                    return [rows[call] if len(rows) > call else tuple(numbers) for rows in told]

                become(number, mine, gather)
                answers.append(work())
            if before == told:
                return answers
    finally:
        become(1, 0, lambda numbers: [tuple(numbers)])
    raise AssertionError("processes do not come to an end")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(survey, "BLOCK", BLOCK)


GRIDS = [Grid([(-3, 3)], 10), Grid([(-3, 3), (-2, 4)], [4, 6]), Grid([(-3, 3)] * 4, [2, 3, 4, 3])]


def counted(grid, asked):
    """Waves on a bowl that is off the middle, so that nothing is equal by symmetry."""

    def zeta(*x):
        value = sum((c - 0.3 - 0.1 * n) ** 2 + np.cos(5 * c) for n, c in enumerate(x))
        asked.append(np.size(value))
        return value

    return Problem(grid, Objective(zeta, grid.dimensions, name="counted"))


@pytest.mark.parametrize("shape", [(1 << 10,), (4, 256), (16, 64), (2, 2, 2, 256)])
def test_blocks_are_the_array_once_and_in_order(shape):
    blocks = survey.blocks_of(shape)
    numbers = np.arange(np.prod(shape)).reshape(shape)
    assert np.concatenate([numbers[block].ravel() for block in blocks]).tolist() == list(
        range(numbers.size)
    )
    assert max(numbers[block].size for block in blocks) <= BLOCK


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("number", [2, 4])
def test_all_find_what_the_whole_says(grid, number):
    whole, asked = counted(grid, []), []
    found = as_each(number, lambda: survey.surveyed(counted(grid, asked).values_at, grid.shape))
    assert all(one == found[0] for one in found)
    one, values = found[0], whole.values
    assert (one.lowest, one.highest) == (values.min(), values.max())
    assert one.largest_jump == whole.largest_jump
    assert one.spread == pytest.approx(values.std(), rel=1e-12)
    order = np.argsort(values, axis=None, kind="stable")[: survey.MOST_MINIMA]
    assert one.minima == tuple(zip(values.ravel()[order].tolist(), order.tolist(), strict=True))
    assert max(asked) <= 4 * BLOCK  # With the neighbours behind a block, on two axes here.


def test_the_digest_is_of_the_values_and_not_of_the_processes():
    grid = GRIDS[1]

    def digests(number, problem):
        return {one.digest for one in as_each(
            number, lambda: survey.surveyed(problem.values_at, grid.shape))}  # fmt: skip

    same = counted(grid, [])
    assert digests(2, same) == digests(4, same) == digests(3, same)
    values = same.values.copy()
    values[-1, -1] += 1e-9
    assert digests(2, Problem.from_table(values, grid.bounds)) != digests(2, same)
    first = digests(2, Problem.from_table(values, grid.bounds))
    values[[0, 1, 2, 3]] = values[[2, 3, 0, 1]]  # Two whole blocks in each other's place.
    other = digests(2, Problem.from_table(values, grid.bounds))
    assert len(first) == len(other) == 1
    assert first != other


@pytest.mark.parametrize("row", [0, 7, 8, 15])
def test_extremes_may_lie_in_any_part(row):
    """Lowest, highest and the largest jump, of the first process or of the last one."""
    values = np.zeros((16, 64))
    values[row, 3:5] = -2.0, 5.0
    table = Problem.from_table(values, [(0, 1), (0, 1)])
    for number in (2, 3, 4):
        for one in as_each(number, lambda: survey.surveyed(table.values_at, table.grid.shape)):
            assert (one.lowest, one.highest, one.largest_jump) == (-2.0, 5.0, 7.0)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_a_problem_and_its_goal_never_hold_the_whole(grid):
    """Range, jump, spread, minimizers, chance, missed wells: as from arrays of all points."""

    def facts(problem, goal):
        return [
            *problem.span,
            problem.largest_jump,
            problem.spread,
            problem.thinned(1).values.sum(),
            *find_minimizers(problem)[0][0],
            goal.baseline,
            missed_well(problem).value,
        ]

    asked = []

    def work():
        problem = counted(grid, asked)
        goal = Goal(problem)
        told = facts(problem, goal)
        assert "values" not in vars(problem)
        assert "mask" not in vars(goal)
        return told, problem.values_hash

    (one, digest), (other, same) = as_each(2, work)
    assert one == other
    assert digest == same
    whole = counted(grid, [])
    np.testing.assert_allclose(one, facts(whole, Goal(whole)), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shots", [3, 40, 4000])
def test_counts_say_what_the_histogram_says(shots):
    grid = GRIDS[1]
    problem = counted(grid, [])
    goal, rng = Goal(problem), np.random.default_rng(shots)
    weights = np.exp(-problem.values)
    draws = rng.multinomial(shots, (weights / weights.sum()).ravel()).reshape(grid.shape)
    if shots == 3:
        draws = np.zeros(grid.shape, dtype=int)
        draws[[0, 5, 9], [1, 2, 3]] = 1  # Single hits: nothing can be told from anything.
    counts = {grid.bitstring_of(index): int(draws[tuple(index)]) for index in np.argwhere(draws)}
    index, success = of_counts(goal, counts, 0.95)
    assert index == most_probable(draws / shots, problem, shots)
    assert success == goal.success(draws / shots, shots)
    alone = as_each(2, lambda: of_counts(Goal(counted(grid, [])), counts, 0.95))
    assert alone == [(index, success)] * 2


def test_ties_of_a_table_are_its_first():
    values = np.ones((16, 64))
    values[3, 5:30] = 0.0
    table = Problem.from_table(values, [(0, 1), (0, 1)])
    expected = find_minimizers(table)
    assert len(expected[0]) == 25

    def work():
        return find_minimizers(Problem.from_table(values, [(0, 1), (0, 1)]))

    assert as_each(2, work) == [expected] * 2
