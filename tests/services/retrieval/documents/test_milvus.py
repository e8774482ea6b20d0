"""Documents in Milvus. What it shares with every backend is in the contract tests; here is what
only Milvus can get wrong: half-written changes, filters, servers that go away."""

from __future__ import annotations

import math
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from services.retrieval.dense.encoder import Vectors
from services.retrieval.documents import milvus, search
from services.retrieval.documents import milvus_rows as rows
from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.milvus import MilvusBackend
from services.retrieval.documents.milvus_link import Link, Place
from services.retrieval.documents.model import Document, Outcome, Section
from services.retrieval.settings import Settings

pytest.importorskip("pymilvus", reason='needs pip install "groundling[milvus]"')
pytest.importorskip("milvus_lite", reason='needs pip install "groundling[milvus]"')

WRITES = ("upsert", "insert", "delete")
WAIT_S = 60.0


class Server(Protocol):
    """conftest.py's."""

    uri: str

    def start(self) -> None: ...

    def pause(self) -> None: ...

    def kill(self) -> None: ...


MakeServer = Callable[[Path], Server]


@pytest.fixture
def settings(milvus_server: Server) -> Settings:
    return Settings(milvus_uri=milvus_server.uri, milvus_consistency="Strong", document_share=0)


@pytest.fixture
def opened(settings: Settings) -> Iterator[Callable[..., MilvusBackend]]:
    backends = []

    def make(**options: Any) -> MilvusBackend:
        backend = MilvusBackend(options.pop("settings", settings), **options)
        backends.append(backend)
        backend.open()
        return backend

    yield make
    for backend in backends:
        backend.close()


class Breaking(Link):
    """Fails from the n-th writing call on, as if the process had been killed there."""

    def __init__(self, place: Place, works: int) -> None:
        super().__init__(place)
        self.works: int | None = None
        self._after = works

    def arm(self) -> None:
        self.works = self._after

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if method in WRITES and self.works is not None:
            if self.works == 0:
                raise BackendError("killed here")
            self.works -= 1
        return super().call(method, *args, **kwargs)


class Letters:
    """An encoder by counts of letters: texts of the same letters are near."""

    name = "letters"
    dimensions = 26

    def encode(self, texts: Sequence[str]) -> Vectors:
        counts = np.zeros((len(texts), 26), np.float32)
        for row, text in zip(counts, texts, strict=True):
            for letter in text.lower():
                if "a" <= letter <= "z":
                    row[ord(letter) - ord("a")] += 1
        return counts / np.maximum(1.0, np.linalg.norm(counts, axis=1, keepdims=True))


def document(name: str, *texts: str, title: str = "", url: str | None = None) -> Document:
    return Document(name, title, url, tuple(Section("", text) for text in texts))


def keys(settings: Settings) -> list[str]:
    """Keys of every row there is, of both collections."""
    from pymilvus import MilvusClient  # noqa: PLC0415

    client = MilvusClient(uri=settings.milvus_uri, timeout=10)
    found = [
        f"{part}:{row['key']}"
        for part in ("documents", "passages")
        for row in client.query(
            f"{settings.milvus_collection}_{part}",
            filter='key > ""',
            output_fields=["key"],
            consistency_level="Strong",
            timeout=10,
        )
    ]
    client.close()
    return sorted(found)


@pytest.mark.parametrize("works", range(9))
def test_a_put_cut_off_at_any_write_is_seen_whole_or_not_at_all_and_repaired(
    works: int,
    settings: Settings,
    opened: Callable[..., MilvusBackend],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = [document("a", "old apples"), document("b", "old bananas")]
    after = [document("a", "new apples"), document("b", "new bananas"), document("c", "new figs")]
    link = Breaking(milvus.place_of(settings), works)
    writer, reader = opened(link=link), opened()
    writer.put("fruit", before)
    link.arm()
    try:
        writer.put("fruit", after)
        acknowledged = True
    except BackendError:
        acknowledged = False

    now = [reader.get("fruit", name) for name in "abc"]
    assert now in ([*before, None], after)
    assert not acknowledged or now == after
    hits = reader.search("apples bananas figs", None, 10)
    assert sorted(hit.text for hit in hits) == sorted(
        one.sections[0].text for one in now if one is not None
    )
    assert reader.collections()[0].documents == len(hits)

    monkeypatch.setattr(milvus, "ABANDONED_S", -1)
    monkeypatch.setattr(milvus, "REPAIR_EVERY_S", -1.0)
    reader.put("fruit", after)
    assert [reader.get("fruit", name) for name in "abc"] == after
    left = [key for key in keys(settings) if key.split(":")[1][:2] not in ("c/", "d/", "m")]
    assert len(left) == 2 * len(after), "a part and a passage each, nothing of old versions"


@pytest.mark.parametrize("works", range(6))
def test_a_delete_cut_off_at_any_write_is_repaired(
    works: int,
    settings: Settings,
    opened: Callable[..., MilvusBackend],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = Breaking(milvus.place_of(settings), works)
    writer, reader = opened(link=link), opened()
    writer.put("fruit", [document("a", "apples"), document("b", "bananas")])
    link.arm()
    try:
        writer.delete("fruit", ["a"])
        gone = True
    except BackendError:
        gone = reader.get("fruit", "a") is None
    texts = [hit.text for hit in reader.search("apples bananas", None, 10)]
    assert sorted(texts) == (["bananas"] if gone else ["apples", "bananas"])

    monkeypatch.setattr(milvus, "ABANDONED_S", -1)
    monkeypatch.setattr(milvus, "REPAIR_EVERY_S", -1.0)
    assert reader.delete("fruit", ["a"]) == (0 if gone else 1)
    assert reader.delete_collection("fruit") == 1
    assert keys(settings) == ["documents:m"]


def test_a_change_that_may_be_under_way_in_another_service_is_left_alone(
    settings: Settings, opened: Callable[..., MilvusBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Breaking(milvus.place_of(settings), 3)
    writer = opened(link=link)
    link.arm()
    with pytest.raises(BackendError):
        writer.put("fruit", [document("a", "apples")])
    before = keys(settings)
    monkeypatch.setattr(milvus, "REPAIR_EVERY_S", -1.0)
    opened().delete("fruit", ["b"])
    assert keys(settings) == before


HOSTILE = [
    'x" or key > "',
    "x' or 1 == 1 or 'x' == 'x",
    "back\\slash\\",
    'both "and\' \\"',
    "new\nline\tand\rmore",
    "{template} [list] $meta",
    "ünï/çødé 東京 🗼",
    "%41 percent/slash",
    "nul-free \x01\x7f",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_ids_are_data_whatever_they_hold(
    name: str, opened: Callable[..., MilvusBackend]
) -> None:
    backend = opened()
    backend.put("safe", [document("safe", "untouched apples")])
    backend.put(name, [document(name, "hostile apples", url=name, title=name)])

    assert [one.name for one in backend.collections()] == sorted(["safe", name])
    assert [hit.collection for hit in backend.search("apples", [name], 5)] == [name]
    assert [hit.collection for hit in backend.search("apples", ["safe"], 5)] == ["safe"]
    found = backend.get(name, name)
    assert found is not None
    assert (found.id, found.title, found.url) == (name, name, name)
    assert [one.id for one in backend.page(name, "", 5)] == [name]
    assert backend.page(name, name, 5) == []
    assert backend.search(name, ["nowhere"], 5) == []
    assert backend.delete("safe", [name]) == 0
    assert backend.delete(name, [name]) == 1
    assert [one.name for one in backend.collections()] == ["safe"]


def test_pages_come_in_order_of_id_by_code_point(opened: Callable[..., MilvusBackend]) -> None:
    ids = ["", "A", "a", "a ", "a/b", "aa", "b", "é", "東", "🗼", "\x7f", "z" * 500]
    backend = opened()
    backend.put("x", [document(one, one) for one in ids if one])
    seen: list[str] = []
    while page := backend.page("x", seen[-1] if seen else "", 3):
        seen += [one.id for one in page]
    assert seen == sorted(one for one in ids if one)


def test_a_long_document_comes_back_whole(opened: Callable[..., MilvusBackend]) -> None:
    words = " ".join(f"wörd{n} 東京 🗼" for n in range(12_000))
    long = Document("long", "t" * 40_000, "http://x/" + "u" * 70_000, (Section("h", words),))
    backend = opened()
    backend.put("x", [long])
    assert backend.get("x", "long") == long
    assert backend.search("wörd11999", None, 1)[0].document_id == "long"


def test_an_id_that_no_key_can_hold_is_refused_by_name(
    opened: Callable[..., MilvusBackend],
) -> None:
    with pytest.raises(BackendError, match=f"keeps {rows.LONGEST_ID}"):
        opened().put("x", [document("i" * (rows.LONGEST_ID + 1), "text")])


def test_words_weigh_about_what_lucenes_idf_says_and_unknown_ones_most(
    opened: Callable[..., MilvusBackend],
) -> None:
    backend = opened()
    texts = [f"common words of passage number{n}" for n in range(50)] + ["common quetzal"]
    backend.put("x", [document(str(n), text) for n, text in enumerate(texts)])

    def idf(having: int) -> float:
        return math.log(1 + (51 - having + 0.5) / (having + 0.5))

    def coverage(query: str, name: str) -> float:
        hits = backend.search(query, None, 100)
        return next(hit.coverage for hit in hits if hit.document_id == name)

    exact = search.weights(["common", "quetzal"], [idf(51), idf(1)], 51)
    assert coverage("common quetzal", "50") == pytest.approx(1.0)
    share = exact["common"] / sum(exact.values())
    assert coverage("common quetzal", "0") == pytest.approx(share, rel=0.2)
    exact = search.weights(["quetzal", "xylophone"], [idf(1), 0.0], 51)
    share = exact["quetzal"] / sum(exact.values())
    assert coverage("quetzal xylophone", "50") == pytest.approx(share, rel=0.2)
    assert share < 0.5


@pytest.mark.parametrize("ranking", ["dense", "hybrid"])
def test_an_encoder_finds_what_shares_no_word(
    ranking: Any, settings: Settings, opened: Callable[..., MilvusBackend]
) -> None:
    own = settings.model_copy(update={"milvus_collection": f"with_vectors_{ranking}"})
    backend = opened(settings=own, ranking=ranking, encoder=Letters())
    backend.put("x", [document("near", "listen"), document("far", "rhythm of bjork")])
    backend.put("y", [document("other", "silent zoo")])
    near = backend.search("silent", ["x"], 2)[0]
    assert near.document_id == "near"
    assert near.similarity == pytest.approx(1.0, abs=1e-3)
    assert near.coverage == 0
    assert {hit.collection for hit in backend.search("silent", None, 5)} == {"x", "y"}
    if ranking == "hybrid":
        best = backend.search("silent", None, 5)[0]
        assert best.document_id == "other"
        assert best.coverage == 1
        assert 0 < best.similarity < 1

    strict = own.model_copy(update={"document_share": 0.5, "dense_floor": 0.9})
    kept = opened(settings=strict, ranking=ranking, encoder=Letters()).search("silent", None, 5)
    assert {hit.document_id for hit in kept} == {"near", "other"}


def test_a_store_made_otherwise_is_refused(
    settings: Settings, opened: Callable[..., MilvusBackend]
) -> None:
    opened().put("x", [document("a", "apples")])
    german = settings.model_copy(update={"language": "german"})
    other = MilvusBackend(german)
    with closing(other):
        with pytest.raises(BackendError, match="MILVUS_COLLECTION"):
            other.open()
        assert "MILVUS_COLLECTION" in other.missing()[0].part
        with pytest.raises(BackendError, match="MILVUS_COLLECTION"):
            other.search("apples", None, 1)
    with pytest.raises(BackendError, match="letters"):
        opened(ranking="dense", encoder=Letters())


def test_two_services_share_a_server(opened: Callable[..., MilvusBackend]) -> None:
    one, two = opened(), opened()
    one.put("x", [document("a", "apples")])
    assert two.put("x", [document("a", "apples")])[0].outcome is Outcome.UNCHANGED
    assert two.put("x", [document("a", "apricots")])[0].outcome is Outcome.REPLACED
    assert [hit.text for hit in one.search("apples apricots", None, 5)] == ["apricots"]


def test_a_search_during_replacements_never_mixes_versions(
    opened: Callable[..., MilvusBackend],
) -> None:
    writer, reader = opened(), opened()

    def version(number: int) -> list[Document]:
        return [document(name, f"apples {number}", f"pears {number}") for name in "ab"]

    writer.put("x", version(0))
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(lambda: [writer.put("x", version(n)) for n in range(1, 30)])
        searches = 0
        while not writing.done() or not searches:
            seen: dict[str, set[str]] = {}
            for hit in reader.search("apples pears", None, 10):
                seen.setdefault(hit.document_id, set()).add(hit.text.split()[1])
            assert all(len(numbers) == 1 for numbers in seen.values()), seen
            searches += 1
        writing.result()
    assert len(reader.search("apples pears", None, 10)) == 4


def test_a_server_that_is_not_there_is_named_with_its_setting_but_no_password() -> None:
    settings = Settings(milvus_uri="http://me:hunter2@127.0.0.1:1", milvus_timeout_s=1)
    backend = MilvusBackend(settings)
    with pytest.raises(BackendError, match=r"http://127\.0\.0\.1:1.*MILVUS_URI") as caught:
        backend.open()
    missing = backend.missing()
    backend.close()
    assert "hunter2" not in str(caught.value) + str(missing)
    assert [one.required for one in missing] == [True]
    assert "http://127.0.0.1:1" in missing[0].part


def test_a_server_that_went_away_is_missing_until_it_is_back(
    tmp_path: Path, make_milvus_server: MakeServer
) -> None:
    server = make_milvus_server(tmp_path / "data")
    server.start()
    backend = MilvusBackend(Settings(milvus_uri=server.uri, milvus_timeout_s=2, document_share=0))
    try:
        backend.open()
        backend.put("x", [document("a", "apples")])
        assert backend.missing() == []
        server.kill()
        started = time.monotonic()
        with pytest.raises(BackendError, match=server.uri):
            backend.search("apples", None, 1)
        assert time.monotonic() - started < WAIT_S
        assert len(backend.missing()) == 1
        server.start()
        deadline = time.monotonic() + WAIT_S
        while backend.missing() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert backend.missing() == []
        assert [hit.text for hit in backend.search("apples", None, 1)] == ["apples"]
    finally:
        backend.close()
        server.kill()


def test_a_server_that_hangs_is_given_up_after_the_time_set() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        backend = MilvusBackend(Settings(milvus_uri=uri, milvus_timeout_s=0.5))
        with pytest.raises(BackendError, match=uri):
            backend.open()
        backend.close()


def test_a_server_that_stops_answering_fails_every_call_and_names_the_setting(
    tmp_path: Path, make_milvus_server: MakeServer
) -> None:
    server = make_milvus_server(tmp_path / "data")
    server.start()
    backend = MilvusBackend(Settings(milvus_uri=server.uri, milvus_timeout_s=1))
    try:
        backend.open()
        server.pause()
        for call in (
            lambda: backend.search("apples", None, 1),
            lambda: backend.get("x", "a"),
            lambda: backend.page("x", "", 1),
            lambda: backend.put("x", [document("a", "apples")]),
        ):
            started = time.monotonic()
            with pytest.raises(BackendError, match=r"MILVUS_(TIMEOUT_S|URI)"):
                call()
            assert time.monotonic() - started < WAIT_S
    finally:
        server.kill()
        backend.close()


def test_a_folder_is_open_in_one_process_only_and_the_error_tells_the_way_out(
    tmp_path: Path, make_milvus_server: MakeServer
) -> None:
    server = make_milvus_server(tmp_path / "data")
    server.start()
    try:
        backend = MilvusBackend(Settings(milvus_uri=str(tmp_path / "data")))
        with pytest.raises(BackendError, match="milvus-lite server --data-dir"):
            backend.open()
        assert "data" in backend.missing()[0].part
        backend.close()
    finally:
        server.kill()


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "old.db").write_bytes(b"SQLite format 3\0")
    backend = MilvusBackend(Settings(milvus_uri=str(tmp_path / "old.db")))
    with pytest.raises(BackendError, match=r"old\.db"):
        backend.open()
    backend.close()


WRITER = """
import sys
from services.retrieval.documents.milvus import MilvusBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.settings import Settings
backend = MilvusBackend(Settings(milvus_uri=sys.argv[1]))
backend.open()
for n in range(100_000):
    text = f"round {n} of writing"
    batch = [Document(str(n % 7 + k), "", None, (Section("", text),)) for k in range(3)]
    backend.put("x", batch)
    print(n, flush=True)
"""


def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    for wait in (0, 7, 20):
        command = [sys.executable, "-c", WRITER, folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            last = -1
            for line in writer.stdout:
                last = int(line)
                if last >= wait:
                    writer.send_signal(signal.SIGKILL)
                    break
            last = max([last, *map(int, writer.stdout.read().split())])
        backend = MilvusBackend(Settings(milvus_uri=folder, document_share=0))
        backend.open()
        try:
            batch = [backend.get("x", str(last % 7 + k)) for k in range(3)]
            texts = {one.sections[0].text for one in batch if one is not None}
            assert texts & {f"round {last} of writing", f"round {last + 1} of writing"}
            (there,) = backend.collections()
            assert there.documents == there.passages, "nothing is left of old versions"
            hits = backend.search("writing", None, 20)
            assert len({hit.document_id for hit in hits}) == there.documents == len(hits)
        finally:
            backend.close()
