"""Builds what operators and words like them make of operands; one method a rule.

Computes nothing. Some rules are wider than what is meant ("5 of 7"): their methods decline.
"""

from __future__ import annotations

from typing import Any

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading import dates, ordinals
from services.calculator.reading.functions import Functions, OfPi
from services.calculator.reading.measures import Compound
from services.calculator.reading.numerals import Spelled
from services.calculator.tree import (
    Binary,
    Call,
    Constant,
    Function,
    MathConstant,
    Measured,
    Negate,
    Node,
    Number,
    Operator,
    Percent,
    Variable,
)


class Share(Binary):
    """A share of a share: half of half, 50% of 50%."""

    __slots__ = ()


class Expressions(Functions):
    def add(self, children: list[Node]) -> Node:
        left, right = children
        return tree.add_or_subtract(Operator.ADD, left, right)

    def subtract(self, children: list[Node]) -> Node:
        left, right = children
        return tree.add_or_subtract(Operator.SUBTRACT, left, right)

    def add_to(self, children: list[Node]) -> Node:
        """What is added stands first: add 15% to 86, 90 days after a date."""
        return self.add(children[::-1])

    def subtract_from(self, children: list[Node]) -> Node:
        return self.subtract(children[::-1])

    def percent_off(self, children: list[Node]) -> Node:
        part, whole = children
        if not part.percentage:
            raise NotACalculation("not a discount")
        return self.subtract([whole, part])

    def with_less(self, children: list[Node]) -> Node:
        """$80 with 25% off"""
        return self.percent_off(children[::-1])

    def with_more(self, children: list[Node]) -> Node:
        """$80 with 8% tax"""
        whole, part = children
        if not part.percentage:
            raise NotACalculation("not a part that is added")
        return self.add([whole, part])

    def whole_of(self, children: list[Node]) -> Node:
        """30% of what is 60"""
        share, part = children
        if not (share.percentage or _is_share(share)):
            raise NotACalculation("no part of a whole")
        return Binary(Operator.DIVIDE, part, share)

    def whole_from(self, children: list[Node]) -> Node:
        """60 is 30% of what"""
        return self.whole_of(children[::-1])

    def after(self, children: list[Node]) -> Node:
        duration, date = children
        if not dates.is_date(date):
            raise NotACalculation("not a time from a date")
        return self.add([date, duration])

    def ago(self, children: list[Node]) -> Node:
        if not dates.is_whole_days(children[0]):
            raise NotACalculation("no time of day is known")
        return Binary(Operator.SUBTRACT, tree.Today(), children[0])

    def multiply(self, children: list[Node]) -> Node:
        left, right = children
        if isinstance(right, Measured) and right.amount is tree.ONE:
            raise NotACalculation("three times a day is how often")
        return Binary(Operator.MULTIPLY, left, right)

    def juxtapose(self, children: list[Node]) -> Node:
        left, right = children
        if left.percentage or isinstance(left, Measured):
            raise NotACalculation("nothing multiplies here")
        return Binary(Operator.MULTIPLY, left, right)

    def part(self, children: list[Node]) -> Node:
        """17% of 240, a third of 99, 3/4 of 8; "5 of 7" asks for nothing."""
        share, whole = children
        if not (share.percentage or _is_share(share)):
            raise NotACalculation("no part of a whole")
        kind = Share if whole.percentage or _is_share(whole) else Binary
        return kind(Operator.MULTIPLY, share, whole)

    def divide(self, children: list[Node]) -> Node:
        left, right = children
        if not isinstance(right, Number):
            return Binary(Operator.DIVIDE, left, right)
        if isinstance(left, OfPi):
            return Call(left.function, (Binary(Operator.DIVIDE, left.arguments[0], right),))
        if isinstance(left, Binary) and isinstance(left.right, OfPi):  # 2 cos pi/3
            return Binary(left.operator, left.left, self.divide([left.right, right]))
        return Binary(Operator.DIVIDE, left, right)

    def modulo(self, children: list[Node]) -> Node:
        left, right = children
        if left.percentage:
            raise NotACalculation("no remainder of a percentage")
        return Binary(Operator.MODULO, left, right)

    def quotient(self, children: list[Node]) -> Node:
        return Call(Function.QUOTIENT, tuple(children))

    def power(self, children: list[Node]) -> Node:
        left, right = children
        return Binary(Operator.POWER, left, right)

    def negate(self, children: list[Node]) -> Node:
        operand = children[0]
        if isinstance(operand, Measured):  # -40 °C is a reading, not the opposite of one
            return Measured(tree.negate(operand.amount), operand.unit)
        return tree.negate(operand)

    def percent(self, children: list[Node]) -> Node:
        return Percent(children[0])

    def squared(self, children: list[Node]) -> Node:
        return Binary(Operator.POWER, children[0], Number("2"))

    def cubed(self, children: list[Node]) -> Node:
        return Binary(Operator.POWER, children[0], Number("3"))

    def nth_power(self, children: list[Any]) -> Node:
        base, exponent = children
        return Binary(Operator.POWER, base, ordinals.exponent(str(exponent)))

    def twice(self, children: list[Node]) -> Node:
        return Binary(Operator.MULTIPLY, Number("2"), children[0])

    def thrice(self, children: list[Node]) -> Node:
        return Binary(Operator.MULTIPLY, Number("3"), children[0])

    def multiply_power(self, children: list[Node]) -> Node:
        """The 2x^2 of sin 2x^2."""
        factor, base, exponent = children
        return self.multiply([factor, self.power([base, exponent])])

    def difference(self, children: list[Node]) -> Node:
        left, right = children
        return Binary(Operator.SUBTRACT, left, right)


def _is_share(node: Node) -> bool:
    """A fraction of two numbers, or a share of one: half of half."""
    return isinstance(node, Share) or (
        isinstance(node, Binary)
        and node.operator is Operator.DIVIDE
        and isinstance(node.left, Number)
        and isinstance(node.right, Number)
    )


def is_lone(node: Node) -> bool:
    """A number, date or measure that nothing is asked of: 5, 5 km, pi day."""
    measured = False
    while isinstance(node, Negate | Measured | Compound):
        measured = measured or not isinstance(node, Negate)
        node = node.left if isinstance(node, Compound) else tree.operands(node)[0]
    match node:
        case Constant():
            return measured or node.name is MathConstant.E
        case dates.TodaysDate():
            return False
        case Number():
            return not isinstance(node, Spelled)
        case Binary(Operator.DIVIDE, Number() as above, Number() as below):
            # half an hour; 1/2 and 60/2 m are divisions
            return measured and int(above.digits) < int(below.digits)
        case tree.Day() | tree.Today() | dates.Relative() | Variable():
            return True
    return False
