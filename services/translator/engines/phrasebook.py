"""The phrasebook engine: our own list of everyday words and phrases.

Covers: reading phrases/phrases.tsv and answering from it, from English or between any two of its
languages. Each cell is confirmed by a second source; phrases/check.py does that. Does not cover:
words that are not in the list, inflected forms.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from services.translator.engines.interface import Request
from services.translator.reading.languages import ENGLISH_CODE, LanguageTable, fold

PHRASES_FOLDER = Path(__file__).parent.parent / "phrases"


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

    async def translate(self, request: Request) -> list[str]:
        target = self._cells.get(request.target.code)
        if target is None:
            return []
        found: list[str] = []
        for source in self._sources(request):
            for row in self._rows[source].get(fold(request.text), ()):
                if target[row] and target[row] not in found:
                    found.append(target[row])
        return found

    def _sources(self, request: Request) -> list[str]:
        """The languages to look the text up in: the one given, or else English, or, into English,
        every other one."""
        if request.source is not None:
            return [request.source.code] if request.source.code in self._cells else []
        if request.target.code != ENGLISH_CODE:
            return [ENGLISH_CODE]
        return [code for code in self._cells if code != ENGLISH_CODE]


def _index(cells: list[str], code: str) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        if cell:
            index.setdefault(fold(cell), []).append(row)
    if code == ENGLISH_CODE:
        # "eat" finds "to eat" unless the list has "eat" itself.
        for row, cell in enumerate(cells):
            if cell.startswith("to "):
                index.setdefault(fold(cell).removeprefix("to "), [row])
    return index
