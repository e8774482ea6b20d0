"""A PostgreSQL server of the benchmark's own, where one is installed.

Covers: finding initdb, a cluster in a temporary folder that listens on a free port of this machine
only, and its end. Does not cover: tuning; it runs as initdb makes it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_LIMIT_S = 30
USER = "postgres"


def programs() -> Path | None:
    """The folder of initdb and postgres; None: not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database. Raise RuntimeError where there is no server to start."""
    folder = programs()
    if folder is None:
        raise RuntimeError("PostgreSQL's server is not installed (initdb was not found)")
    # The server refuses to run as root; its package brings a user of its own.
    account = pwd.getpwnam(USER) if os.geteuid() == 0 else None
    user = account.pw_uid if account is not None else None
    with tempfile.TemporaryDirectory(prefix="groundling-bench-") as data, _free_port() as port:
        if account is not None:
            os.chown(data, account.pw_uid, account.pw_gid)
        cluster = f"{data}/cluster"
        subprocess.run(
            [
                folder / "initdb",
                "-D",
                cluster,
                "-U",
                USER,
                "--auth=trust",
                "--no-locale",
                "-E",
                "UTF8",
            ],
            check=True,
            capture_output=True,
            user=user,
            cwd=data,
        )
        process = subprocess.Popen(
            [folder / "postgres", "-D", cluster, "-p", str(port), "-h", "127.0.0.1", "-k", data],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd=data,
        )
        try:
            _wait_until_ready(port, process)
            yield f"postgresql+asyncpg://{USER}@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def _free_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield port


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            time.sleep(0.5)  # it listens a little before it lets anyone in
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start")
