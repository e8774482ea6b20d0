"""The model server's client on a real socket: what only a connection shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from gateway.lm import HttpLanguageModel
from gateway.seams import ModelDeadline
from gateway.transport import Network
from services.contract import BaseRequest, BaseResponse, ResearchRequest, Turn

pytestmark = pytest.mark.anyio

REQUEST = BaseRequest(context=[Turn(role="user", content="x")])
USAGE = {"prompt_tokens": 1, "completion_tokens": 1}
DRAFT = {"response": "hi", "candidates": [], "usage": USAGE, "model": "fake"}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def sse(event: str, data: object) -> bytes:
    framed = f"event: {event}\ndata: {json.dumps(data)}\n\n"
    return f"{len(framed):x}\r\n{framed}\r\n".encode()


DRAFTED = [sse("delta", {"index": 0, "text": "hi"}), sse("done", DRAFT)]


class ModelServer:
    """Streams the same events to each request; waits as long as a number among them says."""

    def __init__(self, *events: bytes | float) -> None:
        self.events, self.connections = events, 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            try:
                await reader.readuntil(b'"stream":true}')
            except asyncio.IncompleteReadError:
                writer.close()
                return
            writer.write(HEAD)
            for event in self.events:
                if isinstance(event, bytes):
                    writer.write(event)
                else:
                    await asyncio.sleep(event)
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
    server = ModelServer(*DRAFTED, 0.001)
    async with listening(server) as model, asyncio.timeout(10):
        assert [await drafted(model) for _ in range(3)] == ["hi"] * 3
    assert server.connections == 1


async def test_a_stream_that_has_said_all_and_does_not_end_is_left() -> None:
    server = ModelServer(*DRAFTED, 60)
    async with asyncio.timeout(10), listening(server) as model:
        assert [await drafted(model) for _ in range(2)] == ["hi"] * 2
    assert server.connections == 2


def chosen(recipient: str, pause_s: float) -> list[bytes | float]:
    """A stream that is silent after its recipient."""
    said = {"recipient": recipient, "text": "hi", "usage": USAGE, "model": "fake"}
    first = sse("recipient", {"recipient": recipient})
    return [first, pause_s, sse("delta", {"index": 0, "text": "hi"}), sse("done", said)]


async def researched(model: HttpLanguageModel) -> list[str]:
    request = ResearchRequest(context=REQUEST.context, base="hi")
    async with aclosing(model.stream_research(request, 0.05, 5)) as events:
        return [type(event).__name__ async for event in events]


async def test_an_answer_may_take_the_time_that_a_query_may_not() -> None:
    async with asyncio.timeout(10), listening(ModelServer(*chosen("User", 0.06))) as model:
        assert await researched(model) == ["RecipientChosen", "Delta", "ResearchResponse"]
    async with asyncio.timeout(10), listening(ModelServer(*chosen("TS", 60))) as model:
        with pytest.raises(ModelDeadline):
            await researched(model)
