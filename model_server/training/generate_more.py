"""Examples that go on from a tool's answer: sums with the number before, translations once more.

Also questions after something unrelated, answered as if nothing had gone before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from model_server.training.drafting import Draw, assistant, fill, user
from model_server.training.examples import Example
from model_server.training.generate_tools import (
    ArithmeticExamples,
    TranslationExamples,
    decimal_text,
    evaluate,
    misremembered,
    written,
)
from services.contract import Step, Turn


class MoreExamples:
    def __init__(
        self,
        tables: dict[str, Any],
        draw: Draw,
        arithmetic: ArithmeticExamples,
        translation: TranslationExamples,
    ) -> None:
        self.tables = tables
        self.draw = draw
        self.arithmetic = arithmetic
        self.translation = translation

    def sum(self, name: str | None = None) -> Example:
        """ "What is 12*7?" "84" "And divided by 2?": the number before is part of the query.

        `name`: the kind of sum that goes before; None: any.
        """
        draw = self.draw
        before = self.arithmetic.make(name)
        while (number := self._number(before)) is None:
            before = self.arithmetic.make(name)
        query_form = draw.pick(list(self.tables["sums"]))
        values = {"a": number, "b": str(draw.rng.randint(2, 10 ** draw.rng.randint(1, 3)))}
        if "%" in self.tables["sums"][query_form][0]:
            values["b"] = str(draw.rng.choice((5, 10, 15, 20, 25, 30, 50, 75)))
        query = fill(query_form, **values)
        result = evaluate(query)
        assert result is not None
        text = decimal_text(result)
        form = draw.pick(["{q} = {v}.", "That makes {v}.", "The answer is {v}.", "{q} is {v}."])
        right = fill(form, q=query, v=text)
        draft = right if draw.chance(0.3) else fill(form, q=query, v=misremembered(draw, text))
        context = [
            *before.context,
            assistant(before.response),
            user(fill(draw.wording(self.tables["sums"][query_form]), **values)),
        ]
        steps = [Step(query=query, snippets=written(query, result))]
        return Example("tool-followup/sum", context, draft, False, steps, right)

    @staticmethod
    def _number(before: Example) -> str | None:
        """The number the answer gave, where it is short enough to go on with."""
        snippets = before.steps[0].snippets
        text = snippets[-1] if snippets else ""
        plain = text.replace(".", "", 1).isdigit()
        return text if plain and len(text) <= 8 and text in before.response else None

    def translated(self) -> Example:
        """ "And in German?" or "And goodbye?" after a translation."""
        draw = self.draw
        table = self.translation.table
        english, language, _ = draw.pick(self.translation.phrases)
        first = {"x": english, "l": language}
        [*rest] = [row for row in self.translation.phrases if row[0] == english]
        again = "language" if len(rest) > 1 and draw.chance(0.6) else "phrase"
        pool = rest if again == "language" else [
            row for row in self.translation.phrases if row[1] == language
        ]  # fmt: skip
        shown, target, translation = draw.pick(pool)
        if (shown, target) == (english, language):
            return self.translated() if len(pool) > 1 else self.translation.make()
        values = {"x": shown, "l": target, "v": translation}
        drafts = table["drafts"]
        said = next(row[2] for row in rest if row[1] == language)
        context = [
            user(draw.ask(fill(draw.wording(table["questions"]), **first))),
            assistant(fill(draw.wording(drafts), **first, v=said)),
            user(fill(draw.wording(self.tables["translations"][again]), **values)),
        ]
        form = draw.wording(drafts)
        right = fill(form, **values)
        wrong = fill(form, x=shown, l=target, v=str(draw.pick(self.translation.phrases)[2]))
        draft = right if draw.chance(0.4) else wrong
        steps = [Step(query=fill(str(table["query"]), **values), snippets=[translation])]
        kind = "tool-followup/translation"
        return Example(kind, context, draft, draft == right, steps, right)


def after_another(
    draw: Draw, earlier: Sequence[Callable[[], Example]], make: Callable[[], Example]
) -> Example:
    """A question after an exchange of another kind, whose form it must not take."""
    first, then = draw.pick(earlier)(), make()
    context: list[Turn] = [*first.context, assistant(first.response), *then.context]
    kind = f"after-another/{then.kind.split('/')[0]}"
    return Example(kind, context, then.base, then.base_is_target, then.steps, then.response)
