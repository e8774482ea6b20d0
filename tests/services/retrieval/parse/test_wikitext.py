"""services.retrieval.parse.wikitext: what a reader of an article sees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.retrieval.parse.outline import Outline
from services.retrieval.parse.wikitext import read_wikitext

NAMESPACES = {"file", "image", "category", "datei"}


def shown(text: str) -> str:
    outline = Outline()
    read_wikitext(text, NAMESPACES, outline)
    return "\n\n".join(part.text for part in outline.sections(""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'''Bold''' and ''italic''", "Bold and italic"),
        ("[[Nile]], [[Nile|the river]], [[river]]s", "Nile, the river, rivers"),
        ("[[Wikipedia:Nile|page]] [[:en:Nile]]", "page :en:Nile"),
        ("a [[File:x.jpg|thumb|with [[links]] in ''it'']] b", "a  b"),
        ("[[Datei:x.jpg]][[Category:Rivers]]text", "text"),
        ("[http://e.org shown] [http://e.org]", "shown "),
        ("a{{cite|x={{y|[[z]]}}}}b", "ab"),
        ('a<ref name="x">note {{cite}}</ref>b<ref name=x />c', "abc"),
        ("a<!-- {{not a template -->b", "ab"),
        ("a &amp; b&nbsp;c &lt;d&gt;", "a & b\xa0c <d>"),
        ("x<math>a^2</math> <small>small</small><br>new", "x small\nnew"),
        ("* one\n* two\n** three", "one\n\ntwo\n\nthree"),
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
        ("__NOTOC__text\n----\nmore", "text\n\nmore"),
        ("It is {{convert|8848|m|ft}} high", "It is 8848 m high"),
        ("Foo ({{IPA|x}}) is", "Foo is"),
        ("{{unclosed [[link]] and more", "{{unclosed link and more"),
        ("a }} b |} c", "a }} b |} c"),
    ],
)
def test_markup_is_read_as_a_reader_sees_it(text: str, expected: str) -> None:
    assert shown(text) == expected.strip()


def test_tables_are_dropped_with_all_they_hold() -> None:
    text = 'before\n{| class="w"\n! a !! b\n|-\n| {{x|1}} || 2\n{|\n| inner\n|}\n|}\nafter'
    assert shown(text) == "before\n\nafter"


def test_headings_stand_above_their_text() -> None:
    outline = Outline()
    read_wikitext("Lead.\n== A ==\nOne.\n=== ''B'' ===\nTwo.\n== C==\nThree.", (), outline)
    assert [(part.heading, part.text) for part in outline.sections("")] == [
        ("", "Lead."),
        ("A", "One."),
        ("A › B", "Two."),  # noqa: RUF001
        ("C", "Three."),
    ]


@pytest.mark.parametrize(
    "piece",
    ["{{", "}}", "[[", "<ref>", "{|\n", "<!--", "= ", "'", "( ", "[http://", "{{{", "<ref "],
)
def test_a_page_of_one_kind_of_markup_is_read_to_its_end(piece: str) -> None:
    assert "end" in shown(f"start {piece * 20_000} \n\nend")


@given(
    st.lists(
        st.sampled_from(
            [
                "{{",
                "}}",
                "[[",
                "]]",
                "|",
                "<ref>",
                "</ref>",
                "<!--",
                "-->",
                "\n{|",
                "\n|}",
                "'''",
                "==",
                "\n",
                "word ",
                "File:",
                "&amp;",
                "<br>",
                "[http://e.org ",
                "]",
                "<nowiki>",
                "</nowiki>",
            ]
        ),
        max_size=40,
    )
)
@settings(deadline=None)
def test_any_mixture_of_markup_is_read(pieces: list[str]) -> None:
    shown("".join(pieces))
