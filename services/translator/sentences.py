"""Splits a text into sentences that can be put together again exactly.

Covers: sentence ends of scripts with spaces and of Chinese and Japanese, line breaks, frequent
abbreviations. Does not cover: sentences that end without a mark within a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof st jr sr vs etc approx no vol fig dept est inc ltd co e.g i.e a.m p.m sra
    srta ud uds dna dott sig sigg gent m mm mme mlle env ex fr hr nr bzw usw z.b d.h u.a ca bijv
    d.w.z p.ex av pág núm cap art""".split()  # noqa: SIM905  a list of quoted words is harder to read
)
_BREAK = re.compile(
    r"\s*[\r\n]+\s*"  # a line break, whatever stands before it
    r"|(?<=[.!?…])[\"'”’»)\]]{0,3}\s+(?=[\"'“‘«(\[¿¡]{0,3}[^\W_a-zß-öø-ÿ])"  # noqa: RUF001
    r"|(?<=[。！？])[」』]?\s*"  # noqa: RUF001
)
_LAST_WORD = re.compile(r"(\w[\w.]{0,8})\.$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, without the space around it, and what follows it in the text."""

    text: str
    after: str


def split(text: str) -> tuple[str, list[Sentence]]:
    """The space the text starts with, and its sentences; joined, they are the text."""
    bare = text.lstrip()
    before = text[: len(text) - len(bare)]
    sentences: list[Sentence] = []
    start = 0
    for found in _BREAK.finditer(bare):
        closing = len(found.group()) - len(found.group().lstrip("\"'”’»)]」』"))  # noqa: RUF001
        end = found.start() + closing
        if end <= start or ("\n" not in found.group() and _abbreviated(bare[start:end])):
            continue
        sentences.append(Sentence(bare[start:end], bare[end : found.end()]))
        start = found.end()
    rest = bare[start:]
    last = rest.rstrip()
    if last:
        sentences.append(Sentence(last, rest[len(last) :]))
    elif sentences:
        sentences[-1] = Sentence(sentences[-1].text, sentences[-1].after + rest)
    return before, sentences


def join(before: str, sentences: Sequence[Sentence]) -> str:
    """The text that `split` took apart."""
    return before + "".join(sentence.text + sentence.after for sentence in sentences)


def _abbreviated(sentence: str) -> bool:
    """Whether the full stop at the end belongs to an abbreviation or an initial."""
    found = _LAST_WORD.search(sentence[-12:])
    if found is None:
        return False
    word = found.group(1)
    return word.casefold() in _ABBREVIATIONS or (len(word) == 1 and word.isupper() and word != "I")
