"""Documents' and their queries' text to terms, by language.

Folds case, accents and widths (NFKD); drops stop words and the possessive 's; stems with Snowball.
What is one token, and how numbers and names stay whole: services.retrieval.analysis.tokens. Runs in
scripts written without spaces become pairs of characters, a lone character itself.

Does not cover: facts' questions (words.py), or spelling mistakes.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise

from services.retrieval.analysis import languages
from services.retrieval.analysis.languages import LANGUAGES
from services.retrieval.analysis.tokens import (
    APOSTROPHES,
    plain_number,
    tokens_of,
    unspaced_units,
)

__all__ = ["LANGUAGES", "MAX_TERM_CHARS", "Analyzer"]

MAX_TERM_CHARS = 64
"""Longer terms are cut: no one searches for them, and they would fill the caches."""
MAX_CACHED = 200_000
"""Tokens whose term is remembered, per analyzer: up to about 40 MB."""

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
_LETTERS |= {ord("\N{LATIN SMALL LETTER DOTLESS I}"): "i"}
_SAME = str.maketrans(dict.fromkeys(APOSTROPHES + "\N{MODIFIER LETTER TURNED COMMA}", "'"))
_ENDING = re.compile(r"(?:n't|'(?:s|d|m|ll|re|ve))$")
_POSSESSIVE = re.compile(r"'s$")
_KEEPS = frozenset("&+#.@-'_\N{FRACTION SLASH}")
_ACCENTS_FROM = 202
"""Combining classes of accents; below are vowel signs' own, nuktas, viramas and voicing marks."""


class Analyzer:
    """Terms of a text in one language; made once, used from any thread.

    A word and its unaccented spelling are one term where the stem allows: stemmers need the
    language's accents, so they are taken off afterwards (before it for English, which has none).
    """

    def __init__(
        self, language: str = "english", *, stop_words: bool = True, stemming: bool = True
    ) -> None:
        """`language`: an English name or ISO code of LANGUAGES; ValueError for any other."""
        self.language = name = languages.language_name(language)
        known = name != languages.NONE
        words = languages.stop_words(name) if stop_words and known else frozenset[str]()
        self._stop_words = words | {fold(word) for word in words}
        self._stem = languages.stemmer(name) if stemming and known else None
        self._stemming = threading.Lock()  # a Snowball stemmer has one buffer
        self._elided = languages.ELIDED.get(name, frozenset[str]())
        self._ending = _ENDING if name == "english" else _POSSESSIVE
        self._terms = _Terms(self._term)

    def terms(self, text: str) -> list[str]:
        """The text's terms in order, repeated where it repeats them."""
        if text.isascii() or unspaced_units().search(text) is None:
            found = tokens_of(text).bare.findall(text)
            return list(filter(None, map(self._terms.__getitem__, found)))
        return [term for term, _, _ in self.spans(text)]

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """(term, start, end) in order of start: text[start:end] is what the term stands for.

        Analysed alone, text[start:end] is that term. Only pairs of unspaced characters overlap.
        """
        known = self._terms
        spans: list[tuple[str, int, int]] = []
        for token in tokens_of(text).named.finditer(text):
            if token.lastgroup == "unspaced":
                spans += self._pairs(token)
            elif term := known[token.group()]:
                spans.append((term, *token.span()))
        return spans

    def _pairs(self, run: re.Match[str]) -> Iterator[tuple[str, int, int]]:
        units = [unit.span() for unit in unspaced_units().finditer(run.string, *run.span())]
        whole = [(first[0], second[1]) for first, second in pairwise(units)] or units
        for start, end in whole:
            written = run.string[start:end]
            term = fold(written)[:MAX_TERM_CHARS]
            if written not in self._stop_words and term:
                yield term, start, end

    def _term(self, token: str) -> str:
        """The term of one token, "" where it has none."""
        match = tokens_of(token).named.match(token)
        kind = match.lastgroup if match is not None else None
        if kind == "scheme":
            return ""
        if kind == "number":
            return plain_number(_plain(token))
        plain = _plain(token)
        if kind == "initials":
            return fold(self._stemmed(plain.replace(".", "").replace(" ", "")))
        if kind == "name" and "-" in plain:
            plain = plain.replace("-", "")
        if kind in {"address", "date", "name"}:
            return fold(plain)
        return self._word(plain)

    def _word(self, word: str) -> str:
        if word in self._stop_words:
            return ""
        if "'" in word:
            before, _, after = word.partition("'")
            if before in self._elided:
                word = after
            word = self._ending.sub("", word).replace("'", "")
            if word in self._stop_words:
                return ""
        return fold(self._stemmed(word))

    def _stemmed(self, word: str) -> str:
        if self._stem is None or any(character.isdigit() for character in word):
            return word
        if self.language == "english":
            word = fold(word)
        with self._stemming:
            return self._stem(word)


class _Terms(dict[str, str]):
    """Terms by token, worked out when first asked for; emptied when full, which is rare."""

    def __init__(self, term: Callable[[str], str]) -> None:
        super().__init__()
        self._term = term

    def __missing__(self, token: str) -> str:
        term = self._term(token)[:MAX_TERM_CHARS]
        if len(token) <= MAX_TERM_CHARS:
            if len(self) >= MAX_CACHED:
                self.clear()
            self[token] = term
        return term


def fold(word: str) -> str:
    """Lower case without accents: `Erdoğan` → `erdogan`, `Straße` → `strasse`."""
    if word.isascii():
        return word.lower()
    marked = unicodedata.normalize("NFKD", word.casefold().translate(_LETTERS))
    bare = (mark for mark in marked if not _is_accent(mark))
    return _plain("".join(bare))


def _is_accent(mark: str) -> bool:
    place = unicodedata.combining(mark)
    return place >= _ACCENTS_FROM or 10 <= place <= 36 or place == 1


def _plain(token: str) -> str:
    """Lower case, one form of each character, ASCII digits, and nothing that is no letter."""
    if token.isascii():
        return token.lower()
    whole = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", token).casefold())
    digits = (str(unicodedata.decimal(character, character)) for character in whole)
    return "".join(
        character
        for character in "".join(digits).replace("i\u0307", "i").translate(_SAME)
        if character.isalnum() or character in _KEEPS or unicodedata.category(character)[0] == "M"
    )
