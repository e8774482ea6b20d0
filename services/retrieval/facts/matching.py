"""Whether a query is about a subject: the test that keeps the least bad fact from being an answer.

All of a query's words must be accounted for, and its name words must carry the query:

    1. the name stands in one piece, spelled as it is, but for a plural or a missing apostrophe;
    2. every other term is in the values that tell the subject from others ("Paris, France"), a word
       for its kind ("the element gold"), or, where an attribute is asked for, a word of the
       attribute's phrases or filler; a question word left over is one the attribute answers to;
    3. of the query's weight (inverse document frequencies), at least `query_share` is in the name;
    4. the name is mentioned in full, or a person's surname is, or at least `name_share` of the
       name's weight is, in words that name something; without an attribute, in two words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from services.retrieval.analysis.words import PRONOUNS, STOP_WORDS
from services.retrieval.facts.attributes import (
    QUESTION_WORDS,
    Attribute,
    AttributeTable,
    Reading,
)
from services.retrieval.facts.entities import Entity
from services.retrieval.facts.query import Query

Weight = Callable[[str], float]
Context = Callable[[Entity, Attribute | None], frozenset[str]]

# What may stand between a name and the word for its kind: "the film called It".
_BETWEEN = frozenset({"a", "an", "the", "of", "called", "named", "titled", "entitled"})
# After these comes a place, or a language: "born in London" is not about Jack London, and "king in
# Spanish" not about Spain.
_BEFORE_PLACES = frozenset({"in", "at", "from", "near", "to", "into", "outside", "around"})


@dataclass(frozen=True, slots=True)
class Thresholds:
    query_share: float
    name_share: float
    name_share_alone: float
    """`name_share` where no attribute is asked for: then little else tells what is meant."""
    numbered: float = 0.7
    """`name_share` is this much less where a number of the name is mentioned."""
    name_share_word: float = 0.75
    """`name_share` of a single word of what is not a person: "silent" is not Silent Spring."""


@dataclass(frozen=True, slots=True)
class Match:
    entity: Entity
    exact: bool
    """One of the subject's names is mentioned in full."""
    named: frozenset[str]
    """Terms of the subject that are meant: those mentioned, or all where an alias is."""
    share: float
    """Share of the query's weight that is in the name."""
    own: bool
    """The name that is mentioned is the subject's own, no alias and no part of it."""
    support: int
    """How many of the query's words are in the name or tell the subject from its namesakes."""


class Matcher:
    def __init__(
        self,
        table: AttributeTable,
        everyday: frozenset[str],
        weight: Weight,
        context: Context,
        thresholds: Thresholds,
    ) -> None:
        self._table = table
        self._everyday = everyday
        self._weight = weight
        self._context = context
        self._thresholds = thresholds

    def terms(self, query: Query, reading: Reading) -> tuple[str, ...]:
        """The words that may name the subject; stop words only where there is no other name, as in
        "the film It"."""
        if self._table.asides.issuperset(reading.terms):
            return tuple(query.words[place] for place in reading.places)
        return reading.terms

    def worth_testing(self, terms: Collection[str], entities: Iterable[Entity]) -> list[Entity]:
        """Without those that can only be named in full, and are not."""
        whole, words = self._table.naming.whole, frozenset(terms)
        return [
            entity
            for entity in entities
            if entity.kind not in whole
            or any(name <= words for name in (*entity.names, *entity.called))
        ]

    def match(self, query: Query, reading: Reading, entity: Entity) -> Match | None:
        """How the query, so read, is about the entity; None when it is not."""
        best: Match | None = None
        called = entity.called if reading.attribute is not None else ()
        for place, name in enumerate((*entity.names, *called)):
            known = name | entity.mention if place == 0 else name
            found = self._match_name(query, reading, entity, name, known)
            if found is not None and (best is None or _rank(found) > _rank(best)):
                best = found
        return best

    def _match_name(
        self,
        query: Query,
        reading: Reading,
        entity: Entity,
        name: frozenset[str],
        known: frozenset[str],
    ) -> Match | None:
        terms = self.terms(query, reading)
        mentioned = known.intersection(terms)
        exact = name <= mentioned
        if not mentioned or not (
            exact or self._stands_for(query, reading, entity, mentioned, name)
        ):
            return None
        rest = {term for term in terms if term not in mentioned}
        rest -= self._table.kinds.get(entity.kind, frozenset())
        if reading.attribute is not None:
            rest -= self._table.filler | reading.attribute.words
        if terms is not reading.terms:
            rest -= STOP_WORDS
        mass = self._mass(mentioned)
        share = mass / (mass + self._mass(rest))
        if share < self._thresholds.query_share:
            return None
        if not self._names(query, reading, entity, mentioned & name, exact):
            return None
        if not self._question_fits(query, reading, mentioned):
            return None
        support = 0
        if rest or not self._table.kind_words.isdisjoint(query.words):
            context = self._context(entity, reading.attribute) | entity.mention
            if not rest <= context:
                return None
            support = self._support(query, reading, context, name)
        named = mentioned if name is entity.names[0] else entity.names[0]
        own = exact and name == entity.names[0]
        return Match(entity, exact, named, share, own, len(mentioned) + support)

    def _support(
        self, query: Query, reading: Reading, context: frozenset[str], name: frozenset[str]
    ) -> int:
        """How many words beside the name say the subject is meant: "the actress Jane Seymour"."""
        beside = {query.words[place] for place in reading.places} - name - STOP_WORDS
        known = (self._table.occupations.get(word, ()) for word in beside)
        return len(beside & context) + sum(any(o <= context for o in others) for others in known)

    def _stands_for(
        self,
        query: Query,
        reading: Reading,
        entity: Entity,
        mentioned: frozenset[str],
        name: frozenset[str],
    ) -> bool:
        """Whether a part of the name is enough to mean the whole."""
        naming, limits = self._table.naming, self._thresholds
        if (
            entity.kind in naming.whole
            or mentioned <= self._table.asides
            or any(term.isdigit() for term in name - mentioned)
            or (entity.kind in naming.beside_kind and not self._kind_named(query, reading, entity))
        ):
            return False
        proper = name - self._table.kinds.get(entity.kind, frozenset())
        if entity.kind in naming.surnames:
            if not self._title_fits(query, reading, entity, name):
                return False
            if reading.attribute is not None and entity.head <= mentioned:
                return True
        elif len(mentioned & name) < 2:
            return self._mass(mentioned & proper) >= limits.name_share_word * self._mass(proper)
        if reading.attribute is None and len(mentioned) < 2:
            return False
        least = limits.name_share if reading.attribute is not None else limits.name_share_alone
        if any(term.isdigit() for term in mentioned & name):
            # "Wimbledon in 1975": the number says which.
            least *= limits.numbered
        # "The queen of England" is not Queen Victoria of England.
        wholes = (name, proper) if entity.kind in naming.surnames else (name,)
        return all(self._mass(mentioned & whole) >= least * self._mass(whole) for whole in wholes)

    def _title_fits(
        self, query: Query, reading: Reading, entity: Entity, name: frozenset[str]
    ) -> bool:
        """Whether the titles beside a part of a name are the person's: "King David" is no painter
        of that surname."""
        beside = {query.words[place] for place in reading.places} - name
        titles = beside & self._table.offices & self._table.occupations.keys()
        context = self._context(entity, reading.attribute) if titles else frozenset()
        return all(
            title in context or any(o <= context for o in self._table.occupations[title])
            for title in titles
        )

    def _names(
        self,
        query: Query,
        reading: Reading,
        entity: Entity,
        mentioned: frozenset[str],
        exact: bool,
    ) -> bool:
        """Whether the words stand in the query as a name does."""
        piece = query.piece(mentioned, reading.places)
        if piece is None or not query.spells(mentioned, piece, entity.words()):
            return False
        before = query.words[piece[0] - 1] if piece[0] - 1 in reading.places else ""
        alone = len(mentioned) == 1 and (
            entity.kind in self._table.naming.surnames
            or (mentioned in entity.called and mentioned not in entity.names)
        )
        if (before in self._table.naming.parts and before not in entity.words()) or (
            alone and before in _BEFORE_PLACES
        ):
            return False
        if not mentioned <= self._everyday | STOP_WORDS:
            return True
        if self._kind_beside(query, entity, piece, alone=alone) or query.capital(piece):
            return True
        whole = exact and not mentioned <= STOP_WORDS
        return whole and self._says_no_more(query, reading, entity, mentioned)

    def _says_no_more(
        self, query: Query, reading: Reading, entity: Entity, mentioned: frozenset[str]
    ) -> bool:
        """Whether the query says hardly anything but a name of everyday words: "Bad's artist"."""
        beside = {query.words[place] for place in reading.places} - mentioned
        if reading.attribute is None:
            return len(mentioned) > 1 and query.says(entity.spellings)
        small = self._table.alone | (STOP_WORDS - PRONOUNS)
        return beside <= small and query.says(entity.spellings)

    def _kind_beside(
        self, query: Query, entity: Entity, piece: tuple[int, int], *, alone: bool
    ) -> bool:
        """Whether a word for its kind stands at the name, before or after it; before a lone
        surname, for after it that is an adjective: "the best player" is not George Best."""
        kind_words = self._table.kinds.get(entity.kind, frozenset())
        before = range(piece[0] - 1, -1, -1)
        after = range(piece[1] + 1, len(query.words))
        for places in (before,) if alone else (before, after):
            word = next((query.words[p] for p in places if query.words[p] not in _BETWEEN), "")
            if word in kind_words:
                return True
        return False

    def _kind_named(self, query: Query, reading: Reading, entity: Entity) -> bool:
        kind_words = self._table.kinds.get(entity.kind, frozenset())
        return any(query.words[place] in kind_words for place in reading.places)

    def _question_fits(self, query: Query, reading: Reading, mentioned: Collection[str]) -> bool:
        """Whether the words beside suit the reading: "where did he die" asks for no date."""
        left = {query.words[place] for place in reading.places}.difference(mentioned)
        if reading.attribute is not None:
            return left.isdisjoint(QUESTION_WORDS - reading.attribute.words)
        return (left & STOP_WORDS) <= self._table.alone

    def _mass(self, terms: Collection[str]) -> float:
        return sum(map(self._weight, terms))


def _rank(match: Match) -> tuple[bool, int, float]:
    return match.exact, match.support, match.share
