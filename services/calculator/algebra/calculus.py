"""Derivatives, and integrals of elementary functions.

An antiderivative is given when differentiating it leads back (checking.py), and when it is made of
the calculator's own functions: e^(-x^2) has none. A logarithm is of the absolute value where that
holds as well. Not covered: improper integrals, several variables.
"""

from __future__ import annotations

import sympy
from sympy import Expr, Symbol
from sympy.integrals.manualintegrate import manualintegrate

from services.calculator.algebra import build, checking, enclosing, numeric
from services.calculator.algebra.asking import ask
from services.calculator.algebra.plain import plain, with_reciprocals
from services.calculator.algebra.rewrite import tidy
from services.calculator.algebra.writing import written
from services.calculator.decline import Declined, OverBound, Undecided
from services.calculator.evaluate import evaluate
from services.calculator.numbers import scalars
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Derivative, Integral, Node, Operator
from services.calculator.values import scalar

_MAX_ORDER = 5
_MAX_NODES = 80


def derivative(question: Derivative, max_bits: int) -> Expr:
    if not 1 <= question.order <= _MAX_ORDER:
        raise OverBound("a derivative of too high an order")
    expression = _small(question.node, question.variable, max_bits)
    unknown = build.unknown(question.variable)
    for _ in range(question.order):
        expression = plain(ask(sympy.diff, expression, unknown))
        if build.nodes(expression) > 4 * _MAX_NODES:
            raise OverBound("a derivative of too many terms")
    return tidy(expression)


def derivative_at(question: Derivative, at: Node, max_bits: int) -> Scalar:
    """The derivative's value there. NoValue: the function itself has none."""
    point = scalar(evaluate(at, max_bits))
    evaluate(question.node, max_bits, point)
    return numeric.value(derivative(question, max_bits), max_bits, point)


def antiderivative(question: Integral, max_bits: int) -> Expr:
    expression = _small(question.node, question.variable, max_bits)
    unknown = build.unknown(question.variable)
    found = _integrated(expression, unknown)
    asked = checking.of_tree(question.node, max_bits)
    absolute = _with_absolute_logarithms(found, expression, max_bits)
    # ln(abs(u)) has the slope of ln(u), for which SymPy sometimes finds no real expression.
    for candidate, alike in ((absolute, absolute), (absolute, found), (found, found)):
        try:
            slope = plain(ask(sympy.diff, alike, unknown))
            checking.require_agreement(checking.of_expression(slope, max_bits), asked, max_bits)
            written(candidate)
        except Declined:
            continue
        return candidate
    raise Undecided("no elementary antiderivative that holds")


def definite(question: Integral, low: Node, high: Node, max_bits: int) -> Scalar:
    """F(high) - F(low), where F is continuous in between and the area under f is near it."""
    start, end = scalar(evaluate(low, max_bits)), scalar(evaluate(high, max_bits))
    function = antiderivative(question, max_bits)
    area = scalars.binary(
        Operator.SUBTRACT,
        numeric.value(function, max_bits, end),
        numeric.value(function, max_bits, start),
        max_bits,
    )
    enclosing.require_continuity(checking.of_expression(function, max_bits), start, end, max_bits)
    bounds = enclosing.area(checking.of_tree(question.node, max_bits), start, end, max_bits)
    if not enclosing.overlap(area, bounds):
        raise Undecided("an antiderivative that does not give the area")
    return area


def _small(tree: Node, variable: str, max_bits: int) -> Expr:
    expression = build.expression(tree, variable, max_bits)
    if build.nodes(expression) > _MAX_NODES:
        raise OverBound("an expression of too many terms")
    return expression


def _integrated(expression: Expr, unknown: Symbol) -> Expr:
    # Products multiplied out are integrated several times faster; powers of sums are left alone.
    terms = ask(sympy.expand_mul, with_reciprocals(expression))
    found = ask(manualintegrate, terms, unknown)
    if found.has(sympy.Integral):
        found = _of_absolute_value(expression, unknown) or found
    if found.has(sympy.Integral):
        raise Undecided("an integral that SymPy has no rule for")
    return _without_constant(tidy(found), unknown)


def _of_absolute_value(expression: Expr, unknown: Symbol) -> Expr | None:
    """c*abs(u) with u = a*x + b, which SymPy leaves: c*u*abs(u)/(2*a)."""
    factor, size = expression.as_independent(unknown)
    if not isinstance(size, sympy.Abs):
        return None
    inner = size.args[0]
    slope = sympy.diff(inner, unknown)
    return factor * inner * size / (2 * slope) if slope.is_Rational and slope != 0 else None


def _without_constant(expression: Expr, unknown: Symbol) -> Expr:
    """x^2/2 rather than (x^2 + 3)/2 - 3/2: the constant is C."""
    return expression.as_independent(unknown, as_Add=True)[1]


def _with_absolute_logarithms(found: Expr, asked: Expr, max_bits: int) -> Expr:
    """ln(abs(u)) for every ln(u) that was not in the question, where u is negative somewhere."""
    kept = asked.atoms(sympy.log)

    def absolute(u: Expr) -> Expr:
        log = sympy.log(u)
        if log in kept or checking.is_never_negative(checking.of_expression(u, max_bits)):
            return log
        return sympy.log(sympy.Abs(u))

    return found.replace(sympy.log, absolute)
