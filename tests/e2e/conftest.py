"""The whole product as a user starts it: `groundling up` in a process of its own, on free ports.

Each stack has a data folder of its own; facts that set-up has built are used where they are.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

READY_TIMEOUT_S = 300
STOP_TIMEOUT_S = 30

StartStack = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def start_stack(
    tmp_path_factory: pytest.TempPathFactory, facts_into: Callable[[Path], None]
) -> StartStack:
    """`with start_stack("--scripted") as url:` the gateway's address; Ctrl-C at the end."""

    @contextmanager
    def start(*arguments: str) -> Iterator[str]:
        data_dir = tmp_path_factory.mktemp("data")
        facts_into(data_dir)
        command = [sys.executable, "-m", "groundling.cli", "up", "--free-ports", *arguments]
        process = subprocess.Popen(
            [*command, "--ready-timeout", str(READY_TIMEOUT_S)],
            env={**os.environ, "GROUNDLING_DATA_DIR": str(data_dir)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield _wait(process, data_dir)
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(STOP_TIMEOUT_S)
        assert status == 0

    return start


def _wait(process: subprocess.Popen[str], data_dir: Path) -> str:
    """The gateway's address once the stack says it is ready; it ends by itself when it is not."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("groundling is ready"):
            state = json.loads((data_dir / "stack.json").read_text(encoding="utf-8"))
            return str(state["gateway"]["url"])
    raise AssertionError("the stack did not start:\n" + "".join(said))


@pytest.fixture(scope="session")
def scripted_url(start_stack: StartStack) -> Iterator[str]:
    with start_stack("--scripted") as url:
        yield url
