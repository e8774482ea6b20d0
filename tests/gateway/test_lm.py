"""The model server's client on a real socket: what only a connection shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from gateway.lm import HttpLanguageModel
from gateway.transport import Network
from services.contract import BaseRequest, BaseResponse, Turn

pytestmark = pytest.mark.anyio

REQUEST = BaseRequest(context=[Turn(role="user", content="x")])
DRAFT = {
    "response": "hi",
    "candidates": [],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    "model": "fake",
}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class ModelServer:
    """Streams one draft to each request, its end `late_s` after its last event."""

    def __init__(self, late_s: float) -> None:
        self.late_s, self.connections = late_s, 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            try:
                await reader.readuntil(b'"stream":true}')
            except asyncio.IncompleteReadError:
                writer.close()
                return
            delta = {"index": 0, "text": "hi"}
            said = f"event: delta\ndata: {json.dumps(delta)}\n\n"
            said += f"event: done\ndata: {json.dumps(DRAFT)}\n\n"
            writer.write(HEAD + f"{len(said):x}\r\n{said}\r\n".encode())
            await writer.drain()
            await asyncio.sleep(self.late_s)
            writer.write(b"0\r\n\r\n")


@asynccontextmanager
async def listening(server: ModelServer) -> AsyncIterator[HttpLanguageModel]:
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    network = Network()
    port = listener.sockets[0].getsockname()[1]
    try:
        yield HttpLanguageModel(network, f"http://127.0.0.1:{port}", 10_000)
    finally:
        await network.aclose()
        listener.close()
        await listener.wait_closed()


async def drafted(model: HttpLanguageModel) -> str:
    async with aclosing(model.stream_base(REQUEST, 5)) as events:
        async for event in events:
            if isinstance(event, BaseResponse):
                return event.response
    raise AssertionError


async def test_a_stream_that_was_read_leaves_its_connection_to_the_next() -> None:
    server = ModelServer(late_s=0.001)
    async with listening(server) as model, asyncio.timeout(10):
        assert [await drafted(model) for _ in range(3)] == ["hi"] * 3
    assert server.connections == 1


async def test_a_stream_that_has_said_all_and_does_not_end_is_left() -> None:
    server = ModelServer(late_s=60)
    async with asyncio.timeout(10), listening(server) as model:
        assert [await drafted(model) for _ in range(2)] == ["hi"] * 2
    assert server.connections == 2
