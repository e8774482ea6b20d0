"""The synthetic corpus of bench/retrieval.py: seeded, so every process makes the same one.

Shape: words are drawn by the Zipf-Mandelbrot law, p(rank) ~ 1 / (rank + 25)^1.07 over a million
possible words. The shift stands for removed stop words: the most frequent word is in about a fifth
of the documents, a million documents use most of the words. Lengths are log-normal, about 60 words
(5 % below 30, 5 % above 110): passages. A query has 1 to 6 words (mostly 2 to 4) of one document,
each drawn from the document's words, so most queries have frequent words among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

WORDS = 1_000_000
SHIFT, EXPONENT = 25.0, 1.07
MEAN_LOG_LENGTH, SIGMA_LOG_LENGTH = 4.05, 0.4
QUERY_LENGTHS, QUERY_SHARES = (1, 2, 3, 4, 5, 6), (0.1, 0.25, 0.3, 0.2, 0.1, 0.05)


@dataclass(frozen=True)
class Corpus:
    tokens: NDArray[np.int32]
    """(all words of all documents,): a word is its rank."""
    starts: NDArray[np.int64]
    """(documents + 1,)."""
    seed: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def documents(self, start: int, end: int) -> list[list[str]]:
        """Documents start to end as lists of words."""
        tokens = self.tokens[self.starts[start] : self.starts[end]].tolist()
        words = [word(rank) for rank in tokens]
        bounds = (self.starts[start : end + 1] - self.starts[start]).tolist()
        return [words[a:b] for a, b in pairwise(bounds)]

    def batches(self, size: int) -> Iterator[tuple[int, list[list[str]]]]:
        for start in range(0, len(self), size):
            yield start, self.documents(start, min(start + size, len(self)))

    def queries(self, count: int) -> list[list[str]]:
        generator = np.random.default_rng([self.seed, 1])
        found = []
        for document in generator.integers(len(self), size=count):
            words = np.unique(self.tokens[self.starts[document] : self.starts[document + 1]])
            length = min(int(generator.choice(QUERY_LENGTHS, p=QUERY_SHARES)), len(words))
            drawn = generator.choice(words, size=length, replace=False)
            found.append([word(rank) for rank in drawn.tolist()])
        return found


def make_corpus(documents: int, seed: int = 1) -> Corpus:
    generator = np.random.default_rng([seed, 0])
    lengths = generator.lognormal(MEAN_LOG_LENGTH, SIGMA_LOG_LENGTH, documents).astype(np.int64) + 1
    starts = np.concatenate(([0], np.cumsum(lengths)))
    chances = 1 / (np.arange(WORDS) + SHIFT) ** EXPONENT
    bounds = np.cumsum(chances / chances.sum())
    tokens = np.empty(starts[-1], np.int32)
    for start in range(0, len(tokens), 1 << 20):
        part = tokens[start : start + (1 << 20)]
        part[:] = np.minimum(np.searchsorted(bounds, generator.random(len(part))), WORDS - 1)
    return Corpus(tokens, starts, seed)


_words: dict[int, str] = {}


def word(rank: int) -> str:
    """Letters only, so that every tokenizer keeps it whole; one object a word, as tokenizers do."""
    found = _words.get(rank)
    if found is None:
        letters, rest = [], rank * 2_654_435_761 % (1 << 32)
        while rest:
            rest, letter = divmod(rest, 26)
            letters.append("abcdefghijklmnopqrstuvwxyz"[letter])
        found = _words[rank] = "".join(letters) or "a"
    return found
