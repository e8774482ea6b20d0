"""Tree to value, from the leaves up (tree.fold: depth costs memory and no recursion)."""

from __future__ import annotations

from collections.abc import Sequence

from services.calculator import calls, values
from services.calculator.dates import days
from services.calculator.decline import NotACalculation
from services.calculator.numbers import exact, scalars
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import (
    Binary,
    Call,
    Constant,
    Day,
    Measured,
    Negate,
    Node,
    Number,
    Percent,
    Physical,
    Today,
    Variable,
    fold,
)
from services.calculator.units import constants, quantities
from services.calculator.values import Value


def evaluate(tree: Node, max_bits: int, unknown: Scalar | None = None) -> Value:
    """The value of a tree; `unknown`: the value of its variable, where algebra tries one.

    Raises NoValue, OverBound or Undecided; NotACalculation for a variable without a value.
    """
    return fold(
        tree,
        lambda leaf: _leaf(leaf, max_bits, unknown),
        lambda node, operands: combine(node, operands, max_bits),
    )


def combine(node: Node, operands: Sequence[Value], max_bits: int) -> Value:
    """The value of a node that is no leaf, from the values of its operands."""
    match node:
        case Binary():
            return values.binary(node.operator, operands[0], operands[1], max_bits)
        case Negate():
            return values.negate(operands[0])
        case Percent():
            return scalars.percent(values.scalar(operands[0]), max_bits)
        case Measured():
            return quantities.measure(values.scalar(operands[0]), node.unit)
        case Call():
            return calls.call(node.function, operands, max_bits)
    raise NotACalculation("a leaf where an operation was due")


def _leaf(node: Node, max_bits: int, unknown: Scalar | None) -> Value:
    match node:
        case Number():
            return exact.number(node.digits, node.decimals - node.exponent, max_bits)
        case Constant():
            return scalars.constant(node.name)
        case Physical():
            return constants.value(node.name)
        case Day():
            return days.make(node.year, node.month, node.day)
        case Today():
            return days.today()
        case Variable() if unknown is not None:
            return unknown
    raise NotACalculation("an unknown, or a function of nothing")
