"""The facts search from its files: built first where the facts are missing or out of date."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

from services.retrieval.build import build_facts, is_current, missing_packages, with_own
from services.retrieval.facts.fact import FACTS_FILE, FactsError, read_facts
from services.retrieval.facts.search import Options, Search
from services.retrieval.settings import Settings

logger = logging.getLogger(__name__)

BUILD_COMMAND = "python -m services.retrieval.build"


def load_search(settings: Settings, today: Callable[[], date]) -> Search:
    """Raises FactsError or OSError; the message says what is wrong. Takes seconds."""
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
        reference=settings.scorer == "rank_bm25",
    )
    facts = with_own(read_facts(path), settings.facts_dir)
    search = Search(facts, options=options, today=today)
    logger.info("facts loaded")
    return search
