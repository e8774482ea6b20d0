from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.chassis import Failure, check_length
from services.contract import HTTP_STATUS, ErrorBody, ErrorCode, QueryRequest, Snippet

JSON = {"content-type": "application/json"}


def error_of(response: httpx.Response) -> tuple[int, ErrorCode, str]:
    error = ErrorBody.model_validate_json(response.content).error
    assert error.request_id == response.headers["X-Request-ID"]
    return response.status_code, error.code, error.message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b'{"input": ', "body: is not JSON"),
        (b'{"input": "caf\xe9"}', "body: is not UTF-8 (byte 14"),
        ('{"input": "x"}'.encode("utf-16"), "body: is not UTF-8"),
        (b"[" * 60_000, "body: cannot be read as JSON"),
    ],
)
async def test_a_body_that_is_not_json_is_a_bad_request(
    serve: Any, tool_app: Callable[..., FastAPI], content: bytes, names: str
) -> None:
    async with serve(tool_app()) as client:
        response = await client.post("/v1/query", content=content, headers=JSON)
    status, code, message = error_of(response)
    assert (status, code) == (400, ErrorCode.BAD_REQUEST)
    assert names in message


@pytest.mark.anyio
async def test_a_body_of_another_media_type_is_told_which_one_is_needed(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with serve(tool_app()) as client:
        response = await client.post("/v1/query", data={"input": "x"})
    status, code, message = error_of(response)
    assert (status, code) == (400, ErrorCode.BAD_REQUEST)
    assert "application/json" in message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"", "body: is missing"),
        (b"[1]", "body: "),
        (b"{}", "input: is missing"),
        (b'{"input": 5}', "input: Input should be a valid string"),
        (b'{"input": " "}', "input: is empty"),
        (b'{"input": "a\\u0000"}', "input: contains the control character U+0000 at position 1"),
        (b'{"input": "\\ud800"}', "input: contains the lone surrogate U+D800"),
        (b'{"input": "x", "colour": 1}', "colour: is not a known field"),
        (b'{"input": "x", "skip": -1}', "skip: Input should be greater than or equal to 0"),
        (b'{"input": "x", "limit": 51}', "limit: Input should be less than or equal to 50"),
        (b'{"input": "x", "limit": "5"}', "limit: Input should be a valid integer"),
        (b'{"\\ud800\\u0000": "\\ud800"}', ": "),
    ],
)
async def test_a_wrong_field_is_named_with_what_is_wrong(
    serve: Any, tool_app: Callable[..., FastAPI], content: bytes, names: str
) -> None:
    async with serve(tool_app()) as client:
        response = await client.post("/v1/query", content=content, headers=JSON)
    status, code, message = error_of(response)
    assert (status, code) == (422, ErrorCode.INVALID_REQUEST)
    assert names in message


@pytest.mark.anyio
async def test_an_error_never_echoes_more_than_a_short_piece_of_the_input(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    long = "s3cret" * 1000
    async with serve(tool_app()) as client:
        for body in ({"input": "x", "limit": long}, {"input": "x", long: 1}, {"input": long}):
            _, _, message = error_of(await client.post("/v1/query", json=body))
            assert len(message) < 300
        many = {f"field{number}": number for number in range(1000)}
        _, _, message = error_of(await client.post("/v1/query", json=many))
    assert "more" in message
    assert len(message) < 500


@pytest.mark.anyio
async def test_unknown_paths_and_methods_answer_error_bodies(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with serve(tool_app()) as client:
        lost = await client.get("/v1/nowhere")
        slash = await client.post("/v1/query/", json={"input": "x"})
        wrong_method = await client.delete("/v1/query")
    assert error_of(lost)[:2] == (404, ErrorCode.NOT_FOUND)
    assert error_of(slash)[:2] == (404, ErrorCode.NOT_FOUND)
    assert error_of(wrong_method)[:2] == (405, ErrorCode.METHOD_NOT_ALLOWED)
    assert wrong_method.headers["Allow"] == "POST"


@pytest.mark.anyio
@pytest.mark.parametrize("code", list(ErrorCode))
async def test_a_failure_becomes_its_status_and_code(
    serve: Any, tool_app: Callable[..., FastAPI], code: ErrorCode
) -> None:
    async def query(request: QueryRequest) -> list[Snippet]:
        raise Failure(code, "the reason", retry_after_s=7)

    async with serve(tool_app(query)) as client:
        response = await client.post("/v1/query", json={"input": "x"})
    assert error_of(response) == (HTTP_STATUS[code], code, "the reason")
    assert response.headers["Retry-After"] == "7"


@pytest.mark.anyio
async def test_an_unexpected_exception_is_a_500_that_keeps_its_ids_and_tells_no_details(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async def query(request: QueryRequest) -> list[Snippet]:
        raise ValueError(f"cannot digest {request.input}")

    async with serve(tool_app(query)) as client:
        response = await client.post(
            "/v1/query", json={"input": "grapes"}, headers={"X-Request-ID": "r9"}
        )
    status, code, message = error_of(response)
    assert (status, code) == (500, ErrorCode.INTERNAL)
    assert response.headers["X-Request-ID"] == "r9"
    assert "traceparent" in response.headers
    assert "grapes" not in message
    assert "ValueError" not in message


@pytest.mark.anyio
async def test_a_handler_that_cancels_itself_is_a_500_too(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async def query(request: QueryRequest) -> list[Snippet]:
        raise asyncio.CancelledError

    async with serve(tool_app(query)) as client:
        response = await client.post("/v1/query", json={"input": "x"})
    assert error_of(response)[:2] == (500, ErrorCode.INTERNAL)


@pytest.mark.anyio
async def test_a_message_that_cannot_be_encoded_is_escaped(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async def query(request: QueryRequest) -> list[Snippet]:
        raise Failure(ErrorCode.UPSTREAM, "it said \ud800\x1b[2J")

    async with serve(tool_app(query)) as client:
        response = await client.post("/v1/query", json={"input": "x"})
    assert error_of(response)[2] == r"it said \ud800\x1b[2J"


def test_check_length_names_field_length_limit_and_setting() -> None:
    check_length("input", "x" * 2000, 2000)
    with pytest.raises(Failure) as caught:
        check_length("input", "x" * 2001, 2000)
    assert caught.value.code == ErrorCode.INVALID_REQUEST
    expected = "input: 2001 characters; at most 2000 are allowed (setting max_input_chars)"
    assert caught.value.message == expected
