"""Every compiled loop made ready before the first request needs one."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.compiled import stop_caching
from services.retrieval.bm25.memory import Memory
from services.retrieval.bm25.merging import merged
from services.retrieval.bm25.part import Part
from services.retrieval.bm25.scoring import Scoring, Variant
from services.retrieval.bm25.search import Corpus
from services.retrieval.bm25.segment import SortedTerms

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_warm: list[bool] = []


def warm_up() -> None:
    """Seconds the first time on a machine (compiling), then a moment; once in a process."""
    with _lock:
        if not _warm:
            try:
                _run_everything()
            except (
                Exception
            ) as error:  # the cache: numba lets a full disk or a damaged file through
                reason = f"{type(error).__name__}: {error}"
                logger.warning("compiling without numba's cache, which failed (%s)", reason)
                stop_caching()
                _run_everything()
            _warm.append(True)


def _run_everything() -> None:
    memory = Memory()
    memory.add([(2, ["a", "b", "a"]), (1, ["a", "c"]), (3, ["d"])])
    memory.index()
    postings, vocabulary = memory.postings_to_seal()
    wide = replace(postings, codes=_read_only(postings.codes.astype(np.uint32)))
    for one in (postings, wide):
        whole = Part.of("", one, SortedTerms(vocabulary))
        part = whole.without(np.array([0]))
        variants: tuple[Variant, ...] = ("okapi", "plus")
        for variant in variants:
            corpus = Corpus(
                [(0, part), (0, whole), *((0, it) for it in memory.parts)], Scoring(variant)
            )
            corpus.search(["a", "d"], 2)
            corpus.search(["b"], 2)
            corpus.average_idf()
        merged([part, whole])[1](lambda name, array: None)


def _read_only(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    codes.flags.writeable = False
    return codes
