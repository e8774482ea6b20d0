"""services.retrieval.documents.snippets: what is shown of a passage."""

from __future__ import annotations

import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.retrieval.documents.snippets import trim


class Words:
    """Every word in lower case is a term."""

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        return [(found[0].lower(), *found.span()) for found in re.finditer(r"\w+", text)]


WORDS = Words()
FILLER = "Many other things were said of it that day in the long hall by the sea."
FACT = "Tolkien was born in Bloemfontein in 1892."


def test_a_short_passage_is_shown_whole_on_one_line() -> None:
    assert trim("Born in\n1892.", {"born": 1.0}, WORDS) == "Born in 1892."


def test_the_sentence_with_the_match_is_shown_with_whole_neighbours() -> None:
    text = " ".join([FILLER, FILLER, FACT, FILLER, FILLER])
    shown = trim(text, {"tolkien": 2.0, "born": 1.0}, WORDS, 40)
    assert shown == f"{FILLER} {FACT} {FILLER}"


def test_a_sentence_that_does_not_fit_is_cut_and_says_so() -> None:
    text = f"{' '.join(['before'] * 50)} Tolkien {' '.join(['after'] * 50)}"
    shown = trim(text, {"tolkien": 1.0}, WORDS, 11)
    assert shown == f"… {'before ' * 5}Tolkien{' after' * 5} …"


def test_a_sentence_is_shown_from_its_beginning_where_the_match_is_near_it() -> None:
    text = f"In the year 1892 Tolkien was born {' '.join(['there'] * 60)}."
    shown = trim(text, {"tolkien": 1.0}, WORDS, 10)
    assert shown == "In the year 1892 Tolkien was born there there there …"


def test_the_part_with_most_of_the_weight_is_shown_not_the_first_match() -> None:
    text = f"Tolkien is mentioned here. {' '.join([FILLER] * 5)} {FACT}"
    shown = trim(text, {"tolkien": 1.0, "bloemfontein": 3.0}, WORDS, 20)
    assert FACT in shown


def test_without_a_match_the_beginning_is_shown() -> None:
    shown = trim(" ".join([FACT, *[FILLER] * 5]), {"absent": 1.0}, WORDS, 10)
    assert shown == FACT


def test_japanese_is_trimmed_at_its_own_full_stops() -> None:
    text = f"{'これは前の文です。' * 20}東京は首都です。{'これは後の文です。' * 20}"

    class Tokyo:
        def spans(self, text: str) -> list[tuple[str, int, int]]:
            at = text.index("東京")
            return [("東京", at, at + 2)]

    shown = trim(text, {"東京": 1.0}, Tokyo(), 20)
    assert "東京は首都です。" in shown
    assert shown in text
    assert len(shown.replace("。", "")) <= 40


def test_a_match_in_base64_is_shown_within_bounds() -> None:
    class Middle:
        def spans(self, text: str) -> list[tuple[str, int, int]]:
            return [("x", 20_000, 20_004)]

    shown = trim("QUJD" * 10_000, {"x": 1.0}, Middle(), 40)
    assert len(shown) <= 40 * 24 + 4


TOKENS = st.lists(st.sampled_from(["a", "bb", "Cc.", "d,", "E!", "f?", "g."]), min_size=1)


@given(TOKENS, st.sets(st.sampled_from(["a", "bb", "cc", "d", "e", "f"]), min_size=1))
@settings(deadline=None)
def test_a_snippet_is_a_run_of_the_passages_words_and_has_a_term(
    tokens: list[str], terms: set[str]
) -> None:
    max_words = 8
    there = {term for term, _, _ in WORDS.spans(" ".join(tokens))}
    assume(terms & there)
    shown = trim(" ".join(tokens), dict.fromkeys(sorted(terms), 1.0), WORDS, max_words)
    words = shown.removeprefix("… ").removesuffix(" …").split()
    assert 0 < len(words) <= max_words
    assert any(tokens[at : at + len(words)] == words for at in range(len(tokens)))
    assert terms & {term for term, _, _ in WORDS.spans(" ".join(words))}
