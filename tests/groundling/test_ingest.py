"""groundling.ingest and its parts, against a service of our own behind httpx's mock transport."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from groundling.cli import main
from groundling.ingest import Ingest
from groundling.ingest_client import DocumentsClient, NotAllowed, ServiceGone
from groundling.ingest_files import Choice, Found, walk
from groundling.ingest_journal import FILE, Entry, Journal
from groundling.ingest_parser import FileError, Parser

ENDINGS = (".txt", ".jsonl", ".csv", ".xml", ".pdf")


class Service:
    """The documents API, in a dictionary; answers in `failures` come first."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.failures: list[httpx.Response | Exception] = []
        self.batches: list[int] = []
        self.refuse = ""
        self.down_after: int | None = None
        self.key: str | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return error(401, "unauthorized", "needs a key")
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        path = unquote(request.url.raw_path.decode().partition("?")[0])
        if request.method == "POST":
            return self._post(json.loads(request.content))
        if path == "/v1/collections":
            row = {"name": "default", "documents": len(self.kept), "passages": len(self.kept)}
            return httpx.Response(200, json={"collections": [row]})
        if path.startswith("/v1/documents/"):
            found = path.removeprefix("/v1/documents/") in self.kept
            return httpx.Response(200, json={}) if found else error(404, "not_found", "none")
        self.kept.clear()
        return httpx.Response(200, json={"collection": "default", "deleted": 1})

    def _post(self, body: Any) -> httpx.Response:
        documents = body["documents"]
        if self.down_after is not None and len(self.batches) >= self.down_after:
            raise httpx.ConnectError("refused")
        if any(self.refuse and self.refuse in json.dumps(one) for one in documents):
            return error(422, "invalid_request", "documents.0: is not liked")
        self.batches.append(len(documents))
        outcomes = []
        for one in documents:
            before = self.kept.get(one["id"])
            self.kept[one["id"]] = one
            outcome = "created" if before is None else "replaced"
            outcomes.append("unchanged" if before == one else outcome)
        rows = [
            {"id": one["id"], "outcome": outcome, "passages": 1}
            for one, outcome in zip(documents, outcomes, strict=True)
        ]
        return httpx.Response(200, json={"collection": "default", "documents": rows})


def error(status: int, code: str, message: str) -> httpx.Response:
    detail = {"code": code, "message": message, "request_id": "r"}
    return httpx.Response(status, json={"error": detail})


class Silent:
    """Progress that nobody sees."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None: ...
    def total(self, files: int, size: int) -> None: ...
    def note(self, text: str) -> None: ...
    def at(self, name: str, files: int, size: int, documents: int) -> None:
        self.sizes.append(size)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def ingest(service: Service, tmp_path: Path) -> Iterator[Callable[..., Ingest]]:
    """`ingest(path, …)`: one run over them with the journal of this test."""

    with Parser() as parser, client_of(service) as client:

        def run(*paths: Path, base_url: str | None = None) -> Ingest:
            found = walk(paths, Choice(ENDINGS, base_url=base_url))
            with closing_journal(tmp_path) as journal:
                one = Ingest(client, parser, journal, "default", Silent())
                one.report.failures += found.failures
                try:
                    one.run(found.files)
                except ServiceGone:
                    one.report.failures.append(("service", "gone"))
                return one

        yield run


def client_of(service: Service, **given: Any) -> DocumentsClient:
    transport = httpx.MockTransport(service)
    return DocumentsClient(
        "http://service.test", transport=transport, sleep=lambda _: None, **given
    )


def closing_journal(folder: Path) -> Journal:
    return Journal(folder / "journal", "http://service.test", "default")


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def lines(count: int, text: str = "text") -> str:
    return "".join(json.dumps({"text": f"{text} {n}", "id": str(n)}) + "\n" for n in range(count))


# --- whole runs -------------------------------------------------------------------------------


def test_files_become_documents_and_the_same_again_changes_nothing(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    folder = write(tmp_path / "f", a_txt="Hello.", b_csv="title\nX\nY\n")
    first = ingest(folder).report
    assert dict(first.outcomes) == {"created": 3}
    assert sorted(service.kept) == sorted(
        [(folder / "a.txt").as_uri(), *(f"{(folder / 'b.csv').as_uri()}#row={n}" for n in (1, 2))]
    )
    second = ingest(folder).report
    assert (dict(second.outcomes), second.skipped) == ({}, 2)
    os.utime(folder / "a.txt", ns=(1, 1))
    assert dict(ingest(folder).report.outcomes) == {"unchanged": 1}
    (folder / "a.txt").write_text("Changed.")
    assert dict(ingest(folder).report.outcomes) == {"replaced": 1}


def test_a_file_that_fails_is_reported_tried_again_and_stops_no_other(
    ingest: Callable[..., Ingest], tmp_path: Path
) -> None:
    folder = write(tmp_path / "f", a_pdf="junk", b_txt="Good.", c_txt="")
    for outcomes in ({"created": 1}, {}):
        report = ingest(folder, tmp_path / "none").report
        assert dict(report.outcomes) == outcomes
        assert [Path(name).name for name, _ in report.failures] == ["none", "a.pdf", "c.txt"]


def test_a_bad_line_is_reported_every_time_and_the_others_come_in(
    ingest: Callable[..., Ingest], tmp_path: Path
) -> None:
    folder = write(tmp_path / "f", d_jsonl='{"text": "a"}\nbad\n{"text": "b"}\n')
    for outcomes, skipped in (({"created": 2}, 0), ({}, 1)):
        report = ingest(folder).report
        assert (dict(report.outcomes), report.skipped) == (outcomes, skipped)
        ((_, reason),) = report.failures
        assert reason.startswith("line 2: is not JSON")


def test_batches_are_bounded_by_count_and_by_size(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    ingest(write(tmp_path / "f", d_jsonl=lines(450)))
    assert service.batches == [200, 200, 50]
    service.batches.clear()
    big = "".join(json.dumps({"text": "x" * 1_500_000, "id": f"b{n}"}) + "\n" for n in range(5))
    ingest(write(tmp_path / "g", d_jsonl=big))
    assert service.batches == [2, 2, 1]


def test_one_id_twice_is_never_in_one_batch(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    text = '{"id": "a", "text": "one"}\n{"id": "a", "text": "two"}\n'
    report = ingest(write(tmp_path / "f", d_jsonl=text)).report
    assert service.batches == [1, 1]
    assert dict(report.outcomes) == {"created": 1, "replaced": 1}


def test_a_document_the_service_refuses_is_left_out_alone_and_tried_again(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    folder = write(tmp_path / "f", d_jsonl=lines(100))
    service.refuse = "text 37"
    report = ingest(folder).report
    assert dict(report.outcomes) == {"created": 99}
    ((_, reason),) = report.failures
    assert "'text 37'" in reason
    assert "is not liked" in reason
    service.refuse = ""
    assert dict(ingest(folder).report.outcomes) == {"unchanged": 99, "created": 1}


# --- stopping and going on --------------------------------------------------------------------


def test_a_run_that_broke_off_goes_on_after_what_was_acknowledged(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    folder = write(tmp_path / "f", d_jsonl=lines(1_000))
    service.down_after = 2
    assert ingest(folder).report.failures == [("service", "gone")]
    assert len(service.kept) == 400
    service.down_after = None
    assert dict(ingest(folder).report.outcomes) == {"created": 600}
    assert len(service.kept) == 1_000


def test_a_problem_before_the_break_is_told_once_in_each_run(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    text = "bad\n" + lines(300) + "worse\n" + lines(300, "more")
    folder = write(tmp_path / "f", d_jsonl=text)
    service.down_after = 1
    ingest(folder)
    service.down_after = None
    for _ in range(2):
        reasons = [reason.partition(":")[0] for _, reason in ingest(folder).report.failures]
        assert reasons == ["line 1", "line 302"]


def test_what_the_service_has_lost_is_sent_again(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    folder = write(tmp_path / "f", a_txt="Hello.", d_jsonl=lines(300))
    ingest(folder)
    service.kept.clear()
    report = ingest(folder).report
    assert (dict(report.outcomes), report.skipped) == ({"created": 301}, 0)


def test_a_half_done_file_of_a_collection_that_is_gone_starts_over(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    folder = write(tmp_path / "f", d_jsonl=lines(500))
    service.down_after = 1
    ingest(folder)
    service.kept.clear()
    service.down_after = None
    assert dict(ingest(folder).report.outcomes) == {"created": 500}


def test_other_addresses_for_the_files_mean_other_documents(
    ingest: Callable[..., Ingest], service: Service, tmp_path: Path
) -> None:
    folder = write(tmp_path / "f" / "sub dir", a_txt="Hello.").parent
    ingest(folder)
    report = ingest(folder, base_url="https://e.org/docs/").report
    assert dict(report.outcomes) == {"created": 1}
    assert service.kept["https://e.org/docs/sub%20dir/a.txt"]["url"] == (
        "https://e.org/docs/sub%20dir/a.txt"
    )


def test_a_damaged_journal_is_made_anew(tmp_path: Path) -> None:
    file = Found(tmp_path / "a", "a", None, 1, 1)
    with closing_journal(tmp_path) as journal:
        journal.save([(file, Entry(3, "x", True))])
    with closing_journal(tmp_path) as journal:
        assert journal.find(file) == Entry(3, "x", True)
    (tmp_path / "journal" / FILE).write_bytes(b"garbage " * 1_000)
    with closing_journal(tmp_path) as journal:
        assert journal.problem is None
        assert journal.find(file) is None


def test_without_a_folder_to_write_a_run_goes_on_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file in its place")
    with closing_journal(tmp_path) as journal:
        assert journal.problem is not None
        journal.save([(Found(tmp_path, "a", None, 1, 1), Entry(1))])


# --- files ------------------------------------------------------------------------------------


def names(found: list[Found]) -> list[str]:
    return [file.path.name for file in found]


def test_hidden_files_and_unread_kinds_are_counted_and_links_in_circles_end(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", b_txt="b", a_txt="a", x_png="x", y_png="y")
    (folder / ".hidden").write_text("h")
    write(folder / ".git", c_txt="c")
    write(folder / "sub", d_txt="d")
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "z.txt").symlink_to(folder / "a.txt")
    (folder / "gone.txt").symlink_to(folder / "nothing")
    found = walk([folder, folder / "a.txt"], Choice(ENDINGS))
    assert names(found.files) == ["a.txt", "b.txt", "d.txt"]
    assert (found.hidden, dict(found.unsupported)) == (2, {".png": 2})
    assert found.failures == [(str(folder / "gone.txt"), "No such file or directory")]


def test_a_link_to_itself_is_reported_and_hides_nothing_else_of_its_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", a_txt="a", z_txt="z")
    write(folder / "sub", d_txt="d")
    for name in ("loop", "loop.txt", ".hidden"):
        (folder / name).symlink_to(name)
    found = walk([folder], Choice(ENDINGS))
    assert names(found.files) == ["a.txt", "z.txt", "d.txt"]
    assert [name for name, _ in found.failures] == [str(folder / "loop"), str(folder / "loop.txt")]
    assert found.hidden == 1


def test_globs_choose_by_name_and_by_way(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", a_txt="a", b_csv="b")
    write(folder / "old", c_txt="c")
    assert names(walk([folder], Choice(ENDINGS, include=["*.txt"])).files) == ["a.txt", "c.txt"]
    assert names(walk([folder], Choice(ENDINGS, include=["old/*"])).files) == ["c.txt"]
    found = walk([folder], Choice(ENDINGS, exclude=["old", "*.csv"]))
    assert (names(found.files), found.excluded) == (["a.txt"], 2)


def test_what_is_named_is_taken_even_if_hidden_or_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / ".x.txt").write_text("x")
    (tmp_path / "y.png").write_text("y")
    found = walk([tmp_path / ".x.txt", tmp_path / "y.png"], Choice(ENDINGS))
    assert names(found.files) == [".x.txt", "y.png"]


# --- the parser's process ---------------------------------------------------------------------

FAKE = """
import json, os, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    name, after = os.path.basename(asked["path"]), asked["after"]
    for n in range(after + 1, 6):
        print(json.dumps({"at": n, "read": n}), flush=True)
        if n == 3 and name == "crash": os.kill(os.getpid(), 9)
        if n == 3 and name == "hang": time.sleep(600)
        if n == 3 and name == "garbage": print("{", end="", flush=True); sys.exit(4)
        print(json.dumps({"at": n, "read": n, "document": {"id": f"{name}{n}"}}), flush=True)
    print(json.dumps({"end": None}), flush=True)
"""
STUCK = "import sys, time; sys.stdin.readline(); time.sleep(600)"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("crash", "signal 9"), ("hang", "no more of it was read within 1 s"), ("garbage", "status 4")],
)
def test_a_page_that_ends_the_parser_is_left_out_and_the_rest_is_read(
    name: str, reason: str
) -> None:
    with Parser([sys.executable, "-c", FAKE], silence_s=1.0) as parser:
        found = list(parser.read(Path(name), None))
        after = list(parser.read(Path("fine"), None))
    assert [one.document["id"][-1] for one in found if one.document] == ["1", "2", "4", "5"]
    (problem,) = [one.problem for one in found if one.problem]
    assert problem.startswith("page 3 is left out: ")
    assert reason in problem
    assert len([one for one in after if one.document]) == 5


def test_a_file_that_ends_the_parser_at_once_is_an_error_of_that_file() -> None:
    with (
        Parser([sys.executable, "-c", STUCK], silence_s=0.5) as parser,
        pytest.raises(FileError, match="no more of it was read"),
    ):
        list(parser.read(Path("a"), None))


def test_the_parser_names_the_endings_it_reads() -> None:
    assert {".txt", ".pdf", ".xml.bz2"} <= set(Parser().endings())


# --- the service ------------------------------------------------------------------------------

DOCUMENT = {"id": "a", "title": "A", "url": None, "sections": [{"heading": "", "text": "x"}]}


@pytest.mark.parametrize(
    "failure",
    [
        error(429, "overloaded", "busy"),
        error(503, "unavailable", "loading"),
        error(504, "deadline", "late"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("restarting"),
        httpx.RemoteProtocolError("broke off"),
    ],
)
def test_a_busy_or_restarting_service_is_waited_for(
    service: Service, failure: httpx.Response | Exception
) -> None:
    service.failures = [failure, failure]
    with client_of(service) as client:
        assert dict(client.put("default", [DOCUMENT])) == {"created": 1}


def test_patience_ends_and_grows_slower_as_the_service_asks(service: Service) -> None:
    slept: list[float] = []
    busy = error(429, "overloaded", "busy")
    busy.headers["retry-after"] = "7"
    service.failures = [busy] * 1_000
    transport = httpx.MockTransport(service)
    with (
        DocumentsClient("http://s.test", transport=transport, sleep=slept.append) as client,
        pytest.raises(ServiceGone, match="busy"),
    ):
        client.put("default", [DOCUMENT])
    assert slept[0] == 7
    assert max(slept) <= 15
    assert 120 <= sum(slept) <= 140


def test_a_wrong_key_or_another_kind_of_server_ends_the_run(service: Service) -> None:
    service.key = "secret"
    with client_of(service) as client, pytest.raises(NotAllowed, match="--api-key"):
        client.collections()
    with client_of(service, api_key="old") as client, pytest.raises(NotAllowed, match="accept"):
        client.collections()
    with client_of(service, api_key="secret") as client:
        assert [one.name for one in client.collections()] == ["default"]
    for other in (httpx.Response(404, text="<html>"), error(404, "not_found", "no such path")):
        service.failures = [other]
        with (
            client_of(service, api_key="secret") as client,
            pytest.raises(NotAllowed, match="is it a retrieval service"),
        ):
            client.collections()


# --- the command ------------------------------------------------------------------------------


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An address where nothing answers."""
    import socket  # noqa: PLC0415

    monkeypatch.setenv("GROUNDLING_DATA_DIR", str(tmp_path / "data"))
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_without_a_service_one_line_says_how_to_start_it(
    nobody: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", str(tmp_path), "--url", nobody]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert f"no retrieval service answers at {nobody}" in said.err
    assert "groundling up" in said.err


@pytest.mark.parametrize(
    "options",
    [
        ["--collection", "Not OK"],
        ["--collection", "facts"],
        ["--url", "nope"],
        ["--base-url", "/x"],
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ingest", str(tmp_path), *options])
    assert ended.value.code == 2
    assert options[0] in capsys.readouterr().err
