"""Questions of algebra to the lines that answer them."""

from __future__ import annotations

from sympy import Expr, Integer, factorint

from services.calculator import format as formats
from services.calculator import typed
from services.calculator.algebra import calculus, numeric, rewrite
from services.calculator.algebra.solve import Solutions, solve
from services.calculator.algebra.writing import written
from services.calculator.decline import Declined, NotACalculation, OverBound
from services.calculator.evaluate import evaluate
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import (
    Binary,
    Derivative,
    Integral,
    Node,
    Operator,
    Question,
    Rewriting,
    Simplify,
    Solve,
    variables,
)
from services.calculator.values import scalar

_LONGEST_EXACT = 160
_LONGEST_EXACT_NUMBER = 40
_MAX_FACTORED_BITS = 60


def answer(question: Question, max_bits: int) -> list[str]:
    """The answer's lines, best first. Raises Declined."""
    match question:
        case Solve():
            return _solved(question, max_bits)
        case Simplify():
            return _simplified(question, max_bits)
        case Derivative():
            return _differentiated(question, max_bits)
        case Integral():
            return _integrated(question, max_bits)
    raise NotACalculation("not a question of algebra")


def number_lines(value: Scalar, *, decimals_only: bool) -> list[str]:
    """The exact form, when there is a short one, and the decimal."""
    texts = formats.number_texts(value, decimals_only=decimals_only)
    if decimals_only or not isinstance(value, Enclosure) or value.form is None:
        return texts
    exact = written(value.form)
    return [exact, *texts] if len(exact) <= _LONGEST_EXACT_NUMBER else texts


def _texts(expression: Expr, max_bits: int) -> list[str]:
    """An expression; when no unknown is left in it, its value in decimals as well."""
    if expression.free_symbols:
        return [written(expression)]
    return number_lines(numeric.with_form(expression, max_bits), decimals_only=False)


def _differentiated(question: Derivative, max_bits: int) -> list[str]:
    if question.at is None:
        return _texts(calculus.derivative(question, max_bits), max_bits)
    value = calculus.derivative_at(question, question.at, max_bits)
    return number_lines(value, decimals_only=_any_decimals(question.node, question.at))


def _integrated(question: Integral, max_bits: int) -> list[str]:
    if question.low is None or question.high is None:
        return [f"{written(calculus.antiderivative(question, max_bits))} + C"]
    value = calculus.definite(question, question.low, question.high, max_bits)
    decimals_only = _any_decimals(question.node, question.low, question.high)
    return number_lines(value, decimals_only=decimals_only)


def _any_decimals(*trees: Node) -> bool:
    return any(map(typed.wants_decimals, trees))


# --- simplify, expand, factor -------------------------------------------------------------------


def _simplified(question: Simplify, max_bits: int) -> list[str]:
    variable = next(iter(variables(question.node)), None)  # build declines a second one
    if variable is None:
        value = scalar(evaluate(question.node, max_bits))
        if question.rewriting is Rewriting.FACTOR:
            return [_prime_factors(value)]
        return number_lines(value, decimals_only=typed.wants_decimals(question.node))
    return _texts(rewrite.rewrite(question.node, variable, question.rewriting, max_bits), max_bits)


def _prime_factors(value: Scalar) -> str:
    """2^2*3*5 for 60."""
    if isinstance(value, Enclosure) or value.q != 1 or value < 2:
        raise NotACalculation("only whole numbers have prime factors")
    if int(value.p).bit_length() > _MAX_FACTORED_BITS:
        raise OverBound("a number too large to be factored in time")
    factors = sorted(factorint(Integer(value)).items())
    return "*".join(f"{prime}^{power}" if power > 1 else f"{prime}" for prime, power in factors)


# --- solve ----------------------------------------------------------------------------------------


def _solved(question: Solve, max_bits: int) -> list[str]:
    difference = Binary(Operator.SUBTRACT, question.left, question.right)
    if not variables(difference):
        raise NotACalculation("an equation without an unknown")
    solutions = solve(question, max_bits)
    if solutions.every:
        return [f"every {question.variable}"]
    if not solutions.roots:
        return ["no real solution"]
    decimals_only = typed.wants_decimals(difference)
    exact = _exact_line(solutions, question.variable, decimals_only=decimals_only)
    if exact is not None and all(_is_whole(root.number) for root in solutions.roots):
        return [exact]
    decimals = _decimal_line(solutions, question.variable)
    return [decimals] if exact in (None, decimals) else [exact, decimals]


def _exact_line(solutions: Solutions, variable: str, *, decimals_only: bool) -> str | None:
    """None: there is a root without a short form, or decimals say it all."""
    numbers = [root.number for root in solutions.roots]
    if decimals_only and all(isinstance(n, Enclosure) or _ends(n) for n in numbers):
        return None
    if any(formats.is_long_fraction(number) for number in numbers):
        return None
    try:
        texts = [written(root.exact) for root in solutions.roots if root.exact is not None]
    except Declined:
        return None
    line = " or ".join(f"{variable} = {text}" for text in texts)
    return line if len(texts) == len(solutions.roots) and len(line) <= _LONGEST_EXACT else None


def _decimal_line(solutions: Solutions, variable: str) -> str:
    return " or ".join(
        f"{variable} {'=' if _ends(root.number) else '≈'} {formats.number_text(root.number)}"
        for root in solutions.roots
    )


def _is_whole(number: Scalar) -> bool:
    return not isinstance(number, Enclosure) and bool(number.q == 1)


def _ends(number: Scalar) -> bool:
    return not isinstance(number, Enclosure) and (number.q == 1 or formats.ends(number))
