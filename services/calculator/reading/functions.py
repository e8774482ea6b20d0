"""Builds calls of functions, with brackets and without, and lists of operands; a method a rule."""

from __future__ import annotations

import sys
from typing import Any

from lark import Token

from services.calculator.decline import NotACalculation
from services.calculator.reading import ordinals
from services.calculator.reading.measures import Measures
from services.calculator.tree import (
    Binary,
    Call,
    Constant,
    Function,
    MathConstant,
    Node,
    Number,
    Operator,
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


class OfPi(Call):
    """sin pi or cos 2pi without brackets: what it is divided by goes inside, sin pi/6."""

    __slots__ = ()


class Functions(Measures):
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

    def arguments(self, children: list[Any]) -> list[Node]:
        *before, last = children
        if before:
            before[0].append(last)  # the list is this rule's own: linear, however many
            return before[0]  # type: ignore[no-any-return]
        return [last]

    item_list = arguments
    items = arguments


def _is_multiple_of_pi(node: Node) -> bool:
    """pi or 2pi."""
    if isinstance(node, Binary) and node.operator is Operator.MULTIPLY:
        node = node.right
    return isinstance(node, Constant) and node.name is MathConstant.PI


def is_whole(node: Node) -> bool:
    """A whole number as typed: rounding it asks for nothing."""
    return isinstance(node, Number) and not node.pointed
