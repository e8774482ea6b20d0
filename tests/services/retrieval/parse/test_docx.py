"""services.retrieval.parse.docx."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest

from services.retrieval.documents.model import Document
from services.retrieval.parse.files import parse_bytes
from services.retrieval.parse.record import Limits, ParseError

Parse = Callable[..., Document]


def sections_of(document: Document) -> list[tuple[str, str]]:
    return [(part.heading, part.text) for part in document.sections]


def saved(word: Any) -> bytes:
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The archive with one part replaced or added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def simple() -> bytes:
    word = docx.Document()
    word.add_paragraph("The Nile is long.")
    return saved(word)


def test_headings_by_style_paragraphs_and_tables_are_kept_in_order(parse: Parse) -> None:
    word = docx.Document()
    word.add_heading("Rivers", 0)
    word.add_paragraph("Intro.")
    word.add_heading("Africa", 1)
    word.add_heading("Nile", 2)
    word.add_paragraph("It is long.")
    table = word.add_table(2, 2)
    for place, text in enumerate(["River", "km", "Nile", "6650"]):
        table.cell(place // 2, place % 2).text = text
    word.add_heading("Asia", 1)
    word.add_paragraph("Later.")
    document = parse(saved(word), "r.docx")
    assert document.title == "Rivers"
    assert sections_of(document) == [
        ("", "Intro."),
        ("Africa › Nile", "It is long.\n\nRiver | km\n\nNile | 6650"),  # noqa: RUF001
        ("Asia", "Later."),
    ]


def test_the_title_in_the_properties_comes_first(parse: Parse) -> None:
    word = docx.Document()
    word.core_properties.title = "On Rivers"
    word.add_heading("Rivers", 1)
    word.add_paragraph("Text.")
    assert parse(saved(word), "r.docx").title == "On Rivers"


def test_a_merged_cell_is_told_once(parse: Parse) -> None:
    word = docx.Document()
    table = word.add_table(1, 3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(0, 2).text = "narrow"
    assert sections_of(parse(saved(word), "r.docx")) == [("", "wide | narrow")]


def with_body(xml: str) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = f'<w:document xmlns:w="{space}"><w:body>{xml}</w:body></w:document>'
    return with_part(simple(), "word/document.xml", document.encode())


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_what_stands_in_a_content_control_is_kept(parse: Parse) -> None:
    control = "<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    block = control.format(f"<w:p>{run('All of it.')}</w:p>")
    inline = f"<w:p>{run('Name: ')}{control.format(run('Ada'))}</w:p>"
    row = control.format(f"<w:tr><w:tc><w:p>{run('cell')}</w:p></w:tc></w:tr>")
    document = parse(with_body(f"{block}{inline}<w:tbl>{row}</w:tbl>"), "r.docx")
    assert sections_of(document) == [("", "All of it.\n\nName: Ada\n\ncell")]


def test_tracked_changes_are_read_as_accepted(parse: Parse) -> None:
    changed = (
        f"<w:p>{run('It costs ')}<w:del><w:r><w:delText>10</w:delText></w:r></w:del>"
        f"<w:ins>{run('12 euros.')}</w:ins><w:moveFrom>{run('gone')}</w:moveFrom></w:p>"
    )
    assert sections_of(parse(with_body(changed), "r.docx")) == [("", "It costs 12 euros.")]


def test_links_tabs_and_line_ends_are_kept_and_tab_stops_are_none(parse: Parse) -> None:
    paragraph = (
        '<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>'
        f"{run('See')}<w:r><w:tab/></w:r><w:hyperlink>{run('this')}</w:hyperlink>"
        f"<w:r><w:br/></w:r>{run('page')}</w:p>"
    )
    assert sections_of(parse(with_body(paragraph), "r.docx")) == [("", "See\tthis\npage")]


def test_a_cell_over_many_rows_is_told_in_each_also_of_a_long_table(parse: Parse) -> None:
    merged = "<w:tc><w:tcPr><w:vMerge{}/></w:tcPr><w:p>{}</w:p></w:tc>"
    rows = "".join(
        "<w:tr>{}<w:tc><w:p>{}</w:p></w:tc></w:tr>".format(
            merged.format("", "") if n else merged.format(' w:val="restart"', run("Fees")),
            run(str(n)),
        )
        for n in range(2_000)
    )
    ((_, text),) = sections_of(parse(with_body(f"<w:tbl>{rows}</w:tbl>"), "r.docx"))
    assert text.split("\n\n") == [f"Fees | {n}" for n in range(2_000)]


def test_a_cell_that_claims_a_billion_columns_takes_no_memory(parse: Parse) -> None:
    span = '<w:tcPr><w:gridSpan w:val="1000000000"/></w:tcPr>'
    table = f"<w:tbl><w:tr><w:tc>{span}<w:p>{run('wide')}</w:p></w:tc></w:tr></w:tbl>"
    assert sections_of(parse(with_body(table), "r.docx")) == [("", "wide")]


def test_a_zip_bomb_is_refused_by_its_ratio_before_it_is_unpacked(
    parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = with_part(simple(), "word/media/image.bin", bytes(50_000_000))
    assert len(bomb) < 200_000

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the archive was unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    with pytest.raises(ParseError, match="unpacks to more than 200 times"):
        parse(bomb, "r.docx")


def test_too_much_in_all_and_too_many_parts_are_refused() -> None:
    data = simple()
    with pytest.raises(ParseError, match="would unpack to"):
        parse_bytes(data, "", "r.docx", limits=Limits(unpacked_bytes=1_000))
    with pytest.raises(ParseError, match="parts; at most 3"):
        parse_bytes(data, "", "r.docx", limits=Limits(parts=3))


def test_a_part_that_lies_about_its_size_is_an_error(parse: Parse) -> None:
    """The size in the directory is made small; what unpacks is more."""
    data = bytearray(with_part(simple(), "word/document.xml", b"<x>" + b" " * 3_000_000 + b"</x>"))
    true_size = (3_000_007).to_bytes(4, "little")
    assert data.count(true_size) == 2
    lied = bytes(data).replace(true_size, (100).to_bytes(4, "little"))
    with pytest.raises(ParseError, match="damaged"):
        parse(lied, "r.docx")


def test_entities_are_never_expanded(parse: Parse) -> None:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = (
        f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "lol">{laughs}'
        '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>before &l9; &f; after</w:t></w:r>'
        "</w:p></w:body></w:document>"
    )
    try:
        text = parse(with_part(simple(), "word/document.xml", xml.encode()), "r.docx").sections
    except ParseError:
        return
    assert "lol" not in str(text)
    assert "root:" not in str(text)


def test_a_zip_that_is_no_word_document_is_an_error(parse: Parse) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(ParseError, match="no Word document"):
        parse(out.getvalue(), "r.docx")


@pytest.mark.parametrize("cut", [100, 1_000, -30])
def test_a_truncated_file_is_an_error(parse: Parse, cut: int) -> None:
    with pytest.raises(ParseError, match="damaged"):
        parse(simple()[:cut], "r.docx")


def test_an_old_or_encrypted_word_file_is_an_error_that_says_so(parse: Parse) -> None:
    with pytest.raises(ParseError, match="old or encrypted Office file"):
        parse(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "r.docx")
