"""Server-sent events, as the HTML standard has them."""

from __future__ import annotations

import pytest

from groundling.sse import (
    MAX_EVENT_CHARS,
    EventReader,
    ServerEvent,
    TooLong,
    lines_of,
    parse_events,
)


def test_name_and_data_end_at_an_empty_line() -> None:
    lines = ["event: base", 'data: {"base": "a: b"}', "", "data: x", ""]
    assert list(parse_events(lines)) == [
        ServerEvent("base", '{"base": "a: b"}'),
        ServerEvent("message", "x"),
    ]


def test_comments_and_unknown_fields_are_passed_over() -> None:
    lines = [": beat", "", "id: 7", "retry: 1", "data:tight", ""]
    assert list(parse_events(lines)) == [ServerEvent("message", "tight")]


def test_data_over_several_lines_is_joined() -> None:
    assert list(parse_events(["data: a", "data: b", ""])) == [ServerEvent("message", "a\nb")]


def test_an_event_without_its_end_is_left_out() -> None:
    assert list(parse_events(["data: whole", "", "data: cut"])) == [ServerEvent("message", "whole")]


def test_lines_end_at_line_feeds_alone_however_the_text_is_cut() -> None:
    text = "data: a\u2028b\u2029c\u0085d\x0be\r\n\r\ndata: f\n\n"
    lines = ["data: a\u2028b\u2029c\u0085d\x0be", "", "data: f", ""]
    for size in range(1, len(text) + 1):
        assert list(lines_of(text[at : at + size] for at in range(0, len(text), size))) == lines


def test_events_come_as_soon_as_they_are_whole_however_the_text_is_cut() -> None:
    text = "event: a\ndata: 1\n\n: beat\n\ndata: 2\r\n\r\ndata: cut"
    whole = [ServerEvent("a", "1"), ServerEvent("message", "2")]
    for size in range(1, len(text) + 1):
        reader = EventReader()
        pieces = (text[at : at + size] for at in range(0, len(text), size))
        assert [event for piece in pieces for event in reader.feed(piece)] == whole
    assert EventReader().feed(text[:18]) == whole[:1]


@pytest.mark.parametrize("beginning", ["", "data: a line\n" + "data: " + "x" * 1_000_000 + "\n"])
def test_an_event_that_does_not_end_is_refused(beginning: str) -> None:
    reader = EventReader()
    pieces = [beginning or "x" * 1_000_000] * (MAX_EVENT_CHARS // 1_000_000)
    assert [event for piece in pieces for event in reader.feed(piece)] == []
    with pytest.raises(TooLong):
        reader.feed(pieces[0])
