"""services.translator.sentences: taking a text apart and putting it together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translator.sentences import join, split


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)[1]]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello! How are you?  I am fine.", ["Hello!", "How are you?", "I am fine."]),
        ("One line\nanother\n\n\nthird", ["One line", "another", "third"]),
        (
            "Mr. Smith and Dr. J. Doe came. They left.",
            ["Mr. Smith and Dr. J. Doe came.", "They left."],
        ),
        ("It costs 3.50 euros. Really?", ["It costs 3.50 euros.", "Really?"]),
        ("Bring e.g. Apples.", ["Bring e.g. Apples."]),
        ("“Yes.” He left.", ["“Yes.”", "He left."]),
        ("¿Qué? ¡No! Ya.", ["¿Qué?", "¡No!", "Ya."]),
        ("你好。我很好。", ["你好。", "我很好。"]),
        ("and then... it ended", ["and then... it ended"]),
        ("It is I. You know.", ["It is I.", "You know."]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_a_text_is_split_where_a_sentence_ends(text: str, sentences: list[str]) -> None:
    assert texts(text) == sentences


@given(st.text(st.sampled_from("aB.!? \n\t\r“”(1。」é"), max_size=40))
def test_any_text_is_put_together_as_it_was(text: str) -> None:
    before, sentences = split(text)
    if text.strip():
        assert join(before, sentences) == text
    assert all(sentence.text == sentence.text.strip() != "" for sentence in sentences)
