"""services.retrieval.documents.embedded: several processes, threads, and its own files.

What it shares with every backend is in test_backend_contract.py; full and read-only disks are in
test_disk_faults.py.
"""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.retrieval.documents import embedded, indexes
from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.embedded import EmbeddedBackend, stamp
from services.retrieval.documents.model import Document, Outcome
from services.retrieval.documents.store import Store
from services.retrieval.settings import Settings

ROOT = Path(__file__).parents[4]
MakeDocument = Callable[..., Document]


@contextmanager
def opened(folder: Path, **settings: Any) -> Iterator[EmbeddedBackend]:
    with closing(EmbeddedBackend(folder, Settings(data_dir=folder, **settings))) as backend:
        backend.open()
        yield backend


def ids(backend: EmbeddedBackend, query: str) -> list[str]:
    return [hit.document_id for hit in backend.search(query, None, 50)]


def index_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "index").rglob("*.bin") if path.stat().st_size)


# --- several processes -----------------------------------------------------------------------


OTHER_PROCESS = """
import sys
from pathlib import Path
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings

folder = Path(sys.argv[1])
backend = EmbeddedBackend(folder, Settings(data_dir=folder))
backend.open()
print("open", flush=True)
for line in sys.stdin:
    call, _, rest = line.strip().partition(" ")
    if call == "put":
        document_id, _, text = rest.partition(" ")
        backend.put("default", [Document(document_id, "T", None, (Section("", text),))])
        print("done", flush=True)
    elif call == "delete":
        print(backend.delete("default", [rest]), flush=True)
    elif call == "drop":
        print(backend.delete_collection(rest), flush=True)
    elif call == "search":
        print(" ".join(hit.document_id for hit in backend.search(rest, None, 50)), flush=True)
backend.close()
"""


@contextmanager
def other_process(folder: Path) -> Iterator[Callable[[str], str]]:
    """`ask("search walnuts")`: what a backend in another process answers."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout
        try:
            assert stdout.readline() == "open\n"

            def ask(call: str) -> str:
                stdin.write(call + "\n")
                stdin.flush()
                return stdout.readline().strip()

            yield ask
            stdin.close()
            process.wait(30)
        finally:
            process.kill()


def test_what_one_process_acknowledged_every_other_one_finds(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    with opened(tmp_path) as here:
        here.put("default", [make_document("a", "Walnuts are brown.")])
        with other_process(tmp_path) as there:
            assert there("search walnuts") == "a"
            for number in range(20):
                there(f"put there{number} Walnuts number {number}.")
                assert f"there{number}" in ids(here, "walnuts")
                here.put("default", [make_document(f"here{number}", "Walnuts again.")])
                assert f"here{number}" in there("search walnuts").split()
            assert there("delete a") == "1"
            assert "a" not in ids(here, "walnuts")
            here.delete("default", ["there3"])
            assert "there3" not in there("search walnuts").split()
            there("put here0 Almonds.")
            assert ids(here, "almonds") == ["here0"]
            here.put("nuts", [make_document("x", "Pistachios.")])
            assert there("search pistachios") == "x"
            assert there("drop nuts") == "1"
            assert ids(here, "pistachios") == []


def test_a_process_that_only_reads_the_files_follows_the_one_that_writes_them(
    tmp_path: Path, make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "SEAL_AFTER_S", 0.0)
    with opened(tmp_path) as writer, opened(tmp_path) as reader:
        assert writer._indexes is not None
        assert reader._indexes is not None
        assert (writer._indexes.writes_files, reader._indexes.writes_files) == (True, False)
        for number in range(6):
            documents = [make_document(f"{number}-{one}", "Walnuts.") for one in range(5)]
            writer.put("default", documents)
            reader.delete("default", [f"{number}-0"])
            writer._indexes.tend()  # seals what the reader has in memory, and merges
            reader._indexes.tend()
            assert len(reader._indexes.current()["default"]) == 4 * (number + 1)
            assert ids(reader, "walnuts") == ids(writer, "walnuts")
        reader.delete("default", ["0-1"])
        writer._indexes.tend()
        assert "0-1" not in ids(writer, "walnuts")


def test_a_collection_that_begins_in_a_process_that_only_reads_the_files_is_found_everywhere(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    with opened(tmp_path) as writer, opened(tmp_path) as reader:
        reader.put("default", [make_document("a", "Walnuts.")])
        assert ids(reader, "walnuts") == ids(writer, "walnuts") == ["a"]
    with opened(tmp_path) as backend:
        assert ids(backend, "walnuts") == ["a"]


def test_when_the_process_that_writes_the_files_ends_another_takes_over(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    with opened(tmp_path) as heir:
        pass
    with opened(tmp_path) as first, opened(tmp_path) as heir:
        first.put("default", [make_document("a", "Walnuts.")])
        assert ids(heir, "walnuts") == ["a"]
        heir.put("default", [make_document("b", "Walnuts.")])
        first.close()
        assert heir._indexes is not None
        heir._indexes.tend()
        assert heir._indexes.writes_files
        assert ids(heir, "walnuts") == ["a", "b"]
        heir.put("default", [make_document("c", "Walnuts.")])
        assert ids(heir, "walnuts") == ["a", "b", "c"]


# --- threads ---------------------------------------------------------------------------------


def test_readers_see_whole_changes_only_while_a_writer_replaces(
    tmp_path: Path, make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every version has its word in each of three passages: a search finds three or none."""
    monkeypatch.setattr(indexes, "SEAL_AFTER_S", 0.0)
    monkeypatch.setattr(embedded, "TEND_EVERY_S", 0.01)
    wrong: list[object] = []
    done = threading.Event()

    def read(backend: EmbeddedBackend) -> None:
        try:
            while not done.is_set():
                hits = backend.search("walnuts", None, 50)
                versions = {hit.text for hit in hits}
                if len(hits) != 6 or len(versions) != 2:
                    wrong.append([(hit.document_id, hit.text) for hit in hits])
                if backend.collections()[0].documents != 2:
                    wrong.append(backend.collections())
        except Exception as error:
            wrong.append(error)

    def version(document_id: str, number: int) -> Document:
        text = f"Walnuts, version {number} of {document_id}."
        return make_document(document_id, sections=[(str(part), text) for part in range(3)])

    with opened(tmp_path) as backend:
        backend.put("default", [version("a", 0), version("b", 0)])
        readers = [threading.Thread(target=read, args=[backend]) for _ in range(3)]
        for one in readers:
            one.start()
        for number in range(1, 60):
            backend.put("default", [version("a", number)])
            backend.put("default", [version("b", number)])
        done.set()
        for one in readers:
            one.join(30)
        assert len(backend.search("walnuts", None, 50)) == 6
    assert [one for one in wrong if isinstance(one, Exception)] == []
    assert wrong == []


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["flipped", "truncated", "removed", "manifest", "all"])
def test_a_damaged_index_is_named_in_the_log_and_rebuilt_from_the_stored_documents(
    tmp_path: Path,
    make_document: MakeDocument,
    caplog: pytest.LogCaptureFixture,
    damage: str,
) -> None:
    documents = [make_document(str(one), f"Walnuts number {one}.") for one in range(40)]
    with opened(tmp_path) as backend:
        backend.put("default", documents)
        before = backend.search("walnuts", None, 50)
    file = max(index_files(tmp_path), key=lambda path: path.stat().st_size)
    manifest = next((tmp_path / "index").rglob("manifest.json"))
    content = file.read_bytes()
    if damage == "flipped":
        middle = len(content) // 2
        flipped = bytes([content[middle] ^ 1])
        file.write_bytes(content[:middle] + flipped + content[middle + 1 :])
    elif damage == "truncated":
        file.write_bytes(content[:-1])
    elif damage == "removed":
        file.unlink()
    elif damage == "manifest":
        manifest.write_text("{")
    else:
        for path in index_files(tmp_path):
            path.write_bytes(b"\0" * path.stat().st_size)
    with caplog.at_level(logging.INFO), opened(tmp_path) as backend:
        assert backend.search("walnuts", None, 50) == before
        assert list(backend.missing()) == []
    warned = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert any(str(manifest.parent) in message for message in warned)
    with opened(tmp_path) as backend:
        assert backend.search("walnuts", None, 50) == before


def test_without_its_index_folder_it_opens_and_finds_everything(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    with opened(tmp_path) as backend:
        backend.put("default", [make_document("a", "Walnuts.")])
    (tmp_path / "index").rename(tmp_path / "elsewhere")
    with opened(tmp_path) as backend:
        assert ids(backend, "walnuts") == ["a"]


@pytest.mark.parametrize("damage", ["header", "page", "not a database", "emptied"])
def test_a_damaged_database_is_named_with_what_to_do_and_never_replaced(
    tmp_path: Path, make_document: MakeDocument, damage: str
) -> None:
    path = tmp_path / "documents.sqlite3"
    with opened(tmp_path) as backend:
        backend.put("default", [make_document(str(one), "Walnuts. " * 50) for one in range(200)])
    content = path.read_bytes()
    if damage == "header":
        content = b"X" * 100 + content[100:]
    elif damage == "page":  # all but the first, which has the schema
        content = content[:4096] + b"\xff" * (len(content) - 4096)
    elif damage == "emptied":
        content = b""
    else:
        content = b"a letter to a friend " * 1000
    path.write_bytes(content)
    backend = EmbeddedBackend(tmp_path, Settings(data_dir=tmp_path))
    with closing(backend):
        with pytest.raises(BackendError, match="is damaged"):
            backend.open()
        (part,) = backend.missing()
        assert part.required
        assert str(path) in part.part
        assert "backup" in part.part
        with pytest.raises(BackendError, match="is damaged"):
            backend.put("default", [make_document("a")])
    assert path.read_bytes() == content


def test_a_database_of_another_version_is_refused_and_both_versions_named(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    with opened(tmp_path) as backend:
        backend.put("default", [make_document("a")])
    with closing(sqlite3.connect(tmp_path / "documents.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 99")
    backend = EmbeddedBackend(tmp_path, Settings(data_dir=tmp_path))
    with closing(backend), pytest.raises(BackendError, match=r"version 99.*version 1"):
        backend.open()


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE letters (text)")
    backend = EmbeddedBackend(tmp_path, Settings(data_dir=tmp_path))
    with closing(backend), pytest.raises(BackendError, match="something else"):
        backend.open()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("letters",)]


# --- settings --------------------------------------------------------------------------------


def test_a_change_of_analysis_indexes_anew_and_removes_the_old_index(
    tmp_path: Path, make_document: MakeDocument, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as backend:
        backend.put("default", [make_document("a", "He was running.")])
        assert ids(backend, "runs") == ["a"]
    with caplog.at_level(logging.INFO), opened(tmp_path, stemming=False) as backend:
        assert ids(backend, "runs") == []
        assert ids(backend, "running") == ["a"]
    assert "removing the index" in caplog.text
    folders = [path.name for path in (tmp_path / "index").iterdir()]
    assert folders == [stamp(Settings(data_dir=tmp_path, stemming=False))]


def test_other_scoring_ranks_otherwise_without_indexing_anew(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    long = "walnuts " * 4 + "and then a great many other things that one may eat " * 8
    documents = [make_document("long", long), make_document("short", "A walnut tree.")]
    documents += [make_document(str(one), "Something else.") for one in range(20)]
    with opened(tmp_path, bm25_b=0.0) as backend:
        backend.put("default", documents)
        assert ids(backend, "walnuts") == ["long", "short"]
    files = index_files(tmp_path)
    with opened(tmp_path, bm25_b=1.0) as backend:
        assert ids(backend, "walnuts") == ["short", "long"]
    assert index_files(tmp_path) == files


def test_after_a_change_of_the_passages_length_the_same_document_is_cut_anew(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    document = make_document("a", "Walnuts are brown and hard. " * 40)
    with opened(tmp_path, passage_words=200) as backend:
        (first,) = backend.put("default", [document])
    with opened(tmp_path, passage_words=20) as backend:
        (second,) = backend.put("default", [document])
        (third,) = backend.put("default", [document])
    assert second.passages > first.passages
    assert (second.outcome, third.outcome) == (Outcome.REPLACED, Outcome.UNCHANGED)


def test_the_files_of_a_deleted_collection_are_removed(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    with opened(tmp_path) as backend:
        backend.put("nuts", [make_document("a", "Walnuts.")])
        backend.put("kept", [make_document("a", "Walnuts.")])
    with opened(tmp_path) as backend:
        backend.delete_collection("nuts")
        assert backend._indexes is not None
        backend._indexes.tend()
        names = {path.name for path in next((tmp_path / "index").iterdir()).iterdir()}
    assert names == {"lock", "kept.2"}


def test_a_process_that_missed_more_deletions_than_are_kept_compares_everything(
    tmp_path: Path, make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.retrieval.documents.store.KEPT_DELETIONS", 3)
    monkeypatch.setattr(embedded, "TEND_EVERY_S", 60.0)
    documents = [make_document(str(one), "Walnuts.") for one in range(20)]
    with opened(tmp_path) as here, opened(tmp_path) as there:
        here.put("default", documents)
        assert len(ids(there, "walnuts")) == 20
        for one in range(12):
            here.delete("default", [str(one)])
        assert ids(there, "walnuts") == [str(one) for one in range(12, 20)]


def damage(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "documents.sqlite3") as connection:
        connection.execute(statement)
    connection.close()


def test_a_text_or_document_damaged_within_the_database_is_told_without_its_content(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    with opened(tmp_path) as backend:
        backend.put("default", [make_document("a", "Walnuts and a secret.")])
        damage(tmp_path, "UPDATE passages SET text = CAST(text || x'ff' AS TEXT)")
        with pytest.raises(BackendError, match="damaged") as told:
            backend.search("walnuts", None, 5)
        assert "secret" not in str(told.value)
        assert "secret" not in str(backend.missing())
    damage(tmp_path, "UPDATE passages SET text = 'Walnuts.'")
    with opened(tmp_path) as backend:
        damage(tmp_path, "UPDATE documents SET sections = x'00'")
        with pytest.raises(BackendError, match="damaged"):
            backend.get("default", "a")
        assert [one.required for one in backend.missing()] == [True]


def test_whatever_keeps_it_from_opening_is_told_by_readiness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(indexes.Indexes, "open", fail)
    with closing(EmbeddedBackend(tmp_path, Settings(data_dir=tmp_path))) as backend:
        with pytest.raises(MemoryError):
            backend.open()
        assert "could not be opened (MemoryError)" in backend.missing()[0].part


def test_a_search_goes_on_in_the_index_it_began_with_when_its_process_takes_over(
    tmp_path: Path, make_document: MakeDocument
) -> None:
    with opened(tmp_path) as writer:
        writer.put("default", [make_document("a", "Walnuts."), make_document("b", "Almonds.")])
        with opened(tmp_path) as reader:
            assert reader._indexes is not None
            assert not reader._indexes.writes_files
            index = reader._indexes.current()["default"]
            writer.close()
            assert reader._indexes.take_files()
            assert len(index.search(["walnut"], 5)) == 1


def test_a_connection_of_before_is_not_used_again_once_another_process_writes(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "documents.sqlite3")
    with closing(store):
        store.open()
        with store.reading() as before:
            store._mode += 1  # what `mode` does when it notices
        with store.reading() as after:
            assert after is not before
