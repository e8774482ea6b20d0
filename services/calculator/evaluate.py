"""Tree to value. The walk keeps its own stack, so depth costs memory and no recursion."""

from __future__ import annotations

from services.calculator.decline import NotACalculation
from services.calculator.numbers import exact, scalars
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Binary, Negate, Node, Number, Percent, operands


def evaluate(tree: Node, max_bits: int) -> Scalar:
    """The value of a tree. Raises NoValue, OverBound or Undecided."""
    pending: list[tuple[Node, bool]] = [(tree, False)]
    values: list[Scalar] = []
    while pending:
        node, operands_are_ready = pending.pop()
        if isinstance(node, Number):
            values.append(exact.number(node.digits, node.decimals, max_bits))
        elif not operands_are_ready:
            pending.append((node, True))
            pending.extend((operand, False) for operand in reversed(operands(node)))
        elif isinstance(node, Binary):
            right = values.pop()
            values.append(scalars.binary(node.operator, values.pop(), right, max_bits))
        elif isinstance(node, Percent | Negate):
            values.append(_unary(node, values.pop(), max_bits))
        else:
            raise NotACalculation("not read yet")
    return values.pop()


def _unary(node: Negate | Percent, value: Scalar, max_bits: int) -> Scalar:
    return scalars.percent(value, max_bits) if isinstance(node, Percent) else scalars.negate(value)
