"""services.translator.api.tokens: what is translated, what is kept, what ends a sentence."""

from __future__ import annotations

import pytest

from services.translator.api.tokens import MAX_DEPTH, Kind, tokens


def texts(source: str) -> list[str]:
    return [token.raw for token in tokens(source) if token.kind is Kind.TEXT]


@pytest.mark.parametrize(
    "source",
    [
        "<script>no</script>",
        "<style>no</style>",
        "<code>no</code>",
        "<pre>no <b>no</b></pre>",
        "<textarea>no</textarea>",
        '<p translate="no">no <b>no</b></p>',
        "<p translate=NO>no</p>",
        '<p class="x notranslate">no</p>',
        "<div translate=no><p>no<ul><li>no<li>no</ul></div>",
    ],
)
def test_some_texts_are_not_translated(source: str) -> None:
    assert texts(f"{source}yes") == ["yes"]


def test_translate_yes_inside_no_is_translated() -> None:
    assert texts('<p translate="no">no <b translate="yes">yes</b> no</p>') == ["yes"]


def test_what_was_never_closed_ends_with_its_list_or_row() -> None:
    assert texts("<ul><li translate=no>no<li>yes</ul><tr><td translate=no>no<td>yes") == ["yes"] * 2


def test_an_end_without_a_beginning_ends_nothing() -> None:
    assert texts("<p translate=no>no</b>no</p>yes</p>yes") == ["yes", "yes"]


def test_inline_tags_stand_in_sentences_and_block_tags_end_them() -> None:
    found = [
        (token.kind, token.raw) for token in tokens("<p>a<b>c</b><img><br>d<code>e</code></p>")
    ]
    assert found == [
        (Kind.BLOCK, "<p>"),
        (Kind.TEXT, "a"),
        (Kind.OPEN, "<b>"),
        (Kind.TEXT, "c"),
        (Kind.CLOSE, "</b>"),
        (Kind.OPAQUE, "<img>"),
        (Kind.BLOCK, "<br>"),
        (Kind.TEXT, "d"),
        (Kind.OPAQUE, "<code>e</code>"),
        (Kind.BLOCK, "</p>"),
    ]


def test_nesting_deeper_than_is_kept_track_of_loses_nothing() -> None:
    source = "<b>" * (2 * MAX_DEPTH) + "x" + "</b>" * (2 * MAX_DEPTH)
    assert "".join(token.raw for token in tokens(source)) == source
