"""Small services for the stack to start: tiny ASGI apps in a folder of their own, no framework."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.plan import Service, free_port
from deploy.progress import PlainProgress
from deploy.stack import Stack

APPS = """
import asyncio, os, subprocess, sys

READY = b'{"ready": true, "missing": []}'
PARTLY = b'{"ready": true, "missing": [{"part": "atlas", "how": "get atlas", "required": false}]}'
NEVER = b'{"ready": false, "missing": [{"part": "index", "how": "build it", "required": true}]}'


def app(body=READY, status=200, at_shutdown=None):
    async def run(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                event = (await receive())["type"]
                if event == "lifespan.shutdown" and at_shutdown:
                    await at_shutdown()
                await send({"type": event + ".complete"})
                if event == "lifespan.shutdown":
                    return
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})
    return run


def ready():
    return app()


def partly():
    return app(PARTLY)


def never():
    return app(NEVER, 503)


def crashes():
    raise RuntimeError("the atlas is torn")


def hangs_at_shutdown():
    return app(at_shutdown=lambda: asyncio.sleep(1000))


def notes_shutdown():
    async def note():
        with open(os.environ["NOTES"], "a") as file:
            file.write(os.environ["WHO"] + "\\n")
    return app(at_shutdown=note)


def has_a_worker():
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    with open(os.environ["NOTES"], "w") as file:
        file.write(str(worker.pid))
    return app()


def reports_an_error():
    print('{"level": "ERROR", "event": "worker restarted", "error": "OSError"}', file=sys.stderr)
    return app()
"""


class Shown(PlainProgress):
    """Keeps every line that would be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.ended = 0

    def end(self) -> None:
        self.ended += 1

    def line(self, text: str) -> None:
        self.lines.extend(text.splitlines())

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def shown() -> Shown:
    return Shown()


MakeService = Callable[..., Service]


@pytest.fixture
def service() -> MakeService:
    """`service("ready")` is a service on a free port whose app is that function of APPS."""

    def make(factory: str, name: str = "", **environment: str) -> Service:
        return Service(
            name or factory, f"stack_apps:{factory}", free_port(), environment=environment
        )

    return make


MakeStack = Callable[..., Stack]


@pytest.fixture
def stack(tmp_path: Path, shown: Shown) -> MakeStack:
    """`stack(services, **options)` on a data folder of its own, showing its progress in `shown`."""
    (tmp_path / "stack_apps.py").write_text(APPS, encoding="utf-8")
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def make(*services: Service, ready_timeout_s: float = 30.0, grace_s: float = 10.0) -> Stack:
        return Stack(
            services,
            data_dir,
            environ,
            shown,
            ready_timeout_s=ready_timeout_s,
            grace_s=grace_s,
        )

    return make


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"
