"""services.translator.reading.world: what is about the world, and what people say to each other."""

from __future__ import annotations

import pytest

from services.translator.reading.languages import LanguageTable
from services.translator.reading.world import (
    is_about_language,
    is_about_the_world,
    is_audience,
    is_direction,
    is_no_text,
    is_obscure,
    is_statement,
    is_whole_question,
)


@pytest.mark.parametrize(
    "text",
    [
        "books written",
        "the menu is only",
        "a degree",
        "I love to read",
        "count to ten",
        "please answer",
        "he said it",
        "who wrote 'Les Misérables'",
        "there are no articles",
        "irregular verbs",
        "the oldest word",
        "I am reading a book",
        "how many words are there",
        "who was the first king",
        "how do I introduce myself",
        "is this film",
        "what is the word order",
        "how old is the oldest text",
        "is there an h",
        "the signs were all",
        "I scored an A",
        "he asked me something",
        "let's talk",
        "I can count to ten",
        "is it rude to say no",
    ],
)
def test_these_are_about_the_world(text: str) -> None:
    assert is_about_the_world(text)


@pytest.mark.parametrize(
    "text",
    [
        "books",
        "hello",
        "the cat is on the table",
        "how are you",
        "how old are you",
        "who are you",
        "where is the station",
        "when does the train leave",
        "is this seat free",
        "is breakfast included",
        "why not",
        "love letter",
        "I don't know where it is",
        "How many words are there?",  # with its own mark: a text
        "was ist das",
    ],
)
def test_these_are_texts(text: str) -> None:
    assert not is_about_the_world(text)


def test_what_is_asks_for_a_thing_or_about_a_language() -> None:
    assert not is_about_language("cheese")
    assert not is_about_language("the capital")
    assert is_about_language("the plural of mouse")
    assert is_about_language("the most common name here")
    assert is_whole_question("your name")
    assert not is_whole_question("cheese")


@pytest.mark.parametrize("text", ["this", "it", "the following sentence", "something", "12", "..."])
def test_a_reference_is_no_text(text: str) -> None:
    assert is_no_text(text)


def test_a_course_s_audience_is_no_text() -> None:
    assert is_audience("beginners")
    assert is_audience("Dummies book")
    assert is_audience("two years")
    assert not is_audience("cheese")


def test_going_to_a_language_is_no_request(languages: LanguageTable) -> None:
    assert is_direction("similar", languages)
    assert is_direction("I prefer Spanish", languages)
    assert is_direction("the switch of the whole country from its many dialects", languages)
    assert not is_direction("hello", languages)


def test_a_statement_about_a_word_is_no_request() -> None:
    assert is_statement("butterfly is Schmetterling")
    assert is_statement("it escapes me")
    assert not is_statement("butterfly")


def test_things_and_abbreviations_are_no_foreign_words() -> None:
    assert is_obscure("the red flag")
    assert is_obscure("NATO")
    assert not is_obscure("gato")
