"""Server-sent events: written, and read wherever their bytes were split."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.sse import EventParser, EventTooLong, frame
from services.contract import Delta

TEXT = "é\u2028\u2029\x85\x0b\r \N{MAN}: data"
STREAM = f"event: delta\r\ndata: {TEXT}\r\n\r\n: hello\n\nid: 7\nevent:done\ndata:{{}}\n\n".encode()
BOUND = 1_000


@given(st.lists(st.integers(min_value=1, max_value=len(STREAM) - 1)))
def test_events_are_the_same_wherever_the_bytes_are_split(cuts: list[int]) -> None:
    edges = [0, *sorted(set(cuts)), len(STREAM)]
    parser = EventParser(BOUND)
    pieces = [STREAM[start:end] for start, end in pairwise(edges)]
    found = [event for piece in pieces for event in parser.feed(piece)]
    assert found == [("delta", TEXT.encode()), ("done", b"{}")]


@given(st.text())
def test_what_is_framed_is_read_again(text: str) -> None:
    delta = Delta(index=0, text=text)
    [(name, data)] = EventParser(len(text) * 6 + BOUND).feed(frame("delta", delta))
    assert (name, Delta.model_validate_json(data)) == ("delta", delta)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\ndata: b\n\n", [("message", b"a\nb")]),
        (b"event: x\n\ndata: y\n\n", [("message", b"y")]),
        (b"event: x\ndata: never ended", []),
        (b"nonsense\n\n\xff\xfe\n\n", []),
        (b"data: a\rdata: b\n\n", [("message", b"a\rdata: b")]),
        (b": beat\nretry: 1\ndata:tight\n\n", [("message", b"tight")]),
    ],
)
def test_odd_streams_have_the_events_that_are_whole(
    stream: bytes, events: list[tuple[str, bytes]]
) -> None:
    assert EventParser(BOUND).feed(stream) == events


def test_an_event_comes_as_soon_as_it_is_whole() -> None:
    parser = EventParser(BOUND)
    assert parser.feed(b"data: 1\n") == []
    assert parser.feed(b"\ndata: 2") == [("message", b"1")]
    assert parser.feed(b"\n\n") == [("message", b"2")]


@pytest.mark.parametrize("piece", [b"x" * 100, b"data: " + b"x" * 93 + b"\n"])
def test_an_event_that_does_not_end_is_refused_before_it_fills_the_memory(piece: bytes) -> None:
    parser = EventParser(BOUND)
    for _ in range(BOUND // len(piece)):
        assert parser.feed(piece) == []
    with pytest.raises(EventTooLong, match="1,000"):
        parser.feed(piece + piece)


def test_many_events_in_one_piece_are_no_long_event() -> None:
    assert len(EventParser(BOUND).feed(b"data: 1\n\n" * BOUND)) == BOUND
