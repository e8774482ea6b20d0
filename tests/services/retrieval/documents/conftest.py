"""Backends to test through the seam, and documents to put into them.

`backend` and `reopen` run a test once for every name in BACKENDS; a backend is added there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from services.retrieval.documents.backend import Backend
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

MakeDocument = Callable[..., Document]
Reopen = Callable[[], AbstractContextManager[Backend]]


def _embedded(folder: Path) -> Backend:
    return EmbeddedBackend(folder, Settings(data_dir=folder))


def _reference(folder: Path) -> Backend:
    return EmbeddedBackend(folder, Settings(data_dir=folder, scorer="rank_bm25"))


BACKENDS: dict[str, Callable[[Path], Backend]] = {
    "embedded": _embedded,
    "embedded-rank_bm25": _reference,
}
"""Name -> a backend over a folder, not open yet. Called again it finds what it kept there."""


@pytest.fixture(params=sorted(BACKENDS))
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """`with reopen() as backend`: an open backend, each time over the same folder."""

    @contextmanager
    def opened() -> Iterator[Backend]:
        backend = BACKENDS[request.param](tmp_path / "kept")
        with closing(backend):
            backend.open()
            yield backend

    return opened


@pytest.fixture
def backend(reopen: Reopen) -> Iterator[Backend]:
    with reopen() as opened:
        yield opened


@pytest.fixture
def make_document() -> MakeDocument:
    """`make_document(id, text, title=…, url=…)`, or with `sections=[(heading, text), …]`."""

    def make(
        document_id: str,
        text: str = "Nothing much.",
        *,
        title: str = "Untitled",
        url: str | None = None,
        sections: list[tuple[str, str]] | None = None,
    ) -> Document:
        parts = sections if sections is not None else [("", text)]
        return Document(document_id, title, url, tuple(Section(*part) for part in parts))

    return make
