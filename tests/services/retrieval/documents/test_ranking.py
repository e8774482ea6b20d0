"""The embedded backend's ranking by vectors and by both, with an encoder that knows synonyms."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from services.retrieval.dense.encoder import Vectors
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

MEANINGS = (("car", "automobile", "vehicle"), ("fruit", "apple", "pear"), ("river", "stream"))


class SynonymEncoder:
    """One dimension a meaning, and one for what is none of them."""

    name = "synonyms"
    dimensions = len(MEANINGS) + 1

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for place, words in enumerate(MEANINGS):
                row[place] = sum(word in text.lower() for word in words)
            row[-1] = 0 if row.any() else 1
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def opened(folder: Path, ranking: str) -> EmbeddedBackend:
    settings = Settings.model_validate({"data_dir": folder, "ranking": ranking})
    backend = EmbeddedBackend(folder, settings, SynonymEncoder())
    backend.open()
    texts = {"a": "The car stands outside.", "b": "An apple a day.", "c": "The stream is deep."}
    backend.put("notes", [Document(k, k, None, (Section("", v),)) for k, v in texts.items()])
    deadline = time.monotonic() + 20
    while backend.missing() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not backend.missing()
    return backend


def found(backend: EmbeddedBackend, query: str, *collections: str) -> list[str]:
    return [hit.document_id for hit in backend.search(query, collections or None, 5)]


@pytest.mark.parametrize("ranking", ["dense", "hybrid"])
def test_a_passage_of_the_same_meaning_is_found_without_the_querys_words(
    tmp_path: Path, ranking: str
) -> None:
    backend = opened(tmp_path, ranking)
    try:
        assert found(backend, "automobile") == ["a"]
        assert found(backend, "automobile", "elsewhere") == []
        assert found(backend, "zeppelin") == []
        assert backend.search("automobile", None, 1)[0].similarity == pytest.approx(1)
    finally:
        backend.close()


def test_hybrid_ranks_what_both_rank_first(tmp_path: Path) -> None:
    backend = opened(tmp_path, "hybrid")
    try:
        backend.put(
            "notes",
            [
                Document("d", "d", None, (Section("", "Pears and apples."),)),
                Document("e", "e", None, (Section("", "A day off."),)),
            ],
        )
        deadline = time.monotonic() + 20
        while backend.missing() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert found(backend, "apple day")[0] == "b"
    finally:
        backend.close()


def test_words_find_a_passage_that_has_no_vector_yet(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "ranking": "hybrid"})
    backend = EmbeddedBackend(tmp_path, settings, SynonymEncoder())
    backend.open()
    try:
        backend.put("notes", [Document("a", "a", None, (Section("", "The car outside."),))])
        assert found(backend, "car outside") == ["a"]
    finally:
        backend.close()


def test_a_ranking_by_vectors_without_an_encoder_is_refused(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "ranking": "dense"})
    with pytest.raises(ValueError, match="needs an encoder"):
        EmbeddedBackend(tmp_path, settings)
