"""Random expressions, written out with as few brackets as binding allows, are read back alike."""

# ruff: noqa: RUF001 - typographic signs are among those written

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.calculator.reading.parse import parse
from services.calculator.tree import (
    Binary,
    Call,
    Compute,
    Constant,
    Function,
    MathConstant,
    Negate,
    Node,
    Number,
    Operator,
    Percent,
    add_or_subtract,
    negate,
    operands,
)

# How tightly a node binds when written; a looser operand needs brackets.
_SUM, _PRODUCT, _SIGN, _POWER, _POSTFIX, _ATOM = range(6)
_SIGNS = {
    Operator.ADD: ((" + ", " plus "), _SUM),
    Operator.SUBTRACT: ((" - ", " minus ", "−"), _SUM),
    Operator.MULTIPLY: ((" * ", "×", " times ", " multiplied by "), _PRODUCT),
    Operator.DIVIDE: ((" / ", "÷", " divided by ", " over "), _PRODUCT),
    Operator.MODULO: ((" mod ",), _PRODUCT),
    Operator.POWER: (("^", "**", " to the power of "), _POWER),
}
_CALLS = (Function.SQRT, Function.LN, Function.SIN, Function.ABS, Function.FLOOR)
_LISTS = (Function.MAX, Function.GCD, Function.MEAN, Function.CHOOSE)

Written = tuple[Node, str, int]


def _bracketed(written: Written, least: int) -> str:
    return written[1] if written[2] >= least else f"({written[1]})"


def _binary(operator: Operator, left: Written, right: Written, style: int) -> Written:
    signs, binding = _SIGNS[operator]
    sign = signs[style % len(signs)]
    # To the left the same level may stand, to the right only a tighter one; powers the other way
    # round, and an exponent may have a sign.
    of_left = _POSTFIX if operator is Operator.POWER else binding
    of_right = _SIGN if operator is Operator.POWER else binding + 1
    text = _bracketed(left, of_left) + sign + _bracketed(right, of_right)
    if operator in (Operator.ADD, Operator.SUBTRACT):
        return add_or_subtract(operator, left[0], right[0]), text, binding
    return Binary(operator, left[0], right[0]), text, binding


def _negated(written: Written) -> Written:
    return negate(written[0]), "-" + _bracketed(written, _SIGN), _SIGN


def _called(function: Function, written: Written) -> Written:
    return Call(function, (written[0],)), f"{function}({written[1]})", _ATOM


def _listed(function: Function, first: Written, second: Written) -> Written:
    text = f"{function}({first[1]}, {second[1]})"
    return Call(function, (first[0], second[0])), text, _ATOM


def _percent(written: Written) -> Written:
    return Percent(written[0]), _bracketed(written, _ATOM) + " percent", _POSTFIX


def _decimal(whole: int, fraction: str) -> Written:
    node = Number(f"{whole}{fraction}", len(fraction), 0, bool(fraction))
    return node, f"{whole}" + (f".{fraction}" if fraction else ""), _ATOM


_numbers = st.builds(
    _decimal, st.integers(0, 10**7), st.text(alphabet="0123456789", max_size=3)
) | st.just((Constant(MathConstant.PI), "pi", _ATOM))

# A remainder of a percentage is declined; percentages have tests of their own.
_operators = st.sampled_from([operator for operator in Operator if operator != Operator.MODULO])
_expressions = st.recursive(
    _numbers,
    lambda inner: st.one_of(
        st.builds(_binary, _operators, inner, inner, st.integers(0, 3)),
        st.builds(_negated, inner),
        st.builds(_called, st.sampled_from(_CALLS), inner),
        st.builds(_listed, st.sampled_from(_LISTS), inner, inner),
        st.builds(_percent, inner),
    ),
    max_leaves=25,
)


def _same(left: Node, right: Node) -> bool:
    if isinstance(left, Number | Constant):
        return left == right
    match left, right:
        case Binary(), Binary() if left.operator is not right.operator:
            return False
        case Call(), Call() if left.function is not right.function:
            return False
    below = operands(left), operands(right)
    return (
        type(left) is type(right)
        and left.percentage == right.percentage
        and len(below[0]) == len(below[1])
        and all(_same(*pair) for pair in zip(*below, strict=True))
    )


def _is_lone(node: Node) -> bool:
    while isinstance(node, Negate):
        node = node.operand
    return isinstance(node, Number)


@given(_expressions.filter(lambda written: not _is_lone(written[0])))
def test_an_expression_written_out_is_read_back(written: Written) -> None:
    node, text, _ = written
    for frame in ("{}", "What is {}?", "calculate {} please", "{} ="):
        question = parse(frame.format(text))
        assert isinstance(question, Compute)
        assert (question.unit, question.form, question.decimals) == (None, None, None)
        assert _same(question.node, node)
