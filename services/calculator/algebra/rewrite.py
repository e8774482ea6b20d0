"""Simplify, expand and factor. What comes out is held against what went in (checking.py)."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
import sympy.physics.units  # simplify() loads it, slowly: let that be done before the first input
from sympy import Expr

from services.calculator.algebra import build, checking
from services.calculator.algebra.asking import ask
from services.calculator.algebra.plain import plain
from services.calculator.algebra.solve import degree
from services.calculator.algebra.writing import written
from services.calculator.decline import Declined, OverBound, Undecided
from services.calculator.tree import Node, Rewriting

_MAX_DEGREE = 40
_MAX_SIMPLIFY_NODES = 80


def rewrite(tree: Node, variable: str, rewriting: Rewriting, max_bits: int) -> Expr:
    """The tree's expression, rewritten. Raises Declined."""
    expression = build.expression(tree, variable, max_bits)
    if degree(expression) > _MAX_DEGREE:
        raise OverBound("an expression of too high a degree")
    result = _rewritten(expression, rewriting)
    f, g = checking.of_tree(tree, max_bits), checking.of_expression(result, max_bits)
    checking.require_agreement(f, g, max_bits)
    return result


def shortest(expressions: Sequence[Expr]) -> Expr:
    """The one with the shortest text; the first of equals. Declined when none can be written."""
    texts: list[tuple[int, int]] = []
    for index, expression in enumerate(expressions):
        try:
            texts.append((len(written(expression)), index))
        except Declined:
            continue
    if not texts:
        raise Undecided("a result that cannot be written")
    return expressions[min(texts)[1]]


def tidy(expression: Expr) -> Expr:
    """The shortest of the cheap rewritings: what a person would write."""
    expression = plain(expression)
    candidates = [expression]
    if degree(expression) <= _MAX_DEGREE and build.nodes(expression) <= _MAX_SIMPLIFY_NODES:
        candidates += [ask(sympy.cancel, expression), ask(sympy.factor, expression)]
        candidates += [ask(sympy.powsimp, candidate) for candidate in candidates]
    return shortest(candidates)


def _rewritten(expression: Expr, rewriting: Rewriting) -> Expr:
    match rewriting:
        case Rewriting.EXPAND:
            return plain(ask(sympy.expand, expression))
        case Rewriting.FACTOR:
            return plain(ask(sympy.factor, expression))
    if build.nodes(expression) > _MAX_SIMPLIFY_NODES:
        raise OverBound("an expression of too many terms")
    return shortest([tidy(expression), plain(ask(sympy.simplify, expression))])
