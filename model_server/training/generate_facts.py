"""Examples about facts: direct questions, follow-ups, and questions nobody can answer."""

from __future__ import annotations

from typing import Any

from model_server.training.ages import AGE, special_age
from model_server.training.drafting import (
    IT,
    PRONOUNS,
    Draw,
    among,
    assistant,
    distractors,
    fill,
    other_value,
    user,
    wrong_value,
)
from model_server.training.examples import Example
from model_server.training.knowledge import Fact, Knowledge, is_split
from services.contract import Step, Turn

NOT_ATTRIBUTES = {
    "reverse", "chain", "arithmetic", "measure", "meaning", "translate", "unanswerable", "openers",
}  # fmt: skip
POPULAR = (AGE, "Capital", "Birth year", "Completed", "Author", "Population", "Chemical symbol")
"""Attributes people ask for most; they come up twice as often."""


class FactExamples:
    def __init__(self, knowledge: Knowledge, wordings: dict[str, Any], draw: Draw) -> None:
        self.knowledge = knowledge
        self.wordings = wordings
        self.draw = draw
        self.attributes = [
            name
            for name, table in wordings.items()
            if name not in NOT_ATTRIBUTES
            and knowledge.of(table["kinds"], name)
            and (is_split(table["questions"]) or not draw.unseen)
        ]
        self.popular = [name for name in self.attributes if name in POPULAR]

    def fact(self, attribute: str) -> Fact:
        kinds = self.wordings[attribute]["kinds"]
        pools = [pool for kind in kinds if (pool := self.knowledge.of([kind], attribute))]
        fact: Fact = self.draw.pick(self.draw.pick(pools))
        return fact

    def table(self, name: str) -> dict[str, Any]:
        """One of the tables of that name; for held-out examples, one with unseen wordings."""
        tables = self.wordings[name]
        if self.draw.unseen:
            tables = [one for one in tables if is_split(one["questions"])]
        table: dict[str, Any] = self.draw.pick(tables)
        return table

    def _question(self, table: dict[str, Any], fact: Fact) -> str:
        """A wording for the subject's kind: a battle is not "released"."""
        fitting = list(table["questions"])
        if fact.attribute == "Year":
            names = [name for name in table if name.startswith("questions_")]
            own = {"Author": "book", "Painter": "painting", "Director": "film",
                   "Composer": "music", "Artist": "music", "Developer": "game"}  # fmt: skip
            known = {other.attribute for other in self.knowledge.by_subject[fact.subject]}
            kinds = [own[name] for name in known if name in own] or ["event"]
            fitting += [
                wording
                for name in names
                if name.removeprefix("questions_") in kinds
                for wording in table[name]
            ]
        return fill(self.draw.wording(fitting), s=fact.subject)

    def _contradict(self, fact: Fact) -> Fact:
        pool = self.knowledge.by_attribute[fact.kind, fact.attribute]
        return Fact(
            fact.subject, fact.attribute, other_value(self.draw, pool, fact.value), fact.kind
        )

    def _draft(self, table: dict[str, Any], fact: Fact, real: bool) -> tuple[str, str, bool]:
        """(draft, grounded response, whether the draft is a target)."""
        draw = self.draw
        roll = draw.rng.random()
        if roll < 0.12:
            response = fill(str(table["canonical"]), s=fact.subject, v=fact.value)
            draft = fill(draw.wording(table["vague"]), s=fact.subject)
            return draft, special_age(fact) or response, False
        template = draw.wording(table["drafts"])
        if special := special_age(fact):
            guess = str(draw.rng.randint(20, 95))
            return fill(template, s=fact.subject, v=guess), special, False
        right = fill(template, s=fact.subject, v=fact.value)
        if roll < 0.42:
            return right, right, real
        wrong = wrong_value(draw, self.knowledge, fact)
        draft = fill(template, s=fact.subject, v=wrong)
        if draw.chance(0.12):  # a second claim that nothing will support: it has to go
            extra = draw.pick(self.attributes)
            other = self.fact(extra)
            if other.kind == fact.kind:
                sentence = fill(
                    str(self.wordings[extra]["canonical"]), s=fact.subject, v=other.value
                )
                draft = f"{draft} {sentence}"
        return draft, right, False

    def snippets(self, table: dict[str, Any], fact: Fact) -> list[str]:
        draw = self.draw
        right = fact.text
        if draw.chance(0.12):
            plain = fill(draw.wording(table["sentence"]), s=fact.subject, v=fact.value)
            right = special_age(fact) or plain
        if draw.chance(0.4):
            return [right]
        return among(draw, right, distractors(draw, self.knowledge, fact, draw.rng.randint(1, 2)))

    def research(  # noqa: PLR0917
        self, kind: str, context: list[Turn], attribute: str, fact: Fact, real: bool, query: str
    ) -> Example:
        """The rest of a turn once the question is put: draft, query, snippets, rewrite."""
        draw, table = self.draw, self.wordings[attribute]
        draft, response, is_target = self._draft(table, fact, real)
        roll = draw.rng.random()
        if roll < 0.09:
            steps = [Step(query=query, snippets=[])]
        elif roll < 0.13:
            off = distractors(draw, self.knowledge, fact, 2)
            steps = [Step(query=query, snippets=off)]
            if draw.chance(0.75):  # asked again, the toolset gives what ranks next
                steps.append(Step(query=query, snippets=self.snippets(table, fact)))
            else:
                steps.append(Step(query=query, snippets=[]))
        else:
            steps = [Step(query=query, snippets=self.snippets(table, fact))]
        if not steps[-1].snippets:
            response = fill(draw.wording(table["doubt"]), s=fact.subject)
        return Example(f"{kind}/{attribute}", context, draft, is_target, steps, response)

    def direct(self, attribute: str | None = None) -> Example:
        draw = self.draw
        attribute = attribute or draw.pick([*self.attributes, *self.popular])
        table = self.wordings[attribute]
        fact = self.fact(attribute)
        if fact.kind == "element" and draw.chance(0.8):
            fact = Fact(fact.subject.lower(), fact.attribute, fact.value, fact.kind)
        real = not draw.chance(0.4)
        if not real:
            fact = self._contradict(fact)
        question = draw.ask(self._question(table, fact))
        query = fill(str(table["query"]), s=fact.subject)
        if draw.chance(0.06):  # typed without capitals: the query keeps what was typed
            question = question.lower()
            query = fill(str(table["query"]), s=fact.subject.lower())
        return self.research("fact", [user(question)], attribute, fact, real, query)

    def _answer(self, table: dict[str, Any], fact: Fact) -> str:
        plain = fill(self.draw.wording(table["drafts"]), s=fact.subject, v=fact.value)
        return special_age(fact) or plain

    def followup(self) -> Example:
        """A pronoun or an ellipsis that only the turn before explains."""
        draw = self.draw
        while True:
            attribute = draw.pick(self.attributes)
            table = self.wordings[attribute]
            fact = self.fact(attribute)
            others = [
                other
                for other in self.knowledge.by_subject[fact.subject]
                if other.attribute in self.attributes
                and other.attribute != attribute
                and other.kind in self.wordings[other.attribute]["kinds"]
            ]
            followups = table.get("followups") or []
            if others and followups and (is_split(followups) or not draw.unseen):
                break
        pronoun = draw.pick(PRONOUNS) if fact.kind == "person" else IT
        if draw.chance(0.3):  # same attribute, another subject: "And Rafael Nadal?"
            before = self._contradict(self.fact(attribute))
            first = fill(draw.wording(table["questions"]), s=before.subject)
            answer = self._answer(table, before)
            asked = fill(
                draw.pick(
                    [
                        "And {s}?",
                        "What about {s}?",
                        "And what about {s}?",
                        "How about {s}?",
                        "and {s}",
                    ]
                ),
                s=fact.subject,
            )
        else:
            before = draw.pick(others)
            earlier = self.wordings[before.attribute]
            first = fill(draw.wording(earlier["questions"]), s=fact.subject)
            answer = self._answer(earlier, before)
            asked = fill(draw.wording(table["followups"]), **pronoun)
        context = [user(first), assistant(answer), user(asked)]
        query = fill(str(table["query"]), s=fact.subject)
        return self.research("followup", context, attribute, fact, True, query)

    def unanswerable(self) -> Example:
        """An attribute nobody recorded: no snippet answers, so nothing is claimed."""
        draw = self.draw
        table = self.table("unanswerable")
        kinds = [
            kind
            for kind in table["kinds"]
            if any(k == kind for k, _ in self.knowledge.by_attribute)
        ]
        kind = draw.pick(kinds or ["person"])
        attribute = draw.pick(
            sorted(
                name
                for k, name in self.knowledge.by_attribute
                if k == kind and name.casefold() not in str(table["query"]).casefold()
            )
        )
        fact: Fact = draw.pick(self.knowledge.by_attribute[kind, attribute])
        subject = fact.subject
        draft = fill(draw.wording(table["drafts"]), s=subject, v=draw.pick(table["values"]))
        query = fill(str(table["query"]), s=subject)
        snippets = (
            [] if draw.chance(0.7) else [fact.text, *distractors(draw, self.knowledge, fact, 1)]
        )
        steps = [Step(query=query, snippets=snippets)]
        if snippets:
            steps.append(Step(query=query, snippets=[]))
        question = draw.ask(fill(draw.wording(table["questions"]), s=subject))
        response = fill(draw.wording(table["doubt"]), s=subject)
        return Example("unanswerable", [user(question)], draft, False, steps, response)
