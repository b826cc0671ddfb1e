"""Typed formulas: what is refused, where and with which remedy, and what the rest is worth."""

import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qdml_quantum.objectives import parse_formula
from qdml_quantum.support.messages import FormulaError

REFUSED = [
    # text, column, part of the message
    ("__import__('os').system('ls')", 1, "Unknown name '__import__'"),
    ("x + eval(x)", 5, "Unknown name 'eval'"),
    ("x.real", 2, "Attributes"),
    ("x.__class__", 2, "Attributes"),
    ("(1).real*x", 4, "Attributes"),
    ("np.sin(x)", 1, "sin(x)"),
    ("[i for i in x]", 1, "round brackets"),
    ("{x}", 1, "round brackets"),
    ("x[0]", 2, "x1, x2"),
    ("(x for x in y)", 4, "`for`"),
    ("lambda x: x", 1, "`lambda`"),
    ("'x'", 1, "quotes"),
    ('x + "a"', 5, "quotes"),
    ("f'{x}'", 1, "Unknown name 'f'"),
    ("max(x, y=1)", 9, "right-hand side"),
    ("max(*x)", 5, "plain arguments"),
    ("max(x, **y)", 8, "plain arguments"),
    ("x^2", 2, "Write ** for a power."),
    ("2x", 2, "Write 2*x"),
    ("2.5x", 4, "Write 2.5*x"),
    ("3 cos(x)", 3, "Write 3*cos(...)"),
    ("2(x + 1)", 2, "Write 2*(...)"),
    ("x(y + 1)", 2, "Write x*(...)"),
    ("(x)(y)", 4, "(...)*(...)"),
    ("(x) y", 5, "(...)*y"),
    ("x y", 3, "Write x*y"),
    ("xy", 1, "Write x*y"),
    ("0x10 + x", 2, "Write 0*x10"),
    ("sin x", 1, "Write sin(...)"),
    ("x + sin", 5, "Write sin(...)"),
    ("9**9**9", 1, "not finite"),
    ("x + 9**9**9", 5, "not finite"),
    ("10**400*x", 1, "not finite"),
    ("9" * 400 + "*x", 1, "too large"),
    ("x*1e999", 3, "too large"),
    ("factorial(10**8)", 1, "120 for 5!"),
    ("x + 5!", 6, "120 for 5!"),
    ("1/0 + x", 3, "Division by zero"),
    ("x/0", 3, "Division by zero"),
    ("x/(1 - 1)", 4, "Division by zero"),
    ("x + 0**-1", 5, "not finite"),
    ("log(0)*x", 1, "not finite (-inf)"),
    ("x*sqrt(-1)", 3, "not finite (nan)"),
    ("(-8)**(1/3) + x", 1, "not finite"),
    ("where(x > 0, log(-1), x)", 14, "not finite"),
    ("inf*x", 1, "large finite number"),
    ("x + nan", 5, "where(...)"),
    ("1j*x", 2, "real"),
    ("2.5J + x", 4, "real"),
    ("x + i", 5, "real"),
    ("ln(x)", 1, "Write log(...)"),
    ("pow(x, 2)", 1, "a**b"),
    ("x + sine(x)", 5, "Did you mean `sin`?"),
    ("Sin(x)", 1, "Did you mean `sin`?"),
    ("X**2", 1, "Did you mean `x`?"),
    ("PI*x", 1, "Did you mean `pi`?"),
    ("x0 + x1", 1, "counted from x1"),
    ("x25", 1, "x1 ... x24"),
    ("y1 + x1", 1, "x1 ... x24"),
    ("x1 + y", 6, "two ways"),
    ("x + x2", 5, "two ways"),
    ("theta**2", 1, "Coordinates are"),
    ("sin()", 1, "takes 1 argument(s), but got 0"),
    ("sin(x, y)", 1, "takes 1"),
    ("atan2(x)", 1, "Write atan2(a, b)"),
    ("min(x)", 1, "takes 2 to 24"),
    ("where(x, 1, 2)", 7, "must be a comparison"),
    ("where(x > 0, 1)", 1, "takes 3"),
    ("x > 1", 1, "first argument of where"),
    ("x*(y > 1)", 4, "first argument of where"),
    ("where((x < 1) < 2, x, y)", 8, "first argument of where"),
    ("x if x > 0 else 1", 3, "where(x > 0, a, b)"),
    ("x and y", 3, "`and`"),
    ("not x", 1, "`not`"),
    ("True*x", 1, "Write 1."),
    ("None", 1, "`None`"),
    ("x := 1", 3, "without assignment"),
    ("x = 2", 3, "right-hand side"),
    ("x; y", 2, "one expression"),
    ("x\n+ 1", 2, "one line"),
    ("x\\\n", 2, "backslashes"),
    ("x // 2", 3, "floor(a/b)"),
    ("x % 2", 3, "remainder"),
    ("x @ y", 3, "product"),
    ("|x|", 1, "abs(x)"),
    ("~x", 1, "-x"),
    ("x # bowl", 3, "comments"),
    ("x`", 2, "no operator"),
    ("x\x00", 2, "no operator"),
    ("(x", 1, "never closed"),
    ("sin((x)", 4, "never closed"),
    ("x)", 2, "never opened"),
    ("(x, y)", 3, "arguments of a function"),
    ("0,5*x", 2, "0.5 with a point"),
    ("x*()", 3, "brackets are empty"),
    ("...", 1, "Attributes"),
    ("x +", 4, "missing or misplaced"),
    ("x*/2", 3, "missing or misplaced"),
    ("sin(, x)", 5, "missing or misplaced"),
    ("", 1, "empty"),
    (" \t ", 1, "empty"),
    ("pi", 1, "no minimizer"),
    ("2*e + 1", 1, "no minimizer"),
    ("x" * 2001, 2001, "2000 characters"),
    ("(" * 60 + "x" + ")" * 60, 51, "nested"),
    ("-" * 1900 + "x", None, "nested"),
    ("x**" * 600 + "x", None, "nested"),
    ("sin(" * 49 + "-" * 20 + "x" + ")" * 49, None, "nested"),
    ("\u0445**2", 1, "the Latin letter x"),  # Cyrillic
    ("co\u0455(x)", 3, "the Latin letter s"),
    ("\uff58**2", 1, "Write x."),  # fullwidth
    ("x\uff0b1", 2, "Write +."),
    ("\U0001d465 + 1", 1, "Write x."),  # mathematical italic
    ("x\u00b2", 2, "Write **2."),
    ("x\u2075", 2, "Write **5."),
    ("x\u2081", 2, "Write 1."),
    ("x \u2212 1", 3, "Write -."),
    ("x \u2013 1", 3, "Write -."),
    ("2\u00b7x", 2, "Write *."),
    ("2\u00d7x", 2, "Write *."),
    ("x\u00f72", 2, "Write /."),
    ("\u03c0*x", 1, "Write pi."),
    ("\u221ax", 1, "Write sqrt(...)."),
    ("\u221e*x", 1, "finite"),
    ("where(x \u2264 1, x, 2)", 9, "Write <=."),
    ("x\u00a0+ 1", 2, "ordinary space"),
    ("x\u200b", 2, "invisible"),
    ("\u03b8**2", 1, "plain ASCII"),
    ("\ud800", 1, "plain ASCII"),
    ("x\u202e+1", 2, "plain ASCII"),
]


@pytest.mark.parametrize(("text", "column", "part"), REFUSED, ids=lambda v: ascii(v)[:40])
def test_refused_with_column_and_remedy(text, column, part):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    message = str(caught.value)
    head, shown, caret = message.split("\n")
    assert part in head
    assert head.endswith((".", "?")) and head.count(". ") >= 1, "a problem and a remedy"
    if column is not None:
        assert head.startswith(f"Formula, column {column}: ")
    position = int(head.split(":")[0].removeprefix("Formula, column "))
    assert caret.strip() == "^" and caret.index("^") <= len(shown) + 1
    if len(text) <= 72:
        assert caret.index("^") == 4 + position - 1
    message.encode("utf-8")  # can be printed whatever the text was
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("x", ("x",)),
        ("y**2", ("x", "y")),
        ("w + x", ("x", "y", "z", "w")),
        ("x1 + x3", ("x1", "x2", "x3")),
        ("x24", tuple(f"x{k}" for k in range(1, 25))),
        ("  e*x + pi ", ("x",)),
    ],
)
def test_coordinates(text, variables):
    formula = parse_formula(text)
    assert formula.variables == variables
    assert formula.dimensions == len(variables)
    assert formula.text == text.strip()


def test_own_names_for_coordinates():
    formula = parse_formula("p**2 + q", ["q", "p"])
    assert formula(1.0, 3.0) == 10.0
    with pytest.raises(FormulaError, match="Unknown name 'x'"):
        parse_formula("x", ["q", "p"])


@pytest.mark.parametrize(
    "names", [[], ["x", "x"], ["pi"], ["sin"], ["if"], ["1a"], ["\u0445"], [3]]
)
def test_own_names_are_checked(names):
    with pytest.raises(ValueError, match="`variables` must"):
        parse_formula("x", names)


def test_broadcasts_and_counts_coordinates():
    formula = parse_formula("x + 10*y")
    assert formula(*np.ix_([1.0, 2.0], [3.0, 4.0, 5.0])).shape == (2, 3)
    with pytest.raises(TypeError, match="takes 2 coordinate"):
        formula(1.0)


WORDS = st.sampled_from(
    "x y z w x1 x2 x0 pi e 1 2.5 1e9 9**9 + - * / ** ( ) , < > == sin( cos( where( max( ^ ! . ' if "
    "lambda for [ ] { } := ; \n \t 1j \u0445 \u00b2 __import__ exp( log( 0 None import \\".split(
        " "
    )
)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=25).map("".join)))
@example("x\x00")
@example("\ud800")
@example("1" * 2000)
@example("1_" * 900 + "*x")
def test_any_text_is_a_formula_or_a_formula_error(text):
    try:
        formula = parse_formula(text)
    except FormulaError as error:
        assert str(error).startswith("Formula, column ")
        return
    assert formula(*([0.5] * formula.dimensions)).dtype == np.float64


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


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("x**2 + y*x - 3", {(0,), (0, 1), ()}),
        ("x - (y - (x - y*y)) + 2*y", {(0,), (1,)}),
        ("(x + y)**2 - cos(x - z)", {(0, 1), (0, 2)}),
        ("where(x > y, z, 1) + z", {(0, 1, 2), (2,)}),
        ("-(x + y)", {(0, 1)}),
    ],
)
def test_summands_add_up_to_the_formula(text, which):
    formula = parse_formula(text, ("x", "y", "z"))
    parts = formula.summands()
    assert {axes for axes, _ in parts} == which and len(parts) == len(which)
    points = np.random.default_rng(1).normal(size=(3, 20))
    total = sum(part(*points[list(axes)]) for axes, part in parts)
    np.testing.assert_allclose(total, formula(*points), atol=1e-12)
