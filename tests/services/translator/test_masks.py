"""services.translator.masks: what must survive a translation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translator.masks import FIRST_MARK, kept, mask

SPANS = [
    "https://example.org/a?b=1&c=2",
    "www.example.org/x",
    "jo.doe+x@mail.example.org",
    "example.com/path",
    "{name}",
    "{0}",
    "{{count}}",
    "${x}",
    "%s",
    "%(count)d",
    "%1$s",
    "&nbsp;",
    ":smile:",
    "@handle",
    "#tag",
    "`code here`",
    "an_identifier",
    "\ue123",
]
TAGS = ["<b>", "</b>", '<a href="x">', "**", "🍕", "[", "~~"]
MANY = 3_072  # masks for words; for formatting there are as many
NUMBERS = ["3,000.50", "$4.50", "5km", "20°C", "10%", "10:30", "2024-05-01", "1/2", "A4", "-7"]


@pytest.mark.parametrize("span", SPANS)
def test_a_span_is_one_character_in_the_engine_s_text_and_comes_back(span: str) -> None:
    masked = mask(f"See {span} today")
    assert list(masked.spans.values()) == [span]
    assert len(masked.text) == len("See X today")
    assert masked.restore(f"Voir aujourd'hui {next(iter(masked.spans))}") == (
        f"Voir aujourd'hui {span}"
    )


@pytest.mark.parametrize("tag", TAGS)
def test_formatting_is_told_from_what_stands_for_a_word(tag: str) -> None:
    (place,) = mask(f"See {tag}today").spans
    assert ord(place) >= FIRST_MARK
    (place,) = mask("See {name} today").spans
    assert ord(place) < FIRST_MARK


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_are_masked_only_where_asked(number: str) -> None:
    text = f"I have {number} here"
    assert mask(text).text == text
    assert list(mask(text, numbers=True).spans.values()) == [number]


def test_the_mark_after_an_address_belongs_to_the_sentence() -> None:
    assert list(mask("See https://x.org/a, (https://y.org).").spans.values()) == [
        "https://x.org/a",
        "https://y.org",
    ]


@pytest.mark.parametrize(
    "text", ["It is 50% off", "Is it 5 < 6?", "Wait: what", "the end.It was", "1st and 2nd"]
)
def test_ordinary_words_are_not_masked(text: str) -> None:
    words = [word for word in text.split() if word.isalpha()]
    assert all(word in mask(text).text for word in words)


@pytest.mark.parametrize("wrong", ["no mask", "{0}{0}", "{0} and {1}"])
def test_a_lost_doubled_or_foreign_mask_is_refused(wrong: str) -> None:
    masked = mask("See {name}")
    (place,) = masked.spans
    assert masked.restore(wrong.replace("{0}", place).replace("{1}", "\ue777")) is None


@pytest.mark.parametrize(
    ("source", "translated", "is_kept"),
    [
        ("I have 3 dogs", "Tengo 3 perros", True),
        ("I have 3 dogs", "Tengo perros", False),
        ("I have 3 dogs", "Tengo 33 perros", False),
        ("I have 3 dogs", "Tengo 3 3 perros", False),
        ("$4.50 and 5km", "$4.50 y 5km", True),
        ("$4.50", "$4,50", False),
        ("See https://x.org/a.", "Ve https://x.org/a.", True),
        ("See https://x.org/a.", "Ve https://x.org/b.", False),
        ("Twenty dogs", "20 perros", True),
        ("{a} and {b}", "{a} y {a}", False),
    ],
)
def test_numbers_and_spans_are_looked_for_in_a_plain_answer(
    source: str, translated: str, is_kept: bool
) -> None:
    assert kept(source, translated) is is_kept


def test_only_words_outside_the_spans_are_worth_translating() -> None:
    assert mask("Hi {name}").has_words
    assert not mask("{name} https://x.org :smile: 12").has_words


def test_more_spans_than_masks_are_declined_and_not_mixed_up() -> None:
    masked = mask("{a} {b} " * 2_000)
    assert masked.restore(masked.text) is None


@given(st.text(st.sampled_from("a1 {}%<>[]*#@.:/_-`$&;\ue000\uf000é"), max_size=60))
def test_any_text_comes_back(text: str) -> None:
    for numbers in (False, True):
        masked = mask(text, numbers=numbers)
        assert masked.restore(masked.text) == text


@pytest.mark.parametrize(
    "piece", ["{", "<a", "a@", "%(", "1.", "a_", "&a", ":a", "http://)", "www.a.)", "`", "-1", "1a"]
)
def test_hostile_repetitions_come_back_before_the_test_times_out(piece: str) -> None:
    text = piece * 3_000
    masked = mask(text, numbers=True)
    restored = masked.restore(masked.text)
    assert restored == (text if len(masked.spans) < MANY else None)
