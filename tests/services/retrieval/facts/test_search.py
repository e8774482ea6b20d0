"""services.retrieval.facts.search: what is found, in which order, and when nothing is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from rank_bm25 import BM25Okapi

from services.retrieval.facts.corpus import document
from services.retrieval.facts.search import Options, Search

MakeSearch = Callable[..., Search]
LABELLED = Path(__file__).parent / "labelled.tsv"

NADAL = ("Rafael Nadal", "Birth date", "3 June 1986", "person", 0.9)
PERU = ("Peru", "Capital", "Lima", "country", 0.9)
LIMA = ("Lima", "Population", "7,737,002", "city", 0.7)
GOLD = ("Gold", "Chemical symbol", "Au", "element", 0.7)


def labelled() -> list[tuple[str, str, str]]:
    lines = LABELLED.read_text(encoding="utf-8").splitlines()[1:]
    return [
        (style, query, expected) for style, query, expected in (row.split("\t") for row in lines)
    ]


@pytest.mark.parametrize(("style", "query", "expected"), labelled())
def test_the_labelled_queries_find_their_fact_or_nothing(
    search: Search, style: str, query: str, expected: str
) -> None:
    """expected: the first result, or its beginning where it ends in a slash; "": no result."""
    results = search.search(query) or []
    if not expected:
        assert results == []
    elif expected.endswith("/"):
        assert results[0].startswith(expected)
    else:
        assert results[0] == expected


def test_ages_follow_the_calendar(make_search: MakeSearch) -> None:
    on_the_day = make_search(NADAL, today=date(2026, 6, 3))
    the_day_before = make_search(NADAL, today=date(2026, 6, 2))
    assert (on_the_day.search("Rafael Nadal's age") or [])[0] == "Rafael Nadal / Age / 40"
    assert (the_day_before.search("Rafael Nadal's age") or [])[0] == "Rafael Nadal / Age / 39"


def test_what_belongs_to_an_answer_follows_it(make_search: MakeSearch) -> None:
    assert make_search(NADAL).search("Rafael Nadal's age") == [
        "Rafael Nadal / Age / 40",
        "Rafael Nadal / Birth date / 3 June 1986",
    ]


def test_a_subject_alone_lists_its_facts(make_search: MakeSearch) -> None:
    tower = [
        ("Eiffel Tower", "Height", "330 m", "landmark"),
        ("Eiffel Tower", "Completed", "1889", "landmark"),
    ]
    assert make_search(*tower).search("the Eiffel Tower") == [
        "Eiffel Tower / Completed / 1889",
        "Eiffel Tower / Height / 330 m",
    ]


def test_the_better_known_bearer_of_a_surname_comes_first(make_search: MakeSearch) -> None:
    search = make_search(
        ("Leopold Mozart", "Birth year", "1719", "person", 0.5),
        ("Wolfgang Amadeus Mozart", "Birth year", "1756", "person", 0.98),
        NADAL,
        PERU,
        LIMA,
    )
    assert (search.search("Mozart's birth year") or [])[0].startswith("Wolfgang")
    assert search.search("Leopold Mozart's birth year") == ["Leopold Mozart / Birth year / 1719"]


def test_a_first_name_names_nobody(make_search: MakeSearch) -> None:
    search = make_search(
        ("John Lennon", "Birth year", "1940", "person"),
        ("John Steinbeck", "Birth year", "1902", "person"),
        ("John Locke", "Birth year", "1632", "person"),
        NADAL,
        PERU,
        GOLD,
        LIMA,
    )
    assert search.search("John's birth year") == []
    assert search.search("Lennon's birth year") == ["John Lennon / Birth year / 1940"]


def test_an_alias_finds_the_subject(make_search: MakeSearch) -> None:
    aliases = {"United Kingdom": ["UK", "Great Britain"]}
    search = make_search(("United Kingdom", "Capital", "London", "country"), aliases=aliases)
    assert search.search("capital of the UK") == ["United Kingdom / Capital / London"]
    assert search.search("great britain's capital") == ["United Kingdom / Capital / London"]


def test_an_attribute_the_subject_lacks_gives_nothing(make_search: MakeSearch) -> None:
    search = make_search(NADAL, PERU, GOLD)
    for query in ("Rafael Nadal's capital", "Peru's age", "Gold's author", "Peru's anthem"):
        assert search.search(query) == [], query


def test_a_value_finds_its_subject_only_when_the_query_turns_round(
    make_search: MakeSearch,
) -> None:
    search = make_search(PERU, LIMA, GOLD)
    assert search.search("country whose capital is Lima") == ["Peru / Capital / Lima"]
    assert search.search("element with symbol Au") == ["Gold / Chemical symbol / Au"]
    assert search.search("Lima's capital") == []


def test_part_of_a_number_is_not_the_number(make_search: MakeSearch) -> None:
    search = make_search(
        ("Barbados", "Calling code", "+1-246", "country"),
        ("Canada", "Calling code", "+1", "country"),
    )
    assert search.search("country with calling code +1") == ["Canada / Calling code / +1"]


def test_letters_decide_between_names_that_analysis_makes_equal(make_search: MakeSearch) -> None:
    search = make_search(
        ("Alien", "Director", "Ridley Scott", "work"),
        ("Aliens", "Director", "James Cameron", "work"),
    )
    assert search.search("Aliens's director") == ["Aliens / Director / James Cameron"]
    assert search.search("who directed Alien") == ["Alien / Director / Ridley Scott"]


def test_context_beside_the_name_is_allowed_when_it_is_true(make_search: MakeSearch) -> None:
    search = make_search(
        ("Paris", "Country", "France", "city"),
        ("Paris", "Population", "2,138,551", "city"),
        *((f"Town {number}", "Population", "20,000", "city") for number in range(9)),
        PERU,
    )
    assert search.search("population of Paris, France") == ["Paris / Population / 2,138,551"]
    assert search.search("population of Paris, Peru") == []


@pytest.mark.parametrize("query", ["135+7721", "???", "1989", "٣ + ٤"])
def test_a_query_without_a_word_is_declined(make_search: MakeSearch, query: str) -> None:
    assert make_search(NADAL).search(query) is None


def test_an_empty_corpus_and_one_of_a_single_fact_work(make_search: MakeSearch) -> None:
    assert make_search().search("Peru's capital") == []
    assert make_search(PERU).search("Peru's capital") == ["Peru / Capital / Lima"]


def test_a_query_of_too_many_words_finds_nothing(make_search: MakeSearch) -> None:
    search = make_search(PERU, options=Options(max_words=4))
    assert search.search("the capital of Peru") == ["Peru / Capital / Lima"]
    assert search.search("the very capital of Peru") == []


def test_no_more_than_the_limit_is_kept(make_search: MakeSearch) -> None:
    works = [(f"Novel {name}", "Author", "Jane Austen", "work") for name in "ABCDEFGH"]
    found = make_search(*works, options=Options(max_results=3)).search("novels by Jane Austen")
    assert found is not None
    assert len(found) == 3


def test_subjects_that_match_alike_come_in_bm25okapis_order(make_search: MakeSearch) -> None:
    """With prominence out of play, the results' order is that of get_scores over all facts."""
    rows = [
        ("Ann Rather Longname Curie", "Birth year", "1867", "person"),
        ("Eve Curie", "Birth year", "1904", "person"),
        ("Irene May Curie", "Birth year", "1897", "person"),
        *((f"Somebody {number}", "Occupation", "clerk", "person") for number in range(20)),
    ]
    search = make_search(*rows, options=Options(keep_share=0, prominence_weight=0))
    scores = BM25Okapi([document(fact) for fact in search.corpus.facts]).get_scores(
        ["curie", "birth", "year"]
    )
    reference = [
        search.corpus.facts[place].text
        for place in sorted(range(len(scores)), key=lambda place: -scores[place])
        if search.corpus.facts[place].attribute == "Birth year"
    ]
    assert search.search("Curie's birth year") == reference
    assert reference[0].startswith("Eve Curie")


def test_an_office_of_something_is_nobodys_surname(make_search: MakeSearch) -> None:
    search = make_search(("Anatole France", "Occupation", "writer", "person"), PERU, GOLD, LIMA)
    assert search.search("Who is the president of France?") == []
    assert search.search("Who is Anatole France?") == ["Anatole France / Occupation / writer"]
