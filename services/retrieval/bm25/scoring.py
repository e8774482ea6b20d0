"""The three scorings of rank_bm25 0.2.2, formula by formula in the library's order of operations.

Equal operations in equal order on float64 give equal bits, so a score computed here is the
library's own, not merely close to it. Sums over a query's terms are the caller's, in query order.
Source: Trotman, Puurula, Burgess, "Improvements to BM25 and Language Models Examined" (ADCS 2014)
as rank_bm25 implements it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Variant = Literal["okapi", "l", "plus"]
DELTAS: dict[str, float] = {"okapi": 0.0, "l": 0.5, "plus": 1.0}


@dataclass(frozen=True, slots=True)
class Scoring:
    """What rank_bm25's constructors take, and which of its classes."""

    variant: Variant = "okapi"
    k1: float = 1.5
    b: float = 0.75
    epsilon: float = 0.25
    """Okapi: a term in more than half of the documents weighs epsilon times the average idf."""
    delta: float | None = None
    """None: the library's default, 0.5 for BM25L and 1 for BM25Plus. Okapi has none."""

    def __post_init__(self) -> None:
        if self.variant not in DELTAS:
            raise ValueError(f"variant must be one of {', '.join(DELTAS)}, not {self.variant!r}")
        if not (math.isfinite(self.k1) and self.k1 > 0):
            raise ValueError(f"k1 must be a number above 0, not {self.k1}")
        if not 0 <= self.b <= 1:
            raise ValueError(f"b must be from 0 to 1, not {self.b}")
        for name, value in (("epsilon", self.epsilon), ("delta", self.shift)):
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be a number of at least 0, not {value}")

    @property
    def shift(self) -> float:
        """delta, or the variant's default."""
        return DELTAS[self.variant] if self.delta is None else self.delta

    def raw_idf(self, documents: int, holding: int) -> float:
        """Of a term in `holding` of `documents`, before Okapi's floor. holding >= 1."""
        if self.variant == "okapi":
            return math.log(documents - holding + 0.5) - math.log(holding + 0.5)
        if self.variant == "l":
            return math.log(documents + 1) - math.log(holding + 0.5)
        return math.log((documents + 1) / holding)

    def average_idf(self, documents: int, holding: Iterable[tuple[int, int]]) -> float:
        """Of all terms of the corpus; holding: (documents with a term, how many such terms).

        The one figure that is not the library's to the last bit: it adds term by term in order of
        appearance, this adds exactly.
        """
        counts = list(holding)
        terms = sum(count for _, count in counts)
        return math.fsum(self.raw_idf(documents, one) * count for one, count in counts) / terms

    def factors(
        self, frequency: NDArray[Any], length: NDArray[Any], average_length: float
    ) -> tuple[Floats, Floats, Floats]:
        """What a term adds to a document is `idf * a`; for BM25L, `idf * a * (k1+1) * b / c`.

        frequency, length: (pairs,) of the term in the document (>= 1), and of the document.
        Returns a, b, c: (pairs,); b and c are empty but for BM25L.
        """
        k1, b, delta = self.k1, self.b, self.shift
        none: Floats = np.empty(0)
        if self.variant == "okapi":
            norm = frequency + k1 * (1 - b + b * length / average_length)
            return frequency * (k1 + 1) / norm, none, none
        if self.variant == "plus":
            norm = k1 * (1 - b + b * length / average_length) + frequency
            return delta + (frequency * (k1 + 1)) / norm, none, none
        normalised = frequency / (1 - b + b * length / average_length)
        return frequency.astype(np.float64), normalised + delta, k1 + normalised + delta

    def absent(self, idf: float) -> float:
        """What a known term adds to a document that does not have it."""
        return idf * self.shift if self.variant == "plus" else 0.0
