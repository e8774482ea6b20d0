"""Streamed completions that break in the middle, and clients that leave there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openai import APIError, AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

pytestmark = pytest.mark.anyio

WHEN: list[ChatCompletionMessageParam] = [{"role": "user", "content": "When was it opened?"}]


@pytest.mark.parametrize("choices", [1, 2])
async def test_a_model_that_fails_in_the_middle_is_an_api_error(
    choices: int, app: FastAPI, world: Any, asking: Any, read: Any
) -> None:
    async def broken(body: dict[str, Any]) -> Any:
        if "base" in body:
            raise httpx.RemoteProtocolError("nonsense")
        return "the draft"

    world.model.extend([broken] * 2 * choices)
    async with asking(app) as client:
        stream = await client.chat.completions.create(
            model="groundling", messages=WHEN, stream=True, n=choices
        )
        chunks: list[ChatCompletionChunk] = []
        with pytest.raises(APIError) as caught:
            await read(stream, chunks)
    assert {choice.delta.content for chunk in chunks for choice in chunk.choices} == {""}
    assert (caught.value.type, caught.value.code) == ("server_error", "upstream")
    assert "model server" in caught.value.message


async def test_a_model_server_that_goes_away_in_the_middle_of_the_answer_is_an_api_error_after_it(
    app: FastAPI, world: Any, asking: Any, text_of: Any, read: Any
) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'event: recipient\ndata: {"recipient": "User"}\n\n'
        yield b'event: delta\ndata: {"index": 0, "text": "It was opened in"}\n\n'
        raise httpx.ReadError("reset")

    kind = {"content-type": "text/event-stream"}
    world.model.extend(["the draft", httpx.Response(200, headers=kind, content=half())])
    async with asking(app) as client:
        stream = await client.chat.completions.create(
            model="groundling", messages=WHEN, stream=True
        )
        chunks: list[ChatCompletionChunk] = []
        with pytest.raises(APIError) as caught:
            await read(stream, chunks)
    assert "It was opened in".startswith(text_of(chunks))
    assert all(choice.finish_reason is None for chunk in chunks for choice in chunk.choices)
    assert caught.value.type == "server_error"


async def test_a_turn_that_breaks_by_a_bug_of_ours_tells_nothing_of_it(
    app: FastAPI, world: Any, asking: Any
) -> None:
    async def bug(_: dict[str, Any]) -> Any:
        raise ZeroDivisionError("SECRET")

    world.model.append(bug)
    async with asking(app) as client:
        stream = await client.chat.completions.create(
            model="groundling", messages=WHEN, stream=True
        )
        with pytest.raises(APIError) as caught:
            _ = [chunk async for chunk in stream]
    assert (caught.value.type, caught.value.code) == ("server_error", "internal")
    assert "SECRET" not in caught.value.message


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_cancels_every_choice(
    stream: bool, app: FastAPI, world: Any, listening: Any, read: Any
) -> None:
    reached, cancelled = [asyncio.Event() for _ in range(2)], [asyncio.Event() for _ in range(2)]

    async def waits(body: dict[str, Any]) -> Any:
        which = body["sampling"]["seed"]
        reached[which].set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled[which].set()
            raise

    world.model.extend([waits] * 2)
    async with (
        asyncio.timeout(20),
        listening(app) as url,
        AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client,
    ):

        async def ask() -> None:
            answer = await client.chat.completions.create(
                model="groundling", messages=WHEN, n=2, seed=0, stream=stream
            )
            if isinstance(answer, AsyncStream):
                await read(answer, [])

        asking = asyncio.create_task(ask())
        for event in reached:
            await event.wait()
        asking.cancel()
        for event in cancelled:
            await event.wait()
    assert len(world.asked("model/v1/base")) == 2, "nothing was asked after the client left"
