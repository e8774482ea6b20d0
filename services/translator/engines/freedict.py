"""The FreeDict engine: single words and set phrases from FreeDict dictionaries, where installed.

Covers: reading equivalents out of an entry's text, and ranking them by whether the dictionary of
the other direction leads back. Does not cover: the files (dictd.py), inflected words, sentences.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from services.translator.engines.dictd import Dictionary, DictionaryError
from services.translator.engines.interface import Kind
from services.translator.reading.languages import Language, LanguageTable, fold

MAX_WORDS = 4
MAX_CANDIDATES = 10
_FILE = re.compile(r"freedict-([a-z]{3})-([a-z]{3})\.index")
_REMARK = re.compile(r'\s*(?:"|-\s|[A-Z]?[a-z]+:\s|\()')
_NUMBER = re.compile(r"\s*(?:[IVX]+\.\s*)?(?:<[^>]*>\s*)?(\d+\.)?\s*")
_TAG = re.compile(r"<[^>]*>|\[[^\]]*\]|\{[^}]*\}|\([^)]*\)")
_NEXT_SENSE = re.compile(r"\s+\d+\.$")


def equivalents(entry: str, *, glossed: bool) -> list[str]:
    """The equivalents an entry gives, in its order.

    glossed: the dictionary puts a definition after each line of equivalents (WikDict's do), so
    only the first line and numbered lines hold equivalents.
    """
    found: list[str] = []
    for position, line in enumerate(entry.split("\n")[1:]):
        number = _NUMBER.match(line)
        numbered = number is not None and number.group(1) is not None
        if not line.strip() or _REMARK.match(line) or (glossed and position > 0 and not numbered):
            continue
        body = _NEXT_SENSE.sub("", line[number.end() :] if number else line)
        for part in re.split(r"[,;]", _TAG.sub("", body)):
            word = " ".join(part.split())
            if word and word not in found:
                found.append(word)
    return found


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
        self._open: dict[str, FreeDictionary | None] = {}

    def pairs(self) -> Collection[tuple[str, str]]:
        return self._pairs.keys()

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        # Reading a large index takes some 10 ms: other requests go on meanwhile.
        return await asyncio.to_thread(self.look_up, text, source.code, target.code)

    async def stop(self) -> None:
        """Nothing runs; the dictionaries stay open, mapped and not read."""

    def look_up(self, text: str, source: str, target: str) -> list[str]:
        if len(text.split()) > MAX_WORDS:
            return []
        forward = self._dictionary(source, target)
        if forward is None:
            return []
        found = forward.look_up(text)
        candidates = [word for word in found if len(word.split()) <= MAX_WORDS][:MAX_CANDIDATES]
        backward = self._dictionary(target, source)
        if backward is None:
            return candidates
        wanted = fold(text)
        confirmed = [
            word for word in candidates if wanted in (fold(back) for back in backward.look_up(word))
        ]
        return confirmed or candidates

    def _dictionary(self, source: str, target: str) -> FreeDictionary | None:
        pair = self._pairs.get((source, target))
        if pair is None:
            return None
        if pair not in self._open:
            try:
                self._open[pair] = FreeDictionary(self._folder, pair)
            except DictionaryError:
                self._open[pair] = None
        return self._open[pair]


def _by_codes(pairs: list[str], languages: LanguageTable) -> dict[tuple[str, str], str]:
    by_codes: dict[tuple[str, str], str] = {}
    for pair in pairs:
        source, target = (languages.by_code(code) for code in pair.split("-"))
        if source is not None and target is not None:
            by_codes[source.code, target.code] = pair
    return by_codes
