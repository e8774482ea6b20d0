"""The search as the service runs it: facts and documents, opened at start, off the event loop.

    facts       one thread: pure Python of about a millisecond, which threads would not make faster
    documents   a few threads: the index's loops run without Python's lock

Facts that answer come first, then passages of documents. Facts and documents open side by side;
the service is ready when both are, and says what is missing until then.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from services.chassis import Failure
from services.contract import ErrorCode, Missing, Snippet, Source
from services.retrieval.documents.backend import Backend, BackendError
from services.retrieval.documents.model import FACTS_COLLECTION, CollectionInfo
from services.retrieval.documents.search import analyzer_of
from services.retrieval.documents.snippets import trim
from services.retrieval.facts.fact import FactsError
from services.retrieval.facts.loading import BUILD_COMMAND, load_search
from services.retrieval.facts.search import Search
from services.retrieval.pool import Pool
from services.retrieval.settings import Settings

logger = logging.getLogger(__name__)


class SearchService:
    def __init__(
        self, settings: Settings, backend: Backend, today: Callable[[], date] = date.today
    ) -> None:
        self._settings = settings
        self._today = today
        self._backend = backend
        self._analyzer = analyzer_of(settings)
        self._facts: Search | None = None
        self._facts_problem = "the facts are being loaded"
        self._facts_pool = Pool("the facts search", 1, settings.max_waiting)
        self._documents_pool = Pool(
            "the document search", settings.search_threads, settings.max_waiting
        )
        self._opening: asyncio.Future[tuple[None, None]] | None = None

    def start(self) -> None:
        """Open in the background: the service answers /healthz at once and /readyz truthfully."""
        self._opening = asyncio.gather(self._load_facts(), self._open_documents())

    async def opened(self) -> None:
        """Wait until opening has ended, well or not (`missing` says which)."""
        if self._opening is not None:
            await asyncio.shield(self._opening)

    async def stop(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        self._facts_pool.close()
        self._documents_pool.close()
        await asyncio.to_thread(self._backend.close)

    async def query(
        self, text: str, skip: int, limit: int, collections: Sequence[str] | None = None
    ) -> list[Snippet] | None:
        """None: not a text to look up. collections: None is all of them, the facts included."""
        wanted = skip + limit
        ask_facts = collections is None or FACTS_COLLECTION in collections
        named = None
        if collections is not None:
            named = [one for one in collections if one != FACTS_COLLECTION]
        facts = await self._fact_snippets(text) if ask_facts else []
        if facts is None:
            return None
        found = facts[:wanted]
        if named != [] and len(found) < wanted:
            try:
                found += await self._document_snippets(text, named, wanted - len(found))
            except Failure as failure:
                if not found[skip:]:
                    raise
                # What the facts say stays true; /readyz tells that documents are missing.
                logger.warning("answered by facts alone: %s", failure.message)
        return found[skip:wanted]

    def missing(self) -> list[Missing]:
        missing: list[Missing] = []
        if self._facts is None:
            missing.append(Missing(part=self._facts_problem, how=BUILD_COMMAND, required=True))
        return [*missing, *self._backend.missing()]

    def built_in(self) -> list[CollectionInfo]:
        """The facts as a collection, once they are loaded."""
        if self._facts is None:
            return []
        corpus = self._facts.corpus
        subjects, facts = len(corpus.entities.by_key), len(corpus.facts)
        return [CollectionInfo(FACTS_COLLECTION, subjects, facts)]

    async def _fact_snippets(self, text: str) -> list[Snippet] | None:
        if self._facts is None:
            raise _not_ready(self._facts_problem)
        results = await self._facts_pool.run(partial(self._facts.search, text))
        return None if results is None else [Snippet(result) for result in results]

    async def _document_snippets(
        self, text: str, collections: Sequence[str] | None, limit: int
    ) -> list[Snippet]:
        search = partial(self._found_in_documents, text, collections, limit)
        try:
            return await self._documents_pool.run(search)
        except BackendError as error:
            raise Failure(ErrorCode.UNAVAILABLE, str(error), retry_after_s=5) from error

    def _found_in_documents(
        self, text: str, collections: Sequence[str] | None, limit: int
    ) -> list[Snippet]:
        hits = self._backend.search(text, collections, limit)
        weights = dict.fromkeys(self._analyzer.terms(text), 1.0)
        return [
            Snippet(
                trim(hit.text, weights, self._analyzer, self._settings.snippet_words),
                Source(title=hit.title, url=hit.url, score=hit.score),
            )
            for hit in hits
        ]

    async def _load_facts(self) -> None:
        try:
            work = partial(load_search, self._settings, self._today)
            self._facts = await self._facts_pool.run(work)
            gc.freeze()  # millions of objects that stay: looking through them stops a query
        except (FactsError, OSError, ImportError) as error:
            self._facts_problem = str(error)
            logger.error("the facts could not be loaded: %s", error)
        except Exception as error:
            self._facts_problem = f"the facts could not be loaded ({type(error).__name__})"
            logger.exception("the facts could not be loaded")

    async def _open_documents(self) -> None:
        try:
            await self._documents_pool.run(self._backend.open)
            logger.info("documents opened")
        except BackendError as error:  # the backend's `missing` says the same
            logger.error("the documents could not be opened: %s", error)
        except Exception:
            logger.exception("the documents could not be opened")


def _not_ready(problem: str) -> Failure:
    return Failure(ErrorCode.UNAVAILABLE, f"not ready: {problem}", retry_after_s=5)
