"""The FreeDict engine: single words and set phrases from FreeDict dictionaries, where installed.

Covers: finding a word however it is typed, and ranking its equivalents by how many dictionaries
lead to them. Does not cover: the files (dictd.py), what an entry says (freedict_entries.py),
inflected words, sentences: for a plural, its singular's equivalents would be wrong, and engines
for sentences know it.

An equivalent's witnesses are the dictionary of the other direction, when it leads back, and every
third language over which one arrives there too: "dog" is "Hund" over French, Spanish and Swedish,
while the first entry of the English-German dictionary has a carpenter's tool. Of the everyday words
in the phrase list that the dictionaries have, the first result is the list's for 85%, and for 69%
in the order of the entry.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from services.translator.engines.dictd import Dictionary, DictionaryError
from services.translator.engines.freedict_entries import equivalents
from services.translator.engines.interface import Kind
from services.translator.function_words import ARTICLES
from services.translator.reading.languages import ENGLISH_CODE, Language, LanguageTable, fold

MAX_WORDS = 4
MAX_CANDIDATES = 40
MAX_RESULTS = 12
MAX_OVER = 6
"""Equivalents in a third language that are followed further: more cost time and change little."""
CACHED_LOOK_UPS = 8192
_FILE = re.compile(r"freedict-([a-z]{3})-([a-z]{3})\.index")

_ELIDED = re.compile(r"(?:l|un|dell|all)'(?=\w)")


def spellings(text: str, code: str) -> Iterator[str]:
    """Headwords that the text may be found under, the most literal first, without repetitions."""
    words = fold_marks(text)
    first, _, rest = words.partition(" ")
    bare = rest if rest and first.lower() in (*ARTICLES.get(code, ()), "to") else words
    bare = _ELIDED.sub("", bare) if code in ("fr", "it") else bare
    seen: set[str] = set()
    infinitive = [f"to {bare}"] if code == ENGLISH_CODE else []
    for word in (words, bare, *_compounds(bare), *infinitive):
        for spelling in (word, word.lower()):
            if spelling and spelling not in seen:
                seen.add(spelling)
                yield spelling


def fold_marks(text: str) -> str:
    """`text` with plain apostrophes and single spaces, without marks around it; case is kept."""
    plain = text.translate(str.maketrans("\u2019\u2018\u02bc`", "''''"))
    return " ".join(plain.split()).strip(' .,;:!?¿¡…"')


def _compounds(word: str) -> Sequence[str]:
    return [word.replace("-", " "), word.replace(" ", "-"), word.replace("-", "").replace(" ", "")]


class FreeDictionary:
    """One FreeDict dictionary; looks headwords up as FreeDict's own index spells them."""

    def __init__(self, folder: Path, pair: str) -> None:
        self._dictionary = Dictionary(
            folder / f"freedict-{pair}.index", folder / f"freedict-{pair}.dict.dz"
        )
        title = "".join(self._dictionary.entries("00databaseshort"))
        self._glossed = "WikDict" in title

    def look_up(self, words: str) -> list[str]:
        found: list[str] = []
        for headword in dict.fromkeys((words.lower(), words)):
            for entry in self._dictionary.entries(headword):
                for word in equivalents(entry, glossed=self._glossed):
                    if word not in found:
                        found.append(word)
        return found

    def __contains__(self, headword: str) -> bool:
        return headword in self._dictionary


def installed_pairs(folder: Path) -> list[str]:
    """The pairs installed, as FreeDict writes them, e.g. "eng-fra"."""
    if not folder.is_dir():
        return []
    matches = (_FILE.fullmatch(path.name) for path in sorted(folder.iterdir()))
    pairs = [f"{match.group(1)}-{match.group(2)}" for match in matches if match]
    return [pair for pair in pairs if (folder / f"freedict-{pair}.dict.dz").is_file()]


class FreeDictEngine:
    """Looks words up in the installed dictionaries; each is opened when first asked for."""

    name = "freedict"
    kind = Kind.WORDS

    def __init__(self, folder: Path, languages: LanguageTable) -> None:
        self._folder = folder
        self._pairs: Mapping[tuple[str, str], str] = _by_codes(installed_pairs(folder), languages)
        self._codes = sorted({code for pair in self._pairs for code in pair})
        self._open: dict[str, FreeDictionary | None] = {}
        self._opening = threading.Lock()
        self._look_up = lru_cache(CACHED_LOOK_UPS)(self._look_up_now)

    def pairs(self) -> Collection[tuple[str, str]]:
        return self._pairs.keys()

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        # A word takes some 3 ms, opening a large index 150: other requests go on meanwhile.
        return await asyncio.to_thread(self.look_up, text, source.code, target.code)

    async def known_words(self, words: Sequence[str], code: str) -> int:
        """How many of the words are headwords of a dictionary from this language."""
        return await asyncio.to_thread(self._known, words, code)

    async def stop(self) -> None:
        """Nothing runs; the dictionaries stay open, mapped and not read."""

    def look_up(self, text: str, source: str, target: str) -> list[str]:
        """The equivalents of the first spelling that has some, best first."""
        if len(text.split()) > MAX_WORDS or (source, target) not in self._pairs:
            return []
        for word in spellings(text, source):
            if self._look_up(source, target, word):
                return self._ranked(word, source, target)
        return []

    def _ranked(self, word: str, source: str, target: str) -> list[str]:
        candidates = self._look_up(source, target, word)[:MAX_CANDIDATES]
        witnesses = self._witnesses(word, candidates, source, target)
        order = {one: (-witnesses[_key(one)], place) for place, one in enumerate(candidates)}
        return sorted(candidates, key=order.__getitem__)[:MAX_RESULTS]

    def _witnesses(
        self, word: str, candidates: Sequence[str], source: str, target: str
    ) -> Counter[str]:
        """How many dictionaries besides the forward one lead to each candidate."""
        found: Counter[str] = Counter()
        found.update({_key(one) for one in candidates if self._leads(target, source, one, [word])})
        for third in self._codes:
            over = self._look_up(source, third, word)[:MAX_OVER] if third != target else ()
            if not over or third == source:
                continue
            if (third, target) in self._pairs:
                ends = (self._look_up(third, target, one) for one in over)
                found.update({_key(one) for words in ends for one in words})
            else:
                found.update(
                    {_key(one) for one in candidates if self._leads(target, third, one, over)}
                )
        return found

    def _leads(self, source: str, target: str, word: str, wanted: Sequence[str]) -> bool:
        keys = {_key(one) for one in wanted}
        return any(_key(one) in keys for one in self._look_up(source, target, word))

    def _look_up_now(self, source: str, target: str, word: str) -> tuple[str, ...]:
        dictionary = self._dictionary(source, target)
        return tuple(dictionary.look_up(word)) if dictionary is not None else ()

    def _known(self, words: Sequence[str], code: str) -> int:
        pairs = [pair for pair in self._pairs if pair[0] == code]
        dictionaries = [one for one in (self._dictionary(*pair) for pair in pairs) if one]
        return sum(any(word.lower() in one for one in dictionaries) for word in words)

    def _dictionary(self, source: str, target: str) -> FreeDictionary | None:
        pair = self._pairs.get((source, target))
        if pair is None:
            return None
        with self._opening:
            if pair not in self._open:
                try:
                    self._open[pair] = FreeDictionary(self._folder, pair)
                except DictionaryError:
                    self._open[pair] = None
            return self._open[pair]


def _key(word: str) -> str:
    """One key for "to eat" and "eat": dictionaries differ on these."""
    return fold(word).removeprefix("to ")


def _by_codes(pairs: list[str], languages: LanguageTable) -> dict[tuple[str, str], str]:
    by_codes: dict[tuple[str, str], str] = {}
    for pair in pairs:
        source, target = (languages.by_code(code) for code in pair.split("-"))
        if source is not None and target is not None:
            by_codes[source.code, target.code] = pair
    return by_codes
