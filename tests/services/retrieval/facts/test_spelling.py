"""services.retrieval.facts.spelling: one slip in a name."""

from __future__ import annotations

from services.retrieval.facts.spelling import MOST_LETTERS, corrections, halves


def test_a_slip_is_corrected_towards_known_words_only() -> None:
    assert corrections("rafeal", {"rafael", "raphael"}) == {"rafael"}
    assert corrections("rafael", {"rafael"}) == set()


def test_two_known_words_written_as_one_are_parted() -> None:
    assert halves("honeybee", {"honey", "bee"}) == {"honey bee"}


def test_a_word_longer_than_names_are_is_not_corrected() -> None:
    word = "a" * (MOST_LETTERS + 1)
    assert corrections(word, {word[1:]}) == set()
    assert halves(word, {"a" * 10, "a" * 11}) == set()
