"""services.translator.api.lexer: where texts and tags begin and end, in any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translator.api.lexer import Lexeme, What, lex

PIECES = [
    *("<p>", "</p>", "<b", "<i class='a'>", "<br/>", "<img src=x>", '<a href="x>y">', "<textarea>"),
    *(
        "<",
        "<!",
        "<![",
        "<![x[",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!doctype html>",
        "<?pi",
        "?>",
    ),
    *(
        "<script>",
        "</script>",
        "<title>",
        "</title>",
        "</",
        "</>",
        "<//",
        "<1>",
        "=",
        "'",
        '"',
        ">",
    ),
    *("&", "&amp;", "&#", "word", "é", " ", "\n", "\x00"),
]


def kinds(source: str) -> list[tuple[str, str]]:
    return [(one.what.name, one.raw) for one in lex(source)]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_joined_the_parts_are_the_document(source: str) -> None:
    parts = list(lex(source))
    assert "".join(part.raw for part in parts) == source
    assert all(part.raw for part in parts)


def test_tags_texts_and_comments_are_told_apart() -> None:
    assert kinds("a<p>b<!-- <i> -->c</p><?x?><!doctype html></>") == [
        ("TEXT", "a"),
        ("START", "<p>"),
        ("TEXT", "b"),
        ("COMMENT", "<!-- <i> -->"),
        ("TEXT", "c"),
        ("END", "</p>"),
        ("COMMENT", "<?x?>"),
        ("OTHER", "<!doctype html>"),
        ("OTHER", "</>"),
    ]


def test_attributes_are_read_with_and_without_quotes_and_the_first_counts() -> None:
    (tag,) = lex("""<A b=1 c='x > y' D="&amp;" e f= g b=2/>""")
    assert tag.tag == "a"
    assert tag.attributes == {"b": "1", "c": "x > y", "d": "&amp;", "e": "", "f": "g"}
    assert not tag.closes_itself  # the slash belongs to the value


def test_a_slash_at_its_end_closes_a_tag_itself() -> None:
    assert [one.closes_itself for one in lex("<br/><b /><i>")] == [True, True, False]


@pytest.mark.parametrize("text", ["1 < 2", "a <- b", "<", "x<3", "<<<"])
def test_less_than_signs_that_begin_no_tag_are_text(text: str) -> None:
    assert kinds(text) == [("TEXT", text)]


@pytest.mark.parametrize("left_open", ["<a href", "<a b='x>y", "<!-- x>", "<?x", "</p", "<!x"])
def test_what_is_left_open_reaches_to_the_end(left_open: str) -> None:
    first, last = lex(f"text{left_open}")
    assert first == Lexeme(What.TEXT, "text")
    assert last.raw == left_open


def test_tags_inside_scripts_are_text_until_their_own_end() -> None:
    assert kinds("<script>a<b></i></SCRIPT>c") == [
        ("START", "<script>"),
        ("TEXT", "a<b></i>"),
        ("END", "</SCRIPT>"),
        ("TEXT", "c"),
    ]
