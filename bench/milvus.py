"""Documents embedded and in Milvus, side by side: the same passages, the same queries, one process.

What each figure covers:

  put/s           documents of one passage of about 100 words, put in batches of 500, analysis
                  included
  p50, p99        one search after another, answers of 10 passages
  on disk         of the folder, after it was closed (a folder of milvus-lite only)
  same first      queries for which both put the same passage first
  same ten        of the embedded backend's first ten, how many Milvus has among its own

Words are drawn by Zipf's law from 50,000, as in a text without its stop words; queries are two or
three words of one passage. Does not cover: a cluster, other than by --uri; memory; several clients
at once.

  python -m bench.milvus                            1,000 and 10,000 documents, milvus-lite
  python -m bench.milvus --skip 0                   with the words that are in most passages
  python -m bench.milvus --uri http://host:19530    the same in collections of its own there, which
                                                    it deletes the documents of
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from services.retrieval.documents.backend import Backend
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.milvus import MilvusBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

BATCH = 500
VOCABULARY = 50_000
WORDS = 100
ANSWERS = 10


@dataclass(frozen=True)
class Figures:
    name: str
    put_per_s: float
    times_ms: list[float]
    answers: list[list[str]]
    bytes_on_disk: int


def corpus(count: int, queries: int, skip: int) -> tuple[list[Document], list[str]]:
    drawn = np.random.default_rng(count)
    ranks = np.arange(skip + 1, skip + 1 + VOCABULARY)
    share = (1 / ranks) / (1 / ranks).sum()
    lengths = drawn.integers(WORDS - 30, WORDS + 10, count)
    ids = drawn.choice(VOCABULARY, int(lengths.sum()), p=share)
    texts = [[_word(one) for one in part] for part in np.split(ids, np.cumsum(lengths)[:-1])]
    documents = [
        Document(f"{number:07}", "", None, (Section("", " ".join(words)),))
        for number, words in enumerate(texts)
    ]
    asked = []
    for number in drawn.integers(0, count, queries):
        size = int(drawn.integers(2, 4))
        asked.append(" ".join(drawn.choice(texts[number], size, replace=False)))
    return documents, asked


def measure(
    name: str, backend: Backend, folder: Path, documents: Sequence[Document], queries: list[str]
) -> Figures:
    backend.open()
    try:
        started = time.perf_counter()
        for start in range(0, len(documents), BATCH):
            backend.put("bench", documents[start : start + BATCH])
        put_per_s = len(documents) / (time.perf_counter() - started)
        for query in queries[:5]:
            backend.search(query, None, ANSWERS)
        times, answers = [], []
        for query in queries:
            started = time.perf_counter()
            hits = backend.search(query, None, ANSWERS)
            times.append((time.perf_counter() - started) * 1e3)
            answers.append([hit.document_id for hit in hits])
        if folder.is_dir():
            backend.close()
        else:
            backend.delete_collection("bench")
    finally:
        backend.close()
    size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    return Figures(name, put_per_s, times, answers, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--skip", type=int, default=100, help="most frequent words left out")
    parser.add_argument("--uri", default="", help="a server; default: milvus-lite in a folder")
    options = parser.parse_args()
    table = Table("documents", "backend", "put/s", "p50 ms", "p99 ms", "on disk", "same first/ten")
    for count in options.documents:
        documents, queries = corpus(count, options.queries, options.skip)
        with tempfile.TemporaryDirectory(prefix="bench-milvus-") as name:
            folder = Path(name)
            settings = Settings(
                document_share=0,
                milvus_uri=options.uri or str(folder / "milvus"),
                milvus_collection=f"bench_{secrets.token_hex(4)}",
                milvus_timeout_s=120,
            )
            # The index's loops are compiled when first used.
            warm = EmbeddedBackend(folder / "warm", settings)
            measure("", warm, folder / "warm", documents[:100], queries[:1])
            embedded = EmbeddedBackend(folder / "embedded", settings)
            first = measure("embedded", embedded, folder / "embedded", documents, queries)
            title = options.uri or "milvus-lite"
            in_milvus = MilvusBackend(settings)
            second = measure(title, in_milvus, folder / "milvus", documents, queries)
        for one in (first, second):
            table.add_row(
                f"{count:,}",
                one.name,
                f"{one.put_per_s:,.0f}",
                f"{statistics.median(one.times_ms):.1f}",
                f"{float(np.percentile(one.times_ms, 99)):.1f}",
                f"{one.bytes_on_disk / 1e6:,.0f} MB" if one.bytes_on_disk else "",
                "" if one is first else _agreement(first.answers, one.answers),
            )
    Console().print(table)


def _agreement(ours: list[list[str]], theirs: list[list[str]]) -> str:
    pairs = list(zip(ours, theirs, strict=True))
    first = statistics.mean(one[:1] == other[:1] for one, other in pairs)
    ten = statistics.mean(
        len(set(one) & set(other)) / len(one) if one else 1.0 for one, other in pairs
    )
    return f"{first:.0%} / {ten:.0%}"


def _word(number: int) -> str:
    """A word of consonants and vowels, for every number another one."""
    number, word = int(number) + 20, ""
    while number:
        number, part = divmod(number, 100)
        word += "bdfghklmnprstvwxzcjq"[part // 5] + "aeiou"[part % 5]
    return word


if __name__ == "__main__":
    main()
