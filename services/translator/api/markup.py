"""HTML as texts to translate between tags that stay as they are.

Covers: cutting a document, well-formed or not, into runs of text and inline tags, and putting
translations back; every character outside the runs comes back unchanged. Does not cover: texts in
attributes (title, alt), which stay too, and translating.

A run is what stands between two tags that end a sentence (p, li, td, br ...). Its inline tags (b,
a, em ...) become short placeholders for the translation, `Click <g0>here</g0>.`: `whole` is the
text with them, and `put_whole` takes it back if each is still there once and they nest. Where not,
the texts between the tags are translated one by one: `parts` and `put_parts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import groupby

from services.translator.api.tokens import Kind, Token, tokens

_PLACEHOLDER = re.compile(r"<(/?)([gx])([0-9]{1,4})(/?)>")
# A space inside a tag's pair and what it becomes: one outside, or none beside punctuation.
_SPACED = [
    (re.compile(r" (<g[0-9]{1,4}>) "), r" \1"),
    (re.compile(r"(?<=\w)(<g[0-9]{1,4}>) "), r" \1"),
    (re.compile(r"(<g[0-9]{1,4}>) "), r"\1"),
    (re.compile(r" (</g[0-9]{1,4}>) "), r"\1 "),
    (re.compile(r" (</g[0-9]{1,4}>)(?=\w)"), r"\1 "),
    (re.compile(r" (</g[0-9]{1,4}>)"), r"\1"),
]
_SPACES = re.compile(r"[ \t\r\n\f]+")
MAX_PLACEHOLDERS = 100
"""Inline tags in one text; no engine keeps so many in place."""
_BLANK = " \t\r\n\f"


def has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


@dataclass(frozen=True, slots=True)
class Run:
    """Texts and inline tags, with a text of letters first and last."""

    tokens: tuple[Token, ...]

    @property
    def parts(self) -> list[str]:
        """The texts with letters, each without the spaces around it."""
        return [_text(token) for token in self.tokens if _is_text(token)]

    def put_parts(self, translations: Sequence[str]) -> str:
        """The run with its parts replaced; `translations` runs parallel to them."""
        rest = iter(translations)
        return "".join(
            _refill(token.raw, next(rest)) if _is_text(token) else token.raw
            for token in self.tokens
        )

    @property
    def whole(self) -> str | None:
        """The run as one text; None when tags do not nest or are too many, or when the text could
        be taken for tags."""
        if len(self.tokens) == 1:
            return _text(self.tokens[0])
        if any("<" in unescape(one.raw) for one in self.tokens if one.kind is Kind.TEXT):
            return None
        names = self._placeholders()
        if names is None:
            return None
        shown = (
            _SPACES.sub(" ", unescape(token.raw)) if token.kind is Kind.TEXT else names[number]
            for number, token in enumerate(self.tokens)
        )
        return "".join(shown).strip(_BLANK)

    def put_whole(self, translation: str) -> str | None:
        """The run with its translation in place; None when a placeholder was lost or moved out."""
        names = self._placeholders()
        if names is None:
            return None
        raw_of = {name: self.tokens[number].raw for number, name in names.items()}
        translation = _close_up(translation)
        found = [match.group() for match in _PLACEHOLDER.finditer(translation)]
        if sorted(found) != sorted(raw_of) or not _nests(found):
            return None
        pieces, end = [], 0
        for match in _PLACEHOLDER.finditer(translation):
            pieces += [_escaped(translation[end : match.start()]), raw_of[match.group()]]
            end = match.end()
        filled = "".join([*pieces, _escaped(translation[end:])])
        first, last = self.tokens[0].raw, self.tokens[-1].raw
        return _leading(first) + filled.strip(_BLANK) + _trailing(last)

    def _placeholders(self) -> dict[int, str] | None:
        """Token number -> placeholder, of the tokens that are not text; None: they do not nest,
        or are too many."""
        if sum(token.kind is not Kind.TEXT for token in self.tokens) > MAX_PLACEHOLDERS:
            return None
        names: dict[int, str] = {}
        opened: list[tuple[str, int]] = []
        for number, token in enumerate(self.tokens):
            if token.kind is Kind.OPEN:
                opened.append((token.tag, len(names)))
                names[number] = f"<g{len(names)}>"
            elif token.kind is Kind.CLOSE:
                if not opened or opened[-1][0] != token.tag:
                    return None
                names[number] = f"</g{opened.pop()[1]}>"
            elif token.kind is not Kind.TEXT:
                names[number] = f"<x{len(names)}/>"
        return None if opened else names


@dataclass(frozen=True, slots=True)
class Document:
    pieces: list[str | Run] = field(default_factory=list)

    @property
    def runs(self) -> list[Run]:
        return [piece for piece in self.pieces if isinstance(piece, Run)]

    def text(self) -> str:
        """All that is to be translated, a line per part."""
        return "\n".join(part for run in self.runs for part in run.parts)

    def put(self, translated: Sequence[str]) -> str:
        """The document with its runs replaced; `translated` (HTML) runs parallel to them."""
        rest = iter(translated)
        return "".join(next(rest) if isinstance(piece, Run) else piece for piece in self.pieces)


def read_document(source: str) -> Document:
    document = Document()
    for outside, group in groupby(tokens(source), key=lambda token: token.kind is Kind.BLOCK):
        if outside:
            document.pieces.append("".join(token.raw for token in group))
        else:
            document.pieces.extend(_trimmed(list(group)))
    return document


def _trimmed(group: Sequence[Token]) -> Iterator[str | Run]:
    """What stands before the first text and after the last needs no place in the sentence."""
    texts = [number for number, token in enumerate(group) if _is_text(token)]
    if not texts:
        yield "".join(token.raw for token in group)
        return
    first, last = texts[0], texts[-1] + 1
    yield "".join(token.raw for token in group[:first])
    yield Run(tuple(group[first:last]))
    yield "".join(token.raw for token in group[last:])


def _close_up(translation: str) -> str:
    """Spaces that an engine put inside a pair of tags, `la <g0> gare</g0>`, moved outside."""
    for pattern, instead in _SPACED:
        translation = pattern.sub(instead, translation)
    return translation


def _is_text(token: Token) -> bool:
    return token.kind is Kind.TEXT and has_letters(unescape(token.raw))


def _text(token: Token) -> str:
    return _SPACES.sub(" ", unescape(token.raw)).strip(_BLANK)


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _refill(raw: str, translation: str) -> str:
    return _leading(raw) + _escaped(translation.strip(_BLANK)) + _trailing(raw)


def _leading(raw: str) -> str:
    return raw[: len(raw) - len(raw.lstrip(_BLANK))]


def _trailing(raw: str) -> str:
    return raw[len(raw.rstrip(_BLANK)) :]


def _nests(found: Sequence[str]) -> bool:
    opened: list[str] = []
    for name in found:
        if name.startswith("</"):
            if not opened or opened.pop() != name.replace("/", ""):
                return False
        elif not name.endswith("/>"):
            opened.append(name)
    return not opened
