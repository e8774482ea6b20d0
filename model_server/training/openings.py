"""How a dialog with a follow-up begins: an exchange, and what can be asked about after it.

A question about a subject is answered with the name of something else, directly or over two hops,
or a question that names nothing is answered with a name. The links are drawn, not recalled: any
person may be the author. What is asked next is in generate_dialogs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model_server.training.drafting import IT, PRONOUNS, Draw, assistant, fill, user
from model_server.training.generate_facts import FactExamples
from model_server.training.knowledge import is_split
from services.contract import Turn

LINKS = {
    "Author": "person", "Painter": "person", "Director": "person", "Composer": "person",
    "Artist": "person", "Discoverer": "person", "Architect": "person", "Inventor": "person",
    "Capital": "city", "Country": "country", "Birthplace": "city",
}  # fmt: skip
"""Attributes whose value is a thing with facts of its own, and that thing's kind."""


@dataclass(frozen=True, slots=True)
class Referent:
    """Something a follow-up can be about, and the ways to refer to it."""

    name: str
    kind: str
    pronoun: dict[str, str]
    nouns: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """The first exchange, and what can be asked about after it."""

    turns: list[Turn]
    subject: Referent | None
    answer: Referent
    link: str
    """The attribute that leads from subject to answer; empty where there is none."""


class Openings:
    def __init__(self, facts: FactExamples, tables: dict[str, Any], draw: Draw) -> None:
        self.facts = facts
        self.tables = tables
        self.draw = draw
        self.links = [link for link in LINKS if link in facts.attributes]

    def make(self) -> Opening:
        roll = self.draw.rng.random()
        if roll < 0.7:
            return self.linked(self.draw.pick(self.links))
        if roll < 0.82:
            return self._chained()
        return self._named()

    def linked(self, link: str, attribute: str | None = None) -> Opening:
        """A question about a subject, answered with the name of something else.

        `attribute`: what must be known of what the answer names.
        """
        draw = self.draw
        table = self.facts.wordings[link]
        start = self.facts.fact(link)
        answer = self.answer(LINKS[link], link, attribute)
        value = answer.name
        if link == "Birthplace":
            homes = [f for f in self.facts.knowledge.by_subject[answer.name]
                     if f.attribute == "Country"]  # fmt: skip
            value = f"{answer.name}, {homes[0].value}" if homes else answer.name
        pronoun = draw.pick(PRONOUNS) if start.kind == "person" else IT
        subject = Referent(
            start.subject, start.kind, pronoun, self.tables["nouns"]["subject"][link]
        )
        turns = [
            user(draw.ask(fill(draw.wording(table["questions"]), s=start.subject))),
            assistant(fill(draw.wording(table["drafts"]), s=start.subject, v=value)),
        ]
        return Opening(turns, subject, answer, link)

    def _chained(self) -> Opening:
        """A question over two hops; the answer names the one between."""
        draw = self.draw
        tables = [table for table in self.facts.wordings["chain"] if table["first"] in self.links]
        table = draw.pick(tables)
        link, attribute = table["first"], table["second"]
        answer = self.answer(LINKS[link], link, attribute)
        [final, *_] = [
            fact for fact in self.facts.knowledge.by_subject[answer.name]
            if fact.attribute == attribute
        ]  # fmt: skip
        start = self.facts.fact(link)
        telling = [one for one in table["drafts"] if "{m}" in one]
        template = draw.wording([*telling, str(table["canonical"])])
        turns = [
            user(draw.ask(fill(draw.wording(table["questions"]), s=start.subject))),
            assistant(fill(template, s=start.subject, m=answer.name, v=final.value)),
        ]
        subject = Referent(start.subject, start.kind, IT, self.tables["nouns"]["subject"][link])
        return Opening(turns, subject, answer, link)

    def _named(self) -> Opening:
        """The first question names nothing: only the answer does."""
        draw = self.draw
        kinds = [kind for kind in self.tables["named"] if self.attributes(kind)]
        kind = draw.pick(kinds)
        table, answer = self.tables["named"][kind], self.answer(kind, "")
        turns = [
            user(draw.wording(table["questions"])),
            assistant(fill(draw.wording(table["answers"]), m=answer.name)),
        ]
        return Opening(turns, None, answer, "")

    def attributes(self, kind: str) -> list[str]:
        """What a follow-up can ask of this kind of thing."""
        return [
            name
            for name in self.facts.attributes
            if kind in self.facts.wordings[name]["kinds"]
            and self.facts.knowledge.by_attribute.get((kind, name))
            and (not self.draw.unseen or is_split(self.wordings(name, "")))
        ]

    def answer(self, kind: str, link: str, attribute: str | None = None) -> Referent:
        draw = self.draw
        """Something of that kind to name; `attribute`: what must be known of it."""
        attribute = attribute or draw.pick(self.attributes(kind))
        while True:  # an age of several forms would not fit the openings' sentences
            fact = draw.pick(self.facts.knowledge.by_attribute[kind, attribute])
            if attribute != "Age" or fact.value.isdigit():
                break
        pronoun = draw.pick(PRONOUNS) if kind == "person" else IT
        return Referent(fact.subject, kind, pronoun, self.tables["nouns"]["answer"].get(link, ()))

    def wordings(self, attribute: str, link: str) -> list[str]:
        """Ways to follow up; a year is asked for in the words of its kind of work."""
        if attribute == "Year" and link in self.tables["years"]:
            return list(self.tables["years"][link])
        own = self.facts.wordings[attribute].get("followups") or []
        return [*own, *self.tables["more"].get(attribute, [])]
