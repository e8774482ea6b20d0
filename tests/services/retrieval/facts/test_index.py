"""services.retrieval.facts.index: BM25Okapi's numbers for candidates, and the library's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from services.retrieval.facts.corpus import document
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.index import BM25Index, OkapiReference
from services.retrieval.facts.search import Search

WORD = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"])


def index_of(documents: list[list[str]]) -> BM25Index:
    return BM25Index(documents, documents.__getitem__)


DOCUMENTS = st.lists(st.lists(WORD, min_size=1, max_size=6), min_size=1, max_size=30)


@given(documents=DOCUMENTS, query=st.lists(WORD, max_size=4), data=st.data())
def test_candidates_score_as_in_bm25okapis_get_scores(
    documents: list[list[str]], query: list[str], data: st.DataObject
) -> None:
    candidates = data.draw(
        st.lists(st.sampled_from(range(len(documents))), unique=True), label="candidates"
    )
    every = BM25Okapi(documents).get_scores(query)
    expected = pytest.approx([every[i] for i in candidates], abs=1e-9)
    assert index_of(documents).scores(query, candidates) == expected
    assert OkapiReference(documents).scores(query, candidates) == expected


@given(documents=DOCUMENTS, term=WORD)
def test_both_indexes_weigh_a_term_alike(documents: list[list[str]], term: str) -> None:
    reference = OkapiReference(documents).weight(term)
    assert index_of(documents).weight(term) == pytest.approx(reference)


def test_on_the_default_facts_the_scores_are_bm25okapis(search: Search, facts: list[Fact]) -> None:
    reference = BM25Okapi([document(fact) for fact in search.corpus.facts])
    query = ["rafael", "nadal", "birth", "year"]
    every = reference.get_scores(query)
    best = [int(place) for place in np.argsort(every)[::-1][:20]]
    assert search.corpus.index.scores(query, best) == pytest.approx([every[i] for i in best])
    assert facts[best[0]].subject == "Rafael Nadal"


def test_an_empty_corpus_scores_nothing_instead_of_dividing_by_zero() -> None:
    for index in (index_of([]), index_of([[]]), OkapiReference([])):
        assert index.scores(["word"], []) == []
        assert index.weight("word") > 0


def test_weights_stay_positive_in_tiny_corpora_where_idf_does_not() -> None:
    documents = [["a", "b"], ["a", "c"], ["a", "d"]]
    assert index_of(documents).weight("a") > 0
    assert index_of([["a"]]).weight("a") > 0


def test_a_term_nobody_has_weighs_most() -> None:
    index = index_of([["a", "b"], ["b", "c"], ["d"]])
    assert index.weight("unseen") > max(map(index.weight, "abcd"))
