"""services.translator.api.markup: runs of text between tags, and translations put back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translator.api.markup import Run, read_document

PIECES = [
    *("<p>", "</p>", "<b>", "</b>", "<i class='a'>", "</i>", "<br>", "<img>", "<code>", "</code>"),
    *("<script>", "</script>", "<span translate=no>", "</span>", "<!-- -->", "<", ">"),
    *("text", "word", "&amp;", "&lt;g0&gt;", " ", "\n"),
]


def only_run(source: str) -> Run:
    (run,) = read_document(source).runs
    return run


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_a_document_is_itself_when_nothing_is_translated(source: str) -> None:
    document = read_document(source)
    untouched = ["".join(token.raw for token in run.tokens) for run in document.runs]
    assert document.put(untouched) == source
    for run in document.runs:
        assert run.put_parts(run.parts).count("<b>") == sum(one.raw == "<b>" for one in run.tokens)
        if run.whole is not None and len(run.tokens) > 1:
            assert run.put_whole(run.whole) is not None


def test_tags_inside_a_sentence_become_placeholders_and_come_back() -> None:
    run = only_run('<p>Click <a href="/x?a=1&b=2">here</a> <img src=i> now.</p>')
    assert run.whole == "Click <g0>here</g0> <x2/> now."
    moved = run.put_whole("<x2/> Maintenant, cliquez <g0>là & ici</g0>.")
    assert moved == '<img src=i> Maintenant, cliquez <a href="/x?a=1&b=2">là &amp; ici</a>.'


def test_tags_around_a_whole_sentence_stay_outside() -> None:
    document = read_document("<p> <b>Hello world</b><br></p>")
    assert [run.whole for run in document.runs] == ["Hello world"]
    assert document.put(["Bonjour"]) == "<p> <b>Bonjour</b><br></p>"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("La gare <g0> du nord</g0>, oui", "La gare <b>du nord</b>, oui"),
        ("La gare<g0> du nord </g0>, oui", "La gare <b>du nord</b>, oui"),
        ("(<g0> gare </g0>)", "(<b>gare</b>)"),
        ("La <g0>gare </g0>du nord", "La <b>gare</b> du nord"),
        ("La <g0>gare </g0> du nord", "La <b>gare</b> du nord"),
    ],
)
def test_spaces_that_an_engine_put_inside_tags_move_out(answer: str, wanted: str) -> None:
    assert only_run("The <b>north station</b>, yes").put_whole(answer) == wanted


@pytest.mark.parametrize(
    "answer",
    [
        "Cliquez ici",
        "Cliquez <g0>ici",
        "Cliquez </g0>ici<g0>",
        "<g0>Cliquez</g0> <g0>ici</g0>",
        "Cliquez <g0>ici</g0><x9/>",
    ],
)
def test_a_lost_doubled_or_foreign_placeholder_is_noticed(answer: str) -> None:
    assert only_run("Click <b>here</b> now").put_whole(answer) is None


def test_part_by_part_each_text_keeps_its_place_and_spaces() -> None:
    run = only_run("<p>\n Click\n <b> here </b>, 12 <i>now</i> </p>")
    assert run.parts == ["Click", "here", "now"]
    assert run.put_parts(["A", "B<", "C"]) == "\n A\n <b> B&lt; </b>, 12 <i>C"


def test_entities_are_read_and_written() -> None:
    run = only_run("Fish &amp; chips&nbsp;&lt;3 &eacute;t&#233;")
    assert run.whole == "Fish & chips\u00a0<3 été"
    assert run.put_whole("Poisson & frites < 3") == "Poisson &amp; frites &lt; 3"


def test_text_that_looks_like_a_placeholder_is_not_mixed_with_them() -> None:
    assert only_run("Click &lt;g0&gt; <b>here</b> now").whole is None


def test_tags_that_do_not_nest_are_left_where_they_are() -> None:
    run = only_run("one <b>two <i>three</b> four")
    assert run.whole is None
    assert run.put_parts(["1", "2", "3", "4"]) == "1 <b>2 <i>3</b> 4"


def test_line_breaks_in_the_source_are_spaces_to_the_translator() -> None:
    assert only_run("<p>Hello\n   world</p>").whole == "Hello world"


def test_a_text_with_very_many_tags_is_taken_apart() -> None:
    few, many = ("cat " + "<b>and</b> " * count + "dog" for count in (20, 200))
    assert read_document(few).runs[0].whole is not None
    assert read_document(many).runs[0].whole is None
    assert len(read_document(many).runs[0].parts) == 202
