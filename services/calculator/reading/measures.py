"""Builds amounts in units, and the units; one method a rule."""

from __future__ import annotations

from typing import Any

from lark import Token

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading import ordinals
from services.calculator.reading.literals import Literals, looked_up
from services.calculator.tree import Binary, Measured, Node, Operator, Unit, UnitPower

_MOST_FACTORS = 20  # of a unit


class Compound(Binary):
    """Two measures that are one: 5 ft 3 in. A lone quantity still, unlike 5 ft + 3 in."""

    __slots__ = ()


class Measures(Literals):
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
        return Measured(looked_up(fraction), unit)

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
