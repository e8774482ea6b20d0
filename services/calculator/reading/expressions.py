"""Builds expressions from what the grammar's rules matched; one method a rule.

Computes nothing. Some rules are wider than what is meant ("5 of 7"): their methods decline.
"""

from __future__ import annotations

import sys
from typing import Any

from lark import Token, Transformer

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading import dates, ordinals
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
    Physical,
    Unit,
    UnitPower,
    Variable,
)

_CONSTANTS = {
    **{"pi": MathConstant.PI, "π": MathConstant.PI, "e": MathConstant.E},
    **{"tau": MathConstant.TAU, "τ": MathConstant.TAU},
    **{"phi": MathConstant.PHI, "φ": MathConstant.PHI, "golden ratio": MathConstant.PHI},
}
_VULGAR = dict(
    zip(
        "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞",
        [
            "1/4",
            "1/2",
            "3/4",
            "1/7",
            "1/9",
            "1/10",
            "1/3",
            "2/3",
            "1/5",
            "2/5",
            "3/5",
            "4/5",
            "1/6",
            "5/6",
            "1/8",
            "3/8",
            "5/8",
            "7/8",
        ],
        strict=True,
    )
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
    **dict.fromkeys((Function.MIN, Function.MAX), _MANY),
}
_MOST_FACTORS = 20  # of a unit
_ONE_ARGUMENT = range(1, 2)


class Compound(Binary):
    """Two measures that are one: 5 ft 3 in. A lone quantity still, unlike 5 ft + 3 in."""

    __slots__ = ()


class Share(Binary):
    """A share of a share: half of half, 50% of 50%."""

    __slots__ = ()


class Expressions(Transformer[Token, Any]):
    # --- numbers and names ---

    def number(self, children: list[Token]) -> Node:
        text = str(children[0]).lower()
        digits, _, exponent = text.replace(",", "").partition("e")
        whole, point, fraction = digits.partition(".")
        pointed = bool(point or exponent)
        return Number(whole + fraction, len(fraction), int(exponent or "0"), pointed)

    def numeral(self, children: list[Token]) -> Node:
        return _looked_up(children[0])

    fraction = numeral

    def mixed(self, children: list[Token]) -> Node:
        """1 1/2, 1½ or ½."""
        text = str(children[0]).replace(" ", "")
        if text[-1] in _VULGAR:
            whole, part = text[:-1], _VULGAR[text[-1]]
        else:
            whole, _, part = str(children[0]).partition(" ")
        above, _, below = part.partition("/")
        if int(above) >= int(below):
            raise NotACalculation("no mixed number")
        fraction = Binary(Operator.DIVIDE, Number(above), Number(below))
        return Binary(Operator.ADD, Number(whole), fraction) if whole else fraction

    def share(self, children: list[Token]) -> Node:
        above, _, below = str(children[0]).partition("/")
        return Binary(Operator.DIVIDE, Number(above), Number(below))

    def constant(self, children: list[Token]) -> Node:
        return Constant(_CONSTANTS[children[0].lower()])

    def variable(self, children: list[Token]) -> Node:
        return Variable(str(children[0]))

    def physical(self, children: list[Token]) -> Node:
        return Physical(str(children[0]))

    def date(self, children: list[Token]) -> Node:
        return dates.day(str(children[0]))

    def today(self, children: list[Token]) -> Node:
        return dates.relative_day(str(children[0]))

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
        return Call(function, tuple(arguments))

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

    # --- measures ---

    def measured(self, children: list[Any]) -> Node:
        amount, unit = children
        return Measured(amount, unit)

    def compound(self, children: list[Any]) -> Node:
        """5 ft 3 in; the sign of -5 ft 3 in belongs to both."""
        first, amount, unit = children
        return Compound(Operator.ADD, first, Measured(amount, unit))

    def join(self, children: list[Node]) -> Node:
        """2 hours and 30 minutes."""
        first, second = children
        if not isinstance(first, Measured | Compound):
            raise NotACalculation("nothing that is measured goes on")
        return Compound(Operator.ADD, first, second)

    def one_of(self, children: list[Unit]) -> Node:
        return Measured(tree.ONE, children[0])

    def fraction_of(self, children: list[Any]) -> Node:
        fraction, unit = children
        return Measured(_looked_up(fraction), unit)

    def money(self, children: list[Any]) -> Node:
        currency, amount = children
        return Measured(amount, (UnitPower(str(currency)),))

    def unit(self, children: list[list[UnitPower]]) -> Unit:
        if len(children[0]) > _MOST_FACTORS:
            raise NotACalculation("no unit has that many factors")
        return tuple(children[0])

    def factors(self, children: list[UnitPower]) -> list[UnitPower]:
        return children

    def factors_per(self, children: list[Any]) -> list[UnitPower]:
        factors, below = children
        return self.factors_times([factors, UnitPower(below.name, -below.power)])

    def factors_times(self, children: list[Any]) -> list[UnitPower]:
        factors, factor = children
        factors.append(factor)  # the list is this rule's own: linear, however many
        return factors  # type: ignore[no-any-return]

    def unit_factor(self, children: list[Token]) -> UnitPower:
        name, *power = children
        return UnitPower(str(name), ordinals.power(str(power[0])) if power else 1)

    def unit_squared(self, children: list[Token]) -> UnitPower:
        return UnitPower(str(children[0]), 2)

    def unit_cubed(self, children: list[Token]) -> UnitPower:
        return UnitPower(str(children[0]), 3)


def _looked_up(token: Token) -> Node:
    """The tree that the lexer found for a number or fraction in words."""
    node: Node = token.value
    return node


def _is_share(node: Node) -> bool:
    """A fraction of two numbers, or a share of one: half of half."""
    return isinstance(node, Share) or (
        isinstance(node, Binary)
        and node.operator is Operator.DIVIDE
        and isinstance(node.left, Number)
        and isinstance(node.right, Number)
    )


def is_lone(node: Node) -> bool:
    """A number, date or measure that nothing is asked of."""
    while isinstance(node, Negate | Measured | Compound):
        node = node.left if isinstance(node, Compound) else tree.operands(node)[0]
    match node:
        case Constant():
            return node.name is MathConstant.E
        case Number():
            return not isinstance(node, Spelled)
        case tree.Day() | tree.Today() | Variable():
            return True
    return False
