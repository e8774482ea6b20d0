# ruff: noqa: RUF001 - that characters look alike is what is tested
from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
import Stemmer
import stop_words
from hypothesis import given, settings
from hypothesis import strategies as st

from services.retrieval.analysis import analyzer as module
from services.retrieval.analysis.analyzer import LANGUAGES, MAX_TERM_CHARS, Analyzer
from services.retrieval.analysis.languages import CODES

ENGLISH = Analyzer("english")
BARE = Analyzer("none")

# Pieces that have met trouble elsewhere: joined, they make what random characters rarely do.
PIECES = """
    the Nadal's 33,845,617 3.14 1,5 1'234 1'000 A0 0.1 2024-01-15 U.S. J. R. x. a@b.co http://www.
    AT&T C++ C# .NET - . , ' ’ & + # _ : / é e\u0301 ß ﬁ ½ km² İ \u00ad \u200d 中国 です カ ﾀ 한국
    ไทย น้ำ हिन्दी ש
"""
JOINED = st.lists(st.sampled_from([*PIECES.split(), " ", "\n", "\u00a0", "\u202f"]), max_size=12)
TEXTS = st.one_of(st.text(max_size=40), JOINED.map("".join))


@settings(max_examples=500, deadline=None)
@given(TEXTS, st.sampled_from(["english", "none", "french", "german", "japanese", "hindi"]))
def test_a_span_analysed_alone_is_its_term(text: str, language: str) -> None:
    analyzer = Analyzer(language)
    spans = analyzer.spans(text)
    for term, start, end in spans:
        assert 0 <= start < end <= len(text)
        assert analyzer.terms(text[start:end]) == [term], text[start:end]
        assert 0 < len(term) <= MAX_TERM_CHARS
    assert [start for _, start, _ in spans] == sorted({start for _, start, _ in spans})
    assert analyzer.terms(text) == [term for term, _, _ in spans]


def test_a_full_stop_after_a_number_is_no_part_of_it_on_any_python() -> None:
    # Python 3.11.2, Debian 12's, took it for one where groups were possessive.
    assert ENGLISH.spans("0.0.: U.S., J. R. 1,234.: a&b& 1'234'") == [
        ("0.0", 0, 3),
        ("us", 6, 10),
        ("jr", 12, 17),
        ("1234", 18, 23),
        ("a&b", 26, 29),
        ("1234", 31, 36),
    ]


@given(TEXTS)
def test_case_never_matters(text: str) -> None:
    if text.isascii():
        assert BARE.terms(text.upper()) == BARE.terms(text.lower()) == BARE.terms(text)


@pytest.mark.parametrize(
    "forms",
    [
        ("33,845,617", "33845617", "33'845'617", "33.845.617", "33\u00a0845\u00a0617"),
        ("1,5", "1.5", "１.５"),
        ("33,845,617.50", "33.845.617,50", "33845617.50"),
        ("O'Brien", "O’Brien", "OBRIEN", "obrien's"),
        ("J. R. R.", "J.R.R.", "JRR", "jrr"),
        ("U.S.", "US", "U.S", "u.s."),
        ("Jean-Luc", "jean luc", "Jean‐Luc"),
        ("e-mail", "email"),
        ("B-52", "b52"),
        ("AT&T", "at&t"),
        ("C++", "c++"),
        (".NET", ".net"),
        (
            "Recep Tayyip Erdoğan",
            "recep tayyip erdogan",
            "RECEP TAYYIP ERDOG\u0306AN",
        ),
        ("Đoković", "dokovic"),
        ("Straße", "STRASSE", "strasse"),
        ("İstanbul", "istanbul", "ISTANBUL"),
        ("Ｆｕｌｌ ﬁne", "full fine"),
        ("カタカナ", "ｶﾀｶﾅ"),
        ("がぎ", "か\u3099き\u3099"),
    ],
)
def test_ways_of_writing_one_thing_are_one_list_of_terms(forms: tuple[str, ...]) -> None:
    for analyzer in (ENGLISH, BARE):
        assert len({tuple(analyzer.terms(form)) for form in forms}) == 1
        assert analyzer.terms(forms[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C", "C++"),
        ("C#", "C++"),
        ("AT&T", "T"),
        ("net", ".NET"),
        ("1,5", "15"),
        ("3.14", "314"),
        ("0,123", "123"),
        ("2½", "212"),
        ("12.345", "12345"),
        ("2024-01-15", "20240115"),
        ("がく", "かく"),
        ("क्या", "क्यों"),
    ],
)
def test_what_differs_stays_apart(one: str, other: str) -> None:
    assert BARE.terms(one) != BARE.terms(other)


@pytest.mark.parametrize(
    "whole",
    [
        "2024-01-15",
        "2.3.1",
        "1990s",
        "100km",
        "h2o",
        "at&t",
        "c#",
        "ann.smith+x@mail.example.co.uk",
    ],
)
def test_a_number_or_name_is_one_term_and_is_not_stemmed(whole: str) -> None:
    assert ENGLISH.terms(f"See {whole}, then.") == ["see", whole]


def test_stop_words_and_the_possessive_go_and_forms_of_a_word_meet() -> None:
    assert ENGLISH.terms("How old is Rafael Nadal's dog? It isn't his!") == [
        *("old", "rafael", "nadal", "dog")
    ]
    assert ENGLISH.terms("connected, connecting connections") == ["connect"] * 3


def test_words_of_content_are_no_stop_words_in_english() -> None:
    text = "solar system computer state world year Microsoft US"
    assert len(ENGLISH.terms(text)) == len(text.split())


def test_each_step_can_be_turned_off() -> None:
    text = "the houses"
    assert ENGLISH.terms(text) == ["hous"]
    assert Analyzer(stop_words=False).terms(text) == ["the", "hous"]
    assert Analyzer(stemming=False).terms(text) == ["houses"]
    assert BARE.terms(text) == ["the", "houses"]


def test_an_article_written_together_is_parted_from_its_word() -> None:
    assert Analyzer("french").terms("l'homme, d’Artagnan") == Analyzer("fr").terms("homme Artagnan")
    assert Analyzer("it").terms("dell'arte") == Analyzer("it").terms("arte")


def test_an_address_is_found_by_its_name_and_by_words_of_its_path() -> None:
    terms = BARE.terms("https://www.example.org/tall-towers?page=2")
    assert terms == ["example", "org", "tall", "towers", "page", "2"]


def test_scripts_without_spaces_are_pairs_of_characters() -> None:
    assert BARE.terms("中国人民 in 中") == ["中国", "国人", "人民", "in", "中"]
    assert set(BARE.terms("東京")) <= set(BARE.terms("私は東京都へ行く"))
    assert set(BARE.terms("ไทย")) <= set(BARE.terms("ภาษาไทย"))
    assert BARE.spans("น้ำใจ")[0][1:] == (0, 3)  # a pair keeps the marks on its characters


def test_marks_that_make_the_word_stay_and_points_that_help_reading_go() -> None:
    assert BARE.terms("हिन्दी") == ["हिन्दी"]
    assert BARE.terms("שָׁלוֹם") == BARE.terms("שלום")


def test_a_very_long_token_is_cut_and_takes_no_room_in_the_cache() -> None:
    analyzer = Analyzer("none")
    assert analyzer.terms("a" * 5000) == ["a" * MAX_TERM_CHARS]
    assert not analyzer._terms


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CACHED", 10)
    analyzer = Analyzer()
    words = [f"word{number}" for number in range(35)]
    assert analyzer.terms(" ".join(words)) == words
    assert len(analyzer._terms) <= 10


def test_threads_get_what_one_thread_gets() -> None:
    words = [
        f"{stem}{end}" for stem in ("connect", "relat", "act") for end in ("ions", "ing", "ed")
    ]
    texts = [
        " ".join([*words[turn % 9 :], f"x{turn}ing", "nation" * (turn % 5)]) for turn in range(400)
    ]
    alone = [Analyzer().terms(text) for text in texts]
    shared = Analyzer()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.terms, texts)) == alone


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_can_be_used_by_name_and_code(language: str) -> None:
    for name in (language, language.upper(), *CODES.get(language, ())):
        assert Analyzer(name).language == language
    assert Analyzer(language).terms("Đà Nẵng 33,845,617") != []


def test_the_languages_are_those_the_packages_know() -> None:
    variants = {"porter", "dutch_porter"}  # older algorithms, not languages
    known = set(Stemmer.algorithms()) - variants | set(stop_words.AVAILABLE_LANGUAGES)
    assert set(CODES) == known


def test_an_unknown_language_is_refused_with_the_allowed_ones() -> None:
    with pytest.raises(ValueError, match=r"'klingon'.*english.*none|'klingon'.*none.*english"):
        Analyzer("klingon")


def test_decomposed_text_is_analysed_as_composed() -> None:
    text = "Škoda è più École"
    assert BARE.terms(unicodedata.normalize("NFD", text)) == BARE.terms(text)
