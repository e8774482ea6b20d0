"""services.retrieval.facts.compare: two subjects by one attribute."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.retrieval.facts.search import Search

MakeSearch = Callable[..., Search]


@pytest.fixture
def small(make_search: MakeSearch) -> Search:
    return make_search(
        ("Ruritania", "Area", "20,000 km²", "country"),
        ("Ruritania", "Population", "3,000,000 (2025)", "country"),
        ("Graustark", "Area", "16,000 km²", "country"),
        ("Graustark", "Population", "6,600,000 (2025)", "country"),
        ("Zenda", "Country", "Ruritania", "city"),
        ("Tower", "Height", "330 m", "landmark"),
        ("Column", "Height", "3 m", "landmark"),
    )


@pytest.mark.parametrize(
    "question",
    [
        "How many times larger is Ruritania than Graustark?",
        "Is Ruritania larger than Graustark?",
        "is graustark smaller than ruritania",
    ],
)
def test_the_larger_value_is_given_as_times_the_smaller_one(small: Search, question: str) -> None:
    assert small.search(question) == [
        "Ruritania / Area compared with Graustark / 1.25 times (20,000 km² to 16,000 km²)"
    ]


def test_words_choose_the_attribute(small: Search) -> None:
    assert small.search("Does Ruritania have more people than Graustark?") == [
        "Graustark / Population compared with Ruritania / "
        "2.2 times (6,600,000 (2025) to 3,000,000 (2025))"
    ]
    assert small.search("How much taller is the Tower than the Column?") == [
        "Tower / Height compared with Column / 110 times (330 m to 3 m)"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Is Ruritania larger than Zenda?",  # one without the attribute
        "Is Ruritania larger than Ruritania?",
        "Is Ruritania taller than Graustark?",  # an attribute that neither has
        "Is my garden larger than Graustark?",
        "larger than Graustark",
        "rather Ruritania than Graustark",
    ],
)
def test_where_nothing_known_is_compared_nothing_is_said(small: Search, text: str) -> None:
    assert small.search(text) == []
