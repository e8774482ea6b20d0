"""Equations of one real unknown: every solution, or none is given at all.

Polynomial and rational equations by their factors (polynomials.py), others by SymPy's solveset
where it finds finitely many. Every candidate is put into the equation as it was typed: one without
a value there is dropped (a pole, the logarithm of a negative number), one that does not solve it
means that something went wrong, and no answer is given. A sign change of the equation that no
solution accounts for means that one was missed.

Not covered: equations with infinitely many solutions (sin(x) = 1/2), complex solutions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cmp_to_key

import sympy
from sympy import Expr, Poly, Pow, Rational

from services.calculator.algebra import build, checking, missed, numeric
from services.calculator.algebra.asking import ask
from services.calculator.algebra.plain import plain
from services.calculator.algebra.polynomials import Root, real_roots
from services.calculator.decline import NoValue, OverBound, Undecided
from services.calculator.numbers import scalars
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import (
    Binary,
    Call,
    Function,
    Node,
    Operator,
    Solve,
    operands,
    variables,
    walk,
)

_MAX_DEGREE = 20
_MAX_SOLVESET_NODES = 60
_ODD_ROOTS = frozenset({Function.CBRT, Function.ROOT})


@dataclass(frozen=True, slots=True)
class Solutions:
    """Ascending; `every`: every number is a solution."""

    roots: tuple[Root, ...]
    every: bool = False


def solve(question: Solve, max_bits: int) -> Solutions:
    """All real solutions. Raises Declined, Undecided above all."""
    difference = Binary(Operator.SUBTRACT, question.left, question.right)
    if _has_odd_root(difference):
        # SymPy's cube root of a negative number is complex; the calculator's is real.
        raise Undecided("an equation with an odd root of the unknown")
    equation = build.expression(difference, question.variable, max_bits)
    unknown = build.unknown(question.variable)
    if degree(equation) > _MAX_DEGREE:
        raise OverBound("an equation of too high a degree")
    above, below = sympy.fraction(ask(sympy.together, equation))
    polynomial = _polynomial(above, unknown)
    if polynomial is None or not below.is_polynomial(unknown):
        _refuse_long_radicals(above, unknown)
        return _by_solveset(equation, unknown, difference, max_bits)
    if polynomial.is_zero:
        return _every(difference)
    roots = real_roots(polynomial, max_bits)
    return Solutions(_sorted(_solving(roots, difference, equation, max_bits), max_bits))


def degree(expression: Expr) -> int:
    """An upper estimate of the degree of the polynomials that clearing fractions leads to."""
    if not expression.free_symbols or not expression.args:
        return int(bool(expression.free_symbols))
    if isinstance(expression, sympy.Add):
        parts = [(degree(a), _has_fraction(a)) for a in expression.args]
        fractions = sum(size for size, is_fraction in parts if is_fraction)
        return fractions + max((size for size, is_fraction in parts if not is_fraction), default=0)
    if isinstance(expression, sympy.Mul):
        return sum(map(degree, expression.args))
    if isinstance(expression, Pow) and expression.exp.is_Integer:
        return degree(expression.base) * abs(int(expression.exp))
    return max(map(degree, expression.args))


def _has_fraction(expression: Expr) -> bool:
    return any(
        isinstance(node, Pow) and node.exp.is_Rational and node.exp < 0
        for node in sympy.preorder_traversal(expression)
    )


def _polynomial(expression: Expr, unknown: sympy.Symbol) -> Poly | None:
    if not expression.is_polynomial(unknown):
        return None
    polynomial = Poly(expression, unknown)
    return polynomial.set_domain(sympy.QQ) if polynomial.domain in (sympy.ZZ, sympy.QQ) else None


def _refuse_long_radicals(above: Expr, unknown: sympy.Symbol) -> None:
    """Cubics and more with irrational coefficients: SymPy has formulas, nobody can read them."""
    if above.is_polynomial(unknown):
        polynomial = Poly(above, unknown)
        if polynomial.degree() > 2 and len(polynomial.terms()) > 2:
            raise Undecided("a polynomial with irrational coefficients")


def _every(difference: Node) -> Solutions:
    """An identity holds for every x only if it has a value for every x."""
    for node in walk(difference):
        if isinstance(node, Binary | Call) and not _is_total(node) and variables(node):
            raise Undecided("an identity that may not hold everywhere")
    return Solutions((), every=True)


def _is_total(node: Binary | Call) -> bool:
    if isinstance(node, Call):
        return node.function in _TOTAL
    if node.operator is Operator.DIVIDE:
        return not variables(node.right)
    return node.operator is not Operator.POWER or _is_whole(node.right)


def _is_whole(exponent: Node) -> bool:
    return not operands(exponent) and getattr(exponent, "decimals", 1) == 0


_TOTAL = frozenset(
    {
        *(Function.SIN, Function.COS, Function.ATAN, Function.EXP, Function.ABS),
        *(Function.SINH, Function.COSH, Function.TANH, Function.SUM, Function.PRODUCT),
    }
)


def _by_solveset(
    equation: Expr, unknown: sympy.Symbol, difference: Node, max_bits: int
) -> Solutions:
    if build.nodes(equation) > _MAX_SOLVESET_NODES:
        raise OverBound("an equation of too many terms")
    found = ask(sympy.solveset, equation, unknown, sympy.Reals)
    if found == sympy.Reals:
        return _every(difference)
    if not isinstance(found, sympy.FiniteSet) and found is not sympy.EmptySet:
        raise Undecided("an equation without finitely many solutions that are known")
    expressions = [plain(candidate) for candidate in found]
    roots = [Root(numeric.with_form(e, max_bits), e) for e in expressions]
    solving = _solving(roots, difference, equation, max_bits)
    numbers = [root.number for root in solving]
    if missed.has_other_root(checking.of_tree(difference, max_bits), numbers, max_bits):
        raise Undecided("a solution that SymPy missed")
    return Solutions(_sorted(solving, max_bits))


def _solving(candidates: list[Root], difference: Node, equation: Expr, max_bits: int) -> list[Root]:
    f = checking.of_tree(difference, max_bits)
    kept = []
    for candidate in candidates:
        try:
            value = f(candidate.number)
        except NoValue as error:
            if _has_odd_denominator(equation):
                raise Undecided("a power that is real by one definition only") from error
            continue
        if not _is_zero(value, candidate):
            raise Undecided("a candidate that does not solve the equation")
        kept.append(candidate)
    return kept


def _is_zero(value: Scalar, root: Root) -> bool:
    """An isolated root is certain already, and its 40 decimals may be magnified by the equation."""
    isolated = root.exact is None and scalars.enclosed(value).may_be_zero()
    return isolated or numeric.is_zero(value)


def _sorted(roots: list[Root], max_bits: int) -> tuple[Root, ...]:
    def compare(a: Root, b: Root) -> int:
        return scalars.compare(a.number, b.number, max_bits)

    return tuple(sorted(roots, key=cmp_to_key(compare)))


def _has_odd_root(tree: Node) -> bool:
    return any(
        isinstance(node, Call) and node.function in _ODD_ROOTS and variables(node)
        for node in walk(tree)
    )


def _has_odd_denominator(equation: Expr) -> bool:
    return any(
        isinstance(node, Pow)
        and isinstance(node.exp, Rational)
        and node.exp.q % 2 == 1 < node.exp.q
        for node in sympy.preorder_traversal(equation)
    )
