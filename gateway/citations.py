"""Which spans of a text a snippet says, word for word.

Covers: `cite`, which finds in a response the values of snippets. Of a fact `Subject / Attribute /
Value` the value counts, of a calculation or translation all of it, of a document (a snippet whose
source has a URL) its dates, numbers and names. Letter case is ignored, words are matched whole, and
numbers and dates compare by what they are worth: 7,856 is 7856, and 3 June 1986 is 1986-06-03.

Does not cover: meaning. A citation says that the span stands in the snippet, not that the sentence
around it says the same as the snippet does. Synonyms, numbers in words and rounding are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.claims import Key, Value, find_values, fold
from gateway.schemas import Citation, Round
from services.contract import Snippet

_FACT_PARTS = 3
_LIST_BREAK = re.compile(r"[,;]\s+| and ")
_OUTER_MARKS = " \t.,;:!?¡¿\"'“”„«»()[]…"
_SHORT_PHRASE = 2
"""A phrase this short ("He", helium's symbol) must agree in letter case too."""
MAX_PHRASE_CHARS = 200
"""A longer wording of a snippet is not looked for."""


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is said by the snippet number `evidence`."""

    start: int
    end: int
    evidence: int


def evidence_of(rounds: Sequence[Round]) -> list[Snippet]:
    """All snippets that were found, first come first, each once.

    The model was given them, but for those left out as too long for it (gateway.research).
    """
    found: dict[str, Snippet] = {}
    for past in rounds:
        for tool in past.tools:
            if tool.status == "ok":
                for text, source in zip(tool.results, tool.sources, strict=True):
                    found.setdefault(text, Snippet(text, source))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a snippet asserts, in the forms that are looked for."""

    figures: set[tuple[str, Key]]
    phrases: set[str]


def assertions_of(evidence: Sequence[Snippet]) -> list[Assertion]:
    """Parallel to the evidence. It is the dear part of citing: made once for all of a turn."""
    return [_assertion(snippet) for snippet in evidence]


def cite(
    response: str, evidence: Sequence[Snippet], assertions: Sequence[Assertion] | None = None
) -> list[Citation]:
    """The response's spans that a snippet says, in order, none overlapping another.

    assertions: those of the evidence, where they are at hand.
    """
    known = assertions_of(evidence) if assertions is None else assertions
    return [
        Citation(
            start=span.start,
            end=span.end,
            snippet=evidence[span.evidence].text,
            source=evidence[span.evidence].source,
        )
        for span in find_spans(response, find_values(response), known)
    ]


def find_spans(text: str, values: Sequence[Value], assertions: Sequence[Assertion]) -> list[Span]:
    """Longer spans win over shorter ones they overlap, and of equal ones the earlier snippet's.

    values: those of the text.
    """
    folded = fold(text)
    found = [
        Span(start, end, number)
        for number, assertion in enumerate(assertions)
        for start, end in _matches(text, folded, values, assertion)
    ]
    found.sort(key=lambda span: (span.start - span.end, span.evidence, span.start))
    chosen: list[Span] = []
    taken = bytearray(len(text))
    for span in found:
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)


def _assertion(snippet: Snippet) -> Assertion:
    worth = value_part(snippet)
    said = find_values(worth)
    return Assertion(figures_of(said), _phrases(worth, said, whole=not _is_document(snippet)))


def _matches(
    text: str, folded: str, values: Sequence[Value], assertion: Assertion
) -> Iterator[tuple[int, int]]:
    for value in values:
        if (value.kind, value.key) in assertion.figures:
            yield value.start, value.end
    for phrase in assertion.phrases:
        yield from find_phrase(text, folded, phrase)


def value_part(snippet: Snippet) -> str:
    """What a snippet asserts: of `Subject / Attribute / Value` the value, else all of it."""
    parts = snippet.text.split(" / ", _FACT_PARTS - 1)
    if _is_document(snippet) or len(parts) < _FACT_PARTS:
        return snippet.text
    return parts[-1]


def _is_document(snippet: Snippet) -> bool:
    return snippet.source is not None and snippet.source.url is not None


def figures_of(values: Sequence[Value]) -> set[tuple[str, Key]]:
    """The kinds and keys of the numbers and dates among `values`; a date also says its year."""
    figures: set[tuple[str, Key]] = set()
    for value in values:
        if value.kind != "name":
            figures.add((value.kind, value.key))
        if isinstance(value.key, tuple):
            figures.add(("number", Decimal(value.key[0])))
    return figures


def _phrases(worth: str, said: Sequence[Value], *, whole: bool) -> set[str]:
    """The wordings to look for: the names, and of a direct result the whole and its list items."""
    phrases = {value.text for value in said if value.kind == "name"}
    if whole:
        phrases |= {worth.strip(_OUTER_MARKS), *(_stripped(p) for p in _LIST_BREAK.split(worth))}
    figures = {value.text for value in said if value.kind != "name"}
    return {phrase for phrase in phrases - figures if 0 < len(phrase) <= MAX_PHRASE_CHARS}


def _stripped(piece: str) -> str:
    return piece.strip(_OUTER_MARKS)


def find_phrase(text: str, folded: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Where `phrase` stands in `text` as whole words; `folded` is `fold(text)`."""
    exact = len(phrase) <= _SHORT_PHRASE
    where, what = (text, phrase) if exact else (folded, fold(phrase))
    start = where.find(what)
    while start >= 0:
        end = start + len(what)
        if not _splits_word(text, start) and not _splits_word(text, end):
            yield start, end
        start = where.find(what, start + 1)


def _splits_word(text: str, at: int) -> bool:
    """Whether a cut at `at` would go through a word or a number ("1.40", "40,000", "2/3")."""
    if at in (0, len(text)):
        return False
    before, after = text[at - 1], text[at]
    if _is_word(before) and _is_word(after):
        return True
    if after in ".,/" and before.isdigit():
        return at + 1 < len(text) and text[at + 1].isdigit()
    return before in ".,/" and after.isdigit() and at > 1 and text[at - 2].isdigit()


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
