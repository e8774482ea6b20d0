"""services.retrieval.parse.mediawiki: dumps, plain and packed, whole and broken."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from services.retrieval.documents.model import Document
from services.retrieval.parse.files import parse_file
from services.retrieval.parse.record import Limits, ParseError, Record

MakeDump = Callable[..., str]
PACK = {"": bytes, ".bz2": bz2.compress, ".gz": gzip.compress, ".xz": lzma.compress}


def read(path: Path, after: int = 0, limits: Limits | None = None) -> list[Document]:
    records = parse_file(path, after=after, limits=limits or Limits())
    return [record.document for record in records if record.document is not None]


@pytest.mark.parametrize("ending", sorted(PACK))
def test_articles_are_documents_with_their_address(
    tmp_path: Path, make_dump: MakeDump, ending: str
) -> None:
    path = tmp_path / f"d.xml{ending}"
    dump = make_dump(
        ("River Nile", "The '''Nile''' is [[length|long]].\n\n== Course ==\nNorth."),
        ("Talk:Nile", "chatter", 1),
        ("The Nile", "#REDIRECT [[River Nile]]", 0, True),
        ("Été & co?", "Summer."),
    )
    path.write_bytes(PACK[ending](dump.encode()))
    documents = read(path)
    assert [(document.id, document.title) for document in documents] == [
        ("https://wiki.example.org/wiki/River_Nile", "River Nile"),
        ("https://wiki.example.org/wiki/%C3%89t%C3%A9_%26_co%3F", "Été & co?"),
    ]
    assert [document.url for document in documents] == [document.id for document in documents]
    assert [(part.heading, part.text) for part in documents[0].sections] == [
        ("", "The Nile is long."),
        ("Course", "North."),
    ]


def test_a_dump_without_an_address_has_ids_of_its_file(tmp_path: Path, make_dump: MakeDump) -> None:
    path = tmp_path / "d.xml"
    path.write_text(make_dump(("A b", "Text."), base=""))
    assert [(document.id, document.url) for document in read(path)] == [
        (f"{path.as_uri()}#A%20b", None)
    ]


def test_of_a_pages_history_the_last_revision_counts(tmp_path: Path, make_dump: MakeDump) -> None:
    dump = make_dump(("A", "new"))
    old = "<revision><id>1</id><model>wikitext</model><text>old</text></revision><revision>"
    path = tmp_path / "d.xml"
    path.write_text(dump.replace("<revision>", old, 1))
    assert read(path)[0].sections[0].text == "new"


def test_reading_goes_on_after_the_page_it_is_told(tmp_path: Path, make_dump: MakeDump) -> None:
    path = tmp_path / "d.xml"
    path.write_text(make_dump(*[(f"P{n}", f"text {n}", n % 2) for n in range(10)]))
    assert [document.title for document in read(path)] == ["P0", "P2", "P4", "P6", "P8"]
    assert [document.title for document in read(path, after=3)] == ["P6", "P8"]


def test_a_page_larger_than_allowed_is_named_and_the_others_come_in(
    tmp_path: Path, make_dump: MakeDump
) -> None:
    path = tmp_path / "d.xml"
    path.write_text(make_dump(("A", "a"), ("Big", "word " * 10_000), ("B", "b")))
    records = list(parse_file(path, limits=Limits(record_bytes=20_000)))
    assert [record.document.title for record in records if record.document] == ["A", "B"]
    assert [record.problem for record in records if record.problem] == [
        "page 'Big': has 50,000 characters; at most 20,000 are read"
    ]


@pytest.mark.parametrize("ending", sorted(PACK))
def test_of_a_dump_that_breaks_off_what_came_before_is_kept_and_the_break_is_named(
    tmp_path: Path, make_dump: MakeDump, ending: str
) -> None:
    words = random.Random(1)
    pages = [(f"P{n}", words.randbytes(1_000).hex()) for n in range(600)]
    packed = PACK[ending](make_dump(*pages).encode())
    path = tmp_path / f"d.xml{ending}"
    path.write_bytes(packed[: len(packed) * 9 // 10])
    found: list[Record] = []
    with pytest.raises(ParseError, match="breaks off"):
        found.extend(parse_file(path))
    documents = [record.document for record in found if record.document is not None]
    # bzip2 unpacks by blocks of 900,000 bytes, so a page in an unfinished one is lost.
    assert len(documents) > (500 if ending != ".bz2" else -1)
    assert [one.title for one in documents] == [f"P{n}" for n in range(len(documents))]


def test_billion_laughs_are_refused_at_once(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    path = tmp_path / "d.xml"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY l0 "lol">{laughs}]>'
        "<mediawiki><page><title>&l9;</title></page></mediawiki>"
    )
    with pytest.raises(ParseError, match="document type or entities"):
        read(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<rss><page/></rss>", "no MediaWiki dump"),
        ("just text", "well-formed"),
        ("", "is empty"),
        ("<mediawiki><page></wrong></mediawiki>", "well-formed"),
    ],
)
def test_what_is_no_dump_is_an_error(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "d.xml"
    path.write_text(text)
    with pytest.raises(ParseError, match=reason):
        read(path)


def test_what_unpacks_to_more_than_allowed_is_cut_off(tmp_path: Path, make_dump: MakeDump) -> None:
    path = tmp_path / "d.xml.gz"
    path.write_bytes(gzip.compress(make_dump(("A", " " * 5_000_000)).encode()))
    assert path.stat().st_size < 10_000
    with pytest.raises(ParseError, match="unpacks to more than the 1,000,000 bytes"):
        read(path, limits=Limits(stream_bytes=1_000_000))


def test_a_packed_file_under_a_plain_name_is_an_error(tmp_path: Path, make_dump: MakeDump) -> None:
    path = tmp_path / "d.xml"
    path.write_bytes(bz2.compress(make_dump(("A", "a")).encode()))
    with pytest.raises(ParseError, match="it is bzip2, not a MediaWiki dump"):
        read(path)
