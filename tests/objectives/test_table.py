"""Tables: values on their own grid, their identity, and what they refuse."""

import json

import numpy as np
import pytest

from qdml_quantum.objectives import (
    Objective,
)


class TestTable:
    VALUES = np.arange(12.0).reshape(4, 3) - 5
    BOUNDS = ((-2, 2), (0, 1))

    def table(self):
        return Objective.from_table(self.VALUES, self.BOUNDS, name="measured")

    def test_answers_on_its_grid(self):
        x, y = -2 + np.arange(4) * 1.0, np.arange(3) / 3
        np.testing.assert_array_equal(self.table()(*np.ix_(x, y)), self.VALUES)
        assert self.table()(1.0, 2 / 3 + 1e-12) == self.VALUES[3, 2]

    def test_says_what_it_is(self):
        table = self.table()
        assert not table.continuous and table.name == "measured" and table.bounds == self.BOUNDS
        assert table.minimum == -5 and table.minimizers == ((-2.0, 0.0),)
        identity = table.source["table"]
        assert identity["shape"] == [4, 3] and len(identity["sha256"]) == 64
        json.dumps(dict(table.source))

    def test_identity_depends_on_values_and_bounds(self):
        changed = self.VALUES.copy()
        changed[0, 0] += 1e-15 * 8
        others = [
            Objective.from_table(changed, self.BOUNDS),
            Objective.from_table(self.VALUES, ((-2, 2), (0, 2))),
            Objective.from_table(self.VALUES.reshape(3, 4), self.BOUNDS),
        ]
        hashes = {t.source["table"]["sha256"] for t in [self.table(), *others]}
        assert len(hashes) == 4
        same = Objective.from_table(self.VALUES.astype(np.float32), self.BOUNDS)
        assert same.source == self.table().source

    def test_copies(self):
        values = self.VALUES.copy()
        table = Objective.from_table(values, self.BOUNDS)
        values[:] = 0
        assert table(-2.0, 0.0) == -5
        assert not table.function.values.flags.writeable

    @pytest.mark.parametrize("x", [0.5, 2.0, -3.0, 1e9, np.nan, 1e-6])
    def test_refuses_other_points(self, x):
        with pytest.raises(ValueError, match="knows only its own 4 points from -2 in steps of 1"):
            self.table()(x, 0.0)

    def test_tolerance_survives_a_far_box(self):
        table = Objective.from_table(np.arange(1024.0), [(1000, 1001)])
        x = 1000 + np.arange(1024) / 1024
        np.testing.assert_array_equal(table(x), np.arange(1024.0))
        shifted = Objective.from_table(np.arange(1000.0), [(1e6, 1e6 + 1e-3)])
        assert shifted(np.linspace(1e6, 1e6 + 1e-3, 1000, endpoint=False))[-1] == 999

    def test_very_many_minima_are_not_listed(self):
        flat = Objective.from_table(np.zeros(128), [(0, 1)])
        assert flat.minimum == 0 and flat.minimizers == ()

    @pytest.mark.parametrize(
        ("values", "bounds", "error", "part"),
        [
            ([1, np.nan], [(0, 1)], ValueError, "nan at index 1"),
            ([[1, 2], [3, np.inf]], [(0, 1)] * 2, ValueError, "inf at index (1, 1)"),
            ([1j, 2], [(0, 1)], TypeError, "real numbers"),
            (["a", "b"], [(0, 1)], TypeError, "real numbers"),
            ([[1], [1, 2]], [(0, 1)], ValueError, "rectangular"),
            (3.0, [(0, 1)], ValueError, "2 or more points"),
            ([1.0], [(0, 1)], ValueError, "2 or more points"),
            ([1, 2], [(1, 0)], ValueError, "lower < upper"),
            ([1, 2], [(0, 1), (0, 1)], ValueError, "one (lower, upper) pair per axis, here 1"),
        ],
    )
    def test_refuses_bad_tables(self, values, bounds, error, part):
        with pytest.raises(error) as caught:
            Objective.from_table(values, bounds)
        assert part in str(caught.value)
