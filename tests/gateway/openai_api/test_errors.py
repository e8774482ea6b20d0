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

ASK: dict[str, Any] = {"model": "groundling", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize("model", ["gpt-5", "groundling:nobody", "groundling:", "Groundling", ""])
async def test_a_model_that_is_not_there_is_not_found(
    model: str, app: FastAPI, asking: Any
) -> None:
    async with asking(app) as client:
        with pytest.raises(openai.NotFoundError) as caught:
            await client.chat.completions.create(model=model, messages=ASK["messages"])
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
