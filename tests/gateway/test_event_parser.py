"""Server-sent events read wherever their bytes were split."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.event_parser import EventParser

TEXT = "é\u2028\x85\x0b \N{MAN}: data"
STREAM = f"event: delta\r\ndata: {TEXT}\r\n\r\n: hello\n\nid: 7\nevent:done\ndata:{{}}\n\n".encode()


@given(st.lists(st.integers(min_value=1, max_value=len(STREAM) - 1)))
def test_events_are_the_same_wherever_the_bytes_are_split(cuts: list[int]) -> None:
    edges = [0, *sorted(set(cuts)), len(STREAM)]
    parser = EventParser()
    pieces = [STREAM[start:end] for start, end in pairwise(edges)]
    found = [event for piece in pieces for event in parser.feed(piece)]
    assert found == [("delta", TEXT.encode()), ("done", b"{}")]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\ndata: b\n\n", [("message", b"a\nb")]),
        (b"event: x\n\ndata: y\n\n", [("message", b"y")]),
        (b"event: x\ndata: never ended", []),
        (b"nonsense\n\n\xff\xfe\n\n", []),
        (b"data: a\rdata: b\n\n", [("message", b"a\rdata: b")]),
    ],
)
def test_odd_streams_have_the_events_that_are_whole(
    stream: bytes, events: list[tuple[str, bytes]]
) -> None:
    assert EventParser().feed(stream) == events
