"""From a value to its subject: "element with symbol Au", "country whose capital is Lima".

Only for attributes that attributes.toml marks `reverse`, and only where the query turns round: a
word as "with" or "whose", the kind of what is asked for ("which element …"), or one of the
attribute's `turned` phrases ("who was born in …"). "Lima's capital" does not, and finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from services.retrieval.analysis.words import tokens, without_stop_words
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

    def find(self, words: Sequence[str], *, turned_only: bool = False) -> list[int]:
        """Facts whose value the query gives, of the reading whose phrase took most words.

        turned_only: of readings whose phrase turns the question round by itself."""
        kinds = self._kinds_named(words)
        turned = bool(kinds) or not self._table.reverse_hints.isdisjoint(words)
        best: dict[int, int] = {}
        for reading in self._table.readings(words):
            if reading.attribute is None or not reading.attribute.reverse:
                continue
            if not reading.turned and (turned_only or not turned):
                continue
            for fact_id in self._meant(words, reading, kinds):
                best[fact_id] = max(best.get(fact_id, 0), reading.specificity)
        most = max(best.values(), default=0)
        return [fact_id for fact_id, specificity in best.items() if specificity == most]

    def _meant(self, words: Sequence[str], reading: Reading, kinds: Collection[str]) -> list[int]:
        assert reading.attribute is not None
        left = [words[place] for place in reading.places]
        given = self._given(left)
        found = []
        for fact_id in self._corpus.values.having(reading.attribute.name, given):
            fact = self._corpus.facts[fact_id]
            spoken = words if reading.turned else left
            if (not kinds or fact.kind in kinds) and self._is_meant(spoken, fact.value):
                found.append(fact_id)
        return self._of_occupation(left, found)

    def _of_occupation(self, left: Sequence[str], fact_ids: list[int]) -> list[int]:
        """Those whose facts say the occupation that the query names; all where it names none."""
        asked = [self._table.occupations[word] for word in left if word in self._table.occupations]
        if not asked:
            return fact_ids
        return [
            fact_id
            for fact_id in fact_ids
            if any(o <= self._corpus.about(fact_id) for others in asked for o in others)
        ]

    def _kinds_named(self, words: Sequence[str]) -> set[str]:
        return {
            kind for kind, kind_words in self._table.kinds.items() if kind_words.intersection(words)
        }

    def _given(self, left: Sequence[str]) -> set[str]:
        """The words that can only be the value; a lone stop word may be one (`He` is helium)."""
        terms = {term for term in without_stop_words(left) if not self._is_aside(term)}
        return terms or set(left[-1:])

    def _is_aside(self, term: str) -> bool:
        table = self._table
        return term in table.kind_words or term in table.filler or term in table.reverse_hints

    def _is_meant(self, words: Sequence[str], value: str) -> bool:
        """Whether the words mean the whole value, or one of several; a part of a number means
        nothing."""
        parts = [tokens(part) for part in value.split(", ")]
        if any(part and part[-1] in words and not part[-1].isdigit() for part in parts):
            return True
        whole = set(tokens(value))
        given = whole.intersection(words)
        rest = whole - given
        if any(term.isdigit() for term in whole):
            return not rest
        mass = sum(map(self._weight, given))
        return mass >= self._value_share * (mass + sum(map(self._weight, rest)))
