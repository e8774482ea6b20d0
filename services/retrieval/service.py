"""The search as the service runs it: built at start, used one query at a time, off the event loop.

Searching is pure Python of about a millisecond: threads would not make it faster, so one thread
does it and the event loop stays free. The queue before it is bounded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from services.chassis import Failure
from services.contract import ErrorCode, Missing
from services.retrieval.build import build_facts, is_current, missing_packages
from services.retrieval.facts.fact import FACTS_FILE, FactsError, read_facts
from services.retrieval.facts.search import Options, Search
from services.retrieval.settings import Settings

logger = logging.getLogger(__name__)

BUILD_COMMAND = "python -m services.retrieval.build"


class SearchService:
    def __init__(self, settings: Settings, today: Callable[[], date] = date.today) -> None:
        self._settings = settings
        self._today = today
        self._search: Search | None = None
        self._problem = "the facts are being loaded"
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="search")
        self._loading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Load in the background: the service answers /healthz at once and /readyz truthfully."""
        self._loading = asyncio.create_task(self._load())

    async def loaded(self) -> None:
        """Wait until loading has ended, well or not (`missing` says which)."""
        if self._loading is not None:
            await asyncio.shield(self._loading)

    async def stop(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def query(self, text: str, skip: int, limit: int) -> list[str] | None:
        if self._search is None:
            raise Failure(ErrorCode.UNAVAILABLE, f"not ready: {self._problem}", retry_after_s=5)
        if self._waiting >= self._settings.max_waiting:
            raise Failure(ErrorCode.OVERLOADED, "too many queries are waiting", retry_after_s=1)
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self._thread, self._search.search, text)
        finally:
            self._waiting -= 1
        return None if results is None else results[skip : skip + limit]

    def missing(self) -> list[Missing]:
        if self._search is not None:
            return []
        return [Missing(part=self._problem, how=BUILD_COMMAND, required=True)]

    async def _load(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._search = await loop.run_in_executor(self._thread, self._build)
        except (FactsError, OSError, ImportError) as error:
            self._problem = str(error)
            logger.error("the facts could not be loaded: %s", error)
        except Exception as error:
            self._problem = f"the facts could not be loaded ({type(error).__name__})"
            logger.exception("the facts could not be loaded")

    def _build(self) -> Search:
        settings = self._settings
        path = settings.data_dir / FACTS_FILE
        if not is_current(settings.data_dir):
            packages = missing_packages()
            if not packages:
                logger.info("building the facts")
                build_facts(settings.data_dir, logger.info)
            elif not path.is_file():
                raise FactsError(f"no facts, and packages to build them are missing: {packages}")
        options = Options(
            query_share=settings.query_share,
            name_share=settings.name_share,
            name_share_alone=settings.name_share_alone,
            keep_share=settings.keep_share,
            prominence_weight=settings.prominence_weight,
            max_results=settings.max_results,
            max_words=settings.max_words,
        )
        search = Search(read_facts(path), options=options, today=self._today)
        logger.info("facts loaded")
        return search
