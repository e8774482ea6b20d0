"""Which field of the World Factbook is which attribute, and how its text becomes a value.

Figures keep the year of the estimate in brackets. Texts that are no single value (several regimes,
"NA", remarks) are left out: a fact that is missing does less harm than one that misleads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.retrieval.build.factbook import (
    EDITION,
    Page,
    figure,
    items,
    names_in_sentence_case,
    newest,
    plain,
    short_list,
    text_of,
)
from services.retrieval.facts.lint_values import STALE


@dataclass(frozen=True, slots=True)
class Shown:
    value: str
    """With unit and year, as the fact shows it."""
    unit: str = ""
    valid_on: str = ""


Reader = Callable[[Page], Shown | None]

_NUMBER = r"-?\$?-?[\d,.]+(?: (?:million|billion|trillion))?"
_MONEY = re.compile(r"(-?\$-?[\d,.]+(?: (?:million|billion|trillion))?)")
_METRES = re.compile(r"(.+?),? ?(?<![\d.,])(-?[\d,.]+) m(?: \(.*)?")
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_COORDINATES = re.compile(r"(\d+) (\d\d) ([NS]), (\d+) (\d\d) ([EW])")
_DATE = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4} \(.+\)")
_CITY = re.compile(r"([\d.,]+(?: million)?) ([^(]+?)(?: \([^)]*\))?")
# What may stand before: a government's initials (`GNU Interim Prime Minister`), or brackets.
_HELD = re.compile(
    r"(?:[A-Z]{2,5} (?=[A-Z][a-z])|\([^()]*\) )?(?P<who>.+?) \(since (?P<since>[^();]+)"
)
_REMARK = re.compile(r" \((?:(?:also|formerly)\b[^()]*|[A-Z]{2,6})\)")
_NEIGHBOUR = re.compile(r"(.+?) [\d,.]+ (?:km|m)\b.*")
# What a page says about its own text, or about what one government holds of another.
_ASIDE = re.compile(r"^note\b|disputed|not recognize|not available|no official", re.IGNORECASE)
_LETTERS = re.compile(r"\((?:s|prior to [^()]*)\)")
_UNITS = re.compile(r"(\d+) ([a-z]+(?: [a-z]+){0,4})\*{0,3}(?: \([^)]*\))?")


def quantity(section: str, *names: str, pattern: str, unit: str, shown: str = "{} {}") -> Reader:
    """A number with its unit and year: `68.9 years (2024)`; pattern is what follows the number."""
    compiled = re.compile(rf"({_NUMBER}){pattern}(?!\d).*")

    def read(page: Page) -> Shown | None:
        text = newest(page, section, *names) if len(names) == 1 else text_of(page, section, *names)
        value, year = figure(text)
        match = compiled.fullmatch(value)
        if match is None:
            return None
        number = match.group(1).rstrip(",.")
        return Shown(_dated(shown.format(number, unit), year), unit, year)

    return read


def percent(section: str, *names: str, of: str = "") -> Reader:
    unit = f"% of {of}" if of else "%"
    return quantity(section, *names, pattern="%", unit=unit, shown="{}{}")


def money(section: str, *names: str, note: str = "") -> Reader:
    def read(page: Page) -> Shown | None:
        text = newest(page, section, *names) if len(names) == 1 else text_of(page, section, *names)
        value, year = figure(text)
        match = _MONEY.match(value)
        if match is None:
            return None
        brackets = ", ".join(part for part in (note, year) if part)
        return Shown(match.group(1) + (f" ({brackets})" if brackets else ""), "US$", year)

    return read


def listing(section: str, *names: str) -> Reader:
    """A list, cut where it grows too long to read."""

    def read(page: Page) -> Shown | None:
        value, year = figure(text_of(page, section, *names))
        value = short_list(value.partition("; note -")[0])
        usual = value and not value.startswith(("NA", "none")) and not _ASIDE.search(value)
        return Shown(_dated(value, year), "", year) if usual else None

    return read


def statement(section: str, *names: str, limit: int = 120) -> Reader:
    """A short text as it stands; longer ones are no value."""

    def read(page: Page) -> Shown | None:
        clauses = plain(text_of(page, section, *names)).split("; ")
        value = "; ".join(clause for clause in clauses if not _ASIDE.search(clause))
        value = _LETTERS.sub("", value).rstrip()
        usual = value and len(value) <= limit and value.lower() not in ("na", "none")
        return Shown(value) if usual else None

    return read


def office(*names: str) -> Reader:
    """Who holds it, as the last edition says: `President Emmanuel Macron, since 14 May 2017`."""

    def read(page: Page) -> Shown | None:
        held = _HELD.match(plain(text_of(page, "Government", *names)).split(";")[0])
        if held is None:
            return None
        who = names_in_sentence_case(_REMARK.sub("", held.group("who")))
        who = who.replace("prime minister-equivalent", "Prime Minister")
        value = f"{who}, since {held.group('since')}"
        return Shown(f"{value} ({EDITION})", "", EDITION) if len(value) <= 120 else None

    return read


def point(name: str) -> Reader:
    """`Nevado Huascaran 6,746 m` → `Nevado Huascaran, 6,746 m`."""

    def read(page: Page) -> Shown | None:
        text = plain(text_of(page, "Geography", "Elevation", name)).partition("; note -")[0]
        match = _METRES.fullmatch(text)
        if match is None:
            return None
        place = _BRACKETS.sub("", match.group(1)).rstrip(" ,")
        return Shown(f"{place}, {match.group(2)} m", "m")

    return read


def kilometres(section: str, *names: str) -> Reader:
    def read(page: Page) -> Shown | None:
        value, year = figure(text_of(page, section, *names))
        match = re.fullmatch(r"([\d,.]+) km\b(?! \(\d{5}).*", value)
        return Shown(_dated(f"{match.group(1)} km", year), "km", year) if match else None

    return read


def square_kilometres(name: str) -> Reader:
    def read(page: Page) -> Shown | None:
        match = re.match(r"([\d,.]+) sq km", plain(text_of(page, "Geography", "Area", name)))
        return Shown(f"{match.group(1)} km²", "km²") if match else None

    return read


def _neighbours(page: Page) -> Shown | None:
    field = text_of(page, "Geography", "Land boundaries", "border countries")
    names = [match.group(1) for item in items(field) if (match := _NEIGHBOUR.fullmatch(item))]
    return Shown(", ".join(names)) if names and len(names) == len(list(items(field))) else None


def _coordinates(page: Page) -> Shown | None:
    match = _COORDINATES.match(plain(text_of(page, "Geography", "Geographic coordinates")))
    if match is None:
        return None
    degrees_lat, minutes_lat, north, degrees_lon, minutes_lon, east = match.groups()
    if int(minutes_lat) >= 60 or int(minutes_lon) >= 60:  # a few pages give hundredths
        return None
    return Shown(
        f"{int(degrees_lat)}°{minutes_lat}' {north}, {int(degrees_lon)}°{minutes_lon}' {east}"
    )


def _voting_age(page: Page) -> Shown | None:
    match = re.match(r"(\d+) years of age", plain(text_of(page, "Government", "Suffrage")))
    return Shown(f"{match.group(1)} years", "years") if match else None


def _independence(page: Page) -> Shown | None:
    value = plain(text_of(page, "Government", "Independence")).split(";")[0]
    return Shown(value) if _DATE.fullmatch(value) and len(value) <= 120 else None


def _largest_cities(page: Page) -> Shown | None:
    value, year = figure(text_of(page, "People and Society", "Major urban areas - population"))
    found = [_CITY.fullmatch(part) for part in value.split(", ")]
    if not year or not all(found):
        return None
    names = [
        f"{names_in_sentence_case(match.group(2))} {match.group(1)}" for match in found if match
    ]
    return Shown(_dated(", ".join(names[:5]), year), "people", year)


def _divisions(page: Page) -> Shown | None:
    head = plain(text_of(page, "Government", "Administrative divisions")).split(";")[0]
    found = [match.groups() for match in _UNITS.finditer(head)]
    shown = ", ".join(f"{count} {name.removesuffix(' and')}" for count, name in found)
    return Shown(shown) if found else None


def _heritage(page: Page) -> Shown | None:
    field = text_of(page, "Government", "National heritage", "total World Heritage Sites")
    match = re.match(r"(\d+)\b", plain(field))
    if match is None or match.group(1) == "0":
        return None
    return Shown(f"{match.group(1)} ({EDITION})", "", EDITION)


def _flag(page: Page) -> Shown | None:
    text = re.sub(r"<strong>\s*description:\s*</strong>", "", text_of(page, "Government", "Flag"))
    value = short_list(plain(text), 200)
    return Shown(value) if value else None


def _count(section: str, *names: str) -> Reader:
    """A plain number with its year: `42.6 million (2024)`."""

    def read(page: Page) -> Shown | None:
        value, year = figure(text_of(page, section, *names))
        match = re.fullmatch(rf"({_NUMBER})", value)
        return Shown(_dated(match.group(1), year), "", year) if match and year else None

    return read


def _dated(value: str, year: str) -> str:
    return f"{value} ({year})" if year else value


PEOPLE, ECONOMY, LAND, STATE = "People and Society", "Economy", "Geography", "Government"
RATE = " per 1,000 people"
FIELDS: dict[str, Reader] = {
    "Full name": statement(STATE, "Country name", "conventional long form"),
    "Native name": statement(STATE, "Country name", "local short form", limit=60),
    "Demonym": statement(PEOPLE, "Nationality", "adjective", limit=60),
    "Government type": statement(STATE, "Government type"),
    "Head of state": office("Executive branch", "chief of state"),
    "Head of government": office("Executive branch", "head of government"),
    "Legislature": statement(STATE, "Legislative branch", "legislature name"),
    "Legal system": statement(STATE, "Legal system"),
    "Voting age": _voting_age,
    "Independence": _independence,
    "National holiday": statement(STATE, "National holiday"),
    "National anthem": statement(STATE, "National anthem(s)", "title"),
    "National symbol": statement(STATE, "National symbol(s)"),
    "National colors": statement(STATE, "National color(s)"),
    "Flag": _flag,
    "Administrative divisions": _divisions,
    "World Heritage Sites": _heritage,
    "Languages": listing(PEOPLE, "Languages", "Languages"),
    "Ethnic groups": listing(PEOPLE, "Ethnic groups"),
    "Religions": listing(PEOPLE, "Religions"),
    "Life expectancy": quantity(
        PEOPLE, "Life expectancy at birth", "total population", pattern=" years", unit="years"
    ),
    "Median age": quantity(PEOPLE, "Median age", "total", pattern=" years", unit="years"),
    "Birth rate": quantity(PEOPLE, "Birth rate", pattern=" births/1,000", unit="births" + RATE),
    "Death rate": quantity(PEOPLE, "Death rate", pattern=" deaths/1,000", unit="deaths" + RATE),
    "Net migration rate": quantity(
        PEOPLE, "Net migration rate", pattern=" migrant", unit="migrants" + RATE
    ),
    "Fertility rate": quantity(
        PEOPLE, "Total fertility rate", pattern=" children", unit="children per woman"
    ),
    "Infant mortality": quantity(
        PEOPLE,
        "Infant mortality rate",
        "total",
        pattern=" deaths/1,000",
        unit="deaths per 1,000 live births",
    ),
    "Maternal mortality": quantity(
        PEOPLE,
        "Maternal mortality ratio",
        pattern=" deaths/100,000",
        unit="deaths per 100,000 live births",
    ),
    "Doctors": quantity(
        PEOPLE, "Physician density", pattern=" physicians/1,000", unit="per 1,000 people"
    ),
    "Alcohol consumption": quantity(
        PEOPLE,
        "Alcohol consumption per capita",
        "total",
        pattern=" liters",
        unit="liters per person a year",
    ),
    "Population growth": percent(PEOPLE, "Population growth rate"),
    "Urban population": percent(PEOPLE, "Urbanization", "urban population"),
    "Literacy rate": percent(PEOPLE, "Literacy", "total population"),
    "Obesity rate": percent(PEOPLE, "Obesity - adult prevalence rate"),
    "Smoking rate": percent(PEOPLE, "Tobacco use", "total"),
    "Health spending": percent(
        PEOPLE, "Health expenditure", "Health expenditure (as % of GDP)", of="GDP"
    ),
    "Education spending": percent(
        PEOPLE, "Education expenditure", "Education expenditure (% GDP)", of="GDP"
    ),
    "Largest cities": _largest_cities,
    "GDP": money(ECONOMY, "GDP (official exchange rate)"),
    "GDP (PPP)": money(ECONOMY, "Real GDP (purchasing power parity)"),
    "GDP per capita": money(ECONOMY, "Real GDP per capita", note="PPP"),
    "Exports": money(ECONOMY, "Exports"),
    "Imports": money(ECONOMY, "Imports"),
    "GDP growth": percent(ECONOMY, "Real GDP growth rate"),
    "Inflation rate": percent(ECONOMY, "Inflation rate (consumer prices)"),
    "Unemployment rate": percent(ECONOMY, "Unemployment rate"),
    "Youth unemployment rate": percent(ECONOMY, "Youth unemployment rate (ages 15-24)", "total"),
    "Poverty rate": percent(ECONOMY, "Population below poverty line"),
    "Public debt": percent(ECONOMY, "Public debt", of="GDP"),
    "Gini index": quantity(
        ECONOMY,
        "Gini Index coefficient - distribution of family income",
        pattern="",
        unit="",
        shown="{}",
    ),
    "Labor force": _count(ECONOMY, "Labor force"),
    "Main exports": listing(ECONOMY, "Exports - commodities"),
    "Main imports": listing(ECONOMY, "Imports - commodities"),
    "Export partners": listing(ECONOMY, "Exports - partners"),
    "Import partners": listing(ECONOMY, "Imports - partners"),
    "Industries": listing(ECONOMY, "Industries"),
    "Agricultural products": listing(ECONOMY, "Agricultural products"),
    "Natural resources": listing(LAND, "Natural resources"),
    "Natural hazards": listing(LAND, "Natural hazards"),
    "Highest point": point("highest point"),
    "Lowest point": point("lowest point"),
    "Coastline": kilometres(LAND, "Coastline"),
    "Border length": kilometres(LAND, "Land boundaries", "total"),
    "Borders": _neighbours,
    "Land area": square_kilometres("land"),
    "Water area": square_kilometres("water"),
    "Location": statement(LAND, "Location", limit=160),
    "Coordinates": _coordinates,
    "Climate": listing(LAND, "Climate"),
    "Terrain": listing(LAND, "Terrain"),
    "Forest cover": percent(LAND, "Land use", "forest"),
    "Internet domain": statement("Communications", "Internet country code", limit=8),
    "Internet users": percent("Communications", "Internet users", "percent of population"),
    "Mobile phones": _count(
        "Communications", "Telephones - mobile cellular", "total subscriptions"
    ),
    "Airports": _count("Transportation", "Airports"),
    "Railways": kilometres("Transportation", "Railways", "total"),
    "Military spending": percent("Military and Security", "Military expenditures", of="GDP"),
    "CO2 emissions": quantity(
        "Environment",
        "Carbon dioxide emissions",
        "total emissions",
        pattern=" metric tonnes",
        unit="tonnes",
    ),
    "Electricity access": percent(
        "Energy", "Electricity access", "electrification - total population"
    ),
}


def fields(page: Page) -> Iterator[tuple[str, Shown]]:
    for attribute, read in FIELDS.items():
        shown = read(page)
        if shown is not None and (shown.valid_on or attribute not in STALE):
            yield attribute, shown
