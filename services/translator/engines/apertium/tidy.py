"""What Apertium leaves behind in a sentence: spaces, capitals in the middle.

Covers: one space between words, none before a comma, capitals that rules moved along with a word
("no Me gusta"), the first letter, which was lowered on the way (capitals.py). Does not cover: the
sentence's last mark and capitals throughout (services.translator.shape), the words.
"""

from __future__ import annotations

import re

from services.translator.engines.apertium.capitals import ENGLISH_I, WORD, first_word
from services.translator.masks import MASKS
from services.translator.shape import CAPITAL_NOUNS

_BEFORE_COMMA = re.compile(r"\s+([,.;:!?…])(?![-)(DP])")  # but not before ":)"
_BEFORE_POINT = re.compile(r"\s+([,.…])")


def tidy(translated: str, source: str, target_code: str) -> str:
    """`translated` with ordinary spacing; in lower case where nothing but the start of `source`
    has a capital and the target's spelling adds none of its own (English: days, languages); with
    the first letter of `source`'s case where that is a capital."""
    text = " ".join(translated.split())
    text = (_BEFORE_POINT if target_code == "fr" else _BEFORE_COMMA).sub(r"\1", text)
    words = WORD.findall(MASKS.sub(" ", source))
    capitals = (word != word.lower() for word in words[1:] if not ENGLISH_I.fullmatch(word))
    plain = not (any(capitals) or (words and words[0][1:] != words[0][1:].lower()))
    if plain and words and target_code != "en" and target_code not in CAPITAL_NOUNS:
        text = text.lower()
    word, original = first_word(text), first_word(source)
    begins = not any(map(str.isdigit, source[: source.find(original)]))  # "5 May" does not
    if word and begins and original[:1].isupper():
        text = text.replace(word, word[0].upper() + word[1:], 1)
    return text
