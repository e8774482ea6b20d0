"""From a query to hits, the same for every backend: its terms, what is indexed, what is kept.

    what is indexed   a passage's title, heading and text together: a passage of "Mount Everest"
                      that never repeats the name is found by it
    coverage          of the query's weight, the share that a passage has. A term weighs more the
                      rarer it is, and one that no passage has weighs the most: a question about
                      something else shares words with the documents, but not the telling ones
    what is kept      passages with a coverage of `document_share` at least; first the best of each
                      document, then, where that is too few, further ones of the same documents

Does not cover: scores (bm25/, Milvus) or snippets (snippets.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from services.retrieval.analysis.analyzer import Analyzer
from services.retrieval.documents.model import Hit
from services.retrieval.settings import Settings

POOL = 100
"""Best-scored passages looked at. Fixed, so that the first five of ten results are the five."""

EVEN = 1.0
"""Added to every term's weight: in a few passages, how many have a term says little."""

PATIENCE = 30
"""So many in a row that are left out, and those that score less are not looked at."""

TELLING = 0.3
"""What a query's words must tell, together, as a share of what the rarest word can; see `weights`.
In up to a thousand passages any word will do: all of them may be about it."""

_TALK = """
    ask asked asking bye can chat cool could describe discuss explain feel fine find give goodbye
    good great hello help helpful hey hi info information joke know learn let like look looking love
    many maybe mean mention mentioned mentions morning much need nice ok okay please question remind
    say says show sorry sure talk tell thank thanks thing think today told try want wanted wonder
    wondering would yeah yes
"""
TALK = frozenset(_TALK.split())
"""English words of asking and greeting. They say nothing about what is asked for."""
_PERSONS = frozenset(["i", "me", "my", "myself", "you", "your", "yours", "yourself"])
_ASKING_WORDS = """
    about describe explain find have help know learn look looking need show tell want
"""
_ASKING = frozenset(_ASKING_WORDS.split())
"""With one of these a sentence of I and you is a question: "Do you know Vessoy?"."""
_AROUND = re.compile(r"^\W+|\W+$")


def analyzer_of(settings: Settings) -> Analyzer:
    """What makes terms of documents and of queries: the same settings for all who do."""
    return Analyzer(settings.language, stop_words=settings.stop_words, stemming=settings.stemming)


def query_terms(query: str, analyzer: Analyzer) -> list[str]:
    """The terms that say what is asked for; none in small talk (known in English only)."""
    if analyzer.language != "english":
        return analyzer.terms(query)
    words = [_bare(word) for word in query.split()]
    terms = analyzer.terms(" ".join(word for word in query.split() if _bare(word) not in TALK))
    personal = any(word.partition("'")[0] in _PERSONS for word in words)
    if personal and len(terms) == 1 and _ASKING.isdisjoint(words):
        return []  # "You are funny", "What do you eat?"
    return terms


def measures(query: str, analyzer: Analyzer) -> frozenset[str]:
    """The terms of words that only say how it is asked: "long" in "How long do cats sleep?"."""
    if analyzer.language != "english":
        return frozenset()
    words = [_bare(word) for word in query.split()]
    return frozenset(
        term for before, word in pairwise(words) if before == "how" for term in analyzer.terms(word)
    )


def indexed_text(title: str, heading: str, text: str) -> str:
    return "\n".join(part for part in (title, heading, text) if part)


def weights(
    terms: Sequence[str], idfs: Sequence[float], passages: int, aside: Container[str] = ()
) -> dict[str, float]:
    """Term -> how much it says, above 0; empty where all of them together say too little.

    idfs: by any BM25, 0 where no passage has the term. aside: terms that say nothing where no
    passage has them.
    """
    most = math.log(2 * passages + 1)
    if sum(max(idf, 0.0) for idf in idfs) < TELLING * (most - math.log(2_000)):
        return {}  # words that are everywhere: "What is your name?"
    return {
        term: EVEN + (most if idf == 0 else max(idf, 0.0))
        for term, idf in zip(terms, idfs, strict=True)
        if idf != 0 or term not in aside
    }


def coverage(weighted: Mapping[str, float], terms: Iterable[str]) -> float:
    """The share of the query's weight that a passage with these terms has, in [0, 1]."""
    whole = sum(weighted.values())
    has = set(terms)
    return sum(weight for term, weight in weighted.items() if term in has) / whole if whole else 0.0


def choose(
    candidates: Iterable[tuple[Hit, Sequence[str]]],
    weighted: Mapping[str, float],
    *,
    share: float,
    limit: int,
    floor: float = math.inf,
) -> list[Hit]:
    """At most `limit` of the candidates (best first, each with its terms), coverage filled in.

    floor: a similarity that is enough without the query's words.
    Looks no further than it has to: candidates may be a generator that does work.
    """
    first: list[Hit] = []
    further: list[Hit] = []
    seen: set[tuple[str, str]] = set()
    if limit <= 0:
        return []
    left_out = 0
    for hit, terms in candidates:
        covered = coverage(weighted, terms)
        if covered < share and hit.similarity < floor:
            left_out += 1
            if left_out == PATIENCE:
                break
            continue
        left_out = 0
        document = (hit.collection, hit.document_id)
        place = further if document in seen else first
        place.append(replace(hit, coverage=covered))
        seen.add(document)
        if len(first) == limit:
            return first
    return (first + further)[:limit]


def _bare(word: str) -> str:
    return _AROUND.sub("", word).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
