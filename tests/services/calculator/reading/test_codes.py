"""Digits and hyphens that name something, and those that are a subtraction."""

from __future__ import annotations

import pytest

from services.calculator.decline import NotACalculation
from services.calculator.reading.codes import is_code
from services.calculator.reading.parse import parse


@pytest.mark.parametrize(
    "text",
    [
        *("020-7946-0958", "+44-20-7946-0958", "(555)123-4567", "1939-1945.", "2019-2020"),
        *("555-123-4567", "1-800-555-1234", "+1-555-123-4567", "(555) 123-4567", "03-04"),
        *("978-3-16-148410-0", "0-306-40615-2", "123-45-6789", "2004-05", "1939-1945"),
        *("25-12-2024.", "12-25-2024"),
        *("7-eleven", "7-Eleven", "seven-eleven", "fifty-fifty", "twenty-four-seven"),
    ],
)
def test_a_code_alone_is_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("5-3", "3-5", "100-20", "747-400", "2009-2001", "2019-21", "1000-50-25", "2024-13-1"),
        *("444-6188", "308-8607", "20-3-9283", "6-5486-6991", "1-12-7", "2000-10-5", "2019-20"),
        *("1939 - 1945", "What is 1939-1945?", "4-4-2=", "4 - 4 - 2", "7 - eleven"),
        *("twenty-two", "three-quarters", "5-pi", "5-tau"),
    ],
)
def test_a_subtraction_is_read(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("frame", ["What is {}?", "{} =", "calculate {}", "{} + 0", "({})"])
@pytest.mark.parametrize("code", ["1939-1945", "555-123-4567"])
def test_with_anything_else_a_code_is_a_subtraction(frame: str, code: str) -> None:
    parse(frame.format(code))


def test_a_long_text_is_no_code() -> None:
    assert not is_code("0" * 10_000 + "-" + "0" * 10_000)
