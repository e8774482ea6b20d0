"""services.retrieval.analysis.words: the words of a text, as facts and queries share them."""

from __future__ import annotations

import pytest

from services.retrieval.analysis.words import STOP_WORDS, fold, spelled, stem, terms, tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Erdoğan", "erdogan"),
        ("Straße", "strasse"),
        ("Świątek", "swiatek"),
        ("Jørn Utzon", "jorn utzon"),
        ("İstanbul", "istanbul"),
        ("GOLD", "gold"),
    ],
)
def test_case_and_accents_make_no_difference(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["Nadal's age", "Nadal\N{RIGHT SINGLE QUOTATION MARK}s age"])
def test_a_possessive_is_the_name(text: str) -> None:
    assert terms(text) == ["nadal", "age"]


@pytest.mark.parametrize(
    "text", ["J. R. R. Tolkien", "J.R.R. Tolkien", "JRR Tolkien", "J R R Tolkien"]
)
def test_initials_are_one_word_however_they_are_spaced(text: str) -> None:
    assert tokens(text) == ["jrr", "tolkien"]


def test_an_apostrophe_inside_a_name_is_no_border() -> None:
    assert tokens("Shaquille O'Neal") == ["shaquille", "oneal"]
    assert tokens("N'Djamena") == ["ndjamena"]


def test_what_follows_an_apostrophe_in_a_verb_is_dropped() -> None:
    assert terms("I'd like it, I can't, they're") == ["like"]


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("capitals", "capital"),
        ("cities", "city"),
        ("landing", "landing"),
        ("keating", "keating"),
        ("columbus", "columbus"),
        ("chess", "chess"),
        ("paris", "paris"),
        ("as", "as"),
        ("does", "does"),
    ],
)
def test_plurals_go_short_words_stop_words_and_all_else_stay(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_a_text_of_stop_words_keeps_them() -> None:
    assert terms("The Who") == ["the", "who"]
    assert STOP_WORDS.issuperset(terms("The Who"))


def test_a_text_without_words_has_no_tokens() -> None:
    assert tokens("(˘ ³˘)♥ — ?!") in ([], ["3"])


def test_a_thousand_is_one_number_however_it_is_written() -> None:
    assert tokens("20,000 Leagues") == tokens("20000 leagues")
    assert tokens("on 3, 4, and 1,2") == ["on", "3", "4", "and", "1", "2"]


def test_the_spelling_keeps_what_stemming_takes_off() -> None:
    assert spelled("Tom Waits' songs") == ["tom", "waits", "songs"]
    assert tokens("Tom Waits' songs") == ["tom", "wait", "song"]


def test_the_numeral_one_is_no_pronoun() -> None:
    assert terms("When did World War I start?") == ["world", "war", "i", "start"]
    assert terms("I was in a war") == ["war"]


@pytest.mark.parametrize("text", ["Who's Pelé?", "who is Pelé", "whos pele"])
def test_a_question_word_keeps_its_verb(text: str) -> None:
    assert tokens(text) == ["who", "is", "pele"]
