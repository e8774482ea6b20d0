"""The real roots of a polynomial with rational coefficients: all of them, for certain.

Factors of degree 1 and 2, and a*x^n + c, have exact roots. The real roots of other factors are
isolated by SymPy in intervals of rationals (Vincent, Akritas, Strzeboński), which are then halved
to 40 decimals. (SymPy's own refining takes seconds from degree 10 on.)
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy
from sympy import Expr, Poly, Rational

from services.calculator.algebra import numeric
from services.calculator.numbers import enclose
from services.calculator.numbers.enclose import CONTEXT, Enclosure
from services.calculator.numbers.scalars import Scalar

_WIDTH = Rational(1, 10**40)


@dataclass(frozen=True, slots=True)
class Root:
    """exact: the root as an expression, where it has one short enough to be read."""

    number: Scalar
    exact: Expr | None


def real_roots(polynomial: Poly, max_bits: int) -> list[Root]:
    """Every real root once, in no order. The polynomial is not zero, its domain the rationals."""
    roots: list[Root] = []
    for factor, _multiplicity in polynomial.factor_list()[1]:
        exact = _exact_roots(factor)
        if exact is not None:
            roots.extend(Root(numeric.with_form(root, max_bits), root) for root in exact)
        else:
            roots.extend(Root(_between(a, b), None) for a, b in _isolated(factor))
    return roots


def _exact_roots(factor: Poly) -> list[Expr] | None:
    """The real roots of an irreducible factor; None when there is no short form for them."""
    degree, coefficients = factor.degree(), factor.all_coeffs()
    if degree == 1:
        return [-coefficients[1] / coefficients[0]]
    if degree == 2:
        return _quadratic(*coefficients)
    if any(coefficients[1:-1]):
        return None
    power = -coefficients[-1] / coefficients[0]
    if degree % 2 == 1:
        sign = 1 if power > 0 else -1
        return [sign * sympy.Pow(abs(power), Rational(1, degree))]
    root = sympy.Pow(power, Rational(1, degree)) if power > 0 else None
    return [] if root is None else [-root, root]


def _quadratic(a: Rational, b: Rational, c: Rational) -> list[Expr]:
    discriminant = b**2 - 4 * a * c
    if discriminant < 0:
        return []
    half = sympy.sqrt(discriminant) / (2 * a)
    return [-b / (2 * a) - half, -b / (2 * a) + half]


def _isolated(factor: Poly) -> list[tuple[Rational, Rational]]:
    whole = [int(coefficient) for coefficient in factor.clear_denoms(convert=True)[1].all_coeffs()]
    return [_refined(whole, low, high) for (low, high), _multiplicity in factor.intervals()]


def _refined(coefficients: list[int], low: Rational, high: Rational) -> tuple[Rational, Rational]:
    """The narrow interval around the one simple root between low and high, neither a root."""
    rising = _is_positive(coefficients, high)
    while high - low > _WIDTH:
        middle = (low + high) / 2
        if _is_positive(coefficients, middle) == rising:
            high = middle
        else:
            low = middle
    return low, high


def _is_positive(coefficients: list[int], at: Rational) -> bool:
    """Whether the polynomial is, at p/q: by Horner's rule on whole numbers, q^n f(p/q)."""
    p, q = int(at.p), int(at.q)
    value, scale = 0, 1
    for coefficient in coefficients:
        value = value * p + coefficient * scale
        scale *= q
    return value > 0


def _between(low: Rational, high: Rational) -> Enclosure:
    bounds = (enclose.enclose(low).interval, enclose.enclose(high).interval)
    return Enclosure(CONTEXT.mpf([bounds[0].a, bounds[1].b]))
