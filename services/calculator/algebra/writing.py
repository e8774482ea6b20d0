"""SymPy expressions to text that can be typed in again: 3*x^2, sqrt(2)/2, ln(abs(x)), e^(-x).

Covers what the calculator's own functions can say. Anything else that SymPy knows (erf, Piecewise,
complex numbers) has no text here: NoValue.
"""

from __future__ import annotations

from enum import IntEnum

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol

from services.calculator.decline import NoValue, OverBound

_MAX_NODES = 400


class _Binds(IntEnum):
    """How tightly the outermost operation of a text binds."""

    SUM = 1
    PRODUCT = 2
    POWER = 3
    ATOM = 4


_Text = tuple[str, _Binds]

_CONSTANTS = {sympy.pi: "pi", sympy.E: "e"}
_NAMES: dict[type[Expr], str] = {
    sympy.log: "ln",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tan: "tan",
    sympy.asin: "asin",
    sympy.acos: "acos",
    sympy.atan: "atan",
    sympy.sinh: "sinh",
    sympy.cosh: "cosh",
    sympy.tanh: "tanh",
    sympy.Abs: "abs",
}


def written(expression: Expr) -> str:
    """The text. NoValue: it needs more than the calculator's functions; OverBound: too long."""
    for nodes, _ in enumerate(sympy.preorder_traversal(expression)):
        if nodes > _MAX_NODES:
            raise OverBound("a result of too many terms")
    return _write(expression)[0]


def _write(node: Expr) -> _Text:
    match node:
        case Rational():
            text = _rational(node)
        case Add():
            text = _sum(node)
        case Mul():
            text = _product(node)
        case sympy.exp():
            text = _power(sympy.E, node.args[0])
        case Pow() if node.exp.is_Rational and node.exp < 0:
            text = _product(node)
        case Pow():
            text = _power(node.base, node.exp)
        case _:
            text = _named(node)
    return text


def _named(node: Expr) -> _Text:
    if isinstance(node, Symbol):
        return node.name, _Binds.ATOM
    if node in _CONSTANTS:
        return _CONSTANTS[node], _Binds.ATOM
    name = _NAMES.get(node.func)
    if name is None or len(node.args) != 1:
        raise NoValue("a result without an elementary form")
    return f"{name}({_write(node.args[0])[0]})", _Binds.ATOM


def _rational(number: Rational) -> _Text:
    if number.q != 1:
        return f"{int(number.p)}/{int(number.q)}", _Binds.PRODUCT
    return str(int(number.p)), _Binds.ATOM if number.p >= 0 else _Binds.PRODUCT


def _sum(node: Add) -> _Text:
    terms = node.as_ordered_terms()
    if not node.free_symbols:
        below = _common_denominator(terms)
        if below != 1:
            above = _sum(Add(*(term * below for term in terms)))
            return f"{_enclosed(above, _Binds.PRODUCT)}/{below}", _Binds.PRODUCT
        # sqrt(2) - 1 rather than -1 + sqrt(2)
        terms.sort(key=lambda term: term.could_extract_minus_sign())
    texts = [_enclosed(_write(term), _Binds.PRODUCT) for term in terms]
    return texts[0] + "".join(
        f" - {text[1:]}" if text.startswith("-") else f" + {text}" for text in texts[1:]
    ), _Binds.SUM


def _common_denominator(terms: list[Expr]) -> Integer:
    """The denominator that every term has; 1 when they differ."""
    denominators = {term.as_coeff_Mul()[0].q for term in terms}
    return Integer(denominators.pop()) if len(denominators) == 1 else Integer(1)


def _product(node: Expr) -> _Text:
    """Factors of negative powers go below the line."""
    coefficient, rest = node.as_coeff_Mul()
    above: list[_Text] = []
    below: list[_Text] = []
    for factor in rest.as_ordered_factors():
        base, exponent = factor.as_base_exp()
        if exponent.is_Rational and exponent < 0 and base != sympy.E:
            below.append(_write(Pow(base, -exponent)))
        elif factor != 1:
            above.append(_write(factor))
    if coefficient.q != 1:
        below.insert(0, _rational(Integer(coefficient.q)))
    if abs(coefficient.p) != 1 or not above:
        above.insert(0, _rational(Integer(abs(coefficient.p))))
    sign = "-" if coefficient < 0 else ""
    text = sign + "*".join(_enclosed(factor, _Binds.POWER) for factor in above)
    if len(below) == 1:
        text += "/" + _enclosed(below[0], _Binds.POWER)
    elif below:
        text += "/(" + "*".join(_enclosed(factor, _Binds.POWER) for factor in below) + ")"
    return text, _Binds.PRODUCT


def _power(base: Expr, exponent: Expr) -> _Text:
    if exponent == 1:
        return _write(base)
    if exponent == Rational(1, 2):
        return f"sqrt({_write(base)[0]})", _Binds.ATOM
    left, right = _enclosed(_write(base), _Binds.ATOM), _enclosed(_write(exponent), _Binds.ATOM)
    return f"{left}^{right}", _Binds.POWER


def _enclosed(text: _Text, least: _Binds) -> str:
    return text[0] if text[1] >= least else f"({text[0]})"
