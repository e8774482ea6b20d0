"""services.retrieval.parse.jsonl: every line a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.retrieval.documents.model import Document, Section
from services.retrieval.parse.files import parse_bytes, parse_file
from services.retrieval.parse.record import Limits, ParseError, Record


def write(path: Path, *lines: Any) -> Path:
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(raw))
    return path


def documents_of(records: list[Record]) -> list[Document]:
    return [record.document for record in records if record.document is not None]


def problems_of(records: list[Record]) -> list[str]:
    return [record.problem for record in records if record.problem is not None]


def test_text_title_address_and_id_are_kept(tmp_path: Path) -> None:
    path = write(
        tmp_path / "d.jsonl",
        {"text": "The Nile is long.", "title": "Nile", "url": "https://e.org/n", "id": 7, "x": []},
        {"content": "The Po is short.", "url": "https://e.org/p"},
        {"body": "The Rhine."},
        {"sections": [{"heading": "A", "text": "One."}, {"text": "Two."}], "title": "S"},
    )
    base = path.as_uri()
    assert documents_of(list(parse_file(path))) == [
        Document("7", "Nile", "https://e.org/n", (Section("", "The Nile is long."),)),
        Document(
            "https://e.org/p",
            "The Po is short.",
            "https://e.org/p",
            (Section("", "The Po is short."),),
        ),
        Document(f"{base}#line=3", "The Rhine.", None, (Section("", "The Rhine."),)),
        Document(f"{base}#line=4", "S", None, (Section("A", "One."), Section("", "Two."))),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{bad", "is not JSON"),
        (b'["a"]', "is not a JSON object"),
        (b'{"title": "T"}', "has no text under text, content, body"),
        (b'{"text": "  "}', "has no text"),
        (b'{"text": 5}', "text is not a string"),
        (b'{"text": "a", "url": 5}', "url is not a string"),
        (b'{"text": "a", "id": true}', "id is neither"),
        (b'{"text": "\xff"}', "is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"text": "' + b"x" * 2_000_000 + b'"}', "longer than the 1,000,000 bytes"),
        (b'{"n": ' + b"9" * 10_000 + b', "text": "a"}', "too long"),
    ],
)
def test_a_bad_line_is_named_and_the_others_come_in(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    path = write(tmp_path / "d.jsonl", {"text": "before"}, line, {"text": "after"})
    records = list(parse_file(path, limits=Limits(record_bytes=1_000_000)))
    assert [document.title for document in documents_of(records)] == ["before", "after"]
    (problem,) = problems_of(records)
    assert problem.startswith("line 2: ")
    assert reason in problem


def test_lines_that_share_an_address_are_all_kept(tmp_path: Path) -> None:
    url = "https://e.org/n"
    path = write(tmp_path / "d.jsonl", {"text": "a", "url": url}, {"text": "b", "url": url})
    records = list(parse_file(path))
    assert [(one.id, one.url) for one in documents_of(records)] == [
        (url, url),
        (f"{url}#line=2", url),
    ]
    assert list(parse_file(path, after=1)) == records[1:]


def test_blank_lines_and_a_byte_order_mark_are_no_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", b'\xef\xbb\xbf{"text": "a"}', b"", b"  ", {"text": "b"})
    records = list(parse_file(path))
    assert [record.number for record in records if record.document] == [1, 4]
    assert problems_of(records) == []


def test_what_json_can_hold_and_no_text_can_is_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "d.jsonl", b'{"text": "a\\ud800b\\u0000c\\u001bd", "title": "T\\ud800"}'
    )
    (document,) = documents_of(list(parse_file(path)))
    assert (document.title, document.sections[0].text) == ("T", "abcd")


def test_an_address_that_would_run_in_a_browser_is_dropped(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", {"text": "a", "url": "javascript:alert(1)", "id": "x"})
    assert documents_of(list(parse_file(path)))[0].url is None


def test_reading_goes_on_after_the_line_it_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", {"text": "a"}, {"text": "b"}, b"bad", {"text": "c"})
    records = [record for record in parse_file(path, after=3) if record.document or record.problem]
    assert [record.number for record in records] == [4]


def test_of_an_upload_with_a_bad_line_nothing_is_taken() -> None:
    with pytest.raises(ParseError, match="line 2: is not JSON"):
        parse_bytes(b'{"text": "a"}\nbad\n', "application/x-ndjson", "d")
