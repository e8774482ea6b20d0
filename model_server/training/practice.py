"""Examples of what a run got wrong in use, for a short run that goes on from it.

The life of somebody whom an answer named, dates beside years, sums that go on from an expression,
a phrasebook in a role, births and deaths in the first person. The examples are made where the usual
ones are; here the draw is narrower. Dates beside years are made here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model_server.training.drafting import (
    Draw,
    among,
    assistant,
    distractors,
    fill,
    other_value,
    user,
)
from model_server.training.examples import Example
from model_server.training.generate_dialogs import DialogExamples
from model_server.training.generate_more import MoreExamples
from model_server.training.generate_roles import RoleExamples
from model_server.training.knowledge import Fact
from model_server.training.openings import LINKS, Opening
from services.contract import Step, Turn

MAKERS = [link for link, kind in LINKS.items() if kind == "person"]
LIFE = ("Birthplace", "Birthplace", "Birthplace", "Birth date", "Death date", "Birth year")
BORN = ("Birth date", "Birth date", "Birth year", "Birthplace", "Age", "Death date")


class PracticeExamples:
    def __init__(
        self,
        dialogs: DialogExamples,
        roles: RoleExamples,
        more: MoreExamples,
        tables: dict[str, Any],
        draw: Draw,
    ) -> None:
        """`tables`: those of dialogs.toml."""
        self.dialogs = dialogs
        self.roles = roles
        self.more = more
        self.tables = tables
        self.draw = draw
        self.facts = dialogs.facts

    def shares(self) -> list[tuple[float, Callable[[], Example]]]:
        """Each way to make an example, with its share; they add up to 1."""
        sums = self.more.arithmetic
        return [
            (0.26, self.life),
            (0.16, self.date_or_year),
            (0.16, lambda: self.roles.own_fact(BORN)),
            (0.22, self.phrasebook),
            (0.12, lambda: self.more.sum(self.draw.pick(("expression", None)))),
            (0.08, lambda: sums.make("percent")),
        ]

    def _named(self, attribute: str) -> Opening:
        """Who made something, answered with somebody of whom that is known."""
        openings = self.dialogs.openings
        links = [link for link in openings.links if link in MAKERS]
        return openings.linked(self.draw.pick(links), attribute)

    def life(self) -> Example:
        """ "Who wrote Moby-Dick?", answered, then "Where was he born?" """
        draw, dialogs = self.draw, self.dialogs
        known = [name for name in LIFE if name in dialogs.openings.attributes("person")]
        attribute = draw.pick(known)
        opening = self._named(attribute)
        if draw.chance(0.15):
            return dialogs.unknown(opening, list(opening.turns))
        [fact, *_] = [
            fact
            for fact in self.facts.knowledge.by_subject[opening.answer.name]
            if fact.attribute == attribute
        ]
        context = [*opening.turns, user(dialogs.question(opening, "answer", attribute))]
        return dialogs.researched("answer-followup", opening, "answer", context, fact)

    def date_or_year(self) -> Example:
        """The day is "on", the year "in", whatever the draft said; both may be in the snippets."""
        draw = self.draw
        asked = draw.pick(("Birth date", "Birth date", "Birth year"))
        opening = self._named(draw.pick((asked, asked, "Birth year")))
        name = opening.answer.name
        known = {one.attribute: one for one in self.facts.knowledge.by_subject[name]}
        fact = known.get(asked) or known["Birth year"]
        table = self.facts.wordings[asked]
        if draw.chance(0.4):
            question = self.dialogs.question(opening, "answer", asked)
            kind, context = "answer-followup/date", [*opening.turns, user(question)]
        else:
            question = draw.ask(fill(draw.wording(table["questions"]), s=name))
            kind, context = "fact/date", [user(question)]
        forms = draw.pick(self.tables["dates"])
        right = fill(forms[fact.attribute], s=name, v=fact.value)
        draft = right if draw.chance(0.25) else self._slipped(forms, fact)
        others = [one.text for key, one in known.items()
                  if key in forms and key != fact.attribute]  # fmt: skip
        if draw.chance(0.5):
            others += distractors(draw, self.facts.knowledge, fact, 1)
        query = fill(str(table["query"]), s=name)
        steps = [Step(query=query, snippets=among(draw, fact.text, others))]
        return Example(kind, context, draft, draft == right, steps, right)

    def _slipped(self, forms: dict[str, str], fact: Fact) -> str:
        """A draft with another day or year, or with the right one in the other's form."""
        draw = self.draw
        if draw.chance(0.3):
            [other] = [form for name, form in forms.items() if name != fact.attribute]
            return fill(other, s=fact.subject, v=fact.value)
        name, form = draw.pick(list(forms)), draw.pick(list(forms.values()))
        pool = self.facts.knowledge.by_attribute[fact.kind, name]
        return fill(form, s=fact.subject, v=other_value(draw, pool, fact.value))

    def phrasebook(self) -> Example:
        """Words both ways, mostly in a role, now and then after another one."""
        draw, translation = self.draw, self.more.translation
        then = draw.pick((translation.make, translation.make, translation.meaning))()
        context: list[Turn] = []
        if draw.chance(0.7):
            context = [assistant(draw.wording(self.roles.tables["helper"][0]["greetings"]))]
        if draw.chance(0.4):
            before = draw.pick((translation.make, translation.meaning))()
            context += [*before.context, assistant(before.response)]
        kind = "role-other/phrasebook" if context else then.kind
        return Example(kind, [*context, *then.context], then.base, then.base_is_target,
                       then.steps, then.response)  # fmt: skip
