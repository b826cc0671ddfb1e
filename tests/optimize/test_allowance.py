"""What a search may spend, and how the starts share it."""

import pytest

from qdml_quantum.optimize.allowance import Allowance
from qdml_quantum.optimize.windows import Windows


@pytest.mark.parametrize("dimensions", [1, 2, 3, 10])
def test_starts_that_spend_their_share_spend_all(dimensions):
    allowance = Allowance(3200 * dimensions, Windows(), dimensions)
    spent = 0.0
    for number in range(allowance.num_starts):
        share = allowance.share(int(spent), number)
        assert share >= allowance.least
        spent += share
    assert spent == pytest.approx(allowance.maxfev, abs=allowance.num_starts)
    assert allowance.share(allowance.maxfev + 5, 0) == 0
    assert allowance.share(0, 0, 0.75) == pytest.approx(0.75 * allowance.maxfev / 4)


def test_what_a_start_leaves_goes_to_those_to_come():
    allowance = Allowance(6400, Windows(), 2)
    assert [allowance.share(used, 1) for used in (1600, 400)] == [1600, 2000]
    few = Allowance(6400, Windows(most=10), 2)
    assert few.most_windows == 10
    assert [few.windows_of(number, before) for number, before in ((0, 0), (1, 1))] == [2, 3]


def test_fewer_starts_where_evaluations_or_windows_are_few():
    least = Allowance(6400, Windows(), 2).least
    assert [Allowance(least * n + 25, Windows(), 2).num_starts for n in (1, 2, 9)] == [1, 2, 4]
    assert Allowance(6400, Windows(most=5), 2).num_starts == 2  # Two windows each, at least.
    with pytest.raises(ValueError, match=f"`maxfev` must be at least {least + 25} for one start"):
        Allowance(least + 24, Windows(), 2)
