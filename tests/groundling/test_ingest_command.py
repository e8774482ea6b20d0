"""`groundling ingest` as its users run it: a process, a folder, a service on a port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


class Server(ThreadingHTTPServer):
    """Keeps what is posted; the batch numbered `hold` waits for `release` and is dropped."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kept: dict[str, Any] = {}
        self.batches = 0
        self.hold = 0
        self.held = threading.Event()
        self.release = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path == "/v1/collections":
            rows = [{"name": "c", "documents": len(self.server.kept), "passages": 1}]
            self._answer(200, {"collections": rows})
        else:
            self._answer(200, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.batches += 1
        if self.server.batches == self.server.hold:
            self.server.held.set()
            self.server.release.wait(30)
            self.close_connection = True  # nothing of it is kept
            return
        rows = []
        for one in body["documents"]:
            outcome = "unchanged" if self.server.kept.get(one["id"]) == one else "created"
            self.server.kept[one["id"]] = one
            rows.append({"id": one["id"], "outcome": outcome, "passages": 1})
        self._answer(200, {"collection": body["collection"], "documents": rows})

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    thread = threading.Thread(target=one.serve_forever)
    thread.start()
    yield one
    one.release.set()
    one.shutdown()
    thread.join()
    one.server_close()


def start(server: Server, tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "groundling.cli", "ingest", str(tmp_path / "files")]
    command += ["--collection", "c", "--url", server.url, *arguments]
    environ = {**os.environ, "GROUNDLING_DATA_DIR": str(tmp_path / "data")}
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(server: Server, tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
    with start(server, tmp_path, *arguments) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_what_came_in_what_was_left_out_and_what_failed_is_told(
    server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\nText.")
    (folder / "b.csv").write_text("title\nX\nY\n")
    (folder / "c.txt").write_bytes(bytes(range(256)) * 10)
    (folder / "d.png").write_bytes(b"x")
    (folder / ".e").write_text("hidden")
    status, out, err = run(server, tmp_path)
    assert status == 1
    assert out.splitlines() == [
        "documents in c: 3 created, 0 replaced, 0 unchanged, 1 failed",
        "files: 3 read; left out: 1 hidden, 1 of kinds that are not read (1 .png)",
    ]
    assert err.splitlines() == [f"failed: {folder / 'c.txt'}: is binary, not text"]
    (folder / "c.txt").unlink()
    status, out, err = run(server, tmp_path)
    assert (status, err) == (0, "")
    assert "2 ingested before and not changed" in out
    status, out, _ = run(server, tmp_path, "--again")
    assert status == 0
    assert "3 unchanged" in out


def test_after_ctrl_c_the_same_command_goes_on(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    lines = (json.dumps({"text": f"text {n}", "id": str(n)}) for n in range(1_000))
    (folder / "d.jsonl").write_text("\n".join(lines))
    server.hold = 3
    with start(server, tmp_path) as process:
        assert server.held.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    server.release.set()
    assert process.returncode == 130
    assert "stopped; 0 of 1 files are done; the same command goes on from here" in err
    assert "400 created" in out
    status, out, err = run(server, tmp_path)
    assert (status, err) == (0, "")
    assert "600 created, 0 replaced, 0 unchanged" in out
    assert len(server.kept) == 1_000
