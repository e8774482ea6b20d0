"""services.translator.engines.apertium.stream: the stream format, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translator.engines.apertium.stream import (
    Answer,
    Mark,
    StreamError,
    decode,
    encode,
)

WORD, OTHER_WORD, TAG = "\ue000", "\ue123", "\uec00"


def there_and_back(sentence: str) -> str:
    return decode(encode(sentence), sentence).text


@pytest.mark.parametrize(
    "sentence",
    ["a [b] {c} ^d$ /e <f> \\h", "Really?", "No", "Etc.", f"{WORD} and {OTHER_WORD}", f"a{TAG}b"],
)
def test_a_sentence_comes_back_as_it_was(sentence: str) -> None:
    assert there_and_back(sentence) == sentence


@given(st.text(st.characters(codec="utf-8", exclude_characters="*#@"), max_size=40))
def test_any_sentence_without_marks_comes_back_with_single_spaces(sentence: str) -> None:
    try:
        sent = encode(sentence)
    except StreamError:
        assert "zkz" in sentence.casefold()
        return
    assert decode(sent, sentence) == Answer(" ".join(sentence.split()), [])


def test_a_sentence_gets_an_end_only_where_it_has_none() -> None:
    assert encode("The house") == "The house.[]"
    assert encode("The house?") == "The house?[]"


@pytest.mark.parametrize("sentence", ["a *b", "#1", "a@b", "a zkzbz b"])
def test_what_could_be_taken_for_a_mark_is_not_sent(sentence: str) -> None:
    with pytest.raises(StreamError):
        encode(sentence)


def test_masks_come_back_whatever_case_and_mark_a_word_was_given() -> None:
    sent = encode(f"{WORD} {OTHER_WORD}")
    starred = " ".join("*" + word for word in sent.removesuffix(".[]").upper().split())
    assert decode(starred + ".[]", "x").text == f"{WORD} {OTHER_WORD}"


def test_marked_words_are_told_and_unmarked() -> None:
    output = r"La *blorf de #canal\<n\>\<f\>\<sg\> y @Eiffel\<np\>.[]"
    assert decode(output, "no stop") == Answer(
        "La blorf de canal y Eiffel",
        [
            Mark("#", "canal", ("n", "f", "sg")),
            Mark("@", "Eiffel", ("np",)),
            Mark("*", "blorf"),
        ],
    )


def test_a_mark_without_a_word_is_an_error() -> None:
    with pytest.raises(StreamError):
        decode("El # perro.[]", "The dog")
