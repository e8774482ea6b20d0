"""Writes a question's tree out, fully bracketed, that tables of tests can be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.calculator.reading.parse import parse
from services.calculator.tree import (
    Binary,
    Call,
    Compute,
    Constant,
    Day,
    DaysBetween,
    Derivative,
    Integral,
    Measured,
    Negate,
    Node,
    Number,
    Percent,
    Physical,
    Question,
    Simplify,
    Solve,
    Today,
    Unit,
    Variable,
    Weekday,
)


def _number(node: Number) -> str:
    exponent = node.exponent - node.decimals
    return node.digits + (f"e{exponent}" if exponent else "") + ("p" if node.pointed else "")


def _unit(unit: Unit) -> str:
    return " ".join(
        factor.name + (f"^{factor.power}" if factor.power != 1 else "") for factor in unit
    )


def _node(node: Node) -> str:  # noqa: PLR0911 - a kind of node each
    match node:
        case Number():
            return _number(node)
        case Negate():
            return f"neg({_node(node.operand)})"
        case Percent():
            return f"pct({_node(node.operand)})"
        case Binary():
            return f"({_node(node.left)} {node.operator} {_node(node.right)})"
        case Call():
            return f"{node.function}({', '.join(map(_node, node.arguments))})"
        case Measured():
            return f"[{_node(node.amount)} {_unit(node.unit)}]"
        case Constant() | Physical() | Variable():
            return str(node.name)
        case Day():
            return f"{node.year}-{node.month}-{node.day}"
        case Today():
            return "today"


def _question(question: Question) -> str:  # noqa: PLR0911 - a kind of question each
    match question:
        case Compute(node, unit, form, decimals):
            return (
                _node(node)
                + (f" in {_unit(unit)}" if unit else "")
                + (f" as {form}" if form else "")
                + (f" to {decimals}" if decimals is not None else "")
            )
        case DaysBetween(start, end, unit):
            return f"{unit}s({_node(start)}, {_node(end)})"
        case Weekday(date):
            return f"weekday({_node(date)})"
        case Solve(left, right, variable):
            return f"solve({_node(left)} = {_node(right)}, {variable})"
        case Simplify(node, rewriting):
            return f"{rewriting}({_node(node)})"
        case Derivative(node, variable, order, at):
            place = f" at {_node(at)}" if at else ""
            return f"derivative {order}({_node(node)}, {variable}){place}"
        case Integral(node, variable, low, high):
            bounds = f", {_node(low)}, {_node(high)}" if low and high else ""
            return f"integral({_node(node)}, {variable}{bounds})"


@pytest.fixture
def read() -> Callable[[str], str]:
    """The question that a text is read as, written out. Recursive: not for deep trees."""
    return lambda text: _question(parse(text))
