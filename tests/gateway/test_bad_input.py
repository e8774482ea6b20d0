"""Bad requests are told apart and told why, and the gateway stays up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import FastAPI

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
TURN = {"role": "user", "content": "hi"}

CHAT = {
    "nothing": ({}, "message"),
    "an empty message": ({"message": ""}, "message"),
    "a blank message": ({"message": " \n\t"}, "message"),
    "a message over the limit": ({"message": "x" * 4001}, "4000"),
    "a number as message": ({"message": 7}, "message"),
    "control characters": ({"message": "a\u0000b"}, "U+0000"),
    "an escape sequence": ({"message": "\u001b[31m"}, "U+001B"),
    "a lone surrogate": ({"message": "\ud800"}, "message"),
    "an unknown field": ({"message": "x", "tools": []}, "tools"),
    "too many rounds": ({"message": "x", "max_rounds": 9}, "max_rounds"),
    "rounds in words": ({"message": "x", "max_rounds": "2"}, "max_rounds"),
    "no time": ({"message": "x", "deadline_ms": 0}, "deadline_ms"),
    "a hot temperature": ({"message": "x", "sampling": {"temperature": 9}}, "temperature"),
    "a session id with a path": ({"message": "x", "session_id": "../x"}, "session_id"),
    "two dialogs": ({"message": "x", "session_id": "a", "history": []}, "history"),
    "an unknown role": ({"message": "x", "history": [TURN | {"role": "system"}]}, "role"),
    "a blank turn": ({"message": "x", "history": [TURN | {"content": ""}]}, "content"),
    "a long turn": ({"message": "x", "history": [TURN | {"content": "x" * 4001}]}, "4000"),
    "a long answer": (
        {"message": "x", "history": [TURN, {"role": "assistant", "content": "x" * 8001}]},
        "8000",
    ),
    "a long history": ({"message": "x", "history": [TURN] * 201}, "200"),
}


@pytest.mark.parametrize("case", CHAT)
async def test_a_bad_chat_body_names_the_field_or_limit(
    case: str, app: FastAPI, world: Any, serve: Any
) -> None:
    body, named = CHAT[case]
    async with serve(app) as client:
        answer = await client.post("/v1/chat", content=json.dumps(body), headers=JSON)
        alive = await client.get("/healthz")
    error = answer.json()["error"]
    assert 400 <= answer.status_code < 500, answer.text
    assert named in error["message"]
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert (alive.status_code, world.requests) == (200, [])


RAW = {
    "no JSON": (b"hello", 400, "JSON"),
    "an empty body": (b"", 422, "body"),
    "a list": (b"[]", 422, "body"),
    "not UTF-8": (b'{"message": "\xff\xfe"}', 400, "UTF-8"),
    "UTF-16": ('{"message": "x"}'.encode("utf-16"), 400, "UTF-8"),
    "ten megabytes": (b'{"message": "' + b"x" * 10_000_000 + b'"}', 413, "1048576"),
    "deep nesting": (b"[" * 60_000, 400, "JSON"),
}


@pytest.mark.parametrize("case", RAW)
async def test_a_body_that_is_no_request_is_refused(
    case: str, app: FastAPI, world: Any, serve: Any
) -> None:
    content, status, named = RAW[case]
    async with serve(app) as client:
        answer = await client.post("/v1/chat", content=content, headers=JSON)
        world.model.extend(["Hi.", "User, Hi!"])
        after = await client.post("/v1/chat", json={"message": "still there?"})
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error"]["message"]
    assert after.status_code == 200


TOOLSET = {
    "nothing": ({}, "input"),
    "a blank input": ({"input": " "}, "input"),
    "a long input": ({"input": "x" * 2001}, "2000"),
    "a negative skip": ({"input": "x", "skip": -1}, "skip"),
    "an unknown tool": ({"input": "x", "skip": {"oracle": 1}}, "oracle"),
    "a negative skip of a tool": ({"input": "x", "skip": {"retrieval": -1}}, "skip"),
    "no results wanted": ({"input": "x", "limit": 0}, "limit"),
    "too many results wanted": ({"input": "x", "limit": 51}, "limit"),
}


@pytest.mark.parametrize("case", TOOLSET)
async def test_a_bad_toolset_body_names_the_field_or_limit(
    case: str, app: FastAPI, world: Any, serve: Any
) -> None:
    body, named = TOOLSET[case]
    async with serve(app) as client:
        answer = await client.post("/v1/toolset", json=body)
    assert answer.status_code == 422, answer.text
    assert named in answer.json()["error"]["message"]
    assert world.requests == []


async def test_the_longest_history_is_taken(app: FastAPI, world: Any, serve: Any) -> None:
    world.model.extend(["Hi.", "User, Hi!"])
    history = [{"role": ("user", "assistant")[n % 2], "content": "x" * 4000} for n in range(200)]
    async with serve(app) as client:
        answer = await client.post("/v1/chat", json={"message": "x", "history": history})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("size", [1, 4000])
async def test_a_message_up_to_the_limit_is_taken(
    size: int, app: FastAPI, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, Hi!"])
    async with serve(app) as client:
        answer = await client.post("/v1/chat", json={"message": "x" * size})
    assert answer.status_code == 200


async def test_an_answer_can_be_sent_back_however_long_it_was(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, " + "x" * 8000, "Hi.", "User, Hi!"])
    async with serve(app) as client:
        first = (await client.post("/v1/chat", json={"message": "x"})).json()["response"]
        history = [TURN, {"role": "assistant", "content": first}]
        answer = await client.post("/v1/chat", json={"message": "x", "history": history})
    assert (len(first), answer.status_code) == (8000, 200)
