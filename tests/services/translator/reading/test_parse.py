"""services.translator.reading.parse: what asks for a translation, and what only looks like it."""

from __future__ import annotations

import pytest

from services.translator.reading.languages import LanguageTable
from services.translator.reading.parse import parse


@pytest.mark.parametrize(
    ("asked", "text", "target"),
    [
        ("hello in French", "hello", "fr"),
        ("hello to french", "hello", "fr"),
        ("hello into FRENCH", "hello", "fr"),
        ("  hello in French ? ", "hello", "fr"),
        ("hello, in French.", "hello", "fr"),
        ('"good night" in German', "good night", "de"),
        ("“good night” in German?", "good night", "de"),
        ("«good night» in German", "good night", "de"),
        ("'good night' in German", "good night", "de"),
        ("translate good night to German", "good night", "de"),
        ("Translate 'good night' into German.", "good night", "de"),
        ("please translate good night in German", "good night", "de"),
        ("can you translate good night into German?", "good night", "de"),
        ("translate to Polish: thank you", "thank you", "pl"),
        ("How do you say dog in Dutch?", "dog", "nl"),
        ("how to say dog in Dutch", "dog", "nl"),
        ("the French word for cheese", "cheese", "fr"),
        ("What's the Brazilian Portuguese word for cheese?", "cheese", "pt"),
        ("French for dog", "dog", "fr"),
        ("hello in fr", "hello", "fr"),
        ("hello in fra", "hello", "fr"),
        ("hello in fre", "hello", "fr"),
        ("hello in ger", "hello", "de"),
        ("hello in the French language", "hello", "fr"),
        ("hello in Farsi", "hello", "fa"),
        ("hello in Maori", "hello", "mi"),
        ("I live in Rome in Italian", "I live in Rome", "it"),
        ("What is the capital in Spanish?", "the capital", "es"),
        ("translate the cat to it", "the cat", "it"),
        ("the cat in IT", "the cat", "it"),
    ],
)
def test_reads_text_and_language(
    asked: str, text: str, target: str, languages: LanguageTable
) -> None:
    request = parse(asked, languages)[0]
    assert (request.text, request.target.code) == (text, target)


@pytest.mark.parametrize(
    "asked",
    [
        "How old is Rafael Nadal in French Open history?",
        "How old is Rafael Nadal?",
        "the population of China in Turkey",
        "hello in France",
        "hello in Klingonese",
        "how do I get to it?",
        "where is my dog and the bone in it",
        "I want to go",
        "coffee to go",
        "what should I add to it?",
        "the new man in my",
        "in French",
        "to French",
        "French",
        "... in French",
        '"" in French',
        "12 in French",
        "135+7721",
        "translate",
        "translate hello",
        "it for you",
        "the reason for it",
        "Paris for a week",
        "hello in French and then some",
        "",
    ],
)
def test_declines_what_asks_for_no_translation(asked: str, languages: LanguageTable) -> None:
    assert parse(asked, languages) == []


def test_the_last_language_decides(languages: LanguageTable) -> None:
    request = parse("translate I speak a little in Spanish to French", languages)[0]
    assert (request.text, request.target.code) == ("I speak a little in Spanish", "fr")


def test_reads_the_source_language(languages: LanguageTable) -> None:
    request = parse("Translate gato from Spanish to English", languages)[0]
    assert request.source is not None
    assert (request.text, request.source.code, request.target.code) == ("gato", "es", "en")


def test_a_place_after_from_belongs_to_the_text(languages: LanguageTable) -> None:
    request = parse("translate I am from Peru to French", languages)[0]
    assert (request.text, request.source) == ("I am from Peru", None)


def test_words_that_ask_for_a_word_are_left_out(languages: LanguageTable) -> None:
    requests = parse("what is the word for dog in French", languages)
    texts = [request.text for request in requests]
    assert texts == ["dog"]


def test_quoted_words_are_taken_as_they_stand(languages: LanguageTable) -> None:
    requests = parse('"what is love" in French', languages)
    assert [request.text for request in requests] == ["what is love"]


def test_a_long_text_of_spaces_is_read_in_linear_time(languages: LanguageTable) -> None:
    # A pattern that backtracks over pairs of spaces would take minutes here.
    assert parse("in " + " " * 50_000 + "x in", languages) == []
