"""The BM25 index: documents known by number, each a list of terms; best documents of a query.

New documents are in memory (memory.py), older ones in segments (segment.py) that processes share.
A search takes a snapshot of the parts and needs no lock; one process writes, others refresh.
An id must not come back with other terms once it was deleted: deletions are not written, so after
a crash the index would take the old document for the new one. `reconcile` takes care of the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.memory import Memory
from services.retrieval.bm25.merging import choose, write_merged
from services.retrieval.bm25.part import Part
from services.retrieval.bm25.scoring import Scoring
from services.retrieval.bm25.search import Corpus
from services.retrieval.bm25.segment import write_postings
from services.retrieval.bm25.shelf import Shelf
from services.retrieval.bm25.warm_up import warm_up

Ids = NDArray[np.int64]
MEMORY_TERMS = 8_000_000
"""Terms in memory (repeats counted) before they are sealed: a few hundred MB while that happens."""
MERGE_SEGMENTS = 8
BATCH = 500
"""Documents added while the lock is held."""


class Index:
    """Documents known by an id (0 <= id < 2**63), each a list of terms. Thread-safe."""

    def __init__(self, shelf: Shelf, scoring: Scoring, memory_terms: int, at_once: int) -> None:
        self.scoring = scoring
        self._shelf = shelf
        self._memory_terms = memory_terms
        self._merge_segments = at_once
        self._sealed: tuple[Part, ...] = ()
        self._frozen: Memory | None = None
        """Being sealed."""
        self._memory = Memory()
        self._gone: set[int] = set()
        """Deleted, where another process writes: it may seal them before it knows."""
        self._corpus: Corpus | None = None
        """What a search sees, until something changes."""
        self.unions: dict[tuple[int, ...], tuple[list[Corpus], Corpus]] = {}
        """Unions with other indexes (union.py), by the identity of the corpora kept with them."""
        self._lock = threading.Lock()
        self._committing = threading.Lock()
        self._merging = threading.Lock()

    @classmethod
    def open(
        cls,
        folder: Path,
        scoring: Scoring,
        *,
        writable: bool = True,
        memory_terms: int = MEMORY_TERMS,
        merge_segments: int = MERGE_SEGMENTS,
    ) -> Self:
        """Reads and checks every file. Makes the folder where there is none.

        memory_terms: sealed when so many are in memory. merge_segments: so many of about one size
        are merged. Where another process writes, this one can only read (`writable`).
        """
        warm_up()
        index = cls(Shelf(folder, writable=writable), scoring, memory_terms, merge_segments)
        try:
            index._sealed = tuple(index._shelf.load(()))
        except BaseException:
            index.close()  # or nobody could write until Python takes the lock away
            raise
        return index

    @property
    def writable(self) -> bool:
        return self._shelf.writable

    @property
    def damaged(self) -> list[str]:
        """Segments dropped when they were opened, each a sentence naming the file and why."""
        return self._shelf.damaged

    def close(self) -> None:
        """What is in memory is not sealed; `reconcile` will ask for it."""
        with self._merging, self._committing, self._lock:
            self._shelf.close()
            self._sealed, self._frozen, self._memory, self._corpus = (), None, Memory(), None
            self.unions.clear()

    def __len__(self) -> int:
        return self.corpus().documents

    def reconcile(self, live_ids: Ids) -> Ids:
        """Drop what is not live; returns the live ids the index lacks, to be added again."""
        live = np.unique(np.asarray(live_ids, dtype=np.int64))
        have = np.concatenate(
            [np.empty(0, np.int64), *(part.living_ids() for _, part in self.corpus().parts)]
        )
        self.delete(np.setdiff1d(have, live).tolist())
        missing: Ids = np.setdiff1d(live, have)
        return missing

    def add(self, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Into memory: found from now on. An id that is there already is replaced.

        In a process that only reads they stay in memory until `refresh` finds them in a segment.
        Raises OSError where memory is full and cannot be sealed; the rest was not added then.
        """
        rest = iter(documents)
        while batch := dict(islice(rest, BATCH)):
            if not 0 <= min(batch) <= max(batch) < 1 << 63:
                raise ValueError("an id must be at least 0 and below 2**63")
            if self.writable and len(self._memory.tokens) >= self._memory_terms:
                self.seal()
            with self._lock:
                self._delete(list(batch))
                self._memory.add(batch.items())
                self._gone.difference_update(batch)
                self._corpus = None

    def delete(self, ids: Iterable[int]) -> None:
        wanted = [int(one) for one in ids]
        with self._lock:
            if not self.writable:
                self._gone.update(wanted)
            if self._delete(wanted):
                self._corpus = None

    def _delete(self, ids: list[int]) -> bool:
        wanted = np.array(ids, np.int64)
        sealed = tuple(_without(part, wanted) for part in self._sealed)
        changed = any(new is not old for new, old in zip(sealed, self._sealed, strict=True))
        self._sealed = sealed
        for memory in (self._frozen, self._memory):
            if memory is not None and memory.delete(ids):
                changed = True
        return changed

    def seal(self) -> None:
        """What is in memory becomes a segment on the disk. Searches and changes go on meanwhile.

        Raises OSError where it cannot be written; the documents stay in memory.
        """
        with self._committing:
            if self._frozen is not None:  # could not be written the last time
                self._seal_frozen(self._frozen)
            with self._lock:
                if not self.writable:
                    return
                if not len(self._memory):
                    self._memory = Memory()  # without what the deleted ones take
                    return
                self._frozen = frozen = self._memory
                self._memory = Memory()
            self._seal_frozen(frozen)

    def _seal_frozen(self, frozen: Memory) -> None:
        if not len(frozen):
            self._frozen = None
            return
        postings, vocabulary = frozen.postings_to_seal()
        name = self._shelf.new_name()
        info = write_postings(self._shelf.folder, name, postings, vocabulary)
        part = self._shelf.open_written(info)
        self._shelf.replace([], info)
        with self._lock:
            gone = np.setdiff1d(part.postings.ids, frozen.living_ids())
            self._sealed = (*self._sealed, _without(part, gone))
            self._frozen = None
            self._corpus = None

    def merge(self, *, everything: bool = False) -> bool:
        """One step of merging; False where nothing is to be done. Searches go on meanwhile.

        everything: into a single segment without deleted documents.
        """
        if not self.writable:
            return False
        with self._merging:
            before = list(self._sealed)
            if not everything:
                before = choose(before, self._merge_segments)
            elif len(before) == 1 and not before[0].dead.size:
                return False
            if not before:
                return False
            new, info = None, None
            if any(part.documents for part in before):
                info = write_merged(self._shelf.folder, self._shelf.new_name(), before)
                new = self._shelf.open_written(info)
            names = [part.name for part in before]
            with self._committing:
                self._shelf.replace(names, info)
                with self._lock:
                    now = {part.name: part for part in self._sealed}
                    kept = [part for part in self._sealed if part.name not in names]
                    if new is not None:
                        gone = [_died(part, now[part.name]) for part in before]
                        kept.append(_without(new, np.concatenate(gone)))
                    self._sealed = tuple(kept)
                    self._corpus = None
            self._shelf.remove(names)
            return True

    def refresh(self) -> bool:
        """Take up what the writing process sealed and merged. Cheap where nothing changed."""
        if self.writable or not self._shelf.changed():
            return False
        with self._committing:
            old = self._sealed
            loaded = self._shelf.load(old)
            with self._lock:
                gone = np.fromiter(self._gone, np.int64)
                self._sealed = tuple(_without(part, gone) for part in loaded)
                for part in self._sealed:
                    ids = self._memory.living_ids()
                    # Not what is dead in the part: that was added again, and only memory has it.
                    self._memory.delete(ids[part.places(ids) >= 0].tolist())
                self._memory = self._memory.compacted()
                self._corpus = None
        return True

    def search(self, terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """(id, score), best first; of equal scores the lower id first. Only documents with at
        least one of the terms."""
        return [(one, score) for _, one, score in self.corpus().search(terms, limit)]

    def scores(self, terms: Sequence[str], ids: Sequence[int]) -> list[float]:
        """Of documents by id; 0 for those the index lacks."""
        return self.corpus().scores(terms, ids)

    def idf(self, term: str) -> float:
        """What a term weighs; 0 where no document has it."""
        return self.corpus().idf(term)

    def corpus(self) -> Corpus:
        """What the index holds at this moment; never changes."""
        found = self._corpus
        if found is None:
            with self._lock:
                found = self._corpus
                if found is None:
                    parts = list(self._sealed)
                    for memory in (self._frozen, self._memory):
                        if memory is not None:
                            memory.index()
                            parts += memory.parts
                    found = Corpus([(0, part) for part in parts], self.scoring)
                    self._corpus = found
        return found


def _without(part: Part, ids: Ids) -> Part:
    places = part.places(ids)
    return part.without(places[places >= 0])


def _died(before: Part, now: Part) -> Ids:
    """Ids deleted between two states of a part."""
    if before is now:
        return np.empty(0, np.int64)
    dead = now.dead == 1
    if before.dead.size:
        dead &= before.dead == 0
    ids: Ids = now.postings.ids[dead]
    return ids
