"""Documents in the data folder: SQLite keeps them, BM25 indexes in memory-mapped files find them.

Several processes may serve one folder. What one acknowledged, a search in any of them finds.

    <folder>/documents.sqlite3   the truth (store.py)
    <folder>/index/              derived from it (indexes.py); may be deleted when nobody serves
    <folder>/vectors/            the same, where an encoder ranks too (nearness.py)

Covers: the calls of the seam (backend.py). Does not cover: HTTP, queues and limits (api.py).
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata, resources
from pathlib import Path
from typing import cast

from services.contract import Missing
from services.retrieval import analysis
from services.retrieval.analysis.analyzer import Analyzer
from services.retrieval.bm25 import Index, ReferenceIndex, Scoring, idf_all, search_all
from services.retrieval.bm25.warm_up import warm_up
from services.retrieval.dense.encoder import Encoder
from services.retrieval.dense.fusion import fuse
from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.failures import DamagedError, of_system
from services.retrieval.documents.indexes import Indexes
from services.retrieval.documents.model import (
    CollectionInfo,
    Document,
    Hit,
    Listed,
    Passage,
    Stored,
)
from services.retrieval.documents.nearness import Nearness
from services.retrieval.documents.open_files import allow_many
from services.retrieval.documents.passages import passages
from services.retrieval.documents.schema import FILE
from services.retrieval.documents.search import (
    POOL,
    analyzer_of,
    choose,
    indexed_text,
    measures,
    query_terms,
    weights,
)
from services.retrieval.documents.store import Found, Store, found_in
from services.retrieval.settings import Settings

logger = logging.getLogger(__name__)

TEND_EVERY_S = 1.0
RETRY_AFTER_S = 30.0
"""After the index's files could not be written."""
INDEXED_AS = 1
"""Goes up when indexed_text changes: indexes written before are of no use then."""
FETCHED = 10
"""Passages fetched at a time while looking for enough that cover the query."""


TRIES = 3
"""Searches again where documents that rank changed meanwhile; then changes are held off."""

Fetch = Callable[[Sequence[int]], dict[int, Found]]


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    terms: list[str]
    collections: Sequence[str] | None
    limit: int


class EmbeddedBackend:
    def __init__(
        self, folder: Path, settings: Settings | None = None, encoder: Encoder | None = None
    ) -> None:
        """Does nothing yet. encoder: what `ranking` other than bm25 needs. ValueError: a setting is
        none."""
        self._settings = settings = settings if settings is not None else Settings()
        self._scoring = Scoring(
            settings.bm25_variant,
            settings.bm25_k1,
            settings.bm25_b,
            settings.bm25_epsilon,
            settings.bm25_delta,
        )
        self._store = Store(
            folder / FILE,
            busy_timeout_s=settings.busy_timeout_s,
            max_collections=settings.max_collections,
        )
        self._folder = folder / "index"
        if settings.ranking != "bm25" and encoder is None:
            raise ValueError(f"ranking {settings.ranking!r} needs an encoder")
        self._near: Nearness | None = None
        if encoder is not None:
            self._near = Nearness(self._store, folder / "vectors", encoder)
        self._indexes: Indexes | None = None
        self._analyzer: Analyzer | None = None
        self._problem = "the documents are being opened"
        self._files_problem = ""
        self._closing = threading.Event()
        self._tending: threading.Thread | None = None

    def open(self) -> None:
        """BackendError: cannot serve; `missing` says the same from then on."""
        settings = self._settings
        try:
            self._analyzer = analyzer = analyzer_of(settings)
            allow_many()
            self._check_not_emptied()
            self._store.open()
            self._indexes = indexes = Indexes(
                self._store, self._folder / stamp(settings), self._open_index, analyzer.terms
            )
            if self._closing.is_set():
                raise BackendError("closed while it was being opened")
            indexes.open()
            self._open_vectors()
        except Exception as error:
            self._problem = f"the documents could not be opened ({type(error).__name__})"
            if isinstance(error, BackendError):
                self._problem = str(error)
            raise
        if not self._store.writable:
            logger.warning("%s is read-only: documents can be searched, not changed", self._folder)
        self._problem = ""
        self._tending = threading.Thread(target=self._tend, name="documents", daemon=True)
        self._tending.start()

    def close(self) -> None:
        self._closing.set()
        if self._tending is not None:
            self._tending.join()
        if self._indexes is not None:
            try:
                if self._tending is not None:
                    self._indexes.seal()
            except OSError as error:
                logger.warning("the index's newest part is not written: %s", error)
            self._indexes.close()
        if self._near is not None:
            self._near.close()
        self._problem = self._problem or "the documents are closed"
        self._store.close()

    def missing(self) -> Sequence[Missing]:
        if self._problem:
            progress = self._indexes.progress if self._indexes is not None else ""
            how = "see the message; the log of the service tells more"
            if self._problem.startswith("the documents are being opened"):
                how = "wait"
            return [Missing(part=progress or self._problem, how=how, required=True)]
        if self._files_problem:
            how = f"free space or make {self._folder} writable; it is tried again"
            return [Missing(part=self._files_problem, how=how, required=False)]
        if self._near is not None and self._near.waiting:
            part = f"{self._near.waiting} passages have no vector yet: found by their words only"
            return [Missing(part=part, how="wait", required=False)]
        return []

    # --- documents --------------------------------------------------------------------------

    def put(self, collection: str, documents: Sequence[Document]) -> list[Stored]:
        indexes, analyzer = self._ready()
        words = self._settings.passage_words
        cut: dict[int, list[Passage]] = {}
        terms: dict[int, list[list[str]]] = {}

        def cut_once(place: int) -> list[Passage]:
            if place not in cut:
                document = documents[place]
                cut[place] = passages(document, words)
                terms[place] = [
                    analyzer.terms(indexed_text(document.title, one.heading, one.text))
                    for one in cut[place]
                ]
            return cut[place]

        with self._noticing():
            # What takes long is done before the transaction, in which all other writers wait.
            for place, same in enumerate(self._store.unchanged(collection, documents, words)):
                if not same:
                    cut_once(place)
            written = self._store.put(collection, documents, cut_once, words)
        analysed = {
            first + offset: found
            for place, first in written.first_ids.items()
            for offset, found in enumerate(terms[place])
        }
        self._follow(indexes, analysed)
        return written.stored

    def delete(self, collection: str, ids: Sequence[str]) -> int:
        indexes, _ = self._ready()
        with self._noticing():
            gone = self._store.delete(collection, ids)
        self._follow(indexes, {})
        return gone

    def get(self, collection: str, document_id: str) -> Document | None:
        self._ready()
        with self._noticing():
            return self._store.get(collection, document_id)

    def page(self, collection: str, after: str, limit: int) -> list[Listed]:
        self._ready()
        with self._noticing():
            return self._store.page(collection, after, limit)

    def collections(self) -> list[CollectionInfo]:
        self._ready()
        with self._noticing():
            return self._store.collections()

    def delete_collection(self, name: str) -> int | None:
        indexes, _ = self._ready()
        with self._noticing():
            gone = self._store.delete_collection(name)
        self._follow(indexes, {})
        return gone

    # --- search -----------------------------------------------------------------------------

    def search(self, query: str, collections: Sequence[str] | None, limit: int) -> list[Hit]:
        indexes, analyzer = self._ready()
        terms = query_terms(query, analyzer)
        if not terms or limit <= 0:
            return []
        asked = _Asked(query, terms, collections, limit)
        with self._noticing():
            for _ in range(TRIES):
                self._follow(indexes, {})
                hits, whole = self._search_once(indexes, analyzer, asked, self._store.found)
                if whole:
                    return hits
            with indexes.held() as reader:
                found = partial(found_in, reader)
                return self._search_once(indexes, analyzer, asked, found)[0]

    def _search_once(
        self, indexes: Indexes, analyzer: Analyzer, asked: _Asked, fetch: Fetch
    ) -> tuple[list[Hit], bool]:
        """False: a document was replaced or deleted between ranking and reading it."""
        chosen = cast(
            "list[Index]",  # all of them or none is of the reference
            [
                index
                for name, index in indexes.current().items()
                if asked.collections is None or name in asked.collections
            ],
        )
        unique = list(dict.fromkeys(asked.terms))
        weighted = weights(
            unique,
            idf_all(chosen, unique),
            sum(map(len, chosen)),
            measures(asked.text, analyzer),
        )
        ranked = [(one, score) for _, one, score in search_all(chosen, asked.terms, POOL)]
        similar: dict[int, float] = {}
        if self._near is not None:
            similar = dict(self._near.nearest(asked.text, asked.collections, POOL))
            ranked = self._with_vectors(ranked, similar)
        lost: list[int] = []
        hits = choose(
            _candidates(ranked, similar, analyzer, fetch, lost),
            weighted,
            share=self._settings.document_share,
            limit=asked.limit,
            floor=self._settings.dense_floor,
        )
        return hits, not lost

    def _with_vectors(
        self, ranked: Sequence[tuple[int, float]], similar: Mapping[int, float]
    ) -> list[tuple[int, float]]:
        if self._settings.ranking == "dense":
            return list(similar.items())
        return fuse([[one for one, _ in ranked], list(similar)])[:POOL]

    # --- inside -----------------------------------------------------------------------------

    def _ready(self) -> tuple[Indexes, Analyzer]:
        if self._problem or self._indexes is None or self._analyzer is None:
            raise BackendError(self._problem)
        return self._indexes, self._analyzer

    def _check_not_emptied(self) -> None:
        """SQLite takes an empty file for a new database; the index tells that it was one before."""
        path = self._store.path
        if path.is_file() and path.stat().st_size == 0 and any(self._folder.glob("*/*.*")):
            raise DamagedError(
                f"{path} is damaged (it is empty, its index is not): restore it from a backup, or"
                " move it away and ingest the documents again"
            )

    def _open_index(self, folder: Path, writable: bool) -> Index | ReferenceIndex:
        if self._settings.scorer == "rank_bm25":
            return ReferenceIndex.open(folder, self._scoring)
        memory_terms = self._settings.index_memory_terms
        return Index.open(folder, self._scoring, writable=writable, memory_terms=memory_terms)

    def _open_vectors(self) -> None:
        if self._near is not None:
            try:
                self._near.open()
            except (OSError, sqlite3.Error) as error:
                raise BackendError(f"the vectors cannot be opened: {error}") from error

    def _encode(self) -> None:
        """What has no vector yet, as long as nobody wants to close."""
        if self._near is not None:
            while not self._closing.is_set() and self._near.encode_some():
                pass

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """A damaged database stops the service until somebody has looked at it."""
        try:
            yield
        except DamagedError as error:
            self._problem = str(error)
            logger.error("%s", error)
            raise

    def _follow(self, indexes: Indexes, analysed: dict[int, list[str]]) -> None:
        """Bring the index up to the store. Where that fails, what is stored stays so, and what is
        indexed is searched: it is tried again by the next call and in the background."""
        try:
            indexes.sync(analysed)
            if self._near is not None:
                self._near.sync()
        except DamagedError:
            raise
        except Exception as error:
            self._tell(error, "the index is behind the stored documents")

    def _tell(self, error: Exception, what: str) -> None:
        """In the log once, and in /readyz until it is over."""
        reason = of_system(error, self._folder) if isinstance(error, OSError) else error
        message = f"{what}: {reason or type(error).__name__}"
        if message != self._files_problem:
            self._files_problem = message
            logger.warning("%s", message, exc_info=not isinstance(error, (OSError, BackendError)))

    def _tend(self) -> None:
        assert self._indexes is not None
        if self._settings.scorer == "mapped":
            warm_up()  # else the first put would wait for it
        wait_s = TEND_EVERY_S
        while not self._closing.wait(wait_s):
            try:
                self._indexes.sync()
                self._indexes.tend()
                self._encode()
                wait_s, self._files_problem = TEND_EVERY_S, ""
            except Exception as error:
                wait_s = RETRY_AFTER_S
                self._tell(error, "the index's files are not written")


def _candidates(
    ranked: Sequence[tuple[int, float]],
    similar: Mapping[int, float],
    analyzer: Analyzer,
    fetch: Fetch,
    lost: list[int],
) -> Iterator[tuple[Hit, Sequence[str]]]:
    """Each with its terms; ids that are gone are added to `lost`."""
    for start in range(0, len(ranked), FETCHED):
        batch = ranked[start : start + FETCHED]
        found = fetch([one for one, _ in batch])
        for one, score in batch:
            if (passage := found.get(one)) is None:
                lost.append(one)
                continue
            hit = Hit(
                passage.collection,
                passage.document_id,
                passage.title,
                passage.url,
                passage.heading,
                passage.text,
                score,
                0.0,
                similar.get(one, 0.0),
            )
            text = indexed_text(passage.title, passage.heading, passage.text)
            yield hit, analyzer.terms(text)


def stamp(settings: Settings) -> str:
    """A folder's name, other for every analysis: by settings, code and what the code is built on.

    Terms made in another way than the query's would not be found.
    """
    parts = [str(INDEXED_AS), settings.language, str(settings.stop_words), str(settings.stemming)]
    parts += _what_analyses()
    short = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    return f"{settings.language}-{short}"


@cache
def _what_analyses() -> tuple[str, ...]:
    versions = [metadata.version(name) for name in ("PyStemmer", "stop-words")]
    code = [
        resources.files(analysis).joinpath(f"{module}.py").read_text(encoding="utf-8")
        for module in ("analyzer", "tokens", "languages")
    ]
    return (*versions, *code)
