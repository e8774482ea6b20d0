r"""Whether what has to stay as it is stays: numbers, addresses, placeholders, names, lines.

    python -m evaluation.translation.kept

Puts the texts of kept.tsv (a text, and the strings that its translation must hold as often as the
text does, `|` between them; `\n` is a line's end) to the translator as a whole, from English into
the languages with an engine for sentences, and prints how many translations keep everything, how
many were declined, and each that broke something. Does not cover: whether the rest is translated
well.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from evaluation.translation.installed import installed_engines
from evaluation.translation.sets import FOLDER
from services.chassis import load_settings
from services.translator.engines.interface import EngineError
from services.translator.quality import read_quality
from services.translator.reading.languages import ENGLISH_CODE, build_language_table
from services.translator.settings import PREFIX, Settings
from services.translator.translate import Translator

TARGETS = ("es", "ca", "fr", "it", "pt")


@dataclass(frozen=True, slots=True)
class Case:
    text: str
    kept: tuple[str, ...]

    def broken_in(self, translation: str) -> list[str]:
        """The strings that the translation has not as often as the text."""
        return [one for one in self.kept if translation.count(one) != self.text.count(one)]


def read_cases(path: Path = FOLDER / "kept.tsv") -> list[Case]:
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        text, kept = (cell.replace("\\n", "\n") for cell in line.split("\t"))
        cases.append(Case(text, tuple(kept.split("|"))))
    return cases


async def main() -> None:
    languages = build_language_table()
    engines = installed_engines(load_settings(Settings, PREFIX, os.environ), languages)
    translator = Translator(engines, read_quality(), None, languages)
    english = languages.by_code(ENGLISH_CODE)
    assert english is not None, "the table has English"
    for code in TARGETS:
        target = languages.by_code(code)
        assert target is not None, "a code of the table"
        counts: Counter[str] = Counter()
        for case in read_cases():
            try:
                found = await translator.translate_text(case.text, english, target)
            except EngineError:
                counts["failed"] += 1
                continue
            broken = case.broken_in(found.text) if found else []
            counts["declined" if not found else "broken" if broken else "kept"] += 1
            if found and broken:
                print(f"  en-{code}  {case.text!r} -> {found.text!r}")
        print(f"en-{code}  " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    await translator.stop()


if __name__ == "__main__":
    asyncio.run(main())
