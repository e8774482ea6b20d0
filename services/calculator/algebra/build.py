"""From the tree to a SymPy expression of one real unknown, bounded before SymPy works on it.

Covers: the operators but modulo, powers, roots, logarithms, trigonometry and its inverses,
hyperbolic functions, absolute value. What holds no unknown is computed as everywhere else and must
have an exact form. The walk keeps its own stack; the bounds keep SymPy's recursion shallow.

NotACalculation: what algebra has no rule for (modulo, rounding, units of length).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import sympy
from sympy import Expr, Integer, Pow, Rational, Symbol

from services.calculator.decline import NotACalculation, NoValue, OverBound, Undecided
from services.calculator.evaluate import combine, evaluate
from services.calculator.numbers import forms
from services.calculator.numbers.enclose import Enclosure
from services.calculator.tree import (
    Binary,
    Call,
    Function,
    Negate,
    Node,
    Operator,
    Percent,
    Variable,
    fold,
    walk,
)
from services.calculator.values import Value

_MAX_TREE_NODES = 150
_MAX_NODES = 200
_MAX_BITS = 512
MAX_EXPONENT = 1_000
_MAX_POWER_BITS = 2_000

_Term: TypeAlias = "Value | Expr"

_FUNCTIONS: dict[Function, Callable[[Expr], Expr]] = {
    **forms.FUNCTIONS,
    Function.SQRT: sympy.sqrt,
    Function.CBRT: lambda x: Pow(x, Rational(1, 3)),
    Function.LOG2: lambda x: sympy.log(x) / sympy.log(2),
    Function.ABS: sympy.Abs,
}


def unknown(name: str) -> Symbol:
    return Symbol(name, real=True)


def expression(tree: Node, variable: str, max_bits: int) -> Expr:
    """The tree as an expression of `variable`. Raises Declined."""
    _check_tree(tree, variable)

    def leaf(node: Node) -> _Term:
        return unknown(variable) if isinstance(node, Variable) else evaluate(node, max_bits)

    return expression_of(fold(tree, leaf, lambda node, below: _combined(node, below, max_bits)))


def expression_of(term: _Term) -> Expr:
    """NoValue: a quantity or a date; Undecided: a number without an exact form."""
    if isinstance(term, Expr):
        return term
    if not isinstance(term, Enclosure):
        raise NoValue("units and dates in algebra")
    if term.form is None:
        raise Undecided("a number without a short exact form, in algebra")
    return term.form


def nodes(expression: Expr) -> int:
    return sum(1 for _ in sympy.preorder_traversal(expression))


def _check_tree(tree: Node, variable: str) -> None:
    for count, node in enumerate(walk(tree), 1):
        if count > _MAX_TREE_NODES:
            raise OverBound("an expression of too many terms")
        if isinstance(node, Variable) and node.name != variable:
            raise NotACalculation("a second unknown")


def _combined(node: Node, arguments: Sequence[_Term], max_bits: int) -> _Term:
    known = [a for a in arguments if not isinstance(a, Expr) or isinstance(a, Rational)]
    if len(known) == len(arguments):
        return combine(node, known, max_bits)
    return _bounded(_applied(node, [expression_of(a) for a in arguments]))


def _applied(node: Node, arguments: Sequence[Expr]) -> Expr:
    first = arguments[0]
    match node:
        case Negate():
            return -first
        case Percent():
            return first / 100
        case Binary():
            return _binary(node.operator, first, arguments[1])
        case Call():
            return _call(node.function, arguments)
    raise NotACalculation("not an operation of algebra")


def _binary(operator: Operator, left: Expr, right: Expr) -> Expr:
    match operator:
        case Operator.ADD:
            return left + right
        case Operator.SUBTRACT:
            return left - right
        case Operator.MULTIPLY:
            return left * right
        case Operator.DIVIDE:
            if right == 0:
                raise NoValue("division by zero")
            return left / right
        case Operator.POWER:
            return _power(left, right)
    raise NotACalculation("not an operation of algebra")


def _power(base: Expr, exponent: Expr) -> Expr:
    if base == 0 or (base.is_Rational and base < 0):
        raise NoValue("a power that is not always real")
    coefficient = base.as_coeff_Mul()[0]
    if exponent.is_Rational:
        size = max(abs(exponent.p), exponent.q)
        bits = max(abs(coefficient.p), coefficient.q).bit_length()
        if size > MAX_EXPONENT or bits * size > _MAX_POWER_BITS + MAX_EXPONENT:
            raise OverBound("an exponent over the bound of algebra")
    return Pow(base, exponent)


def _call(function: Function, arguments: Sequence[Expr]) -> Expr:
    first = arguments[0]
    if function in _FUNCTIONS and len(arguments) == 1:
        return _FUNCTIONS[function](first)
    match function, len(arguments):
        case Function.LOG, 1:
            return sympy.log(first) / sympy.log(10)
        case Function.LOG, 2:
            return sympy.log(first) / sympy.log(arguments[1])
        case Function.ROOT, 2 if arguments[1].is_Integer and arguments[1] != 0:
            return _power(first, Integer(1) / arguments[1])
        case Function.SUM, _:
            return sympy.Add(*arguments)
        case Function.PRODUCT, _:
            return sympy.Mul(*arguments)
    raise NotACalculation("not a function of algebra")


def _bounded(result: Expr) -> Expr:
    """The result, when it is real, finite and of a size that SymPy works on in time."""
    for count, node in enumerate(sympy.preorder_traversal(result)):
        if count > _MAX_NODES:
            raise OverBound("an expression of too many terms")
        if isinstance(node, Rational) and max(abs(node.p), node.q).bit_length() > _MAX_BITS:
            raise OverBound("a coefficient over the bound of algebra")
        if isinstance(node, Pow) and node.exp.is_Rational and abs(node.exp) > MAX_EXPONENT:
            raise OverBound("an exponent over the bound of algebra")
        if node in _UNREAL:
            raise NoValue("not a real number")
    return result


_UNREAL = frozenset({sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I})
