"""A text cleaned in pieces is the text cleaned at once, wherever it was split."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.running_line import RunningLine, clean
from gateway.snippets import one_line

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}"
SPACES = (" ", "\n", "\t", "\r\n", "\x1c", "\x85", "\u2028", "\u00a0")
OTHERS = ("\x00", "\x1b", "\ud800", "\u200b", "\u0301", "e\u0301", FAMILY, "…", "TS,", "User,")
AWKWARD = st.sampled_from([*SPACES, *OTHERS])
PIECES = st.lists(st.one_of(AWKWARD, st.text(max_size=5)), max_size=20)


@given(PIECES, st.integers(min_value=2, max_value=30))
def test_pieces_joined_are_the_whole_text_cleaned(pieces: list[str], limit: int) -> None:
    line = RunningLine(limit)
    shown = [line.feed(piece) for piece in pieces]
    shown.append(line.end())
    assert "".join(shown) == str(line) == clean("".join(pieces), limit)


@given(PIECES, st.integers(min_value=2, max_value=30))
def test_a_line_is_whole_or_cut_at_its_limit(pieces: list[str], limit: int) -> None:
    whole, line = one_line("".join(pieces)), RunningLine(limit)
    said = line.feed("".join(pieces)) + line.end()
    if len(whole) <= limit:
        assert (said, line.cut) == (whole, False)
    else:
        assert (said, line.cut) == (whole[: limit - 1].rstrip() + "…", True)


@given(PIECES)
def test_no_piece_is_shown_that_has_to_be_taken_back(pieces: list[str]) -> None:
    line, shown = RunningLine(1000), ""
    for piece in pieces:
        shown += line.feed(piece)
        assert one_line(shown) == shown, "no white space at its end"
