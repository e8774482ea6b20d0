"""From a value to its subject: "element with symbol Au", "country whose capital is Lima".

Only for attributes that attributes.toml marks `reverse`, and only where the query turns round: a
word as "with" or "whose", or the kind of what is asked for ("which element …"). "Lima's capital"
does not, and finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.retrieval.analysis.words import tokens
from services.retrieval.facts.attributes import AttributeTable, Reading
from services.retrieval.facts.corpus import Corpus


class Reverse:
    def __init__(
        self,
        corpus: Corpus,
        table: AttributeTable,
        weight: Callable[[str], float],
        value_share: float,
    ) -> None:
        self._corpus = corpus
        self._table = table
        self._weight = weight
        self._value_share = value_share

    def find(self, words: Sequence[str]) -> list[int]:
        """Facts whose value the query gives, of the reading whose phrase took most words."""
        kinds = self._kinds_named(words)
        if not kinds and self._table.reverse_hints.isdisjoint(words):
            return []
        best: dict[int, int] = {}
        for reading in self._table.readings(words):
            if reading.attribute is None or not reading.attribute.reverse:
                continue
            given = self._given(reading)
            for fact_id in self._corpus.values.having(reading.attribute.name, given):
                fact = self._corpus.facts[fact_id]
                if (not kinds or fact.kind in kinds) and self._is_meant(reading.left, fact.value):
                    best[fact_id] = max(best.get(fact_id, 0), reading.specificity)
        most = max(best.values(), default=0)
        return [fact_id for fact_id, specificity in best.items() if specificity == most]

    def _kinds_named(self, words: Sequence[str]) -> set[str]:
        return {
            kind for kind, kind_words in self._table.kinds.items() if kind_words.intersection(words)
        }

    def _given(self, reading: Reading) -> set[str]:
        """The words that can only be the value; a lone stop word may be one (`He` is helium)."""
        terms = {term for term in reading.terms if not self._is_aside(term)}
        return terms or set(reading.left[-1:])

    def _is_aside(self, term: str) -> bool:
        table = self._table
        return term in table.kind_words or term in table.filler or term in table.reverse_hints

    def _is_meant(self, words: Sequence[str], value: str) -> bool:
        """Whether the words mean the whole value; a part of a number means nothing."""
        whole = set(tokens(value))
        given = whole.intersection(words)
        rest = whole - given
        if any(term.isdigit() for term in whole):
            return not rest
        mass = sum(map(self._weight, given))
        return mass >= self._value_share * (mass + sum(map(self._weight, rest)))
