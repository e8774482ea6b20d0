"""Whether a query is about a subject: the test that keeps the least bad fact from being an answer.

All of a query's words must be accounted for, and its name words must carry the query:

    1. every term is in one of the subject's names, in the values of its facts ("Paris, France"),
       a word for its kind ("the element gold"), or, where an attribute is asked for, a word of
       the attribute's phrases or filler;
    2. of the query's weight (inverse document frequencies), at least `query_share` is in the name;
    3. the name is mentioned in full, or a person's surname is, or at least `name_share` of the
       name's weight is, in words that name something; without an attribute, in two words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from services.retrieval.facts.attributes import Attribute, AttributeTable
from services.retrieval.facts.entities import Entity

# Kinds whose names nobody shortens: "key" is not Key West, and "Gold" is not Gold Coast.
NEVER_SHORTENED = frozenset({"city", "element"})

Weight = Callable[[str], float]
Context = Callable[[Entity], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Thresholds:
    query_share: float
    name_share: float
    name_share_alone: float
    """`name_share` where no attribute is asked for: then little else tells what is meant."""


@dataclass(frozen=True, slots=True)
class Match:
    entity: Entity
    exact: bool
    """One of the subject's names is mentioned in full."""
    named: frozenset[str]
    """Terms of the subject that are meant: those mentioned, or all where an alias is."""
    share: float
    """Share of the query's weight that is in the name."""


class Matcher:
    def __init__(
        self, table: AttributeTable, weight: Weight, context: Context, thresholds: Thresholds
    ) -> None:
        self._table = table
        self._weight = weight
        self._context = context
        self._thresholds = thresholds

    def match(
        self, terms: Collection[str], entity: Entity, attribute: Attribute | None
    ) -> Match | None:
        best: Match | None = None
        for place, name in enumerate(entity.names):
            known = name | entity.mention if place == 0 else name
            found = self._match_name(terms, entity, name, known, attribute)
            if found is not None and (best is None or _rank(found) > _rank(best)):
                best = found
        return best

    def _match_name(
        self,
        terms: Collection[str],
        entity: Entity,
        name: frozenset[str],
        known: frozenset[str],
        attribute: Attribute | None,
    ) -> Match | None:
        mentioned = known.intersection(terms)
        if not mentioned:
            return None
        rest = {term for term in terms if term not in mentioned}
        rest -= self._table.kinds.get(entity.kind, frozenset())
        if attribute is not None:
            rest -= self._table.filler | attribute.words
        mass = self._mass(mentioned)
        share = mass / (mass + self._mass(rest))
        exact = name <= mentioned
        if share < self._thresholds.query_share:
            return None
        if not exact and not self._stands_for(mentioned, name, entity, attribute):
            return None
        if rest and not rest <= self._context(entity):
            return None
        named = mentioned if name is entity.names[0] else entity.names[0]
        return Match(entity, exact, named, share)

    def _stands_for(
        self,
        mentioned: frozenset[str],
        name: frozenset[str],
        entity: Entity,
        attribute: Attribute | None,
    ) -> bool:
        """Whether a part of the name is enough to mean the whole."""
        if entity.kind in NEVER_SHORTENED or mentioned <= self._table.asides:
            return False
        if attribute is None and len(mentioned) < 2:
            return False
        limits = self._thresholds
        least = limits.name_share if attribute is not None else limits.name_share_alone
        if attribute is not None and entity.kind == "person" and entity.head <= mentioned:
            return True
        return self._mass(mentioned & name) >= least * self._mass(name)

    def _mass(self, terms: Collection[str]) -> float:
        return sum(self._weight(term) for term in terms)


def _rank(match: Match) -> tuple[bool, float]:
    return match.exact, match.share
