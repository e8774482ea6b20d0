"""What is kept in Milvus: two collections, their fields, and the keys of their rows.

`<prefix>_documents` holds, told apart by how the key begins:

    c/<collection>            a collection's name
    d/<collection>/<id>       a document: which version is current, its hash, title and URL
    p/<version>/<n>           a part of a version's content, whole when joined
    i/<version>               a change under way, and what is left over if it never ends
    m                         what the rows were made with

`<prefix>_passages` holds the passages of each version, key `<version>/<n>`. A version is a
name of one put of one document, greater than those before: its rows are never changed.

Names and ids come from users and stand in filter expressions, which Milvus and milvus-lite escape
differently. They are therefore written in letters that need no escape: percent signs for
collections, hexadecimal for ids (which keeps the order).
"""

from __future__ import annotations

import itertools
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, unquote

from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.model import Document, Passage, Section

Row = dict[str, Any]

LONGEST = 65_535
"""Bytes in a Milvus string."""
_LONGEST_CHARS = 16_000
"""Characters that surely fit: at most 4 bytes each."""
LONGEST_ID = 30_000
"""Bytes of a document's id, which a key has twice over."""

_count = itertools.count()

META_KEY = "m"
NAMES = ("c/", "c0")
CHANGES = ("i/", "i0")
DOCUMENT_FIELDS = ("key", "document", "version", "hash", "title", "url", "passages", "parts")


def coded(collection: str) -> str:
    return quote(collection, safe="")


def decoded(collection: str) -> str:
    return unquote(collection)


def name_key(collection: str) -> str:
    return f"c/{coded(collection)}"


def document_key(collection: str, document_id: str) -> str:
    raw = document_id.encode()
    if len(raw) > LONGEST_ID:
        raise BackendError(f"a document's id has {len(raw)} bytes; Milvus keeps {LONGEST_ID}")
    return f"d/{coded(collection)}/{raw.hex()}"


def documents_of(collection: str, after: str = "") -> tuple[str, str]:
    """Between these keys are the documents of a collection with a greater id than `after`."""
    return document_key(collection, after), f"d/{coded(collection)}0"


def between(low: str, high: str) -> str:
    """A filter: keys above `low` and below `high`. "0" follows "/" in ASCII."""
    return f'key > "{low}" and key < "{high}"'


def in_collections(collections: Sequence[str]) -> str:
    """A filter for passages."""
    return "collection in [" + ", ".join(f'"{coded(name)}"' for name in collections) + "]"


def new_version() -> str:
    """In order of time, and no two alike."""
    return f"{time.time_ns():016x}{next(_count) & 0xFFFF:04x}{secrets.token_hex(4)}"


def made_from(document: Document, words: int) -> str:
    """Equal for what gives the same rows."""
    return f"{document.content_hash}/{words}"


def document_row(
    collection: str,
    document: Document,
    version: str,
    *,
    made_from: str,
    passages: int,
    parts: int,
) -> Row:
    return _row(
        document_key(collection, document.id),
        collection=coded(collection),
        document=document.id,
        version=version,
        hash=made_from,
        title=document.title[:_LONGEST_CHARS],
        url=None if document.url is None else document.url[:_LONGEST_CHARS],
        passages=passages,
        parts=parts,
    )


def name_row(collection: str) -> Row:
    return _row(name_key(collection), collection=coded(collection))


def meta_row(made_with: dict[str, Any]) -> Row:
    return _row(META_KEY, text=json.dumps(made_with, sort_keys=True))


def change_row(key: str, versions: Sequence[tuple[str, int, int]], at: int) -> Row:
    """versions: (version, passages, parts), each to go unless `key`'s document has it."""
    return _row(f"i/{versions[0][0]}", document=key, text=json.dumps(versions), at=at)


def part_rows(document: Document, version: str) -> list[Row]:
    """Title, URL and sections, as long as they may be."""
    content = [document.title, document.url, [[one.heading, one.text] for one in document.sections]]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return [
        _row(key, document=document.id, version=version, text=text[at : at + _LONGEST_CHARS])
        for key, at in zip(
            part_keys(version, -(-len(text) // _LONGEST_CHARS)),
            range(0, len(text), _LONGEST_CHARS),
            strict=True,
        )
    ]


def document_from(document_id: str, parts: Sequence[str]) -> Document:
    title, url, sections = json.loads("".join(parts))
    return Document(
        document_id, title, url, tuple(Section(heading, text) for heading, text in sections)
    )


def part_keys(version: str, count: int) -> list[str]:
    return [f"p/{version}/{number}" for number in range(count)]


def passage_keys(version: str, count: int) -> list[str]:
    return [f"{version}/{number}" for number in range(count)]


def passage_row(
    collection: str,
    document_id: str,
    version: str,
    *,
    ordinal: int,
    passage: Passage,
    terms: Sequence[str],
) -> Row:
    return {
        "key": f"{version}/{ordinal}",
        "collection": coded(collection),
        "document": document_id,
        "version": version,
        "ordinal": ordinal,
        "heading": passage.heading[:_LONGEST_CHARS],
        "text": passage.text[:_LONGEST_CHARS],
        "terms": " ".join(terms)[:_LONGEST_CHARS],
    }


def batches(rows: Sequence[Row], count: int = 500, size: int = 4_000_000) -> Iterator[list[Row]]:
    """Rows in calls that a server takes: at most `count`, and about `size` characters."""
    held: list[Row] = []
    chars = 0
    for row in rows:
        long = sum(len(value) for value in row.values() if isinstance(value, str | list))
        if held and (len(held) >= count or chars + long > size):
            yield held
            held, chars = [], 0
        held.append(row)
        chars += long
    if held:
        yield held


def chunks(keys: Sequence[str], size: int = 500) -> Iterator[list[str]]:
    for start in range(0, len(keys), size):
        yield list(keys[start : start + size])


def documents_schema(client: Any) -> tuple[Any, Any]:
    from pymilvus import DataType  # noqa: PLC0415

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=LONGEST)
    for name in ("collection", "document", "version", "hash", "title", "text"):
        schema.add_field(name, DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("url", DataType.VARCHAR, max_length=LONGEST, nullable=True)
    for name in ("passages", "parts", "at"):
        schema.add_field(name, DataType.INT64)
    # A Milvus collection must have a vector; nothing searches this one.
    schema.add_field("unused", DataType.FLOAT_VECTOR, dim=2)
    indexes = client.prepare_index_params()
    indexes.add_index("unused", index_type="FLAT", metric_type="L2")
    return schema, indexes


def passages_schema(
    client: Any, tokenizer: str, k1: float, b: float, dimensions: int | None
) -> tuple[Any, Any]:
    """tokenizer: one that only cuts at spaces; `terms` is analysed by us (milvus.py says why)."""
    from pymilvus import DataType, Function, FunctionType  # noqa: PLC0415

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=64)
    for name in ("collection", "document", "version", "heading", "text"):
        schema.add_field(name, DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("ordinal", DataType.INT64)
    schema.add_field(
        "terms",
        DataType.VARCHAR,
        max_length=LONGEST,
        enable_analyzer=True,
        analyzer_params={"tokenizer": tokenizer},
    )
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function(
            name="bm25",
            function_type=FunctionType.BM25,
            input_field_names=["terms"],
            output_field_names=["sparse"],
        )
    )
    indexes = client.prepare_index_params()
    indexes.add_index(
        "sparse",
        index_type="SPARSE_INVERTED_INDEX",
        metric_type="BM25",
        params={"bm25_k1": k1, "bm25_b": b},
    )
    indexes.add_index("collection", index_type="INVERTED")
    if dimensions is not None:
        schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dimensions)
        indexes.add_index("dense", index_type="AUTOINDEX", metric_type="COSINE")
    return schema, indexes


def _row(key: str, **values: Any) -> Row:
    empty: Row = dict.fromkeys(("collection", "document", "version", "hash", "title", "text"), "")
    empty |= {"key": key, "url": None, "passages": 0, "parts": 0, "at": 0, "unused": [0.0, 0.0]}
    return empty | values
