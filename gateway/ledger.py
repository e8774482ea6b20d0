"""What became of every checkable value of the draft and of the response.

Covers: one entry per value (a date, a number, a name, or wording that a snippet gives), with a
verdict:

    kept          it stands in the response, and a snippet says it
    unsupported   it stands in the response, and no snippet says it
    corrected     only the draft had it; the response has another value in its place, and the entry
                  names the snippet that says that one
    removed       only the draft had it, and nothing took its place

What the user said is not the model's claim, so a value of the message is listed only where a
snippet's value confirms it in the response.

Does not cover: meaning. This is a check of wordings; see gateway.claims and gateway.citations for
what they see. "unsupported" means not found in a snippet, not false. Which value took another's
place is judged by the words around the two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway.citations import Assertion, assertions_of, figures_of, find_phrase, find_spans
from gateway.claims import Key, Value, find_values, fold
from gateway.schemas import LedgerEntry, Verdict
from services.contract import Snippet

_NEIGHBOURS = 2
_NEAR_CHARS = 60
MAX_CLAIMS = 100
"""Distinct values listed of a draft or a response; those after them are not."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Claim:
    value: Value
    snippet: str | None
    """The snippet that says it."""
    cited: bool
    """Whether it is what the snippet asserts, not only some word of it."""
    around: frozenset[str]


@dataclass(frozen=True)
class _Known:
    """What was found in this turn."""

    evidence: Sequence[Snippet]
    assertions: Sequence[Assertion]

    @cached_property
    def figures(self) -> list[set[tuple[str, Key]]]:
        """Of each snippet, its subject included; not every turn needs them."""
        return [figures_of(find_values(snippet.text)) for snippet in self.evidence]


def draw_up(
    message: str,
    draft: str,
    response: str,
    evidence: Sequence[Snippet],
    assertions: Sequence[Assertion] | None = None,
) -> list[LedgerEntry]:
    """The draft's values in their order, then the values that only the response has.

    assertions: those of the evidence, where they are at hand.
    """
    known = _Known(evidence, assertions_of(evidence) if assertions is None else assertions)
    asked = find_values(message)
    asked_words = _words(message)
    answered = [
        claim
        for claim in _claims(response, known)
        if claim.cited or not _was_said(claim.value, asked, asked_words)
    ]
    drafted = [
        claim
        for claim in _claims(draft, known)
        if _in(claim, answered) or not _was_said(claim.value, asked, asked_words)
    ]
    dropped = [claim for claim in drafted if not _in(claim, answered)]
    added = [claim for claim in answered if not _in(claim, drafted)]
    corrections = _pair(dropped, [claim for claim in added if claim.snippet is not None])
    replacing = {id(claim) for claim in corrections.values()}
    return [
        *(_drafted_entry(claim, answered, corrections) for claim in drafted),
        *(_entry(claim) for claim in added if id(claim) not in replacing),
    ]


def _drafted_entry(
    claim: _Claim, answered: Sequence[_Claim], corrections: dict[int, _Claim]
) -> LedgerEntry:
    if _in(claim, answered):
        return _entry(claim)
    correction = corrections.get(id(claim))
    verdict: Verdict = "removed" if correction is None else "corrected"
    snippet = None if correction is None else correction.snippet
    return LedgerEntry(claim=claim.value.text, verdict=verdict, snippet=snippet)


def _entry(claim: _Claim) -> LedgerEntry:
    verdict: Verdict = "unsupported" if claim.snippet is None else "kept"
    return LedgerEntry(claim=claim.value.text, verdict=verdict, snippet=claim.snippet)


def _claims(text: str, known: _Known) -> list[_Claim]:
    """The text's distinct values: those found by their form, and the wordings of snippets."""
    values = find_values(text)
    spans = find_spans(text, values, known.assertions)
    for span in spans:
        if not any(value.start < span.end and span.start < value.end for value in values):
            worded = text[span.start : span.end]
            values.append(Value("name", span.start, span.end, worded, fold(worded)))
    claims: list[_Claim] = []
    for value in sorted(values, key=lambda value: value.start):
        cited = next((s for s in spans if s.start < value.end and value.start < s.end), None)
        snippet = known.evidence[cited.evidence].text if cited else _mentions(value, known)
        claim = _Claim(value, snippet, cited is not None, _around(text, value))
        if not _in(claim, claims):
            claims.append(claim)
        if len(claims) == MAX_CLAIMS:
            break
    return claims


def _mentions(value: Value, known: _Known) -> str | None:
    """The first snippet that has the value anywhere, its subject included."""
    if value.kind != "name":
        said = zip(known.evidence, known.figures, strict=True)
        return next((one.text for one, has in said if (value.kind, value.key) in has), None)
    for snippet in known.evidence:
        if any(find_phrase(snippet.text, fold(snippet.text), value.text)):
            return snippet.text
    return None


def _pair(dropped: Sequence[_Claim], added: Sequence[_Claim]) -> dict[int, _Claim]:
    """For each added value the dropped one it replaces, by id of the dropped claim."""
    pairs: dict[int, _Claim] = {}
    for new in added:
        rivals = [
            old
            for old in dropped
            if id(old) not in pairs and (old.value.kind == "name") == (new.value.kind == "name")
        ]
        if rivals:
            pairs[id(max(rivals, key=lambda old: len(old.around & new.around)))] = new
    return pairs


def _in(claim: _Claim, others: Sequence[_Claim]) -> bool:
    return any(_same(claim.value, other.value) for other in others)


def _same(one: Value, other: Value) -> bool:
    """Equal worth; a name equals a longer form of itself ("Nadal", "Rafael Nadal")."""
    if one.kind != other.kind:
        return False
    if one.kind != "name":
        return one.key == other.key
    words, others = _words(one.text), _words(other.text)
    return words <= others or others <= words


def _was_said(value: Value, asked: Sequence[Value], asked_words: frozenset[str]) -> bool:
    if value.kind == "name":
        return _words(value.text) <= asked_words
    return (value.kind, value.key) in figures_of(asked)


def _around(text: str, value: Value) -> frozenset[str]:
    before = _WORD.findall(fold(text[max(0, value.start - _NEAR_CHARS) : value.start]))
    after = _WORD.findall(fold(text[value.end : value.end + _NEAR_CHARS]))
    return frozenset([*before[-_NEIGHBOURS:], *after[:_NEIGHBOURS]])


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(fold(text)))
