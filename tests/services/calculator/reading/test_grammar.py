"""The grammar as a whole: its conflicts are those it speaks of, and no text is too long or deep."""

from __future__ import annotations

import logging
import re

import lark
import pytest

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse, parser

# Each is resolved by shifting, as grammar.lark says.
_SPOKEN_OF = {
    "VARIABLE": "sin 2x",
    "CONSTANT": "sin 2pi",
    "UNIT": "sin 30 degrees",
    "INCH": "sqrt 16 in",
    "_SQUARE": "sqrt 16 square feet",
    "_CUBIC": "sqrt 16 cubic feet",
    "_BASE": "log ln 8 base 2",
    "_AND": "between 3 and 5",
}


def test_the_only_conflicts_are_those_spoken_of(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lark.logger, "level", logging.DEBUG)
    monkeypatch.setattr(lark.logger, "propagate", True)
    with caplog.at_level(logging.DEBUG, logger=lark.logger.name):
        parser.__wrapped__(debug=True)
    conflicts = set(re.findall(r"Shift/Reduce conflict for terminal (\w+)", caplog.text))
    assert conflicts == set(_SPOKEN_OF)


@pytest.mark.parametrize(
    "text",
    [
        "+".join(["12"] * 5_000),
        "(" * 5_000 + "1+1" + ")" * 5_000,
        "2^" * 5_000 + "2",
        "2(" * 5_000 + "1" + ")" * 5_000,
        "-" * 5_000 + "1+1",
        "sqrt " * 3_000 + "16",
        "5 km + " * 3_000 + "5 km",
        "sum of " + "1, " * 5_000 + "1",
        "max(" + "1," * 5_000 + "1)",
        "half of " * 3_000 + "8",
        "(2)3" * 3_000,
        "log_2 " * 3_000 + "8",
        "5 km in " + "ft, " * 3_000 + "and in",
    ],
)
def test_long_and_deep_texts_are_read(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 20_000, "1 " * 20_000, "a " * 20_000, "in " * 20_000, "1," * 20_000),
        *("one " * 20_000, "hundred and " * 5_000, "a hundred and " * 5_000, "'" * 20_000),
        *("%" * 20_000, "km " * 20_000, "the " * 20_000, "=" * 20_000, "1e" * 20_000),
        *("|" * 20_000, "1 1/" * 20_000, "1.1." * 20_000, "9" * 20_000, "5 km " * 5_000),
        *("max(1,2," * 5_000, "what is " * 5_000, "x = " * 20_000, "half a " * 5_000),
        *(
            "5'1" * 5_000,
            "3h 20m " * 5_000,
            "5m 20s " * 5_000,
            "5C" * 5_000,
            "$5 with 5% off " * 5_000,
        ),
        *("kg " * 20_000, "5 kg in " + "kg " * 20_000),
        *("two point " + "five " * 20_000, "a" * 20_000, " " * 20_000, "fl. " * 20_000),
    ],
)
def test_long_texts_of_nothing_are_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)
