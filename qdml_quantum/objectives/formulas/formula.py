"""A typed formula: text to a small tree by a whitelist over `ast`; nothing of it is ever executed.

The language: numbers; coordinates ``x, y, z, w`` or ``x1, ..., x24``; ``pi, e, tau``; the operators
``+ - * / **`` and round brackets; the functions of `grammar.FUNCTIONS`; comparisons as the first
argument of ``where(x > 0, a, b)``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.objectives.formulas.grammar import (
    CONSTANTS,
    FUNCTIONS,
    KEYWORDS,
    LETTERS,
    NUMBERED,
    OPERATORS,
)
from qdml_quantum.objectives.formulas.tokens import Token, refusal, tokenize
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import FormulaError, bad_value

DEEPEST = 60
"""Most levels of a formula tree; sums and products of any length are one level."""


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Coordinate:
    """The coordinate with this index."""

    index: int


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or function on its arguments."""

    operation: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank from left to right: ``first op1 second op2 third ...``."""

    first: Tree
    rest: tuple[tuple[str, Tree], ...]


Tree: TypeAlias = Number | Coordinate | Apply | Chain


@dataclass(frozen=True)
class ParsedFormula:
    """A parsed formula, callable on arrays; make one with `parse_formula`.

    Args:
        text: What was typed.
        variables: Names of the coordinates, in order.
        tree: The expression.
    """

    text: str
    variables: tuple[str, ...]
    tree: Tree

    @property
    def dimensions(self) -> int:
        """Number of coordinates."""
        return len(self.variables)

    def __call__(self, *coordinates: ArrayLike) -> Array:
        """Values at the coordinates (not checked to be finite; an `Objective` does that).

        Raises:
            TypeError: Wrong number of coordinates.
        """
        if len(coordinates) != self.dimensions:
            names = ", ".join(self.variables)
            raise TypeError(
                f"Formula {self.text!r} takes {self.dimensions} coordinate(s) ({names}), "
                f"but got {len(coordinates)}."
            )
        arrays = [real_array("coordinates", c, finite=False) for c in coordinates]
        with np.errstate(all="ignore"):
            return np.asarray(value_of(self.tree, arrays), dtype=np.float64)

    def summands(self) -> list[tuple[tuple[int, ...], Callable[..., Array]]]:
        """Coordinates and a function of them for every term of the sum that the formula is.

        Terms of the same coordinates are one. Brackets are not multiplied out.

        >>> parts = parse_formula("x**2 - (y + x*y) + 3*x").summands()
        >>> [(which, float(part(*[2.0] * len(which)))) for which, part in parts]
        [((0,), 10.0), ((1,), -2.0), ((0, 1), -4.0)]
        """
        grouped: dict[tuple[int, ...], list[tuple[str, Tree]]] = {}
        for sign, term in _terms(self.tree, "+"):
            grouped.setdefault(tuple(sorted(_coordinates(term))), []).append((sign, term))
        return [(which, _summed(which, terms)) for which, terms in grouped.items()]


def parse_formula(text: str, variables: Sequence[str] | None = None) -> ParsedFormula:
    """Parse a typed formula.

    Without `variables` the coordinates are those up to the last one that occurs: ``y**2`` is a
    function of ``(x, y)``, ``x1 + x3`` one of ``(x1, x2, x3)``. The names ``x, y, z, w`` and
    ``x1, x2, ...`` do not mix.

    Args:
        text: At most 2000 ASCII characters on one line.
        variables: Names of all coordinates in order, which may be any words that the language
            does not use itself.

    Raises:
        TypeError: `text` is not text.
        FormulaError: The text is not a formula; the message has the column, a caret and a remedy.

    >>> bumps = parse_formula("x**2 + 10*cos(2*pi*y)")
    >>> bumps.variables, bumps(2.0, 0.5).item()
    (('x', 'y'), -6.0)
    >>> parse_formula("x^2")
    Traceback (most recent call last):
    qdml_quantum.support.messages.FormulaError: Formula, column 2: `^` is no operator. Write ** for a power.
        x^2
         ^
    """  # noqa: E501 - the message of a doctest
    known = LETTERS + NUMBERED if variables is None else _checked_names(variables)
    tokens = tokenize(text, known)
    names = formula_names(text, tokens) if variables is None else known
    tree = parse_tree(text, names)
    if not any(token.text in names for token in tokens):
        problem = "A formula without a coordinate is constant and has no minimizer."
        raise refusal(text, 1, problem, f"Write one with {names[0] if names else 'x'} in it.")
    return ParsedFormula(text.strip(), names, tree)


def parse_number(text: str) -> float:
    """The value of a formula without coordinates.

    Raises:
        TypeError: `text` is not text.
        FormulaError: The text is not a formula, or has coordinates.

    >>> parse_number("-1/2"), parse_number("2*pi")
    (-0.5, 6.283185307179586)
    """
    tokenize(text, ())
    tree = _Parser(text.strip(), ()).read()
    if not isinstance(tree, Number):
        raise refusal(text, 1, "This is no number.", "Write one such as -1/2 or 2*pi.")
    return tree.value


def _terms(tree: Tree, sign: str) -> Iterator[tuple[str, Tree]]:
    """Terms of a sum, with the signs they have in the end."""
    if not isinstance(tree, Chain) or any(operation not in "+-" for operation, _ in tree.rest):
        yield sign, tree
        return
    for operation, term in (("+", tree.first), *tree.rest):
        yield from _terms(term, "+" if operation == sign else "-")


def _coordinates(tree: Tree) -> set[int]:
    """Numbers of the coordinates that occur."""
    match tree:
        case Number():
            return set()
        case Coordinate(index):
            return {index}
        case Apply(_, arguments):
            return set().union(*map(_coordinates, arguments))
        case Chain(first, rest):
            return _coordinates(first).union(*(_coordinates(term) for _, term in rest))


def _summed(which: Sequence[int], terms: Sequence[tuple[str, Tree]]) -> Callable[..., Array]:
    """The sum of some terms as a function of the coordinates that occur in them."""
    tree = Chain(Number(0.0), tuple(terms))

    def part(*coordinates: ArrayLike) -> Array:
        arrays = [np.zeros(())] * (1 + max(which, default=0))
        for index, values in zip(which, coordinates, strict=True):
            arrays[index] = np.asarray(values)
        with np.errstate(all="ignore"):
            return np.asarray(value_of(tree, arrays), dtype=np.float64)

    return part


def value_of(tree: Tree, coordinates: Sequence[Array]) -> Any:
    """Evaluate a tree on one array per coordinate.

    >>> value_of(Chain(Coordinate(0), (("+", Number(1.0)),)), [np.array([1.0, 2.0])])
    array([2., 3.])
    """
    match tree:
        case Number(value):
            return value
        case Coordinate(index):
            return coordinates[index]
        case Apply(operation, arguments):
            return apply_operation(operation, *(value_of(a, coordinates) for a in arguments))
        case Chain(first, rest):
            total = value_of(first, coordinates)
            for operation, operand in rest:
                total = OPERATORS[operation](total, value_of(operand, coordinates))
            return total


def apply_operation(operation: str, *values: Any) -> Any:
    """Apply an operator or a function of the language.

    >>> float(apply_operation("hypot", 3.0, 4.0))
    5.0
    """
    if operation in OPERATORS:
        return OPERATORS[operation](*values)
    return FUNCTIONS[operation][0](*values)


def _checked_names(variables: Sequence[str]) -> tuple[str, ...]:
    names = (variables,) if isinstance(variables, str) else tuple(variables)
    taken = {*CONSTANTS, *FUNCTIONS, *KEYWORDS}
    for name in names:
        if not isinstance(name, str) or not (name.isascii() and name.isidentifier()):
            raise bad_value("variables", "hold names such as 'x'", name)
        if name in taken:
            raise bad_value("variables", "not reuse words of formulas", name, "Rename it.")
    if not names or len(set(names)) < len(names):
        raise bad_value("variables", "hold one or more different names", names)
    return names


def parse_tree(text: str, names: tuple[str, ...]) -> Tree:
    """The tree of text whose signs and names were checked by `tokenize`.

    Raises:
        FormulaError: It is no expression.
    """
    try:
        return _Parser(text, names).read()
    except RecursionError:
        raise _too_deep(text, 1) from None


def formula_names(text: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    """All coordinates of the family in use, up to the last one that occurs."""
    used = [token for token in tokens if token.text in LETTERS + NUMBERED]
    if not used:
        return ()
    family = LETTERS if used[0].text in LETTERS else NUMBERED
    for token in used:
        if token.text not in family:
            both = f"`{token.text}` and `{used[0].text}`"
            problem = f"{both} belong to two ways of naming coordinates."
            remedy = "Write either x, y, z, w or x1, x2, x3, ..."
            raise refusal(text, token.column, problem, remedy)
    return family[: 1 + max(family.index(token.text) for token in used)]


def _too_deep(text: str, column: int) -> FormulaError:
    problem = f"The formula is nested more than {DEEPEST} levels deep."
    return refusal(text, column, problem, "Write it with fewer levels.")


_RANKS: tuple[dict[type[ast.operator], str], ...] = (
    {ast.Add: "+", ast.Sub: "-"},
    {ast.Mult: "*", ast.Div: "/"},
)
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


class _Parser:
    """Builds the tree from the nodes of `ast` that are on the whitelist."""

    def __init__(self, text: str, names: tuple[str, ...]) -> None:
        self.text = text
        self.names = names

    def read(self) -> Tree:
        try:
            node = ast.parse(f"({self.text})", mode="eval").body
        except SyntaxError as error:
            column = min(max((error.offset or 2) - 1, 1), len(self.text) + 1)
            problem = "Something is missing or misplaced here."
            raise refusal(self.text, column, problem, "Complete the expression.") from None
        except (MemoryError, RecursionError, ValueError, OverflowError):
            raise _too_deep(self.text, 1) from None
        return self.build(node, 1)

    def refuse(self, node: ast.expr | ast.keyword, problem: str, remedy: str) -> FormulaError:
        return refusal(self.text, max(node.col_offset, 1), problem, remedy)

    def build(self, node: ast.expr, depth: int) -> Tree:
        if depth > DEEPEST:
            raise _too_deep(self.text, max(node.col_offset, 1))
        match node:
            case ast.Constant(value=bool() | None):
                pass
            case ast.Constant(value=int() | float() as value):
                return Number(float(value))
            case ast.Name(id=name) if name in self.names:
                return Coordinate(self.names.index(name))
            case ast.Name(id=name) if name in CONSTANTS:
                return Number(CONSTANTS[name])
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.build(operand, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.fold(node, "negative", self.build(operand, depth + 1))
            case ast.BinOp(op=ast.Pow(), left=left, right=right):
                base, exponent = self.build(left, depth + 1), self.build(right, depth + 1)
                return self.fold(node, "**", base, exponent)
            case ast.BinOp(op=operator):
                for rank in _RANKS:
                    if type(operator) in rank:
                        return self.chain(node, rank, depth)
            case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
                return self.call(node, name, depth)
            case ast.Tuple():
                raise self.refuse(node, "These brackets are empty.", "Write an expression in them.")
            case ast.Compare():
                problem = "A comparison may only be the first argument of where."
                raise self.refuse(node, problem, "Write where(x > 0, a, b).")
        problem = f"{type(node).__name__} is not part of the language."
        raise self.refuse(node, problem, "Write numbers, coordinates, + - * / ** and functions.")

    def chain(self, node: ast.expr, rank: dict[type[ast.operator], str], depth: int) -> Tree:
        """Read a sum or a product of any length without recursion along it."""
        operands = []
        while isinstance(node, ast.BinOp) and type(node.op) in rank:
            operands.append((rank[type(node.op)], node.right))
            node = node.left
        first = self.build(node, depth + 1)
        rest: list[tuple[str, Tree]] = []
        for sign, right in reversed(operands):
            operand = self.build(right, depth + 1)
            if sign == "/" and operand == Number(0.0):
                problem = "Division by zero is not finite."
                raise self.refuse(right, problem, "Divide by another number.")
            if not rest and isinstance(first, Number) and isinstance(operand, Number):
                first = self.fold(right, sign, first, operand)
            else:
                rest.append((sign, operand))
        return Chain(first, tuple(rest)) if rest else first

    def call(self, node: ast.Call, name: str, depth: int) -> Tree:
        _, fewest, most = FUNCTIONS[name]
        starred = [a for a in node.args if isinstance(a, ast.Starred)]
        unusual: list[ast.expr | ast.keyword] = [*starred, *node.keywords]
        if unusual:
            problem = f"`{name}` takes plain arguments only."
            remedy = "Write expressions with commas between them."
            raise self.refuse(unusual[0], problem, remedy)
        if not fewest <= len(node.args) <= most:
            arity = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            problem = f"`{name}` takes {arity} argument(s), but got {len(node.args)}."
            raise self.refuse(node, problem, f"Write {name}({', '.join('abc'[:fewest])}).")
        if name != "where":
            return self.fold(node, name, *(self.build(a, depth + 1) for a in node.args))
        condition = self.condition(node.args[0], depth + 1)
        chosen = (self.build(a, depth + 1) for a in node.args[1:])
        return Apply("where", (condition, *chosen))

    def condition(self, node: ast.expr, depth: int) -> Tree:
        """Read a comparison or a chain of them, ``0 < x < 1``."""
        if not isinstance(node, ast.Compare) or any(type(o) not in _COMPARISONS for o in node.ops):
            problem = "The first argument of where must be a comparison."
            raise self.refuse(node, problem, "Write where(x > 0, a, b).")
        sides = [self.build(side, depth + 1) for side in (node.left, *node.comparators)]
        signs = [_COMPARISONS[type(operator)] for operator in node.ops]
        first, *rest = (Apply(s, tuple(sides[k : k + 2])) for k, s in enumerate(signs))
        return Chain(first, tuple(("both", other) for other in rest)) if rest else first

    def fold(self, node: ast.expr, operation: str, *arguments: Tree) -> Tree:
        """An operation; of constants, its value, which has to be finite."""
        constants = [np.float64(a.value) for a in arguments if isinstance(a, Number)]
        if len(constants) < len(arguments):
            return Apply(operation, arguments)
        with np.errstate(all="ignore"):
            value = float(apply_operation(operation, *constants))
        if not np.isfinite(value):
            problem = f"This constant is not finite ({value})."
            raise self.refuse(node, problem, "Write a finite number.")
        return Number(value)
