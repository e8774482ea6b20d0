"""Text to tree, by the grammar in grammar.lark; text that is not wholly an expression is declined.

The parser is LALR with the tree built as it goes: no recursion, time linear in the text.
Does not compute, and bounds nothing but what the grammar refuses.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.tree import Binary, Negate, Node, Number, Operator, Percent

_GRAMMAR = Path(__file__).with_name("grammar.lark")


class _Builder(Transformer[Token, Node]):
    """One method per rule of the grammar; called as each rule is reduced."""

    def number(self, children: list[Token]) -> Node:
        whole, _, fraction = str(children[0]).replace(",", "").partition(".")
        return Number(whole + fraction, len(fraction))

    def percent(self, children: list[Node]) -> Node:
        return Percent(children[0])

    def negate(self, children: list[Node]) -> Node:
        return tree.negate(children[0])

    def add(self, children: list[Node]) -> Node:
        left, right = children
        return tree.add_or_subtract(Operator.ADD, left, right)

    def subtract(self, children: list[Node]) -> Node:
        left, right = children
        return tree.add_or_subtract(Operator.SUBTRACT, left, right)

    def multiply(self, children: list[Node]) -> Node:
        left, right = children
        return Binary(Operator.MULTIPLY, left, right)

    def divide(self, children: list[Node]) -> Node:
        left, right = children
        return Binary(Operator.DIVIDE, left, right)

    def modulo(self, children: list[Node]) -> Node:
        left, right = children
        return Binary(Operator.MODULO, left, right)

    def power(self, children: list[Node]) -> Node:
        left, right = children
        return Binary(Operator.POWER, left, right)

    def calculation(self, children: list[Node]) -> Node:
        return children[0]


@cache
def _parser() -> Lark:
    return Lark(
        _GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        start="calculation",
        transformer=_Builder(),
        maybe_placeholders=False,
    )


def parse(text: str) -> Node:
    """The tree of a calculation. NotACalculation: anything else, a lone (signed) number too."""
    try:
        node: Node = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput:
        # `from None`: lark's message quotes the text, which must not reach a log.
        raise NotACalculation("not wholly an arithmetic expression") from None
    if _is_lone_number(node):
        raise NotACalculation("a number alone asks for nothing")
    return node


def _is_lone_number(node: Node) -> bool:
    while isinstance(node, Negate):
        node = node.operand
    return isinstance(node, Number)
