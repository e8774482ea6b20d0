"""From a subject to its facts: "Peru's capital", "How old is Rafael Nadal?", "Eiffel Tower"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.retrieval.facts.attributes import AttributeTable, Reading
from services.retrieval.facts.corpus import Corpus
from services.retrieval.facts.entities import Entity
from services.retrieval.facts.matching import Match, Matcher


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A subject that a reading is about, and its facts that answer, best first."""

    match: Match
    reading: Reading
    answers: tuple[int, ...]
    also: tuple[int, ...]
    """Facts that may follow the answers."""


class Forward:
    def __init__(self, corpus: Corpus, table: AttributeTable, matcher: Matcher) -> None:
        self._corpus = corpus
        self._table = table
        self._matcher = matcher

    def find(self, words: Sequence[str]) -> list[Found]:
        """The subjects of the reading that fits best: names in full before parts of names, then
        the reading whose phrase took most words."""
        found: list[Found] = []
        offices = self._table.offices_held(words)
        for reading in self._table.readings(words):
            for match in self._matches(reading):
                if not offices <= match.named:
                    continue
                if one := self._answered(match, reading):
                    found.append(one)
        if not found:
            return []
        best = max(map(_fit, found))
        return [one for one in found if _fit(one) == best]

    def _matches(self, reading: Reading) -> list[Match]:
        return [
            match
            for entity in self._corpus.entities.named(reading.terms)
            if (match := self._matcher.match(reading.terms, entity, reading.attribute))
        ]

    def _answered(self, match: Match, reading: Reading) -> Found | None:
        answers, also = self._facts_of(match.entity, reading)
        return Found(match, reading, answers, also) if answers else None

    def _facts_of(
        self, entity: Entity, reading: Reading
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        known = self._corpus.known(entity)
        if reading.attribute is None:
            return tuple(known[name] for name in sorted(known, key=self._table.order)), ()
        answers = tuple(known[name] for name in reading.attribute.answers if name in known)[:1]
        also = (known[name] for name in reading.attribute.also if name in known)
        return answers, tuple(fact_id for fact_id in also if fact_id not in answers)


def _fit(found: Found) -> tuple[bool, int]:
    return found.match.exact, found.reading.specificity
