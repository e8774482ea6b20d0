"""Subjects: the facts grouped by what they are about, and found by the words of their names.

An entity is one subject of one kind, with its names: the subject's own, and those of aliases.tsv.
What stands in brackets ("Revolver (album)") only tells namesakes apart and need not be mentioned.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from services.retrieval.analysis.words import STOP_WORDS, fold, spelled, stem, terms, tokens
from services.retrieval.facts.attributes import Naming
from services.retrieval.facts.fact import Fact, FactsError

ALIASES_FILE = Path(__file__).parent / "aliases.tsv"
# A word in more names than this is looked up only when the query has no rarer one.
COMMON_IN_NAMES = 500
# A question names one subject or two; of a text full of names no more than this are looked at.
MAX_NAMED = 200
# Prominence from which a slip in a name is corrected.
WELL_KNOWN = 0.6

_BRACKETS = re.compile(r"\s*\([^)]*\)")
_OR = re.compile(r", (?:or )?| or |/")
_PLACE = re.compile(r"(?<=\S), .*$")
_GENERATION = re.compile(r",? (?:jr|sr)\.?$", re.IGNORECASE)
_EPITHET = re.compile(r"(?:,| of | the ).*$")

Aliases = Mapping[str, Sequence[str]]
"""Subject → its other names."""


@dataclass(slots=True)
class Entity:
    subject: str
    kind: str
    prominence: float
    names: tuple[frozenset[str], ...]
    """The terms of each name without what stands in brackets; the subject's own comes first."""
    mention: frozenset[str]
    """All terms of the subject, brackets included."""
    head: frozenset[str]
    """The part that stands for a whole person: the surname, or all before "of"."""
    spellings: tuple[str, ...]
    """The subject as written, without what stands in brackets, and its aliases."""
    called: tuple[frozenset[str], ...] = ()
    """Names that count where an attribute is asked for: "the Thai currency" (Demonym)."""
    facts: dict[str, int] = field(default_factory=dict)
    """attribute → fact."""

    def words(self) -> frozenset[str]:
        """The words of all spellings, plurals kept."""
        return frozenset(word for spelling in self.spellings for word in spelled(spelling))


class Entities:
    def __init__(
        self,
        facts: Sequence[Fact],
        aliases: Aliases,
        naming: Naming = Naming(),  # noqa: B008 - frozen
        kinds: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> None:
        self._facts = facts
        self.by_key: dict[tuple[str, str], Entity] = {}
        for fact_id, fact in enumerate(facts):
            entity = self.by_key.get((fact.subject, fact.kind))
            if entity is None:
                entity = _entity(fact, aliases.get(fact.subject, ()), naming, kinds)
                self.by_key[fact.subject, fact.kind] = entity
            entity.facts.setdefault(fact.attribute, fact_id)
        for fact in facts:
            if fact.attribute in naming.called:
                entity = self.by_key[fact.subject, fact.kind]
                others = [
                    other
                    for other in _OR.split(_BRACKETS.sub("", fact.value))
                    if not STOP_WORDS.issuperset(terms(other))  # `I` is hardly ever iodine
                ]
                entity.called += tuple(frozenset(terms(other)) for other in others)
                entity.spellings += tuple(others)
        self._by_term: dict[str, list[Entity]] = defaultdict(list)
        for entity in self.by_key.values():
            for term in entity.mention.union(*entity.names, *entity.called):
                self._by_term[term].append(entity)

    @cached_property
    def well_known_words(self) -> frozenset[str]:
        """The words in names of subjects that many people ask about."""
        return frozenset(
            term
            for entity in self.by_key.values()
            if entity.prominence >= WELL_KNOWN
            for name in entity.names
            for term in name
        )

    def __contains__(self, term: str) -> bool:
        """Whether a name has the term."""
        return term in self._by_term

    def named(self, query_terms: Iterable[str]) -> list[Entity]:
        """Entities with at least one of the terms in a name; common words count only if alone."""
        known = [term for term in set(query_terms) if term in self._by_term]
        postings = sorted((self._by_term[term] for term in sorted(known)), key=len)
        rare = [entities for entities in postings if len(entities) <= COMMON_IN_NAMES]
        found: dict[int, Entity] = {}
        for entities in rare or postings[:1]:
            if found and len(found) + len(entities) > MAX_NAMED:
                break
            found.update((id(entity), entity) for entity in entities)
        return list(found.values())

    def values(self, entity: Entity) -> dict[str, str]:
        """attribute → value."""
        return {name: self._facts[fact_id].value for name, fact_id in entity.facts.items()}


def _entity(
    fact: Fact, aliases: Sequence[str], naming: Naming, kinds: Mapping[str, frozenset[str]]
) -> Entity:
    plain = _BRACKETS.sub("", fact.subject) or fact.subject
    if fact.kind in naming.places:
        plain = _PLACE.sub("", plain)
    if fact.kind in naming.unsaid:
        said = [word for word in plain.split() if stem(fold(word)) not in kinds[fact.kind]]
        aliases = [*aliases, " ".join(said)] if said else aliases
    if fact.kind in naming.last_words:
        aliases = [*aliases, plain.split()[-1]]
    name = frozenset(terms(plain))
    return Entity(
        subject=fact.subject,
        kind=fact.kind,
        prominence=fact.prominence,
        names=(name, *(frozenset(terms(alias)) for alias in aliases)),
        mention=name if plain == fact.subject else frozenset(terms(fact.subject)),
        head=_head(plain) if fact.kind in naming.surnames else name,
        spellings=(fact.subject, plain, *aliases),
    )


def _head(name: str) -> frozenset[str]:
    """`Rafael Nadal` → nadal, `Martin Luther King Jr.` → king, `Constantine I` → both."""
    plain = _GENERATION.sub("", name)
    shortened = _EPITHET.sub("", plain)
    if shortened != plain:
        return frozenset(terms(shortened))
    words = terms(plain)
    ordinal = re.fullmatch(r"[ivx]+", words[-1]) if len(words) > 1 else None
    return frozenset(words[-2:] if ordinal else words[-1:])


class Values:
    """Facts by the terms of their value, for attributes whose value leads back to the subject."""

    def __init__(self, facts: Sequence[Fact], attributes: Collection[str]) -> None:
        self._by_term: dict[tuple[str, str], set[int]] = defaultdict(set)
        for fact_id, fact in enumerate(facts):
            if fact.attribute in attributes:
                for term in tokens(fact.value):
                    self._by_term[fact.attribute, term].add(fact_id)

    def having(self, attribute: str, query_terms: Collection[str]) -> list[int]:
        """Facts of the attribute whose value has all of the terms."""
        postings = sorted(
            (self._by_term.get((attribute, term), set()) for term in query_terms), key=len
        )
        return sorted(postings[0].intersection(*postings[1:])) if postings else []


def read_aliases(path: Path = ALIASES_FILE) -> dict[str, list[str]]:
    """Subject → aliases, from a file with the columns alias and subject."""
    aliases: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            cells = line.rstrip("\n").split("\t")
            if len(cells) != 2 or not all(cells):
                raise FactsError(f"{path}: line {number}: expected alias and subject")
            if number > 1:
                aliases[cells[1]].append(cells[0])
    return dict(aliases)
