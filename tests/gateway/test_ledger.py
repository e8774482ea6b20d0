"""What became of each checkable value of the draft and of the response."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger import MAX_CLAIMS, draw_up
from services.contract import Snippet

AGE = "Rafael Nadal / Age / 40"
CAPITAL = "Australia / Capital / Canberra"


def ledger(
    message: str, draft: str, response: str, *snippets: str
) -> list[tuple[str, str, str | None]]:
    entries = draw_up(message, draft, response, [Snippet(text) for text in snippets])
    return [(entry.claim, entry.verdict, entry.snippet) for entry in entries]


@pytest.mark.parametrize(
    ("draft", "response", "entries"),
    [
        ("He is 31.", "He is 40.", [("31", "corrected", AGE)]),
        ("He is 40.", "He is 40 years old.", [("40", "kept", AGE)]),
        ("He is old.", "He is 40.", [("40", "kept", AGE)]),
        ("He is 31.", "I do not know.", [("31", "removed", None)]),
        ("He is 31.", "He is 31.", [("31", "unsupported", None)]),
        ("He is old.", "He is 35.", [("35", "unsupported", None)]),
        ("He is 31.", "He is 35.", [("31", "removed", None), ("35", "unsupported", None)]),
        (
            "He is 31, in Madrid.",
            "He is 40.",
            [("31", "corrected", AGE), ("Madrid", "removed", None)],
        ),
        ("He is 40, from Spain.", "He is 40.", [("40", "kept", AGE), ("Spain", "removed", None)]),
        ("He is thirty.", "He is old.", []),
    ],
)
def test_each_verdict(draft: str, response: str, entries: list[object]) -> None:
    assert ledger("How old is Rafael Nadal?", draft, response, AGE) == entries


def test_a_name_is_corrected_by_a_name() -> None:
    entries = ledger(
        "What is the capital of Australia?",
        "Sydney is the capital of Australia.",
        "Canberra is the capital of Australia.",
        CAPITAL,
    )
    assert entries == [("Sydney", "corrected", CAPITAL)]


def test_wording_that_only_a_snippet_makes_checkable_is_listed() -> None:
    fact = "France / Currency / euro"
    assert ledger("?", "It is money.", "It is the euro.", fact) == [("euro", "kept", fact)]


def test_of_several_dropped_values_the_one_in_the_same_place_was_corrected() -> None:
    draft = "He was born in 1980 and is 41 years old."
    entries = ledger("How old is he?", draft, "He is 40 years old.", AGE)
    assert entries == [("1980", "removed", None), ("41", "corrected", AGE)]


def test_what_the_user_said_is_not_the_models_claim() -> None:
    assert ledger("What is 135+7721?", "135+7721 is 7850.", "135+7721 is 7856.", "7856") == [
        ("7850", "corrected", "7856")
    ]
    assert ledger("Is Nadal from Paris?", "Nadal is from Paris.", "Nadal is from Paris.") == []


def test_what_the_user_said_is_listed_where_a_snippets_value_confirms_it() -> None:
    assert ledger("Is Nadal 40?", "Yes, he is 40.", "Yes, he is 40.", AGE) == [("40", "kept", AGE)]


def test_a_longer_form_of_a_name_is_the_same_name() -> None:
    entries = ledger("Who?", "It was Nadal.", "It was Rafael Nadal.", AGE)
    assert entries == [("Nadal", "kept", AGE)]


def test_small_talk_has_nothing_to_check() -> None:
    talk = "Hello! I'm doing great, thanks. How can I help you today?"
    assert ledger("hi", talk, talk) == []


WORDS = ["He is 40.", "He is 31", "in 1986", "Sydney", "Canberra is", "on 3 June 1986", "the euro"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join) | st.text(max_size=60)
SNIPPETS = st.lists(
    st.sampled_from([AGE, CAPITAL, "x / Born / 1986-06-03", "euro"]) | TEXT, max_size=4
)


@given(TEXT, TEXT, TEXT, SNIPPETS)
def test_every_verdict_agrees_with_the_texts(
    message: str, draft: str, response: str, snippets: list[str]
) -> None:
    for claim, verdict, snippet in ledger(message, draft, response, *snippets):
        assert claim in draft or claim in response
        assert (snippet is None) == (verdict in ("removed", "unsupported"))
        assert snippet is None or snippet in snippets
        if verdict in ("removed", "corrected"):
            assert claim in draft


@given(TEXT, TEXT)
def test_without_snippets_nothing_is_kept_or_corrected(draft: str, response: str) -> None:
    assert {verdict for _, verdict, _ in ledger("?", draft, response)} <= {"removed", "unsupported"}


def test_an_endless_list_of_values_is_bounded_in_length_and_work() -> None:
    numbers = " ".join(f"Name{chr(65 + n % 26)} {n}" for n in range(900))[:8000]
    snippets = [f"x / y / {numbers[n * 200 : n * 200 + 300]}" for n in range(36)]
    since = time.process_time()
    entries = ledger("?", numbers, numbers[::-1], *snippets)
    assert len(entries) <= 2 * MAX_CLAIMS
    assert time.process_time() - since < 10, "bounded work, however slow the machine"
