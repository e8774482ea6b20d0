"""Checks the phrase list against second sources and writes the part that ships.

    python -m services.translator.phrases.check [--write]

Reads phrases/candidates.tsv (everything we wrote), asks every source installed on this machine
(evidence.py says which there are), prints the share confirmed by language and by source and each
unconfirmed cell. With --write, writes phrases/phrases.tsv (confirmed cells only) and
phrases/phrases_checked.tsv (the evidence of each). Does not cover: whether a source is right.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections import Counter
from pathlib import Path

from services.translator.engines.cldr import Cldr
from services.translator.engines.phrasebook import PHRASES_FOLDER, PhraseTable, read_phrases
from services.translator.phrases.evidence import (
    Dictionaries,
    apertium_evidence,
    bare,
    cldr_evidence,
    numbers,
)
from services.translator.reading.languages import build_language_table
from services.translator.settings import Settings

Evidence = dict[tuple[str, str], str]
"""(English phrase, ISO 639-3 code) -> the evidence for that cell."""

NUM2WORDS_CODES = {
    "fra": "fr",
    "spa": "es",
    "deu": "de",
    "ita": "it",
    "por": "pt_BR",
    "nld": "nl",
    "cat": "ca",
    "swe": "sv",
    "pol": "pl",
    "ind": "id",
}


def direct_evidence(table: PhraseTable, language: str, dictionaries: Dictionaries) -> Evidence:
    """Evidence that leads from English to this language's cells, whole phrases only."""
    found: Evidence = {}
    cldr, known_numbers = Cldr(), numbers(NUM2WORDS_CODES[language])
    known = build_language_table().by_code(language)
    locale = known.locale if known else language
    cells = table.column(language)
    machine = apertium_evidence(language, table.english, cells)
    for english, cell, translated in zip(table.english, cells, machine, strict=True):
        if not cell:
            continue
        pair = dictionaries.link("eng", english, language, cell)
        if cldr_evidence(cldr, locale, english, cell):
            found[english, language] = "cldr"
        elif known_numbers.get(english) == bare(cell):
            found[english, language] = "num2words"
        elif pair is not None:
            found[english, language] = f"freedict:{pair}"
        elif translated:
            found[english, language] = translated
    return found


def further_evidence(table: PhraseTable, dictionaries: Dictionaries, direct: Evidence) -> Evidence:
    """Evidence for the cells without a direct one: across languages, then word by word."""
    found: Evidence = {}
    for row, english in enumerate(table.english):
        cells = {language: table.column(language)[row] for language in table.languages}
        for language, cell in cells.items():
            if not cell or (english, language) in direct:
                continue
            for other, other_cell in cells.items():
                if (english, other) in direct and other != language:
                    pair = dictionaries.link(other, other_cell, language, cell)
                    if pair is not None:
                        found[english, language] = f"across:{pair}"
                        break
            else:
                if " " in english and dictionaries.word_by_word(english, language, cell):
                    found[english, language] = f"words:eng-{language}"
    return found


def check(table: PhraseTable, freedict: Path) -> Evidence:
    dictionaries = Dictionaries(freedict)
    direct: Evidence = {}
    for language in table.languages:
        direct |= direct_evidence(table, language, dictionaries)
    for place, address in read_by_hand(table).items():
        direct.setdefault(place, f"page:{address}")
    return direct | further_evidence(table, dictionaries, direct)


def read_by_hand(table: PhraseTable) -> Evidence:
    """What one of us found, word for word, on a page about the language (phrases/phrases_read.tsv).

    Counts only while the list still says what was read.
    """
    lines = (PHRASES_FOLDER / "phrases_read.tsv").read_text(encoding="utf-8").splitlines()[1:]
    found: Evidence = {}
    for english, language, text, address in (line.split("\t") for line in lines):
        if table.column(language)[table.english.index(english)] == text:
            found[english, language] = address
    return found


def report(table: PhraseTable, evidence: Evidence) -> str:
    lines: list[str] = []
    for language in table.languages:
        cells = [
            (english, cell)
            for english, cell in zip(table.english, table.column(language), strict=True)
            if cell
        ]
        missing = [
            (english, cell) for english, cell in cells if (english, language) not in evidence
        ]
        share = 1 - len(missing) / max(1, len(cells))
        kinds = Counter(
            evidence[english, language].split(":")[0]
            for english, _ in cells
            if (english, language) in evidence
        )
        by_kind = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        lines.append(
            f"{language}  {len(cells) - len(missing)}/{len(cells)}  {share:.1%}  {by_kind}"
        )
        lines += [f"  unconfirmed  {english} -> {cell}" for english, cell in missing]
    return "\n".join(lines)


def write(table: PhraseTable, evidence: Evidence) -> None:
    """The confirmed cells, and beside them their evidence; rows left empty are dropped."""
    phrases = ["\t".join(("english", *table.languages))]
    checked = ["english\tlanguage\tevidence"]
    for row, english in enumerate(table.english):
        cells = [
            table.column(language)[row] if (english, language) in evidence else ""
            for language in table.languages
        ]
        if not any(cells):
            continue
        phrases.append(unicodedata.normalize("NFC", "\t".join((english, *cells))))
        checked += [
            f"{english}\t{language}\t{evidence[english, language]}"
            for language, cell in zip(table.languages, cells, strict=True)
            if cell
        ]
    (PHRASES_FOLDER / "phrases.tsv").write_text("\n".join(phrases) + "\n", encoding="utf-8")
    (PHRASES_FOLDER / "phrases_checked.tsv").write_text("\n".join(checked) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write the confirmed cells")
    arguments = parser.parse_args()
    table = read_phrases(PHRASES_FOLDER / "candidates.tsv")
    evidence = check(table, Settings().freedict_dir)
    print(report(table, evidence))
    if arguments.write:
        write(table, evidence)


if __name__ == "__main__":
    main()
