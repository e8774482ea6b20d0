"""services.retrieval.documents.passages: what is ranked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.retrieval.documents.model import Document, Section
from services.retrieval.documents.passages import cut, passages
from services.retrieval.documents.units import CHARS_PER_WORD, count

SENTENCE = "The river flows slowly through the wide green valley today. "


def test_a_passage_has_about_a_hundred_words_and_ends_with_a_sentence() -> None:
    texts = cut(SENTENCE * 100)
    assert len(texts) == 10
    assert {len(text.split()) for text in texts} == {100}
    assert all(text.endswith("today.") for text in texts)


def test_a_short_rest_joins_the_passage_before_it() -> None:
    texts = cut(SENTENCE * 13)
    assert [len(text.split()) for text in texts] == [130]


def test_a_rest_that_is_no_longer_short_stands_alone() -> None:
    texts = cut(SENTENCE * 15)
    assert [len(text.split()) for text in texts] == [100, 50]


def test_a_passage_never_reaches_into_the_next_section() -> None:
    sections = (Section("A", SENTENCE), Section("A › B", SENTENCE * 2), Section("C", " \n "))  # noqa: RUF001
    found = passages(Document("d", "T", None, sections))
    assert [(passage.heading, len(passage.text.split())) for passage in found] == [
        ("A", 10),
        ("A › B", 20),  # noqa: RUF001
    ]


def test_a_paragraph_end_is_kept_as_a_passage_end_where_it_is_near() -> None:
    text = f"{SENTENCE * 6}\n\n{SENTENCE * 6}\n\n{SENTENCE * 6}"
    assert [len(part.split()) for part in cut(text)] == [60, 60, 60]


def test_lines_are_kept_and_other_space_is_single() -> None:
    assert cut("name:  Ada \r\n born:\t1815") == ["name: Ada\nborn: 1815"]


def test_what_has_no_full_stops_is_cut_between_lines() -> None:
    rows = [f"row {number} with five words" for number in range(60)]
    texts = cut("\n".join(rows))
    assert [line for text in texts for line in text.split("\n")] == rows
    assert max(len(text.split()) for text in texts) <= 120


def test_what_has_neither_stops_nor_lines_is_cut_between_words() -> None:
    words = [f"w{number}" for number in range(1_000)]
    texts = cut(" ".join(words))
    assert " ".join(texts).split() == words
    assert max(len(text.split()) for text in texts) <= 120


def test_base64_is_cut_into_bounded_passages() -> None:
    blob = "QUJD" * 25_000
    texts = cut(blob)
    assert "".join(texts) == blob
    assert max(map(len, texts)) <= 200 * CHARS_PER_WORD


def test_chinese_and_japanese_are_cut_at_their_full_stops() -> None:
    texts = cut("これは日本語の文章の一つの例です。" * 60)
    assert len(texts) > 3
    assert all(text.endswith("。") for text in texts)


@pytest.mark.parametrize("character", [".", "!", "。", "「", "\n", " ", "=", "a.", "A. "])
def test_a_long_run_of_one_thing_is_cut_in_linear_time(character: str) -> None:
    """Quadratic work on these 400,000 characters would take minutes; the test's own limit is the
    patience of who runs it."""
    text = f"x{character * (400_000 // len(character))}日"
    assert "".join("".join(cut(text)).split()) == "".join(text.split())


WORDS = st.text(alphabet="abcXYZ09.,!?\"'é日本。", min_size=1, max_size=20)
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n", "\n\n", ". "]))).map(
    lambda parts: "".join(word + space for word, space in parts)
)


@given(TEXTS, st.integers(20, 60))
@settings(deadline=None)
def test_passages_joined_give_back_all_words_in_order(text: str, words: int) -> None:
    if "日" in text or "本" in text:  # cut between characters, where no space stands
        assert "".join("".join(cut(text, words)).split()) == "".join(text.split())
    else:
        assert " ".join(cut(text, words)).split() == text.split()


@given(st.text(max_size=2_000), st.integers(20, 60))
@settings(deadline=None)
def test_no_passage_is_longer_than_twice_its_words(text: str, words: int) -> None:
    texts = cut(text, words)
    assert all(count(part) <= 2 * words for part in texts)
    assert all(part.strip() == part != "" for part in texts)
