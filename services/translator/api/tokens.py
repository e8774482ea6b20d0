"""What each part of an HTML document is to its translation.

Covers: which texts are to be translated, which are not (translate="no", code, script and their
like), which tags stand inside sentences, and elements that were never closed. Any text can be read,
and the tokens joined are the document. Does not cover: what becomes of the tokens (markup.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from services.translator.api.lexer import RAW_TEXT, Lexeme, What, lex

MAX_DEPTH = 256
"""Elements open at once that are kept track of; deeper ones are tags and text of their parent."""

INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark q rp rt ruby s
    samp small span strike strong sub sup time tt u var wbr""".split()  # noqa: SIM905  shorter
)
VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
NEVER_TRANSLATED = (RAW_TEXT - {"title"}) | frozenset(
    "code kbd math pre samp svg template var".split()  # noqa: SIM905
)
# A tag that ends an open one of these, where that stands right above it.
_ENDS = {
    "li": {"li"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "tr": {"tr", "td", "th"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "option": {"option"},
}


class Kind(Enum):
    TEXT = auto()
    OPEN = auto()  # an inline tag, and the one that closes it
    CLOSE = auto()
    OPAQUE = auto()  # stands inside a sentence and is kept whole: an image, code, a comment
    BLOCK = auto()  # ends a sentence, or is outside of any


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    raw: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class _Element:
    tag: str
    kept: Kind | None
    """What all inside is: OPAQUE or BLOCK where it is not translated, None where it is."""


def tokens(source: str) -> list[Token]:
    """The document's tokens; neighbours of one kind are joined, inline tags apart."""
    joined: list[Token] = []
    elements = _Elements()
    for lexeme in lex(source):
        kind = elements.kind(lexeme)
        alike = joined and joined[-1].kind is kind and kind not in (Kind.OPEN, Kind.CLOSE)
        if alike:
            joined[-1] = Token(kind, joined[-1].raw + lexeme.raw)
        else:
            joined.append(Token(kind, lexeme.raw, lexeme.tag))
    return joined


class _Elements:
    """The elements that are open."""

    def __init__(self) -> None:
        self._open: list[_Element] = []

    def kind(self, lexeme: Lexeme) -> Kind:
        """What the next part of the document is."""
        if lexeme.what is What.START:
            return self._start(lexeme)
        if lexeme.what is What.END:
            return self._end(lexeme.tag)
        kinds = {What.TEXT: Kind.TEXT, What.COMMENT: Kind.OPAQUE, What.OTHER: Kind.BLOCK}
        return self._kept() or kinds[lexeme.what]

    def _kept(self) -> Kind | None:
        return self._open[-1].kept if self._open else None

    def _start(self, lexeme: Lexeme) -> Kind:
        tag = lexeme.tag
        if self._open and self._open[-1].tag in _ENDS.get(tag, ()):
            self._open.pop()
        above = self._kept()
        inline = tag in INLINE
        if tag in VOID or lexeme.closes_itself:
            return above or (Kind.OPAQUE if inline else Kind.BLOCK)
        kept = _kept(tag, lexeme.attributes, above)
        if len(self._open) < MAX_DEPTH:
            self._open.append(_Element(tag, kept))
        return above or kept or (Kind.OPEN if inline else Kind.BLOCK)

    def _end(self, tag: str) -> Kind:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place].tag == tag:
                kept = self._open[place].kept
                del self._open[place:]
                return self._kept() or kept or (Kind.CLOSE if tag in INLINE else Kind.BLOCK)
        return self._kept() or Kind.BLOCK


def _kept(tag: str, attributes: Mapping[str, str], above: Kind | None) -> Kind | None:
    """Whether what the element holds is kept, and as what."""
    here = Kind.OPAQUE if tag in INLINE else Kind.BLOCK
    asked = attributes.get("translate", "").strip().lower()
    if asked == "no" or "notranslate" in attributes.get("class", "").split():
        return above or here
    if asked == "yes":
        return None
    return above or (here if tag in NEVER_TRANSLATED else None)
