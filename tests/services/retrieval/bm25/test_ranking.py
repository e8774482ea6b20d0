"""Ids and scores are rank_bm25's, whatever was added, deleted, sealed, merged or united."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25L, BM25Okapi, BM25Plus

from services.retrieval.bm25 import Index, ReferenceIndex, Scoring, idf_all, merging, search_all
from services.retrieval.bm25.loops import WINDOW
from services.retrieval.bm25.scoring import Variant

Corpus = dict[int, list[str]]
Ranking = list[tuple[int, float]]


class Library:
    """rank_bm25 over documents in order of id."""

    def __init__(self, documents: Corpus, scoring: Scoring) -> None:
        self._ids = sorted(documents)
        corpus = [list(documents[one]) for one in self._ids]
        made = {"okapi": BM25Okapi, "l": BM25L, "plus": BM25Plus}[scoring.variant]
        own = {"epsilon": scoring.epsilon} if scoring.variant == "okapi" else {}
        if scoring.variant != "okapi" and scoring.delta is not None:
            own = {"delta": scoring.delta}
        self.bm25 = made(corpus, k1=scoring.k1, b=scoring.b, **own) if any(corpus) else None

    def scores(self, terms: Sequence[str]) -> dict[int, float]:
        if self.bm25 is None:
            return dict.fromkeys(self._ids, 0.0)
        return dict(zip(self._ids, self.bm25.get_scores(terms).tolist(), strict=True))

    def ranking(self, terms: Sequence[str]) -> Ranking:
        """Documents with at least one of the terms; of equal scores the lower id first."""
        if self.bm25 is None:
            return []
        scores = self.scores(terms)
        having = [
            one
            for one, held in zip(self._ids, self.bm25.doc_freqs, strict=True)
            if not set(terms).isdisjoint(held)
        ]
        return sorted(((one, scores[one]) for one in having), key=lambda it: (-it[1], it[0]))

    def floored(self, terms: Sequence[str]) -> bool:
        """Whether a term weighs epsilon times the average idf, which is a sum in another order."""
        average = getattr(self.bm25, "average_idf", None)
        if self.bm25 is None or average is None:
            return False
        floor = self.bm25.epsilon * average
        return any(self.bm25.idf.get(term) == floor for term in terms)


def assert_same_ranking(found: Ranking, library: Library, terms: Sequence[str], limit: int) -> None:
    """Equal to the last bit; with a floored term, scores to 1e-6 and the order but for ties."""
    expected = library.ranking(terms)
    if not library.floored(terms):
        assert found == expected[:limit]
        return
    scores = library.scores(terms)
    assert len(found) == min(limit, len(expected))
    assert len({one for one, _ in found}) == len(found)
    for (one, score), (_, at_this_rank) in zip(found, expected, strict=False):
        assert score == pytest.approx(scores[one], abs=1e-6, rel=1e-6)
        assert scores[one] == pytest.approx(at_this_rank, abs=1e-9, rel=1e-9)


TERMS = st.sampled_from(["a", "b", "c", "d", "e", "f", "ä", "日本", "a b", "\ud800"])
RARE = st.text(max_size=3)
DOCUMENT = st.lists(TERMS | RARE, max_size=12)
CORPORA = st.dictionaries(st.integers(0, 2**63 - 1) | st.integers(0, 30), DOCUMENT, max_size=25)
QUERY = st.lists(TERMS | RARE, max_size=6)
SCORING = st.builds(
    Scoring,
    variant=st.sampled_from(["okapi", "l", "plus"]),
    k1=st.sampled_from([1.5, 1.2, 0.3, 9.0]),
    b=st.sampled_from([0.75, 0.0, 0.4]),
    epsilon=st.sampled_from([0.25, 0.0, 2.0]),
    delta=st.sampled_from([None, 0.0, 0.7]),
)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), CORPORA),
        st.tuples(st.just("delete"), st.lists(st.integers(0, 24), max_size=8)),
        st.sampled_from(["seal", "merge", "merge everything", "search"]),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(CORPORA, SCORING, QUERY, st.integers(0, 30))
def test_ranking_and_scores_are_the_librarys(
    corpus: Corpus, scoring: Scoring, terms: list[str], limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(Path(folder), scoring)
        index.add(corpus.items())
        library = Library(corpus, scoring)
        for _ in range(2):  # in memory, then in a file
            assert_same_ranking(index.search(terms, limit), library, terms, limit)
            ids = [*corpus, 2**62 + 1]
            expected = [library.scores(terms).get(one, 0.0) for one in ids]
            assert index.scores(terms, ids) == pytest.approx(expected, abs=1e-6)
            index.seal()
        index.close()


@settings(deadline=None, max_examples=60)
@given(CHANGES, SCORING, st.lists(QUERY, min_size=1, max_size=3))
def test_ranking_is_the_librarys_after_any_changes(
    changes: list[Any], scoring: Scoring, queries: list[list[str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(Path(folder), scoring, memory_terms=40, merge_segments=2)
        live: dict[int, list[str]] = {}
        for change in changes:
            match change:
                case ("add", documents):
                    index.add(documents.items())
                    live |= documents
                case ("delete", places):
                    gone = [one for place, one in enumerate(sorted(live)) if place in places]
                    index.delete(gone)
                    for one in gone:
                        del live[one]
                case "seal":
                    index.seal()
                case "merge":
                    index.merge()
                case "merge everything":
                    index.merge(everything=True)
                case "search":
                    index.search(queries[0], 3)
        library = Library(live, scoring)
        assert len(index) == len(live)
        for terms in queries:
            assert_same_ranking(index.search(terms, 10), library, terms, 10)
        index.seal()
        index.close()
        again = Index.open(Path(folder), scoring)
        missing = again.reconcile(np.array(list(live), np.int64))
        again.add((one, live[one]) for one in missing.tolist())
        for terms in queries:
            assert_same_ranking(again.search(terms, 10), library, terms, 10)
        again.close()


@settings(deadline=None)
@given(st.lists(CORPORA, min_size=1, max_size=3), SCORING, QUERY, st.booleans())
def test_several_indexes_rank_as_one_corpus(
    corpora: list[Corpus], scoring: Scoring, terms: list[str], sealed: bool
) -> None:
    owner = {one: which for which, corpus in enumerate(corpora) for one in corpus}
    live = {one: corpora[which][one] for one, which in owner.items()}
    with tempfile.TemporaryDirectory() as folder:
        indexes = []
        for which in range(len(corpora)):
            index = Index.open(Path(folder) / str(which), scoring)
            index.add((one, terms) for one, terms in live.items() if owner[one] == which)
            if sealed:
                index.seal()
            indexes.append(index)
        library = Library(live, scoring)
        for _ in range(2):  # the second time from what it remembers of the union
            found = search_all(indexes, terms, 10)
            assert all(owner[one] == which for which, one, _ in found)
            assert_same_ranking([it[1:] for it in found], library, terms, 10)
        known = {} if library.bm25 is None else library.bm25.idf
        expected = [known.get(term, 0.0) for term in terms]
        assert idf_all(indexes, terms) == pytest.approx(expected)
        for index in indexes:
            index.close()


@settings(deadline=None)
@given(st.lists(CORPORA, min_size=1, max_size=2), SCORING, QUERY)
def test_the_reference_is_the_library(
    corpora: list[Corpus], scoring: Scoring, terms: list[str]
) -> None:
    owner = {one: which for which, corpus in enumerate(corpora) for one in corpus}
    live = {one: corpora[which][one] for one, which in owner.items()}
    indexes = [ReferenceIndex(scoring) for _ in corpora]
    for which, index in enumerate(indexes):
        index.add([(one, ["other"]) for one in live if owner[one] == which] + [(99, ["gone"])])
        index.delete([99] if 99 not in live or owner[99] != which else [])
        missing = index.reconcile(np.array([one for one in live if owner[one] == which]))
        assert missing.tolist() == [] or 99 in live
        index.add((one, words) for one, words in live.items() if owner[one] == which)
    library = Library(live, scoring)
    found = [it[1:] for it in search_all(indexes, terms, 10)]
    assert found == library.ranking(terms)[:10]


def test_the_reference_knows_a_new_index_from_one_that_is_gone() -> None:
    """Python gives the place of an object that is gone to the next one."""
    first = ReferenceIndex(Scoring())
    first.add([(0, ["x"])])
    for one in range(1, 20):
        second = ReferenceIndex(Scoring())
        second.add([(one, ["x", "y"])])
        assert [it[1] for it in search_all([first, second], ["y"], 5)] == [one]
        del second


def test_the_reference_answers_while_another_of_the_indexes_changes() -> None:
    first, second = ReferenceIndex(Scoring()), ReferenceIndex(Scoring())
    second.add((one, []) for one in range(3000))
    going = threading.Event()

    def change() -> None:
        while not going.is_set():
            second.add([(3000, [])])
            second.delete([3000])

    changing = threading.Thread(target=change)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    changing.start()
    try:
        for _ in range(100):
            assert search_all([first, second], ["a"], 3) == []
    finally:
        going.set()
        changing.join()
        sys.setswitchinterval(interval)


def test_an_empty_corpus_finds_nothing(tmp_path: Path) -> None:
    with_nothing = Index.open(tmp_path, Scoring())
    assert with_nothing.search(["a"], 5) == []
    with_nothing.add([(1, []), (2, [])])
    assert with_nothing.search(["a"], 5) == []
    assert (with_nothing.scores(["a"], [1]), with_nothing.idf("a")) == ([0.0], 0.0)
    assert search_all([], ["a"], 5) == []


def test_a_document_of_negative_or_no_score_is_found(tmp_path: Path) -> None:
    """In tiny corpora a term's weight can be 0 or below: a hit is a hit all the same."""
    index = Index.open(tmp_path, Scoring())
    index.add([(7, ["a"])])
    assert [one for one, _ in index.search(["a"], 5)] == [7]
    index.add([(8, ["b"])])
    assert index.search(["a"], 5) == [(7, 0.0)]


def test_long_documents_have_as_many_weights_as_they_need(tmp_path: Path) -> None:
    """More pairs of frequency and length than a 16-bit code can name."""
    generator = np.random.default_rng(5)
    corpus = {
        one: [f"t{generator.integers(40)}"] * int(count) + ["x"] * one
        for one, count in enumerate(generator.integers(1, 30, 400))
    }
    corpus |= {
        1000 + one: ["y"] * (one % 331 + 1) + ["z"] * (one // 331 + 1) for one in range(70000)
    }
    index = Index.open(tmp_path, Scoring(), memory_terms=1 << 30)
    index.add(corpus.items())
    library = Library(corpus, Scoring())
    for _ in range(2):
        for terms in (["t3", "x"], ["y", "t1"], ["z"]):
            assert_same_ranking(index.search(terms, 20), library, terms, 20)
        index.seal()
        index.merge(everything=True)
    assert [part.postings.codes.dtype for part in index._sealed] == [np.uint32]


@pytest.mark.parametrize("variant", ["l", "plus"])
def test_all_of_several_windows_is_ranked_before_and_after_interleaved_segments_are_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: Variant
) -> None:
    monkeypatch.setattr(merging, "BATCH", 2000)  # less than "x" has
    generator = np.random.default_rng(2)
    size = 2 * WINDOW + 100
    ids = generator.permutation(size).tolist()
    corpus = {one: ["x", f"t{one % 7}", f"u{generator.integers(9000)}"] for one in ids}
    index = Index.open(tmp_path, Scoring(variant))
    for start in range(3):
        index.add((one, corpus[one]) for one in ids[start::3])
        index.seal()
    library = Library(corpus, Scoring(variant))
    for _ in range(2):
        for terms in (["x"], ["t1", "u5", "x"], ["u7", "u8", "t3"]):
            assert_same_ranking(index.search(terms, size), library, terms, size)
        scores = library.scores(["t1", "x"])
        assert index.scores(["t1", "x"], ids[:99]) == [scores[one] for one in ids[:99]]
        index.merge(everything=True)
    assert index.reconcile(np.arange(size + 1)).tolist() == [size]


def test_of_equal_scores_and_ids_the_first_index_comes_first(tmp_path: Path) -> None:
    indexes = [Index.open(tmp_path / str(which), Scoring()) for which in range(2)]
    references = [ReferenceIndex(Scoring()) for _ in range(2)]
    corpus = [(5, ["a"]), (6, ["a"]), (7, ["b"])]
    for index, reference in zip(indexes, references, strict=True):
        index.add(corpus)
        reference.add(corpus)
    found = [(which, one) for which, one, _ in search_all(indexes, ["a"], 3)]
    assert found == [(0, 5), (1, 5), (0, 6)]
    assert found == [(which, one) for which, one, _ in search_all(references, ["a"], 3)]
