"""Gives a translation the letter case and the closing mark of the text it translates.

Covers: capitals ("HELLO", "Hello"), the last full stop, question or exclamation mark, the Spanish
marks at the start and the French space before "?" and "!". Does not cover: capitals within a
sentence, which are the engine's, but for those that a rule-based engine leaves behind.
"""

from __future__ import annotations

import re

from services.translator.masks import MASKS

CAPITAL_NOUNS = frozenset({"de", "lb", "gsw", "nds"})
"""Languages that write nouns with a capital: there one says nothing about a name."""
_SPANISH = frozenset({"es", "gl", "ast"})
_SPANISH_OPENING = {"?": "¿", "!": "¡"}
_CLOSING = re.compile(r"\s*([.!?…]+)$")
_OPENING = re.compile(r"^[\W\d_]*")
SHORTEST_SHOUT = 2


def shape(source: str, translated: str, source_code: str, target_code: str, *, name: bool) -> str:
    """`translated` with the case and closing mark of `source`.

    name: the whole text is a name, whose capitals are those of each language's spelling.
    """
    closed = _close(source, translated.strip(), target_code)
    return closed if name else _case(source, closed, source_code)


def shouted(text: str) -> bool:
    """Whether all letters are capitals, and there are two of them or more."""
    letters = [character for character in MASKS.sub("", text) if character.isalpha()]
    return len(letters) >= SHORTEST_SHOUT and all(letter.isupper() for letter in letters)


def _case(source: str, translated: str, source_code: str) -> str:
    if shouted(source):
        return translated.upper()
    first = source[_start(source) :][:1]
    one_noun = source_code in CAPITAL_NOUNS and len(source.split()) == 1
    english_i = source_code == "en" and source.strip(" .?!") == "I"
    if not first.isupper() or one_noun or english_i:
        return translated
    at = _start(translated)
    return translated[:at] + translated[at : at + 1].upper() + translated[at + 1 :]


def _start(text: str) -> int:
    """Where the first letter is; a text that starts with a mask or a digit has none to change."""
    opening = _OPENING.match(text)
    end = opening.end() if opening else 0
    return len(text) if MASKS.search(text[:end]) or any(map(str.isdigit, text[:end])) else end


def _close(source: str, translated: str, target_code: str) -> str:
    wanted = _CLOSING.search(source)
    if wanted is None:  # "?" belongs to a set phrase; a full stop is what an engine added
        return translated.removesuffix(".") if not translated.endswith("..") else translated
    given = _CLOSING.search(translated)
    mark = wanted.group(1)
    body = translated[: given.start()] if given else translated
    last = mark[-1]
    if target_code in _SPANISH and last in _SPANISH_OPENING:
        opening = _SPANISH_OPENING[last]
        body = body if opening in body else opening + body
    space = " " if target_code == "fr" and last in "!?" else ""
    return f"{body}{space}{mark}"
