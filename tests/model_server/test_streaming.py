"""Bytes in any pieces become the same text."""

from __future__ import annotations

import codecs
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from model_server.streaming import TextStream

STOPS = ["\n", "ab", "abc", "b a", " é", "\U0001f600", "  ", "aab"]
SPELT = ["a", "b", "c", "aab", "é", "\U0001f600", " ", "\n", "\N{NO-BREAK SPACE}", "\ufffd"]
texts = st.lists(st.sampled_from(SPELT), max_size=14).map("".join)
broken = st.lists(
    st.sampled_from([*map(str.encode, SPELT), b"\xc3", b"\x80", b"\xf0\x9f", b"\xff"]), max_size=12
).map(b"".join)
stops = st.lists(st.sampled_from(STOPS), max_size=4, unique=True)


def streamed(data: bytes, cuts: list[int], stops: list[str]) -> tuple[list[str], bool]:
    stream = TextStream(stops)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [stream.feed(data[start:end]) for start, end in pairwise(edges)]
    return [*pieces, stream.end()], stream.stopped


def expected(data: bytes, stops: list[str]) -> tuple[str, bool]:
    """Character by character: the first stop text to be complete ends the text before it."""
    decoded = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(data)
    for end in range(1, len(decoded) + 1):
        ending = [stop for stop in stops if decoded[:end].endswith(stop)]
        if ending:
            return decoded[: end - max(map(len, ending))].strip(), True
    return decoded.strip(), False


@given(broken, st.lists(st.integers(0, 99), max_size=12), stops)
@example(b"aabc", [1, 2, 3], ["abc", "b"])
@example(b" \n a  ab", [2, 5], ["ab"])
def test_however_the_bytes_are_cut_they_give_the_same_text(
    data: bytes, cuts: list[int], stops: list[str]
) -> None:
    pieces, stopped = streamed(data, cuts, stops)
    assert ("".join(pieces), stopped) == expected(data, stops)


@given(texts, st.lists(st.integers(0, 99), max_size=12))
def test_a_piece_never_holds_part_of_a_character(text: str, cuts: list[int]) -> None:
    pieces, _ = streamed(text.encode(), cuts, [])
    assert "".join(pieces).count("\ufffd") == text.count("\ufffd")


def test_text_is_shown_as_soon_as_it_is_certain() -> None:
    stream = TextStream(["STOP"])
    assert stream.feed(b"  Hello") == "Hello"
    assert stream.feed(b" ") == ""  # it may be the last of the text
    assert stream.feed(b"you S") == " you"
    assert stream.feed(b"T") == ""
    assert stream.feed("Ä".encode()[:1]) == ""
    assert stream.feed("Ä".encode()[1:]) == " STÄ"
    assert not stream.stopped


def test_nothing_follows_a_stop_text() -> None:
    stream = TextStream(["."])
    assert stream.feed(b"One. Two") == "One"
    assert stream.stopped
    assert stream.feed(b" Three") == ""
    assert stream.end() == ""


def test_a_character_that_is_not_complete_at_the_end_is_left_out() -> None:
    stream = TextStream([])
    assert stream.feed("40 €".encode()[:-1]) == "40"
    assert stream.end() == ""
