"""The facts as the search sees them: documents to score, subjects to name, values to look up.

Derived values (derive.py: ages, years since, …) are facts too, without a value until they are asked
for, so that they are found and ranked as any other fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date

from services.retrieval.analysis.words import terms, tokens
from services.retrieval.facts.attributes import Attribute, AttributeTable
from services.retrieval.facts.derive import DERIVED, derived_facts
from services.retrieval.facts.entities import Aliases, Entities, Entity, Values
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.index import BM25Index, Index, OkapiReference

Today = Callable[[], date]
# A longer value describes: its words tell nothing apart.
LONGEST_CONTEXT = 6


class Corpus:
    def __init__(
        self,
        facts: Sequence[Fact],
        table: AttributeTable,
        aliases: Aliases,
        today: Today,
        *,
        reference: bool = False,
    ) -> None:
        """reference: let rank_bm25 itself score, which takes more memory and longer to load."""
        self._today = today
        self._table = table
        self.facts = [*facts, *derived_facts(facts)]
        self.index: Index = (
            OkapiReference([document(fact) for fact in self.facts])
            if reference
            else BM25Index(map(document, self.facts), lambda place: document(self.facts[place]))
        )
        self.entities = Entities(self.facts, aliases, table.naming, table.kinds)
        self._called = self._names_of_subjects(aliases)
        reverse = {attribute.name for attribute in table.attributes if attribute.reverse}
        self.values = Values(self.facts, reverse)

    def known(self, entity: Entity) -> dict[str, int]:
        """attribute → fact, of what can be told about the subject today."""
        return {
            name: fact_id
            for name, fact_id in entity.facts.items()
            if name not in DERIVED or self._derived(entity, name) is not None
        }

    def said(self, fact_id: int, words: frozenset[str]) -> bool:
        """Whether the fact's value has all of the words."""
        return not words or words.issubset(tokens(self.facts[fact_id].value))

    def context(self, entity: Entity, attribute: Attribute | None) -> frozenset[str]:
        """Terms that may stand beside the subject's name: what tells it from others ("Paris,
        France"), and the answer itself ("Is Lima the capital of Peru?")."""
        found: set[str] = set()
        asked = attribute.answers if attribute else ()
        for name, fact_id in entity.facts.items():
            if name in self._table.context or name in asked:
                value = self.facts[fact_id].value
                words = tokens(value)
                if name in asked or len(words) <= LONGEST_CONTEXT:
                    found.update(words)
                    for part in value.split(", "):
                        found |= self._called.get(part, frozenset())
        return frozenset(found)

    def about(self, fact_id: int) -> frozenset[str]:
        """Terms that tell the fact's subject from others."""
        return self.context(self.entity_of(fact_id), None)

    def _names_of_subjects(self, aliases: Aliases) -> dict[str, frozenset[str]]:
        """Subject → the words of its other names: aliases, and "Peruvian" for Peru."""
        called: dict[str, set[str]] = defaultdict(set)
        for subject, names in aliases.items():
            called[subject].update(term for name in names for term in tokens(name))
        for fact in self.facts:
            if fact.attribute in self._table.context_names:
                called[fact.subject].update(tokens(fact.value))
        return {subject: frozenset(words) for subject, words in called.items()}

    def entity_of(self, fact_id: int) -> Entity:
        fact = self.facts[fact_id]
        return self.entities.by_key[fact.subject, fact.kind]

    def show(self, fact_id: int) -> str:
        fact = self.facts[fact_id]
        if fact.attribute not in DERIVED:
            return fact.text
        value = self._derived(self.entity_of(fact_id), fact.attribute)
        return f"{fact.subject} / {fact.attribute} / {value}"

    def _derived(self, entity: Entity, attribute: str) -> str | None:
        return DERIVED[attribute].value(self.entities.values(entity), self._today())


def document(fact: Fact) -> list[str]:
    """The terms BM25 knows a fact by."""
    return [*terms(fact.subject), *terms(fact.attribute), *tokens(fact.value)]
