"""Examples of longer dialogs: a follow-up about what an answer named, or about what was asked.

"Who painted the Mona Lisa?" "Leonardo da Vinci painted it." "And when was he born?" asks about the
painter, "When was it painted?" about the painting; a turn or two may stand between. How the dialog
begins is in openings, follow-ups on one and the same subject in generate_facts, those on sums and
translations in generate_more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from model_server.training.ages import special_age
from model_server.training.drafting import Draw, assistant, distractors, fill, user
from model_server.training.examples import Example
from model_server.training.knowledge import Fact
from model_server.training.openings import Opening, Openings
from services.contract import Step, Turn

SHAPES = (
    *[("answer",)] * 5, *[("subject",)] * 3, ("answer", "answer"), ("answer", "answer"),
    ("answer", "subject"), ("subject", "answer"), ("aside", "answer"), ("aside", "subject"),
)  # fmt: skip
"""What the turns after the first are about; the last is the one to learn."""


class DialogExamples:
    def __init__(
        self,
        openings: Openings,
        draw: Draw,
        asides: Sequence[Callable[[], Example]],
    ) -> None:
        """`asides`: makers of exchanges that change no topic, such as small talk and sums."""
        self.openings = openings
        self.facts = openings.facts
        self.draw = draw
        self.asides = asides

    def make(self) -> Example:
        draw = self.draw
        while True:
            opening = self.openings.make()
            shape = draw.pick(SHAPES)
            if opening.subject is None and "subject" in shape:
                shape = ("answer",)
            example = self.continued(opening, shape)
            if example is not None:
                return example

    def continued(self, opening: Opening, shape: Sequence[str]) -> Example | None:
        """The opening gone on with; None where too little is known for that shape."""
        draw = self.draw
        context, asked_for = list(opening.turns), {opening.link}
        for about in shape[:-1]:
            if about == "aside":
                aside = draw.pick(self.asides)()
                context += [*aside.context, assistant(aside.response)]
                continue
            fact = self._fact(opening, about, asked_for)
            if fact is None:
                return None
            asked_for.add(fact.attribute)
            answer = fill(draw.wording(self.facts.wordings[fact.attribute]["drafts"]),
                          s=fact.subject, v=fact.value)  # fmt: skip
            context += [
                user(self.question(opening, about, fact.attribute)),
                assistant(special_age(fact) or answer),
            ]
        about = shape[-1]
        if draw.chance(0.08) and about == "answer":
            return self.unknown(opening, context)
        fact = self._fact(opening, about, asked_for)
        if fact is None:
            return None
        context.append(user(self.question(opening, about, fact.attribute)))
        return self.researched(f"{about}-followup", opening, about, context, fact)

    def researched(
        self, kind: str, opening: Opening, about: str, context: list[Turn], fact: Fact
    ) -> Example:
        draw, table = self.draw, self.facts.wordings[fact.attribute]
        query = fill(str(table["query"]), s=fact.subject)
        made = self.facts.research(kind, context, fact.attribute, fact, True, query)
        mistaken = opening.subject if about == "answer" else opening.answer
        if mistaken and made.steps[-1].snippets and draw.chance(0.15):
            draft = fill(draw.wording(table["drafts"]), s=mistaken.name, v=fact.value)
            plain = special_age(fact) or fill(str(table["canonical"]), s=fact.subject, v=fact.value)
            made = replace(made, base=draft, base_is_target=False, response=plain)
        return made

    def _fact(self, opening: Opening, about: str, without: set[str]) -> Fact | None:
        referent = opening.answer if about == "answer" else opening.subject
        if referent is None:
            return None
        attributes = set(self.openings.attributes(referent.kind)) - without
        facts = [
            fact
            for fact in self.facts.knowledge.by_subject[referent.name]
            if fact.kind == referent.kind and fact.attribute in attributes
        ]
        fact: Fact | None = self.draw.pick(facts) if facts else None
        return fact

    def question(self, opening: Opening, about: str, attribute: str) -> str:
        draw = self.draw
        referent, other = opening.answer, opening.subject
        if about == "subject" and opening.subject:
            referent, other = opening.subject, opening.answer
        link = opening.link if about == "subject" else ""
        wordings = self.openings.wordings(attribute, link)
        unclear = (
            other is not None
            and other.pronoun["p"] == referent.pronoun["p"]
            and attribute in self.openings.attributes(other.kind)
        )
        pronoun = referent.pronoun
        if referent.nouns and (unclear or draw.chance(0.15)):
            if unclear:  # "there" and "that" could be either
                wordings = [one for one in wordings if "{p" in one] or wordings
            noun = draw.pick(referent.nouns)
            pronoun = {"p": noun, "pp": f"{noun}'s"}
        text = fill(draw.wording(wordings), **pronoun)
        return text.lower().rstrip("?.") if draw.chance(0.06) else text

    def unknown(self, opening: Opening, context: list[Turn]) -> Example:
        """Something nobody recorded of what the answer named: looked up, not found, doubted."""
        draw, table, about = self.draw, self.openings.tables["unknown"], opening.answer
        if about.kind == "person" and draw.chance(0.6):
            noun, template = "place of death", draw.wording(table["place"])
        else:
            tables = [t for t in self.facts.wordings["unanswerable"] if about.kind in t["kinds"]]
            noun = str(draw.pick(tables)["query"]).removeprefix("{s}'s ") if tables else "smell"
            template = draw.wording(table["questions"])
        values = {"s": about.name, "n": noun, **about.pronoun}
        query = f"{about.name}'s {noun}"
        steps = [Step(query=query, snippets=[])]
        facts = self.facts.knowledge.by_subject[about.name]
        if facts and draw.chance(0.5):  # what else is known of it does not answer
            off = distractors(draw, self.facts.knowledge, draw.pick(facts), 2)
            steps.insert(0, Step(query=query, snippets=off))
        return Example(
            "answer-followup/unknown",
            [*context, user(fill(template, **values))],
            fill(draw.wording(table["draft"]), **values),
            False,
            steps,
            fill(draw.wording(table["doubt"]), **values),
        )
