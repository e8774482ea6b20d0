"""Examples of dialogs in a role (LaMDA, section 5): the model speaks as the thing asked about.

A role is a turn or more that stand before the dialog; in the transcript they are its first turns.
A question to "you" is looked up under the role's name and answered in the first person; a question
about anything else is answered as it always is. Wordings in roles.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any

from model_server.training.ages import AGE
from model_server.training.drafting import (
    Draw,
    among,
    assistant,
    distractors,
    fill,
    user,
    wrong_value,
)
from model_server.training.examples import Example
from model_server.training.generate_dialogs import DialogExamples
from model_server.training.generate_facts import FactExamples
from model_server.training.knowledge import Fact
from model_server.training.openings import LINKS, Opening
from services.contract import Step, Turn

WITH_ARTICLE = {"river": 1.0, "landmark": 0.5}
"""How often a name of this kind is said with "the"."""


class RoleExamples:
    def __init__(
        self,
        facts: FactExamples,
        tables: dict[str, Any],
        draw: Draw,
        dialogs: DialogExamples,
        others: dict[str, Callable[[], Example]],
    ) -> None:
        """`others`: makers of what else is asked in a role, by name; see `helper` and `aside`."""
        self.facts = facts
        self.tables = tables
        self.draw = draw
        self.dialogs = dialogs
        self.others = others
        self.own: dict[str, dict[str, Any]] = tables["attribute"]
        self.pools = [
            (kind, name)
            for name, table in self.own.items()
            for kind in table["kinds"]
            if self._plain(facts.knowledge.of([kind], name))
        ]

    @staticmethod
    def _plain(facts: list[Fact]) -> list[Fact]:
        """Without the ages that take a sentence of their own, and values too long to say."""
        return [
            fact
            for fact in facts
            if len(fact.value) < 70 and (fact.attribute != AGE or fact.value.isdigit())
        ]

    def _drawn(self, attributes: Container[str] | None = None) -> Fact:
        pools = [pool for pool in self.pools if attributes is None or pool[1] in attributes]
        kind, name = self.draw.pick(pools)
        fact: Fact = self.draw.pick(self._plain(self.facts.knowledge.of([kind], name)))
        if kind == "element" and self.draw.chance(0.7):
            fact = replace(fact, subject=fact.subject.lower())
        return fact

    def _shown(self, fact: Fact) -> str:
        plain = fact.subject.startswith(("The ", "Mount ", "Lake "))
        if plain or not self.draw.chance(WITH_ARTICLE.get(fact.kind, 0.0)):
            return fact.subject
        return f"the {fact.subject}"

    def _role_turns(self, fact: Fact) -> list[Turn]:
        draw, tables = self.draw, self.tables
        greeting = assistant(fill(draw.wording(tables["greetings"]), s=self._shown(fact)))
        roll = draw.rng.random()
        if roll < 0.15:
            return [user(draw.wording(tables["asked"])), greeting]
        if roll < 0.3:
            welcome = user(draw.wording(tables["welcome"]))
            return [greeting, welcome, assistant(draw.wording(tables["welcomed"]))]
        return [greeting]

    def _query(self, fact: Fact) -> str:
        own = self.own[fact.attribute]
        usual = self.facts.wordings.get(fact.attribute, {}).get("query")
        return fill(str(usual or own.get("query", "{s}'s {n}")), s=fact.subject, n=own["noun"])

    def _question(self, fact: Fact) -> str:
        draw, own = self.draw, self.own[fact.attribute]
        if draw.chance(0.25):
            return draw.ask(fill(draw.wording(self.tables["questions"]), n=own["noun"]))
        return draw.ask(draw.wording(own["questions"]))

    def _before(self, fact: Fact) -> list[Turn]:
        """No, one or two exchanges with the role that went before."""
        name = fact.subject[:1].upper() + fact.subject[1:]
        facts = [
            other
            for other in self._plain(self.facts.knowledge.by_subject[name])
            if (other.kind, other.attribute) in self.pools and other.attribute != fact.attribute
        ]
        turns: list[Turn] = []
        for _ in range(self.draw.pick((0, 0, 0, 1, 1, 2))):
            if facts:
                other = facts.pop(self.draw.rng.randrange(len(facts)))
                told = fill(self.draw.wording(self.own[other.attribute]["drafts"]), v=other.value)
                turns += [user(self._question(other)), assistant(told)]
        return turns

    def own_fact(self, attributes: Container[str] | None = None) -> Example:
        """A question to "you": looked up under the role's name, answered in the first person.

        `attributes`: those that may be asked for; None: any.
        """
        draw, fact = self.draw, self._drawn(attributes)
        own = self.own[fact.attribute]
        context = [*self._role_turns(fact), *self._before(fact), user(self._question(fact))]
        known = replace(fact, subject=fact.subject[:1].upper() + fact.subject[1:])
        template, plain = draw.wording(own["drafts"]), str(own["drafts"][0])
        response = fill(template, v=fact.value)
        draft, roll = response, draw.rng.random()
        if roll < 0.12:
            draft = fill(draw.wording(self.tables["vague"]), n=own["noun"])
            response = fill(plain, v=fact.value)
        elif roll < 0.6:
            wrong = wrong_value(draw, self.facts.knowledge, known)
            draft = fill(template, v=wrong)
            usual = self.facts.wordings.get(fact.attribute)
            if usual and draw.chance(0.25):  # a draft that fell out of the role
                draft = fill(draw.wording(usual["drafts"]), s=fact.subject, v=wrong)
                response = fill(plain, v=fact.value)
        others = distractors(draw, self.facts.knowledge, known, draw.rng.randint(0, 2))
        snippets = among(draw, known.text, others)
        if draw.chance(0.08):
            snippets = []
            response = fill(draw.wording(self.tables["doubt"]), n=own["noun"])
        steps = [Step(query=self._query(fact), snippets=snippets)]
        is_target = roll >= 0.6
        return Example(f"role/{fact.attribute}", context, draft, is_target, steps, response)

    def linked(self) -> Example:
        """ "Who designed you?", then a question about the one who did."""
        draw = self.draw
        links = [pool for pool in self.pools if pool[1] in LINKS and pool[1] != "Birthplace"]
        while True:
            kind, link = draw.pick(links)
            fact = draw.pick(self.facts.knowledge.by_attribute[kind, link])
            answer = self.dialogs.openings.answer(LINKS[link], link)
            told = fill(draw.wording(self.own[link]["drafts"]), v=answer.name)
            turns = [*self._role_turns(fact), user(self._question(fact)), assistant(told)]
            then = self.dialogs.continued(Opening(turns, None, answer, link), ("answer",))
            if then is not None:
                return replace(then, kind="role-other/linked")

    def who(self) -> Example:
        """Who is speaking: nothing to look up."""
        draw, fact = self.draw, self._drawn()
        reply = fill(draw.wording(self.tables["is_me"]), s=self._shown(fact))
        greeting = assistant(fill(draw.wording(self.tables["greetings"]), s=self._shown(fact)))
        context = [greeting, *self._before(fact), user(draw.wording(self.tables["asked"]))]
        return Example("role-other/who", context, reply, True, [], reply)

    def aside(self) -> Example:
        """A question about something else, put to a role: answered as it always is."""
        fact = self._drawn()
        name = self.draw.pick(["same", "same", "fact", "followup", "sum", "translation", "talk"])
        if name == "same" and fact.attribute in self.facts.attributes:
            then = self.facts.direct(fact.attribute)  # of another subject
        else:
            then = self.others["fact" if name == "same" else name]()
        context = [*self._role_turns(fact), *self._before(fact), *then.context]
        return replace(then, kind=f"role-other/{name}", context=context)

    def helper(self) -> Example:
        """A role that speaks of other things: the usual questions on its topic."""
        draw = self.draw
        table = draw.pick(self.tables["helper"])
        topic = draw.pick(table["about"])
        if topic in self.others:
            then = self.others[topic]()
        elif topic in self.facts.attributes:
            then = self.facts.direct(topic)
        else:
            then = self.others["fact"]()
        context = [assistant(draw.wording(table["greetings"])), *then.context]
        return replace(then, kind="role-other/helper", context=context)
