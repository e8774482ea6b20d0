"""services.retrieval.parse.worker and __main__: parsing in a process that can be ended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.retrieval.documents.model import Document, Section
from services.retrieval.parse import worker
from services.retrieval.parse.record import Limits, ParseError
from services.retrieval.parse.worker import COMMAND, ParseTimeout, parse_in_worker

MEMORY = 512 * 2**20
MakeDump = Callable[..., str]


def ask(*files: dict[str, Any]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps(one) + "\n" for one in files)
    run = subprocess.run(COMMAND, input=lines.encode(), capture_output=True, check=True, timeout=60)
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_an_upload_comes_back_as_documents() -> None:
    data = "title,Höhe\nA,1\nB,2\n".encode()
    assert parse_in_worker(data, "text/csv", "t", 60, MEMORY, url="https://e.org/t") == [
        Document(
            "https://e.org/t#row=1", "A", "https://e.org/t", (Section("", "title: A\nHöhe: 1"),)
        ),
        Document(
            "https://e.org/t#row=2", "B", "https://e.org/t", (Section("", "title: B\nHöhe: 2"),)
        ),
    ]


def test_a_file_that_cannot_be_read_is_a_parse_error_with_its_reason() -> None:
    with pytest.raises(ParseError, match="damaged or no PDF"):
        parse_in_worker(b"%PDF-junk", "application/pdf", "r", 60, MEMORY)


def test_limits_reach_the_process() -> None:
    with pytest.raises(ParseError, match="at most 3 are allowed"):
        parse_in_worker(b"long", "text/plain", "r", 60, MEMORY, limits=Limits(document_chars=3))


def test_parsing_is_cut_at_its_deadline() -> None:
    with pytest.raises(ParseTimeout, match=r"within 0\.01 s"):
        parse_in_worker(b"text", "text/plain", "r", 0.01, MEMORY)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process's memory")
def test_parsing_is_cut_at_its_memory_bound() -> None:
    with pytest.raises(ParseError, match="needs more memory"):
        parse_in_worker(b"x" * 60_000_000, "text/plain", "r", 60, 128 * 2**20)


@pytest.mark.parametrize(
    ("program", "how"),
    [
        ("import os; os.kill(os.getpid(), 11)", "signal 11"),
        ("import sys; sys.exit(3)", "exit status 3"),
        ("print('{\"at\": 1', end='')", "exit status 0"),
    ],
)
def test_a_parser_that_dies_is_an_error_of_its_file(
    monkeypatch: pytest.MonkeyPatch, program: str, how: str
) -> None:
    monkeypatch.setattr(worker, "COMMAND", (sys.executable, "-c", program))
    with pytest.raises(ParseError, match=how):
        parse_in_worker(b"text", "text/plain", "r", 60, MEMORY)


def test_files_are_answered_in_order_and_one_that_fails_is_no_end(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("good")
    (tmp_path / "b.pdf").write_text("bad")
    answers = ask(
        {"path": str(tmp_path / "b.pdf"), "url": None},
        {"path": str(tmp_path / "none.txt")},
        {"path": str(tmp_path / "a.txt"), "url": "https://e.org/a", "after": 0},
    )
    assert [answer.get("end", "document") for answer in answers] == [
        "is not what its name or type says, not PDF",
        "cannot be read: No such file or directory",
        "document",
        None,
    ]
    assert answers[2]["document"]["id"] == "https://e.org/a"


def test_a_module_in_the_users_folder_is_never_imported(tmp_path: Path) -> None:
    (tmp_path / "csv.py").write_text("raise SystemExit('imported')")
    (tmp_path / "a.txt").write_text("good")
    run = subprocess.run(
        COMMAND,
        input=json.dumps({"path": "a.txt"}).encode() + b"\n",
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert b'"document"' in run.stdout


MEASURE = """
import resource, runpy, sys
from pathlib import Path
sys.argv = ["parse"]
runpy.run_module("services.retrieval.parse", run_name="__main__", alter_sys=True)
if sys.platform == "linux":  # there ru_maxrss counts the process this one was forked from
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak, file=sys.stderr)
"""


def test_a_dump_of_60_megabytes_is_read_in_less_than_150_of_memory(
    tmp_path: Path, make_dump: MakeDump
) -> None:
    sentence = "The '''[[Nile]]''' is [[length|long]]{{cite|x}} and flows <ref>a</ref>north. "
    article = "\n\n".join([f"== Part {n} ==\n{sentence * 20}" for n in range(12)])
    head, _, rest = make_dump(("TITLE", article)).partition("<page>")
    page = "<page>" + rest.removesuffix("</mediawiki>\n")
    path = tmp_path / "big.xml"
    count = 60_000_000 // len(page)
    with path.open("w") as file:
        file.write(head)
        for number in range(count):
            file.write(page.replace("TITLE", f"Page {number}"))
        file.write("</mediawiki>")
    assert path.stat().st_size > 59_000_000
    process = subprocess.Popen(
        [sys.executable, "-c", MEASURE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(json.dumps({"path": str(path)}).encode() + b"\n")
    process.stdin.close()
    found, line = 0, b""
    for line in process.stdout:
        found += b'"document"' in line
    peak_bytes = int(process.stderr.read().split()[-1])
    process.wait(60)
    assert json.loads(line) == {"end": None}
    assert found == count
    assert peak_bytes < 150 * 2**20
