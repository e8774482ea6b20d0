"""services.retrieval.parse.text: plain text in any encoding."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from services.retrieval.documents.model import Document
from services.retrieval.parse.record import ParseError

Parse = Callable[..., Document]

GERMAN = "Größere Flüsse fließen südlich der Stadt. Schöne Brücken führen hinüber. " * 5
RUSSIAN = "Москва является столицей России. Город стоит на реке, и мостов в нём много. " * 5
JAPANESE = "東京は日本の首都です。川が流れています。橋がたくさんあります。" * 5


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "utf-32"),
        (GERMAN, "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
    ],
)
def test_text_is_read_in_the_encoding_it_is_in(parse: Parse, text: str, encoding: str) -> None:
    assert parse(text.encode(encoding), "a.txt").sections[0].text == text.strip()


def test_letters_beyond_ascii_far_into_a_file_are_read(parse: Parse) -> None:
    data = b"plain words\n" * 30_000 + GERMAN.encode("cp1252")
    assert parse(data, "a.txt").sections[0].text.endswith(GERMAN.strip())


@pytest.mark.parametrize(
    "data",
    [
        random.Random(1).randbytes(5_000),
        b"\x00\x01\x02\x03" * 500,
        b"text first\n" * 20 + bytes(200),
        b"\xff\xfe" + random.Random(2).randbytes(40) * 2 + b"\x01\x00\x02\x00" * 100,
    ],
)
def test_binary_posing_as_text_is_an_error_that_says_so(parse: Parse, data: bytes) -> None:
    with pytest.raises(ParseError, match=r"binary|valid|encoding"):
        parse(data, "a.txt")


@pytest.mark.parametrize("data", [b"", b"  \n\t\n"])
def test_an_empty_file_is_an_error(parse: Parse, data: bytes) -> None:
    with pytest.raises(ParseError, match="is empty"):
        parse(data, "a.txt")


def test_much_space_before_the_text_is_no_empty_file(parse: Parse) -> None:
    assert parse(" \n" * 5_000 + "text", "a.txt").sections[0].text == "text"


def test_a_first_line_that_stands_alone_is_the_title(parse: Parse) -> None:
    assert parse("A Report\n\nIt begins here.", "x.txt").title == "A Report"


@pytest.mark.parametrize("text", ["A Report.\n=====\nIt.", "=====\n A Report.\n=====\n\nIt."])
def test_an_underlined_first_line_is_the_title(parse: Parse, text: str) -> None:
    assert parse(text, "x.txt").title == "A Report."


@pytest.mark.parametrize(
    "text",
    [
        "It begins.\n\nIt goes on.",
        "It begins\nand goes on",
        "short",
        "======\n\nIt begins.",
        "======",
        "* * *\n\nIt goes on.",
    ],
)
def test_else_the_title_is_the_files_name(parse: Parse, text: str) -> None:
    assert parse(text, "my_notes.txt").title == "my notes"


def test_characters_that_cannot_be_stored_are_left_out(parse: Parse) -> None:
    text = "one\x0ctwo " + "words " * 100 + "\x07end"
    assert parse(text, "x.txt").sections[0].text == "one\ntwo " + "words " * 100 + "end"
