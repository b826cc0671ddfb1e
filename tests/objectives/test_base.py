"""Objectives: what they refuse, what they answer, and what people may write for one."""

import functools
import json
import pickle

import numpy as np
import pytest

from qdml_quantum.objectives import (
    Objective,
    as_objective,
    builtin,
    objective_from_formula,
    parse_formula,
)
from qdml_quantum.support.messages import FormulaError

X = np.linspace(-1.0, 1.0, 5)


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
            ({"function": 3}, TypeError, "`function` must be callable"),
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


class TestAnswer:
    def test_open_grid(self):
        values = Objective(bowl, 2)(X[:, None], X[None, :3])
        assert values.shape == (5, 3) and values.dtype == np.float64 and values.flags.c_contiguous

    @pytest.mark.parametrize("function", [lambda x: 3, lambda x: np.float32(3), lambda x: [3] * 5])
    def test_constants_and_lists_broadcast(self, function):
        np.testing.assert_array_equal(Objective(function, 1)(X), np.full(5, 3.0))

    def test_coordinate_that_is_not_used_broadcasts(self):
        assert Objective(lambda x, y: x, 2)(X[:, None], X[None]).shape == (5, 5)
        assert Objective(lambda x, y: y, 2)(X[:, None], X).shape == (5, 5)

    def test_integers_booleans_and_single_precision_become_float64(self):
        for answer in (X > 0, X.astype(int), X.astype(np.float32)):
            assert Objective(lambda x, a=answer: a, 1)(X).dtype == np.float64

    def test_is_never_shared_with_the_function_or_the_caller(self):
        kept = np.zeros(5)
        for function in (lambda x: x, lambda x: kept):
            values = Objective(function, 1)(X)
            assert not np.shares_memory(values, X) and not np.shares_memory(values, kept)
            values[:] = 7
        assert kept.max() == 0

    def test_function_may_change_its_arguments(self):
        def rude(x):
            x *= 2
            return x

        coordinates = X.copy()
        np.testing.assert_array_equal(Objective(rude, 1)(coordinates), 2 * X)
        np.testing.assert_array_equal(coordinates, X)

    def test_integers_as_coordinates_and_empty_arrays(self):
        assert Objective(lambda x: x**-1, 1)([1, 2]).tolist() == [1.0, 0.5]
        assert Objective(lambda x: x, 1)(np.zeros(0)).shape == (0,)

    def test_pickles(self):
        for objective in (Objective(bowl, 2), as_objective("x*y"), as_objective("ackley", 2)):
            assert pickle.loads(pickle.dumps(objective))(1.0, 2.0) == objective(1.0, 2.0)

    @pytest.mark.parametrize(
        ("function", "error", "part"),
        [
            (lambda x: x[:3], ValueError, "shape (5,), but answered with shape (3,)"),
            (lambda x: x[:, None], ValueError, "answered with shape (5, 1)"),
            (lambda x: np.zeros((5, 5)), ValueError, "answered with shape (5, 5)"),
            (lambda x: x * 1j, TypeError, "complex"),
            (lambda x: x + 0j, TypeError, "real part"),
            (lambda x: None, TypeError, "Add a `return`"),
            (lambda x: "abc", TypeError, "must answer with numbers"),
            (lambda x: ["a"] * 5, TypeError, "must answer with numbers"),
            (lambda x: [[1], [1, 2]], TypeError, "array of numbers"),
            (lambda x: np.array([None] * 5), TypeError, "must answer with numbers"),
            (
                lambda x: np.where(x > 0, np.nan, x),
                ValueError,
                "2 of 5 point(s), first nan at x = ",
            ),
            (lambda x: 1 / x, ValueError, "1 of 5 point(s), first inf at x = 0.0"),
            (lambda x: np.log(x), ValueError, "3 of 5 point(s), first nan at x = -1.0"),
            (lambda x: np.ma.masked_less(x, 0), ValueError, "2 of 5 point(s)"),
            (lambda x: x if x > 0 else -x, ValueError, "numpy.where instead of if"),
            (lambda x: 1 // 0, ValueError, "raised ZeroDivisionError"),
            (lambda x: undefined, ValueError, "raised NameError"),  # noqa: F821
            (lambda x, y: x, ValueError, "raised TypeError"),
        ],
    )
    def test_refuses(self, function, error, part):
        with pytest.raises(error) as caught:
            Objective(function, 1, name="mine")(X)
        assert part in str(caught.value) and "`mine`" in str(caught.value)

    def test_raising_keeps_the_cause_and_names_shape_and_point(self):
        with pytest.raises(
            ValueError, match=r"broadcast to shape \(5,\), first point x = -1.0"
        ) as e:
            Objective(lambda x: {}["no"], 1)(X)
        assert isinstance(e.value.__cause__, KeyError)

    def test_interrupts_pass_through(self):
        def stop(x):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Objective(stop, 1)(X)

    def test_first_bad_point_in_two_dimensions(self):
        with pytest.raises(ValueError, match=r"5 of 25 .*\(x1, x2\) = \(-1.0, 0.5\)"):
            Objective(lambda x, y: np.where(y == 0.5, np.nan, x), 2)(*np.ix_(X, X))

    def test_answer_along_the_wrong_axis_is_not_spread_silently(self):
        with pytest.raises(ValueError, match="must answer with one value per point"):
            Objective(lambda x, y: x.ravel() ** 2, 2)(X[:, None], X[None])

    @pytest.mark.parametrize(
        ("coordinates", "error", "part"),
        [
            ((), TypeError, "takes 2 coordinate array(s), but got 0"),
            ((X,), TypeError, "got 1"),
            ((X, X, X), TypeError, "got 3"),
            ((X, X[:3]), ValueError, "(5,), (3,)"),
            ((X, "a"), TypeError, "Coordinate x2"),
            ((X * 1j, X), TypeError, "Coordinate x1"),
        ],
    )
    def test_coordinates_are_checked(self, coordinates, error, part):
        with pytest.raises(error) as caught:
            Objective(bowl, 2)(*coordinates)
        assert part in str(caught.value)


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


class TestOf:
    def test_objective_passes_through(self):
        objective = Objective(bowl, 2)
        assert as_objective(objective) is objective
        assert as_objective(objective, 2, "named").name == "named"
        with pytest.raises(ValueError, match="`objective` must have 3 dimension"):
            as_objective(objective, 3)

    @pytest.mark.parametrize("text", ["rastrigin", "Rastrigin", "RASTRIGIN "])
    def test_builtin(self, text):
        assert as_objective(text, 2).source == {"builtin": "rastrigin", "dimensions": 2}

    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("rastrign", "Unknown objective 'rastrign'. Did you mean `rastrigin`?"),
            ("double-wel", "Did you mean `double_well`?"),
            ("drop waves", "Did you mean `drop_wave`?"),
            ("qqq", "Unknown objective 'qqq'. Choose from: "),
        ],
    )
    def test_misspelt_builtin(self, text, part):
        with pytest.raises(ValueError) as caught:
            as_objective(text)
        assert part in str(caught.value) and not isinstance(caught.value, FormulaError)

    @pytest.mark.parametrize("text", ["x", "x - y", "x-y", "x2", "y"])
    def test_formulas_that_look_like_names(self, text):
        assert as_objective(text).source["formula"] == text

    @pytest.mark.parametrize("text", ["rastrigin + x", "x^2", "sin", "pi", "", "x y"])
    def test_bad_formulas_get_the_formula_message(self, text):
        with pytest.raises(FormulaError):
            as_objective(text)

    def test_formula_in_more_dimensions_than_it_mentions(self):
        objective = as_objective("x**2", dimensions=3)
        assert objective.source == {"formula": "x**2", "variables": ["x", "y", "z"]}
        assert objective(3.0, 0.0, 0.0) == 9.0
        assert as_objective("x1*x2", dimensions=6).dimensions == 6

    def test_formula_in_dimensions_that_do_not_fit(self):
        with pytest.raises(ValueError, match="Write x1, x2"):
            as_objective("x + y", dimensions=5)
        with pytest.raises(ValueError, match="must be at least 3"):
            as_objective("z", dimensions=2)
        with pytest.raises(ValueError, match="for objective 'himmelblau'"):
            as_objective("himmelblau", dimensions=3)

    def test_parsed_formula(self):
        assert as_objective(parse_formula("x*y")).name == "x*y"

    def test_formula_with_own_names(self):
        objective = objective_from_formula("q**2 + p", variables=["q", "p"])
        assert objective(2.0, 1.0) == 5.0

    @pytest.mark.parametrize(
        ("function", "dimensions"),
        [
            (bowl, 2),
            (lambda x: x, 1),
            (lambda x, *, scale=2.0: x * scale, 1),
            (functools.partial(bowl, 1.0), 1),
        ],
    )
    def test_dimensions_of_a_function(self, function, dimensions):
        assert as_objective(function).dimensions == dimensions

    @pytest.mark.parametrize("function", [lambda *x: x[0], lambda x, a=1: x, np.sin, lambda: 1])
    def test_dimensions_that_cannot_be_told_are_asked_for(self, function):
        with pytest.raises(ValueError, match="`dimensions` must be given"):
            as_objective(function)

    def test_dimensions_given(self):
        assert as_objective(lambda *x: sum(x), 3)(1.0, 2.0, 3.0) == 6.0
        assert as_objective(lambda x, a=1: x + a, 1)(1.0) == 2.0
        assert as_objective(np.sin, 1)(0.0) == 0.0

    def test_function_of_one_vector_is_explained(self):
        with pytest.raises(ValueError, match=r"one per axis.*Write f\(x1, x2\)"):

            def f(x):
                return x[0]

            as_objective(f, 2)

    def test_names(self):
        assert as_objective(bowl).name == "bowl"
        assert as_objective(lambda x: x).name == "objective"
        assert as_objective(lambda x: x, name="line").name == "line"
        assert as_objective("x**2", name="parabola").name == "parabola"

    @pytest.mark.parametrize("thing", [None, 3, X, [1, 2], {"x": 1}])
    def test_anything_else_is_refused(self, thing):
        with pytest.raises(TypeError, match="`objective` must be an objective"):
            as_objective(thing)

    def test_sources_rebuild(self):
        for objective in (as_objective("x**2 + y"), as_objective("x", 2), as_objective("levy", 3)):
            source = json.loads(json.dumps(objective.source))
            again = (
                builtin(source["builtin"], source["dimensions"])
                if "builtin" in source
                else objective_from_formula(source["formula"], source["variables"])
            )
            assert again.source == objective.source
