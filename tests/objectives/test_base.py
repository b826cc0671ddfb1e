"""Objectives: what they refuse, what they answer, and what people may write for one."""

import numpy as np
import pytest

from qdml_quantum.objectives import (
    Objective,
)


def bowl(x, y):
    return x**2 + y**2


class TestArguments:
    def test_normalises(self):
        objective = Objective(
            bowl, np.int64(2), bounds=[[-1, 1], np.array([0, 2])], minimizers=[(0, 0)], minimum=0
        )
        assert objective.dimensions == 2 and type(objective.dimensions) is int
        assert objective.bounds == ((-1.0, 1.0), (0.0, 2.0))
        assert objective.minimizers == ((0.0, 0.0),)
        assert objective.minimum == 0.0 and objective.continuous
        assert objective.source == {"callable": f"{__name__}.bowl"}
        assert repr(objective) == "Objective('objective', dimensions=2, minimum=0)"

    @pytest.mark.parametrize(
        ("change", "error", "part"),
        [
            ({"function": 3}, TypeError, "`function` must be a function"),
            ({"dimensions": 0}, ValueError, "`dimensions` must be at least 1"),
            ({"dimensions": 2.0}, TypeError, "`dimensions` must be an integer"),
            ({"dimensions": True}, TypeError, "`dimensions`"),
            ({"name": " "}, ValueError, "`name` must not be empty"),
            ({"name": 3}, TypeError, "`name` must be text"),
            ({"reference": None}, TypeError, "`reference`"),
            ({"bounds": [(-1, 1)]}, ValueError, "one (lower, upper) pair per axis, here 2"),
            ({"bounds": (-1, 1)}, TypeError, "`bounds`"),
            ({"bounds": "ab"}, TypeError, "`bounds`"),
            ({"bounds": 3}, TypeError, "`bounds`"),
            ({"bounds": [(-1, 1, 2), (0, 1)]}, ValueError, "pairs"),
            ({"bounds": [(1, -1), (0, 1)]}, ValueError, "lower < upper"),
            ({"bounds": [(1, 1), (0, 1)]}, ValueError, "lower < upper"),
            ({"bounds": [(0, np.inf), (0, 1)]}, ValueError, "finite"),
            ({"bounds": [(np.nan, 1), (0, 1)]}, ValueError, "finite"),
            ({"bounds": [(-1e308, 1e308), (0, 1)]}, ValueError, "finite"),
            ({"bounds": [("0", "1"), (0, 1)]}, TypeError, "numbers"),
            ({"minimizers": [(0,)]}, ValueError, "2 coordinate(s)"),
            ({"minimizers": (0.0, 0.0)}, TypeError, "`minimizers`"),
            ({"minimizers": [(0, np.nan)]}, ValueError, "finite"),
            ({"minimum": "0"}, TypeError, "`minimum`"),
            ({"minimum": np.inf}, ValueError, "`minimum` must be finite"),
            ({"source": {"f": bowl}}, TypeError, "plain JSON"),
            ({"source": 3}, TypeError, "`source`"),
        ],
    )
    def test_refuses(self, change, error, part):
        with pytest.raises(error) as caught:
            Objective(**{"function": bowl, "dimensions": 2, **change})
        assert part in str(caught.value)

    def test_is_frozen_and_keeps_no_reference_to_source(self):
        source = {"a": 1}
        objective = Objective(bowl, 2, source=source)
        source["a"] = 2
        assert objective.source == {"a": 1}
        with pytest.raises(AttributeError):
            objective.name = "other"
