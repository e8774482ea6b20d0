"""Examples that look the other way or twice: from a value to its subject, and chains of two."""

from __future__ import annotations

from model_server.training.ages import special_age
from model_server.training.drafting import Draw, among, distractors, fill, other_value, user
from model_server.training.examples import Example
from model_server.training.generate_facts import FactExamples
from model_server.training.knowledge import Fact
from services.contract import Step


class HopExamples:
    def __init__(self, facts: FactExamples, draw: Draw) -> None:
        self.facts = facts
        self.draw = draw

    def reverse(self) -> Example:
        draw = self.draw
        table = self.facts.table("reverse")
        pool = self.facts.knowledge.of(
            self.facts.knowledge.kinds_with(table["attribute"]), table["attribute"]
        )
        fact: Fact = draw.pick(pool)
        values = {"s": fact.subject, "v": fact.value}
        question = draw.ask(fill(draw.wording(table["questions"]), v=fact.value))
        query = fill(str(table["query"]), v=fact.value)
        template = draw.wording(table["drafts"])
        right = fill(template, **values)
        draft = (
            right if draw.chance(0.4) else fill(template, s=draw.pick(pool).subject, v=fact.value)
        )
        response = right
        if draw.chance(0.15):
            draft, response = (
                fill(draw.wording(table["vague"]), v=fact.value),
                fill(str(table["canonical"]), **values),
            )
        snippets = among(
            draw, fact.text, distractors(draw, self.facts.knowledge, fact, draw.rng.randint(0, 2))
        )
        if draw.chance(0.1):
            snippets, response = [], fill(draw.wording(table["doubt"]), v=fact.value)
        steps = [Step(query=query, snippets=snippets)]
        kind = f"reverse/{table['attribute']}"
        return Example(kind, [user(question)], draft, draft == right, steps, response)

    def chain(self) -> Example:
        """Two hops: the first answer is the second query's subject."""
        draw = self.draw
        table = self.facts.table("chain")
        one, two = self.facts.wordings[table["first"]], self.facts.wordings[table["second"]]
        start = self.facts.fact(table["first"])
        final = self.facts.fact(table["second"])
        while special_age(final):
            final = self.facts.fact(table["second"])
        if table["first"] == "Country":
            final = draw.pick(self.facts.knowledge.by_attribute["country", table["second"]])
        if table["first"] == "Capital":
            final = draw.pick(self.facts.knowledge.by_attribute["city", table["second"]])
        link = Fact(start.subject, start.attribute, final.subject, start.kind)
        values = {"s": link.subject, "m": link.value, "v": final.value}
        question = draw.ask(fill(draw.wording(table["questions"]), s=link.subject))
        template = draw.wording(table["drafts"])
        pool = self.facts.knowledge.by_attribute[final.kind, final.attribute]
        wrong = values | {"v": other_value(draw, pool, final.value)}
        if draw.chance(0.5):
            wrong["m"] = start.value
        draft = fill(template, **(values if draw.chance(0.25) else wrong))
        response = fill(template, **values)
        steps = [
            Step(
                query=fill(str(one["query"]), s=link.subject),
                snippets=self.facts.snippets(one, link),
            )
        ]
        if draw.chance(0.07):
            steps[0] = Step(query=steps[0].query, snippets=[])
            response = fill(draw.wording(table["doubt"]), **values)
        else:
            second = fill(str(two["query"]), s=link.value)
            if draw.chance(0.07):
                steps.append(Step(query=second, snippets=[]))
                response = fill(draw.wording(table["doubt"]), **values)
            else:
                steps.append(Step(query=second, snippets=self.facts.snippets(two, final)))
        kind = f"chain/{table['first']}>{table['second']}"
        return Example(kind, [user(question)], draft, False, steps, response)
