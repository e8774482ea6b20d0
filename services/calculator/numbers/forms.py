"""Exact forms of irrational numbers: small SymPy expressions such as 2*sqrt(2), pi/6 and ln(3)/2.

A form says what a number is, its enclosure how large. Forms are built from SymPy objects only, by
SymPy's own automatic simplification and `expand`; each is bounded in nodes and bits, and is given
up (None) beyond: the enclosure then stands alone. Domain errors are found on the enclosures,
before: here every base of a root and every argument of a logarithm is positive.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Rational

from services.calculator.tree import Function, Operator

_MAX_NODES = 30
_MAX_BITS = 128
_MAX_EXPONENT = 64
_MAX_DIVISOR_TERMS = 2
# sin and cos of a multiple of pi with another denominator are long, or have no radicals at all.
_SHORT_ANGLES = frozenset({1, 2, 3, 4, 5, 6, 8, 10, 12})

PI: Expr = sympy.pi
E: Expr = sympy.E
PHI: Expr = (1 + sympy.sqrt(5)) / 2

FUNCTIONS: dict[Function, Callable[[Expr], Expr]] = {
    Function.EXP: sympy.exp,
    Function.LN: sympy.log,
    Function.SIN: sympy.sin,
    Function.COS: sympy.cos,
    Function.TAN: sympy.tan,
    Function.ASIN: sympy.asin,
    Function.ACOS: sympy.acos,
    Function.ATAN: sympy.atan,
    Function.SINH: sympy.sinh,
    Function.COSH: sympy.cosh,
    Function.TANH: sympy.tanh,
}
"""Those of one argument that are a SymPy function each."""

_NODES = (
    *(sympy.Rational, sympy.core.numbers.Pi, sympy.core.numbers.Exp1, Add, Mul, Pow),
    *(sympy.exp, sympy.log, sympy.sin, sympy.cos, sympy.tan, sympy.asin, sympy.acos, sympy.atan),
    *(sympy.sinh, sympy.cosh, sympy.tanh),
)


def small(form: Expr | None, max_bits: int = _MAX_BITS) -> Expr | None:
    """`form` itself when it is a real expression within the bounds."""
    if form is None:
        return None
    pending, nodes = [form], 0
    while pending:
        node = pending.pop()
        nodes += 1
        if nodes > _MAX_NODES or not isinstance(node, _NODES):
            return None
        if isinstance(node, Rational):
            if max(node.p.bit_length(), node.q.bit_length()) > min(max_bits, _MAX_BITS):
                return None
        else:
            pending.extend(node.args)
    return form


def binary(operator: Operator, left: Expr, right: Expr) -> Expr | None:
    """The form of `left operator right`, both small; not yet checked to be small itself."""
    match operator:
        case Operator.ADD:
            return left + right
        case Operator.SUBTRACT:
            return left - right
        case Operator.MULTIPLY:
            return _shorter(left * right)
        case Operator.DIVIDE:
            return _quotient(left, right)
        case Operator.POWER:
            return _power(left, right)
    return None


def function(name: Function, argument: Expr) -> Expr | None:
    """The form of a function of a small argument."""
    build = FUNCTIONS.get(name)
    if build is None:
        return None
    if name in {Function.SIN, Function.COS, Function.TAN}:
        turns = argument / sympy.pi
        if turns.is_Rational and turns.q not in _SHORT_ANGLES:
            return None
    return build(argument)


def is_zero(form: Expr) -> bool:
    """Whether expanding shows that the form is zero: pi*(1 + sqrt(2)) - pi - pi*sqrt(2)."""
    return bool(form.expand() == 0)


def _quotient(left: Expr, right: Expr) -> Expr:
    if isinstance(right, Add) and len(right.args) <= _MAX_DIVISOR_TERMS:
        return _shorter(left * sympy.radsimp(1 / right))
    return _shorter(left / right)


def _power(base: Expr, exponent: Expr) -> Expr | None:
    if exponent.is_Rational:
        if max(abs(exponent.p), exponent.q) > _MAX_EXPONENT:
            return None
        if isinstance(base, Add) and exponent.q == 1 and exponent.p < 0:
            return _quotient(Integer(1), _shorter(Pow(base, -exponent)))
        return _shorter(Pow(base, exponent))
    return Pow(base, exponent)


def _shorter(form: Expr) -> Expr:
    """The form, or the form expanded when that is no longer."""
    if not form.has(Add) or _terms(form) > _MAX_NODES:
        return form
    expanded = form.expand()
    return expanded if _size(expanded) <= _size(form) else form


def _terms(form: Expr) -> int:
    """An upper estimate of the terms that expanding gives."""
    if isinstance(form, Add):
        return sum(map(_terms, form.args))
    if isinstance(form, Mul):
        product = 1
        for factor in form.args:
            product *= _terms(factor)
        return product
    if isinstance(form, Pow) and form.exp.is_Integer:
        return int(_terms(form.base) ** min(abs(int(form.exp)), _MAX_EXPONENT))
    return 1


def _size(form: Expr) -> int:
    return sum(1 for _ in sympy.preorder_traversal(form))
