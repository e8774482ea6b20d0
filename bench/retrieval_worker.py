"""What bench/retrieval.py runs in processes of their own, so that memory and caches are their own.

  corpus FOLDER DOCUMENTS QUERIES     make the corpus and the queries
  build FOLDER ENGINE                 build an index
  search FOLDER ENGINE SECONDS        open it, say so, wait for a line, search until time is up
  check FOLDER QUERIES                compare groundling's answers with rank_bm25's

Each prints one JSON object as its last line.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.retrieval_corpus import Corpus, make_corpus
from bench.retrieval_engines import ENGINES, SAME_FILES, TOP, Groundling, RankBM25

WARM_UP = 100


def main(what: str, folder: Path, *rest: str) -> dict[str, Any]:
    if what == "corpus":
        return write_corpus(folder, int(rest[0]), int(rest[1]))
    if what == "build":
        return build(folder, rest[0])
    if what == "search":
        return search(folder, rest[0], float(rest[1]))
    return check(folder, int(rest[0]))


def write_corpus(folder: Path, documents: int, queries: int) -> dict[str, Any]:
    corpus = make_corpus(documents)
    np.save(folder / "tokens.npy", corpus.tokens)
    np.save(folder / "starts.npy", corpus.starts)
    (folder / "queries.json").write_text(json.dumps(corpus.queries(queries)), encoding="utf-8")
    return {"words": len(corpus.tokens)}


def read_queries(folder: Path) -> list[list[str]]:
    found: list[list[str]] = json.loads((folder / "queries.json").read_text(encoding="utf-8"))
    return found


def index_folder(folder: Path, engine: str) -> Path:
    return folder / SAME_FILES.get(engine, engine).replace(" ", "-")


def build(folder: Path, engine: str) -> dict[str, Any]:
    tokens = np.load(folder / "tokens.npy", mmap_mode="r")
    corpus = Corpus(tokens, np.load(folder / "starts.npy"), seed=1)
    to = index_folder(folder, engine)
    to.mkdir(exist_ok=True)
    build_s = ENGINES[engine]().build(corpus, to)
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    return {"build_s": build_s, "build_peak_mb": peak_mb(), "bytes": size}


def search(folder: Path, name: str, seconds: float) -> dict[str, Any]:
    engine = ENGINES[name]()
    queries = read_queries(folder)
    engine.open(index_folder(folder, name))
    batches = [
        queries[at : at + engine.batch]
        for at in range(0, len(queries) - engine.batch + 1, engine.batch)
    ]
    deadline = time.perf_counter() + 2 * seconds
    for batch in batches[: max(WARM_UP // engine.batch, 1)]:
        engine.search(batch)
        if time.perf_counter() > deadline:
            break
    print("ready", flush=True)
    sys.stdin.readline()
    times: list[float] = []
    started = time.perf_counter()
    while time.perf_counter() - started < seconds or len(times) < 3:
        before = time.perf_counter()
        engine.search(batches[len(times) % len(batches)])
        times.append(time.perf_counter() - before)
    elapsed = time.perf_counter() - started
    p50, p99 = np.percentile(times, [50, 99]) * 1000 / engine.batch
    return {
        "per_s": len(times) * engine.batch / elapsed,
        "p50_ms": p50,
        "p99_ms": p99,
        "peak_mb": peak_mb(),
    }


def check(folder: Path, count: int) -> dict[str, Any]:
    """Ids in order, and scores to the last bit; of equal scores the lower id comes first."""
    ours, library = Groundling(), RankBM25()
    ours.open(index_folder(folder, "groundling"))
    library.open(index_folder(folder, "rank_bm25"))
    same, difference = 0, 0.0
    queries = read_queries(folder)[:count]
    for query in queries:
        scores = library.bm25.get_scores(query)
        best = np.lexsort((np.arange(len(scores)), -scores))[:TOP]
        expected = [(int(one), float(scores[one])) for one in best if scores[one] > 0]
        found = ours.search([query])[0]
        same += [one for one, _ in found] == [one for one, _ in expected]
        pairs = zip(found, expected, strict=False)
        difference = max([difference, *(abs(a[1] - b[1]) for a, b in pairs)])
    return {"queries": len(queries), "same": same, "difference": difference}


def peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])))
