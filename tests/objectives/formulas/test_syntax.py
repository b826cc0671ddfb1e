"""Trees of formulas: values, no depth along sums, equal where they are the same."""

import pickle

from qdml_quantum.objectives import parse_formula


def test_long_sums_are_no_deep_trees():
    formula = parse_formula("+".join(["x"] * 1000))
    assert formula(2.0) == 2000.0
    assert parse_formula("*".join(["x"] * 1000))(1.0) == 1.0


def test_deepest_formula_that_is_allowed_evaluates():
    text = "sin(" * 48 + "x" + ")" * 48
    assert -1 <= parse_formula(text)(0.3) <= 1


def test_formulas_are_values():
    formula = parse_formula("x**2 + where(y > 0, y, 0)")
    assert formula == parse_formula("x**2 + where(y > 0, y, 0)")
    assert pickle.loads(pickle.dumps(formula)) == formula
    assert hash(formula) == hash(parse_formula("x**2 + where(y > 0, y, 0)"))
