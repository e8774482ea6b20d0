"""services.retrieval.parse.html: what a reader of a web page sees."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from services.retrieval.documents.model import Document
from services.retrieval.parse.record import ParseError

Parse = Callable[..., Document]


def sections_of(document: Document) -> list[tuple[str, str]]:
    return [(part.heading, part.text) for part in document.sections]


def text_of(document: Document) -> str:
    return "\n".join(part.text for part in document.sections)


PAGE = """<!DOCTYPE html><html><head><title>Rivers &amp; lakes</title>
<link rel="canonical" href="https://example.org/rivers">
<style>p {color: red}</style><script>document.write("<p>written</p>")</script></head>
<body><header>Site name</header><nav><a href="/">Home</a></nav>
<div class="content"><h1>Rivers &amp; lakes</h1><p>The <b>Nile</b> is
long.<script>alert("x")</script></p>
<h2>Africa</h2><table><tr><th>River<th>km<tr><td>Nile<td>6650</table>
<ul><li>one<li>two</ul><pre>a
  b</pre><p hidden>secret</p><p style="display: none">also</p><template><p>t</p></template></div>
<aside>Buy now</aside><footer>Imprint</footer></body></html>"""


def test_title_address_headings_and_text_are_kept_and_the_pages_frame_is_not(parse: Parse) -> None:
    document = parse(PAGE, "p.html")
    assert document.title == "Rivers & lakes"
    assert document.url == "https://example.org/rivers"
    assert sections_of(document) == [
        ("", "The Nile is long."),
        ("Africa", "River | km\n\nNile | 6650\n\none\n\ntwo\n\na\n  b"),
    ]


def test_the_address_a_page_claims_is_shown_but_never_its_id(parse: Parse) -> None:
    assert parse(PAGE, "p.html").id == "p.html"
    given = parse(PAGE, "p.html", url="https://mirror.example/p")
    assert (given.id, given.url) == ("https://mirror.example/p", "https://mirror.example/p")


def test_of_a_page_with_a_main_part_only_that_is_kept(parse: Parse) -> None:
    html = "<body><div>around</div><main><header><h1>T</h1></header><p>inside</p></main></body>"
    assert sections_of(parse(html, "p.html")) == [("", "inside")]


def test_a_page_that_is_all_frame_is_kept_whole(parse: Parse) -> None:
    assert text_of(parse("<body><nav>only links</nav></body>", "p.html")) == "only links"


MANUAL = """<html><body><div class="header"><p>Next: <a rel="next">Two</a>, Up: <a>x</a>
</p></div><table class="nav"><tr><td>Prev</td><td>Manual</td></tr></table>
<h2>Files<span><a class="mark" href="#f">#</a></span></h2><p>Open.<a href="#p"> &para;</a> Issue
<a href="#7">#7</a>.</p>
<table><tr><td><p>v14</p></td><td></td><td><p>It is</p><p>new.</p></td></tr>
<tr><th>one</th></tr></table>
<table><tr><td>left</td><td><h2>Right</h2><p>right</p></td></tr></table></body></html>"""


def test_links_between_pages_and_to_headings_themselves_are_no_text(parse: Parse) -> None:
    document = parse(MANUAL, "p.html")
    assert sections_of(document)[0][1].startswith("Open. Issue #7.")
    assert document.title == "Files"


def test_a_row_of_data_is_a_line_and_a_row_that_lays_out_the_page_is_parts_of_it(
    parse: Parse,
) -> None:
    assert sections_of(parse(MANUAL, "p.html")) == [
        ("", "Open. Issue #7.\n\nv14 | It is new.\n\none\n\nleft"),
        ("Right", "right"),
    ]


def test_entities_and_external_files_are_never_loaded(
    parse: Parse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a parser opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    (tmp_path / "secret").write_text("password")
    html = (
        f'<!DOCTYPE html [<!ENTITY s SYSTEM "{(tmp_path / "secret").as_uri()}">'
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
        '<html><body><p>x &s; &b; y</p><img src="http://example.org/i.png">'
        '<iframe src="http://example.org/"></iframe></body></html>'
    )
    text = text_of(parse(html, "p.html"))
    assert "password" not in text
    assert "aaaa" not in text


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("windows-1251", "cp1251"),
        ("iso-8859-1", "cp1252"),
        ("utf-8", "utf-8"),
        ("x-no", "utf-8"),
        ("undefined", "utf-8"),
    ],
)
def test_a_page_is_read_in_the_encoding_it_declares(
    parse: Parse, declared: str, encoding: str
) -> None:
    word = "река" if encoding != "cp1252" else "Größe „so“"
    html = f'<html><head><meta charset="{declared}"></head><body><p>{word}</p></body></html>'
    assert text_of(parse(html.encode(encoding), "p.html")) == word


def test_xhtml_with_an_xml_declaration_is_read(parse: Parse) -> None:
    html = '<?xml version="1.0" encoding="UTF-8"?><html><body><p>ä</p></body></html>'
    assert text_of(parse(html, "p.xhtml")) == "ä"


def test_a_page_whose_all_is_in_a_form_is_read(parse: Parse) -> None:
    html = "<body><form><input value='v'><p>text</p><button>Go</button></form></body>"
    assert text_of(parse(html, "p.html")) == "text"


@pytest.mark.parametrize("html", ["<html></html>", "<script>x</script>", "<p> </p>"])
def test_a_page_without_text_is_an_error(parse: Parse, html: str) -> None:
    with pytest.raises(ParseError, match="no text"):
        parse(html, "p.html")


def test_deep_nesting_is_read_or_refused_but_never_a_crash(parse: Parse) -> None:
    html = "<div>" * 100_000 + "deep" + "</div>" * 100_000
    with suppress(ParseError):
        assert "deep" in text_of(parse(html, "p.html"))
