"""services.retrieval.parse.files and fit: formats, what contradicts them, and what fits the API."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from services.retrieval.documents import bodies
from services.retrieval.documents.model import Document, Section
from services.retrieval.parse import fit
from services.retrieval.parse.files import parse_bytes, parse_file
from services.retrieval.parse.fit import fitted
from services.retrieval.parse.formats import FORMATS, format_of
from services.retrieval.parse.record import Limits, ParseError

TEXT = b"Plain words that stand here."


def test_no_ending_and_no_media_type_belongs_to_two_formats() -> None:
    endings = [ending for kind in FORMATS for ending in kind.endings]
    media_types = [media for kind in FORMATS for media in kind.media_types]
    assert len(set(endings)) == len(endings)
    assert len(set(media_types)) == len(media_types)


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("a.TXT", "", "plain text"),
        ("a.pdf", "application/octet-stream", "PDF"),
        ("a.pdf", "text/html; charset=utf-8", "HTML"),
        ("a.xml.bz2", "", "a dump packed with bzip2"),
        ("no ending", "Text/Markdown", "Markdown"),
    ],
)
def test_the_media_type_says_the_format_else_the_name(
    name: str, media_type: str, expected: str
) -> None:
    assert format_of(name, media_type).name == expected


@pytest.mark.parametrize(("name", "media_type"), [("a.exe", ""), ("a.txt", "image/png")])
def test_a_format_that_is_not_read_is_an_error_that_names_those_that_are(
    name: str, media_type: str
) -> None:
    with pytest.raises(ParseError, match=r"not read.*(\.docx|text/csv)"):
        parse_bytes(TEXT, media_type, name)


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.txt", b"%PDF-1.4 ...", "it is PDF, not plain text"),
        ("a.md", b"PK\x03\x04....", "it is a zip archive, not Markdown"),
        ("a.html", b"\x89PNG\r\n\x1a\n...", "it is a PNG image, not HTML"),
        ("a.csv", gzip.compress(TEXT), "it is gzip, not a table"),
        ("a.jsonl", b"<html><body>", "it is HTML, not JSON lines"),
        ("a.pdf", TEXT, ", not PDF"),
        ("a.docx", TEXT, ", not a Word document"),
        ("a.xml.gz", TEXT, ", not a dump packed with gzip"),
        ("a.txt", b"{\\rtf1 x}", "it is RTF, not plain text"),
    ],
)
def test_content_that_contradicts_the_name_is_an_error_that_says_what_it_is(
    name: str, data: bytes, found: str
) -> None:
    with pytest.raises(ParseError) as error:
        parse_bytes(data, "", name)
    assert found in str(error.value)


def test_a_files_id_is_its_place_or_its_address_the_same_every_time(tmp_path: Path) -> None:
    path = tmp_path / "a ä.txt"
    path.write_bytes(TEXT)
    (first,) = parse_file(path)
    (second,) = parse_file(tmp_path / "." / "a ä.txt")
    (third,) = parse_file(path, url="https://e.org/a")
    assert first.document is not None
    assert second.document is not None
    assert first.document.id == second.document.id == path.as_uri()
    assert first.document.url is None
    assert third.document is not None
    assert (third.document.id, third.document.url) == ("https://e.org/a", "https://e.org/a")


def test_a_file_that_is_not_there_or_is_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "d.txt").mkdir()
    for name in ("none.txt", "d.txt"):
        with pytest.raises(ParseError, match="cannot be read"):
            list(parse_file(tmp_path / name))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    path.chmod(0)
    with pytest.raises(ParseError, match="Permission denied"):
        list(parse_file(path))


def test_files_and_documents_larger_than_allowed_are_errors() -> None:
    with pytest.raises(ParseError, match="at most 10 are read"):
        parse_bytes(TEXT, "", "a.txt", limits=Limits(file_bytes=10))
    with pytest.raises(ParseError, match="at most 10 are allowed"):
        parse_bytes(TEXT, "", "a.txt", limits=Limits(document_chars=10))
    with pytest.raises(ParseError, match="more than the 2 documents"):
        parse_bytes(b"t\na\nb\nc\n", "", "a.csv", limits=Limits(records=2))


def test_what_fits_is_what_the_documents_api_takes() -> None:
    assert fit.MAX_ID_CHARS == bodies.MAX_ID_CHARS
    assert fit.MAX_TITLE_CHARS == bodies.MAX_TITLE_CHARS
    assert fit.MAX_URL_CHARS == bodies.MAX_URL_CHARS
    control = "".join(map(chr, [*range(32), *range(0x7F, 0xA0), 0xD800, 0x2028]))
    odd = Document(
        f"id{control}" * 100,
        f"title{control}" * 500,
        "no address",
        (
            Section(f"heading{control}" * 500, f"text{control}"),
            *(Section("heading", "text") for _ in range(100_000)),
        ),
    )
    one = fitted(odd)
    body = bodies.DocumentBody(
        id=one.id,
        title=one.title,
        url=one.url,
        sections=[
            bodies.SectionBody(heading=part.heading, text=part.text) for part in one.sections
        ],
    )
    assert body.document() == one
    assert sum(part.text.count("text") for part in one.sections) == 100_001


def test_ids_that_are_too_long_stay_different() -> None:
    first, second = (fitted(Document("x" * 600 + end, "t", None, ())).id for end in "ab")
    assert first != second
    assert len(first) == fit.MAX_ID_CHARS
