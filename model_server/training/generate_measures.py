"""Examples about units, dates and roots: what the calculator reads beyond sums.

Draws amounts and dates and works the answers out by definition; training must not depend on the
calculator's package, so `decimal_text` and the units' symbols follow what it writes.
"""

from __future__ import annotations

import datetime
import math
from fractions import Fraction
from typing import Any, NamedTuple

from model_server.training.drafting import Draw, fill, user
from model_server.training.examples import Example
from model_server.training.generate_tools import decimal_text, misremembered
from services.contract import Step

CONVERSIONS: tuple[tuple[str, str, str, str], ...] = (
    ("miles", "kilometers", "km", "1.609344"),
    ("kilometers", "miles", "mi", "1/1.609344"),
    ("km", "miles", "mi", "1/1.609344"),
    ("feet", "meters", "m", "0.3048"),
    ("meters", "feet", "ft", "1/0.3048"),
    ("inches", "centimeters", "cm", "2.54"),
    ("cm", "inches", "in", "1/2.54"),
    ("yards", "meters", "m", "0.9144"),
    ("meters", "yards", "yd", "1/0.9144"),
    ("pounds", "kilograms", "kg", "0.45359237"),
    ("kg", "pounds", "lb", "1/0.45359237"),
    ("lbs", "kg", "kg", "0.45359237"),
    ("ounces", "grams", "g", "28.349523125"),
    ("gallons", "liters", "L", "3.785411784"),
    ("liters", "gallons", "gallons", "1/3.785411784"),
    ("hours", "minutes", "minutes", "60"),
    ("minutes", "seconds", "seconds", "60"),
    ("days", "hours", "hours", "24"),
    ("weeks", "days", "days", "7"),
    ("hours", "seconds", "seconds", "3600"),
    ("mph", "km/h", "km/h", "1.609344"),
    ("km/h", "mph", "mph", "1/1.609344"),
    ("acres", "hectares", "ha", "0.40468564224"),
)
"""(from, to, symbol in the result, factor)."""

TEMPERATURES = (("Fahrenheit", "Celsius", "°C"), ("Celsius", "Fahrenheit", "°F"))
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Drawn(NamedTuple):
    """What one question is about."""

    values: dict[str, str]
    right: str
    wrong: str
    exact: str | None = None
    """The exact form, which the calculator gives before the decimal where it is another."""


def factor(text: str) -> Fraction:
    numerator, _, denominator = text.partition("/")
    return Fraction(numerator) / Fraction(denominator or "1")


class MeasureExamples:
    """`tables`: the wordings' tables "convert", "weekday", "days" and "root"."""

    def __init__(self, tables: dict[str, Any], draw: Draw) -> None:
        self.tables = tables
        self.draw = draw

    def make(self) -> Example:
        name = self.draw.pick(["convert", "convert", "convert", "weekday", "days", "days", "root"])
        drawn = {
            "convert": self._conversion,
            "weekday": self._weekday,
            "days": self._days,
            "root": self._root,
        }[name]()
        draw, table = self.draw, self.tables[name]
        question = draw.ask(fill(draw.wording(table["questions"]), **drawn.values))
        template = draw.wording(table["drafts"])
        response = fill(template, **drawn.values, v=drawn.right)
        draft = response if draw.chance(0.25) else fill(template, **drawn.values, v=drawn.wrong)
        snippets = [drawn.exact, drawn.right] if drawn.exact else [drawn.right]
        steps = [Step(query=fill(str(table["query"]), **drawn.values), snippets=snippets)]
        return Example(f"measure/{name}", [user(question)], draft, False, steps, response)

    def _amount(self) -> str:
        rng = self.draw.rng
        if self.draw.chance(0.25):
            return f"{rng.randint(0, 99)}.{rng.randint(1, 9)}"
        return str(rng.randint(2, 10 ** rng.choice((1, 2, 2, 3, 4))))

    def _conversion(self) -> Drawn:
        amount = self._amount()
        if self.draw.chance(0.15):
            source, target, symbol = self.draw.pick(TEMPERATURES)
            value = Fraction(amount)
            to_celsius, to_fahrenheit = (value - 32) * 5 / 9, value * 9 / 5 + 32
            number = decimal_text(to_celsius if target == "Celsius" else to_fahrenheit)
        else:
            source, target, symbol, ratio = self.draw.pick(CONVERSIONS)
            number = decimal_text(Fraction(amount) * factor(ratio))
        values = {"a": amount, "f": source, "t": target}
        return Drawn(values, f"{number} {symbol}", f"{misremembered(self.draw, number)} {symbol}")

    def _date(self) -> tuple[datetime.date, str]:
        rng = self.draw.rng
        day = datetime.date(rng.randint(1600, 2100), 1, 1) + datetime.timedelta(rng.randrange(366))
        month = _MONTHS[day.month - 1]
        written = self.draw.pick(
            [f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}"]
        )
        return day, str(written)

    def _weekday(self) -> Drawn:
        day, written = self._date()
        return Drawn({"d": written}, _DAYS[day.weekday()], str(self.draw.pick(_DAYS)))

    def _days(self) -> Drawn:
        (first, start), (second, end) = self._date(), self._date()
        days = str(abs((second - first).days))
        wrong = misremembered(self.draw, days)
        return Drawn({"d": start, "e": end}, f"{days} days", f"{wrong} days")

    def _root(self) -> Drawn:
        number = self.draw.rng.choice(
            (self.draw.rng.randint(2, 40) ** 2, self.draw.rng.randint(2, 999))
        )
        outside = max(n for n in range(1, math.isqrt(number) + 1) if number % (n * n) == 0)
        inside = number // outside**2
        text = str(outside) if inside == 1 else f"{math.sqrt(number):.12g}"
        exact = f"{outside}*sqrt({inside})" if outside > 1 and inside > 1 else None
        return Drawn({"a": str(number)}, text, misremembered(self.draw, text), exact)
