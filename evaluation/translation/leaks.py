"""Whether words of a third language, or of the source, stand in translations unmarked.

    python -m evaluation.translation.leaks

Puts each everyday phrase to the engines for sentences as people type it, as it is, with a capital
and in capitals, for every pair, and counts as a leak what the row has in
another language and not in the target's: "Hammer" in Italian must not be "Martell" because a mode
on the way took a capital for a surname. Words that two languages share are in both cells, or, where
the target has one more synonym than its cell, a false alarm: read the list. Does not cover: leaks
in longer sentences.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping

from evaluation.translation.installed import installed_engines
from evaluation.translation.measures import plain
from evaluation.translation.sets import FOLDER, TextSet
from services.chassis import load_settings
from services.translator.engines.interface import EngineError, Kind
from services.translator.quality import read_quality
from services.translator.reading.languages import build_language_table
from services.translator.settings import PREFIX, Settings
from services.translator.translate import Translator

SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "as written": lambda text: text,
    "with a capital": lambda text: text[:1].upper() + text[1:],
    "in capitals": str.upper,
}


def leaked(answer: str, row: Mapping[str, list[str]], target: str) -> list[str]:
    """The languages whose cell of the row has the answer, when the target's has not."""
    said = plain(answer, target)
    cells = {code: {plain(text, code) for text in texts} for code, texts in row.items()}
    if said in cells.get(target, ()):
        return []
    return sorted(code for code, cell in cells.items() if said in cell)


async def main() -> None:
    languages = build_language_table()
    settings = load_settings(Settings, PREFIX, os.environ)
    engines = [one for one in installed_engines(settings, languages) if one.kind is Kind.SENTENCES]
    translator = Translator(engines, read_quality(), None, languages)
    rows = TextSet(FOLDER / "everyday.tsv", languages).rows()
    for pair in sorted({pair for engine in engines for pair in engine.pairs()}):
        source, target = (languages.by_code(code) for code in pair)
        for name, spell in SPELLINGS.items():
            asked, found = 0, []
            for row in rows:
                if source is None or target is None or not all(row.get(code) for code in pair):
                    continue
                asked += 1
                text = spell(row[pair[0]][0])
                try:
                    answer = await translator.translate_text(text, source, target)
                except EngineError:
                    continue
                codes = leaked(answer.text, row, pair[1]) if answer else []
                found += (
                    [f"{text} -> {answer.text} ({' '.join(codes)})"] if answer and codes else []
                )
            if found:
                print(f"{'-'.join(pair)}, {name}: {len(found)} of {asked}: {'; '.join(found)}")
    await translator.stop()


if __name__ == "__main__":
    asyncio.run(main())
