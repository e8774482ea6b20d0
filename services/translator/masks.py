"""What a translation must keep as it is: addresses, placeholders, numbers.

Covers: finding these spans, putting one character in place of each, and putting them back with a
check that none was lost, doubled or invented. Does not cover: what an engine does with them.

Each span becomes one character of Unicode's private use area, since a text is all an engine is
given: no second argument to keep in step with it, and an engine that knows nothing of masks treats
it as a strange letter, which the check then finds or misses. Two ranges tell an engine how a span
behaves in a sentence: a WORD stands where a word could ("{name} is here"), a MARK does not
("<b>here</b>"). Characters of this area in the text itself are masked like any other span.

Numbers stay in the text at first, because grammar needs them ("1 dog", "2 dogs"), and are looked
for in the answer; only when an answer changed one are they masked too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

FIRST_WORD, FIRST_MARK, END = 0xE000, 0xEC00, 0xF8FF
MASKS = re.compile("[\ue000-\uf8ff]")
"""Any character that stands for a span, or could."""
WORD_MASKS = re.compile("[\ue000-\uebff]")
MARK_MASKS = re.compile("[\uec00-\uf8ff]")

# Every repetition is bounded, or of characters that what follows it cannot start with.
_WORDS = (
    r"`[^`\n]{1,200}`",
    r"(?:https?|ftp)://[^\s<>\"“”«»]{1,1000}(?<![.,;:!?)\]'’])",  # noqa: RUF001
    r"\bwww\.[\w-]{1,63}\.[^\s<>\"“”«»]{1,1000}(?<![.,;:!?)\]'’])",  # noqa: RUF001
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    r"\b[a-z0-9-]{1,63}\.(?:com|org|net|edu|gov|io|dev|info)\b(?:/[^\s<>\"“”«»]{0,1000}(?<![.,;:!?)]))?",
    r"\$?\{\{[^{}\n]{0,80}\}\}|\$?\{[^{}\n]{0,80}\}",
    r"%\([A-Za-z_]\w{0,60}\)[-#0 +]?\d{0,4}(?:\.\d{1,4})?[sdifgxr]\b",
    r"%(?:\d{1,2}\$)?(?:\.\d{1,2})?[sdifg]\b",
    r"&(?:[A-Za-z]{2,20}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});",
    r"(?<!\w):[a-z][a-z0-9_+-]{0,40}:(?!\w)",
    r"(?<!\w)[@#][\w-]{1,100}",
    r"\b\w{0,40}[A-Za-z_]_[A-Za-z_]\w{0,40}\b",  # an_identifier
    r"[\ue000-\uebff]",
)
_MARKS = (
    r"</?[A-Za-z!][^<>]{0,500}>",
    r"[*_~^|\\#@\[\]{}<>\ufffc\uec00-\uf8ff]+",
    "[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]+",  # emoji and signs
)
_UNIT = r"(?:\s?[%‰°][CFK]?|(?!(?:st|nd|rd|th|s)\b)[A-Za-zµ]{1,3}[²³]?)?"
_NUMBER = (
    r"(?<![\w.,])[$€£¥]?[+−-]?\d+(?:[.,:/'’\u00a0\u202f–-]\d+){0,20}" + _UNIT + r"(?![\w])"  # noqa: RUF001
    r"|\b[A-Za-z]{1,4}-?\d{1,6}[A-Za-z]{0,3}\b"  # A4, MP3, B2B
)
_OPAQUE = re.compile(f"(?P<word>{'|'.join(_WORDS)})|(?P<mark>{'|'.join(_MARKS)})")
_OPAQUE_OR_NUMBER = re.compile(
    f"(?P<word>{'|'.join(_WORDS)}|{_NUMBER})|(?P<mark>{'|'.join(_MARKS)})"
)
_NUMBERS = re.compile(_NUMBER)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its spans replaced, and what each mask character stands for."""

    text: str
    spans: Mapping[str, str]

    def restore(self, translated: str) -> str | None:
        """`translated` with the spans put back; None when a mask is missing, twice or foreign."""
        if Counter(MASKS.findall(translated)) != Counter(list(self.spans)):
            return None
        return MASKS.sub(lambda found: self.spans[found.group()], translated)

    @property
    def has_words(self) -> bool:
        """Whether there is anything to translate besides the spans."""
        return any(character.isalpha() for character in MASKS.sub("", self.text))


def mask(text: str, *, numbers: bool = False) -> Masked:
    """Replace what must be kept; numbers too where asked."""
    spans: dict[str, str] = {}
    following = {"word": FIRST_WORD, "mark": FIRST_MARK}
    last = {"word": FIRST_MARK - 1, "mark": END}

    def replace(found: re.Match[str]) -> str:
        kind = found.lastgroup
        assert kind is not None, "both alternatives are named groups"
        place = min(following[kind], last[kind])  # a thousandth mask is doubled, and so declined
        following[kind] = place + 1
        spans[chr(place)] = found.group()
        return chr(place)

    return Masked((_OPAQUE_OR_NUMBER if numbers else _OPAQUE).sub(replace, text), spans)


def kept(source: str, translated: str) -> bool:
    """Whether every number and every span of `source` stands in `translated` as often.

    For answers to a text without masks; a number the translation adds ("twenty" as "20") is none
    of the source's and is let pass.
    """
    wanted = Counter(found.group() for found in _NUMBERS.finditer(source))
    given = Counter(found.group() for found in _NUMBERS.finditer(translated))
    if any(given[number] != count for number, count in wanted.items()):
        return False
    spans = Counter(mask(source).spans.values())
    return spans == Counter(mask(translated).spans.values())
