"""The file of exchange rates: reading and checking it.

    {"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1.08, "GBP": 0.86}}

A rate is how much of a currency one of the base buys. Numbers are read as exact decimals. The
service reads the file at its start too, to refuse a bad one, so nothing heavy is imported here.

    RatesError   the file cannot be read or is not as above; the message names file and place
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

_CODE = re.compile(r"[A-Z]{3}")
_MAX_BYTES = 1_000_000
_LARGEST = Decimal("1e12")


class RatesError(Exception):
    """The rates file is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Rates:
    base: str
    day: date
    rates: Mapping[str, Fraction]

    def per_base(self, code: str) -> Fraction | None:
        """How much of `code` one of the base buys; None: not in the file."""
        return Fraction(1) if code == self.base else self.rates.get(code)


def read_rates(path: Path) -> Rates:
    """Read and check a rates file. Raises RatesError."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise RatesError(f"{path}: larger than {_MAX_BYTES} bytes")
        body = json.loads(
            path.read_text(encoding="utf-8"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse_constant,
        )
    except OSError as error:
        raise RatesError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise RatesError(f"{path}: is not JSON: {error}") from error
    try:
        return _checked(body)
    except RatesError as error:
        raise RatesError(f"{path}: {error}") from None


def _refuse_constant(name: str) -> Decimal:
    raise ValueError(f"{name} is no number")


def _checked(body: object) -> Rates:
    if not isinstance(body, dict) or body.keys() != {"base", "date", "rates"}:
        raise RatesError("must be an object with base, date and rates, and nothing else")
    base, day, rates = body["base"], body["date"], body["rates"]
    if not isinstance(base, str) or not _CODE.fullmatch(base):
        raise RatesError("base: must be a code of three capitals, as EUR")
    if not isinstance(rates, dict) or not rates:
        raise RatesError("rates: must be an object of codes and numbers, at least one")
    return Rates(base, _day(day), {code: _rate(code, rate, base) for code, rate in rates.items()})


def _day(text: object) -> date:
    try:
        if isinstance(text, str) and len(text) == len("2026-11-20"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise RatesError("date: must be a date as 2026-11-20")


def _rate(code: str, rate: object, base: str) -> Fraction:
    if not _CODE.fullmatch(code):
        raise RatesError(f"rates: {code!r} is not a code of three capitals, as USD")
    if not isinstance(rate, Decimal) or not 1 / _LARGEST < rate < _LARGEST:
        raise RatesError(f"rates.{code}: must be a number above 0, not in quotes")
    if code == base and rate != 1:
        raise RatesError(f"rates.{code}: the base's own rate must be 1")
    return Fraction(rate)
