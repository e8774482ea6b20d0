"""The checkable values of a text: dates, numbers and names, each with where it stands.

Covers: finding them by their form. Does not cover: numbers in words ("forty"), rounded numbers,
synonyms, or what a sentence says about a value. Names are found by their capitals, so only in
scripts that have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Literal

Kind = Literal["date", "number", "name"]
Key = tuple[int, int, int] | Decimal | str

_MONTH_NAMES = (
    "january february march april may june july august september october november december"
)
_MONTHS = _MONTH_NAMES.split()
_MONTH = "(?:" + "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + ")"
_DATE = re.compile(
    rf"""(?<!\w)(?:
      (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})
    | (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?(?P<m1>{_MONTH})\.?,?\ (?P<y1>\d{{4}})
    | (?P<m2>{_MONTH})\.?\ (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\ (?P<y2>\d{{4}})
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_YEAR = re.compile(r"\d{4}")
# A sign counts only after a space or an opening bracket: "1990-1995" is a range, "7-2" a sum.
# A unit may follow without a space ("324m"); other letters make it part of a word ("3D", "B12").
_NUMBER = re.compile(
    r"""(?<![\w.])(?<!\d,)(?:(?<![^\s(\[])[-\u2212])?
    (?:\d{1,3}(?:[,\u00a0\u202f]\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?
    (?=(?:km|cm|mm|kg|mi|ft|m|g)?(?!\w))(?!\.\d)""",
    re.VERBOSE,
)
_SEPARATORS = str.maketrans({",": None, "\u00a0": None, "\u202f": None, "\u2212": "-"})

_WORD = re.compile(r"[^\W_][\w\u2019'-]*")
_JOINING_WORDS = "of the de da do del della der di du la le van von den bin al el y"
_JOINING = frozenset(_JOINING_WORDS.split())
_OPENING_WORDS = """
    a about after all also although an and any are as at because before both but by can certainly
    could did do does during each either every everyone for from good great had has have he hello
    her here hers hey hi his how however i i'd i'll i'm i've if in indeed is it it's its let like
    many maybe me more most my nice no nobody none nor not now of oh ok okay on once one or our
    perhaps please right she should since so some sorry still such sure thank thanks that that's the
    their them then there there's these they they're this those though to today tomorrow
    unfortunately until was we welcome well were what what's when where whether which while who
    whose why will with would yes yesterday yet you you'd you'll you're you've your
"""
_OPENERS = frozenset(_OPENING_WORDS.split())
_COPULAS = frozenset(["is", "was", "are", "were", "has", "had"])
_SENTENCE_END = '.!?:;\n"“”«»([*•'


@dataclass(frozen=True, slots=True)
class Value:
    """One checkable value: `text` is the slice start..end of the text it was found in."""

    kind: Kind
    start: int
    end: int
    text: str
    key: Key
    """Equal for equal values: (year, month, day), a number, or a name in lower case."""


def find_values(text: str) -> list[Value]:
    """Every date, number and name of `text`, in order, none overlapping another."""
    taken = bytearray(len(text))
    values: list[Value] = []
    for value in chain(_dates(text), _numbers(text), _names(text)):
        if not any(taken[value.start : value.end]):
            taken[value.start : value.end] = b"\1" * (value.end - value.start)
            values.append(value)
    return sorted(values, key=lambda value: value.start)


def _dates(text: str) -> Iterator[Value]:
    if _YEAR.search(text) is None:  # looking for dates at every character takes long
        return
    for match in _DATE.finditer(text):
        part = match.groupdict()
        if part["iso"]:
            year, month, day = (int(number) for number in part["iso"].split("-"))
        else:
            name = (part["m1"] or part["m2"])[:3].lower()
            month = 1 + next(i for i, full in enumerate(_MONTHS) if full.startswith(name))
            year, day = int(part["y1"] or part["y2"]), int(part["d1"] or part["d2"])
        yield Value("date", match.start(), match.end(), match[0], (year, month, day))


def _numbers(text: str) -> Iterator[Value]:
    for match in _NUMBER.finditer(text):
        key = Decimal(match[0].translate(_SEPARATORS))
        yield Value("number", match.start(), match.end(), match[0], key)


def _names(text: str) -> Iterator[Value]:
    """Runs of capitalised words, with words like "of" and "van" allowed inside a run."""
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        adjoins = bool(run) and text[run[-1].end() : word.start()] == " "
        if run and not adjoins:
            yield from _name(text, run)
            run = []
        if word[0][0].isupper() or (run and word[0] in _JOINING):
            run.append(word)
        elif run:
            yield from _name(text, run)
            run = []
    if run:
        yield from _name(text, run)


def _name(text: str, run: list[re.Match[str]]) -> Iterator[Value]:
    """The run as a name, unless it is only a sentence's capital.

    A lone word that begins a sentence is a name only before "is", "was" and the like: "Paris is",
    but not "Coding can".
    """
    while run and run[0][0].lower() in _OPENERS:
        run = run[1:]
    while run and run[-1][0] in _JOINING:
        run = run[:-1]
    if not run:
        return
    start, end = run[0].start(), run[-1].end()
    if text[start:end].endswith(("'s", "\u2019s")):
        end -= 2
    if end - start < 2 or (len(run) == 1 and not _names_something(text, start, run[0].end())):
        return
    yield Value("name", start, end, text[start:end], fold(text[start:end]))


def _names_something(text: str, start: int, end: int) -> bool:
    before = text[:start].rstrip(" ")
    if before and before[-1] not in _SENTENCE_END:
        return True
    following = _WORD.match(text, end + 1)
    return (
        following is not None
        and following[0].lower() in _COPULAS
        and not text[start:end].endswith("ing")
    )


def fold(text: str) -> str:
    """Text in lower case, character by character, so that its positions stay the text's own."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)
