"""What else says that an everyday phrase has a translation: the sources, and which are independent.

Covers: FreeDict, Apertium and CLDR as far as installed, through services/translator/phrases/
evidence.py. Does not cover: how many sources are enough (check.py).

What counts as one source, so that two are independent:

    freedict:A-B   the dictionary of a pair, there and back together: the older ones were made
                   from each other
    wikdict        all dictionaries that WikDict made from Wiktionary, whichever the pair
    apertium:A-B   the pair at the language's end of the way from English, there and back together
    cldr           names of days and months

A dictionary between two other languages counts too, from a translation that English leads to.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from evaluation.translation.sets import accepted
from services.translator.engines.cldr import Cldr
from services.translator.engines.dictd import Dictionary
from services.translator.engines.phrasebook import PhraseTable
from services.translator.phrases.evidence import (
    APERTIUM_BACK_CHAINS,
    APERTIUM_CHAINS,
    Dictionaries,
    apertium_batch,
    bare,
    cldr_evidence,
)
from services.translator.reading.languages import build_language_table

ENGLISH = "eng"
Place = tuple[str, str, str]
"""English phrase, ISO 639-3 code, one translation (code "eng": another English phrase)."""
Evidence = dict[Place, set[str]]


def gather(table: PhraseTable, freedict: Path) -> Evidence:
    """The sources of every translation, and of every further English phrase."""
    evidence: Evidence = {place: set() for place in _places(table)}
    dictionaries = Dictionaries(freedict)
    locales = {code: _locale(code) for code in table.languages}
    cldr = Cldr()
    for (english, language, text), sources in evidence.items():
        pair = dictionaries.link(ENGLISH, english, language, text)
        if pair is not None:
            sources.add(publisher(freedict, pair))
        if cldr_evidence(cldr, locales[language], english, text):
            sources.add("cldr")
    if shutil.which("apertium") is not None:
        for language in table.languages:
            _add_apertium(evidence, language)
    _add_across(evidence, dictionaries, freedict)
    return evidence | _other_english(table, evidence, dictionaries, freedict)


def _places(table: PhraseTable) -> Iterator[Place]:
    for language in table.languages:
        for english, cell in zip(table.english, table.column(language), strict=True):
            for text in accepted(cell):
                yield accepted(english)[0], language, text


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
    """What dictionaries between the other languages say, from what English leads to."""
    from_english: dict[str, list[Place]] = {}
    for place, sources in evidence.items():
        if sources:
            from_english.setdefault(place[0], []).append(place)
    for (english, language, text), sources in evidence.items():
        for _, other, other_text in from_english.get(english, ()):
            pair = dictionaries.link(other, other_text, language, text)
            if pair is not None and other != language:
                sources.add(publisher(freedict, pair))


def _other_english(
    table: PhraseTable, evidence: Evidence, dictionaries: Dictionaries, freedict: Path
) -> Evidence:
    """The sources of further English phrases of a row: what leads to its translations."""
    found: Evidence = {}
    for cell in table.english:
        first, *others = accepted(cell)
        for other in others:
            links = (
                dictionaries.link(ENGLISH, other, language, text)
                for (english, language, text), sources in evidence.items()
                if english == first and sources
            )
            found[first, ENGLISH, other] = {publisher(freedict, pair) for pair in links if pair}
    return found


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
