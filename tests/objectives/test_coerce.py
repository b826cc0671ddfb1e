"""What people may write for an objective: names, formulas, functions."""

import functools
import json

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

    def test_function_of_one_vector_is_taken_and_of_another_number_explained(self):
        assert as_objective(lambda x: x[1], 2)(1.0, 2.0) == 2.0
        with pytest.raises(ValueError, match=r"or one vector.*Write f\(x1, x2, x3\) or f\(x\)"):

            def f(x, y):
                return x

            as_objective(f, 3)

    def test_sympy_expressions(self):
        sympy = pytest.importorskip("sympy")
        x, y, x2, x10, a, b = sympy.symbols("x y x2 x10 a b")
        expression = 3 * x**2 + sympy.Abs(y) / 4 + sympy.exp(-x) + sympy.E * sympy.Max(x, y)
        made = as_objective(expression)
        wanted = 12 + 0.75 + np.exp(-2.0) + 3 * np.e
        assert made.dimensions == 2 and made(2.0, 3.0) == pytest.approx(wanted)
        assert as_objective(x**2, 2).source == as_objective("x**2", 2).source
        assert as_objective(x2 + 2 * x10).source["variables"] == [f"x{k}" for k in range(1, 11)]
        assert as_objective(b - a)(1.0, 5.0) == 4.0
        for bad in (sympy.gamma(x), sympy.Float(2.0)):
            with pytest.raises(FormulaError):
                as_objective(bad)

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
