"""Streamed completions as OpenAI's own client reads them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from gateway.app import build
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

WHEN: list[ChatCompletionMessageParam] = [{"role": "user", "content": "When was it opened?"}]
USAGE = {"include_usage": True}


def last_of(chunks: list[ChatCompletionChunk], index: int = 0) -> Any:
    """The one chunk's choice that ends choice `index`."""
    [last] = [
        choice
        for chunk in chunks
        for choice in chunk.choices
        if choice.index == index and choice.finish_reason is not None
    ]
    return last


async def test_chunks_say_the_answer_and_never_the_draft(
    app: FastAPI, asking: Any, tower: Any, text_of: Any
) -> None:
    async with asking(app) as client:
        stream = await client.chat.completions.create(
            model="groundling", messages=WHEN, stream=True
        )
        chunks = [chunk async for chunk in stream]
    assert len({(chunk.id, chunk.created, chunk.model, chunk.object) for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.to_dict() == {
        **{"role": "assistant", "content": "", "refusal": None}
    }
    assert text_of(chunks) == "It was opened in 1889."
    last = last_of(chunks)
    assert last is chunks[-1].choices[0]
    assert (last.finish_reason, last.delta.content) == ("stop", None)
    assert last.delta.annotations[0]["url_citation"]["url"] == "https://example.org/tower"
    assert last.groundling["base"] == "In 1887."
    assert last.groundling["rounds"][0]["query"] == "when opened"
    assert all("usage" not in chunk.to_dict() for chunk in chunks)


async def test_the_usage_comes_last_where_it_is_asked_for_and_is_null_before(
    app: FastAPI, asking: Any, tower: Any
) -> None:
    async with asking(app) as client:
        stream = await client.chat.completions.create(
            model="groundling", messages=WHEN, stream=True, stream_options=USAGE
        )
        *before, usage = [chunk async for chunk in stream]
    assert usage.choices == []
    assert (usage.usage.prompt_tokens, usage.usage.total_tokens) == (3, 6)
    assert all(chunk.to_dict()["usage"] is None for chunk in before)


async def test_the_stream_is_data_lines_that_end_with_done(
    app: FastAPI, serve: Any, tower: Any
) -> None:
    body = {"model": "groundling", "messages": WHEN, "stream": True}
    async with serve(app) as client:
        client.base_url = "http://localhost"
        answer = await client.post("/v1/chat/completions", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *chunks, done = answer.text.removesuffix("\n\n").split("\n\n")
    assert done == "data: [DONE]"
    for chunk in chunks:
        assert chunk.startswith("data: ")
        ChatCompletionChunk.model_validate_json(chunk.removeprefix("data: "))


async def test_several_choices_are_mixed_and_each_ends_once(
    app: FastAPI, world: Any, asking: Any, text_of: Any
) -> None:
    async def by_seed(body: dict[str, Any]) -> str:
        seed = body["sampling"]["seed"]
        return f"User, the answer number {seed}" if "base" in body else "the draft"

    world.model.extend([by_seed] * 6)
    async with asking(app) as client:
        stream = await client.chat.completions.create(
            model="groundling", messages=WHEN, stream=True, n=3, seed=4, stream_options=USAGE
        )
        *chunks, usage = [chunk async for chunk in stream]
    for index in range(3):
        assert text_of(chunks, index) == f"the answer number {index + 4}"
        assert last_of(chunks, index).groundling["base"] == "the draft"
    assert usage.usage.total_tokens == 12


async def test_the_clients_stream_helper_builds_the_same_completion(
    app: FastAPI, asking: Any, tower: Any
) -> None:
    async with (
        asking(app) as client,
        client.chat.completions.stream(
            model="groundling", messages=WHEN, stream_options=USAGE
        ) as stream,
    ):
        events = [event async for event in stream]
        completion = await stream.get_final_completion()
    assert {event.type for event in events} == {"chunk", "content.delta", "content.done"}
    chunks = [event.chunk for event in events if event.type == "chunk"]
    assert last_of(chunks).groundling["base"] == "In 1887."
    message = completion.choices[0].message
    assert (message.role, message.content) == ("assistant", "It was opened in 1889.")
    assert message.annotations[0].url_citation.title == "Tower"
    assert completion.usage.total_tokens == 6


def test_the_synchronous_client_streams_through_a_socket(
    app: FastAPI, listening_beside: Any, tower: Any, text_of: Any
) -> None:
    with listening_beside(app) as url, OpenAI(base_url=url, api_key="none") as client:
        stream = client.chat.completions.create(model="groundling", messages=WHEN, stream=True)
        chunks = list(stream)
    assert text_of(chunks) == "It was opened in 1889."
    assert last_of(chunks).groundling["citations"][0]["source"]["title"] == "Tower"


async def test_the_answer_arrives_as_it_is_written(
    app: FastAPI, world: Any, listening: Any, text_of: Any
) -> None:
    seen = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'event: recipient\ndata: {"recipient": "User"}\n\n'
        yield b'event: delta\ndata: {"index": 0, "text": "First. "}\n\n'
        await seen.wait()
        said: dict[str, Any] = {"text": "First. Second.", "recipient": "User", "model": "fake"}
        said["usage"] = {"prompt_tokens": 1, "completion_tokens": 1}
        yield b'event: delta\ndata: {"index": 0, "text": "Second."}\n\n'
        yield f"event: done\ndata: {json.dumps(said)}\n\n".encode()

    kind = {"content-type": "text/event-stream"}
    world.model.extend(["the draft", httpx.Response(200, headers=kind, content=slowly())])
    chunks: list[ChatCompletionChunk] = []
    async with (
        asyncio.timeout(20),
        listening(app) as url,
        AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client,
    ):
        stream = await client.chat.completions.create(
            model="groundling", messages=WHEN, stream=True
        )
        async for chunk in stream:
            chunks.append(chunk)
            if "First." in text_of(chunks):
                seen.set()  # only now is the rest written
    assert text_of(chunks) == "First. Second."


async def test_a_quiet_stream_has_comments_which_the_client_skips(
    settings: Settings, world: Any, listening: Any, text_of: Any
) -> None:
    heard = asyncio.Event()

    async def later(_: dict[str, Any]) -> str:
        await heard.wait()
        return "User, here"

    world.model.extend(["draft", later])
    app = build(settings.model_copy(update={"heartbeat_ms": 5}), world)
    body = {"model": "groundling", "messages": WHEN, "stream": True}
    lines = []
    async with (
        asyncio.timeout(20),
        listening(app) as url,
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("POST", f"{url}/chat/completions", json=body) as answer,
    ):
        async for line in answer.aiter_lines():
            lines.append(line)
            if line.startswith(":"):
                heard.set()
    said = [line.removeprefix("data: ") for line in lines if line.startswith("data: {")]
    chunks = [ChatCompletionChunk.model_validate(json.loads(line)) for line in said]
    assert text_of(chunks) == "here"
