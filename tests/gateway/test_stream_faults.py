"""A model server whose stream goes wrong, through the whole app: an error event, nothing stored."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import build
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

USAGE = {"prompt_tokens": 1, "completion_tokens": 1}
DRAFT = {"response": "ab", "candidates": [], "usage": USAGE, "model": "fake"}
ANSWER = {"recipient": "User", "text": "ab", "usage": USAGE, "model": "fake"}
GONE = httpx.ReadError("reset")


def sse(event: str, data: Any) -> bytes:
    said = data if isinstance(data, str) else json.dumps(data)
    return f"event: {event}\ndata: {said}\n\n".encode()


def delta(text: str, index: int = 0) -> bytes:
    return sse("delta", {"index": index, "text": text})


def failure(code: str) -> bytes:
    return sse("error", {"error": {"code": code, "message": "context: long", "request_id": "r"}})


USER, TS = sse("recipient", {"recipient": "User"}), sse("recipient", {"recipient": "TS"})

IN_DRAFT: dict[str, tuple[list[Any], str]] = {
    "cut": ([delta("a"), GONE], "unavailable"),
    "cut in an event": ([delta("ab"), sse("done", DRAFT)[:20]], "unavailable"),
    "ended without an end": ([delta("ab")], "unavailable"),
    "empty": ([], "unavailable"),
    "no events": ([b"hello\n\nworld\n\n", b"\xff\xfe\n\n"], "unavailable"),
    "no JSON": ([sse("delta", "{")], "upstream"),
    "broken UTF-8": ([b'event: delta\ndata: {"index":0,"text":"\xff"}\n\n'], "upstream"),
    "half a surrogate pair": ([sse("delta", '{"index":0,"text":"\\ud83d"}')], "upstream"),
    "a second candidate": ([delta("a", index=1)], "upstream"),
    "an end unlike its pieces": ([delta("a"), sse("done", DRAFT)], "upstream"),
    "a recipient": ([USER], "upstream"),
    "over-long": ([delta("x" * 1000)] * 3000, "upstream"),
    "no engine": ([failure("unavailable")], "unavailable"),
    "broken in the middle": ([delta("a"), failure("internal")], "upstream"),
    "refused in the middle": ([delta("a"), failure("invalid_request")], "upstream"),
    "refused at first": ([failure("invalid_request")], "invalid_request"),
    "late": ([delta("a"), failure("deadline")], "deadline"),
}
IN_ANSWER: dict[str, tuple[list[Any], str]] = {
    "cut": ([USER, delta("a"), GONE], "unavailable"),
    "cut in a query": ([TS, delta("a"), GONE], "unavailable"),
    "text before the recipient": ([delta("a")], "upstream"),
    "two recipients": ([TS, USER], "upstream"),
    "another end": ([TS, delta("ab"), sse("done", ANSWER)], "upstream"),
    "an unknown recipient": ([sse("recipient", {"recipient": "You"})], "upstream"),
    "an empty answer": ([USER, sse("done", ANSWER | {"text": ""})], "upstream"),
}


async def turn(app: FastAPI, serve: Any, events: Any) -> list[tuple[str, Any]]:
    before = asyncio.all_tasks()
    async with serve(app) as client, asyncio.timeout(20):
        answer = await client.post("/v1/chat", json={"message": "x", "stream": True})
        got: list[tuple[str, Any]] = events(answer.text)
        session = await client.get(f"/v1/sessions/{got[0][1]['session_id']}")
    assert (session.status_code == 200) == (got[-1][0] == "done")
    assert asyncio.all_tasks() == before
    return got


@pytest.mark.parametrize("case", IN_DRAFT)
async def test_a_broken_draft_fails_the_turn(
    case: str, app: FastAPI, world: Any, serve: Any, events: Any
) -> None:
    parts, code = IN_DRAFT[case]
    world.model.append(world.stream_of(*parts))
    got = await turn(app, serve, events)
    assert (got[-1][0], got[-1][1]["error"]["code"]) == ("error", code)
    assert {name for name, _ in got[:-1]} <= {"turn", "base"}
    assert all(stream.closed for stream in world.streams)


@pytest.mark.parametrize("case", IN_ANSWER)
async def test_a_broken_answer_fails_the_turn(
    case: str, app: FastAPI, world: Any, serve: Any, events: Any
) -> None:
    parts, code = IN_ANSWER[case]
    world.model.extend(["draft", world.stream_of(*parts)])
    got = await turn(app, serve, events)
    assert (got[-1][0], got[-1][1]["error"]["code"]) == ("error", code)
    assert all(stream.closed for stream in world.streams)


RESTARTS: dict[str, tuple[list[Any], list[Any]]] = {
    "refuses connections, then is not ready": (
        [httpx.ConnectError("refused"), httpx.Response(503, json={})],
        [],
    ),
    "goes away before the draft": ([[]], []),
    "goes away in the query": ([], [[TS, delta("q"), GONE]]),
    "goes away when the user is chosen": ([], [[USER, GONE], [USER, GONE]]),
}


@pytest.mark.parametrize("case", RESTARTS)
async def test_a_model_server_that_comes_back_in_time_is_not_noticed(
    case: str, settings: Settings, world: Any, serve: Any, events: Any
) -> None:
    in_draft, in_answer = (
        [world.stream_of(*one) if isinstance(one, list) else one for one in broken]
        for broken in RESTARTS[case]
    )
    world.model.extend([*in_draft, "draft", *in_answer, "User, answer"])
    patient = settings.model_copy(update={"model_retries": 2, "retry_base_ms": 1})
    got = await turn(build(patient, world), serve, events)
    assert got[-1][0] == "done"
    said = "".join(data["delta"] for name, data in got if name == "response")
    assert said == got[-1][1]["response"] == "answer"
    assert all(stream.closed for stream in world.streams)


async def test_an_answer_cut_by_the_time_is_stored_as_it_was_shown(
    app: FastAPI, world: Any, serve: Any, events: Any
) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    world.model.extend(["draft", world.stream_of(USER, delta("He is "), delta("40"), never)])
    async with serve(app) as client, asyncio.timeout(20):
        body = {"message": "x", "stream": True, "deadline_ms": 200}
        got = events((await client.post("/v1/chat", json=body)).text)
        path = f"/v1/sessions/{got[0][1]['session_id']}"
        stored = (await client.get(path)).json()["turns"][0]["answer"]
    name, done = got[-1]
    assert (name, done["response"]) == ("done", "He is 40")
    assert (done["stop_reason"], done["finish_reason"]) == ("deadline", "length")
    assert stored == done
