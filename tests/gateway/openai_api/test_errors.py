"""What OpenAI's own client raises, and what its errors say."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest
from fastapi import FastAPI

from gateway.access.keys import KeyStore, NewKey
from gateway.app import build
from gateway.database.transactions import Database
from gateway.openai_api.errors import openai_shape
from gateway.settings import Settings
from services.contract import HTTP_STATUS, ErrorCode, ErrorDetail

pytestmark = pytest.mark.anyio

USER = {"role": "user", "content": "Hello"}
ASSISTANT = {"role": "assistant", "content": "Hi"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:,"}}
ASK: dict[str, Any] = {"model": "groundling", "messages": [USER]}

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no messages": ({"messages": []}, "messages", "at least 1"),
    "no model": ({"model": None}, "model", "string"),
    "only a system message": (
        {"messages": [{"role": "system", "content": "x"}]},
        "messages",
        "the last must be the user's",
    ),
    "the assistant last": ({"messages": [USER, ASSISTANT]}, "messages", "the last must be"),
    "the assistant first": ({"messages": [ASSISTANT, USER]}, "messages", "there are roles"),
    "too many turns": ({"messages": [USER] * 202}, "messages", "at most 201"),
    "an empty message": (
        {"messages": [{"role": "user", "content": " "}]},
        "messages.0.content",
        "is empty",
    ),
    "a long message": (
        {"messages": [{"role": "user", "content": "x" * 4001}]},
        "messages.0.content",
        "at most 4000",
    ),
    "a control character": (
        {"messages": [{"role": "user", "content": "a\x00b"}]},
        "messages.0.content",
        "U+0000",
    ),
    "a picture": (
        {"messages": [{"role": "user", "content": [PICTURE]}]},
        "messages.0.content",
        "parts of type 'image_url' are not supported",
    ),
    "a part without text": (
        {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
        "messages.0.content",
        "needs its text",
    ),
    "a number for a text": (
        {"messages": [{"role": "user", "content": 5}]},
        "messages.0.content",
        "string",
    ),
    "a tool's message": (
        {"messages": [{"role": "tool", "content": "4"}, USER]},
        "messages.0.role",
        "'tool' are not supported",
    ),
    "a tool call": (
        {"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}, USER]},
        "messages.1.tool_calls",
        "tools of its own",
    ),
    "tools": ({"tools": [TOOL]}, "tools", "tools of its own"),
    "functions": ({"functions": [{"name": "f"}]}, "functions", "tools of its own"),
    "a tool choice": ({"tool_choice": "required"}, "tool_choice", "tools of its own"),
    "logprobs": ({"logprobs": True}, "logprobs", "are not given"),
    "top_logprobs": ({"top_logprobs": 2}, "top_logprobs", "are not given"),
    "JSON": ({"response_format": {"type": "json_object"}}, "response_format", "format"),
    "audio": ({"modalities": ["text", "audio"]}, "modalities", "not supported"),
    "a bias": ({"logit_bias": {"50256": -100}}, "logit_bias", "not supported"),
    "a penalty": ({"frequency_penalty": 0.5}, "frequency_penalty", "not penalised"),
    "a web search": ({"web_search_options": {}}, "web_search_options", "not searched"),
    "two limits": ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens", "one of the two"),
    "no tokens": ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
    "too hot": ({"temperature": 2.5}, "temperature", "less than or equal to 2"),
    "no nucleus": ({"top_p": 0}, "top_p", "greater than 0"),
    "nine stops": ({"stop": ["x"] * 9}, "stop", "at most 8"),
    "an empty stop": ({"stop": ""}, "stop.0", "at least 1"),
    "a long stop": ({"stop": ["x" * 101]}, "stop.0", "at most 100"),
    "five choices": ({"n": 5}, "n", "at most 4 are given (setting max_choices)"),
    "no choices": ({"n": 0}, "n", "greater than or equal to 1"),
    "two roles": (
        {"model": "groundling:music", "extra_body": {"role": "everest"}},
        "role",
        "'groundling:music'",
    ),
    "rounds": ({"extra_body": {"max_rounds": 9}}, "max_rounds", "less than or equal to 8"),
    "no time": ({"extra_body": {"deadline_ms": 0}}, "deadline_ms", "greater than or equal to 1"),
    "an unknown field": ({"extra_body": {"best_of": 2}}, "best_of", "is not a known field"),
    "a session": ({"extra_body": {"session_id": "s"}}, "session_id", "is not a known field"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_done_is_a_bad_request_that_names_the_field_streamed_or_not(
    case: str, app: FastAPI, world: Any, asking: Any
) -> None:
    fields, param, why = REFUSED[case]
    async with asking(app) as client:
        for stream in (False, True):
            with pytest.raises(openai.BadRequestError) as caught:
                await client.chat.completions.create(**{**ASK, **fields}, stream=stream)
            error = caught.value
            assert (error.type, error.code) == ("invalid_request_error", "invalid_request")
            assert error.param == param
            assert why in error.message
    assert world.requests == []


HARMLESS: dict[str, dict[str, Any]] = {
    "nulls": {
        name: None
        for name in (
            *("n", "temperature", "top_p", "seed", "stop", "max_tokens", "stream_options"),
            *("audio", "logit_bias", "logprobs", "tools", "response_format", "user"),
        )
    },
    "asking for nothing": {
        "tools": [],
        "tool_choice": "none",
        "functions": [],
        "function_call": "auto",
        "logprobs": False,
        "top_logprobs": 0,
        "logit_bias": {},
        "frequency_penalty": 0.0,
        "presence_penalty": 0,
        "modalities": ["text"],
        "response_format": {"type": "text"},
    },
}


@pytest.mark.parametrize("case", HARMLESS)
async def test_a_refused_field_that_asks_for_nothing_is_taken(
    case: str, app: FastAPI, world: Any, asking: Any
) -> None:
    world.model.extend(["draft", "User, answer"])
    async with asking(app) as client:
        completion = await client.chat.completions.create(**ASK, **HARMLESS[case])
    assert completion.choices[0].groundling["ignored"] == []


async def test_fields_without_effect_are_taken_and_named(
    app: FastAPI, world: Any, asking: Any
) -> None:
    without_effect: dict[str, Any] = {
        "metadata": {"a": "b"},
        "parallel_tool_calls": False,
        "prediction": {"type": "content", "content": "x"},
        "prompt_cache_key": "k",
        "prompt_cache_options": {"mode": "implicit"},
        "prompt_cache_retention": "24h",
        "reasoning_effort": "low",
        "safety_identifier": "s",
        "service_tier": "auto",
        "store": False,
        "user": "u",
        "verbosity": "low",
    }
    world.model.extend(["draft", "User, answer"])
    async with asking(app) as client:
        completion = await client.chat.completions.create(**ASK, **without_effect)
    assert sorted(completion.choices[0].groundling["ignored"]) == sorted(without_effect)


@pytest.mark.parametrize("model", ["gpt-5", "groundling:nobody", "groundling:", "Groundling", ""])
async def test_a_model_that_is_not_there_is_not_found(
    model: str, app: FastAPI, asking: Any
) -> None:
    async with asking(app) as client:
        with pytest.raises(openai.NotFoundError) as caught:
            await client.chat.completions.create(model=model, messages=[USER])
        assert (caught.value.param, caught.value.code) == ("model", "model_not_found")
        if model:
            with pytest.raises(openai.NotFoundError) as caught:
                await client.models.retrieve(model)
            assert (caught.value.param, caught.value.code) == ("model", "model_not_found")


async def test_a_role_that_is_not_there_is_not_found(app: FastAPI, asking: Any) -> None:
    async with asking(app) as client:
        with pytest.raises(openai.NotFoundError) as caught:
            await client.chat.completions.create(**ASK, extra_body={"role": "nobody"})
    assert (caught.value.param, caught.value.code) == ("role", "not_found")


def told(status: int, code: str) -> httpx.Response:
    detail = {"code": code, "message": "context: 9000 tokens", "request_id": "r"}
    return httpx.Response(status, json={"error": detail})


MODEL_FAILURES: dict[str, tuple[Any, type[openai.APIStatusError], str, str]] = {
    "not ready": (told(503, "unavailable"), openai.InternalServerError, "unavailable", "server"),
    "broken": (told(500, "internal"), openai.InternalServerError, "upstream", "server"),
    "too long": (
        told(422, "invalid_request"),
        openai.BadRequestError,
        "invalid_request",
        "invalid",
    ),
}


@pytest.mark.parametrize("case", MODEL_FAILURES)
@pytest.mark.parametrize("choices", [1, 2])
async def test_a_model_server_that_fails_is_raised_as_its_kind(
    case: str, choices: int, settings: Settings, world: Any, asking: Any
) -> None:
    failure, kind, code, type_ = MODEL_FAILURES[case]
    world.model.extend([failure] * choices)
    app = build(settings.model_copy(update={"model_retries": 0}), world)
    async with asking(app) as client:
        with pytest.raises(kind) as caught:
            await client.chat.completions.create(**ASK, n=choices)
    assert caught.value.code == code
    assert caught.value.param == ("messages" if code == "invalid_request" else None)
    assert caught.value.type is not None
    assert caught.value.type.startswith(type_)
    assert caught.value.request_id
    assert ("retry-after" in caught.value.response.headers) == (code == "unavailable")


async def test_bodies_that_are_no_json_no_object_or_too_large_are_told_apart(
    app: FastAPI, serve: Any
) -> None:
    path, kind = "http://localhost/v1/chat/completions", {"content-type": "application/json"}
    async with serve(app) as client:
        broken = await client.post(path, content=b"{", headers=kind)
        listed = await client.post(path, content=b"[1]", headers=kind)
        large = await client.post(path, content=b"x" * 1_048_577, headers=kind)
        method = await client.get(path)
    errors = [answer.json()["error"] for answer in (broken, listed, large, method)]
    assert [answer.status_code for answer in (broken, listed, large, method)] == [
        *(400, 400, 413, 405)
    ]
    assert [error["code"] for error in errors] == [
        *("bad_request", "invalid_request", "too_large", "method_not_allowed")
    ]
    assert {error["type"] for error in errors} == {"invalid_request_error"}
    assert {error["param"] for error in errors} == {None}


async def test_keys_are_told_apart_as_the_client_knows_it(
    settings: Settings, world: Any, asking: Any
) -> None:
    settings = settings.model_copy(update={"require_key": "always"})
    async with Database(settings) as database:
        keys = KeyStore(database)
        _, tools_only = await keys.create(NewKey("tools", ("tools",)))
        _, slow = await keys.create(NewKey("slow", ("chat",), turns_per_minute=1))
    world.model.extend(["draft", "User, answer"])
    async with asking(build(settings, world)) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.models.list()
        unknown = caught.value
        with pytest.raises(openai.PermissionDeniedError) as denied:
            await client.with_options(api_key=tools_only.text).chat.completions.create(**ASK)
        slowly = client.with_options(api_key=slow.text)
        await slowly.chat.completions.create(**ASK)
        with pytest.raises(openai.RateLimitError) as limited:
            await slowly.chat.completions.create(**ASK)
    assert (unknown.type, unknown.code) == ("authentication_error", "invalid_api_key")
    assert unknown.response.headers["www-authenticate"] == "Bearer"
    assert (denied.value.type, denied.value.code) == ("permission_error", "forbidden")
    assert (limited.value.type, limited.value.code) == ("rate_limit_error", "rate_limit_exceeded")
    assert int(limited.value.response.headers["retry-after"]) > 0


@pytest.mark.parametrize("code", ErrorCode)
def test_every_failure_has_a_status_and_a_type_of_openais(code: ErrorCode) -> None:
    detail = ErrorDetail(code=code, message="temperature: is odd", request_id="r")
    status, body = openai_shape(detail, HTTP_STATUS[code])
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert status == (400 if code is ErrorCode.INVALID_REQUEST else HTTP_STATUS[code])
    by_server = body["error"]["type"] == "server_error"
    assert by_server == (status >= 500)
