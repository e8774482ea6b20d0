"""services.retrieval.parse.delimited: every row of a table a document."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.retrieval.documents.model import Document
from services.retrieval.parse.files import parse_bytes, parse_file
from services.retrieval.parse.record import Limits, ParseError, Record


def read(text: str, name: str = "t.csv") -> list[Document]:
    return parse_bytes(text.encode(), "", name)


def test_a_row_is_a_document_of_its_columns_under_their_names() -> None:
    (document,) = read('Name,Length in km,Notes\nNile,6650,"long,\nvery"\n')
    assert document.title == "Nile"
    assert document.sections[0].text == "Name: Nile\nLength in km: 6650\nNotes: long,\nvery"


def test_without_a_column_of_titles_the_first_cell_that_is_not_empty_is_the_title() -> None:
    assert [document.title for document in read("river,km\nNile,6650\n,12\n")] == ["Nile", "12"]


def test_a_row_is_known_by_its_address_else_its_id_else_its_number() -> None:
    documents = read("id,title,url\n7,A,https://e.org/a\n8,B,\n,C,not a link\n")
    assert [(document.id, document.url) for document in documents] == [
        ("https://e.org/a", "https://e.org/a"),
        ("t.csv#id=8", None),
        ("t.csv#row=3", None),
    ]


def test_rows_that_share_an_address_or_an_id_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,title,url\n,A,https://e.org/a\n,B,https://e.org/a\n7,C,\n7,D,\n")
    records = list(parse_file(path))
    documents = [record.document for record in records if record.document is not None]
    assert [(document.id, document.url) for document in documents] == [
        ("https://e.org/a", "https://e.org/a"),
        ("https://e.org/a#row=2", "https://e.org/a"),
        (f"{path.as_uri()}#id=7", None),
        (f"{path.as_uri()}#id=7#row=4", None),
    ]
    assert list(parse_file(path, after=1)) == records[1:]


def test_names_of_columns_cannot_make_gigabytes_of_a_small_upload() -> None:
    (document,) = read(f"{'n' * 10_000},b\n1,2\n")
    assert document.sections[0].text == f"{'n' * 200}: 1\nb: 2"
    limits = Limits(stream_bytes=100_000)
    table = f"{','.join(['name' * 50] * 100)}\n" + f"{','.join('1' * 100)}\n" * 10
    assert len(table) < 25_000
    with pytest.raises(ParseError, match="becomes more than the 100,000 characters"):
        parse_bytes(table.encode(), "text/csv", "t", limits=limits)
    assert len(parse_bytes(table.encode(), "text/csv", "t")) == 10


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_separates_the_columns_is_seen_in_the_first_row(delimiter: str) -> None:
    (document,) = read(f"title{delimiter}a b{delimiter}c\nX{delimiter}1{delimiter}2\n")
    assert document.sections[0].text == "title: X\na b: 1\nc: 2"


def test_rows_of_other_widths_and_blank_rows_are_taken_as_they_are() -> None:
    documents = read("a,,b\n1\n\n,,\n1,2,3,4\n")
    assert [document.sections[0].text for document in documents] == [
        "a: 1",
        "a: 1\ncolumn 2: 2\nb: 3\ncolumn 4: 4",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_tables_are_read_in_the_encoding_they_are_in(encoding: str) -> None:
    rows = "title;Höhe\n" + "Größter Fluß südlich;5\n" * 20
    documents = parse_bytes(rows.encode(encoding), "text/csv", "t")
    assert documents[0].sections[0].text == "title: Größter Fluß südlich\nHöhe: 5"


def test_rows_before_one_that_is_not_valid_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"title\n" + "Fluß\n".encode() * 100_000 + b"Flu\xdf\n")
    found: list[Record] = []
    with pytest.raises(ParseError, match=r"row \d+ and what follows is not valid utf-8"):
        found.extend(parse_file(path))
    assert len(found) > 90_000


def test_a_quote_that_never_ends_is_an_error_of_its_row_not_a_giant_document(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv"
    path.write_text('title\nA\n"B' + "x\n" * 20_000)
    found: list[Record] = []
    with pytest.raises(ParseError, match="row 2 and what follows cannot be read"):
        found.extend(parse_file(path, limits=Limits(record_bytes=10_000)))
    assert [record.document.title for record in found if record.document] == ["A"]


def test_reading_goes_on_after_the_row_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("title\nA\nB\nC\n")
    found = [record for record in parse_file(path, after=2) if record.document]
    assert [(record.number, record.document.title) for record in found if record.document] == [
        (3, "C")
    ]


@pytest.mark.parametrize("text", ["", "title,url\n"])
def test_a_table_without_rows_is_an_error(text: str) -> None:
    with pytest.raises(ParseError, match=r"is empty|and no other"):
        read(text)


def test_a_web_page_named_csv_is_an_error() -> None:
    with pytest.raises(ParseError, match="it is HTML, not a table"):
        read("<!DOCTYPE html><html><body>Please log in</body></html>")
