"""Documents in Milvus: a folder on this machine by milvus-lite, or a cluster by its URI.

Milvus ranks by BM25 over `terms`: the passage as our Analyzer reads it, words at spaces. Its own
analysers stem and fold otherwise, and milvus-lite's do not stem at all; this way a question finds
the same passages here and in the embedded backend.

All or none without transactions: passages and contents are written under a new version nobody
reads; then one write of the documents' rows makes the versions current; then the old versions'
rows go. Whoever searches drops passages that are not of the current version. Each change is noted
before it begins, so that what a killed process leaves over is removed: at the next start (folder),
or by any service that writes an hour later (server, where the change may still be under way).

docs/scale.md says what is guaranteed and how results differ.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from services.contract import Missing
from services.retrieval.dense.encoder import Encoder
from services.retrieval.documents import milvus_rows as rows
from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.milvus_link import Link, Place
from services.retrieval.documents.milvus_search import Ranking, Searcher, get
from services.retrieval.documents.model import (
    CollectionInfo,
    Document,
    Hit,
    Listed,
    Outcome,
    Passage,
    Stored,
)
from services.retrieval.documents.passages import passages
from services.retrieval.documents.search import analyzer_of, indexed_text
from services.retrieval.settings import Settings

logger = logging.getLogger(__name__)

ABANDONED_S = 3600
"""A change noted this long ago has ended, whatever became of the process."""
REPAIR_EVERY_S = 600.0
PAGE = 500
"""Rows asked for in one call."""
READ_TRIES = 3

Version = tuple[str, int, int]
"""Name, passages, parts."""


class MilvusBackend:
    def __init__(
        self,
        settings: Settings,
        *,
        link: Link | None = None,
        ranking: Ranking = "bm25",
        encoder: Encoder | None = None,
    ) -> None:
        """Does nothing yet. ValueError: a ranking by an encoder that is not given."""
        self._settings = settings
        self._link = link if link is not None else Link(place_of(settings))
        self._documents = f"{self._link.place.prefix}_documents"
        self._passages = f"{self._link.place.prefix}_passages"
        self._encoder = encoder
        self._analyzer = analyzer = analyzer_of(settings)
        self._made_with = {
            "layout": 1,
            "analysis": [settings.language, settings.stop_words, settings.stemming],
            "encoder": None if encoder is None else encoder.name,
            "bm25": [settings.bm25_k1, settings.bm25_b],
        }
        self._searcher = Searcher(
            self._link,
            self._documents,
            self._passages,
            analyzer,
            ranking=ranking,
            encoder=encoder,
            share=settings.document_share,
            floor=settings.dense_floor,
            bm25=(settings.bm25_k1, settings.bm25_b),
        )
        self._not_open = BackendError("not opened yet")
        self._tried = False
        self._opened = False
        self._closed = False
        self._writing = threading.RLock()
        self._repaired = 0.0

    def open(self) -> None:
        with self._writing:
            if not self._opened:
                self._tried, self._closed = True, False
                self._link.open()
                try:
                    self._prepare()
                except BackendError as error:
                    self._not_open = error
                    raise
                self._opened = True
                self._repair(0 if self._link.place.embedded else ABANDONED_S)

    def close(self) -> None:
        with self._writing:
            self._opened, self._closed = False, True
            self._link.close()

    def missing(self) -> Sequence[Missing]:
        missing = self._link.missing(self._probe)
        if not missing and not self._opened:
            self._link.note(self._not_open)
            return self._link.missing(self._probe)
        return missing

    def put(self, collection: str, documents: Sequence[Document]) -> list[Stored]:
        with self._writing:
            self._ready_to_write()
            old = self._heads(collection, [document.id for document in documents])
            known = {one: (row["hash"], row["passages"]) for one, row in old.items()}
            changed: dict[str, tuple[Document, list[Passage]]] = {}
            outcomes = []
            for document in documents:
                before = known.get(document.id)
                made_from = rows.made_from(document, self._settings.passage_words)
                if before is not None and before[0] == made_from:
                    outcomes.append(Stored(document.id, Outcome.UNCHANGED, before[1]))
                    continue
                cut = passages(document, self._settings.passage_words)
                changed[document.id] = (document, cut)
                known[document.id] = (made_from, len(cut))
                outcome = Outcome.CREATED if before is None else Outcome.REPLACED
                outcomes.append(Stored(document.id, outcome, len(cut)))
            if changed:
                self._check_room(collection)
                self._replace(collection, list(changed.values()), old)
            return outcomes

    def delete(self, collection: str, ids: Sequence[str]) -> int:
        with self._writing:
            self._ready_to_write()
            gone = self._remove(self._heads(collection, ids).values())
            if gone:
                self._forget_if_empty(collection)
            return gone

    def get(self, collection: str, document_id: str) -> Document | None:
        self._ready()
        for _ in range(READ_TRIES):
            head = self._heads(collection, [document_id]).get(document_id)
            if head is None:
                return None
            keys = rows.part_keys(head["version"], head["parts"])
            parts = {row["key"]: row["text"] for row in self._get(keys, ["key", "text"])}
            if len(parts) == len(keys):
                return rows.document_from(document_id, [parts[key] for key in keys])
        raise BackendError(
            f"Milvus at {self._link.place.shown}: document {document_id!r} changed while it was "
            "read, or part of it is gone; put it again"
        )

    def page(self, collection: str, after: str, limit: int) -> list[Listed]:
        self._ready()
        found = self._scan(*rows.documents_of(collection, after), limit)
        return [Listed(one["document"], one["title"], one["url"], one["passages"]) for one in found]

    def collections(self) -> list[CollectionInfo]:
        self._ready()
        names = sorted(rows.decoded(row["collection"]) for row in self._scan(*rows.NAMES))
        counted = [
            CollectionInfo(
                name,
                self._count(self._documents, rows.between(*rows.documents_of(name))),
                self._count(self._passages, rows.in_collections([name])),
            )
            for name in names
        ]
        return [one for one in counted if one.documents]

    def delete_collection(self, name: str) -> int | None:
        with self._writing:
            self._ready_to_write()
            gone = 0
            while heads := self._scan(*rows.documents_of(name), PAGE):
                gone += self._remove(heads)
            self._forget_if_empty(name)
            return gone or None

    def search(self, query: str, collections: Sequence[str] | None, limit: int) -> list[Hit]:
        self._ready()
        return self._searcher.search(query, collections, limit)

    def _probe(self) -> None:
        """Whether it works, or works again."""
        if self._tried and not self._closed:
            self._ready()
            self._link.call("get_server_version")

    def _ready(self) -> None:
        if self._closed:
            raise BackendError("the documents are closed")
        if not self._opened:
            self.open()  # the server may be up by now

    def _ready_to_write(self) -> None:
        self._ready()
        if time.monotonic() - self._repaired > REPAIR_EVERY_S:
            self._repair(ABANDONED_S)

    def _prepare(self) -> None:
        """Create what is not there, and see that it was made the way we make it."""
        lite = "lite" in self._link.call("get_server_version")
        k1, b = self._settings.bm25_k1, self._settings.bm25_b
        dimensions = None if self._encoder is None else self._encoder.dimensions
        client = self._link.client
        self._create(self._documents, *rows.documents_schema(client))
        # milvus-lite has no tokenizer "whitespace"; its "standard" one cuts terms like 3.14 as well
        tokenizer = "standard" if lite else "whitespace"
        self._create(self._passages, *rows.passages_schema(client, tokenizer, k1, b, dimensions))
        for name in (self._documents, self._passages):
            self._link.call("load_collection", name)
        meta = self._get([rows.META_KEY], ["key", "text"])
        if not meta:
            self._write(self._documents, [rows.meta_row(self._made_with)])
        elif (there := json.loads(meta[0]["text"])) != self._made_with:
            raise BackendError(
                f"Milvus at {self._link.place.shown}: {self._documents} was made with {there}, and "
                f"the settings say {self._made_with}; set them back, or give another "
                "GROUNDLING_RETRIEVAL_MILVUS_COLLECTION and ingest the documents again"
            )

    def _create(self, name: str, schema: Any, indexes: Any) -> None:
        if self._link.call("has_collection", name):
            return
        try:
            self._link.call(
                "create_collection",
                name,
                schema=schema,
                index_params=indexes,
                num_shards=1,  # a write of rows is then one entry of one log: all or none
                consistency_level=self._link.place.consistency,
            )
        except BackendError:
            if not self._link.call("has_collection", name):  # else another service was first
                raise

    def _replace(
        self,
        collection: str,
        changed: Sequence[tuple[Document, list[Passage]]],
        old: dict[str, dict[str, Any]],
    ) -> None:
        heads, parts, found, changes, outdated = [], [], [], [], []
        now = int(time.time())
        for document, cut in changed:
            version = rows.new_version()
            content = rows.part_rows(document, version)
            parts += content
            found += self._passage_rows(collection, document, version, cut)
            made_from = rows.made_from(document, self._settings.passage_words)
            head = rows.document_row(
                collection,
                document,
                version,
                made_from=made_from,
                passages=len(cut),
                parts=len(content),
            )
            heads.append(head)
            versions: list[Version] = [(version, len(cut), len(content))]
            if before := old.get(document.id):
                versions.append((before["version"], before["passages"], before["parts"]))
                outdated.append(versions[1])
            changes.append(rows.change_row(head["key"], versions, now))
        self._write(self._documents, changes)
        self._write(self._documents, parts)
        self._write(self._passages, found, "insert")
        self._link.call("upsert", self._documents, [*heads, rows.name_row(collection)])
        self._tidy(outdated, [change["key"] for change in changes])

    def _check_room(self, collection: str) -> None:
        names = {row["key"] for row in self._scan(*rows.NAMES)}
        if rows.name_key(collection) not in names and len(names) >= self._settings.max_collections:
            raise BackendError(
                f"there are {len(names)} collections already, which is the limit (setting"
                " max_collections): delete one first"
            )

    def _forget_if_empty(self, collection: str) -> None:
        documents = rows.between(*rows.documents_of(collection))
        if not self._count(self._documents, documents):
            self._delete(self._documents, [rows.name_key(collection)])
            if self._count(self._documents, documents):  # put meanwhile by another service
                self._write(self._documents, [rows.name_row(collection)])

    def _passage_rows(
        self, collection: str, document: Document, version: str, cut: Sequence[Passage]
    ) -> list[rows.Row]:
        texts = [indexed_text(document.title, one.heading, one.text) for one in cut]
        made = [
            rows.passage_row(
                collection,
                document.id,
                version,
                ordinal=number,
                passage=one,
                terms=self._analyzer.terms(text),
            )
            for number, (one, text) in enumerate(zip(cut, texts, strict=True))
        ]
        if self._encoder is not None and made:
            vectors = self._encoder.encode(texts)
            for row, vector in zip(made, vectors.tolist(), strict=True):
                row["dense"] = vector
        return made

    def _remove(self, heads: Iterable[dict[str, Any]]) -> int:
        heads = list(heads)
        now = int(time.time())
        versions = [(head["version"], head["passages"], head["parts"]) for head in heads]
        changes = [
            rows.change_row(head["key"], [version], now)
            for head, version in zip(heads, versions, strict=True)
        ]
        self._write(self._documents, changes)
        self._delete(self._documents, [head["key"] for head in heads])
        self._tidy(versions, [change["key"] for change in changes])
        return len(heads)

    def _tidy(self, versions: Sequence[Version], changes: Sequence[str]) -> None:
        """After the change is made: what fails here is left to `_repair`."""
        self._searcher.forget_weights()
        try:
            self._drop(versions)
            self._delete(self._documents, changes)
        except BackendError as error:
            logger.warning("old rows are left for later: %s", error)

    def _repair(self, older_than_s: int) -> None:
        """Remove what changes that never ended left over."""
        self._repaired = time.monotonic()
        before = time.time() - older_than_s
        for change in self._scan(*rows.CHANGES):
            if change["at"] > before:
                continue
            head = self._get([change["document"]], rows.DOCUMENT_FIELDS)
            current = head[0]["version"] if head else None
            versions = [tuple(one) for one in json.loads(change["text"])]
            self._drop([one for one in versions if one[0] != current])
            self._delete(self._documents, [change["key"]])

    def _drop(self, versions: Sequence[Version]) -> None:
        passages_gone = [key for name, n, _ in versions for key in rows.passage_keys(name, n)]
        self._delete(self._passages, passages_gone)
        self._delete(
            self._documents, [key for name, _, n in versions for key in rows.part_keys(name, n)]
        )

    def _heads(self, collection: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The documents' rows by id."""
        keys = [rows.document_key(collection, one) for one in dict.fromkeys(ids)]
        return {row["document"]: row for row in self._get(keys, rows.DOCUMENT_FIELDS)}

    def _get(self, keys: Sequence[str], fields: Sequence[str]) -> list[dict[str, Any]]:
        return get(self._link, self._documents, keys, fields, "Strong")

    def _scan(self, low: str, high: str, limit: int | None = None) -> list[dict[str, Any]]:
        """Rows of the documents' collection with keys between the two, in order of their key."""
        found: list[dict[str, Any]] = []
        while limit is None or len(found) < limit:
            asked = PAGE if limit is None else min(PAGE, limit - len(found))
            batch = self._link.call(
                "query",
                self._documents,
                filter=rows.between(found[-1]["key"] if found else low, high),
                output_fields=[*rows.DOCUMENT_FIELDS, "collection", "text", "at"],
                limit=asked,
                # What pymilvus' own iterator sends to get rows in order of their key; itself it
                # makes calls without a deadline.
                iterator="True",
                reduce_stop_for_best="False",
                consistency_level="Strong",
            )
            found += batch
            if len(batch) < asked:
                break
        return found

    def _count(self, collection: str, where: str) -> int:
        answer = self._link.call(
            "query",
            collection,
            filter=where,
            output_fields=["count(*)"],
            consistency_level="Strong",
        )
        return int(answer[0]["count(*)"])

    def _write(self, collection: str, made: Sequence[rows.Row], how: str = "upsert") -> None:
        for batch in rows.batches(made):
            self._link.call(how, collection, batch)

    def _delete(self, collection: str, keys: Sequence[str]) -> None:
        for batch in rows.chunks(keys):
            self._link.call("delete", collection, ids=batch)


def place_of(settings: Settings) -> Place:
    token = settings.milvus_token
    return Place(
        uri=settings.milvus_uri or str(settings.data_dir / "milvus"),
        token="" if token is None else token.get_secret_value(),
        prefix=settings.milvus_collection,
        timeout_s=settings.milvus_timeout_s,
        consistency=settings.milvus_consistency,
    )
