"""services.retrieval.parse.pdf."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from services.retrieval.documents.model import Document
from services.retrieval.parse.files import parse_bytes, parse_file
from services.retrieval.parse.record import Limits, ParseError, Record

Parse = Callable[..., Document]
MakePdf = Callable[..., bytes]


def test_each_page_is_a_section_under_its_number(parse: Parse, make_pdf: MakePdf) -> None:
    document = parse(make_pdf("The Nile is long.", "The Po is short."), "r.pdf")
    assert [(part.heading, part.text) for part in document.sections] == [
        ("page 1", "The Nile is long."),
        ("page 2", "The Po is short."),
    ]


def test_pages_stand_under_the_chapter_they_are_in(parse: Parse, make_pdf: MakePdf) -> None:
    data = make_pdf("One.", "Two.", "Three.", outline=[("Africa", 1)])
    assert [part.heading for part in parse(data, "r.pdf").sections] == [
        "page 1",
        "Africa › page 2",  # noqa: RUF001
        "Africa › page 3",  # noqa: RUF001
    ]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("On Rivers", "On Rivers"),
        (None, "First line"),
        ("Microsoft Word - x.doc", "First line"),
        ("untitled", "First line"),
        ("scan0001.tif", "First line"),
    ],
)
def test_the_title_is_in_the_metadata_unless_a_program_made_it_up(
    parse: Parse, make_pdf: MakePdf, title: str | None, expected: str
) -> None:
    assert parse(make_pdf("First line\nand more.", title=title), "r.pdf").title == expected


def test_words_broken_at_line_ends_are_whole_again(parse: Parse, make_pdf: MakePdf) -> None:
    document = parse(make_pdf("A naviga-\ntion chart"), "r.pdf")
    assert document.sections[0].text == "A navigation chart"


def test_an_encrypted_file_is_an_error_that_says_so(parse: Parse, make_pdf: MakePdf) -> None:
    with pytest.raises(ParseError, match="password"):
        parse(make_pdf("Secret.", password="x"), "r.pdf")


def test_a_file_without_text_is_an_error_that_speaks_of_scans(
    parse: Parse, make_pdf: MakePdf
) -> None:
    with pytest.raises(ParseError, match="scanned"):
        parse(make_pdf(""), "r.pdf")


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_truncated_file_is_an_error_or_gives_what_is_there(
    parse: Parse, make_pdf: MakePdf, share: float
) -> None:
    data = make_pdf("The Nile is long.", "The Po is short.")
    with suppress(ParseError):
        assert "Nile" in parse(data[: int(share * len(data))], "r.pdf").sections[0].text


def test_a_file_that_only_begins_like_a_pdf_is_an_error(parse: Parse) -> None:
    with pytest.raises(ParseError, match="damaged or no PDF"):
        parse(b"%PDF-1.7\n" + b"garbage " * 100, "r.pdf")


def test_more_pages_than_allowed_are_an_error(make_pdf: MakePdf) -> None:
    with pytest.raises(ParseError, match="3 pages; at most 2"):
        parse_bytes(make_pdf("1", "2", "3"), "application/pdf", "r", limits=Limits(pages=2))


def test_every_page_gives_a_sign_of_life_as_a_book_takes_minutes(
    make_pdf: MakePdf, tmp_path: Path
) -> None:
    (tmp_path / "r.pdf").write_bytes(make_pdf("One.", "Two.", "Three."))
    *signs, last = parse_file(tmp_path / "r.pdf")
    assert signs == [Record(0)] * 3
    assert last.document is not None


def test_dots_that_lead_to_a_pages_number_are_no_text(parse: Parse, make_pdf: MakePdf) -> None:
    document = parse(make_pdf("Rivers . . . . . . . 12\nLakes.......14\nWait... there."), "r.pdf")
    assert document.sections[0].text == "Rivers … 12\nLakes…14\nWait... there."
