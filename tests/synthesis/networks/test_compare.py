"""The table of one step: ours and every public method that is there."""

import pytest

from qdml_quantum import Grid, Problem
from qdml_quantum.synthesis.networks.compare import Cost, by_gates, compare_step
from qdml_quantum.synthesis.networks.rivals import STEPS, usable

PROBLEM = Problem(Grid([(-4, 4), (-3, 3)], [2, 3]), "himmelblau")


@pytest.mark.few(1)
@pytest.mark.parametrize("target", [None, "heavy-hex"])
def test_ours_needs_fewer_gates_than_every_public_method(target):
    rows = compare_step(PROBLEM, 1.0, 0.01, target=target, effort=0.2)
    costs = {row.method: row.two_qubit_gates for row in rows}
    ours = min(cost for method, cost in costs.items() if method.startswith("ours"))
    assert set(costs) == {"ours, joint", "ours, separate"} | set(
        usable(STEPS, edges=target is not None)
    )
    assert ours < min(cost for method, cost in costs.items() if not method.startswith("ours"))


def test_rows_are_sorted_by_gates_then_depth():
    rows = [Cost("a", 3, 2, 0.0), Cost("b", 2, 2, 0.0), Cost("c", 2, 1, 0.0)]
    assert [row.method for row in sorted(rows, key=by_gates)] == ["c", "b", "a"]
