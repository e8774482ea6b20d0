"""One slip of the keyboard: names a letter away from a word nobody knows ("Rafeal" → "rafael"), or
a space ("honeybee" → "honey bee").

Tried only where a query finds nothing, and only towards subjects many people ask about: among the
names of 34,000 towns and 11,000 people, almost any word is a letter away from one.

Not here: two slips, slips in the first letter of a word, in words of fewer than five letters or of
more than twenty, or in the words of the question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from string import ascii_lowercase

LEAST_LETTERS = 5
MOST_LETTERS = 20
LEAST_OF_A_HALF = 3


def one_away(word: str) -> Iterator[str]:
    """Words with one letter more, less, changed, or two neighbours swapped; the first one stays."""
    for place in range(1, len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
            for letter in ascii_lowercase:
                yield before + letter + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in ascii_lowercase:
            yield before + letter + after


def corrections(word: str, known: Collection[str]) -> set[str]:
    """Known words one slip away; none where the word is known itself, short or no plain word."""
    if not LEAST_LETTERS <= len(word) <= MOST_LETTERS or word in known:
        return set()
    if not (word.isascii() and word.isalpha()):
        return set()
    return {other for other in one_away(word) if other in known and other != word}


def halves(word: str, known: Collection[str]) -> set[str]:
    """The word as two known words of three letters or more."""
    if len(word) > MOST_LETTERS:
        return set()
    cuts = range(LEAST_OF_A_HALF, len(word) - LEAST_OF_A_HALF + 1)
    return {
        f"{word[:cut]} {word[cut:]}" for cut in cuts if word[:cut] in known and word[cut:] in known
    }
