"""A PostgreSQL server of the tests' own, and databases that go away and come back.

Covers: finding the programs, starting, stopping. Does not cover: who uses it (conftest.py).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from glob import glob
from itertools import count
from pathlib import Path
from typing import Any

PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/p*/bin")
PROGRAMS = ("initdb", "postgres", "pg_isready", "createdb")
START_S = 60.0
STOP_S = 30.0
OPTIONS = ("fsync=off", "max_connections=60", "shared_buffers=16MB", "log_min_messages=fatal")


def postgresql_programs() -> Path | None:
    """The folder of initdb and postgres, the newest one if there are several."""
    on_path = shutil.which("pg_ctl")
    found = [Path(folder) for place in PLACES for folder in sorted(glob(place))]
    if on_path is not None:
        found.append(Path(on_path).resolve().parent)
    whole = (folder for folder in reversed(found) if all((folder / p).exists() for p in PROGRAMS))
    return next(whole, None)


class PostgresServer:
    """A server on a free port of 127.0.0.1. initdb refuses root: then it runs as another user."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="groundling-pg-"))
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            name = "postgres" if self._run(["id", "postgres"]) == 0 else "nobody"
            self._user = {"user": name, "group": None, "extra_groups": []}
            shutil.chown(self.folder, user=name)
        self.port = _free_port()
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        made = ["-D", str(self.folder / "data"), "-U", "test", "-A", "trust", "-E", "UTF8", "-N"]
        assert self._run([str(programs / "initdb"), *made, "--locale=C"]) == 0

    def start(self) -> None:
        options = [word for option in OPTIONS for word in ("-c", option)]
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self.folder / "data", *where, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **self._user,
        )
        until = time.monotonic() + START_S
        while self._run([str(self._programs / "pg_isready"), *where[:4]]) != 0:
            assert self._process.poll() is None, "the server has ended"
            assert time.monotonic() < until, "the server is not ready"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: fast, SIGQUIT: immediately, as if its machine had failed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STOP_S)

    def new_database(self) -> str:
        name = f"test{next(self._numbers)}"
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "test"]
        assert self._run([str(self._programs / "createdb"), *where, name]) == 0
        return f"postgresql://test@127.0.0.1:{self.port}/{name}"

    def _run(self, command: list[str]) -> int:
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, timeout=60, check=False, **self._user
        )
        return done.returncode


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SqliteOutage:
    """The file is moved away, with a folder in its place, and moved back."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = file.with_suffix(".kept")

    def begin(self) -> None:
        self._file.rename(self._kept)
        self._file.mkdir()

    def end(self) -> None:
        self._file.rmdir()
        self._kept.rename(self._file)


class PostgresOutage:
    """The server ends as if its machine had failed, and is started again."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def begin(self) -> None:
        self._server.stop(signal.SIGQUIT)

    def end(self) -> None:
        self._server.start()
