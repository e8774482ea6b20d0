"""A full disk and a read-only folder: a clear error, nothing lost, and what is there is served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

ROOT = Path(__file__).parents[4]
PROGRAM = Path(__file__).with_name("faulty.py")
MakeDocument = Callable[..., Document]


def run(fault: str, folder: Path) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, str(PROGRAM), fault, str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="groundling-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def documents(numbers: range) -> list[Document]:
    """As in faulty.py."""
    filler = "The harbour has boats and a crane. " * 60
    return [
        Document(
            str(one), f"Walnuts {one}", None, (Section("", f"Walnuts of the year {one}. {filler}"),)
        )
        for one in numbers
    ]


def test_on_a_full_disk_a_put_fails_whole_with_the_reason_and_the_rest_is_served(
    tmp_path: Path,
) -> None:
    result = run("full", tmp_path / "kept")
    assert result["stored"] > 0
    assert "full" in result["message"]
    assert str(tmp_path / "kept") in result["message"]
    assert result["nothing_lost"]
    assert result["after"] == "", "with room again it should go on"
    assert result["found_after"]
    kept = EmbeddedBackend(tmp_path / "kept", Settings(data_dir=tmp_path))
    with closing(kept):
        kept.open()
        assert len(kept.page("default", "", 1000)) in (result["stored"], result["stored"] + 1)


def test_a_database_that_may_not_grow_refuses_and_goes_on(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    """SQLite's own "full", which a real full disk gives where the limit on files gives another."""
    with closing(EmbeddedBackend(tmp_path, Settings(data_dir=tmp_path))) as backend:
        backend.open()
        backend.put("default", [make_document("a", "Walnuts.")])
        writer = backend._store._writer
        assert writer is not None
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        writer.execute(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(BackendError, match="the disk is full: free some space"):
            backend.put("default", [make_document("b", "Almonds. " * 50_000)])
        assert backend.get("default", "b") is None
        assert backend.search("almonds", None, 5) == []
        assert [hit.document_id for hit in backend.search("walnuts", None, 5)] == ["a"]
        writer.execute("PRAGMA max_page_count = 1000000")
        backend.put("default", [make_document("b", "Almonds. " * 50_000)])
        assert [hit.document_id for hit in backend.search("almonds", None, 1)] == ["b"]


@pytest.mark.parametrize("index", ["there", "missing"])
def test_a_read_only_folder_is_searched_and_a_change_refused_with_the_reason(
    open_folder: Path, index: str
) -> None:
    kept = open_folder / "kept"
    with closing(EmbeddedBackend(kept, Settings(data_dir=kept))) as backend:
        backend.open()
        backend.put("default", documents(range(5)))
    if index == "missing":
        (kept / "index").rename(open_folder / "elsewhere")
    for path in [kept, *kept.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    try:
        result = run("read-only", kept)
    finally:
        for path in [kept, *kept.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert result.get("found") == [str(one) for one in range(5)]
    assert "read-only" in result["message"]
    assert "GROUNDLING_RETRIEVAL_DATA_DIR" in result["delete"]
    assert {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_made_is_named_and_not_ready(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    result = run("read-only", closed / "kept")
    assert str(closed / "kept") in result["open"]
    assert result["missing"] == [result["open"]]


FEW_FILES = """
import resource, sys
from pathlib import Path
from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.settings import Settings

folder, hard = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
backend = EmbeddedBackend(folder, Settings(data_dir=folder))
try:
    backend.open()
    print(len(backend.search("walnuts", None, 100)))
except BackendError as error:
    print(error)
backend.close()
"""


@pytest.mark.parametrize(("hard", "told"), [(1_024, "30"), (128, "ulimit -n")])
def test_more_index_files_than_a_process_starts_with_are_opened_if_the_system_lets_it(
    tmp_path: Path, make_document: MakeDocument, hard: int, told: str
) -> None:
    with closing(EmbeddedBackend(tmp_path, Settings(data_dir=tmp_path))) as backend:
        backend.open()
        for number in range(30):
            backend.put(f"c{number}", [make_document(f"a{number}", "Walnuts and almonds.")])
    ran = subprocess.run(
        [sys.executable, "-c", FEW_FILES, str(tmp_path), str(hard)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        timeout=300,
    )
    assert told in ran.stdout.decode()
