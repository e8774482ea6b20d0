"""Builds the question from the rule that a whole text matched; one method a rule.

Here: dates and algebra. Values are in values.py, which builds on expressions.py, functions.py,
measures.py and literals.py, a class each. Declines what the grammar's rules let through and nobody
asks: a time between two numbers, an equation in two unknowns.
"""

from __future__ import annotations

from typing import Any

from lark import Token

from services.calculator.decline import NotACalculation
from services.calculator.reading import dates, ordinals
from services.calculator.reading.expressions import is_lone
from services.calculator.reading.values import Values
from services.calculator.tree import (
    Compute,
    DaysBetween,
    Derivative,
    Integral,
    Node,
    Number,
    Question,
    Rewriting,
    Simplify,
    Solve,
    Today,
    Unit,
    Weekday,
    variables,
)

_REWRITINGS = {
    "simplify": Rewriting.SIMPLIFY,
    **dict.fromkeys(("expand", "multiply out"), Rewriting.EXPAND),
    **dict.fromkeys(("factor", "factorise", "factorize", "factor out"), Rewriting.FACTOR),
}
_SPANS = ("day", "week", "month", "year")


class Questions(Values):
    def question(self, children: list[Question]) -> Question:
        return children[0]

    # --- dates ---

    def days(self, children: list[Any]) -> Question:
        unit, start, end = children
        return DaysBetween(_date(start), _date(end), _span(unit))

    def days_until(self, children: list[Any]) -> Question:
        unit, date = children
        return DaysBetween(Today(), _date(date), _span(unit))

    def date_asked(self, children: list[Node]) -> Question:
        """what date is tomorrow"""
        return Compute(_date(children[0]))

    def weekday(self, children: list[Node]) -> Question:
        return Weekday(_date(children[0]))

    # --- algebra ---

    def equation(self, children: list[Node]) -> Question:
        left, right = children
        return Solve(left, right, _unknown(left, right))

    def stated(self, children: list[Solve]) -> Question:
        """2x + 3 = 7 without a word; x = 5 says what x is."""
        equation = children[0]
        if is_lone(equation.left) and is_lone(equation.right):
            raise NotACalculation("solved already")
        return equation

    def solve(self, children: list[Solve]) -> Question:
        return children[0]

    def solve_for(self, children: list[Any]) -> Question:
        equation, variable = children
        if equation.variable != str(variable):
            raise NotACalculation("another unknown")
        return equation  # type: ignore[no-any-return]

    def solve_named(self, children: list[Any]) -> Question:
        variable, equation = children
        return self.solve_for([equation, variable])

    def roots(self, children: list[Node]) -> Question:
        return Solve(children[0], Number("0"), _unknown(children[0]))

    def simplify(self, children: list[Any]) -> Question:
        verb, node = children
        rewriting = _REWRITINGS[verb.lower()]
        if variables(node):
            _unknown(node)
        elif rewriting is not Rewriting.FACTOR:  # a number has prime factors
            return self.compute([node])
        return Simplify(node, rewriting)

    def derivative(self, children: list[Any]) -> Question:
        """Of a node; before it the order or d/dx, after it the variable and the place."""
        order, variable, node, at = 1, "", None, None
        for child in children:
            match child:
                case Token(type="NTH_DERIVATIVE"):
                    order = ordinals.value(str(child))
                case Token():
                    variable = child[-1]
                case tuple():
                    named, at = child
                    variable = variable or named
                case _:
                    node = child
        assert node is not None
        return Derivative(node, _unknown(node, named=variable), order, at)

    def place(self, children: list[Any]) -> tuple[str, Node]:
        """(the variable said or "", its value) of "at x = 3"."""
        *variable, value = children
        _constant(value)
        return str(variable[0]) if variable else "", value

    def integral(self, children: list[Any]) -> Question:
        node, *rest = children
        variable, low, high = "", None, None
        for child in rest:
            if isinstance(child, Token):
                variable = child[-1]
            else:
                low, high = child
        return Integral(node, _unknown(node, named=variable), low, high)

    def integral_over(self, children: list[Any]) -> Question:
        bounds, node, *variable = children
        return self.integral([node, *variable, bounds])

    def bounds(self, children: list[Node]) -> list[Node]:
        for bound in children:
            _constant(bound)
        return children


def _span(unit: Unit) -> str:
    if len(unit) != 1 or unit[0].power != 1 or unit[0].name not in _SPANS:
        raise NotACalculation("dates are not that apart")
    return unit[0].name


def _date(node: Node) -> Node:
    if not dates.is_date(node):
        raise NotACalculation("not a date")
    return node


def _unknown(*nodes: Node, named: str = "") -> str:
    """The one variable of the nodes, `named` or not."""
    found = variables(*nodes)
    if not found and named:
        return named  # the derivative of 5 with respect to x
    if len(found) != 1 or (named and found != {named}):
        raise NotACalculation("not one unknown")
    return found.pop()


def _constant(node: Node) -> None:
    if variables(node):
        raise NotACalculation("a place is a number")
