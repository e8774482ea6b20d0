"""The parse tree of an arithmetic expression: numbers as written and the operations on them.

Holds no value yet: digits stay digits until evaluate has checked how many there are.
`percentage` says whether a node is an amount in percent, which "+" and "-" read in their own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    MODULO = "mod"
    POWER = "^"


@dataclass(frozen=True, slots=True)
class Number:
    """digits / 10**decimals; digits are ASCII digits only, at least one."""

    digits: str
    decimals: int = 0
    percentage: bool = False


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Percent:
    operand: Node
    percentage: bool = True


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Negate:
    operand: Node
    percentage: bool = False


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Binary:
    operator: Operator
    left: Node
    right: Node
    percentage: bool = False


Node = Number | Percent | Negate | Binary
"""May nest thousands deep: walk it with a stack, never by recursion."""

ONE = Number("1")


def add_or_subtract(operator: Operator, left: Node, right: Node) -> Node:
    """`200 + 10%` is 10% more than 200, as on a pocket calculator; `10% + 5%` is 15%."""
    if right.percentage and not left.percentage:
        return Binary(Operator.MULTIPLY, left, Binary(operator, ONE, right))
    return Binary(operator, left, right, percentage=left.percentage and right.percentage)


def negate(operand: Node) -> Node:
    return Negate(operand, percentage=operand.percentage)
