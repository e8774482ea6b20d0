"""The facts as the search sees them: documents to score, subjects to name, values to look up.

Ages are facts too, without a value until they are asked for: each person with a birth date or year
has one, so that it is found and ranked as any other fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from services.retrieval.analysis.words import terms, tokens
from services.retrieval.facts.attributes import AttributeTable
from services.retrieval.facts.derive import AGE, age
from services.retrieval.facts.entities import Aliases, Entities, Entity, Values
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.index import BM25Index

Today = Callable[[], date]


class Corpus:
    def __init__(
        self, facts: Sequence[Fact], table: AttributeTable, aliases: Aliases, today: Today
    ) -> None:
        self._today = today
        self.facts = [*facts, *_age_facts(facts)]
        self.index = BM25Index([document(fact) for fact in self.facts])
        self.entities = Entities(self.facts, aliases)
        reverse = {attribute.name for attribute in table.attributes if attribute.reverse}
        self.values = Values(self.facts, reverse)

    def known(self, entity: Entity) -> dict[str, int]:
        """attribute → fact, of what can be told about the subject today."""
        return {
            self.facts[fact_id].attribute: fact_id
            for fact_id in entity.fact_ids
            if self.facts[fact_id].attribute != AGE or self._age(entity) is not None
        }

    def entity_of(self, fact_id: int) -> Entity:
        fact = self.facts[fact_id]
        return self.entities.by_key[fact.subject, fact.kind]

    def show(self, fact_id: int) -> str:
        fact = self.facts[fact_id]
        if fact.attribute != AGE:
            return fact.text
        return f"{fact.subject} / {AGE} / {self._age(self.entity_of(fact_id))}"

    def _age(self, entity: Entity) -> str | None:
        return age(self.entities.values(entity), self._today())


def document(fact: Fact) -> list[str]:
    """The terms BM25 knows a fact by."""
    return [*terms(fact.subject), *terms(fact.attribute), *tokens(fact.value)]


def _age_facts(facts: Sequence[Fact]) -> Iterator[Fact]:
    born: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        if fact.attribute in ("Birth date", "Birth year"):
            born.setdefault((fact.subject, fact.kind), fact)
    for fact in born.values():
        yield Fact(fact.subject, AGE, "", fact.kind, "", fact.source, fact.prominence)
