"""SymPy expressions to numbers, by the calculator's own arithmetic: enclosed, bounded, certain.

SymPy's evalf gives digits without a bound on its error, so it is not used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import sympy
from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from services.calculator.decline import NoValue
from services.calculator.numbers import forms, functions, scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Function, MathConstant, Operator

_NARROW = Rational(1, 2**80)

_CONSTANTS = {sympy.pi: MathConstant.PI, sympy.E: MathConstant.E}
_FUNCTIONS: dict[Callable[[Expr], Expr], Function] = {
    **{built: name for name, built in forms.FUNCTIONS.items()},
    sympy.Abs: Function.ABS,
}


def value(expression: Expr, max_bits: int, at: Scalar | None = None) -> Scalar:
    """The number that the expression is, where its unknown is `at`. Raises Declined."""
    known: dict[Expr, Scalar] = {}
    for node in sympy.postorder_traversal(expression):
        if node not in known:
            known[node] = _of_node(node, known, max_bits, at)
    return known[expression]


def with_form(expression: Expr, max_bits: int) -> Scalar:
    """The number that the expression is, with the expression as its exact form."""
    number = value(expression, max_bits)
    if not isinstance(number, Enclosure):
        return number
    return scalars.known(number, expression, max_bits)


def is_zero(number: Scalar) -> bool:
    """Whether the number is zero as far as can be told: its enclosure is narrow and holds zero."""
    if not isinstance(number, Enclosure):
        return bool(number == 0)
    low, high = number.bounds()
    return bool(low <= 0 <= high and high - low < _NARROW)


def _of_node(node: Expr, known: dict[Expr, Scalar], max_bits: int, at: Scalar | None) -> Scalar:
    if isinstance(node, Rational):
        return node
    if node in _CONSTANTS:
        return scalars.constant(_CONSTANTS[node])
    if isinstance(node, Symbol):
        if at is None:
            raise NoValue("an unknown without a value")
        return at
    arguments = [known[argument] for argument in node.args]
    if isinstance(node, Add | Mul):
        operator = Operator.ADD if isinstance(node, Add) else Operator.MULTIPLY
        return reduce(lambda a, b: scalars.binary(operator, a, b, max_bits), arguments)
    if isinstance(node, Pow):
        return scalars.binary(Operator.POWER, arguments[0], arguments[1], max_bits)
    if node.func in _FUNCTIONS:
        return functions.call(_FUNCTIONS[node.func], arguments, max_bits)
    raise NoValue("a function that the calculator does not have")
