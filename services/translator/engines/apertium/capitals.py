"""How a sentence's own capitals are written for Apertium.

Covers: the first letter, and texts all in capitals. Does not cover: capitals in the answer
(tidy.py, services.translator.shape).

Apertium's dictionaries hold thousands of surnames and places, and a capital makes it prefer them:
"Hammer" is "Martell" in Catalan, and then a surname on the way to Italian. So the capital that only
starts a sentence is lowered, and put back when the word is then unknown ("John", "john"). It stays
where a longer sentence starts with it, the first time: there the words around it decide, and
"Rose is here" is about Rose.
"""

from __future__ import annotations

import re

from services.translator.engines.cldr import locale_index
from services.translator.masks import MASKS
from services.translator.reading.languages import fold
from services.translator.shape import CAPITAL_NOUNS, shouted

SHORT_WORDS = 2
WORD = re.compile(r"[^\W\d_][\w'’·-]*")  # noqa: RUF001
ENGLISH_I = re.compile(r"I(?:['’]\w+)?")  # noqa: RUF001


def first_word(text: str) -> str:
    """The first word of a text; "" when it starts with a mask or has none."""
    found = WORD.search(text)
    return found.group() if found and not MASKS.search(text[: found.start()]) else ""


def spellings(text: str, original: str, source_code: str, *, is_first: bool) -> list[str]:
    """How to send a text, the best spelling first.

    original: the sentence as it was asked, in the first language. is_first: the mode about to be
    asked is the route's first, and `text` is `original`.
    """
    if source_code in CAPITAL_NOUNS:
        return [text]
    if shouted(text):
        return [text.lower(), text]
    word = first_word(text)
    is_plain = word[:1].isupper() and not word[1:].strip("I'’").isupper()  # noqa: RUF001
    keeps = len(text.split()) > SHORT_WORDS if is_first else word == first_word(original)
    named = fold(word) in locale_index(source_code)  # "5 May"
    if not is_plain or keeps or named or (source_code == "en" and ENGLISH_I.fullmatch(word)):
        return [text]
    at = text.index(word)
    return [text[:at] + word[0].lower() + text[at + 1 :], text]
