"""One stack at a time in a data folder: its logs, its state file and its sessions are one stack's.

Covers: an advisory lock (flock, on Linux and macOS) that ends with the process however that ends,
and naming the stack that holds it. Does not cover: ports (deploy.plan), nor set-up, which may run
beside a stack.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.data_dir import VARIABLE
from deploy.plan import PlanError

LOCK_FILE = "stack.lock"


class AlreadyRunning(PlanError):
    """Another stack has the data folder; the message says which."""


@contextmanager
def only_stack_in(data_dir: Path, url: str) -> Iterator[None]:
    """Hold the folder, leaving our process id and `url` for those who come after.

    The file stays: were it removed, a stack waiting at the old file and one at a new file could
    both hold "the" lock. Children do not inherit it (Python's files are close-on-exec).
    """
    with (data_dir / LOCK_FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AlreadyRunning(
                f"a stack is running on {data_dir} ({file.read().strip() or 'starting'}). "
                f"Use that one, stop it, or give this one a folder of its own: {VARIABLE}=FOLDER"
            ) from error
        file.truncate(0)
        file.write(f"pid {os.getpid()}, {url}\n")
        file.flush()
        yield
