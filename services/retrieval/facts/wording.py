"""attributes.toml and everyday.txt, read and checked: how people ask, and what names nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from services.retrieval.analysis.words import spelled, stem, tokens
from services.retrieval.facts.attributes import GAP, Attribute, AttributeTable, Naming, Phrase

ATTRIBUTES_FILE = Path(__file__).parent / "attributes.toml"
EVERYDAY_FILE = Path(__file__).parent / "everyday.txt"
OR = "|"
_LISTS = ("phrases", "beside", "any_of", "also", "said", "turned")


class AttributesError(Exception):
    """attributes.toml is malformed; the message names the table."""


def load_attributes(path: Path = ATTRIBUTES_FILE) -> AttributeTable:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise AttributesError(f"{path}: {error}") from error
    pairs = [_attribute(path, table) for table in raw["attribute"]]
    claimed: set[tuple[str, ...]] = set()
    phrases: list[Phrase] = []
    for _, own in pairs:
        # A phrase that an attribute before has too does not name this one: "language".
        phrases += [replace(one, named=one.named and one.words not in claimed) for one in own]
        claimed.update(one.words for one in own)
    phrases.sort(key=lambda phrase: -phrase.length)
    return AttributeTable(
        attributes=tuple(attribute for attribute, _ in pairs),
        phrases=tuple(phrases),
        kinds={kind: _stems(words) for kind, words in raw["kinds"].items()},
        naming=Naming(**{name: frozenset(kinds) for name, kinds in raw["names"].items()}),
        context=frozenset(raw["context"]["attributes"]),
        context_names=frozenset(raw["context"]["names"]),
        forms={stem(word): tuple(tokens(other)) for word, other in raw["forms"].items()},
        occupations={
            stem(word): tuple(frozenset(tokens(other)) for other in others)
            for word, others in raw["occupations"].items()
        },
        offices=_stems(raw["offices"]["words"]),
        filler=_stems(raw["filler"]["words"]),
        alone=_stems(raw["alone"]["words"]),
        openers=_stems(raw["statements"]["openers"]),
        asking=_stems(raw["statements"]["asking"]),
        reverse_hints=_stems(raw["reverse"]["hints"]),
        comparisons={
            name: tuple(tuple(spelled(phrase)) for phrase in phrases)
            for name, phrases in raw["compared"].items()
        },
        _order={attribute.name: place for place, (attribute, _) in enumerate(pairs)},
    )


def _attribute(path: Path, table: dict[str, Any]) -> tuple[Attribute, list[Phrase]]:
    unknown = set(table) - {"name", "reverse", *_LISTS}
    wrong = [name for name in _LISTS if not isinstance(table.get(name, []), list)]
    if unknown or wrong or not table.get("name"):
        raise AttributesError(
            f"{path}: attribute {table.get('name')!r} lacks its name, has {sorted(unknown)}, "
            f"or no list in {wrong}"
        )
    # The attribute's own name asks for it, as in "Rafael Nadal / Birth date".
    asking = list(_expanded([table["name"].lower(), *table.get("phrases", ())]))
    said = list(_expanded(table.get("said", ())))
    turned = list(_expanded(table.get("turned", ())))
    words = {word for phrase in (*asking, *said) for word in phrase if word != GAP}
    attribute = Attribute(
        name=table["name"],
        answers=(table["name"], *table.get("any_of", ())),
        also=tuple(table.get("also", ())),
        reverse=table.get("reverse", False) or bool(turned),
        words=frozenset(words) | _stems(table.get("beside", ())),
    )
    return attribute, [
        *(Phrase(attribute, phrase, named=phrase == asking[0]) for phrase in asking),
        *(Phrase(attribute, phrase, said=True) for phrase in said),
        *(Phrase(attribute, phrase, turned=True) for phrase in turned),
    ]


def _expanded(texts: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """`when|year * born` → `when * born`, `year * born`, each in the form of the query's words."""
    seen: set[tuple[str, ...]] = set()
    for text in texts:
        for parts in product(*(part.split(OR) for part in text.split())):
            phrase = tuple(word for part in parts for word in _words(part))
            if phrase not in seen:
                seen.add(phrase)
                yield phrase


def _words(part: str) -> list[str]:
    return [part] if part == GAP else tokens(part) or [part]


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(stem, words))


def read_everyday(path: Path = EVERYDAY_FILE) -> frozenset[str]:
    """One word a line, comments after #."""
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return _stems(line for line in lines if line)
