"""Checks the everyday phrases against second sources and writes the part that is evaluated.

    python -m evaluation.translation.check [--write]

Reads candidates.tsv (everything we wrote: an English phrase, and per language the translations
that a speaker would accept, `|` between them; the English may have further phrases for the way
back) and asks the sources installed on this machine (sources.py says which, and what counts as
one). With --write, writes everyday.tsv and everyday_checked.tsv (the sources of each translation).

A cell is kept when one of its translations has two sources; its other translations, and further
English phrases, are kept when they have one. Does not cover: whether two sources copied a third.
Phrases that the service's own list has are left out: the list would be judged on itself.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from evaluation.translation.sets import FOLDER, accepted
from evaluation.translation.sources import ENGLISH, Evidence, gather
from services.translator.engines.phrasebook import PHRASES_FOLDER, PhraseTable, read_phrases
from services.translator.reading.languages import fold
from services.translator.settings import Settings

ENOUGH = 2
Kept = Mapping[tuple[str, str], Mapping[str, set[str]]]
"""(English, language) -> the translations kept and their sources."""


def confirmed(sources: Mapping[str, set[str]]) -> list[str]:
    """The translations of one cell that are kept; [] when the cell is left out."""
    if max((len(found) for found in sources.values()), default=0) < ENOUGH:
        return []
    return [text for text, found in sources.items() if found]


def keep(evidence: Evidence, listed: set[str]) -> Kept:
    """What is evaluated. listed: folded phrases, without "to", of the service's own list."""
    cells: dict[tuple[str, str], dict[str, set[str]]] = {}
    for (english, language, text), sources in evidence.items():
        if fold(english).removeprefix("to ") not in listed:
            cells.setdefault((english, language), {})[text] = sources
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for place, cell in cells.items():
        texts = [text for text in cell if cell[text]] if place[1] == ENGLISH else confirmed(cell)
        if texts:
            found[place] = {text: cell[text] for text in texts}
    return found


def own_list(path: Path) -> set[str]:
    """The phrases that the service's list has, folded, without "to"."""
    return {fold(english).removeprefix("to ") for english in read_phrases(path).english}


def report(table: PhraseTable, found: Kept) -> str:
    lines = []
    for language in table.languages:
        written = [
            (accepted(english)[0], cell)
            for english, cell in zip(table.english, table.column(language), strict=True)
            if cell
        ]
        missing = [(english, cell) for english, cell in written if (english, language) not in found]
        lines.append(f"{language}  {len(written) - len(missing)}/{len(written)} kept")
        lines += [f"  left out  {english} -> {cell}" for english, cell in missing]
    return "\n".join(lines)


def write(table: PhraseTable, found: Kept) -> None:
    rows = ["\t".join(("english", *table.languages))]
    checked = ["english\tlanguage\ttranslation\tsources"]
    for english in (accepted(cell)[0] for cell in table.english):
        cells = [found.get((english, language), {}) for language in table.languages]
        if not any(cells):
            continue
        others = found.get((english, ENGLISH), {})
        rows.append("\t".join(("|".join((english, *others)), *("|".join(cell) for cell in cells))))
        for language, cell in zip((ENGLISH, *table.languages), (others, *cells), strict=True):
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
    evidence = gather(table, Settings().freedict_dir)
    found = keep(evidence, own_list(PHRASES_FOLDER / "phrases.tsv"))
    print(report(table, found))
    if arguments.write:
        write(table, found)


if __name__ == "__main__":
    main()
