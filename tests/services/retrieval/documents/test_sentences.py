"""services.retrieval.documents.sentences: where sentences end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.retrieval.documents.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Ada Byron met Mr. Babbage.",
        "J. R. R. Tolkien wrote it.",
        "It grew by 3.5 percent.",
        "Some animals, e.g. Cats, sleep a lot.",
        "Am 3. Oktober wurde gefeiert, z.B. Berlin.",
        "See fig. 3 and vol. II of it.",
        '"Really?" he asked.',
        "Wait... what was that?",
        "The address is www.example.org/a.b today.",
    ],
)
def test_a_stop_that_belongs_to_its_word_or_quotation_ends_nothing(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ('He said "Go." Then he left.', ['He said "Go."', "Then he left."]),
        ("Ende 1990. Danach Ruhe.", ["Ende 1990.", "Danach Ruhe."]),
        ("これは文です。次も「文です。」終わり", ["これは文です。", "次も「文です。」", "終わり"]),
        ("यह वाक्य है। दूसरा वाक्य।", ["यह वाक्य है।", "दूसरा वाक्य।"]),
        ("هل هذا سؤال؟ نعم.", ["هل هذا سؤال؟", "نعم."]),
        ("A heading\n\nIts text", ["A heading", "Its text"]),
        ("a line\nand the next", ["a line\nand the next"]),
        ("It is e.g.\n\nanother paragraph", ["It is e.g.", "another paragraph"]),
    ],
)
def test_sentences_end_at_full_stops_and_paragraphs(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize("text", ["", " \n\t ", "\n\n\n"])
def test_a_blank_text_has_no_sentence(text: str) -> None:
    assert sentences(text) == []


TEXTS = st.text(alphabet='aB .!?…\n"»。」3,', max_size=200) | st.text(max_size=200)


@given(TEXTS)
def test_sentences_are_in_order_and_leave_out_nothing_but_space(text: str) -> None:
    spans = sentences(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join("".join(split(text)).split()) == "".join(text.split())
