"""services.retrieval.documents.nearness: vectors follow the stored passages."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from services.retrieval.dense.encoder import Vectors
from services.retrieval.documents.model import Document, Section
from services.retrieval.documents.nearness import Nearness
from services.retrieval.documents.passages import passages
from services.retrieval.documents.store import Store


class HashEncoder:
    """A vector for each text that no other text has; counts what it was asked."""

    name = "hash"
    dimensions = 16

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for place, text in enumerate(texts):
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            row = np.random.default_rng(seed).normal(size=self.dimensions)
            rows[place] = row / np.linalg.norm(row)
        return rows


def document(name: str, text: str) -> Document:
    return Document(name, name, None, (Section("", text),))


def put(store: Store, *documents: Document, collection: str = "notes") -> None:
    store.put(collection, documents, lambda place: passages(documents[place], 100), 100)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "documents.sqlite3", busy_timeout_s=5, max_collections=10)
    store.open()
    yield store
    store.close()


def opened(store: Store, tmp_path: Path, encoder: HashEncoder) -> Nearness:
    near = Nearness(store, tmp_path / "vectors", encoder)
    near.open()
    return near


def titles(store: Store, near: Nearness, query: str, *collections: str) -> list[str]:
    found = near.nearest(query, collections or None, 10)
    hits = store.found([one for one, _ in found])
    return [hits[one].title for one, _ in found]


def test_a_passage_is_nearest_to_its_own_text_once_it_is_encoded(
    store: Store, tmp_path: Path
) -> None:
    near = opened(store, tmp_path, HashEncoder())
    put(store, document("a", "First text."), document("b", "Second text."))
    near.sync()
    assert near.waiting == 2
    assert near.nearest("a\nFirst text.", None, 10) == []
    while near.encode_some():
        pass
    assert near.waiting == 0
    assert titles(store, near, "b\nSecond text.")[0] == "b"
    assert titles(store, near, "b\nSecond text.", "elsewhere") == []


def test_replaced_and_deleted_passages_are_forgotten(store: Store, tmp_path: Path) -> None:
    near = opened(store, tmp_path, HashEncoder())
    put(store, document("a", "Old."), document("b", "Kept."), document("c", "Going."))
    near.sync()
    near.encode_some()
    put(store, document("a", "New."))
    store.delete("notes", ["c"])
    near.sync()
    assert titles(store, near, "x") == ["b"]
    near.encode_some()
    assert sorted(titles(store, near, "x")) == ["a", "b"]
    store.delete_collection("notes")
    near.sync()
    assert near.nearest("x", None, 10) == []


def test_vectors_are_read_again_and_not_made_again(store: Store, tmp_path: Path) -> None:
    first = opened(store, tmp_path, HashEncoder())
    put(store, document("a", "Text."), document("b", "Going."))
    first.sync()
    first.encode_some()
    store.delete("notes", ["b"])
    first.close()
    encoder = HashEncoder()
    again = opened(store, tmp_path, encoder)
    assert again.waiting == 0
    assert encoder.encoded == []
    assert titles(store, again, "x") == ["a"]


def test_of_two_processes_one_encodes_and_the_other_reads(store: Store, tmp_path: Path) -> None:
    mine, theirs = HashEncoder(), HashEncoder()
    first, second = opened(store, tmp_path, mine), opened(store, tmp_path, theirs)
    put(store, document("a", "Text."))
    for near in (first, second):
        near.sync()
    assert not second.encode_some()
    assert second.waiting == 1
    first.encode_some()
    second.encode_some()
    assert second.waiting == 0
    assert theirs.encoded == []


def test_a_damaged_file_is_made_anew(store: Store, tmp_path: Path) -> None:
    near = opened(store, tmp_path, HashEncoder())
    put(store, document("a", "Text."))
    near.sync()
    near.encode_some()
    near.close()
    for leftover in (tmp_path / "vectors").glob("hash.sqlite3*"):
        leftover.write_bytes(b"no database " * 500)
    again = opened(store, tmp_path, HashEncoder())
    assert again.waiting == 1
    again.encode_some()
    assert titles(store, again, "x") == ["a"]


def test_a_flipped_byte_in_a_vector_is_noticed_and_the_vector_made_anew(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    near = opened(store, tmp_path, HashEncoder())
    put(store, document("a", "Text."), document("b", "Other."))
    near.sync()
    near.encode_some()
    near.close()
    path = tmp_path / "vectors" / "hash.sqlite3"
    with sqlite3.connect(path) as connection:
        one, blob = connection.execute("SELECT id, vector FROM vectors").fetchone()
        flipped = bytes([blob[3] ^ 0x80]) + blob[4:]
        connection.execute("UPDATE vectors SET vector = ? WHERE id = ?", (blob[:3] + flipped, one))
    connection.close()
    encoder = HashEncoder()
    again = opened(store, tmp_path, encoder)
    assert again.waiting == 1
    assert "1 vectors are damaged" in caplog.text
    again.encode_some()
    assert titles(store, again, "a\nText.")[0] == "a"


def test_without_the_right_to_write_vectors_are_read_and_the_rest_encoded_in_memory(
    store: Store, tmp_path: Path
) -> None:
    first = opened(store, tmp_path, HashEncoder())
    put(store, document("a", "Text."))
    first.sync()
    first.encode_some()
    first.close()
    put(store, document("b", "Other."))
    before = sorted((path.name, path.read_bytes()) for path in (tmp_path / "vectors").iterdir())
    store.writable = False
    encoder = HashEncoder()
    near = opened(store, tmp_path, encoder)
    assert near.waiting == 1
    assert not near.encode_some()
    assert encoder.encoded == ["b\nOther."]
    assert titles(store, near, "b\nOther.")[0] == "b"
    after = sorted((path.name, path.read_bytes()) for path in (tmp_path / "vectors").iterdir())
    assert after == before
