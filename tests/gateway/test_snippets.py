"""Cleaning of text that others wrote, before the model is given it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.schemas import ToolReport
from gateway.snippets import clean_report, one_line, shorten
from services.contract import Source, Step


@given(st.text())
def test_a_line_is_always_one_that_the_model_server_accepts(text: str) -> None:
    line = one_line(text.encode("utf-8", "replace").decode())
    assert len(line.splitlines()) <= 1
    Step(query="q", snippets=[line])


def test_joined_characters_survive_cleaning() -> None:
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}"
    assert one_line(f" {family}\x00\ud800\n!") == f"{family} !"


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_a_shortened_text_is_never_over_its_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith("…")


def test_blank_results_are_left_out_with_their_sources() -> None:
    kept = Source(title="kept")
    report = ToolReport(
        tool="retrieval",
        status="ok",
        results=[" \n", "a\nb", "third"],
        sources=[Source(title="blank"), kept, None],
        elapsed_ms=1.0,
    )
    cleaned = clean_report(report, 2, 50)
    assert (cleaned.results, cleaned.sources) == (["a b"], [kept])


def test_sources_are_single_lines_of_bounded_length_too() -> None:
    page = "https://example.org/page"
    sources = [
        Source(title="two\nlines\x1b[2J", url=page, score=1.5),
        Source(title="word " * 100, url=None),
        Source(title="long", url=f"{page}?{'x' * 5000}"),
        Source(title="broken", url="https://example.org/a\nb"),
    ]
    report = ToolReport(
        tool="retrieval", status="ok", results=list("abcd"), sources=sources, elapsed_ms=1.0
    )
    first, second, third, fourth = clean_report(report, 4, 50).sources
    assert first == Source(title="two lines[2J", url=page, score=1.5)
    assert second is not None
    assert len(second.title) <= 50
    assert third == Source(title="long", url=None), "half a URL leads to the wrong page"
    assert fourth == Source(title="broken", url=None)
