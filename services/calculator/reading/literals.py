"""Builds numbers, dates and the names of constants and unknowns; one method a rule."""

from __future__ import annotations

from typing import Any

from lark import Token, Transformer

from services.calculator.decline import NotACalculation
from services.calculator.reading import dates
from services.calculator.tree import (
    Binary,
    Constant,
    MathConstant,
    Node,
    Number,
    Operator,
    Physical,
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


class Literals(Transformer[Token, Any]):
    def number(self, children: list[Token]) -> Node:
        return decimal(children[0])

    def numeral(self, children: list[Token]) -> Node:
        return looked_up(children[0])

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

    def pi_share(self, children: list[Token]) -> Node:
        """3pi/4, before a unit."""
        above, _, below = str(children[0]).partition("/")
        times = above.lower().removesuffix(" ").removesuffix("pi").removesuffix("π").strip()
        pi = Constant(MathConstant.PI)
        product = Binary(Operator.MULTIPLY, Number(times), pi) if times else pi
        return Binary(Operator.DIVIDE, product, Number(below.strip()))

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


def looked_up(token: Token) -> Node:
    """The tree that the lexer found for a number or fraction in words."""
    node: Node = token.value
    return node


def decimal(text: str) -> Number:
    """Digits with commas, a point, an exponent."""
    digits, _, exponent = text.lower().replace(",", "").partition("e")
    whole, point, fraction = digits.partition(".")
    pointed = bool(point or exponent)
    return Number(whole + fraction, len(fraction), int(exponent or "0"), pointed)
