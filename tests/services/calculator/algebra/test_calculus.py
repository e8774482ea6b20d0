"""Derivatives and integrals against numbers: difference quotients and quadrature."""

from __future__ import annotations

import mpmath
import pytest

from services.calculator.algebra import calculus, checking
from services.calculator.algebra.writing import written
from services.calculator.decline import Declined, NoValue, OverBound
from services.calculator.numbers import scalars
from services.calculator.numbers.enclose import enclose
from services.calculator.reading.parse import parse
from services.calculator.tree import Derivative, Integral, Node

BITS = 13_000


def at(f: checking.OfOneNumber, point: mpmath.mpf) -> mpmath.mpf:
    exact = scalars.Rational(mpmath.nstr(point, 55))
    interval = scalars.enclosed(f(enclose(exact))).interval
    return mpmath.mpf(interval.mid)


def differentiated(text: str) -> Derivative:
    question = parse(text)
    assert isinstance(question, Derivative)
    return question


def integrated(text: str) -> Integral:
    question = parse(text)
    assert isinstance(question, Integral)
    return question


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("derivative of x^3", "3*x^2"),
        ("second derivative of x^3", "6*x"),
        ("third derivative of x^4", "24*x"),
        ("derivative of sin(x)", "cos(x)"),
        ("derivative of cos(x)", "-sin(x)"),
        ("derivative of tan(x)", "tan(x)^2 + 1"),
        ("derivative of ln(x)", "1/x"),
        ("derivative of log(x)", "1/(x*ln(10))"),
        ("derivative of sqrt(x)", "1/(2*sqrt(x))"),
        ("derivative of abs(x)", "x/abs(x)"),
        ("derivative of x^100", "100*x^99"),
        ("derivative of (x^2+1)/(x-1)", "(x^2 - 2*x - 1)/(x - 1)^2"),
        ("derivative of x*sin(x)", "x*cos(x) + sin(x)"),
        ("derivative of (3x+1)^5", "15*(3*x + 1)^4"),
        ("derivative of x - x", "0"),
    ],
)
def test_derivatives(text: str, result: str) -> None:
    assert written(calculus.derivative(differentiated(text), BITS)) == result


FUNCTIONS = [
    *("x^4 - 3x^2 + x/7", "sin(3x) e^(-x)", "ln(x^2 + 1)", "atan(x)/(x^2 + 2)", "x^x"),
    *("sqrt(x^2 + x + 3)", "tan(x/3)", "asin(x/9)", "2^x + x^2.5", "sinh(x) - cosh(x/2)"),
    *("|x - 1| x", "1/(1 + e^(-x))", "cos(x)^3", "log2(x + 10)", "acos(x/7) ln(x)"),
]


@pytest.mark.parametrize("text", FUNCTIONS)
def test_a_derivative_is_the_limit_of_difference_quotients(text: str) -> None:
    question = differentiated(f"derivative of {text}")
    slope = checking.of_expression(calculus.derivative(question, BITS), BITS)
    f = checking.of_tree(question.node, BITS)
    with mpmath.workdps(60):
        step = mpmath.mpf(10) ** -15
        for point in (mpmath.mpf("0.37"), mpmath.mpf("1.83"), mpmath.mpf("2.71")):
            quotient = (at(f, point + step) - at(f, point - step)) / (2 * step)
            assert abs(quotient - at(slope, point)) < mpmath.mpf(10) ** -20


@pytest.mark.parametrize(
    ("text", "value"),
    [("derivative of x^2 at x = 3", 6), ("derivative of x^3 at x = -2", 12)],
)
def test_a_derivative_at_a_point(text: str, value: int) -> None:
    question = differentiated(text)
    assert question.at is not None
    assert calculus.derivative_at(question, question.at, BITS) == value


@pytest.mark.parametrize(
    "text",
    ["derivative of ln(x) at x = -1", "derivative of |x| at x = 0", "derivative of 1/x at x = 0"],
)
def test_where_a_function_has_no_value_or_a_kink_it_has_no_derivative(text: str) -> None:
    question = differentiated(text)
    assert question.at is not None
    with pytest.raises(NoValue):
        calculus.derivative_at(question, question.at, BITS)


def test_a_high_order_is_refused() -> None:
    question = differentiated("derivative of x^9")
    with pytest.raises(OverBound):
        calculus.derivative(Derivative(question.node, "x", order=6), BITS)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x^2", "x^3/3"),
        ("1/x", "ln(abs(x))"),
        ("sin(x)", "-cos(x)"),
        ("e^x", "e^x"),
        ("ln(x)", "x*ln(x) - x"),
        ("tan(x)", "-ln(abs(cos(x)))"),
        ("x/(x^2 + 1)", "ln(x^2 + 1)/2"),
        ("1/(x^2 - 1)", "ln(abs(x - 1))/2 - ln(abs(x + 1))/2"),
        (
            "sqrt(x^2 + 6x)",  # of numbers below -6 as well
            "(x/2 + 3/2)*sqrt(x^2 + 6*x) - 9*ln(abs(2*x + 2*sqrt(x^2 + 6*x) + 6))/2",
        ),
        ("1/(x^2 + 1)", "atan(x)"),
        ("1/cos(x)^2", "tan(x)"),
        ("sqrt(x)", "2*x^(3/2)/3"),
        ("2^x", "2^x/ln(2)"),
        ("abs(x)", "x*abs(x)/2"),
        ("(x + 3)^2", "(x + 3)^3/3"),
        ("1/sqrt(1 - x^2)", "asin(x)"),
    ],
)
def test_antiderivatives(text: str, result: str) -> None:
    question = integrated(f"integral of {text}")
    assert written(calculus.antiderivative(question, BITS)) == result


@pytest.mark.parametrize(
    "text", ["x^3 e^x", "sin(x)^3 cos(x)", "sqrt(1 + x^2)", "x atan(x)", "1/(x^3 + 1)", "ln(x)^2"]
)
def test_differentiating_an_antiderivative_leads_back(text: str) -> None:
    question = integrated(f"integral of {text}")
    function = checking.of_expression(calculus.antiderivative(question, BITS), BITS)
    f = checking.of_tree(question.node, BITS)
    with mpmath.workdps(60):
        step = mpmath.mpf(10) ** -15
        for point in (mpmath.mpf("0.41"), mpmath.mpf("3.17")):
            quotient = (at(function, point + step) - at(function, point - step)) / (2 * step)
            assert abs(quotient - at(f, point)) < mpmath.mpf(10) ** -20


@pytest.mark.parametrize("text", ["e^(-x^2)", "sin(x)/x", "x^x", "1/ln(x)", "sqrt(sin(x))"])
def test_without_an_elementary_antiderivative_there_is_none(text: str) -> None:
    with pytest.raises(Declined):
        calculus.antiderivative(integrated(f"integral of {text}"), BITS)


def area(text: str) -> tuple[Node, mpmath.mpf]:
    question = integrated(text)
    assert question.low is not None
    assert question.high is not None
    value = calculus.definite(question, question.low, question.high, BITS)
    return question.node, mpmath.mpf(scalars.enclosed(value).interval.mid)


@pytest.mark.parametrize(
    ("function", "low", "high"),
    [
        ("x^2", 0, 1),
        ("x^2", 1, 0),
        ("1/x", 1, 2),
        ("1/x", -2, -1),
        ("x e^x", 0, 1),
        ("sin(x)", 0, 9),
        ("1/(1 + x^2)", -5, 7),
        ("sqrt(x)", 0, 4),
        ("|x - 1|", 0, 3),
        ("ln(x)", 1, 5),
        ("tan(x)", 0, 1),
        ("cos(x)^2", -1, 4),
        ("x/(x^2 + 1)", -3, 2),
    ],
)
def test_a_definite_integral_is_what_quadrature_gives(function: str, low: int, high: int) -> None:
    node, value = area(f"integrate {function} from {low} to {high}")
    f = checking.of_tree(node, BITS)
    with mpmath.workdps(30):
        quadrature = mpmath.quad(lambda t: at(f, t), mpmath.linspace(low, high, 5))
        assert abs(quadrature - value) < mpmath.mpf(10) ** -5


@pytest.mark.parametrize(
    "text",
    [
        "integrate 1/x from -1 to 1",
        "integrate 1/x^2 from -1 to 1",
        "integrate tan(x) from 0 to 3",
        "integrate 1/sqrt(x) from 0 to 1",
        "integrate ln(x) from -1 to 1",
        "integrate x/|x| from -1 to 1",
    ],
)
def test_an_integral_over_a_pole_or_a_gap_is_declined(text: str) -> None:
    with pytest.raises(Declined):
        area(text)


def test_an_antiderivative_that_jumps_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    question = integrated("integrate x^2 from 0 to 1")
    right = calculus.antiderivative(question, BITS)
    monkeypatch.setattr(calculus, "antiderivative", lambda *_: right * 3)
    with pytest.raises(Declined):
        area("integrate x^2 from 0 to 1")
