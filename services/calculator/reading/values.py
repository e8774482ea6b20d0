"""Builds the question for a value: as it is, in a unit, in a form, to so many places.

Declines what asks for nothing: a lone number, a number in a unit.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lark import Token

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading.expressions import Expressions, is_lone
from services.calculator.reading.functions import is_whole
from services.calculator.tree import (
    Binary,
    Call,
    Compute,
    Form,
    Function,
    Node,
    Number,
    Operator,
    Question,
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
_SIGNIFICANT = re.compile(r" s(?:ig|f|\.f)", re.I | re.A)
_MOST_PLACES = 100
_ROUNDINGS = {"rounded up": Function.CEIL, "rounded down": Function.FLOOR}


class Values(Expressions):
    def compute(self, children: list[Node]) -> Question:
        node = children[0]
        if is_lone(node) or tree.variables(node):
            raise NotACalculation("nothing is asked of it")
        return Compute(node)

    def convert(self, children: list[Any]) -> Question:
        """10 miles in km; 180 cm in feet and inches"""
        node, target, *places = children
        if isinstance(node, Number):
            raise NotACalculation("a number is in no unit")
        unit, *further = target if isinstance(target, list) else [target]
        return _to_places(Compute(node, unit=unit, further=tuple(further)), places)

    def convert_back(self, children: list[Any]) -> Question:
        """seconds in a day"""
        return self.convert(children[::-1])

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
        if is_whole(node):
            raise NotACalculation("round 2 is in a tournament")
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
        """A share of the size of what was: from -50 to 50 is a rise of 200%."""
        before, after = children
        change = Binary(Operator.SUBTRACT, after, before)
        size = Call(Function.ABS, (before,))
        return Compute(Binary(Operator.DIVIDE, change, size), form=Form.PERCENT)

    def percent_decrease(self, children: list[Node]) -> Question:
        """From 100 to 80 is a decrease of 20%."""
        before, after = children
        change = Binary(Operator.SUBTRACT, before, after)
        return Compute(
            Binary(Operator.DIVIDE, change, Call(Function.ABS, (before,))), form=Form.PERCENT
        )


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
        return replace(question, node=Call(Function.ROUND, (node, digits)))
    if _SIGNIFICANT.search(words):
        return replace(question, node=node, digits=decimals)
    return replace(question, node=node, decimals=decimals)
