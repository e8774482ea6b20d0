"""HTML cut into texts, tags and the rest; joined, they are the document again.

Covers: where each begins and ends, as the HTML standard has it (section 13.2.5): what is left open,
a tag, a quote or a comment, reaches to the document's end. So the time taken grows as the length
does. The standard library's html.parser looks at the rest of the document again for every tag that
is left open: it took 30 s for 64 KiB of `<a `. Does not cover: what any tag means (tokens.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

# Elements whose text holds no tags but their own end.
RAW_TEXT = frozenset(
    "iframe noembed noframes script style textarea title xmp".split()  # noqa: SIM905  shorter
)

_NAME = re.compile(r"[A-Za-z][^ \t\r\n\f/>]*")
_BETWEEN = re.compile(r"[ \t\r\n\f/]*")
_ATTRIBUTE = re.compile(r"=?[^ \t\r\n\f/>=]*")
_EQUALS = re.compile(r"[ \t\r\n\f]*=[ \t\r\n\f]*")
_UNQUOTED = re.compile(r"[^ \t\r\n\f>]*")
_NO_TAG = re.compile(r"<(?![A-Za-z/!?])")
_RAW_END = {name: re.compile(rf"</{name}(?=[ \t\r\n\f/>])", re.IGNORECASE) for name in RAW_TEXT}


class What(Enum):
    TEXT = auto()
    START = auto()
    END = auto()
    COMMENT = auto()  # or a processing instruction
    OTHER = auto()  # a declaration, or what is none of these


@dataclass(frozen=True, slots=True)
class Lexeme:
    what: What
    raw: str
    tag: str = ""
    """In lower case."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    closes_itself: bool = False
    """Written with a slash at its end, `<br/>`."""


def lex(source: str) -> Iterator[Lexeme]:
    place = 0
    while place < len(source):
        lexeme = _at_less_than(source, place) if source[place] == "<" else None
        if lexeme is None:
            lexeme = Lexeme(What.TEXT, source[place : _text_end(source, place)])
        yield lexeme
        place += len(lexeme.raw)
        if lexeme.what is What.START and lexeme.tag in RAW_TEXT and not lexeme.closes_itself:
            end = _RAW_END[lexeme.tag].search(source, place)
            text = source[place : end.start() if end else len(source)]
            if text:
                yield Lexeme(What.TEXT, text)
            place += len(text)


def _text_end(source: str, place: int) -> int:
    """Where the text that begins at `place` ends: before the next `<` that begins something."""
    end = source.find("<", place)
    while end >= 0 and _NO_TAG.match(source, end):
        end = source.find("<", end + 1)
    return end if end >= 0 else len(source)


def _at_less_than(source: str, place: int) -> Lexeme | None:
    """What the `<` at `place` begins; None: text."""
    if source.startswith("<!--", place):
        return Lexeme(What.COMMENT, _through("-->", source, place, place + 4))
    following = source[place + 1 : place + 2]
    if following == "?":
        return Lexeme(What.COMMENT, _through(">", source, place, place + 2))
    if following == "!":
        return Lexeme(What.OTHER, _through(">", source, place, place + 2))
    if following == "/":
        raw = _through(">", source, place, place + 2)
        name = _NAME.match(source, place + 2)
        return Lexeme(What.END, raw, name.group().lower()) if name else Lexeme(What.OTHER, raw)
    name = _NAME.match(source, place + 1)
    return _start_tag(source, place, name) if name else None


def _through(closing: str, source: str, start: int, search_from: int) -> str:
    end = source.find(closing, search_from)
    return source[start:] if end < 0 else source[start : end + len(closing)]


def _start_tag(source: str, start: int, name: re.Match[str]) -> Lexeme:
    attributes: dict[str, str] = {}
    place = name.end()
    while True:
        between = _end(_BETWEEN, source, place)
        if between == len(source):
            return Lexeme(What.OTHER, source[start:])
        if source[between] == ">":
            closes_itself = source[between - 1] == "/" and between > place
            raw = source[start : between + 1]
            return Lexeme(What.START, raw, name.group().lower(), attributes, closes_itself)
        place = _end(_ATTRIBUTE, source, between)
        attribute = source[between:place].lower()
        value_at = _EQUALS.match(source, place)
        value = ""
        if value_at is not None:
            place = value_at.end()
            quote = source[place : place + 1]
            if quote in ('"', "'") and quote:
                end = source.find(quote, place + 1)
                if end < 0:
                    return Lexeme(What.OTHER, source[start:])
                value, place = source[place + 1 : end], end + 1
            else:
                end = _end(_UNQUOTED, source, place)
                value, place = source[place:end], end
        attributes.setdefault(attribute, value)


def _end(pattern: re.Pattern[str], source: str, place: int) -> int:
    """Where a pattern that may match nothing stops matching."""
    match = pattern.match(source, place)
    assert match is not None
    return match.end()
