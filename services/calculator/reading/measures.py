"""Builds amounts in units, and the units; one method a rule."""

from __future__ import annotations

import re
from typing import Any

from lark import Token

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading import ordinals
from services.calculator.reading.literals import Literals, decimal, looked_up
from services.calculator.tree import Binary, Measured, Node, Operator, Unit, UnitPower

_MOST_FACTORS = 20  # of a unit
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_FOOT, _INCH = (UnitPower("foot"),), (UnitPower("inch"),)
_HOUR, _MINUTE = (UnitPower("hour"),), (UnitPower("minute"),)


class Compound(Binary):
    """Two measures that are one: 5 ft 3 in. A lone quantity still, unlike 5 ft + 3 in."""

    __slots__ = ()


class Measures(Literals):
    def measured(self, children: list[Any]) -> Node:
        amount, unit = children
        return Measured(amount, unit)

    def measured_per(self, children: list[Any]) -> Node:
        """60 miles an hour, 10 dollars a day"""
        amount, unit, below = children
        return Measured(amount, (*unit, UnitPower(below.name, -below.power)))

    def compound(self, children: list[Any]) -> Node:
        """5 ft 3 in; the sign of -5 ft 3 in belongs to both."""
        first, amount, unit = children
        return _two(first, Measured(amount, unit))

    def join(self, children: list[Node]) -> Node:
        """2 hours and 30 minutes."""
        first, second = children
        if not isinstance(first, Measured | Compound):
            raise NotACalculation("nothing that is measured goes on")
        return _two(first, second)

    def one_of(self, children: list[Unit]) -> Node:
        return Measured(tree.ONE, children[0])

    def fraction_of(self, children: list[Any]) -> Node:
        fraction, unit = children
        return Measured(looked_up(fraction), unit)

    def feet_inches(self, children: list[Token]) -> Node:
        """5'11 and 6 foot 2: the inches go without saying."""
        feet, inches = _NUMBERS.findall(children[0])
        return _two(Measured(decimal(feet), _FOOT), Measured(decimal(inches), _INCH))

    def hours_minutes(self, children: list[Token]) -> Node:
        """3h 20m: after hours, m are minutes."""
        hours, minutes = _NUMBERS.findall(children[0])
        return _two(Measured(decimal(hours), _HOUR), Measured(decimal(minutes), _MINUTE))

    def minutes(self, children: list[Token]) -> Node:
        """The 5m of 5m 20s."""
        return Measured(decimal(_NUMBERS.findall(children[0])[0]), _MINUTE)

    def money(self, children: list[Any]) -> Node:
        currency, amount = children
        return Measured(amount, (UnitPower(str(currency)),))

    def money_per(self, children: list[Any]) -> Node:
        """$10/hour, $10 an hour."""
        currency, amount, below = children
        return Measured(amount, (UnitPower(str(currency)), UnitPower(below.name, -below.power)))

    def units(self, children: list[Any]) -> list[Unit]:
        """The units of "feet and inches"."""
        first, *rest = children
        units: list[Unit] = first if isinstance(first, list) else [first]
        units.extend(rest)  # the list is this rule's own: linear, however many
        return units

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


def _two(first: Node, second: Node) -> Node:
    return Compound(Operator.ADD, first, second)
