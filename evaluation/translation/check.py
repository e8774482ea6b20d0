"""Checks the everyday phrases against second sources and writes the part that is evaluated.

    python -m evaluation.translation.check [--write]

Reads candidates.tsv (everything we wrote: an English phrase, and per language the translations
that a speaker would accept, `|` between them) and asks the sources installed on this machine
(services/translator/phrases/evidence.py says which there are). With --write, writes everyday.tsv
and everyday_checked.tsv (the evidence of each cell).

A cell is kept when one of its translations has two sources; its other translations are kept when
they have one. What counts as one source, so that two are independent:

    freedict:A-B   the dictionary of a pair, there and back together: the older ones were made
                   from each other
    wikdict        all dictionaries that WikDict made from Wiktionary, whichever the pair
    apertium:A-B   the pair at the language's end of the way from English, there and back together
    cldr           names of days and months

A dictionary between two other languages counts too, from a cell that English leads to. Does not
cover: whether two sources copied a third, and phrases that the service's own list has: they are
left out, since the list would be judged on itself.
"""

from __future__ import annotations

import argparse
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from evaluation.translation.sets import FOLDER, accepted
from services.translator.engines.cldr import Cldr
from services.translator.engines.dictd import Dictionary
from services.translator.engines.phrasebook import PHRASES_FOLDER, PhraseTable, read_phrases
from services.translator.phrases.evidence import (
    APERTIUM_BACK_CHAINS,
    APERTIUM_CHAINS,
    Dictionaries,
    apertium_batch,
    bare,
    cldr_evidence,
)
from services.translator.reading.languages import build_language_table, fold
from services.translator.settings import Settings

ENOUGH = 2
Place = tuple[str, str, str]
"""English phrase, ISO 639-3 code, one translation."""
Evidence = dict[Place, set[str]]


def places(table: PhraseTable) -> Iterator[Place]:
    for language in table.languages:
        for english, cell in zip(table.english, table.column(language), strict=True):
            for text in accepted(cell):
                yield english, language, text


def gather(table: PhraseTable, freedict: Path) -> Evidence:
    """The sources of every translation."""
    evidence: Evidence = {place: set() for place in places(table)}
    dictionaries = Dictionaries(freedict)
    locales = {code: _locale(code) for code in table.languages}
    cldr = Cldr()
    for english, language, text in evidence:
        pair = dictionaries.link("eng", english, language, text)
        if pair is not None:
            evidence[english, language, text].add(publisher(freedict, pair))
        if cldr_evidence(cldr, locales[language], english, text):
            evidence[english, language, text].add("cldr")
    if shutil.which("apertium") is not None:
        for language in table.languages:
            _add_apertium(evidence, language)
    _add_across(evidence, dictionaries, freedict)
    return evidence


def _add_apertium(evidence: Evidence, language: str) -> None:
    """The pairs that lead from the English to the translation, or back."""
    rows = [place for place in evidence if place[1] == language]
    ways = [(0, 2, chain) for chain in APERTIUM_CHAINS.get(language, ())]
    ways += [(2, 0, chain) for chain in APERTIUM_BACK_CHAINS.get(language, ())]
    for start, end, chain in ways:
        texts = [row[start] for row in rows]
        for mode in chain:
            texts = apertium_batch(mode, texts)
        source = _package(chain[-1] if start == 0 else chain[0])
        for row, text in zip(rows, texts, strict=True):
            if text and bare(text) == bare(row[end]):
                evidence[row].add(source)


def _package(mode: str) -> str:
    """The pair a mode belongs to, whichever way: "spa-cat" and "cat-spa" are one."""
    codes = (code.split("_")[0] for code in mode.split("-"))
    return "apertium:" + "-".join(sorted(codes))


def _add_across(evidence: Evidence, dictionaries: Dictionaries, freedict: Path) -> None:
    """What dictionaries between the other languages say, from cells that English leads to."""
    from_english = [place for place, sources in evidence.items() if sources]
    for english, language, text in evidence:
        for other_english, other, other_text in from_english:
            if other_english != english or other == language:
                continue
            pair = dictionaries.link(other, other_text, language, text)
            if pair is not None:
                evidence[english, language, text].add(publisher(freedict, pair))


@lru_cache
def publisher(folder: Path, pair: str) -> str:
    """The source that a pair's dictionary counts as."""
    files = (folder / f"freedict-{pair}.index", folder / f"freedict-{pair}.dict.dz")
    if "WikDict" in "".join(Dictionary(*files).entries("00databaseshort")):
        return "wikdict"
    return "freedict:" + "-".join(sorted(pair.split("-")))


def _locale(code: str) -> str:
    language = build_language_table().by_code(code)
    return code if language is None else language.locale


def confirmed(sources: Mapping[str, set[str]]) -> list[str]:
    """The translations of one cell that are kept; [] when the cell is left out."""
    if max((len(found) for found in sources.values()), default=0) < ENOUGH:
        return []
    return [text for text, found in sources.items() if found]


def kept(table: PhraseTable, evidence: Evidence) -> dict[tuple[str, str], dict[str, set[str]]]:
    """(English, language) -> the translations kept and their sources."""
    listed = {fold(english) for english in read_phrases(PHRASES_FOLDER / "phrases.tsv").english}
    listed |= {english.removeprefix("to ") for english in listed}
    cells: dict[tuple[str, str], dict[str, set[str]]] = {}
    for english, language, text in places(table):
        if fold(english) not in listed and fold(english).removeprefix("to ") not in listed:
            cell = cells.setdefault((english, language), {})
            cell[text] = evidence[english, language, text]
    keep = {place: confirmed(sources) for place, sources in cells.items()}
    return {
        place: {text: cells[place][text] for text in texts}
        for place, texts in keep.items()
        if texts
    }


def report(table: PhraseTable, found: Mapping[tuple[str, str], Mapping[str, set[str]]]) -> str:
    lines = []
    for language in table.languages:
        written = [
            (english, cell)
            for english, cell in zip(table.english, table.column(language), strict=True)
            if cell
        ]
        missing = [(english, cell) for english, cell in written if (english, language) not in found]
        lines.append(f"{language}  {len(written) - len(missing)}/{len(written)} kept")
        lines += [f"  left out  {english} -> {cell}" for english, cell in missing]
    return "\n".join(lines)


def write(table: PhraseTable, found: Mapping[tuple[str, str], Mapping[str, set[str]]]) -> None:
    rows = ["\t".join(("english", *table.languages))]
    checked = ["english\tlanguage\ttranslation\tsources"]
    for english in table.english:
        cells = [found.get((english, language), {}) for language in table.languages]
        if not any(cells):
            continue
        rows.append("\t".join((english, *("|".join(cell) for cell in cells))))
        for language, cell in zip(table.languages, cells, strict=True):
            for text, sources in cell.items():
                checked.append(f"{english}\t{language}\t{text}\t{', '.join(sorted(sources))}")
    for name, lines in (("everyday.tsv", rows), ("everyday_checked.tsv", checked)):
        text = unicodedata.normalize("NFC", "\n".join(lines) + "\n")
        (FOLDER / name).write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write the confirmed cells")
    arguments = parser.parse_args()
    table = read_phrases(FOLDER / "candidates.tsv")
    found = kept(table, gather(table, Settings().freedict_dir))
    print(report(table, found))
    if arguments.write:
        write(table, found)


if __name__ == "__main__":
    main()
