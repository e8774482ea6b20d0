"""One list out of several sources: the first source that knows a thing wins.

Two facts say the same thing when subject, attribute and kind agree; our own files come first, so
a row there corrects a package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from services.retrieval.facts.fact import Fact


def merge(sources: Iterable[Iterable[Fact]]) -> Iterator[Fact]:
    seen: dict[tuple[str, str, str], Fact] = {}
    for source in sources:
        for fact in source:
            seen.setdefault((fact.subject.casefold(), fact.attribute, fact.kind), fact)
    yield from _even_prominence(seen.values())


def _even_prominence(facts: Iterable[Fact]) -> Iterator[Fact]:
    """A subject is as well known as the best its sources say, whichever fact is shown."""
    kept = list(facts)
    best: dict[tuple[str, str], float] = {}
    for fact in kept:
        key = (fact.subject.casefold(), fact.kind)
        best[key] = max(best.get(key, 0.0), fact.prominence)
    for fact in kept:
        prominence = best[fact.subject.casefold(), fact.kind]
        yield replace(fact, prominence=prominence)
