"""Backends to test through the seam, and documents to put into them.

`backend` and `reopen` run a test once for every name in BACKENDS; a backend is added there.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from services.retrieval.documents.backend import Backend
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.milvus import MilvusBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

MakeDocument = Callable[..., Document]
Reopen = Callable[[], AbstractContextManager[Backend]]


class MilvusServer:
    """`milvus-lite server` on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._address = ("127.0.0.1", port)
        self.uri = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        host, port = self._address
        command = [sys.executable, "-m", "milvus_lite", "server", "--host", host]
        command += ["--data-dir", str(self._folder), "--port", str(port)]
        with (self._folder.parent / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + MILVUS_START_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"the server ended: see {log.name}"
            with socket.socket() as probe:
                if probe.connect_ex(self._address) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"the server did not listen within {MILVUS_START_S} s")

    def pause(self) -> None:
        """It takes connections and calls, and answers none."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None

    def empty(self) -> None:
        """As nobody has used it, but for its collections, which take seconds to make."""
        from pymilvus import MilvusClient  # noqa: PLC0415

        client = MilvusClient(uri=self.uri, timeout=10, dedicated=True)
        for name in client.list_collections():
            client.truncate_collection(name, timeout=10)
        client.close()


@pytest.fixture
def make_milvus_server() -> type[MilvusServer]:
    return MilvusServer


@pytest.fixture(scope="session")
def _milvus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    for package in ("pymilvus", "milvus_lite"):
        pytest.importorskip(package, reason='needs pip install "groundling[milvus]"')
    server = MilvusServer(tmp_path_factory.mktemp("milvus-server") / "data")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def milvus_server(_milvus_server: MilvusServer) -> MilvusServer:
    """A running server without documents."""
    _milvus_server.empty()
    return _milvus_server


@pytest.fixture(scope="session")
def _milvus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("pymilvus", "milvus_lite"):
        pytest.importorskip(package, reason='needs pip install "groundling[milvus]"')
    folder = tmp_path_factory.mktemp("milvus-folder") / "data"
    backend = MilvusBackend(Settings(milvus_uri=str(folder)))
    with closing(backend):
        backend.open()
    return folder


@pytest.fixture
def milvus_folder(_milvus_folder: Path, tmp_path: Path) -> Path:
    """A folder of milvus-lite without documents, whose collections are made already."""
    return Path(shutil.copytree(_milvus_folder, tmp_path / "milvus"))


MILVUS_START_S = 60.0


def _embedded(folder: Path, _: pytest.FixtureRequest) -> Backend:
    return EmbeddedBackend(folder, Settings(data_dir=folder))


def _reference(folder: Path, _: pytest.FixtureRequest) -> Backend:
    return EmbeddedBackend(folder, Settings(data_dir=folder, scorer="rank_bm25"))


def _milvus_embedded(_: Path, request: pytest.FixtureRequest) -> Backend:
    return MilvusBackend(Settings(milvus_uri=str(request.getfixturevalue("milvus_folder"))))


def _milvus_by_uri(_: Path, request: pytest.FixtureRequest) -> Backend:
    return MilvusBackend(Settings(milvus_uri=request.getfixturevalue("milvus_server").uri))


BACKENDS: dict[str, Callable[[Path, pytest.FixtureRequest], Backend]] = {
    "embedded": _embedded,
    "embedded-rank_bm25": _reference,
    "milvus-embedded": _milvus_embedded,
    "milvus-server": _milvus_by_uri,
}
"""Name -> a backend over a folder, not open yet. Called again it finds what it kept there."""


@pytest.fixture(params=sorted(BACKENDS))
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """`with reopen() as backend`: an open backend, each time over the same folder."""

    @contextmanager
    def opened() -> Iterator[Backend]:
        backend = BACKENDS[request.param](tmp_path / "kept", request)
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
