"""Tree to value: exact SymPy numbers as far as they go, enclosures beyond.

A value is exact (Integer or Rational) unless a power is irrational, or a fraction's exact form
would be over `max_bits` while its size is not (ten years of interest compounded daily). Whole
numbers are never rounded: over the bound, they are declined. The walk keeps its own stack, so
depth costs memory and no recursion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sympy import Integer, Rational

from services.calculator import enclose, exact
from services.calculator.decline import OverBound, Undecided
from services.calculator.enclose import Enclosure
from services.calculator.tree import Binary, Negate, Node, Number, Operator, Percent

Value: TypeAlias = Rational | Enclosure

_EXACT: dict[Operator, Callable[[Rational, Rational, int], Rational | None]] = {
    Operator.ADD: exact.add,
    Operator.SUBTRACT: exact.subtract,
    Operator.MULTIPLY: exact.multiply,
    Operator.DIVIDE: exact.divide,
    Operator.MODULO: exact.modulo,
    Operator.POWER: exact.power,
}
_ENCLOSED: dict[Operator, Callable[[Enclosure, Enclosure, int], Enclosure]] = {
    Operator.ADD: enclose.add,
    Operator.SUBTRACT: enclose.subtract,
    Operator.MULTIPLY: enclose.multiply,
    Operator.DIVIDE: enclose.divide,
    Operator.POWER: enclose.power,
}


def evaluate(tree: Node, max_bits: int) -> Value:
    """The value of a tree. Raises NoValue, OverBound or Undecided."""
    pending: list[tuple[Node, bool]] = [(tree, False)]
    values: list[Value] = []
    while pending:
        node, operands_are_ready = pending.pop()
        if isinstance(node, Number):
            values.append(exact.number(node.digits, node.decimals, max_bits))
        elif not operands_are_ready:
            pending.append((node, True))
            if isinstance(node, Binary):
                pending.append((node.right, False))
                pending.append((node.left, False))
            else:
                pending.append((node.operand, False))
        elif isinstance(node, Binary):
            right = values.pop()
            values.append(_binary(node.operator, values.pop(), right, max_bits))
        else:
            values.append(_unary(node, values.pop(), max_bits))
    return values.pop()


def _unary(node: Negate | Percent, value: Value, max_bits: int) -> Value:
    if isinstance(node, Percent):
        return _binary(Operator.DIVIDE, value, Integer(100), max_bits)
    return enclose.negate(value) if isinstance(value, Enclosure) else -value


def _binary(operator: Operator, left: Value, right: Value, max_bits: int) -> Value:
    if not isinstance(left, Enclosure) and not isinstance(right, Enclosure):
        try:
            value = _EXACT[operator](left, right, max_bits)
        except OverBound:
            if left.q == 1 and right.q == 1:
                raise
            value = None
        if value is not None:
            return value
    if operator not in _ENCLOSED:
        raise Undecided("a remainder of a rounded number")
    return _ENCLOSED[operator](_enclosed(left), _enclosed(right), max_bits)


def _enclosed(value: Value) -> Enclosure:
    return value if isinstance(value, Enclosure) else enclose.enclose(value)
