"""services.retrieval.parse.markdown."""

from __future__ import annotations

from collections.abc import Callable

from services.retrieval.documents.model import Document

Parse = Callable[..., Document]


def sections_of(document: Document) -> list[tuple[str, str]]:
    return [(part.heading, part.text) for part in document.sections]


def test_headings_stand_above_their_text_outermost_first(parse: Parse) -> None:
    document = parse(
        "# Rivers\n\nIntro.\n\n## Long\n\n### Nile\n\nIt is *long*.\n\n## Short\n\nA `brook`.",
        "r.md",
    )
    assert document.title == "Rivers"
    assert sections_of(document) == [
        ("", "Intro."),
        ("Long › Nile", "It is long."),  # noqa: RUF001
        ("Short", "A brook."),
    ]


def test_the_title_in_front_matter_comes_first_and_the_rest_of_it_is_no_text(parse: Parse) -> None:
    document = parse('---\ntitle: "On Rivers"\ndate: 2020\n---\n# Rivers\n\nText.\n', "r.md")
    assert document.title == "On Rivers"
    assert sections_of(document) == [("Rivers", "Text.")]


def test_links_images_and_lists_keep_what_a_reader_sees(parse: Parse) -> None:
    document = parse("See [the map](http://x.example) ![A river](r.png)\n\n- one\n- two\n", "r.md")
    assert sections_of(document) == [("", "See the map A river\n\none\n\ntwo")]


def test_tables_are_kept_row_by_row_and_code_as_it_is(parse: Parse) -> None:
    document = parse("|a|b|\n|-|-|\n|1|2|\n\n```\nx = 1\n  y\n```\n", "r.md")
    assert sections_of(document) == [("", "a | b\n\n1 | 2\n\nx = 1\n  y")]


def test_raw_html_keeps_its_text_and_no_script(parse: Parse) -> None:
    document = parse("<div>\nSeen\n<script>alert(1)</script></div>\n\nend <b>bold</b>\n", "r.md")
    assert sections_of(document) == [("", "Seen\n\nend bold")]


def test_html_in_it_is_read_as_on_a_page_rows_and_entities_too(parse: Parse) -> None:
    document = parse(
        "<h1>Moor&nbsp;ings</h1>\n\n<table><tr><td>Wi-Fi</td><td>guest</td></tr>"
        "<tr><td>Tea</td><td>&pound;1</td></tr></table>\n\n<!-- note -->\n\nEnd.\n",
        "m.md",
    )
    assert document.title == "Moor ings"
    assert sections_of(document) == [("", "Wi-Fi | guest\n\nTea | £1\n\nEnd.")]


def test_without_headings_the_files_name_is_the_title(parse: Parse) -> None:
    assert parse("Just text.", "the_name.md").title == "the name"
