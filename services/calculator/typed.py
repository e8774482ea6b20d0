"""What an input says about how its result is wanted: in decimals or not, and whether an exact form
would only repeat what was typed (sqrt(2) for sqrt(2), in whatever order).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import sympy
from sympy import Expr, Rational

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
    operands,
)

_MAX_NODES = 60
_TRIGONOMETRIC = frozenset({Function.SIN, Function.COS, Function.TAN})
_OF_RATIOS = frozenset({Function.ASIN, Function.ACOS, Function.ATAN})

# A sum or product as its sorted parts, so that their order does not count; numbers as text.
_Shape: TypeAlias = str | tuple[Any, ...]


def wants_decimals(tree: Node, *, angles_count: bool = True) -> bool:
    """Whether decimals, percentages or measured amounts were typed, or decimal places asked for.

    angles_count: sin(30 degrees) is 0.5 rather than 1/2, but sin(60 degrees) may be sqrt(3)/2.
    The ratio in asin(0.5) says nothing about the angle that is wanted.
    """
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, Percent | Physical | Measured) or _is_pointed(node):
            return True
        below = operands(node)
        if isinstance(node, Call) and node.function in _TRIGONOMETRIC and not angles_count:
            below = tuple(n.amount if isinstance(n, Measured) else n for n in below)
        if not (isinstance(node, Call) and node.function in _OF_RATIOS):
            pending.extend(below)
    return False


def _is_pointed(node: Node) -> bool:
    if isinstance(node, Call):
        return node.function is Function.ROUND and len(node.arguments) > 1
    return isinstance(node, Number) and node.pointed


def repeats(tree: Node, form: Expr) -> bool:
    """Whether `form` is the tree as it was typed, but for the order of terms and factors.

    True of logarithms to a base as well: log(2) is not clearer as ln(2)/ln(10).
    """
    pending, nodes = [tree], 0
    while pending:
        node = pending.pop()
        nodes += 1
        if nodes > _MAX_NODES:
            return False
        if isinstance(node, Call) and node.function in {Function.LOG, Function.LOG2}:
            return True
        pending.extend(operands(node))
    return _of_tree(tree) == _of_form(form)


# --- shapes: by recursion, on at most _MAX_NODES nodes ------------------------------------------


def _of_tree(node: Node) -> _Shape:
    below = [_of_tree(operand) for operand in operands(node)]
    shape: _Shape = ("other", *below)
    match node:
        case Number():
            ten = Rational(10) ** (node.exponent - node.decimals)
            shape = _number(int(node.digits) * ten)
        case Constant():
            shape = str(node.name)
        case Negate():
            shape = _product(_number(Rational(-1)), below[0])
        case Binary():
            shape = _of_binary(node.operator, below[0], below[1])
        case Call(function=function) if function in _ROOTS:
            shape = _power(below[0], _number(_ROOTS[function]))
        case Call(function=Function.EXP):
            shape = _power(str(MathConstant.E), below[0])
        case Call():
            shape = (str(node.function), *below)
        case Measured():
            shape = below[0]
    return shape


_CONSTANTS = {sympy.pi: MathConstant.PI, sympy.E: MathConstant.E}
_ROOTS = {Function.SQRT: Rational(1, 2), Function.CBRT: Rational(1, 3)}


def _of_binary(operator: Operator, left: _Shape, right: _Shape) -> _Shape:
    match operator:
        case Operator.ADD:
            return _sum(left, right)
        case Operator.SUBTRACT:
            return _sum(left, _product(_number(Rational(-1)), right))
        case Operator.MULTIPLY:
            return _product(left, right)
        case Operator.DIVIDE:
            return _product(left, _power(right, _number(Rational(-1))))
        case Operator.POWER:
            return _power(left, right)
    return (str(operator), left, right)


def _of_form(form: Expr) -> _Shape:
    below = [_of_form(argument) for argument in form.args]
    match form:
        case Rational():
            shape = _number(form)
        case sympy.Add():
            shape = _sum(*below)
        case sympy.Mul():
            shape = _product(*below)
        case sympy.exp():
            shape = _power(str(MathConstant.E), below[0])
        case sympy.Pow():
            shape = _power(below[0], below[1])
        case _ if form in _CONSTANTS:
            shape = str(_CONSTANTS[form])
        case _:
            name = "ln" if isinstance(form, sympy.log) else str(form.func)
            shape = (name, *below)
    return shape


def _number(number: Rational) -> _Shape:
    """-2/3 is the product of -1, 2 and 1/3, as it is typed."""
    factors = [str(f) for f in (abs(number.p), Rational(1, number.q)) if f != 1]
    return _gathered("*", [*(["-1"] if number < 0 else []), *factors], empty="1")


def _power(base: _Shape, exponent: _Shape) -> _Shape:
    if exponent == _number(Rational(-1)):
        if isinstance(base, str) and base.isdigit():
            return _number(Rational(1, int(base)))
        if base[:1] == ("*",):
            return _product(*(_power(factor, exponent) for factor in base[1:]))
    return ("^", base, exponent)


def _product(*factors: _Shape) -> _Shape:
    return _gathered("*", list(factors), empty="1")


def _sum(*terms: _Shape) -> _Shape:
    return _gathered("+", list(terms), empty="0")


def _gathered(operator: str, parts: list[_Shape], empty: str) -> _Shape:
    flat: list[_Shape] = []
    for part in parts:
        flat.extend(part[1:] if part[:1] == (operator,) else [part])
    kept = sorted((part for part in flat if part != empty), key=repr)
    if operator == "*" and kept.count("-1") > 1:
        kept = [part for part in kept if part != "-1"] + ["-1"] * (kept.count("-1") % 2)
        kept.sort(key=repr)
    if len(kept) <= 1:
        return kept[0] if kept else empty
    return (operator, *kept)
