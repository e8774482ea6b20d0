"""Words that Apertium could not translate: which of them may stand in the answer.

Covers: telling a name, which stays as it is written, from a word, whose place no foreign word may
take. Does not cover: finding the marked words (stream.py).

A name is kept when it is marked unknown ("*Kovalenko"), or tagged as a proper noun by Apertium
itself ("@Eiffel<np>", "#Eiffel<np>"), and is written as one: with a capital, not at the start of
the sentence, in a sentence that has words without. Everything else declines the sentence:

- an unknown word, since leaving it would pretend that it is a translation;
- a lemma without a translation;
- a lemma without a form ("#canal" for "station"): besides the missing ending, the dictionaries
  disagree about the word, and it was often the wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.translator.engines.apertium.capitals import WORD
from services.translator.engines.apertium.stream import Answer, Mark
from services.translator.engines.cldr import locale_index
from services.translator.masks import FIRST_MARK, MASKS
from services.translator.reading.languages import Language, fold
from services.translator.shape import CAPITAL_NOUNS

_PROPER_NOUN = "np"
_FIRST_NAME = FIRST_MARK - 0x100  # the last masks for words: the text's own start at the other end


class Names:
    """The names of one sentence on its way: put away as masks, since the next mode could take
    "Rose" for a flower, and put back at the end."""

    def __init__(self) -> None:
        self._masks: dict[str, str] = {}

    def keep(
        self, answer: Answer, sentence: str, source: Language, *, min_known: float
    ) -> str | None:
        """The answer to `sentence` with its names put away; None declines it."""
        names = kept_names(answer.marks, sentence, source, min_known=min_known)
        if names is None:
            return None
        text = answer.text
        for name in dict.fromkeys(names):
            found = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
            text = found.sub(self._put_away, text)
        return text

    def _put_away(self, found: re.Match[str]) -> str:
        place = chr(_FIRST_NAME + len(self._masks))
        self._masks[place] = found.group()
        return place

    def restore(self, text: str) -> str | None:
        """The text with its names; None when a mode lost one or gave it twice."""
        for place, name in self._masks.items():
            if text.count(place) != 1:
                return None
            text = text.replace(place, name)
        return text


def kept_names(
    marks: Sequence[Mark], sentence: str, source: Language, *, min_known: float
) -> list[str] | None:
    """The marked words, all of them names that stay as written; None declines the sentence.

    min_known: the share of the sentence's words that must not be marked. 0 to 1.
    """
    if not marks:
        return []
    names = _names(sentence, source)
    for mark in marks:
        if mark.word not in names or (mark.sign != "*" and _PROPER_NOUN not in mark.tags):
            return None
    words = len(WORD.findall(MASKS.sub(" ", sentence)))
    known = words - len(marks)
    return [mark.word for mark in marks] if known >= min_known * words else None


def _names(sentence: str, source: Language) -> set[str]:
    """The words of a sentence that look like names, as they are written."""
    first, *words = WORD.findall(MASKS.sub(" ", sentence)) or [""]
    if source.code in CAPITAL_NOUNS or not any(word[0].islower() for word in words):
        return set()
    # A language or a month has a name in the other language, and must not stay.
    translatable = locale_index(source.code)
    names = {word for word in words if word[0].isupper() and fold(word) not in translatable}
    return names - {first} if first not in words else names
