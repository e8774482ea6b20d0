"""Which spans of a response are said by which snippet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.citations import cite, evidence_of, value_part
from gateway.claims import find_values, fold
from gateway.schemas import Round, ToolReport
from services.contract import Snippet, Source

PAGE = Source(title="A page", url="https://example.org/")


def cited(response: str, *snippets: str | Snippet) -> list[str]:
    evidence = [s if isinstance(s, Snippet) else Snippet(s) for s in snippets]
    return [response[c.start : c.end] for c in cite(response, evidence)]


@pytest.mark.parametrize(
    ("response", "snippet", "spans"),
    [
        ("He is 40 years old.", "Rafael Nadal / Age / 40", ["40"]),
        ("That is 7,856.", "7856", ["7,856"]),
        ("That is 7856.", "7,856", ["7856"]),
        ('In French: "bonjour"!', "Bonjour", ["bonjour"]),
        ("Say ¡Hola!", "¡Hola!", ["Hola"]),
        ("It is Canberra.", "Australia / Capital / Canberra", ["Canberra"]),
        ("He was born in Manacor.", "x / Birth place / Manacor, Spain", ["Manacor"]),
        ("In Manacor, Spain.", "x / Birth place / Manacor, Spain", ["Manacor, Spain"]),
        ("Born June 3, 1986.", "x / Born / 3 June 1986", ["June 3, 1986"]),
        ("Born in 1986.", "x / Born / 1986-06-03", ["1986"]),
        ("They use the euro there.", "France / Currency / euro", ["euro"]),
        ("It is 324 m tall.", "Tower / Height / 324 metres (1063 ft)", ["324"]),
        ("One third is 1/3.", "1/3", ["1/3"]),
        ("It is -5.", "-5", ["-5"]),
    ],
)
def test_a_value_is_found_in_the_response(response: str, snippet: str, spans: list[str]) -> None:
    assert cited(response, snippet) == spans


@pytest.mark.parametrize(
    ("response", "snippet"),
    [
        ("He is 41 years old.", "Rafael Nadal / Age / 40"),
        ("It is 1.40, 40.5, 40,000 or 140.", "x / Age / 40"),
        ("The team is happy.", "Steam / x / tea"),
        ("Rafael Nadal plays.", "Rafael Nadal / Age / 40"),
        ("It is 5.", "-5"),
        ("In he comes.", "Helium / Symbol / He"),
        ("Born June 4, 1986.", "x / Born / 3 June 1986"),
        ("It is two thirds, 2/3.", "x / Rank / 3rd"),
        ("An answer.", ""),
        ("", "40"),
    ],
)
def test_what_only_looks_alike_is_not_cited(response: str, snippet: str) -> None:
    assert cited(response, snippet) == []


def test_of_a_document_numbers_dates_and_names_count_but_not_its_plain_words() -> None:
    page = Snippet("The old tower by Gustave Eiffel opened on 31 March 1889 / in / Paris.", PAGE)
    response = "The old tower in Paris by Gustave Eiffel opened in 1889."
    assert cited(response, page) == ["Paris", "Gustave Eiffel", "1889"]


def test_the_longer_span_wins_and_of_equal_ones_the_earlier_snippet() -> None:
    response = "It is New York City."
    citations = cite(
        response, [Snippet("York"), Snippet("New York City"), Snippet("x / y / New York City")]
    )
    assert [(response[c.start : c.end], c.snippet) for c in citations] == [
        ("New York City", "New York City")
    ]


def test_every_place_where_a_value_stands_is_cited() -> None:
    assert cited("Paris, yes, Paris.", "France / Capital / Paris") == ["Paris", "Paris"]


def test_positions_count_characters_even_where_lower_case_is_longer() -> None:
    response = "İİ 😀 He is 40, in PARIS."
    spans = [(c.start, c.end) for c in cite(response, [Snippet("a / b / 40"), Snippet("Paris")])]
    assert [response[start:end] for start, end in spans] == ["40", "PARIS"]


def test_evidence_is_what_the_model_was_given_each_once_in_order() -> None:
    def report(tool: str, *results: str, status: str = "ok") -> ToolReport:
        return ToolReport.model_validate(
            {
                "tool": tool,
                "status": status,
                "results": list(results),
                "sources": [None] * len(results),
                "elapsed_ms": 0.0,
            }
        )

    rounds = [
        Round(query="q", tools=[report("a", "1"), report("b", "2", "3")], output=""),
        Round(
            query="q", tools=[report("a", "no", status="error"), report("b", "2", "4")], output=""
        ),
    ]
    assert [snippet.text for snippet in evidence_of(rounds)] == ["1", "2", "3", "4"]


FIGURES = ["40", "7,856", "7856", "3 June 1986", "1986-06-03", "1986", "-5", "1.40"]
NAMES = ["Paris", "paris", "New York", "Émile", "İ", "He", "euro"]
MARKS = ["is", ",", ".", "/", " / ", "\N{GRINNING FACE}", "'s"]
WORDS = st.sampled_from([*FIGURES, *NAMES, *MARKS])
TEXT = st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=60)
SNIPPET = TEXT | st.tuples(TEXT, TEXT, TEXT).map(" / ".join)


@given(TEXT, st.lists(SNIPPET, max_size=5), st.booleans())
def test_a_span_always_slices_the_response_to_what_its_snippet_says(
    response: str, texts: list[str], document: bool
) -> None:
    evidence = [Snippet(text, PAGE if document else None) for text in texts]
    end = 0
    for citation in cite(response, evidence):
        assert end <= citation.start < citation.end <= len(response), "ordered, none overlapping"
        end = citation.end
        span = response[citation.start : citation.end]
        worth = value_part(Snippet(citation.snippet, citation.source))
        assert fold(span) in fold(worth) or _same_figure(span, response, citation.start, worth)
        before, after = response[: citation.start][-1:], response[citation.end :][:1]
        assert not (before.isalnum() and span[0].isalnum()), "words are matched whole"
        assert not (after.isalnum() and span[-1].isalnum()) or span[-1].isdigit()


def _same_figure(span: str, response: str, start: int, worth: str) -> bool:
    [value] = [v for v in find_values(response) if v.start == start and v.text == span]
    years = [v.key[0] for v in find_values(worth) if isinstance(v.key, tuple)]
    return value.key in [v.key for v in find_values(worth)] or value.key in years


@given(TEXT, st.lists(SNIPPET, max_size=5))
def test_the_order_of_work_does_not_change_the_result(response: str, texts: list[str]) -> None:
    evidence = [Snippet(text) for text in texts]
    assert cite(response, evidence) == cite(response, evidence * 2)
