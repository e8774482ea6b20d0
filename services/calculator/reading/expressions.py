"""Builds expressions from what the grammar's rules matched; one method a rule.

Computes nothing. Some rules are wider than what is meant ("5 of 7"): their methods decline.
"""

from __future__ import annotations

import sys
from typing import Any

from lark import Token

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading import dates, ordinals
from services.calculator.reading.measures import Compound, Measures
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

# How many arguments a function takes in brackets; one where nothing is said.
_MANY = range(1, sys.maxsize)
_AT_LEAST_TWO = range(2, sys.maxsize)
_ARGUMENTS = {
    **{Function.LOG: range(1, 3), Function.ROUND: range(1, 3)},
    **dict.fromkeys((Function.ROOT, Function.CHOOSE, Function.PERMUTE), range(2, 3)),
    Function.QUOTIENT: range(2, 3),
    **dict.fromkeys((Function.GCD, Function.LCM), _AT_LEAST_TWO),
    **dict.fromkeys((Function.SUM, Function.PRODUCT, Function.MEAN, Function.MEDIAN), _MANY),
    **dict.fromkeys((Function.MIN, Function.MAX, Function.MODE), _MANY),
    **dict.fromkeys((Function.STDEV, Function.VARIANCE), _AT_LEAST_TWO),
    **dict.fromkeys((Function.PSTDEV, Function.PVARIANCE), _MANY),
}
_ONE_ARGUMENT = range(1, 2)
_TRIGONOMETRIC = frozenset({Function.SIN, Function.COS, Function.TAN})


class Share(Binary):
    """A share of a share: half of half, 50% of 50%."""

    __slots__ = ()


class OfPi(Call):
    """sin pi or cos 2pi without brackets: what it is divided by goes inside, sin pi/6."""

    __slots__ = ()


class Expressions(Measures):
    # --- operators ---

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

    def difference(self, children: list[Node]) -> Node:
        left, right = children
        return Binary(Operator.SUBTRACT, left, right)

    # --- functions ---

    def unary(self, children: list[Token]) -> Function:
        return Function[children[0].type]

    aggregate = several = unary

    def call(self, children: list[Any]) -> Node:
        """Without brackets; "log 8 base 2" has the base third."""
        function, *arguments = children
        if len(arguments) == 2 and function is not Function.LOG:
            raise NotACalculation("only a logarithm has a base")
        if function in (Function.FLOOR, Function.CEIL) and is_whole(arguments[0]):
            raise NotACalculation("floor 5 is in a house")
        is_of_pi = function in _TRIGONOMETRIC and _is_multiple_of_pi(arguments[0])
        return (OfPi if is_of_pi else Call)(function, tuple(arguments))

    def call_list(self, children: list[Any]) -> Node:
        function, arguments = children
        if len(arguments) not in _ARGUMENTS.get(function, _ONE_ARGUMENT):
            raise NotACalculation("too few or too many arguments")
        return Call(function, tuple(arguments))

    def round_call(self, children: list[Any]) -> Node:
        return self.call_list([Function.ROUND, children[0]])

    def call_power(self, children: list[Any]) -> Node:
        """sin^2(x) is the square of sin(x); sin^-1 is not read."""
        function, exponent, argument = children
        return Binary(Operator.POWER, Call(function, (argument,)), exponent)

    def log_base(self, children: list[Node]) -> Node:
        base, argument = children
        return Call(Function.LOG, (argument, base))

    def nth_root(self, children: list[Any]) -> Node:
        degree, argument = children
        return Call(Function.ROOT, (argument, ordinals.number(str(degree))))

    def choose(self, children: list[Node]) -> Node:
        return Call(Function.CHOOSE, tuple(children))

    def permute(self, children: list[Node]) -> Node:
        return Call(Function.PERMUTE, tuple(children))

    def factorial(self, children: list[Node]) -> Node:
        return Call(Function.FACTORIAL, (children[0],))

    def absolute(self, children: list[Node]) -> Node:
        return Call(Function.ABS, (children[0],))

    def multiply_power(self, children: list[Node]) -> Node:
        """The 2x^2 of sin 2x^2."""
        factor, base, exponent = children
        return self.multiply([factor, self.power([base, exponent])])

    def arguments(self, children: list[Any]) -> list[Node]:
        *before, last = children
        if before:
            before[0].append(last)  # the list is this rule's own: linear, however many
            return before[0]  # type: ignore[no-any-return]
        return [last]

    item_list = arguments
    items = arguments


def _is_share(node: Node) -> bool:
    """A fraction of two numbers, or a share of one: half of half."""
    return isinstance(node, Share) or (
        isinstance(node, Binary)
        and node.operator is Operator.DIVIDE
        and isinstance(node.left, Number)
        and isinstance(node.right, Number)
    )


def _is_multiple_of_pi(node: Node) -> bool:
    """pi or 2pi."""
    if isinstance(node, Binary) and node.operator is Operator.MULTIPLY:
        node = node.right
    return isinstance(node, Constant) and node.name is MathConstant.PI


def is_whole(node: Node) -> bool:
    """A whole number as typed: rounding it asks for nothing."""
    return isinstance(node, Number) and not node.pointed


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
        case tree.Day() | tree.Today() | dates.Relative() | Variable():
            return True
    return False


def variables(*nodes: Node) -> set[str]:
    """The letters of the unknowns."""
    found: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, Variable):
            found.add(node.name)
        stack.extend(tree.operands(node))
    return found
