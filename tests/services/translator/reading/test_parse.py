"""services.translator.reading.parse: what asks for a translation, and what only looks like it."""

from __future__ import annotations

import time

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
        ("en->fr: hello", "hello", "fr"),
        ("ciao (it to en)", "ciao", "en"),
        ("in Spanish, how do you say good night?", "good night", "es"),
        ("how do you say in Spanish good night?", "good night", "es"),
        ("translate to Spanish good night", "good night", "es"),
        ("Translate: good night (Spanish)", "good night", "es"),
        ("Translate this sentence into Dutch:\nI am here.\nCome!", "I am here.\nCome!", "nl"),
        (
            "I am here. Where are you?\nTranslate this into Dutch.",
            "I am here. Where are you?",
            "nl",
        ),
        ("how are you in Spanish", "how are you", "es"),
        ("what is this in Spanish", "what is this", "es"),
        ("what's up in Spanish", "what's up", "es"),
        ("how do Germans say hello?", "hello", "de"),
        ("what does gato mean?", "gato", "en"),
        ("gato means what in English?", "gato", "en"),
        ("How do you say dog auf Deutsch?", "dog", "de"),
        ("cheese en français", "cheese", "fr"),
        ("Wie sagt man Hund auf Englisch?", "Hund", "en"),
        ("Kannst du Hund ins Englische übersetzen?", "Hund", "en"),
        ("Jak się mówi pies po angielsku?", "pies", "en"),
        ("собака по-английски", "собака", "en"),
        ("犬は英語で何と言いますか？", "犬", "en"),  # noqa: RUF001
        ("把“狗”翻译成英语", "狗", "en"),
        ("köpek İngilizce nasıl denir?", "köpek", "en"),  # noqa: RUF001
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
        "what is this word in Spanish",
        "translate this into German",
        "Translate English to Spanish",
        "how do you say in Italian",
        "translate into French",
        "write a haiku in Japanese",
        "please translate to German",
        "what does it mean",
        "fr: hello",
        "as-is: no returns",
        "10 miles in km",
        "I want to polish",
        "Was bedeutet das?",
        "traduce esto al inglés",
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


def test_a_source_is_read_wherever_it_is_named(languages: LanguageTable) -> None:
    for asked in (
        "translate Hund from German to English",
        "Hund, German to English",
        'the English for "Hund" (German)',
        "what does the German word Hund mean?",
        "translate this German word into English: Hund",
        "de->en: Hund",
        "translate Hund from German",
        "translate Hund into English from German",
    ):
        request = parse(asked, languages)[0]
        assert (request.text, request.target.code) == ("Hund", "en"), asked
        assert request.source is not None, asked
        assert request.source.code == "de", asked


def test_the_language_after_mean_may_be_the_word_s_own(languages: LanguageTable) -> None:
    literal, other = parse("what does gato mean in Spanish?", languages)
    assert (literal.target.code, literal.source) == ("es", None)
    assert other.source is not None
    assert (other.target.code, other.source.code) == ("en", "es")


ADVERSARIAL = [
    *("in ", "to ", "from to ", '"', "'", "a' ", "how do you say ", "translate ", "translate to "),
    *(":", "(", "a (b) ", "what is the ", "i want to know ", "\n", "a\n", "the word for ", "->"),
    *("is ", "the ", "most ", "en->fr ", "de ", "-", "用法语", "は英語で", "what does ", "please "),
    *("hello, ", "he said ", "x", " ", "word ", "French ", "in French ", "“", "1", "it's "),
]


@pytest.mark.parametrize("piece", ADVERSARIAL)
@pytest.mark.parametrize("end", ["", " in French", "?", " mean"])
def test_hostile_texts_are_read_at_once(piece: str, end: str, languages: LanguageTable) -> None:
    text = (piece * 2000)[:2000] + end
    started = time.perf_counter()
    parse(text, languages)
    # About 0.02 s; patterns that backtrack over such texts take minutes.
    assert time.perf_counter() - started < 2


def test_a_long_text_of_spaces_is_read_in_linear_time(languages: LanguageTable) -> None:
    # A pattern that backtracks over pairs of spaces would take minutes here.
    assert parse("in " + " " * 50_000 + "x in", languages) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("comment dit-on pain en allemand", "fr"),
        ("cane in tedesco", "it"),
        ("übersetze ins Französische: Gift", "de"),
        ("was ist das spanische Wort für Gift", "de"),
        ("how do you say pain in German", ""),
    ],
)
def test_a_request_knows_which_language_it_is_worded_in(
    asked: str, code: str, languages: LanguageTable
) -> None:
    assert [request.asked_in for request in parse(asked, languages)][:1] == [code]
