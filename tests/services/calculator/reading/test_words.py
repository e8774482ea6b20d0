"""Arithmetic said in words: operators, numbers, lists, and the frames of a question."""

# ruff: noqa: RUF001 - the signs that look alike are the subject here

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("2 plus 3 times 4", "(2 + (3 * 4))"),
        ("10 minus 4 divided by 2", "(10 - (4 / 2))"),
        ("5 multiplied by 6", "(5 * 6)"),
        ("10 over 4", "(10 / 4)"),
        ("2 to the power of 10", "(2 ^ 10)"),
        ("2 raised to the power of 10", "(2 ^ 10)"),
        ("10 to the power 3", "(10 ^ 3)"),
        ("10 to the 6", "(10 ^ 6)"),
        ("2 to the 10th power", "(2 ^ 10)"),
        ("2 squared", "(2 ^ 2)"),
        ("(1+2) cubed", "((1 + 2) ^ 3)"),
        ("square of 12", "(12 ^ 2)"),
        ("the sum of 3 and 4", "sum(3, 4)"),
        ("the difference of 10 and 4", "(10 - 4)"),
        ("difference between 10 and 4", "(10 - 4)"),
        ("the product of 6 and 7", "product(6, 7)"),
        ("the quotient of 10 and 4", "(10 / 4)"),
        ("2 times the sum of 3 and 4", "(2 * sum(3, 4))"),
        ("10 minus the product of 2 and 3", "(10 - product(2, 3))"),
        ("add 3 and 4", "(3 + 4)"),
        ("3 raised to the 4th power", "(3 ^ 4)"),
        ("1999 – 2009", "(1999 - 2009)"),
        ("add 5 to 6", "(6 + 5)"),
        ("subtract 3 from 10", "(10 - 3)"),
        ("multiply 6 by 7", "(6 * 7)"),
        ("divide 10 by 4", "(10 / 4)"),
        ("5 more than 12", "(12 + 5)"),
        ("5 less than 12", "(12 - 5)"),
        ("twice 21", "(2 * 21)"),
        ("double 7", "(2 * 7)"),
        ("7 mod 2", "(7 mod 2)"),
        ("remainder of 17 divided by 5", "(17 mod 5)"),
        ("negative 5 times 2", "(neg(5) * 2)"),
        ("twelve plus thirty-five", "(12 + 35)"),
        ("seven times eight", "(7 * 8)"),
        ("three and a half plus two", "((3 + (1 / 2)) + 2)"),
        ("2.5 million / 2", "(25e5p / 2)"),
    ],
)
def test_operators_are_read_in_words(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("two dozen", "24"),
        ("a dozen", "12"),
        ("2.5 million", "25e5p"),
        ("one hundred and twenty", "120"),
        ("twenty-one", "21"),
        ("half a million", "5e5"),
        ("two point five million", "25e5p"),
        ("three hundred million", "300000000"),
        ("1.5 dozen", "180e-1p"),
        ("2 and a half", "(2 + (1 / 2))"),
    ],
)
def test_a_number_of_several_words_is_a_question(
    read: Callable[[str], str], text: str, tree: str
) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("What is 2+3?", "(2 + 3)"),
        ("What's 2+3", "(2 + 3)"),
        ("what’s 2+3?", "(2 + 3)"),
        ("whats 2+3", "(2 + 3)"),
        ("How much is 2+3?", "(2 + 3)"),
        ("How many is 2+3", "(2 + 3)"),
        ("Calculate 2+3", "(2 + 3)"),
        ("Compute 2+3.", "(2 + 3)"),
        ("evaluate: 2+3", "(2 + 3)"),
        ("Work out 2+3 please", "(2 + 3)"),
        ("Find 2+3", "(2 + 3)"),
        ("Solve 2+3", "(2 + 3)"),
        ("Simplify 2+3", "(2 + 3)"),
        ("Tell me 2+3", "(2 + 3)"),
        ("Can you tell me what is 2+3?", "(2 + 3)"),
        ("Could you please calculate 2+3?", "(2 + 3)"),
        ("can you calculate the value of 2+3, please?", "(2 + 3)"),
        ("please compute 2+3", "(2 + 3)"),
        ("What is the value of 2+3?", "(2 + 3)"),
        ("what does 2+3 equal?", "(2 + 3)"),
        ("2+3 = ?", "(2 + 3)"),
        ("2+3=", "(2 + 3)"),
        ("2+3 equals?", "(2 + 3)"),
        ("2+3 equals what?", "(2 + 3)"),
        ("2+3 is what?", "(2 + 3)"),
        ("WHAT IS 2 PLUS 3", "(2 + 3)"),
    ],
)
def test_what_stands_around_a_calculation_is_passed_over(
    read: Callable[[str], str], text: str, tree: str
) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "How old is Rafael Nadal?",
        "In 1889 the tower had 3 floors",
        "What is the population of 3 cities?",
        "I have 3 apples and 2 pears",
        "Who was president in 2020?",
        "What happened on 14 July 1789?",
        "How many people live in Paris?",
        "What is the best of 3 and 5?",
        "2 + 2 apples",
        "9 to 5",
        "1 in 5",
        "version 2.0",
        "three times a day",
        "10 times a year",
        "Round 2",
        "round one",
        "floor 5",
        "call 555-1234 now",
        "the answer is 42",
        "half past 3",
        "Tell me about 3 March 2024",
        "What is the speed of sound?",
    ],
)
def test_a_sentence_with_numbers_is_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "twelve",
        "one",
        "million",
        "hundred",
        "half",
        "a half dozens",
        "what is",
        "calculate",
        "please",
        "one two three",
        "twenty twenty",
        "the 5 + 3",
        "2 and 3",
        "5 of 7",
        "1999–2009",
        "3 to 5",
        "add 5",
        "what is what is 2+2",
        "2+2 please please",
        "What is 5?",
        "What is 2+2 and 3+3?",
    ],
)
def test_words_that_ask_for_nothing_are_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "sum of 3 and 4 times 2",
        "product of 6 and 7 plus 3",
        "sum of 2 and 3 * 4",
        "average of 3 and 5 + 1",
        "sum of 3",
    ],
)
def test_what_follows_a_list_in_words_is_not_guessed_at(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)
