"""What the grammar reads as an expression, what it refuses, and how operators bind."""

# ruff: noqa: RUF001 - the signs that look alike are the subject here

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse
from services.calculator.tree import Binary, Negate, Node, Number, Percent


def shown(node: Node) -> str:
    """The tree, fully bracketed."""
    match node:
        case Number():
            return node.digits + (f"e-{node.decimals}" if node.decimals else "")
        case Negate():
            return f"neg({shown(node.operand)})"
        case Percent():
            return f"pct({shown(node.operand)})"
        case Binary():
            return f"({shown(node.left)} {node.operator} {shown(node.right)})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("135+7721", "(135 + 7721)"),
        ("1-2-3", "((1 - 2) - 3)"),
        ("8/4/2", "((8 / 4) / 2)"),
        ("1+2*3", "(1 + (2 * 3))"),
        ("(1+2)*3", "((1 + 2) * 3)"),
        ("-2^2", "neg((2 ^ 2))"),
        ("2^-1", "(2 ^ neg(1))"),
        ("2**3^2", "(2 ^ (3 ^ 2))"),
        ("2--3", "(2 - neg(3))"),
        ("+2 + +3", "(2 + 3)"),
        ("10 % 4 * 3", "((10 mod 4) * 3)"),
        ("50%^2", "(pct(50) ^ 2)"),
    ],
)
def test_operators_bind_as_in_written_arithmetic(text: str, tree: str) -> None:
    assert shown(parse(text)) == tree


@pytest.mark.parametrize(
    "text", ["2×3", "2·3", "2⋅3", "2x3", "2 x 3", "2X3", "2 x3", "(2)x(3)", "2*3", " 2\u00a0*\n3 "]
)
def test_every_multiplication_sign_is_read(text: str) -> None:
    assert shown(parse(text)) == "(2 * 3)"


@pytest.mark.parametrize(("text", "tree"), [("6÷2", "(6 / 2)"), ("6−2", "(6 - 2)")])
def test_typographic_signs_are_read(text: str, tree: str) -> None:
    assert shown(parse(text)) == tree


@pytest.mark.parametrize("end", ["=", " =", "= ?", "=?", " =  ? "])
def test_a_question_at_the_end_changes_nothing(end: str) -> None:
    assert shown(parse("1+2" + end)) == "(1 + 2)"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234,567", "1234567"),
        ("12,345.50", "1234550e-2"),
        (".5", "5e-1"),
        ("5.", "5"),
        ("007", "007"),
    ],
)
def test_number_forms(text: str, number: str) -> None:
    assert shown(parse(f"{text}+1")) == f"({number} + 1)"


@given(st.integers(min_value=0, max_value=10**30))
def test_grouped_thousands_are_the_number_itself(n: int) -> None:
    assert shown(parse(f"{n:,}*2")) == f"({n} * 2)"


@pytest.mark.parametrize(
    "number",
    [
        *("1,23", "12,34", "1234,567", "12,3456", "1,234,56", "0,123", ",123", "1,,234", "1,"),
        *("1.2.3", "1..2", ".", "1 000", "1_000", "0x10", "0xff", "1e5", "1.234.567,8", "1j"),
    ],
)
def test_a_malformed_number_is_declined(number: str) -> None:
    with pytest.raises(NotACalculation):
        parse(f"{number}+1")


@pytest.mark.parametrize("number", ["٣", "९", "５", "²", "Ⅳ", "①"])
def test_other_digits_than_ascii_are_declined(number: str) -> None:
    with pytest.raises(NotACalculation):
        parse(f"{number}+1")


@pytest.mark.parametrize("text", ["5", "-5", "(5)", "--5", "+5", "1,000", "5 =", "((-5.0))"])
def test_a_number_alone_is_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("What is 135+7721?", "135+7721 apples", "x+1", "2x", "2x + 3", "2x-3", "3x", "x", "1 x"),
        *("", " ", "()", "(1+2", "1+2)", "1+", "*2", "1 2", "2(3)", "(2)(3)", "1***2", "4//2"),
        *("5%%", "=", "1=1", "1+1=2", "1+1==", "1+1??", "[1+2]", "$5+1", "5!", "1+2;3", "1<2"),
        *("sqrt(4)", "__import__('os').getpid()", "(1).__class__", "().__class__", "lambda:1"),
        *("exec('1')", "1+1 # note", "'1'+'1'", "1 if 1 else 2", "[].append(1)", "f(1)", "pi*2"),
    ],
)
def test_what_is_not_wholly_an_expression_is_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


def test_a_decline_does_not_quote_the_input() -> None:
    with pytest.raises(NotACalculation) as declined:
        parse("1+secret")
    assert "secret" not in str(declined.value)
    assert declined.value.__cause__ is None


@pytest.mark.parametrize("text", ["17 % 5", "17%5", "17 %5", "17%(5)", "17 % (5)"])
def test_a_percent_sign_before_an_operand_is_modulo(text: str) -> None:
    assert shown(parse(text)) == "(17 mod 5)"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("15%", "pct(15)"),
        ("15 %", "pct(15)"),
        ("15% * 2", "(pct(15) * 2)"),
        ("(15%)/2", "(pct(15) / 2)"),
        ("15%=", "pct(15)"),
        ("20%-5%", "(pct(20) - pct(5))"),
        ("20% - 5", "(pct(20) - 5)"),
        ("20 % - 5", "(pct(20) - 5)"),
    ],
)
def test_a_percent_sign_without_an_operand_after_it_is_percent(text: str, tree: str) -> None:
    assert shown(parse(text)) == tree


@pytest.mark.parametrize("text", ["17 % -5", "17 % +5", "50% 20", "50% (20)"])
def test_a_percent_sign_that_could_be_either_is_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize("depth", [1_000, 50_000])
def test_thousands_of_brackets_do_not_exhaust_the_stack(depth: int) -> None:
    assert shown(parse("(" * depth + "1+1" + ")" * depth)) == "(1 + 1)"
    with pytest.raises(NotACalculation):
        parse("(" * depth)


@given(st.text(alphabet="0123456789.,+-*/^%x()=? ×÷−", max_size=30))
def test_any_string_of_the_alphabet_is_read_or_declined(text: str) -> None:
    try:
        parse(text)
    except NotACalculation:
        return
    assert any(character.isdigit() for character in text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_declined(text: str) -> None:
    try:
        parse(text)
    except NotACalculation:
        return
    assert not any(character.isalpha() and character not in "xX" for character in text)
