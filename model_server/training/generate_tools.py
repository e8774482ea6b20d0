"""Examples about the calculator and the translator."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from model_server.training.drafting import Draw, fill, user
from model_server.training.examples import Example
from model_server.training.knowledge import is_split
from services.contract import Step

_TWELVE_DIGITS = Context(prec=12, rounding=ROUND_HALF_UP)
BASIC = ("add", "subtract", "multiply", "divide", "percent")
NO_TRANSLATION_LANGUAGES = (
    "Klingon",
    "Basque",
    "Zulu",
    "Mongolian",
    "Elvish",
    "Quechua",
    "Tibetan",
)


def decimal_text(value: Fraction) -> str:
    """As the calculator writes it: 12 significant digits at most, an exponent below 0.000001."""
    if value.denominator == 1:
        return str(value.numerator)
    rounded = _TWELVE_DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))
    if rounded.adjusted() < -6 or rounded.adjusted() >= 12:
        return f"{rounded.normalize():e}"
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def written(query: str, value: Fraction) -> list[str]:
    """The calculator's results: a fraction first, unless decimals were typed and come out."""
    text = decimal_text(value)
    comes_out = "." in query and "e" not in text and Fraction(text) == value
    if (
        value.denominator == 1
        or comes_out
        or max(abs(value.numerator), value.denominator) >= 10**12
    ):
        return [text]
    return [f"{value.numerator}/{value.denominator}", text]


def misremembered(draw: Draw, value: str) -> str:
    """A number like `value` with a digit or two gone wrong."""
    places = [index for index, character in enumerate(value) if character.isdigit()]
    digits = list(value)
    for place in draw.rng.sample(places, min(len(places), draw.rng.randint(1, 2))):
        digits[place] = str((int(digits[place]) + draw.rng.randint(1, 9)) % 10)
    if digits[0] == "0" and len(digits) > 1 and digits[1] != ".":
        digits[0] = "1"
    wrong = "".join(digits)
    return wrong if wrong != value else value + "0"


class ArithmeticExamples:
    def __init__(self, tables: dict[str, Any], draw: Draw, expressions: float = 0.0) -> None:
        """`expressions`: share of sums put as an expression, over what the tables give."""
        self.expressions = expressions
        self.tables = {
            name: table
            for name, table in tables.items()
            if is_split(table["questions"]) or not draw.unseen
        }
        self.draw = draw

    def _number(self) -> str:
        rng = self.draw.rng
        if self.draw.chance(0.12):
            return f"{rng.randint(0, 99)}.{rng.randint(1, 99)}"
        return str(rng.randint(1, 10 ** rng.choice((1, 2, 2, 3, 3, 4, 4, 5, 6))))

    def _expression(self) -> str:
        rng = self.draw.rng
        n = [str(rng.randint(1, 10 ** rng.randint(1, 4))) for _ in range(3)]
        o, q = rng.choice("+-*"), rng.choice("+-*/")
        return str(
            self.draw.pick(
                [
                    f"{n[0]}{o}{n[1]}", f"{n[0]} {o} {n[1]}", f"{n[0]}{q}{n[1]}",
                    f"({n[0]}{o}{n[1]}){q}{n[2]}", f"{n[0]}{o}{n[1]}{o}{n[2]}",
                    f"{n[0]} {o} {n[1]} {q} {n[2]}", f"{n[0]}*({n[1]}{o}{n[2]})",
                ]
            )
        )  # fmt: skip

    def _values(self, name: str) -> dict[str, str]:
        rng = self.draw.rng
        if name == "expression":
            return {"e": self._expression()}
        a, b, c = self._number(), self._number(), self._number()
        if name == "percent":
            a = str(rng.choice((5, 10, 12, 15, 18, 20, 25, 30, 35, 40, 60, 75, rng.randint(1, 99))))
            if self.draw.chance(0.3):  # a result that comes out whole, as in use
                b = str(20 * rng.randint(1, 50))
        if name == "power":
            a, b = str(rng.randint(2, 20)), str(rng.randint(2, 10))
        if name in ("square", "cube"):
            a = str(rng.randint(2, 999))
        return {"a": a, "b": b, "c": c}

    def make(self, name: str | None = None) -> Example:
        """`name`: the kind of sum; None: any."""
        draw = self.draw
        if name is None:
            name = draw.pick([*BASIC, *BASIC, *self.tables])
            if self.expressions and draw.chance(self.expressions):
                name = "expression"
        table = self.tables[name]
        values = self._values(name)
        template = draw.wording(table["questions"])
        query = fill(str(table["query"]), **values)
        result = evaluate(query)
        question = draw.ask(fill(template, **values))
        if result is None:
            draft = fill(draw.wording(table["drafts"]), **values, v="0")
            response = "I couldn't work that out, so I'd rather not give a number."
            return Example(
                "arithmetic/none",
                [user(question)],
                draft,
                False,
                [Step(query=query, snippets=[])],
                response,
            )
        text = decimal_text(result)
        draft_template = draw.wording(table["drafts"])
        right = fill(draft_template, **values, v=text)
        draft = (
            right
            if draw.chance(0.3)
            else fill(draft_template, **values, v=misremembered(draw, text))
        )
        steps = [Step(query=query, snippets=written(query, result))]
        is_target = draft == right and len(text) < 6
        return Example(f"arithmetic/{name}", [user(question)], draft, is_target, steps, right)


def evaluate(expression: str) -> Fraction | None:
    """Exact value of + - * / ^ and parentheses over decimals; None where there is none.

    A few lines of recursive descent: training must not depend on the calculator's package.
    """
    text = expression.replace(" ", "").replace("**", "^")
    position = 0

    def peek() -> str:
        return text[position] if position < len(text) else ""

    def atom() -> Fraction:
        nonlocal position
        if peek() == "-":
            position += 1
            return -atom()
        if peek() == "(":
            position += 1
            value = total()
            position += 1
            return value
        start = position
        while peek().isdigit() or peek() == ".":
            position += 1
        return Fraction(text[start:position])

    def power() -> Fraction:
        nonlocal position
        value = atom()
        if peek() == "^":
            position += 1
            exponent = power()
            return Fraction(value ** int(exponent))
        return value

    def product() -> Fraction:
        nonlocal position
        value = power()
        while peek() in ("*", "/") and peek():
            operator, position = peek(), position + 1
            value = value * power() if operator == "*" else value / power()
        return value

    def total() -> Fraction:
        nonlocal position
        value = product()
        while peek() in ("+", "-") and peek():
            operator, position = peek(), position + 1
            value = value + product() if operator == "+" else value - product()
        return value

    try:
        return total()
    except ZeroDivisionError:
        return None


class TranslationExamples:
    def __init__(
        self,
        table: dict[str, Any],
        meanings: dict[str, Any],
        phrases: Sequence[tuple[str, str, str]],
        draw: Draw,
    ) -> None:
        self.table = table
        self.meanings = meanings
        self.phrases = phrases
        self.draw = draw

    def make(self) -> Example:
        draw, table = self.draw, self.table
        english, language, translation = draw.pick(self.phrases)
        real = not draw.chance(0.3)
        if not real:  # any translation will do: it is the snippet that counts
            translation = draw.pick(self.phrases)[2]
        if real and draw.chance(0.12):  # longer texts than a phrase list has
            more, _, other = draw.pick(self.phrases)
            english, translation = f"{english} {more}", f"{translation} {other.lower()}"
            real = False
        shown = english if draw.chance(0.8) else english.capitalize()
        known = not draw.chance(0.1)
        if not known:
            language = draw.pick(NO_TRANSLATION_LANGUAGES)
        values = {"x": shown, "l": language}
        question = draw.ask(fill(draw.wording(table["questions"]), **values))
        query = fill(str(table["query"]), **values)
        template = draw.wording(table["drafts"])
        right = fill(template, **values, v=translation)
        roll = draw.rng.random()
        if roll < 0.15:
            draft = fill(draw.wording(table["vague"]), **values)
            response = fill(str(table["canonical"]), **values, v=translation)
        else:
            wrong = draw.pick(self.phrases)[2]
            # now and then a draft that has lost the phrase
            said = {"x": wrong, "l": language} if draw.chance(0.25) else values
            draft = right if roll < 0.45 else fill(template, **said, v=wrong)
            response = right
        if not known:
            response = fill(draw.wording(table["doubt"]), **values)
        snippets = [translation, *self._other_senses()] if known else []
        steps = [Step(query=query, snippets=snippets)]
        is_target = known and real and draft == right
        return Example(
            f"translation/{'ok' if known else 'none'}",
            [user(question)],
            draft,
            is_target,
            steps,
            response,
        )

    def meaning(self) -> Example:
        """A word of another language: what does it mean?"""
        draw = self.draw
        english, language, word = draw.pick(self.phrases)
        values = {"x": word, "l": language}
        question = draw.ask(fill(draw.wording(self.meanings["questions"]), **values))
        template = draw.wording(self.meanings["drafts"])
        right = fill(template, **values, v=english)
        wrong = fill(template, **values, v=draw.pick(self.phrases)[0])
        query = fill(str(self.meanings["query"]), **values)
        steps = [Step(query=query, snippets=[english, *self._other_senses(into_english=True)])]
        draft = right if draw.chance(0.3) else wrong
        return Example("translation/meaning", [user(question)], draft, False, steps, right)

    def _other_senses(self, *, into_english: bool = False) -> list[str]:
        """Further translations, as a dictionary has them: the first is the one to take."""
        if not self.draw.chance(0.25):
            return []
        column = 0 if into_english else 2
        return [self.draw.pick(self.phrases)[column] for _ in range(self.draw.rng.randint(1, 3))]
