"""A small app behind the real guard and chassis, with keys in a database of its own.

Its routes have the gateway's paths and do next to nothing: what they answer says that the caller
came in, and as whom. Time is the test's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from gateway.access.cors import add_cors
from gateway.access.guard import guard
from gateway.access.keys import KeyStore, NewKey
from gateway.access.principal import owner_of
from gateway.database.transactions import Database
from gateway.settings import Settings
from services.chassis import create_app
from services.contract import Missing

THIS_MACHINE = ("127.0.0.1", 50000)


@dataclass
class Time:
    """Both clocks of the guard; a test moves them on."""

    passed_s: float = 0.0

    def clock(self) -> float:
        return self.passed_s

    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self.passed_s)


@dataclass
class Turn:
    """The work of /v1/chat: with the header `x-test: wait` it goes on until the test ends it."""

    bodies: list[bytes] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, request: Request) -> None:
        if request.headers.get("x-test") == "wait":
            self.begun.set()
            await self.may_end.wait()

    async def pieces(self, request: Request) -> AsyncIterator[bytes]:
        yield b"first"
        await self.run(request)


@dataclass
class Gate:
    """The app, its keys, its time and its one turn."""

    app: FastAPI
    keys: KeyStore
    database: Database
    time: Time
    turn: Turn

    def client(self, peer: Any = THIS_MACHINE, host: str = "localhost:8080") -> httpx.AsyncClient:
        """Somebody at an address, calling the gateway by a name."""
        transport = httpx.ASGITransport(self.app, client=peer)
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")

    async def key(self, *scopes: Any, **limits: Any) -> dict[str, str]:
        """The headers of a new key; no scope named: all of them."""
        asked = NewKey("test", scopes, **limits) if scopes else NewKey("test", **limits)
        _, token = await self.keys.create(asked)
        return {"authorization": f"Bearer {token.text}"}


MakeGate = Callable[..., Awaitable[Gate]]


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[MakeGate]:
    """`await gate(**settings)`: a gate with these settings; several share one database."""
    opened: list[Database] = []

    async def make(**changed: Any) -> Gate:
        settings = Settings(log_level="CRITICAL", data_dir=tmp_path, **changed)
        database, time, turn = Database(settings), Time(), Turn()
        opened.append(database)
        await database.open()
        keys = KeyStore(database, time.now)
        held = guard(settings, keys, clock=time.clock, now=time.now)
        app = create_app("gateway", settings, summary="s", readiness=_ready, guard=held)
        add_cors(app, settings)
        _add_routes(app, turn)
        return Gate(app, keys, database, time, turn)

    yield make
    for database in opened:
        await database.close()


async def _ready() -> Sequence[Missing]:
    return []


def _add_routes(app: FastAPI, turn: Turn) -> None:
    @app.get("/")
    async def page() -> str:
        return "page"

    @app.get("/v1/models")
    @app.get("/v1/roles")
    @app.get("/v1/tools")
    @app.get("/v1/sessions")
    @app.get("/v1/sessions/{session_id}")
    async def whose(request: Request) -> str:
        return owner_of(request)

    @app.post("/v1/chat", response_model=None)
    @app.post("/v1/chat/completions", response_model=None)
    @app.post("/v1/toolset", response_model=None)
    async def run(request: Request) -> str | StreamingResponse:
        turn.bodies.append(await request.body())
        if request.query_params.get("stream"):
            return StreamingResponse(turn.pieces(request))
        await turn.run(request)
        return owner_of(request)
