"""Exchange rates: the file, and sums across currencies once one is in use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from sympy import Integer, Rational

from services.calculator.decline import NoValue
from services.calculator.tree import Operator, UnitPower
from services.calculator.units import currency
from services.calculator.units.quantities import binary, convert, measure
from services.calculator.units.rates import RatesError, read_rates

GOOD = {"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1.08, "GBP": 0.864, "JPY": 160}}
EUR, USD, GBP, CHF = ((UnitPower(code),) for code in ("EUR", "USD", "GBP", "CHF"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rates.json"
    path.write_text(json.dumps(GOOD))
    return path


@pytest.fixture
def rates(file: Path) -> Iterator[None]:
    currency.use(read_rates(file))
    yield
    currency.use(None)


def test_rates_are_read_as_exact_decimals(file: Path) -> None:
    read = read_rates(file)
    assert (read.base, read.day.isoformat()) == ("EUR", "2026-11-20")
    assert read.per_base("USD") == Fraction(108, 100)
    assert read.per_base("EUR") == 1
    assert read.per_base("CHF") is None


@pytest.mark.usefixtures("rates")
def test_money_converts_by_the_rates() -> None:
    assert convert(measure(Integer(100), EUR), USD, 13_000).amount == 108
    assert convert(measure(Integer(108), USD), GBP, 13_000).amount == Rational("86.4")
    total = binary(Operator.ADD, measure(Integer(54), USD), measure(Integer(10), EUR), 13_000)
    assert total == measure(Rational("64.8"), USD)


@pytest.mark.usefixtures("rates")
def test_a_currency_without_a_rate_has_no_value() -> None:
    with pytest.raises(NoValue):
        convert(measure(Integer(100), EUR), CHF, 13_000)


def test_without_a_file_nothing_converts() -> None:
    with pytest.raises(NoValue):
        convert(measure(Integer(100), EUR), USD, 13_000)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "not JSON"),
        ("[]", "must be an object"),
        (json.dumps({**GOOD, "extra": 1}), "must be an object"),
        (json.dumps({**GOOD, "base": "euro"}), "base"),
        (json.dumps({**GOOD, "base": 3}), "base"),
        (json.dumps({**GOOD, "date": "20.11.2026"}), "date"),
        (json.dumps({**GOOD, "date": "2026-02-30"}), "date"),
        (json.dumps({**GOOD, "rates": {}}), "rates"),
        (json.dumps({**GOOD, "rates": [1.08]}), "rates"),
        (json.dumps({**GOOD, "rates": {"usd": 1.08}}), "usd"),
        (json.dumps({**GOOD, "rates": {"USD": "1.08"}}), "USD"),
        (json.dumps({**GOOD, "rates": {"USD": True}}), "USD"),
        (json.dumps({**GOOD, "rates": {"USD": 0}}), "USD"),
        (json.dumps({**GOOD, "rates": {"USD": -1.08}}), "USD"),
        (json.dumps({**GOOD, "rates": {"USD": 1e300}}), "USD"),
        (json.dumps({**GOOD, "rates": {"EUR": 2}}), "EUR"),
        (json.dumps(GOOD).replace("1.08", "NaN"), "not JSON"),
        (json.dumps(GOOD).replace("1.08", "1e999999999999999999999"), "JSON|USD"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "rates.json"
    path.write_text(text)
    with pytest.raises(RatesError, match=place) as error:
        read_rates(path)
    assert str(path) in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(RatesError, match="nowhere"):
        read_rates(tmp_path / "nowhere.json")
    with pytest.raises(RatesError):
        read_rates(tmp_path)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RatesError):
        read_rates(tmp_path / "bytes")
