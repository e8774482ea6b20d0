"""Which attribute a query asks for, by the phrases in attributes.toml.

A query can be read in several ways ("The Age of Innocence's author" holds two attribute words), so
`readings` gives all of them, each with the words that are left to name the subject; the search
keeps the reading that the facts bear out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from services.retrieval.analysis.words import stem, tokens, without_stop_words

ATTRIBUTES_FILE = Path(__file__).parent / "attributes.toml"
GAP = "*"
# Questions have a dozen readings at most; a text made of attribute words alone gets no more time.
MAX_READINGS = 32


class AttributesError(Exception):
    """attributes.toml is malformed; the message names the table."""


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    answers: tuple[str, ...]
    """The attribute itself, then those that answer in its place."""
    also: tuple[str, ...]
    """Attributes that may follow it."""
    reverse: bool
    words: frozenset[str]
    """All words of its phrases: those a phrase leaves over still speak of the attribute."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a query: an attribute (None: not named), and the words for the subject."""

    attribute: Attribute | None
    terms: tuple[str, ...]
    left: tuple[str, ...]
    """The words the phrase did not take, stop words included."""
    specificity: int
    """How many of the query's words the attribute's phrase took."""


@dataclass(frozen=True)
class AttributeTable:
    attributes: tuple[Attribute, ...]
    phrases: tuple[tuple[Attribute, tuple[str, ...]], ...]
    kinds: Mapping[str, frozenset[str]]
    """Kind → the words that may name it beside the subject."""
    offices: frozenset[str]
    """Words that before "of" do not describe the subject, and so must be in its name."""
    filler: frozenset[str]
    reverse_hints: frozenset[str]
    _order: dict[str, int] = field(default_factory=dict)

    @cached_property
    def kind_words(self) -> frozenset[str]:
        return frozenset().union(*self.kinds.values())

    @cached_property
    def asides(self) -> frozenset[str]:
        """Words that by themselves name nothing: "old" is not Old Trafford."""
        return self.kind_words | self.filler

    def offices_held(self, words: Sequence[str]) -> frozenset[str]:
        """Office words that stand before "of": "president" in "the president of France"."""
        pairs = pairwise(words)
        return frozenset(word for word, after in pairs if after == "of" and word in self.offices)

    def order(self, name: str) -> int:
        """Place of an attribute when a subject's facts are listed; unknown ones come last."""
        return self._order.get(name, len(self._order))

    def readings(self, words: Sequence[str]) -> Iterator[Reading]:
        """The readings of a query's tokens, longest phrase first, the one without any last."""
        present = set(words)
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for attribute, phrase in self.phrases:
            if not present.issuperset(word for word in phrase if word != GAP):
                continue
            for taken in _matches(phrase, words):
                left = tuple(word for place, word in enumerate(words) if place not in taken)
                terms = tuple(without_stop_words(left))
                if (attribute.name, terms) not in seen and len(seen) < MAX_READINGS:
                    seen.add((attribute.name, terms))
                    yield Reading(attribute, terms, left, len(taken))
        yield Reading(None, tuple(without_stop_words(words) or words), tuple(words), 0)


def load_attributes(path: Path = ATTRIBUTES_FILE) -> AttributeTable:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise AttributesError(f"{path}: {error}") from error
    pairs = [_attribute(path, table) for table in raw["attribute"]]
    phrases = [(attribute, phrase) for attribute, own in pairs for phrase in own]
    # Longest first: of two phrases that leave the same words, the one that says more counts.
    phrases.sort(key=lambda pair: -sum(word != GAP for word in pair[1]))
    return AttributeTable(
        attributes=tuple(attribute for attribute, _ in pairs),
        phrases=tuple(phrases),
        kinds={kind: frozenset(map(stem, words)) for kind, words in raw["kinds"].items()},
        offices=frozenset(map(stem, raw["offices"]["words"])),
        filler=frozenset(map(stem, raw["filler"]["words"])),
        reverse_hints=frozenset(map(stem, raw["reverse"]["hints"])),
        _order={attribute.name: place for place, (attribute, _) in enumerate(pairs)},
    )


def _attribute(path: Path, table: dict[str, Any]) -> tuple[Attribute, list[tuple[str, ...]]]:
    unknown = set(table) - {"name", "phrases", "any_of", "also", "reverse"}
    if unknown or not table.get("name") or not table.get("phrases"):
        raise AttributesError(
            f"{path}: attribute {table.get('name')!r} is incomplete or has {unknown}"
        )
    # The attribute's own name asks for it, as in "Rafael Nadal / Birth date".
    texts = dict.fromkeys([table["name"].lower(), *table["phrases"]])
    phrases = [_phrase(text) for text in texts]
    attribute = Attribute(
        name=table["name"],
        answers=(table["name"], *table.get("any_of", ())),
        also=tuple(table.get("also", ())),
        reverse=table.get("reverse", False),
        words=frozenset(word for phrase in phrases for word in phrase if word != GAP),
    )
    return attribute, phrases


def _phrase(text: str) -> tuple[str, ...]:
    words = [
        part if part == GAP else token for part in text.split() for token in tokens(part) or [part]
    ]
    return tuple(words)


def _matches(phrase: Sequence[str], words: Sequence[str]) -> Iterator[frozenset[int]]:
    """Where a phrase stands in the words: its first place and, when there is another, its last."""
    found = [taken for start in range(len(words)) if (taken := _match_at(phrase, words, start))]
    if found:
        yield found[0]
    if len(found) > 1:
        yield found[-1]


def _match_at(phrase: Sequence[str], words: Sequence[str], start: int) -> frozenset[int] | None:
    taken: set[int] = set()
    place, gap = start, False
    for part in phrase:
        if part == GAP:
            gap = True
            continue
        while gap and place < len(words) and words[place] != part:
            place += 1
        if place >= len(words) or words[place] != part:
            return None
        taken.add(place)
        place, gap = place + 1, False
    return frozenset(taken)
