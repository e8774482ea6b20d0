"""Two gateway processes on one database serve one session as one gateway would."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

pytestmark = pytest.mark.anyio

TURNS = 20
START_S = 60.0


class FakeModelServer:
    """Answers "answer to MESSAGE" on a socket of its own, and remembers the contexts."""

    def __init__(self) -> None:
        self.contexts: dict[str, list[str]] = {}
        """What came before each message."""
        app = FastAPI()
        app.post("/v1/base")(self._base)
        app.post("/v1/research")(self._research)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    def __enter__(self) -> FakeModelServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    async def _base(self, request: dict[str, Any]) -> dict[str, Any]:
        *before, message = [turn["content"] for turn in request["context"]]
        self.contexts[message] = before
        candidates = [{"text": "draft", "scores": None}]
        return {"response": "draft", "candidates": candidates, **_SAID}

    async def _research(self, request: dict[str, Any]) -> dict[str, Any]:
        message = request["context"][-1]["content"]
        return {"recipient": "User", "text": f"answer to {message}", **_SAID}


_SAID = {"usage": {"prompt_tokens": 1, "completion_tokens": 1}, "model": "fake"}


@contextmanager
def gateway(model_url: str, database_url: str, data_dir: Path) -> Iterator[str]:
    """A gateway in a process of its own, killed at the end as if its machine had failed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "MODEL_URL": model_url,
        "DATABASE_URL": database_url,
        "TOOL_URLS": "{}",
        "DATA_DIR": str(data_dir),
        "LOG_LEVEL": "WARNING",
        "SESSION_LEASE_MS": "2000",
    }
    where = ["gateway.app:build", "127.0.0.1", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.serve", *where],
        env={**os.environ, **{f"GROUNDLING_GATEWAY_{key}": text for key, text in own.items()}},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def _wait(url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            httpx.get(f"{url}/healthz", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the gateway does not answer")


@pytest.fixture
def gateways(database_url: str, tmp_path: Path) -> Iterator[tuple[FakeModelServer, list[str]]]:
    """Both start at once, on an empty database."""
    with (
        FakeModelServer() as model,
        gateway(model.url, database_url, tmp_path / "a") as one,
        gateway(model.url, database_url, tmp_path / "b") as two,
    ):
        for url in (one, two):
            _wait(url)
        yield model, [one, two]


async def test_turns_sent_to_both_at_once_are_all_stored_one_after_another(
    gateways: tuple[FakeModelServer, list[str]],
) -> None:
    model, urls = gateways

    async with httpx.AsyncClient(trust_env=False, timeout=60.0) as client:

        async def say(n: int, **more: Any) -> httpx.Response:
            body = {"message": f"turn {n}", **more}
            return await client.post(f"{urls[n % 2]}/v1/chat", json=body)

        session_id = (await say(0)).json()["session_id"]
        later = [say(n, session_id=session_id) for n in range(1, TURNS)]
        answers = await asyncio.gather(*later)
        session = (await client.get(f"{urls[0]}/v1/sessions/{session_id}")).json()
        listed = (await client.get(f"{urls[1]}/v1/sessions")).json()["sessions"]
    assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers]
    dialog: list[str] = []
    for turn in session["turns"]:
        message = turn["message"]
        assert model.contexts[message] == dialog[-len(model.contexts[message]) :]
        assert len(model.contexts[message]) == min(len(dialog), 16)
        dialog += [message, f"answer to {message}"]
    assert sorted(dialog[::2]) == sorted(f"turn {n}" for n in range(TURNS))
    assert [(one["session_id"], one["turns"]) for one in listed] == [(session_id, TURNS)]
