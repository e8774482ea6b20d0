"""Two subjects compared by an attribute: "How many times larger is Russia than Peru?".

The words that compare are in attributes.toml (`compared`). Both subjects are looked up as any
question is; where both have the attribute, the answer is how many times the smaller value the
larger one is. It belongs to neither subject, so it is no fact but a line of the same form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from services.retrieval.analysis.words import spelled, without_stop_words
from services.retrieval.facts.derive import number_in, ratio

THAN = "than"

Comparisons = Mapping[str, Sequence[tuple[str, ...]]]
"""Attribute → the phrases that compare by it."""
Lookup = Callable[[str, str], tuple[str, str] | None]
"""(words for a subject, attribute) → the subject's name and its value; None where there is none."""


def compare(text: str, comparisons: Comparisons, look_up: Lookup) -> str | None:
    """`Russia / Area compared with Peru / 13.3 times (…)`; None: nothing known is compared."""
    words = spelled(text)
    if words.count(THAN) != 1:
        return None
    place = words.index(THAN)
    before, second = words[:place], _subject(words[place + 1 :])
    for attribute, first in _readings(before, comparisons):
        one, other = look_up(first, attribute), look_up(second, attribute)
        if one is not None and other is not None:
            less, more = sorted((one, other), key=lambda found: number_in(found[1]) or 0.0)
            if line := _line(attribute, more, less):
                return line
    return None


def _readings(before: Sequence[str], comparisons: Comparisons) -> Iterator[tuple[str, str]]:
    """Attribute and first subject: `larger is Russia` (than), or `is Russia larger` (than)."""
    for attribute, phrases in comparisons.items():
        for phrase in phrases:
            for start in range(len(before) - len(phrase) + 1):
                end = start + len(phrase)
                if tuple(before[start:end]) == phrase:
                    yield attribute, _subject(before[end:]) or _subject(before[:start])


def _subject(words: Sequence[str]) -> str:
    return " ".join(without_stop_words(words))


def _line(attribute: str, more: tuple[str, str], less: tuple[str, str]) -> str | None:
    times = ratio(more[1], less[1])
    if times is None or more[0] == less[0]:
        return None
    return f"{more[0]} / {attribute} compared with {less[0]} / {times}"
