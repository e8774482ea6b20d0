"""Results of SymPy held against what was asked, number by number.

Two expressions are compared at points between -8 and 8, in certain arithmetic: where both have a
value, the values must agree to 80 bits. That finds a wrong branch or a lost sign; it is no proof.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sympy import Expr, Rational

from services.calculator.algebra import numeric
from services.calculator.decline import Declined, Undecided
from services.calculator.evaluate import evaluate
from services.calculator.numbers import enclose, scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Node, Operator
from services.calculator.values import scalar

OfOneNumber: TypeAlias = Callable[[Scalar], Scalar]
"""A function of the unknown. Raises Declined where it has no value."""

# Odd fractions of both signs: none is a likely zero, pole or border of a domain.
_POINTS = tuple(
    Rational(n, 97) for n in (-747, -311, -130, -61, -23, 5, 41, 67, 118, 229, 502, 773)
)
_FAR = (Rational(-10_007), Rational(10_007))
_FEWEST = 2


def of_tree(tree: Node, max_bits: int) -> OfOneNumber:
    return lambda at: scalar(evaluate(tree, max_bits, at))


def of_expression(expression: Expr, max_bits: int) -> OfOneNumber:
    return lambda at: numeric.value(expression, max_bits, at)


def require_agreement(f: OfOneNumber, g: OfOneNumber, max_bits: int) -> None:
    """Undecided: they differ at a point, or both have values at fewer than two points."""
    compared = 0
    for point in _POINTS:
        at = enclose.enclose(point)  # without a form, so that nothing is spent on forms
        try:
            difference = scalars.binary(Operator.SUBTRACT, f(at), g(at), max_bits)
        except Declined:
            continue
        compared += 1
        if not numeric.is_zero(difference):
            raise Undecided("a result that does not hold at every point tried")
    if compared < _FEWEST:
        raise Undecided("a result that could not be checked")


def is_never_negative(f: OfOneNumber) -> bool:
    """As far as the points tell, and two far off."""
    return all(sign(f, enclose.enclose(at)) != -1 for at in (*_POINTS, *_FAR))


def sign(f: OfOneNumber, at: Scalar) -> int | None:
    """-1 or 1; None where there is no value, or it cannot be told from zero."""
    try:
        value = f(at)
    except Declined:
        return None
    enclosure = value if isinstance(value, Enclosure) else enclose.enclose(value)
    if enclosure.may_be_zero():
        return None
    return 1 if enclosure.interval.a > 0 else -1
