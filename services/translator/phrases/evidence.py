"""Second sources for the phrase list: what else says that a phrase has this translation.

Covers: CLDR (days, months), num2words (numbers), FreeDict dictionaries to and from English and
between the list's languages, Apertium. Used by phrases/check.py only, never by the service.
Does not cover: which phrases ship (phrases/check.py).

Kinds of evidence, strongest first; each names its source:

    cldr              CLDR's own word for a day or month
    num2words         the package's word for a number
    freedict:A-B      the dictionary lists the whole phrase as an equivalent
    apertium:A-B-C    machine translation along these languages gives the whole phrase
    page:ADDRESS      read by hand on that page of a language course or phrase book; only where no
                      source above has it
    across:A-B        a dictionary leads to another language's cell of the row that has one
                      of the above
    words:A-B         every word of the translation is, in the dictionary, an equivalent of one in
                      the English (inflected forms: the same stem); says nothing on word order
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from services.translator.engines.cldr import Cldr
from services.translator.engines.freedict import FreeDictionary, installed_pairs
from services.translator.reading.languages import fold

APERTIUM_CHAINS: dict[str, tuple[tuple[str, ...], ...]] = {
    "spa": (("eng-spa",), ("eng-cat", "cat-spa")),
    "cat": (("eng-cat",), ("eng-spa", "spa-cat")),
    "fra": (("eng-cat", "cat-fra"), ("eng-spa", "es-fr")),
    "ita": (("eng-cat", "cat-ita"), ("eng-spa", "spa-ita")),
    "por": (("eng-cat", "cat-por_BR"), ("eng-spa", "es-pt_BR"), ("eng-spa", "es-pt")),
}
APERTIUM_BACK_CHAINS: dict[str, tuple[tuple[str, ...], ...]] = {
    "spa": (("spa-eng",), ("spa-cat", "cat-eng")),
    "cat": (("cat-eng",), ("cat-spa", "spa-eng")),
    "fra": (("fra-cat", "cat-eng"), ("fr-es", "spa-eng")),
    "ita": (("ita-cat", "cat-eng"), ("ita-spa", "spa-eng")),
    "por": (("por-cat", "cat-eng"), ("pt-es", "spa-eng")),
}
APERTIUM_TIMEOUT_S = 120
STEM_LETTERS = 4

_ARTICLES = {"to", "the", "a", "an"}


def bare(text: str) -> str:
    """`text` folded, without a leading "to" or article: dictionaries differ on these."""
    words = fold(re.sub(r"[,?!¿¡]", " ", text)).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


class Dictionaries:
    """The FreeDict dictionaries installed here."""

    def __init__(self, folder: Path) -> None:
        self._open = {pair: FreeDictionary(folder, pair) for pair in installed_pairs(folder)}

    @lru_cache(maxsize=100_000)  # noqa: B019  one instance, for one run of the check
    def look_up(self, pair: str, words: str) -> frozenset[str]:
        dictionary = self._open.get(pair)
        if dictionary is None:
            return frozenset()
        spellings = {words, fold(words), fold(words).replace(" ", "-"), words.rstrip("?!. ")}
        spellings |= {f"to {bare(words)}"} if pair.startswith("eng-") else set()
        return frozenset(bare(found) for word in spellings for found in dictionary.look_up(word))

    def link(self, first: str, first_text: str, second: str, second_text: str) -> str | None:
        """The pair in which one text is listed for the other, either way; None when in neither."""
        if bare(second_text) in self.look_up(f"{first}-{second}", first_text):
            return f"{first}-{second}"
        if bare(first_text) in self.look_up(f"{second}-{first}", second_text):
            return f"{second}-{first}"
        return None

    def word_by_word(self, english: str, language: str, text: str) -> bool:
        """Whether each word of `text` is listed for some word of `english` (see the module)."""
        english_words = bare(english).replace("'", " ").split()
        known: set[str] = set()
        for word in english_words:
            listed = self.look_up(f"eng-{language}", word)
            known |= {part for found in listed for part in found.split()}
        return all(
            any(_same_stem(word, other) for other in known)
            or bool(self.look_up(f"{language}-eng", word) & set(english_words))
            for word in bare(text).replace("'", " ").split()
        )


def _same_stem(word: str, other: str) -> bool:
    shared = max(STEM_LETTERS, min(len(word), len(other)) - 2)
    return word == other or (len(word) >= shared and word[:shared] == other[:shared])


def apertium_batch(mode: str, texts: Sequence[str]) -> list[str]:
    """Each text through one Apertium mode, as a sentence of its own; "" where a word is unknown."""
    source = "\n\n".join(text if text else "." for text in texts)
    command = ["apertium", mode]
    done = subprocess.run(
        command,
        input=source,
        capture_output=True,
        text=True,
        timeout=APERTIUM_TIMEOUT_S,
        check=True,
    )
    results = done.stdout.strip("\n").split("\n\n")
    if len(results) != len(texts):
        raise RuntimeError(f"apertium {mode}: {len(texts)} texts in, {len(results)} out")
    return ["" if re.search(r"[*#@]", result) else result.strip(" .") for result in results]


def apertium_evidence(language: str, english: Sequence[str], cells: Sequence[str]) -> list[str]:
    """For each row, the chain that gives the cell from the English or back, or ""."""
    evidence = [""] * len(cells)
    if shutil.which("apertium") is None:
        return evidence
    for chains, starts, ends in (
        (APERTIUM_CHAINS, english, cells),
        (APERTIUM_BACK_CHAINS, cells, english),
    ):
        for chain in chains.get(language, ()):
            texts = list(starts)
            for mode in chain:
                texts = apertium_batch(mode, texts)
            for row, (result, wanted) in enumerate(zip(texts, ends, strict=True)):
                if not evidence[row] and result and wanted and bare(result) == bare(wanted):
                    evidence[row] = "apertium:" + "+".join(chain)
    return evidence


def cldr_evidence(cldr: Cldr, locale: str, english: str, cell: str) -> bool:
    return fold(cell) in {fold(name) for name in cldr.days_and_months(english, locale)}


def numbers(language: str) -> Mapping[str, str]:
    """English number word -> this language's, folded; empty when num2words is not installed."""
    try:
        num2words = import_module("num2words").num2words  # optional, for this check only
    except ImportError:
        return {}
    values: Iterable[int] = (*range(21), 30, 40, 50, 60, 70, 80, 90, 100, 1000)
    names = {fold(num2words(n, lang="en")): fold(num2words(n, lang=language)) for n in values}
    return {
        **names,
        "hundred": fold(num2words(100, lang=language)),
        "thousand": fold(num2words(1000, lang=language)),
        "first": fold(num2words(1, to="ordinal", lang=language)),
        "second": fold(num2words(2, to="ordinal", lang=language)),
    }
