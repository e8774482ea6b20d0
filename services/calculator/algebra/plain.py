"""SymPy's further functions in terms of those that the calculator has: asinh, sec, sign, …"""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr

_RULES: dict[type[Expr], Callable[[Expr], Expr]] = {
    sympy.asinh: lambda u: sympy.log(u + sympy.sqrt(u**2 + 1)),
    sympy.acosh: lambda u: sympy.log(u + sympy.sqrt(u**2 - 1)),
    sympy.atanh: lambda u: sympy.log((1 + u) / (1 - u)) / 2,
    sympy.sec: lambda u: 1 / sympy.cos(u),
    sympy.csc: lambda u: 1 / sympy.sin(u),
    sympy.cot: lambda u: 1 / sympy.tan(u),
    sympy.sech: lambda u: 1 / sympy.cosh(u),
    sympy.csch: lambda u: 1 / sympy.sinh(u),
    sympy.coth: lambda u: 1 / sympy.tanh(u),
    sympy.sign: lambda u: u / sympy.Abs(u),
}


def plain(expression: Expr) -> Expr:
    """The same, in functions that can be written and typed in again, as far as there is a rule."""
    for function, rule in _RULES.items():
        if expression.has(function):
            expression = expression.replace(function, rule)
    return expression


def with_reciprocals(expression: Expr) -> Expr:
    """1/cos(x)^2 as sec(x)^2, and so on: SymPy's rules of integration ask for these names."""
    wild, names = sympy.Wild("u"), {sympy.cos: sympy.sec, sympy.sin: sympy.csc}
    power = sympy.Wild("n", properties=[lambda n: n.is_Integer and n < 0])
    for function, reciprocal in names.items():
        expression = expression.replace(
            function(wild) ** power, lambda u, n, r=reciprocal: r(u) ** (-n)
        )
    return expression
