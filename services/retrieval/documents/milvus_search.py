"""Asking Milvus: the best passages of current versions, and what the query's terms weigh.

Which passages are kept and in what order documents come is search.py's, as for every backend.

Milvus tells no term's frequency, but each is asked alone for its best passage: the score, that
passage's terms and the BM25 formula give the term's idf back. The mean length in it is taken from
the passages found. Weights are remembered for a while.

Words' ranking and vectors' are asked for one by one and fused here (dense/fusion.py), as for the
embedded backend: Milvus' own hybrid search does not tell the cosine, by which passages are kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from services.retrieval.analysis.analyzer import Analyzer
from services.retrieval.dense.encoder import Encoder
from services.retrieval.dense.fusion import fuse
from services.retrieval.documents import milvus_rows as rows
from services.retrieval.documents.milvus_link import Consistency, Link
from services.retrieval.documents.model import Hit
from services.retrieval.documents.search import POOL, choose, measures, query_terms, weights

Ranking = Literal["bm25", "dense", "hybrid"]

ROUNDS = 3
"""How often more is asked for, where passages found were of versions no longer current."""
MOST_ROWS = 1_600
REMEMBERED = 10_000
REMEMBERED_S = 60.0

_FIELDS = ["collection", "document", "version", "ordinal", "heading", "text", "terms"]


class Searcher:
    def __init__(
        self,
        link: Link,
        documents: str,
        passages: str,
        analyzer: Analyzer,
        *,
        ranking: Ranking,
        encoder: Encoder | None,
        share: float,
        floor: float,
        bm25: tuple[float, float],
    ) -> None:
        if ranking != "bm25" and encoder is None:
            raise ValueError(f"ranking {ranking!r} needs an encoder")
        self._link = link
        self._documents = documents
        self._passages = passages
        self._analyzer = analyzer
        self._share = share
        self._floor = floor
        self._ranking = ranking
        self._encoder = encoder
        self._idf = _Idf(link, passages, *bm25)

    def search(self, query: str, collections: Sequence[str] | None, limit: int) -> list[Hit]:
        terms = query_terms(query, self._analyzer)
        if not terms or limit <= 0 or (collections is not None and not collections):
            return []
        where = "" if collections is None else rows.in_collections(collections)
        found = self._current(query, terms, where)
        if not found:
            return []
        unique = list(dict.fromkeys(terms))
        idfs, passages = self._idf.of(unique, [words for _, words in found])
        weighted = weights(unique, idfs, passages, measures(query, self._analyzer))
        return choose(found, weighted, share=self._share, limit=limit, floor=self._floor)

    def forget_weights(self) -> None:
        """After a write of our own; of others' we hear when the time is up."""
        self._idf.forget()

    def _current(self, query: str, terms: list[str], where: str) -> list[tuple[Hit, list[str]]]:
        """The pool, best first, each with its terms."""
        asked = POOL
        for _ in range(ROUNDS):
            ranked = self._ranked(query, terms, where, asked)
            heads = self._heads(ranked)
            found = [
                (_hit(one, heads[_key(one)]), one["terms"].split(" "))
                for one in ranked
                if _key(one) in heads and heads[_key(one)]["version"] == one["version"]
            ]
            # A passage of another version: left over, or its document was just replaced. Then the
            # current one's passages may be among those asked for next.
            if len(found) >= POOL or len(found) == len(ranked):
                break
            asked = min(2 * asked, MOST_ROWS)
        return found[:POOL]

    def _ranked(self, query: str, terms: list[str], where: str, limit: int) -> list[dict[str, Any]]:
        """Passages best first, with `score`; of equal ones the one that was put first."""
        found: dict[str, dict[str, Any]] = {}
        rankings = []
        if self._ranking != "dense":
            answer = self._search("sparse", [" ".join(terms)], where, limit)
            by_words = {one["key"]: {**one["entity"], "score": _bm25(one)} for one in answer}
            rankings.append(_in_order(by_words))
            found |= by_words
        if self._ranking != "bm25" and self._encoder is not None:
            vector = self._encoder.encode([query])[0].tolist()
            answer = self._search("dense", [vector], where, limit)
            by_vector = {
                one["key"]: {**one["entity"], "score": cosine, "similarity": cosine}
                for one in answer
                for cosine in [float(one["distance"])]
            }
            rankings.append(_in_order(by_vector))
            found |= by_vector
        if len(rankings) == 1:
            return [found[key] for key in rankings[0]]
        numbers = {key: number for number, key in enumerate(found)}
        keys = list(found)
        fused = fuse([[numbers[key] for key in ranking] for ranking in rankings])
        return [{**found[keys[number]], "score": score} for number, score in fused]

    def _search(self, field: str, data: list[Any], where: str, limit: int) -> list[dict[str, Any]]:
        answer = self._link.call(
            "search",
            self._passages,
            data=data,
            anns_field=field,
            filter=where,
            limit=limit,
            output_fields=_FIELDS,
            consistency_level=self._link.place.consistency,
        )
        return list(answer[0])

    def _heads(self, ranked: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        keys = list(dict.fromkeys(_key(one) for one in ranked))
        consistency = self._link.place.consistency
        found = get(self._link, self._documents, keys, rows.DOCUMENT_FIELDS, consistency)
        return {row["key"]: row for row in found}


class _Idf:
    """Terms' weights, remembered: a term's idf changes slowly."""

    def __init__(self, link: Link, passages: str, k1: float, b: float) -> None:
        self._link = link
        self._passages = passages
        self._k1, self._b = k1, b
        self._known: dict[str, float] = {}
        self._passages_there: int | None = None
        self._since = -REMEMBERED_S
        self._lock = threading.Lock()

    def of(self, terms: Sequence[str], pool: Sequence[Sequence[str]]) -> tuple[list[float], int]:
        """The terms' idfs, 0 where no passage has one, and how many passages there are."""
        now = time.monotonic()
        with self._lock:
            if now - self._since > REMEMBERED_S or len(self._known) > REMEMBERED:
                self._known, self._passages_there, self._since = {}, None, now
            known = {term: self._known[term] for term in terms if term in self._known}
            there = self._passages_there
        if there is None:
            there = self._count()
        if new := [term for term in terms if term not in known]:
            mean = sum(map(len, pool)) / len(pool)
            for term, one in zip(new, self._best(new), strict=True):
                known[term] = 0.0 if one is None else self._back(term, one, mean)
        with self._lock:
            self._known |= known
            self._passages_there = there
        return [known[term] for term in terms], there

    def forget(self) -> None:
        with self._lock:
            self._since = -REMEMBERED_S

    def _back(self, term: str, one: Mapping[str, Any], mean: float) -> float:
        """idf = score / saturation, from the BM25 formula."""
        words = one["entity"]["terms"].split(" ")
        often = max(1, words.count(term))
        length = 1 - self._b + self._b * len(words) / mean
        return float(_bm25(one) * (often + self._k1 * length) / (often * (self._k1 + 1)))

    def _best(self, terms: Sequence[str]) -> list[dict[str, Any] | None]:
        answers = self._link.call(
            "search",
            self._passages,
            data=list(terms),
            anns_field="sparse",
            limit=1,
            output_fields=["terms"],
            consistency_level=self._link.place.consistency,
        )
        return [answer[0] if len(answer) else None for answer in answers]

    def _count(self) -> int:
        answer = self._link.call(
            "query",
            self._passages,
            output_fields=["count(*)"],
            consistency_level=self._link.place.consistency,
        )
        return int(answer[0]["count(*)"])


def get(
    link: Link, collection: str, keys: Sequence[str], fields: Sequence[str], level: Consistency
) -> list[dict[str, Any]]:
    """Rows by key; those there are."""
    found: list[dict[str, Any]] = []
    for batch in rows.chunks(keys):
        found += link.call(
            "get",
            collection,
            ids=batch,
            output_fields=list(fields),
            consistency_level=level,
        )
    return found


def _key(passage: Mapping[str, Any]) -> str:
    return rows.document_key(rows.decoded(passage["collection"]), passage["document"])


def _bm25(found: Mapping[str, Any]) -> float:
    """The score. milvus-lite gives it as a distance, below 0."""
    return abs(float(found["distance"]))


def _in_order(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Keys best first; of equal ones the one that was put first."""
    return sorted(
        found,
        key=lambda key: (-found[key]["score"], found[key]["version"], found[key]["ordinal"]),
    )


def _hit(passage: Mapping[str, Any], head: Mapping[str, Any]) -> Hit:
    return Hit(
        collection=rows.decoded(passage["collection"]),
        document_id=passage["document"],
        title=head["title"],
        url=head["url"],
        heading=passage["heading"],
        text=passage["text"],
        score=passage["score"],
        coverage=0.0,  # `choose` fills it in
        similarity=passage.get("similarity", 0.0),
    )
