"""How fast the embedded backend takes documents: `python -m bench.ingest [DOCUMENTS]`.

Documents of 21 sentences of invented words with Zipf's frequencies (3 passages each), put by 100.
CPU seconds stand beside wall seconds: on a busy machine only they say anything.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from contextlib import closing
from itertools import accumulate
from pathlib import Path

from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

BATCH = 100
SENTENCES, WORDS = 21, 14
VOCABULARY = 30_000


def documents(count: int, draw: random.Random) -> list[Document]:
    def word() -> str:
        syllables = range(draw.randint(1, 4))
        return "".join(draw.choice("bcdfghklmnprstvw") + draw.choice("aeiou") for _ in syllables)

    words = [word() for _ in range(VOCABULARY)]
    frequent = list(accumulate(1 / (rank + 10) for rank in range(VOCABULARY)))

    def sentence() -> str:
        return " ".join(draw.choices(words, cum_weights=frequent, k=WORDS)).capitalize() + "."

    texts = (" ".join(sentence() for _ in range(SENTENCES)) for _ in range(count))
    return [
        Document(str(place), f"Title {place}", None, (Section("", text),))
        for place, text in enumerate(texts)
    ]


def put_all(backend: EmbeddedBackend, corpus: list[Document], what: str) -> None:
    wall_s, cpu_s, passages = time.perf_counter(), time.process_time(), 0
    for start in range(0, len(corpus), BATCH):
        stored = backend.put("default", corpus[start : start + BATCH])
        passages += sum(one.passages for one in stored)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    print(
        f"{what}: {len(corpus)} documents, {passages} passages, {wall_s:.1f} s, {cpu_s:.1f} s CPU;"
        f" {passages / wall_s:.0f} passages/s, {passages / cpu_s:.0f} per CPU second"
    )


def main(count: int) -> None:
    corpus = documents(count, random.Random(1))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(EmbeddedBackend(folder, Settings(data_dir=folder))) as backend:
            backend.open()
            put_all(backend, corpus, "new")
            put_all(backend, corpus, "the same again")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
