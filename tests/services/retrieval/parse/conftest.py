"""Files of every format, made where the test runs."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from services.retrieval.documents.model import Document
from services.retrieval.parse.files import parse_bytes

Parse = Callable[..., Document]
MakePdf = Callable[..., bytes]
MakeDump = Callable[..., str]


@pytest.fixture
def parse() -> Parse:
    """`parse(data, name)`: the one document that is in it."""

    def one(data: bytes | str, name: str, **given: str) -> Document:
        raw = data.encode() if isinstance(data, str) else data
        documents = parse_bytes(raw, "", name, **given)  # type: ignore[arg-type]
        assert len(documents) == 1
        return documents[0]

    return one


@pytest.fixture
def make_pdf() -> MakePdf:
    """`make_pdf("text of page 1", ...)`: a PDF; title=… and outline=[(title, page), …] if given."""

    def make(
        *pages: str,
        title: str | None = None,
        outline: list[tuple[str, int]] | None = None,
        password: str | None = None,
    ) -> bytes:
        from pypdf import PdfWriter  # noqa: PLC0415
        from pypdf.generic import (  # noqa: PLC0415
            DecodedStreamObject,
            DictionaryObject,
            NameObject,
        )

        writer = PdfWriter()
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        reference = writer._add_object(font)
        for text in pages:
            page = writer.add_blank_page(600, 800)
            fonts = DictionaryObject({NameObject("/F1"): reference})
            page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
            stream = DecodedStreamObject()
            lines = "".join(f"({line}) Tj 0 -14 Td " for line in text.split("\n"))
            stream.set_data(f"BT /F1 12 Tf 50 750 Td {lines}ET".encode())
            page[NameObject("/Contents")] = writer._add_object(stream)
        if title is not None:
            writer.add_metadata({"/Title": title})
        for name, page_number in outline or []:
            writer.add_outline_item(title=name, page_number=page_number)
        if password is not None:
            writer.encrypt(password, algorithm="RC4-128")
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    return make


@pytest.fixture
def make_dump() -> MakeDump:
    """`make_dump((title, wikitext[, namespace[, redirect]]), ...)`: a MediaWiki dump."""

    def make(*pages: tuple[object, ...], base: str = "https://wiki.example.org/wiki/Start") -> str:
        from xml.sax.saxutils import escape  # noqa: PLC0415

        parts = [
            '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11">\n'
            f"<siteinfo><sitename>W</sitename><base>{escape(base)}</base><namespaces>"
            '<namespace key="0" /><namespace key="6">Datei</namespace>'
            '<namespace key="14">Kategorie</namespace></namespaces></siteinfo>\n'
        ]
        for title, text, *more in pages:
            namespace = more[0] if more else 0
            redirect = '<redirect title="X" />' if len(more) > 1 and more[1] else ""
            parts.append(
                f"<page><title>{escape(str(title))}</title><ns>{namespace}</ns><id>1</id>{redirect}"
                "<revision><id>2</id><contributor><username>U</username></contributor>"
                "<model>wikitext</model><format>text/x-wiki</format>"
                f'<text xml:space="preserve">{escape(str(text))}</text></revision></page>\n'
            )
        return "".join([*parts, "</mediawiki>\n"])

    return make
