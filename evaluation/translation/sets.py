"""The sets that translations are judged on: sentences.tsv and everyday.tsv.

Covers: reading them as pairs of languages. Does not cover: how the second was checked (check.py).

Both are tab-separated; the first line is `english` and ISO 639-3 codes, each row one meaning, each
cell what a speaker would accept, `|` between several, the most literal first. A cell may be empty
in everyday.tsv only. References are ours, so a good translation in other words scores low in
exact match and lower than it should in chrF and BLEU: the figures compare engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.translator.engines.phrasebook import read_phrases
from services.translator.reading.languages import ENGLISH_CODE, LanguageTable

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Item:
    """One text to translate and what is accepted for it, best first, at least one."""

    text: str
    references: Sequence[str]


class TextSet:
    """One file, by pairs of the codes that the translator uses ("en", "fr")."""

    def __init__(self, path: Path, languages: LanguageTable) -> None:
        table = read_phrases(path)
        self._cells: dict[str, list[str]] = {ENGLISH_CODE: table.english}
        for column in table.languages:
            language = languages.by_code(column)
            if language is None:
                raise ValueError(f"{path.name}: {column!r} is not a language code")
            self._cells[language.code] = table.column(column)

    @property
    def codes(self) -> list[str]:
        return list(self._cells)

    def items(self, source: str, target: str) -> list[Item]:
        """Every row that has both languages; the source's first text is what is translated."""
        rows = zip(self._cells.get(source, ()), self._cells.get(target, ()), strict=False)
        return [
            Item(accepted(text)[0], accepted(wanted)) for text, wanted in rows if text and wanted
        ]

    def rows(self) -> list[dict[str, list[str]]]:
        """Every row: the texts of each language, by its code; none where its cell is empty."""
        columns = zip(*self._cells.values(), strict=True)
        return [dict(zip(self._cells, map(accepted, row), strict=True)) for row in columns]


def accepted(cell: str) -> list[str]:
    """The translations in a cell; [] of an empty one."""
    return cell.split("|") if cell else []
