"""services.translator.reading.quotes: marks around a text, and marks inside it."""

from __future__ import annotations

import pytest

from services.translator.reading.quotes import first_quotation, holds_quotation, unquote


@pytest.mark.parametrize(
    "quoted",
    [
        '"good night"',
        "'good night'",
        "`good night`",
        "“good night”",
        "”good night”",
        "‘good night’",  # noqa: RUF001
        "„good night“",
        "‚good night‘",  # noqa: RUF001
        "«good night»",
        "« good night »",
        "»good night«",
        "‹good night›",  # noqa: RUF001
        "「good night」",
        ' "good night", ',
        '"good night"?',
    ],
)
def test_marks_of_any_language_are_taken_off(quoted: str) -> None:
    assert unquote(quoted) == ("good night", True)


@pytest.mark.parametrize("text", ['"a" and "b"', "'a' or 'b'", 'the "night" train', "don't"])
def test_marks_inside_a_text_belong_to_it(text: str) -> None:
    assert unquote(text) == (text, False)


def test_an_apostrophe_ends_no_quotation() -> None:
    assert unquote("'it's raining'") == ("it's raining", True)
    assert not holds_quotation("it's my friend's dog")
    assert holds_quotation("who wrote 'Les Misérables'")


def test_a_forgotten_mark_is_left_out() -> None:
    assert unquote('"hello') == ("hello", False)


def test_what_is_said_to_someone_is_found_in_its_marks() -> None:
    assert first_quotation("'thank you' to a friend") == ["thank you"]
    assert first_quotation("thank you to a friend") == []
