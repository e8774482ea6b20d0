"""The phrasebook engine: our own list of everyday words and phrases.

Covers: reading phrases/phrases.tsv and answering from it, from English or between any two of its
languages. Each cell is confirmed by a second source; phrases/check.py does that. Does not cover:
words that are not in the list, inflected forms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

from services.translator.engines.interface import Kind
from services.translator.reading.languages import ENGLISH_CODE, Language, LanguageTable, fold

PHRASES_FOLDER = Path(__file__).parent.parent / "phrases"


# Short forms of English as the list may write them in full: "what's your name".
_SHORT_FORMS = tuple(
    (re.compile(rf"\b{short}\b"), full)
    for short, full in (
        (r"(what|where|who|how|when|that|it|there|here|he|she)'s", r"\1 is"),
        ("i'm", "i am"),
        (r"(you|we|they)'re", r"\1 are"),
        ("(?:can't|can not)", "cannot"),
        (r"(do|does|did|is|are|was|were|have|has)n't", r"\1 not"),
    )
)


class PhraseListError(Exception):
    """The phrase list is malformed; the message names file and line."""


@dataclass(frozen=True)
class PhraseTable:
    """The list: row i is `english[i]` and, per language, `columns[language][i]` ("" = none)."""

    english: list[str]
    columns: dict[str, list[str]] = field(default_factory=dict)

    @property
    def languages(self) -> list[str]:
        """ISO 639-3 codes, in the file's order."""
        return list(self.columns)

    def column(self, language: str) -> list[str]:
        return self.columns[language]


def read_phrases(path: Path) -> PhraseTable:
    """Read a tab-separated list whose first line is `english` and ISO 639-3 codes."""
    lines = unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).splitlines()
    header = lines[0].split("\t") if lines else []
    if header[:1] != ["english"] or len(header) < 2:
        raise PhraseListError(f"{path}: line 1 must name `english` and at least one language")
    rows = [line.split("\t") for line in lines[1:]]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header) or not row[0]:
            raise PhraseListError(f"{path}: line {number}: {len(row)} cells, not {len(header)}")
    return PhraseTable(
        english=[row[0] for row in rows],
        columns={code: [row[place] for row in rows] for place, code in enumerate(header) if place},
    )


class Phrasebook:
    """Answers from a phrase table. Codes inside are CLDR's, as everywhere in this service."""

    name = "phrasebook"
    kind = Kind.PHRASES

    def __init__(self, table: PhraseTable, languages: LanguageTable) -> None:
        self._cells: dict[str, list[str]] = {ENGLISH_CODE: table.english}
        for column in table.languages:
            language = languages.by_code(column)
            if language is None:
                raise PhraseListError(f"phrase list: {column!r} is not a language code")
            self._cells[language.code] = table.column(column)
        self._rows = {code: _index(cells, code) for code, cells in self._cells.items()}

    @property
    def codes(self) -> list[str]:
        return list(self._cells)

    def pairs(self) -> Collection[tuple[str, str]]:
        return [(source, target) for source, target in permutations(self._cells, 2)]

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        cells = self._cells.get(target.code)
        if cells is None or source.code not in self._cells:
            return []
        rows = self._rows[source.code].get(_key(text, source.code), ())
        return list(dict.fromkeys(cells[row] for row in rows if cells[row]))

    async def stop(self) -> None:
        """Nothing runs."""


def _key(text: str, code: str) -> str:
    key = fold(text)
    for short, full in _SHORT_FORMS if code == ENGLISH_CODE else ():
        key = short.sub(full, key)
    return key


def _index(cells: list[str], code: str) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        if cell:
            index.setdefault(_key(cell, code), []).append(row)
    if code == ENGLISH_CODE:
        # "eat" finds "to eat" unless the list has "eat" itself.
        for row, cell in enumerate(cells):
            if cell.startswith("to "):
                index.setdefault(fold(cell).removeprefix("to "), [row])
    return index
