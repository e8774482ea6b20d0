"""Vectors by id, searched by comparing all of them: exact, and fast enough for one machine.

100,000 vectors of 384 numbers are 154 MB and take about ten milliseconds. They are kept by whoever
made them (documents/store.py); here they only lie in memory. Beyond that there is Milvus.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from services.retrieval.dense.encoder import Vectors

FIRST_CAPACITY = 1024


class VectorIndex:
    """Thread-safe. Vectors have length 1, so that a product is the cosine of the angle."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._vectors: Vectors = np.empty((FIRST_CAPACITY, dimensions), np.float32)
        self._ids: npt.NDArray[np.int64] = np.empty(FIRST_CAPACITY, np.int64)
        self._place: dict[int, int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, one: int) -> bool:
        return one in self._place

    def ids(self) -> list[int]:
        with self._lock:
            return list(self._place)

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """ids: N new ones. vectors: (N, dimensions). Raises ValueError for other shapes."""
        if vectors.shape != (len(ids), self._dimensions):
            raise ValueError(f"vectors are {vectors.shape}, not {(len(ids), self._dimensions)}")
        with self._lock:
            if len(set(ids)) != len(ids) or not self._place.keys().isdisjoint(ids):
                raise ValueError("an id has a vector already")
            size = len(self._place)
            self._reserve(size + len(ids))
            self._ids[size : size + len(ids)] = ids
            self._vectors[size : size + len(ids)] = vectors
            self._place.update(zip(ids, range(size, size + len(ids)), strict=True))

    def delete(self, ids: Iterable[int]) -> None:
        """The last vector moves to the free place; unknown ids are passed over."""
        with self._lock:
            for one in ids:
                place = self._place.pop(one, None)
                if place is None:
                    continue
                last = len(self._place)
                if place != last:
                    self._ids[place] = self._ids[last]
                    self._vectors[place] = self._vectors[last]
                    self._place[int(self._ids[place])] = place

    def search(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """vector: (dimensions,). Ids and cosines, best first; of equal ones the lower id first."""
        with self._lock:
            size = len(self._place)
            cosines = self._vectors[:size] @ vector
            ids = self._ids[:size].copy()
        if limit < size:
            # Everything as good as the last one kept: which of equals stays is settled by id.
            least = np.partition(cosines, size - limit)[size - limit]
            kept = np.flatnonzero(cosines >= least)
            ids, cosines = ids[kept], cosines[kept]
        order = np.lexsort((ids, -cosines))[:limit]
        return [(int(ids[place]), float(cosines[place])) for place in order]

    def _reserve(self, size: int) -> None:
        capacity = len(self._ids)
        if size <= capacity:
            return
        more = max(size, 2 * capacity) - capacity
        self._vectors = np.concatenate(
            [self._vectors, np.empty((more, self._dimensions), np.float32)]
        )
        self._ids = np.concatenate([self._ids, np.empty(more, np.int64)])
