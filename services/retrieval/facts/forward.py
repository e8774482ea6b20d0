"""From a subject to its facts: "Peru's capital", "How old is Rafael Nadal?", "Eiffel Tower"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.retrieval.facts.attributes import AttributeTable, Reading
from services.retrieval.facts.corpus import Corpus
from services.retrieval.facts.entities import Entity
from services.retrieval.facts.matching import Match, Matcher
from services.retrieval.facts.query import Query


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A subject that a reading is about, and its facts that answer, best first."""

    match: Match
    reading: Reading
    answers: tuple[int, ...]
    also: tuple[int, ...]
    """Facts that may follow the answers."""
    direct: bool
    """The first answer is of the attribute itself, not of one that answers in its place."""

    @property
    def asked(self) -> bool:
        """Whether the query asks for an attribute."""
        return self.reading.attribute is not None


class Forward:
    def __init__(self, corpus: Corpus, table: AttributeTable, matcher: Matcher) -> None:
        self._corpus = corpus
        self._table = table
        self._matcher = matcher

    def find(self, query: Query) -> list[Found]:
        """The subjects of the reading that fits best: names in full before parts of names, then
        the reading whose phrase took most words."""
        found: list[Found] = []
        candidates: dict[tuple[str, ...], list[Entity]] = {}
        for reading in self._table.readings(query.words):
            if reading.turned:
                continue
            terms = self._matcher.terms(query, reading)
            if terms not in candidates:
                candidates[terms] = self._matcher.worth_testing(
                    terms, self._corpus.entities.named(terms)
                )
            found.extend(self._answers(query, reading, candidates[terms]))
        if not found:
            return []
        best = max(map(_fit, found))
        return [one for one in found if _fit(one) == best]

    def _answers(self, query: Query, reading: Reading, candidates: list[Entity]) -> Iterator[Found]:
        offices = self._table.offices_held(query.words, reading.places)
        for entity in candidates:
            if reading.attribute and entity.facts.keys().isdisjoint(reading.attribute.answers):
                continue
            match = self._matcher.match(query, reading, entity)
            if match is None or not offices <= match.named:
                continue
            answers, also = self._facts_of(entity, reading)
            if answers:
                asked = reading.attribute.name if reading.attribute else None
                direct = asked is None or entity.facts.get(asked) == answers[0]
                yield Found(match, reading, answers, also, direct)

    def _facts_of(
        self, entity: Entity, reading: Reading
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        known = self._corpus.known(entity)
        if reading.attribute is None:
            return tuple(known[name] for name in sorted(known, key=self._table.order)), ()
        answers = tuple(
            known[name]
            for name in reading.attribute.answers
            if name in known and self._corpus.said(known[name], reading.said)
        )[:1]
        also = (known[name] for name in reading.attribute.also if name in known)
        return answers, tuple(fact_id for fact_id in also if fact_id not in answers)


def _fit(found: Found) -> tuple[bool, int, bool, bool, int]:
    match, reading = found.match, found.reading
    return match.exact, reading.specificity, found.direct, reading.named, match.support
