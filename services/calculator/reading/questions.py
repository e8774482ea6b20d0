"""Builds the question from the rule that a whole text matched; one method a rule.

Declines what the grammar's rules let through and nobody asks: a time between two numbers, an
equation in two unknowns, a lone number.
"""

from __future__ import annotations

import re
from typing import Any

from lark import Token

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading import dates, ordinals
from services.calculator.reading.expressions import Expressions, is_lone
from services.calculator.tree import (
    Binary,
    Call,
    Compute,
    DaysBetween,
    Derivative,
    Form,
    Function,
    Integral,
    Node,
    Number,
    Operator,
    Question,
    Rewriting,
    Simplify,
    Solve,
    Today,
    Unit,
    Variable,
    Weekday,
)

_FORMS = {
    **{"decimal": Form.DECIMAL, "fraction": Form.FRACTION, "percent": Form.PERCENT},
    **{"scientific": Form.SCIENTIFIC, "standard": Form.SCIENTIFIC, "ratio": Form.RATIO},
}
_FORM = re.compile("|".join(_FORMS), re.I | re.A)
_COUNTS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_NEAREST = {
    **dict.fromkeys(("whole number", "whole", "integer", "unit", "one"), 0),
    **{"tenth": 1, "hundredth": 2, "thousandth": 3, "cent": 2, "penny": 2},
    **{"ten": -1, "hundred": -2, "thousand": -3, "million": -6},
}
_NEAREST_TO = re.compile(r"nearest ([a-z ]+)\Z", re.I | re.A)
_PLACES = re.compile(r"to ([0-9]+|[a-z]+)", re.I | re.A)
_MOST_PLACES = 100
_ROUNDINGS = {"rounded up": Function.CEIL, "rounded down": Function.FLOOR}
_REWRITINGS = {
    "simplify": Rewriting.SIMPLIFY,
    **dict.fromkeys(("expand", "multiply out"), Rewriting.EXPAND),
    **dict.fromkeys(("factor", "factorise", "factorize", "factor out"), Rewriting.FACTOR),
}
_SPANS = ("day", "week", "month", "year")


class Questions(Expressions):
    def question(self, children: list[Question]) -> Question:
        return children[0]

    # --- values ---

    def compute(self, children: list[Node]) -> Question:
        node = children[0]
        if is_lone(node) or _variables(node):
            raise NotACalculation("nothing is asked of it")
        return Compute(node)

    def convert(self, children: list[Any]) -> Question:
        node, unit, *places = children
        if isinstance(node, Number):
            raise NotACalculation("a number is in no unit")
        return _to_places(Compute(node, unit=unit), places)

    def convert_back(self, children: list[Any]) -> Question:
        """seconds in a day"""
        unit, node = children
        if isinstance(node, Number):
            raise NotACalculation("a number is in no unit")
        return Compute(node, unit=unit)

    def compute_form(self, children: list[Any]) -> Question:
        node, form, *places = children
        found = _FORM.search(form)
        assert found is not None
        return _to_places(Compute(node, form=_FORMS[found.group().lower()]), places)

    def compute_places(self, children: list[Any]) -> Question:
        node, places = children
        return _to_places(Compute(node), [places])

    def round_to(self, children: list[Any]) -> Question:
        node, *places = children
        if places:
            return _to_places(Compute(node), places)
        return Compute(Call(Function.ROUND, (node,)))

    def rounded(self, children: list[Any]) -> Question:
        node, how = children
        return Compute(Call(_ROUNDINGS.get(how.lower(), Function.ROUND), (node,)))

    def ratio(self, children: list[Node]) -> Question:
        left, right = children
        return Compute(Binary(Operator.DIVIDE, left, right), form=Form.RATIO)

    def percent_of(self, children: list[Node]) -> Question:
        """what percent of 80 is 20"""
        whole, part = children
        return self.percent_is([part, whole])

    def percent_is(self, children: list[Node]) -> Question:
        """20 is what percent of 80"""
        part, whole = children
        return Compute(Binary(Operator.DIVIDE, part, whole), form=Form.PERCENT)

    def out_of(self, children: list[Any]) -> Question:
        """25 out of 80 as a percentage"""
        part, whole, form = children
        return self.compute_form([Binary(Operator.DIVIDE, part, whole), form])

    def percent_change(self, children: list[Node]) -> Question:
        before, after = children
        change = Binary(Operator.SUBTRACT, after, before)
        return Compute(Binary(Operator.DIVIDE, change, before), form=Form.PERCENT)

    # --- dates ---

    def days(self, children: list[Any]) -> Question:
        unit, start, end = children
        return DaysBetween(_date(start), _date(end), _span(unit))

    def days_until(self, children: list[Any]) -> Question:
        unit, date = children
        return DaysBetween(Today(), _date(date), _span(unit))

    def weekday(self, children: list[Node]) -> Question:
        return Weekday(_date(children[0]))

    # --- algebra ---

    def equation(self, children: list[Node]) -> Question:
        left, right = children
        return Solve(left, right, _unknown(left, right))

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
        if not _variables(node):
            return self.compute([node])
        _unknown(node)
        return Simplify(node, _REWRITINGS[verb.lower()])

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


def _to_places(question: Compute, places: list[Token]) -> Compute:
    """ "to 2 decimal places", "to the nearest ten"; more than a hundred are declined."""
    if not places:
        return question
    words = str(places[0])
    node = question.node
    if isinstance(node, Call) and node.function is Function.ROUND and len(node.arguments) == 1:
        node = node.arguments[0]  # round(3.14159) to 2 decimal places
    nearest = _NEAREST_TO.search(words)
    if nearest:
        decimals = _NEAREST[nearest[1].lower()]
    else:
        found = _PLACES.search(words)
        assert found is not None
        count = found[1].lower()
        decimals = int(count) if count.isdecimal() else _COUNTS.index(count)
    if decimals > _MOST_PLACES:
        raise NotACalculation("too many places")
    if decimals < 0:
        digits = tree.negate(Number(str(-decimals)))
        return Compute(Call(Function.ROUND, (node, digits)), question.unit, question.form)
    return Compute(node, question.unit, question.form, decimals)


def _span(unit: Unit) -> str:
    if len(unit) != 1 or unit[0].power != 1 or unit[0].name not in _SPANS:
        raise NotACalculation("dates are not that apart")
    return unit[0].name


def _date(node: Node) -> Node:
    if not dates.is_date(node):
        raise NotACalculation("not a date")
    return node


def _variables(*nodes: Node) -> set[str]:
    found: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, Variable):
            found.add(node.name)
        stack.extend(tree.operands(node))
    return found


def _unknown(*nodes: Node, named: str = "") -> str:
    """The one variable of the nodes, `named` or not."""
    found = _variables(*nodes)
    if not found and named:
        return named  # the derivative of 5 with respect to x
    if len(found) != 1 or (named and found != {named}):
        raise NotACalculation("not one unknown")
    return found.pop()


def _constant(node: Node) -> None:
    if _variables(node):
        raise NotACalculation("a place is a number")
