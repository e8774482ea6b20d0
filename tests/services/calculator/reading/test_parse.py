"""What the grammar reads as an expression, what it refuses, and how operators bind."""

# ruff: noqa: RUF001 - the signs that look alike are the subject here

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse
from services.calculator.tree import Binary, Compute, Number


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("135+7721", "(135 + 7721)"),
        ("9-2-3", "((9 - 2) - 3)"),
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
        ("2(3)", "(2 * 3)"),
        ("(1+2)(3+4)", "((1 + 2) * (3 + 4))"),
        ("6/2(1+2)", "((6 / 2) * (1 + 2))"),
        ("2^3(4)", "((2 ^ 3) * 4)"),
        ("(2)3", "(2 * 3)"),
        ("2(3)4.5", "((2 * 3) * 45e-1p)"),
        ("(2)3^2", "(2 * (3 ^ 2))"),
        ("10 to the minus 3", "(10 ^ neg(3))"),
        ("2 to the -3", "(2 ^ neg(3))"),
        ("5²", "(5 ^ 2)"),
        ("2⁻³", "(2 ^ neg(3))"),
    ],
)
def test_operators_bind_as_in_written_arithmetic(
    read: Callable[[str], str], text: str, tree: str
) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    "text", ["2×3", "2·3", "2⋅3", "2x3", "2 x 3", "2X3", "2 x3", "(2)x(3)", "2*3", " 2\u00a0*\n3 "]
)
def test_every_multiplication_sign_is_read(read: Callable[[str], str], text: str) -> None:
    assert read(text) == "(2 * 3)"


@pytest.mark.parametrize(("text", "tree"), [("6÷2", "(6 / 2)"), ("6−2", "(6 - 2)")])
def test_typographic_signs_are_read(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize("end", ["=", " =", "= ?", "=?", " =  ? "])
def test_a_question_at_the_end_changes_nothing(read: Callable[[str], str], end: str) -> None:
    assert read("1+2" + end) == "(1 + 2)"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234,567", "1234567"),
        ("12,345.50", "1234550e-2p"),
        (".5", "5e-1p"),
        ("5.", "5p"),
        ("1e5", "1e5p"),
        ("6.02E-23", "602e-25p"),
        ("1 1/2", "(1 + (1 / 2))"),
        ("2½", "(2 + (1 / 2))"),
        ("¾", "(3 / 4)"),
        ("007", "007"),
    ],
)
def test_number_forms(read: Callable[[str], str], text: str, number: str) -> None:
    assert read(f"{text}+1") == f"({number} + 1)"


@given(st.integers(min_value=0, max_value=10**30))
def test_grouped_thousands_are_the_number_itself(n: int) -> None:
    question = parse(f"{n:,}*2")
    assert isinstance(question, Compute)
    assert isinstance(question.node, Binary)
    assert question.node.left == Number(str(n))


@pytest.mark.parametrize(
    "number",
    [
        *("1,23", "12,34", "1234,567", "12,3456", "1,234,56", "0,123", ",123", "1,,234", "1,"),
        *(
            "1.2.3",
            "1..2",
            ".",
            "1 000",
            "1_000",
            "0x10",
            "0xff",
            "1e9999999999",
            "1.234.567,8",
            "1j",
        ),
    ],
)
def test_a_malformed_number_is_declined(number: str) -> None:
    with pytest.raises(NotACalculation):
        parse(f"{number}+1")


@pytest.mark.parametrize("number", ["٣", "९", "５", "²", "Ⅳ", "①", "𝟓"])
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
        *("135+7721 apples", "x+1", "2x", "2x + 3", "2x-3", "3x", "x", "1 x"),
        *("", " ", "()", "(1+2", "1+2)", "1+", "*2", "1 2", "(2) 3", "1***2", "4///2", "2 3/2"),
        *("5%%", "=", "1=1", "1+1=2", "1+1==", "1+1??", "[1+2]", "5!!", "1+2;3", "1<2", "||"),
        *("__import__('os').getpid()", "(1).__class__", "().__class__", "lambda:1", "3k"),
        *("exec('1')", "1+1 # note", "'1'+'1'", "1 if 1 else 2", "[].append(1)", "f(1)"),
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
def test_a_percent_sign_before_an_operand_is_modulo(read: Callable[[str], str], text: str) -> None:
    assert read(text) == "(17 mod 5)"


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
def test_a_percent_sign_without_an_operand_after_it_is_percent(
    read: Callable[[str], str], text: str, tree: str
) -> None:
    assert read(text) == tree


@pytest.mark.parametrize("text", ["17 % -5", "17 % +5", "50% 20", "50% (20)"])
def test_a_percent_sign_that_could_be_either_is_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize("depth", [1_000, 50_000])
def test_thousands_of_brackets_do_not_exhaust_the_stack(
    read: Callable[[str], str], depth: int
) -> None:
    assert read("(" * depth + "1+1" + ")" * depth) == "(1 + 1)"
    with pytest.raises(NotACalculation):
        parse("(" * depth)


@given(st.text(alphabet="0123456789.,+-*/^%x()=? ×÷−!|eπ√°$", max_size=30))
def test_any_string_of_signs_is_read_or_declined(text: str) -> None:
    with contextlib.suppress(NotACalculation):
        parse(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_declined(text: str) -> None:
    with contextlib.suppress(NotACalculation):
        parse(text)


_WORDS = [
    *(
        "what is",
        "the",
        "sum of",
        "a",
        "and",
        "an",
        "in",
        "to",
        "as",
        "from",
        "by",
        "half",
        "third",
    ),
    *("two", "dozen", "million", "point", "km", "ft", "$", "5", "3.5", "1/2", "percent", "%"),
    *(
        "of",
        "square",
        "root",
        "sqrt",
        "sin",
        "(",
        ")",
        ",",
        "=",
        "?",
        "x",
        "solve",
        "derivative of",
    ),
    *("integral of", "dx", "at", "3 March 2024", "today", "days", "between", "until", "plus"),
    "how many",
    *(
        "are",
        "per",
        "m",
        "/",
        "^",
        "²",
        "choose",
        "!",
        "|",
        "-",
        "+",
        "*",
        "times",
        "round",
        "plus",
    ),
]


@given(st.lists(st.sampled_from(_WORDS), max_size=14))
def test_any_string_of_known_words_is_read_or_declined(words: list[str]) -> None:
    with contextlib.suppress(NotACalculation):
        parse(" ".join(words))


@pytest.mark.parametrize(
    "text",
    [
        "2 х 3",
        "siп(3)",
        "ѕqrt(4)",
        "2 ＋ 3",
        "１+1",
        "1 ⁄ 2 + 1",
        "2\u200b+3",
        "pі * 2",
        "5 кm in m",
    ],
)
def test_letters_and_signs_that_only_look_right_are_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)
