"""Which attribute a query asks for, by the phrases in attributes.toml.

A query can be read in several ways ("The Age of Innocence's author" holds two attribute words), so
`readings` gives all of them, each with the words that are left to name the subject; the search
keeps the reading that the facts bear out.

Not here: the file itself, which wording.py reads.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from services.retrieval.analysis.words import STOP_WORDS, without_stop_words

GAP = "*"
# Questions have a dozen readings; a text made of attribute words alone gets no more than this.
MAX_READINGS = 32
QUESTION_WORDS = frozenset({"who", "whom", "whose", "when", "where", "why", "how"})


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    answers: tuple[str, ...]
    """The attribute itself, then those that answer in its place."""
    also: tuple[str, ...]
    """Attributes that may follow it."""
    reverse: bool
    words: frozenset[str]
    """Words of its phrases and those beside them: what a phrase leaves over still speaks of it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    attribute: Attribute
    words: tuple[str, ...]
    """`*` stands for any words between."""
    said: bool = False
    """It asks for the attribute only where the value has its words."""
    turned: bool = False
    """It gives the value and asks for the subject."""
    named: bool = False
    """It is the attribute's own name."""

    @property
    def length(self) -> int:
        return sum(word != GAP for word in self.words)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a query: an attribute (None: not named), and the words for the subject."""

    attribute: Attribute | None
    terms: tuple[str, ...]
    """The words the phrase did not take, without stop words."""
    places: tuple[int, ...]
    """Where in the query the words stand that the phrase did not take, stop words included."""
    specificity: int
    """How many of the query's words the attribute's phrase took."""
    said: frozenset[str] = frozenset()
    """Words that the value must have."""
    turned: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Naming:
    """How the names of a kind are shortened."""

    surnames: frozenset[str] = frozenset({"person"})
    last_words: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    beside_kind: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    """Attributes whose value is another name: "the Thai currency"."""
    parts: frozenset[str] = frozenset()
    """Words that before a name make another name of it: "north", "new"."""


@dataclass(frozen=True)
class AttributeTable:
    attributes: tuple[Attribute, ...]
    phrases: tuple[Phrase, ...]
    """Longest first: of two that leave the same words, the one that says more counts."""
    kinds: Mapping[str, frozenset[str]]
    """Kind → the words that may name it beside the subject."""
    naming: Naming
    context: frozenset[str]
    """Attributes whose values may stand beside a name."""
    context_names: frozenset[str]
    """Attributes of such a value that may stand there for it."""
    forms: Mapping[str, tuple[str, ...]]
    """Word → words for the same thing, tried where nothing else is found."""
    occupations: Mapping[str, tuple[frozenset[str], ...]]
    """What people call an occupation → the words of what the facts call it."""
    offices: frozenset[str]
    """Words that before "of" do not describe the subject, and so must be in its name."""
    filler: frozenset[str]
    alone: frozenset[str]
    """Words that may stand beside a subject when no attribute is asked for."""
    openers: frozenset[str]
    asking: frozenset[str]
    reverse_hints: frozenset[str]
    comparisons: Mapping[str, Sequence[tuple[str, ...]]]
    """Attribute → the phrases that compare two subjects by it, before "than"."""
    _order: dict[str, int] = field(default_factory=dict)

    @cached_property
    def kind_words(self) -> frozenset[str]:
        return frozenset().union(*self.kinds.values())

    @cached_property
    def asides(self) -> frozenset[str]:
        """Words that by themselves name nothing: "old" is not Old Trafford."""
        return self.kind_words | self.filler

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words that questions about attributes are made of."""
        words = (attribute.words for attribute in self.attributes)
        return self.asides.union(STOP_WORDS, *words)

    @cached_property
    def _by_word(self) -> dict[str, list[tuple[int, Phrase]]]:
        """Phrases, each under the one of its words that fewest phrases have."""
        spread = Counter(word for phrase in self.phrases for word in set(phrase.words))
        found: dict[str, list[tuple[int, Phrase]]] = defaultdict(list)
        for place, phrase in enumerate(self.phrases):
            words = [word for word in phrase.words if word != GAP]
            found[min(words, key=lambda word: spread[word])].append((place, phrase))
        return found

    def is_statement(self, words: Sequence[str]) -> bool:
        """Whether the words only say something: "I was born in London"."""
        return bool(words) and words[0] in self.openers and self.asking.isdisjoint(words)

    def offices_held(self, words: Sequence[str], places: Sequence[int]) -> frozenset[str]:
        """Office words at the places that stand before "of": "mayor" in "the mayor of Paris"."""
        before_of = {place for place, (_, after) in enumerate(pairwise(words)) if after == "of"}
        return frozenset(words[place] for place in before_of.intersection(places)) & self.offices

    def order(self, name: str) -> int:
        """Place of an attribute when a subject's facts are listed; unknown ones come last."""
        return self._order.get(name, len(self._order))

    def readings(self, words: Sequence[str]) -> Iterator[Reading]:
        """The readings of a query's tokens, longest phrase first, the one without any last."""
        present = set(words)
        seen: set[tuple[str, tuple[str, ...], bool, frozenset[str]]] = set()
        for phrase in self._phrases_of(present):
            for taken in _matches(phrase.words, words):
                reading = _reading(phrase, words, taken)
                key = (phrase.attribute.name, reading.terms, phrase.turned, reading.said)
                if key in seen:
                    continue
                seen.add(key)
                yield reading
                if len(seen) == MAX_READINGS:
                    break
            if len(seen) == MAX_READINGS:
                break
        terms = tuple(without_stop_words(words) or words)
        yield Reading(None, terms, tuple(range(len(words))), 0)

    def _phrases_of(self, present: set[str]) -> list[Phrase]:
        found = sorted(
            (
                (place, phrase)
                for word in present
                for place, phrase in self._by_word.get(word, ())
                if all(part in present or part == GAP for part in phrase.words)
            ),
            key=lambda pair: pair[0],
        )
        return [phrase for _, phrase in found]


def _reading(phrase: Phrase, words: Sequence[str], taken: frozenset[int]) -> Reading:
    places = tuple(place for place in range(len(words)) if place not in taken)
    return Reading(
        attribute=phrase.attribute,
        terms=tuple(without_stop_words(words[place] for place in places)),
        places=places,
        specificity=len(taken),
        said=frozenset(word for word in phrase.words if word != GAP)
        if phrase.said
        else frozenset(),
        turned=phrase.turned,
        named=phrase.named,
    )


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
