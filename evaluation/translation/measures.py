"""Figures of a list of translations: chrF, BLEU, exact match and coverage.

Covers: the two kinds of texts, each with declines counted and left out. Does not cover: asking the
engines (asking.py), the texts (sets.py).

chrF (Popović 2015) and BLEU (Papineni et al. 2002) are sacrebleu's (Post 2018), over the whole
list, with all references of a text; their signatures say the variant. A declined text counts as an
empty translation in the figures "of all".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from evaluation.translation.sets import Item
from services.translator.reading.languages import ENGLISH_CODE, fold

LISTED = 5
"""How many results a user is taken to look at."""

Answers = Sequence[Sequence[str]]
"""The results of each text, best first; [] where it was declined."""


@dataclass(frozen=True, slots=True)
class SentenceFigures:
    """chrF and BLEU from 0 to 100; `answered` of `asked` sentences were translated."""

    asked: int
    answered: int
    chrf: float
    bleu: float
    chrf_answered: float
    bleu_answered: float


@dataclass(frozen=True, slots=True)
class PhraseFigures:
    """How many of `asked` phrases were answered, had an accepted translation first, or among the
    first LISTED."""

    asked: int
    answered: int
    first: int
    listed: int

    @property
    def exact(self) -> float:
        """Share with an accepted translation first, 0 to 1, declines counted as wrong."""
        return self.first / self.asked if self.asked else 0.0

    @property
    def exact_answered(self) -> float:
        """The same share of those answered."""
        return self.first / self.answered if self.answered else 0.0


def judge_sentences(items: Sequence[Item], answers: Answers) -> SentenceFigures:
    """The figures of each text's first result."""
    first = [found[0] if found else "" for found in answers]
    done = [(item, text) for item, text in zip(items, first, strict=True) if text]
    chrf, bleu = _scores(items, first)
    chrf_answered, bleu_answered = _scores([item for item, _ in done], [text for _, text in done])
    return SentenceFigures(len(items), len(done), chrf, bleu, chrf_answered, bleu_answered)


def judge_phrases(items: Sequence[Item], answers: Answers, target: str) -> PhraseFigures:
    """How often what was found is accepted, letter case and outer punctuation aside."""
    first = listed = 0
    for item, found in zip(items, answers, strict=True):
        accepted = {plain(text, target) for text in item.references}
        right = [plain(text, target) in accepted for text in found[:LISTED]]
        first += bool(right) and right[0]
        listed += any(right)
    return PhraseFigures(len(items), sum(map(bool, answers)), first, listed)


def signatures() -> str:
    """What sacrebleu says of the two measures, with several references."""
    chrf, bleu = CHRF(), BLEU()
    columns = _columns([Item("a", ["a b c d", "a b"]), Item("a", ["e f"])])
    for measure in (chrf, bleu):
        measure.corpus_score(["a b c d", "e f"], columns)
    return f"chrF {chrf.get_signature()}; BLEU {bleu.get_signature()}"


def _scores(items: Sequence[Item], texts: Sequence[str]) -> tuple[float, float]:
    if not items:
        return 0.0, 0.0
    columns = _columns(items)
    return (
        CHRF().corpus_score(list(texts), columns).score,
        BLEU().corpus_score(list(texts), columns).score,
    )


def _columns(items: Sequence[Item]) -> list[list[str]]:
    """References as sacrebleu takes them: the first of every text, the second of every text, and so
    on. None stands where a text has fewer (its types do not say so): an empty string would be a
    reference of length 0, and spoil BLEU's brevity penalty."""
    return [list(column) for column in zip_longest(*(item.references for item in items))]


def plain(text: str, target: str) -> str:
    """A key under which texts count as the same: letter case and outer punctuation aside, and, in
    English, the "to" of an infinitive."""
    key = fold(text)
    return key.removeprefix("to ") if target == ENGLISH_CODE else key
